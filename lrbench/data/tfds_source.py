"""Examples of TFDS's data sets by their number, on the host, without TensorFlow.

Nothing is ever downloaded from here. Data that is not there, or is damaged, is a `DataError` that says which command
downloads it. TFDS's own sub-splits are not used, for some of its file formats ignore them: parts of a split are chosen
by number.
"""

import hashlib
import io
import json
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from jaxtyping import Int, Shaped

from lrbench.data.recorded import DataError, Split

#: Where a data set has no validation split, one example in this many of its training split are it …
VALIDATION_SHARE = 10
#: … drawn with this seed, for ever: numpy promises that this generator never changes.
VALIDATION_SEED = 0
#: Splits that take no more bytes than this, as arrays, stay in memory once they have been read.
KEPT_BYTES = 2**28
#: Examples of each split that the digest looks at.
DIGESTED = 64
#: Examples that are read at once.
CHUNK = 256


@dataclass(frozen=True)
class TfdsSource:
    """A data set of TFDS, and what is read of its examples.

    Attributes:
        name: TFDS's name for it.
        folder: where TFDS keeps it below its own folder: name, configuration if there are several, version.
        feature: the feature that is the sequence; the feature "label" is its class.
        kind: what the feature is and how it becomes numbers: the `pixels` of an image in grey, row by row, as 0 … 255;
            the `bytes` of a text; the `samples` of a sound, -32768 … 32767.
        steps: numbers that are read of an example, at most; it must have them all where it is an image.
        classes: how many classes there are; a label must be less.
        kept_classes: examples of further classes are left out.
    """

    name: str
    folder: str
    feature: str
    kind: Literal["pixels", "bytes", "samples"]
    steps: int
    classes: int
    kept_classes: int


class Rows(NamedTuple):
    """Examples as they are stored, all of the same width.

    Attributes:
        values: zero behind an example's own.
        lengths: how many values each has, at least 1: an empty text is one zero.
        labels: each one's class.
    """

    values: Shaped[np.ndarray, "n steps"]
    lengths: Int[np.ndarray, " n"]
    labels: Int[np.ndarray, " n"]


def tfds_folder() -> Path:
    """Returns where TFDS keeps its data sets: TFDS_DATA_DIR, or tensorflow_datasets in the home."""
    return Path(os.environ.get("TFDS_DATA_DIR") or "~/tensorflow_datasets").expanduser()


def _pixels(image: bytes) -> Shaped[np.ndarray, " pixels"]:
    """Decodes an image; colours become grey by ITU-R 601-2, 0.299 R + 0.587 G + 0.114 B rounded (Pillow's mode L)."""
    from PIL import Image

    with Image.open(io.BytesIO(image)) as opened:
        return np.asarray(opened.convert("L")).reshape(-1)


def _bytes(text: bytes) -> Shaped[np.ndarray, " bytes"]:
    return np.frombuffer(text, np.uint8)


_DECODERS: dict[str, Callable[[Any], Shaped[np.ndarray, " values"]]] = {
    "pixels": _pixels,
    "bytes": _bytes,
    "samples": np.asarray,
}


def readable_size(count: int) -> str:
    """Returns a number of bytes in words, as "12 MB"."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def _remedy(source: TfdsSource) -> str:
    from lrbench.data.tfds_builders import BUILDERS, download_size

    return (
        f"`{sys.executable} -m lrbench.data.tfds_download {source.name}` downloads "
        f"{readable_size(download_size(source.name))} and writes about "
        f"{readable_size(BUILDERS[source.name].written)}"
    )


def _line(error: BaseException) -> str:
    """The first line of another library's error."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0]}"[:200] if lines else type(error).__name__


