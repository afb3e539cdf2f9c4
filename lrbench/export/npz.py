"""NumPy archives: one file a split, its sequences one behind the other in plain arrays."""

import shutil
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from lrbench.export.columns import Column
from lrbench.export.contents import Contents
from lrbench.export.file_format import FileFormat
from lrbench.export.sequences import Sequences

#: The earliest date that the format can have: the files do not say when they were written.
DATE = (1980, 1, 1, 0, 0, 0)
UNIX = 3


def write_npz(folder: Path, contents: Contents) -> None:
    """Writes SPLIT.npz for each split, uncompressed, so that its bytes depend on no library's compression."""
    for name, pieces in contents.splits.items():
        raws = [folder / f"{name}.{column.name}.raw" for column in contents.columns]
        lengths = _write_raw(raws, contents.columns, pieces)
        offsets = np.concatenate([np.zeros(1, "<i8"), np.cumsum(lengths, dtype="<i8")])
        with zipfile.ZipFile(folder / f"{name}.npz", "w", zipfile.ZIP_STORED) as archive:
            for raw, column in zip(raws, contents.columns, strict=True):
                _write_array(archive, column.name, (int(offsets[-1]), *column.shape), column.dtype, raw)
                raw.unlink()
            for extra, array in (("offsets", offsets), ("length", lengths)):
                raw = folder / f"{name}.{extra}.raw"
                array.tofile(raw)
                _write_array(archive, extra, array.shape, array.dtype, raw)
                raw.unlink()


def _write_raw(raws: Sequence[Path], columns: Sequence[Column], pieces: Iterable[Sequences]) -> np.ndarray:
    """Writes each array's numbers to a file of its own, since an archive takes one array after the other."""
    lengths = []
    files = [raw.open("wb") for raw in raws]
    try:
        for piece in pieces:
            for file, column, array in zip(files, columns, piece, strict=False):
                file.write(np.ascontiguousarray(array, column.dtype.newbyteorder("<")).data)
            lengths.append(piece.lengths)
    finally:
        for file in files:
            file.close()
    return np.concatenate(lengths).astype("<i4")


def _write_array(archive: zipfile.ZipFile, name: str, shape: tuple[int, ...], dtype: np.dtype, raw: Path) -> None:
    entry = zipfile.ZipInfo(f"{name}.npy", DATE)
    entry.create_system, entry.external_attr = UNIX, 0o644 << 16
    header = {"descr": np.lib.format.dtype_to_descr(dtype.newbyteorder("<")), "fortran_order": False, "shape": shape}
    with archive.open(entry, "w", force_zip64=True) as file, raw.open("rb") as numbers:
        np.lib.format.write_array_header_1_0(file, header)
        shutil.copyfileobj(numbers, file, 2**20)


FORMAT = FileFormat(
    write=write_npz,
    layout=(
        "One file a split. The sequences stand one behind the other: sequence i has the steps from offsets[i] to "
        "before offsets[i+1] of inputs, targets and mask; length[i] says how many these are."
    ),
    reading='import numpy as np\n\nsplit = np.load("{split}.npz")\nfirst, end = split["offsets"][0:2]\n'
    'inputs, targets, mask = (split[name][first:end] for name in ("inputs", "targets", "mask"))',
)
