"""TFDS's data sets, written without TensorFlow: the same examples in the same order, in files that are read by index.

TFDS's own builders need TensorFlow to unpack archives, to encode images, and even to say what a sound is. These take
its names, versions, addresses and checksums, and unpack and encode with Python's library and Pillow. What they write
TFDS reads, and what TFDS has written they read.
"""

import gzip
import io
import os
import tarfile
import wave
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import tensorflow_datasets as tfds
from jaxtyping import Int16
from PIL import Image
from tensorflow_datasets.datasets.imdb_reviews import imdb_reviews_dataset_builder as original_imdb
from tensorflow_datasets.datasets.speech_commands import speech_commands_dataset_builder as original_speech
from tensorflow_datasets.image_classification import cifar as original_cifar
from tensorflow_datasets.image_classification import mnist as original_mnist

#: Examples by their key; TFDS's order follows from the keys.
Examples = Iterator[tuple[int | str, dict[str, Any]]]

_PACKAGE = Path(tfds.__file__).parent


def _files(archive: os.PathLike[str]) -> Iterator[tuple[str, bytes]]:
    """The files of a tar archive with their paths, as `./a/b` or `a/b` alike."""
    with tarfile.open(archive, "r|*") as opened:
        for member in opened:
            content = opened.extractfile(member) if member.isfile() else None
            if content is not None:
                yield os.path.normpath(member.name), content.read()


class _WithoutTensorFlow:
    """What the four have in common, beside a builder of TFDS that each of them is."""

    #: TFDS's name for the data set.
    name: ClassVar[str]
    #: Sizes and checksums of what is downloaded, by address.
    url_infos: ClassVar[dict[str, Any]]
    #: TFDS looks for the checksums with a package that it does not require; here they are named instead.
    code_path = None
    #: Bytes that the examples take, after TFDS's catalogue.
    written: ClassVar[int]

    def __init_subclass__(cls, **options: Any) -> None:
        # TFDS's register has builders of these names already.
        options["skip_registration"] = True
        super().__init_subclass__(**options)


class Mnist(_WithoutTensorFlow, original_mnist.MNIST):
    """LeCun's handwritten digits."""

    name = "mnist"
    url_infos = tfds.download.checksums.load_url_infos(_PACKAGE / "url_checksums" / "mnist.txt")
    written = 22_000_000

    def _split_generators(self, dl_manager: Any) -> dict[str, Examples]:
        names = {"train": "train", "test": "t10k"}
        paths = dl_manager.download(
            {
                split: [f"{self.URL}{name}-images-idx3-ubyte.gz", f"{self.URL}{name}-labels-idx1-ubyte.gz"]
                for split, name in names.items()
            }
        )
        return {split: self._generate_examples(*both) for split, both in paths.items()}

    def _generate_examples(self, images: os.PathLike[str], labels: os.PathLike[str]) -> Examples:
        with gzip.open(images) as opened:
            pixels = np.frombuffer(opened.read(), np.uint8, offset=16).reshape(-1, 28, 28)
        with gzip.open(labels) as opened:
            classes = np.frombuffer(opened.read(), np.uint8, offset=8)
        for index, (image, label) in enumerate(zip(pixels, classes, strict=True)):
            yield index, {"image": Image.fromarray(image), "label": int(label)}


class Cifar10(_WithoutTensorFlow, original_cifar.Cifar10):
    """Krizhevsky's small photographs of ten things."""

    name = "cifar10"
    url_infos = tfds.download.checksums.load_url_infos(_PACKAGE / "url_checksums" / "cifar10.txt")
    written = 139_000_000

    def _split_generators(self, dl_manager: Any) -> dict[str, Examples]:
        about = self._cifar_info
        contents = dict(_files(dl_manager.download(about.url)))
        (labels,) = about.label_files
        self.info.features["label"].names = contents[about.prefix + labels].decode().split()
        return {
            split: self._generate_examples(f"{split}_", b"".join(contents[about.prefix + name] for name in names))
            for split, names in (("train", about.train_files), ("test", about.test_files))
        }

    def _generate_examples(self, prefix: str, content: bytes) -> Examples:
        for index, row in enumerate(np.frombuffer(content, np.uint8).reshape(-1, 1 + 3 * 32 * 32)):
            image = row[1:].reshape(3, 32, 32).transpose(1, 2, 0)
            yield index, {"id": f"{prefix}{index:05d}", "image": Image.fromarray(image), "label": int(row[0])}