class _Store:
    """One split as TFDS stores it: its rows, decoded when they are first asked for and then kept if they are few."""

    def __init__(self, source: TfdsSource, split: str, examples: Any, records: Any, folder: Path) -> None:
        self.split = split
        self.count = len(examples)
        self._source = source
        self._examples = examples
        self._records = records
        self._folder = folder
        self._lock = threading.Lock()
        self._known = np.zeros(self.count, bool)
        kept = self.count * source.steps * self._dtype.itemsize <= KEPT_BYTES
        self._kept = self._empty(self.count) if kept else None

    @property
    def _dtype(self) -> np.dtype:
        return np.dtype(np.int16 if self._source.kind == "samples" else np.uint8)

    def _empty(self, count: int) -> Rows:
        return Rows(
            values=np.zeros((count, self._source.steps), self._dtype),
            lengths=np.ones(count, np.int32),
            labels=np.zeros(count, np.int32),
        )

    def read(self, wanted: Int[np.ndarray, " n"]) -> Rows:
        """Returns these rows; one may be wanted twice."""
        if self._kept is None:
            different, places = np.unique(wanted, return_inverse=True)
            rows = self._empty(len(different))
            self._decode(different, rows, np.arange(len(different)))
            return Rows(*(leaf[places] for leaf in rows))
        if not self._known[wanted].all():
            # One thread decodes; another that wants the same rows finds them done.
            with self._lock:
                missing = np.unique(wanted[~self._known[wanted]])
                self._decode(missing, self._kept, missing)
                self._known[missing] = True
        return Rows(*(leaf[wanted] for leaf in self._kept))

    def labels(self) -> Int[np.ndarray, " count"]:
        """Reads every label; sequences are not turned into arrays for it."""
        from tensorflow_datasets.proto import tf_example_pb2

        def label(record: bytes) -> int:
            return tf_example_pb2.Example.FromString(record).features.feature["label"].int64_list.value[0]

        rows = np.arange(self.count)
        found = [label(record) for part in self._parts(rows) for record in self._ask(self._records, part)]
        return np.asarray(found, np.int32)

    def _parts(self, rows: Int[np.ndarray, " n"]) -> Iterator[Int[np.ndarray, " part"]]:
        for start in range(0, len(rows), CHUNK):
            yield rows[start : start + CHUNK]

    def _ask(self, stored: Any, rows: Int[np.ndarray, " part"]) -> list[Any]:
        try:
            return stored.__getitems__(rows.tolist())
        except Exception as error:  # array_record, protobuf and the file system each raise errors of their own
            raise self._damage(rows, _line(error)) from error

    def _decode(self, wanted: Int[np.ndarray, " n"], into: Rows, places: Int[np.ndarray, " n"]) -> None:
        decoder, steps = _DECODERS[self._source.kind], self._source.steps
        for part, targets in zip(self._parts(wanted), self._parts(places), strict=True):
            examples = self._ask(self._examples, part)
            for row, place, example in zip(part.tolist(), targets.tolist(), examples, strict=True):
                label = example["label"]
                try:
                    values = decoder(example[self._source.feature])
                except (OSError, ValueError, SyntaxError) as error:  # what Pillow raises on images that are none
                    raise self._damage(np.asarray([row]), _line(error)) from error
                if self._source.kind == "pixels" and len(values) != steps:
                    raise self._damage(np.asarray([row]), f"an image of {len(values)} pixels instead of {steps}")
                if not 0 <= label < self._source.classes:
                    raise self._damage(np.asarray([row]), f"class {label} of {self._source.classes}")
                read = values[:steps]
                into.values[place, : len(read)] = read
                into.lengths[place] = max(1, len(read))
                into.labels[place] = label

    def _damage(self, rows: Int[np.ndarray, " n"], reason: str) -> DataError:
        first, last = int(rows.min()), int(rows.max())
        which = f"example {first}" if first == last else f"one of the examples {first} to {last}"
        return DataError(
            f"{self._folder}: {which} of split '{self.split}' cannot be read ({reason}); the files are damaged: "
            f"delete the folder, and {_remedy(self._source)}"
        )


