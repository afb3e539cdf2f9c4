"""Which reader reads which file."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from polars.exceptions import PolarsError

from lrbench.data.recorded import DataError
from lrbench.data.table.archive import read_archive
from lrbench.data.table.delimited import read_delimited
from lrbench.data.table.lines import read_lines
from lrbench.data.table.reading import Delimiter
from lrbench.data.table.source import Source, row_place, signature

ENDINGS = (".csv", ".tsv", ".parquet", ".jsonl", ".ndjson", ".npz")


def read_source(path: Path, delimiter: Delimiter) -> tuple[Source, str]:
    """Reads a file by its ending.

    Args:
        path: of the file.
        delimiter: between the cells of a CSV.

    Returns:
        Its columns, and the SHA-256 of its bytes.

    Raises:
        DataError: what is wrong, where, and what to do.
    """
    ending = path.suffix.lower()
    before = signature(path)
    if ending not in ENDINGS:
        raise DataError(
            f"{path} ends in {ending or 'nothing'!r}; what a file is follows from its ending, one of "
            f"{', '.join(ENDINGS)}"
        )
    if before[0] == 0:
        raise DataError(f"{path} is empty; check what should have written it")
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        source = _read(path, ending, delimiter)
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error})") from error
    if signature(path) != before:
        raise DataError(f"{path} changed while it was read; run the command again when it is whole")
    if source.frame.is_empty():
        raise source.error("it has no rows; check what should have written it")
    return source, digest


def _read(path: Path, ending: str, delimiter: Delimiter) -> Source:
    if ending in (".csv", ".tsv"):
        return read_delimited(path, "tab" if ending == ".tsv" and delimiter == "auto" else delimiter)
    if ending == ".npz":
        return read_archive(path)
    if ending == ".parquet":
        return _read_parquet(path)
    return read_lines(path)


def _read_parquet(path: Path) -> Source:
    try:
        with path.open("rb") as file:
            frame = pl.read_parquet(file)
    except PolarsError as error:
        raise DataError(f"{path} is no Parquet file ({str(error).splitlines()[0]})") from error
    plain = [pl.col(name).cast(_plain(kind)) for name, kind in frame.schema.items() if not kind.is_(_plain(kind))]
    return Source(path, frame.with_columns(plain), np.arange(len(frame)), row_place)


def _plain(kind: Any) -> Any:
    """The type as which cells are read: categories are text, in lists too. Decimals stay: an id or a time is exact."""
    if isinstance(kind, pl.Categorical | pl.Enum):
        return pl.String()
    if isinstance(kind, pl.List):
        return pl.List(_plain(kind.inner))
    if isinstance(kind, pl.Array):
        return pl.Array(_plain(kind.inner), kind.size)
    return kind
