"""CSV, and its kin with semicolons, tabs or bars."""

import csv
import itertools
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
from polars.exceptions import PolarsError

from lrbench.data.recorded import DataError
from lrbench.data.table.reading import Delimiter
from lrbench.data.table.source import Source

DELIMITERS: dict[str, str] = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}


def read_delimited(path: Path, delimiter: Delimiter) -> Source:
    """Reads a text file with a line of names and a line a row.

    Args:
        path: of the file, UTF-8.
        delimiter: between cells; "auto" looks at the line of names.

    Raises:
        DataError: with the line where it cannot be read.
    """
    with path.open("rb") as file:
        _require_line_feeds(path, file.readline())
    try:
        mark = _delimiter(path, delimiter)
        names = _names(path, mark)
        frame = _frame(path, mark, names)
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path} is no UTF-8 text: {error.reason} at byte {_foreign_byte(path)}; save it as UTF-8"
        ) from error
    frame = frame.select(pl.all().str.strip_chars())
    filled = frame.select(pl.any_horizontal(pl.all().is_not_null() & (pl.all() != ""))).to_series().to_numpy()
    notes = [f"blank lines, left out: {np.sum(~filled):,}"] if not filled.all() else []
    unnamed = [name for name, said in zip(names, _header(path, mark), strict=True) if not said.strip()]
    if unnamed:
        frame = frame.drop(unnamed)
        notes.append(f"columns without a name, left out: {len(unnamed)}")
    return Source(
        path,
        frame.filter(pl.Series(filled)),
        np.flatnonzero(filled),
        lambda number: f"line {_line(path, mark, number)}",
        tuple(notes),
    )


def _frame(path: Path, mark: str, names: list[str]) -> pl.DataFrame:
    """The cells as polars reads them; where it cannot, the lines are read once more to say why.

    Raises:
        UnicodeDecodeError: a line is no UTF-8.
        DataError: anything else.
    """
    try:
        with path.open("rb") as file:
            frame = pl.read_csv(file, separator=mark, infer_schema=False, new_columns=names)
    except PolarsError as error:
        _require_even_lines(path, mark, names)
        _require_line_feeds(path, path.read_bytes())
        reason = str(error).splitlines()[0]
        raise DataError(f"{path} cannot be read as CSV ({reason}); check its quotes, and that it is UTF-8") from error
    if len(frame) and frame[:, -1].null_count():
        _require_even_lines(path, mark, names)
    return frame


def _foreign_byte(path: Path) -> int:
    """Where the first byte stands that is no UTF-8; the error of a file that is read in pieces counts in its piece."""
    try:
        path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start
    raise DataError(f"{path} changed while it was read; run the command again when it is whole")


def _delimiter(path: Path, delimiter: Delimiter) -> str:
    if delimiter != "auto":
        return DELIMITERS[delimiter]
    found = [name for name, mark in DELIMITERS.items() if len(_header(path, mark)) > 1]
    if len(found) > 1:
        raise DataError(
            f"{path}, line 1: the names may be divided by {' or by '.join(found)}; say which with task.delimiter="
            f"{found[0]}"
        )
    return DELIMITERS[found[0] if found else "comma"]


def _names(path: Path, mark: str) -> list[str]:
    """The columns' names; one without a name gets one that no file can have."""
    names = [name.strip() for name in _header(path, mark)]
    if not any(names):
        raise DataError(f"{path} has no line of names; its first line must name the columns")
    if all(_is_number(name) for name in names):
        raise DataError(
            f"{path}, line 1: {names[0]!r} is a number and no name; put a line with the columns' names before it"
        )
    twice = next((name for name in names if name and names.count(name) > 1), None)
    if twice is not None:
        raise DataError(f"{path}, line 1: column {twice!r} stands there twice; give every column its own name")
    return [name or f"\0{place}" for place, name in enumerate(names)]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _records(path: Path, mark: str) -> Iterator[tuple[int, list[str]]]:
    """Yields every record with the line that it starts in, from 1; blank lines are records without cells."""
    csv.field_size_limit(sys.maxsize)  # a cell may hold a long sequence
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file, delimiter=mark)
        before = 0
        for record in reader:
            yield before + 1, record
            before = reader.line_num


def _header(path: Path, mark: str) -> list[str]:
    return next((record for _, record in _records(path, mark) if record), [])


def _line(path: Path, mark: str, number: int) -> int:
    """The line in which a row starts: it is looked for only when somebody must be told."""
    rows = itertools.dropwhile(lambda pair: not pair[1], _records(path, mark))
    return next((line for line, _ in itertools.islice(rows, number + 1, None)), number + 2)


def _require_line_feeds(path: Path, text: bytes) -> None:
    """Refuses lines that end in a carriage return without a line feed; within quotes it is a part of a cell."""
    if re.search(rb"\r(?!\n)", re.sub(rb'"[^"]*"', b"", text)):
        raise DataError(
            f"{path} has lines that end in a carriage return alone, as old Macs wrote them; save it with line feeds "
            "(Unix or Windows line ends)"
        )


def _require_even_lines(path: Path, mark: str, names: list[str]) -> None:
    for line, record in _records(path, mark):
        if record and len(record) != len(names):
            raise DataError(
                f"{path}, line {line}: {len(record)} cells, where line 1 names {len(names)} columns; add or remove "
                "some, or put a cell that contains the delimiter in double quotes"
            )
