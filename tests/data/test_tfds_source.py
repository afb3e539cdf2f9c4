"""Data sets of TFDS on disk, written by the real command from small archives, and read back by the real loader."""

import dataclasses
import io
import json
import shutil
import subprocess
import sys
import tarfile
import wave
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow_datasets as tfds
from tensorflow_datasets.datasets.imdb_reviews import imdb_reviews_dataset_builder as original_imdb
from tensorflow_datasets.datasets.speech_commands import speech_commands_dataset_builder as original_speech
from tensorflow_datasets.image_classification import cifar as original_cifar
from tensorflow_datasets.image_classification import mnist as original_mnist
from tiny_data_sets import MAKERS, Written, write

from lrbench.data import DataError, Split
from lrbench.data import tfds_source as reading
from lrbench.data.tfds_builders import BUILDERS
from lrbench.data.tfds_download import download, main
from lrbench.data.tfds_source import OpenData, Rows, TfdsSource, open_data

IMAGE = {"feature": "image", "kind": "pixels", "classes": 10, "kept_classes": 10}
SOURCES = {
    "mnist": TfdsSource(name="mnist", folder="mnist/3.0.1", steps=784, **IMAGE),
    "cifar10": TfdsSource(name="cifar10", folder="cifar10/3.0.2", steps=1024, **IMAGE),
    "imdb_reviews": TfdsSource(
        name="imdb_reviews",
        folder="imdb_reviews/plain_text/1.0.0",
        feature="text",
        kind="bytes",
        steps=60,
        classes=2,
        kept_classes=2,
    ),
    "speech_commands": TfdsSource(
        name="speech_commands",
        folder="speech_commands/0.0.3",
        feature="audio",
        kind="samples",
        steps=16000,
        classes=12,
        kept_classes=12,
    ),
}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Written]]:
    root = tmp_path_factory.mktemp("tfds")
    return root, {name: write(name, root) for name in MAKERS}


@pytest.fixture
def mnist(tiny: tuple[Path, dict[str, Written]], tmp_path: Path) -> Path:
    """A copy of the digits that a test may damage."""
    shutil.copytree(tiny[0] / "mnist", tmp_path / "mnist")
    return tmp_path


def everything(data: OpenData, split: Split) -> Rows:
    return data.read(split, np.arange(data.examples(split)))


def counted(rows: Rows) -> Counter[tuple[bytes, int]]:
    return Counter(
        (values[:length].tobytes(), int(label))
        for values, length, label in zip(rows.values, rows.lengths, rows.labels, strict=True)
    )


def grey(image: np.ndarray) -> np.ndarray:
    """The weights in 65536ths; rounds as the weights in thousandths do, but for ties."""
    rounded = (image.astype(np.int64) @ np.array([19595, 38470, 7471]) + 2**15) >> 16
    assert np.abs(rounded - image @ np.array([0.299, 0.587, 0.114])).max() <= 0.502
    return rounded.astype(np.uint8)


def expected(source: TfdsSource, examples: list[tuple[np.ndarray, int]]) -> Counter[tuple[bytes, int]]:
    counts: Counter[tuple[bytes, int]] = Counter()
    for values, label in examples:
        flat = (grey(values) if values.ndim == 3 else values).reshape(-1)[: source.steps]
        counts[(flat if len(flat) else np.zeros(1, np.uint8)).tobytes(), label] += 1
    return counts


@pytest.mark.parametrize("name", SOURCES)
def test_what_was_written_is_what_is_read(name: str, tiny: tuple[Path, dict[str, Written]]) -> None:
    root, written = tiny
    data, source = OpenData(SOURCES[name], root), SOURCES[name]
    read = {split: counted(everything(data, split)) for split in Split}
    assert read[Split.TEST] == expected(source, written[name]["test"])
    if "validation" in written[name]:
        assert read[Split.VALIDATION] == expected(source, written[name]["validation"])
        assert read[Split.TRAINING] == expected(source, written[name]["train"])
    else:
        assert read[Split.TRAINING] + read[Split.VALIDATION] == expected(source, written[name]["train"])
        assert data.examples(Split.VALIDATION) == len(written[name]["train"]) // 10
    for split in Split:
        assert data.examples(split) == read[split].total()
    assert "tensorflow" not in sys.modules


