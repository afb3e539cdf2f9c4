"""Parquet: one file a split, one sequence a row; Polars, pandas, DuckDB and Hugging Face read it."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lrbench.export.columns import Column
from lrbench.export.contents import Contents
from lrbench.export.file_format import FileFormat
from lrbench.export.sequences import Sequences, joined

#: Steps of a row group, at least, but for the last one.
GROUP_STEPS = 2**20


def write_parquet(folder: Path, contents: Contents) -> None:
    """Writes SPLIT.parquet for each split."""
    for name, pieces in contents.splits.items():
        schema = pa.schema([*((one.name, _type(one)) for one in contents.columns), ("length", pa.int32())])
        with (
            (folder / f"{name}.parquet").open("wb") as file,
            pq.ParquetWriter(file, schema, compression="zstd", version="2.6", store_schema=False) as writer,
        ):
            for group in _groups(pieces):
                arrays = [_lists(array, group.offsets) for array in group[:3]]
                writer.write_table(pa.Table.from_arrays([*arrays, pa.array(group.lengths, pa.int32())], schema=schema))


def _groups(pieces: Iterable[Sequences]) -> Iterator[Sequences]:
    """Gathers pieces to row groups."""
    gathered: list[Sequences] = []
    for piece in pieces:
        gathered.append(piece)
        if sum(len(one.mask) for one in gathered) >= GROUP_STEPS:
            yield joined(gathered)
            gathered = []
    if gathered:
        yield joined(gathered)


def _type(column: Column) -> pa.DataType:
    number = pa.from_numpy_dtype(column.dtype)
    return pa.list_(pa.list_(number) if column.shape else number)


def _lists(array: np.ndarray, offsets: np.ndarray) -> pa.Array:
    """Makes a list of the steps of each sequence."""
    steps = pa.array(array.reshape(-1))
    if array.ndim == 2:
        steps = pa.ListArray.from_arrays(np.arange(len(array) + 1, dtype=np.int32) * np.int32(array.shape[1]), steps)
    return pa.ListArray.from_arrays(offsets.astype(np.int32), steps)


FORMAT = FileFormat(
    write=write_parquet,
    layout=(
        "One file a split, one sequence a row: inputs, targets and mask (lists with an entry a step; a step of several "
        "numbers is a list of its own) and length."
    ),
    reading='import polars as pl\n\nexample = pl.read_parquet("{split}.parquet").row(0, named=True)',
    packages=("pyarrow",),
)