class ImdbReviews(_WithoutTensorFlow, original_imdb.Builder):
    """Reviews of films, negative or positive."""

    name = "imdb_reviews"
    url_infos = tfds.download.checksums.load_url_infos(_PACKAGE / "datasets" / "imdb_reviews" / "checksums.tsv")
    written = 136_000_000

    def _info(self) -> tfds.core.DatasetInfo:
        # TFDS reads the description from files beside the builder's own.
        return tfds.core.DatasetInfo(
            builder=self,
            description="Large Movie Review Dataset.",
            features=tfds.features.FeaturesDict(
                {"text": tfds.features.Text(), "label": tfds.features.ClassLabel(names=["neg", "pos"])}
            ),
            supervised_keys=("text", "label"),
            homepage="http://ai.stanford.edu/~amaas/data/sentiment/",
        )

    def _split_generators(self, dl_manager: Any) -> dict[str, Examples]:
        (url,) = self.url_infos
        archive = dl_manager.download(url)
        return {
            "train": self._generate_examples(archive, "train", ("neg", "pos")),
            "test": self._generate_examples(archive, "test", ("neg", "pos")),
            "unsupervised": self._generate_examples(archive, "train", ("unsup",)),
        }

    def _generate_examples(self, archive: os.PathLike[str], part: str, kinds: tuple[str, ...]) -> Examples:
        for path, text in _files(archive):
            match path.split("/"):
                case ["aclImdb", found, kind, _] if found == part and kind in kinds:
                    yield path, {"text": text.strip(), "label": -1 if kind == "unsup" else kind}


class SpeechCommands(_WithoutTensorFlow, original_speech.Builder):
    """Warden's spoken words, of a second each: ten of them, silence, and all others as one class."""

    name = "speech_commands"
    url_infos = tfds.download.checksums.load_url_infos(_PACKAGE / "datasets" / "speech_commands" / "checksums.tsv")
    written = 8_800_000_000

    def _info(self) -> tfds.core.DatasetInfo:
        # `tfds.features.Audio` cannot be made without TensorFlow; a tensor is stored and read in the same way.
        names = [*original_speech.WORDS, original_speech.SILENCE, original_speech.UNKNOWN]
        return tfds.core.DatasetInfo(
            builder=self,
            description="Speech commands for keyword spotting.",
            features=tfds.features.FeaturesDict(
                {
                    "audio": tfds.features.Tensor(shape=(None,), dtype=np.int16),
                    "label": tfds.features.ClassLabel(names=names),
                }
            ),
            supervised_keys=("audio", "label"),
            homepage="https://arxiv.org/abs/1804.03209",
        )

    def _split_generators(self, dl_manager: Any) -> dict[str, Examples]:
        test, recordings = (dl_manager.download(url) for url in sorted(self.url_infos))
        lists = {
            path: set(content.decode().split()) for path, content in _files(recordings) if path.endswith("_list.txt")
        }
        validation = lists["validation_list.txt"] | {f"{original_speech.BACKGROUND_NOISE}/running_tap.wav"}
        elsewhere = validation | lists["testing_list.txt"]
        return {
            "train": self._generate_examples((path, wav) for path, wav in _files(recordings) if path not in elsewhere),
            "validation": self._generate_examples(
                (path, wav) for path, wav in _files(recordings) if path in validation
            ),
            "test": self._generate_examples(_files(test)),
        }

    def _generate_examples(self, files: Iterator[tuple[str, bytes]]) -> Examples:
        for path, content in files:
            *_, word, name = ("", *path.split("/"))
            wave_form = _samples(content) if name.endswith(".wav") else None
            if wave_form is None:
                continue
            if word == original_speech.BACKGROUND_NOISE:
                # Minutes of noise are silence, a second of it every half second.
                for start in range(0, len(wave_form) - 16000, 8000):
                    silence = {"audio": wave_form[start : start + 16000], "label": original_speech.SILENCE}
                    yield f"{word}_{name}_{start}", silence
            else:
                known = word in (*original_speech.WORDS, original_speech.SILENCE)
                yield f"{word}_{name}", {"audio": wave_form, "label": word if known else original_speech.UNKNOWN}


def _samples(content: bytes) -> Int16[np.ndarray, " steps"] | None:
    """The samples of a 16-bit recording; None where it is no recording, which TFDS leaves out too."""
    try:
        with wave.open(io.BytesIO(content)) as opened:
            return np.frombuffer(opened.readframes(opened.getnframes()), "<i2").astype(np.int16)
    except (wave.Error, EOFError):
        return None


BUILDERS: dict[str, Any] = {builder.name: builder for builder in (Mnist, Cifar10, ImdbReviews, SpeechCommands)}


@cache
def download_size(name: str) -> int:
    """Returns how many bytes a data set's archives have, after TFDS's own list of checksums."""
    return sum(int(about.size) for about in BUILDERS[name].url_infos.values())