def test_splits_are_disjoint_and_stay_as_they_are(tiny: tuple[Path, dict[str, Written]]) -> None:
    root, _ = tiny
    digits = {split: counted(everything(OpenData(SOURCES["mnist"], root), split)) for split in Split}
    for split in Split:
        for other in Split:
            assert split == other or not digits[split] & digits[other]
    # Which of the stored examples are the validation split is part of every result that was measured.
    stored = tfds.data_source("mnist", split="train", data_dir=root, download=False)
    held = everything(OpenData(SOURCES["mnist"], root), Split.VALIDATION)
    for number, values in zip((2, 10, 11, 28, 41), held.values, strict=True):
        np.testing.assert_array_equal(values, stored[number]["image"].reshape(-1))


@pytest.mark.parametrize("name", ["mnist", "cifar10", "imdb_reviews"])
def test_tfds_reads_what_was_written(name: str, tiny: tuple[Path, dict[str, Written]]) -> None:
    root, written = tiny
    key = SOURCES[name].feature
    for split, examples in written[name].items():
        source = tfds.data_source(name, split=split, data_dir=root, download=False)
        read = Counter(
            ((example[key] if isinstance(example[key], bytes) else example[key].tobytes()), example["label"])
            for example in source
        )
        assert read == Counter((values.tobytes(), label) for values, label in examples)


def gfile(path: str, mode: str) -> io.IOBase:
    return Path(path).open(mode)


GFILE = SimpleNamespace(io=SimpleNamespace(gfile=SimpleNamespace(GFile=gfile)))


def plain(example: dict[str, object]) -> dict[str, object]:
    """An example with its arrays and images as bytes."""
    arrays = {key: np.asarray(value) if key in ("image", "audio") else value for key, value in example.items()}
    return {
        key: (
            value.squeeze().tobytes() if key in arrays and isinstance(value, np.ndarray) and value.size > 1 else value
        )
        for key, value in arrays.items()
    }


class Originals:
    """TFDS's own generators over the same archives, with the little of TensorFlow that they use stood in for."""

    @staticmethod
    def mnist(manual: Path, tmp_path: Path) -> dict[str, list]:
        import gzip

        found = {}
        for split, name, count in (("train", "train", 50), ("test", "t10k", 20)):
            paths = []
            for kind in ("images-idx3", "labels-idx1"):
                paths.append(tmp_path / f"{name}-{kind}")
                paths[-1].write_bytes(gzip.decompress((manual / f"{name}-{kind}-ubyte.gz").read_bytes()))
            found[split] = list(original_mnist.MNIST._generate_examples(None, count, *map(str, paths)))
        return found

    @staticmethod
    def cifar10(manual: Path, tmp_path: Path) -> dict[str, list]:
        with tarfile.open(manual / "cifar-10-binary.tar.gz") as archive:
            archive.extractall(tmp_path, filter="data")
        builder = original_cifar.Cifar10(data_dir=tmp_path / "elsewhere")
        about = builder._cifar_info
        return {
            split: list(
                builder._generate_examples(f"{split}_", [str(tmp_path / about.prefix / name) for name in names])
            )
            for split, names in (("train", about.train_files), ("test", about.test_files))
        }

    @staticmethod
    def imdb_reviews(manual: Path, tmp_path: Path) -> dict[str, list]:
        del tmp_path

        def files():
            with tarfile.open(manual / "aclImdb_v1.tar.gz") as archive:
                for member in archive:
                    yield member.name, archive.extractfile(member)

        generate = original_imdb.Builder._generate_examples
        return {
            "train": list(generate(None, files(), "aclImdb/train")),
            "test": list(generate(None, files(), "aclImdb/test")),
            "unsupervised": list(generate(None, files(), "aclImdb/train", labeled=False)),
        }

    @staticmethod
    def speech_commands(manual: Path, tmp_path: Path) -> dict[str, list]:
        del tmp_path

        def files(name: str):
            with tarfile.open(manual / name) as archive:
                for member in archive:
                    yield member.name.removeprefix("./"), archive.extractfile(member)

        everything, test = "speech_commands_v0.02.tar.gz", "speech_commands_test_set_v0.02.tar.gz"
        builder = original_speech.Builder
        train, validation = builder._split_archive(None, files(everything))
        return {
            "train": list(builder._generate_examples(None, files(everything), train)),
            "validation": list(builder._generate_examples(None, files(everything), validation)),
            "test": list(builder._generate_examples(None, files(test), None)),
        }


