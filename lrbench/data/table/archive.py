"""NPZ: an array a column."""

import zipfile
from pathlib import Path

import numpy as np
import polars as pl

from lrbench.data.recorded import DataError
from lrbench.data.table.source import Source, row_place

#: The array that says how many steps of a padded row count.
LENGTHS = "lengths"


def read_archive(path: Path) -> Source:
    """Reads an NPZ without pickle. The first axis of every array are the rows.

    An array `[rows]` is a column of values, `[rows, steps]` one of sequences, and `[rows, steps, features]` one of
    sequences of several features. Where there is an array of whole numbers `lengths[rows]`, sequences end there.

    Raises:
        DataError: with the array that cannot be read.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: _read(path, archive, name) for name in archive.files}
    except (zipfile.BadZipFile, ValueError, EOFError, AttributeError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path} is no NPZ archive; write it with numpy.savez") from error
    if not arrays:
        raise DataError(f"{path} holds no array; write it with numpy.savez")
    sizes = {name: array.shape[0] if array.ndim else None for name, array in arrays.items()}
    if len(set(sizes.values())) > 1 or None in sizes.values():
        shapes = ", ".join(f"{name} {list(array.shape)}" for name, array in arrays.items())
        raise DataError(
            f"{path}: the first axis of every array are the rows, and these do not have equally many: {shapes}"
        )
    lengths = arrays.pop(LENGTHS, None) if any(array.ndim > 1 for array in arrays.values()) else None
    if lengths is not None:
        _check_lengths(path, lengths, arrays)
    frame = pl.DataFrame([_series(path, name, array) for name, array in arrays.items()])
    if lengths is not None:
        listed = [name for name, kind in frame.schema.items() if isinstance(kind, pl.List)]
        frame = frame.with_columns(pl.Series("\0", lengths.astype(np.int64)))
        frame = frame.with_columns(pl.col(name).list.head(pl.col("\0")) for name in listed).drop("\0")
    return Source(path, frame, np.arange(len(frame)), row_place)


def _read(path: Path, archive: "np.lib.npyio.NpzFile", name: str) -> np.ndarray:
    try:
        array = np.asarray(archive[name])
    except ValueError as error:
        raise DataError(
            f"{path}, array {name!r} cannot be read without pickle, which could run anything; save numbers or text, "
            "padded where lengths differ, with an array 'lengths'"
        ) from error
    if array.ndim > 3 or array.dtype.kind not in "biufUM":
        raise DataError(
            f"{path}, array {name!r} is {array.dtype} {list(array.shape)}; it must hold numbers, text or dates, and "
            "have at most three axes: rows, steps, features"
        )
    return array


def _check_lengths(path: Path, lengths: np.ndarray, arrays: dict[str, np.ndarray]) -> None:
    longest = min(array.shape[1] for array in arrays.values() if array.ndim > 1)
    if lengths.ndim != 1 or lengths.dtype.kind not in "iu":
        raise DataError(f"{path}, array 'lengths' must hold a whole number a row, the steps of its sequence")
    wrong = np.flatnonzero((lengths < 0) | (lengths > longest))
    if len(wrong):
        raise DataError(
            f"{path}, row {wrong[0] + 1}, array 'lengths': {lengths[wrong[0]]} steps, where the arrays hold 0 to "
            f"{longest}"
        )


def _series(path: Path, name: str, array: np.ndarray) -> pl.Series:
    if array.dtype.kind == "M":
        array = array.astype("M8[us]")
    if array.dtype == np.float16 or (array.dtype.itemsize > 8 and array.dtype.kind == "f"):
        array = array.astype(np.float64)
    array = array.astype(array.dtype.newbyteorder("="))
    series = pl.Series(name, np.ascontiguousarray(array))
    if array.ndim == 1:
        return series
    kind: pl.DataType = series.dtype
    while isinstance(kind, pl.Array):
        kind = kind.inner  # type: ignore[assignment]
    for _ in range(array.ndim - 1):
        kind = pl.List(kind)
    return series.cast(kind)