class OpenData:
    """A data set that is open for reading, by any number of threads."""

    def __init__(self, source: TfdsSource, root: Path) -> None:
        self._source = source
        self._folder = root / source.folder
        self._stores = self._open(root)
        self._parts: dict[Split, tuple[_Store, Int[np.ndarray, " n"]]] = {}
        self._digest = self._sampled_digest()
        self._divide()

    def _open(self, root: Path) -> dict[str, _Store]:
        if not (self._folder / "dataset_info.json").exists():
            raise DataError(
                f"{self._source.name} is not at {self._folder}, where TensorFlow Datasets would keep it (the variable "
                f"TFDS_DATA_DIR names another folder for all its data sets); {_remedy(self._source)} there"
            )
        import tensorflow_datasets as tfds

        from lrbench.data.tfds_builders import BUILDERS

        raw = {self._source.feature: tfds.decode.SkipDecoding()} if self._source.kind == "pixels" else None
        as_stored = tfds.decode.DeserializeMethod.RAW_BYTES
        try:
            builder = BUILDERS[self._source.name](data_dir=str(root))
            return {
                split: _Store(
                    self._source,
                    split,
                    builder.as_data_source(split, decoders=raw),
                    builder.as_data_source(split, deserialize_method=as_stored),
                    self._folder,
                )
                for split in ("train", "validation", "test")
                if split in builder.info.splits
            }
        except NotImplementedError as error:
            raise DataError(
                f"{self._folder} holds {self._source.name} in a format that cannot be read by number; "
                f"array_record can: name another folder in TFDS_DATA_DIR, and {_remedy(self._source)} there"
            ) from error
        except ImportError as error:
            raise DataError(
                f"{self._source.name} cannot be read without the package {error.name} "
                "(array_record is made for Linux only)"
            ) from error
        except Exception as error:  # the description of the data set can be damaged in any way
            raise DataError(
                f"{self._folder} cannot be opened ({_line(error)}); delete it, and {_remedy(self._source)}"
            ) from error

    def _divide(self) -> None:
        """Gives each split its rows."""
        for needed in ("train", "test"):
            if needed not in self._stores or self._stores[needed].count < 2:
                raise DataError(
                    f"{self._folder} has fewer than 2 examples in its split '{needed}'; delete it, and "
                    f"{_remedy(self._source)}"
                )
        rows = {split: self._kept(store) for split, store in self._stores.items()}
        if "validation" in rows:
            self._parts[Split.VALIDATION] = (self._stores["validation"], rows["validation"])
            self._parts[Split.TRAINING] = (self._stores["train"], rows["train"])
        else:
            count = len(rows["train"])
            shuffled = rows["train"][np.random.RandomState(VALIDATION_SEED).permutation(count)]
            held = max(1, count // VALIDATION_SHARE)
            self._parts[Split.VALIDATION] = (self._stores["train"], np.sort(shuffled[:held]))
            self._parts[Split.TRAINING] = (self._stores["train"], np.sort(shuffled[held:]))
        self._parts[Split.TEST] = (self._stores["test"], rows["test"])

    def _kept(self, store: _Store) -> Int[np.ndarray, " n"]:
        """The rows of a store whose class is kept."""
        if self._source.kept_classes == self._source.classes:
            return np.arange(store.count)
        labels = self._all_labels(store)
        return np.flatnonzero(labels < self._source.kept_classes)

    def _all_labels(self, store: _Store) -> Int[np.ndarray, " count"]:
        """Every label of a store. Finding them means reading the whole data set, so they are remembered in a file."""
        cache_folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lrbench" / "labels"
        remembered = cache_folder / f"{self._source.name}-{store.split}-{self._digest}.npy"
        try:
            labels = np.load(remembered, allow_pickle=False)
            if labels.shape == (store.count,) and labels.dtype == np.int32:
                return labels
        except (OSError, ValueError, EOFError):
            pass  # not there, or not whole: it is written anew
        labels = store.labels()
        try:
            cache_folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=cache_folder, suffix=".npy", delete=False) as file:
                np.save(file, labels)
            Path(file.name).replace(remembered)
        except OSError:
            pass  # where nothing can be remembered, the next run reads them again
        return labels

    def _sampled_digest(self) -> str:
        """Hashes the counts, and examples spread over each split: what is read, not how files are laid out."""
        digest = hashlib.sha256()
        counts = {split: store.count for split, store in self._stores.items()}
        digest.update(json.dumps([self._source.folder, self._source.steps, counts]).encode())
        for store in self._stores.values():
            if store.count:
                spread = np.unique(np.linspace(0, store.count - 1, DIGESTED).astype(np.int64))
                for leaf in store.read(spread):
                    digest.update(np.ascontiguousarray(leaf, leaf.dtype.newbyteorder("<")).tobytes())
        return digest.hexdigest()[:16]

    def examples(self, split: Split) -> int:
        """Returns how many examples a split has."""
        return len(self._parts[split][1])

    def read(self, split: Split, indices: Int[np.ndarray, " n"]) -> Rows:
        """Returns examples of a split by their number in it, in the order of the indices."""
        store, rows = self._parts[split]
        return store.read(rows[indices])

    def digest(self) -> str:
        """Returns 16 hex digits that change when the data does."""
        return self._digest


_OPENING = threading.Lock()


@cache
def _open(source: TfdsSource, root: Path) -> OpenData:
    return OpenData(source, root)


def open_data(source: TfdsSource) -> OpenData:
    """Returns the data set; opens it the first time.

    Raises:
        DataError: it is not there, or cannot be read.
    """
    with _OPENING:
        return _open(source, tfds_folder())
