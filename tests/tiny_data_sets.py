"""Small data sets in the formats of the real archives, written to disk by the command that downloads the real ones."""

import gzip
import hashlib
import io
import tarfile
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow_datasets as tfds

from lrbench.data.tfds_builders import BUILDERS
from lrbench.data.tfds_download import download

#: The examples of each split of TFDS: what each is made of, and its class.
Written = dict[str, list[tuple[np.ndarray, int]]]

WORDS = ("down", "go", "left", "no", "off", "on", "right", "stop", "up", "yes", "_silence_", "_unknown_")


def _gzipped(header: int, content: np.ndarray) -> bytes:
    return gzip.compress(bytes(header) + content.tobytes())


def _tar(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for path, content in files.items():
            about = tarfile.TarInfo(path)
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))
    return buffer.getvalue()


def mnist(rng: np.random.Generator) -> tuple[dict[str, bytes], Written]:
    archives, written = {}, {}
    for split, name, count in (("train", "train", 50), ("test", "t10k", 20)):
        images = rng.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        labels = rng.integers(0, 10, count, dtype=np.uint8)
        archives[f"{name}-images-idx3-ubyte.gz"] = _gzipped(16, images)
        archives[f"{name}-labels-idx1-ubyte.gz"] = _gzipped(8, labels)
        written[split] = list(zip(images, labels.tolist(), strict=True))
    return archives, written


def cifar10(rng: np.random.Generator) -> tuple[dict[str, bytes], Written]:
    files = {"batches.meta.txt": b"airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n"}
    written: Written = {"train": [], "test": []}
    for name in (*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"):
        images = rng.integers(0, 256, (10, 32, 32, 3), dtype=np.uint8)
        labels = rng.integers(0, 10, 10, dtype=np.uint8)
        planes = images.transpose(0, 3, 1, 2).reshape(10, -1)
        files[name] = np.concatenate([labels[:, None], planes], axis=1).tobytes()
        written["test" if name == "test_batch.bin" else "train"] += zip(images, labels.tolist(), strict=True)
    return {"cifar-10-binary.tar.gz": _tar({f"cifar-10-batches-bin/{path}": files[path] for path in files})}, written


def imdb_reviews(rng: np.random.Generator) -> tuple[dict[str, bytes], Written]:
    letters = np.frombuffer("abc de, fgh. ié!".encode(), np.uint8)
    files: dict[str, bytes] = {"aclImdb/README": b"about"}
    written: Written = {"train": [], "test": []}
    for split in written:
        for label, kind in enumerate(("neg", "pos")):
            for number in range(15):
                text = b"" if number == 3 else f"{split} {kind} {number}: ".encode() + rng.choice(letters, 80).tobytes()
                files[f"aclImdb/{split}/{kind}/{number}_7.txt"] = b" \n" + text + b"\n"
                written[split].append((np.frombuffer(text.strip(), np.uint8), label))
    files["aclImdb/train/unsup/0_0.txt"] = b"nobody knows"
    return {"aclImdb_v1.tar.gz": _tar(files)}, written


def _wav(samples: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16000)
        sound.writeframes(samples.astype("<i2").tobytes())
    return buffer.getvalue()


def speech_commands(rng: np.random.Generator) -> tuple[dict[str, bytes], Written]:
    def sound(steps: int) -> np.ndarray:
        return rng.integers(-(2**15), 2**15, steps).astype(np.int16)

    written: Written = {"train": [], "validation": [], "test": []}
    training: dict[str, bytes] = {"./LICENSE": b"free"}
    testing: dict[str, bytes] = {"./README.md": b"about"}
    lists: dict[str, list[str]] = {"validation": [], "testing": []}
    for label, word in ((0, "down"), (4, "off"), (9, "yes"), (11, "bed")):
        for number, split in enumerate(("train", "train", "validation", "testing")):
            samples = sound(16000 if number else 11000)
            path = f"{word}/{number}_nohash_0.wav"
            training[f"./{path}"] = _wav(samples)
            if split in lists:
                lists[split].append(path)
            if split in written:
                written[split].append((samples, label))
    training["./validation_list.txt"] = "\n".join(lists["validation"]).encode()
    training["./testing_list.txt"] = "\n".join(lists["testing"]).encode()
    training["./_background_noise_/README.md"] = b"about"
    training["./yes/broken_nohash_0.wav"] = b"no sound"
    for split, name in (("train", "pink_noise"), ("validation", "running_tap")):
        noise = sound(33000)
        training[f"./_background_noise_/{name}.wav"] = _wav(noise)
        written[split] += [(noise[start : start + 16000], 10) for start in (0, 8000, 16000)]
    for label, word in enumerate(WORDS):
        samples = sound(16000)
        testing[f"./{word}/0_nohash_0.wav"] = _wav(samples)
        written["test"].append((samples, label))
    return {
        "speech_commands_v0.02.tar.gz": _tar(training),
        "speech_commands_test_set_v0.02.tar.gz": _tar(testing),
    }, written


MAKERS: dict[str, Callable[[np.random.Generator], tuple[dict[str, bytes], Written]]] = {
    "mnist": mnist,
    "cifar10": cifar10,
    "imdb_reviews": imdb_reviews,
    "speech_commands": speech_commands,
}


def write(name: str, root: Path, seed: int = 0) -> Written:
    """Writes a small data set below `root` as the real one would be, and returns what was written.

    The archives lie where a person without a net would put them; their checksums are registered for the moment.
    """
    archives, written = MAKERS[name](np.random.default_rng(seed))
    manual = root / "downloads" / "manual"
    manual.mkdir(parents=True, exist_ok=True)
    for file, content in archives.items():
        (manual / file).write_bytes(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TFDS_DATA_DIR", str(root))
        patch.setattr(BUILDERS[name], "url_infos", _checksums(name, archives))
        download(name)
    return written


def _checksums(name: str, archives: dict[str, bytes]) -> dict[str, tfds.download.checksums.UrlInfo]:
    return {
        url: tfds.download.checksums.UrlInfo(
            size=tfds.core.units.Size(len(archives[about.filename])),
            checksum=hashlib.sha256(archives[about.filename]).hexdigest(),
            filename=about.filename,
        )
        for url, about in BUILDERS[name].url_infos.items()
    }