class CouldntDecodeError(Exception):
    """Pydub's."""


class AudioSegment:
    """Pydub's, as far as TFDS uses it."""

    def __init__(self, samples: np.ndarray) -> None:
        self._samples = samples

    @classmethod
    def from_file(cls, file: io.IOBase, format: str) -> "AudioSegment":
        assert format == "wav"
        try:
            with wave.open(file) as sound:
                return cls(np.frombuffer(sound.readframes(sound.getnframes()), np.int16))
        except (wave.Error, EOFError) as error:
            raise CouldntDecodeError from error

    def get_array_of_samples(self) -> np.ndarray:
        return self._samples


PYDUB = SimpleNamespace(AudioSegment=AudioSegment, exceptions=SimpleNamespace(CouldntDecodeError=CouldntDecodeError))


@pytest.mark.parametrize("name", SOURCES)
def test_examples_and_keys_are_tfdss_own(
    name: str, tiny: tuple[Path, dict[str, Written]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (original_mnist, original_cifar):
        monkeypatch.setattr(module, "tf", GFILE)
    lazy = SimpleNamespace(lazy_imports=SimpleNamespace(pydub=PYDUB))
    monkeypatch.setattr(original_speech, "lazy_imports_lib", lazy)
    manual = tiny[0] / "downloads" / "manual"
    names = {about.filename for about in BUILDERS[name].url_infos.values()}

    def fetch(urls):
        if isinstance(urls, dict):
            return {key: fetch(value) for key, value in urls.items()}
        if isinstance(urls, list):
            return [fetch(url) for url in urls]
        file = urls.rsplit("/", 1)[-1]
        assert file in names, "an address that has no checksum"
        return manual / file

    builder = BUILDERS[name](data_dir=str(tmp_path / "new"))
    ours = {
        split: {key: plain(example) for key, example in examples}
        for split, examples in builder._split_generators(SimpleNamespace(download=fetch)).items()
    }
    theirs = {
        split: {key: plain(example) for key, example in examples}
        for split, examples in getattr(Originals, name)(manual, tmp_path).items()
    }
    assert ours == theirs


def test_indices_are_answered_in_their_order(tiny: tuple[Path, dict[str, Written]]) -> None:
    for name, source in SOURCES.items():
        data = OpenData(source, tiny[0])
        rows = everything(OpenData(source, tiny[0]), Split.TEST)
        wanted = np.array([3, 0, 7, 3, 1])
        for leaf, whole in zip(data.read(Split.TEST, wanted), rows, strict=True):
            np.testing.assert_array_equal(leaf, whole[wanted], err_msg=name)
        assert len(data.read(Split.TEST, np.array([], np.int64)).labels) == 0


@pytest.mark.parametrize("name", SOURCES)
def test_keeping_examples_in_memory_changes_nothing(
    name: str, tiny: tuple[Path, dict[str, Written]], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = OpenData(SOURCES[name], tiny[0])
    monkeypatch.setattr(reading, "KEPT_BYTES", 0)
    read_anew = OpenData(SOURCES[name], tiny[0])
    rng = np.random.default_rng(0)
    for _ in range(5):
        wanted = rng.integers(0, kept.examples(Split.TRAINING), 9)
        for leaf, other in zip(kept.read(Split.TRAINING, wanted), read_anew.read(Split.TRAINING, wanted), strict=True):
            np.testing.assert_array_equal(leaf, other)
    assert kept.digest() == read_anew.digest()


def test_threads_read_what_one_reads(tiny: tuple[Path, dict[str, Written]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "DIGESTED", 1)  # so that almost nothing has been decoded when they start
    whole = everything(OpenData(SOURCES["cifar10"], tiny[0]), Split.TRAINING)
    data = OpenData(SOURCES["cifar10"], tiny[0])
    orders = [np.random.default_rng(seed).permutation(45) for seed in range(16)]
    with ThreadPoolExecutor(8) as pool:
        for order, rows in zip(orders, pool.map(lambda order: data.read(Split.TRAINING, order), orders), strict=True):
            for leaf, other in zip(rows, whole, strict=True):
                np.testing.assert_array_equal(leaf, other[order])


def test_a_data_set_is_opened_once_and_found_by_tfdss_variable(
    tiny: tuple[Path, dict[str, Written]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFDS_DATA_DIR", str(tiny[0]))
    assert open_data(SOURCES["mnist"]) is open_data(SOURCES["mnist"])
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    with pytest.raises(DataError, match=str(tmp_path)):
        open_data(SOURCES["mnist"])
    monkeypatch.delenv("TFDS_DATA_DIR")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "tensorflow_datasets").symlink_to(tiny[0])
    assert open_data(SOURCES["mnist"]).examples(Split.TEST) == 20


@pytest.mark.parametrize(
    ("name", "size"),
    [("mnist", "12 MB"), ("cifar10", "170 MB"), ("imdb_reviews", "84 MB"), ("speech_commands", "2.5 GB")],
)
def test_missing_data_says_what_to_do(name: str, size: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        OpenData(SOURCES[name], tmp_path)
    sentence = str(caught.value)
    assert str(tmp_path / SOURCES[name].folder) in sentence
    assert f"-m lrbench.data.tfds_download {name}` downloads {size}" in sentence
    assert "TFDS_DATA_DIR" in sentence
    assert not list(tmp_path.iterdir()), "looking writes nothing"


def test_folders_are_those_of_the_builders(tmp_path: Path) -> None:
    for name, source in SOURCES.items():
        assert BUILDERS[name](data_dir=str(tmp_path)).data_path == tmp_path / source.folder


def shard(root: Path, split: str) -> Path:
    (found,) = (root / "mnist" / "3.0.1").glob(f"mnist-{split}.array_record-*")
    return found


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for place in range(2000, 60000, 500):
        content[place] ^= 255
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:70000])


@pytest.mark.parametrize("damage", [flip, cut, Path.unlink, lambda path: path.write_bytes(b"")])
def test_a_damaged_file_is_named(damage, mnist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "DIGESTED", 1)
    damage(shard(mnist, "train"))
    with pytest.raises(DataError) as caught:
        everything(OpenData(SOURCES["mnist"], mnist), Split.TRAINING)
    sentence = str(caught.value)
    assert str(mnist / "mnist" / "3.0.1") in sentence
    assert "split 'train' cannot be read" in sentence
    assert "tfds_download mnist" in sentence
    assert "\n" not in sentence


def described(root: Path, change) -> None:
    path = root / "mnist" / "3.0.1" / "dataset_info.json"
    description = json.loads(path.read_text())
    change(description)
    path.write_text(json.dumps(description))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda info: info.update(version="3.0.0"), "cannot be opened"),
        (lambda info: info.update(fileFormat="tfrecord"), "cannot be read by number"),
        (lambda info: info.update(splits=info["splits"][:1]), "fewer than 2 examples in its split 'test'"),
        (lambda info: info["splits"][0].update(shardLengths=["60"]), "split 'train' cannot be read"),
    ],
)
def test_a_description_that_does_not_fit_is_named(change, said: str, mnist: Path) -> None:
    described(mnist, change)
    with pytest.raises(DataError, match=said) as caught:
        everything(OpenData(SOURCES["mnist"], mnist), Split.TRAINING)
    assert "tfds_download mnist" in str(caught.value)


def test_a_description_that_is_none_is_named(mnist: Path) -> None:
    (mnist / "mnist" / "3.0.1" / "dataset_info.json").write_text("{")
    with pytest.raises(DataError, match="cannot be opened"):
        OpenData(SOURCES["mnist"], mnist)


def test_examples_of_another_kind_are_named(mnist: Path) -> None:
    wrong = dataclasses.replace(SOURCES["mnist"], steps=1024)
    with pytest.raises(DataError, match="784 pixels instead of 1024"):
        OpenData(wrong, mnist)
    with pytest.raises(DataError, match=r"class \d of 2"):
        OpenData(dataclasses.replace(SOURCES["mnist"], classes=2, kept_classes=2), mnist)


def test_the_digest_follows_the_examples(tiny: tuple[Path, dict[str, Written]], tmp_path: Path) -> None:
    digest = OpenData(SOURCES["mnist"], tiny[0]).digest()
    assert len(digest) == 16
    assert int(digest, 16) >= 0
    write("mnist", tmp_path / "again")
    assert OpenData(SOURCES["mnist"], tmp_path / "again").digest() == digest
    write("mnist", tmp_path / "other", seed=1)
    assert OpenData(SOURCES["mnist"], tmp_path / "other").digest() != digest


def test_ten_classes_are_those_examples_of_the_twelve(
    tiny: tuple[Path, dict[str, Written]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    root, written = tiny
    ten = dataclasses.replace(SOURCES["speech_commands"], kept_classes=10)
    for split, name in ((Split.TRAINING, "train"), (Split.VALIDATION, "validation"), (Split.TEST, "test")):
        kept = [(values, label) for values, label in written["speech_commands"][name] if label < 10]
        assert counted(everything(OpenData(ten, root), split)) == expected(ten, kept)

    # The labels are remembered: nothing is scanned again, unless what is remembered is broken.
    scans = []
    scan = reading._Store.labels
    monkeypatch.setattr(reading._Store, "labels", lambda store: scans.append(store.split) or scan(store))
    OpenData(ten, root)
    assert not scans
    files = sorted((tmp_path / "lrbench" / "labels").iterdir())
    assert len(files) == 3
    files[0].write_bytes(b"broken")
    assert OpenData(ten, root).examples(Split.TEST) == 10
    assert len(scans) == 1
    OpenData(ten, root)
    assert len(scans) == 1

    # Where nothing can be remembered, the data is read all the same.
    (tmp_path / "a_file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "a_file"))
    assert OpenData(ten, root).examples(Split.TEST) == 10


def test_the_command_writes_refuses_and_leaves_alone(
    tiny: tuple[Path, dict[str, Written]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("TFDS_DATA_DIR", str(tiny[0]))
    assert main(["mnist"]) == 0
    assert "already at" in capsys.readouterr().out
    assert main([]) == 2
    assert main(["penguins"]) == 1
    assert "choose one of cifar10, imdb_reviews, mnist, speech_commands" in capsys.readouterr().err

    # An archive with another content than the real one is refused, and nothing is left where data would be.
    manual = tmp_path / "downloads" / "manual"
    shutil.copytree(tiny[0] / "downloads" / "manual", manual)
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    with pytest.raises(DataError, match="wrong checksum"):
        download("mnist")
    assert not (tmp_path / "mnist" / "3.0.1").exists()


def test_looking_for_data_imports_no_tensorflow_and_asks_no_net(tmp_path: Path) -> None:
    program = (
        "import socket, sys\n"
        "def refuse(*_): raise AssertionError('asked the net')\n"
        "socket.socket.connect = refuse\n"
        "from lrbench.data import DataError\n"
        "from lrbench.tasks.sequential_mnist import SequentialMnist\n"
        "assert 'tensorflow_datasets' not in sys.modules\n"
        "try: SequentialMnist().prepare()\n"
        "except DataError as error: print(error)\n"
        "assert 'tensorflow' not in sys.modules\n"
    )
    environment = {"TFDS_DATA_DIR": str(tmp_path), "HOME": str(tmp_path), "JAX_PLATFORMS": "cpu"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert "tfds_download mnist" in done.stdout
    assert not done.stderr
