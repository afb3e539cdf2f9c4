"""NPZ: an array a column."""

import lzma
import math
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from lrbench.data.recorded import DataError
from lrbench.data.table.source import Source, row_place

#: The array that says how many steps of a padded row count.
LENGTHS = "lengths"
#: How a file of one array begins.
NPY = b"\x93NUMPY"

_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def read_archive(path: Path) -> Source:
    """Reads an NPZ without pickle. The first axis of every array are the rows.

    An array `[rows]` is a column of values, `[rows, steps]` one of sequences, and `[rows, steps, features]` one of
    sequences of several features. Where there is an array of whole numbers `lengths[rows]`, sequences end there.

    Raises:
        DataError: with the array that cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            arrays = {name: _read(path, archive, name) for name in archive.namelist()}
    except zipfile.BadZipFile as error:
        with path.open("rb") as file:
            alone = file.read(len(NPY)) == NPY
        what = "is one array (NPY) and no NPZ archive" if alone else "is no NPZ archive"
        raise DataError(f"{path} {what}; write it with numpy.savez(FILE, sequence=…, label=…)") from error
    arrays = {name.removesuffix(".npy"): array for name, array in arrays.items()}
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


def _read(path: Path, archive: zipfile.ZipFile, member: str) -> np.ndarray:
    """Reads an array, after its header was found to be true: what it says is allocated before a byte is read."""
    where = f"{path}, array {member.removesuffix('.npy')!r}"
    try:
        shape, kind, there = _header(archive, member)
        _check_header(where, shape, kind)
        said = math.prod(shape) * kind.itemsize
        if said != there or any(axis < 0 for axis in shape):
            raise DataError(
                f"{where} says that it is {kind} {list(shape)}, {said:,} bytes, and holds {there:,}; write the file "
                "again with numpy.savez"
            )
        with archive.open(member) as file:
            array = np.asarray(np.lib.format.read_array(file, allow_pickle=False))
            file.read(1)  # at the end the checksum is compared
            return array
    except DataError:
        raise
    except NotImplementedError as error:
        raise DataError(
            f"{where} is compressed in a way that cannot be read ({error}); write the file with numpy.savez"
        ) from error
    except RuntimeError as error:
        raise DataError(f"{where} is encrypted; write the file with numpy.savez, without a password") from error
    except MemoryError as error:
        raise DataError(f"{where} does not fit into memory; keep fewer rows, or a smaller type as float32") from error
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, ValueError, EOFError, OSError) as error:
        reason = str(error).splitlines()[0] if str(error) else "it ends too soon"
        raise DataError(f"{where} is damaged ({reason}); copy the file again, or write it with numpy.savez") from error


def _header(archive: zipfile.ZipFile, member: str) -> tuple[tuple[int, ...], np.dtype[Any], int]:
    """The shape and the type that an array in an archive has by its own words, and the bytes behind them.

    Raises:
        ValueError: it is no array, or one of a version that only arrays of records need.
    """
    with archive.open(member) as file:
        version = np.lib.format.read_magic(file)
        if version not in _HEADERS:
            raise ValueError(f"an array of NPY version {'.'.join(map(str, version))}, not 1.0 or 2.0")
        shape, _, kind = _HEADERS[version](file)
        return shape, kind, archive.getinfo(member).file_size - file.tell()


def _check_header(where: str, shape: tuple[int, ...], kind: np.dtype[Any]) -> None:
    if kind.hasobject:
        raise DataError(
            f"{where} cannot be read without pickle, which could run anything; save numbers or text, padded where "
            "lengths differ, with an array 'lengths'"
        )
    if len(shape) > 3 or kind.kind not in "biufUM":
        raise DataError(
            f"{where} is {kind} {list(shape)}; it must hold numbers, text or dates, and have at most three axes: "
            "rows, steps, features"
        )


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
        fine = np.datetime_data(array.dtype)[0] in ("ns", "ps", "fs", "as")
        array = array.astype("M8[ns]" if fine else "M8[us]")
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
