"""A file as named columns, whatever its format, that still knows where each row stood."""

import difflib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from jaxtyping import Int

from lrbench.data.recorded import DataError


@dataclass(frozen=True)
class Source:
    """A file's columns.

    Attributes:
        path: of the file.
        frame: its columns. Those of a CSV are all text, as they stand there, without blanks around.
        numbers: of each row of the frame, the number in the file, from 0; rows without any cell are left out.
        place: says where a row of that number stands, as "line 7".
        notes: what was left out, in sentences.
    """

    path: Path
    frame: pl.DataFrame
    numbers: Int[np.ndarray, " rows"]
    place: Callable[[int], str]
    notes: tuple[str, ...] = ()

    def error(
        self, reason: str, *, row: int | None = None, column: str | None = None, step: int | None = None
    ) -> DataError:
        """Returns the error of a cell, a row, a column or the whole file.

        Args:
            reason: the value, what is wrong with it, and the remedy.
            row: of the frame.
            column: its name.
            step: of a sequence that stands in one cell, from 0.
        """
        where = [str(self.path)]
        if row is not None:
            where.append(self.place(int(self.numbers[row])))
        if column is not None:
            where.append(f"column {column!r}")
        if step is not None:
            where.append(f"step {step + 1}")
        return DataError(f"{', '.join(where)}: {reason}")

    def column(self, name: str, field: str) -> pl.Series:
        """Returns a column.

        Args:
            name: of the column.
            field: of the task, that names it.

        Raises:
            DataError: there is none.
        """
        if name not in self.frame.columns:
            near = difflib.get_close_matches(name, self.frame.columns, 1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise self.error(
                f"there is no column {name!r} (task.{field}).{hint} There are: {listed(self.frame.columns)}"
            )
        return self.frame[name]


def row_place(number: int) -> str:
    """Says where a row of a format without lines stands."""
    return f"row {number + 1}"


def listed(names: Sequence[str], most: int = 20) -> str:
    """Names as text, with a limit."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def signature(path: Path) -> tuple[int, int]:
    """What changes when a file does: its size and the time of its last change.

    Raises:
        DataError: it is not there, or is no file that can be read.
    """
    if path.is_dir():
        raise DataError(f"{path} is a folder; name a file in it: data=FILE")
    try:
        found = path.stat()
    except OSError as error:
        remedy = "; check the name, which is relative to the folder you work in" if not path.is_absolute() else ""
        raise DataError(f"{path} cannot be read ({os.strerror(error.errno or 0)}){remedy}") from error
    return found.st_size, found.st_mtime_ns
