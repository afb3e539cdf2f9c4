"""Cells as numbers or as symbols, with what is missing marked as missing."""

import math
from typing import Any, Literal, NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Float, Int

#: What stands for a missing number in a text, without case, besides an empty cell.
MISSING_WORDS = ("na", "n/a", "nan", "null", "none")
#: Digits in groups: a number with a point, with a decimal comma, or with marks between its thousands.
_GROUPED = r"^[+-]?\d+([.,]\d+)+$"
#: A symbol's number where it is missing.
MISSING = -1

#: Numbers are read in 64 bits and kept in 32.
LARGEST = float(np.finfo(np.float32).max)

#: "whole" numbers can be symbols or amounts; "numbers" have a point; "words" are text, or true and false; "mixed" are
#: mostly numbers, with some text; "others" are dates and the like; "none" holds nothing.
Nature = Literal["whole", "numbers", "words", "mixed", "others", "none"]


class Symbols(NamedTuple):
    """Cells as symbols.

    Attributes:
        codes: of each cell; `MISSING` where there is none.
        names: of the symbols, as many as there are codes: numbers in their order, words in the alphabet's.
    """

    codes: Int[np.ndarray, " cells"]
    names: tuple[str, ...]


def _present(cells: pl.Series) -> pl.Series:
    """Text with null where a number is missing."""
    text = cells.cast(pl.String).str.strip_chars()
    lowered = text.str.to_lowercase()
    return text.set((lowered == "") | lowered.is_in(MISSING_WORDS), None)


def nature(cells: pl.Series) -> Nature:
    """Says what the cells are."""
    kind = cells.dtype
    if kind == pl.Boolean:
        return "words"
    if kind.is_integer():
        return "whole"
    if kind.is_float() or kind.is_decimal():
        known = cells.cast(pl.Float64).drop_nulls().drop_nans()
        return "numbers" if len(known) else "none"
    if kind != pl.String:
        return "none" if kind == pl.Null else "others"
    present = _present(cells).drop_nulls()
    if present.is_empty():
        return "none" if (cells.drop_nulls().str.strip_chars() == "").all() else "words"
    numeric = present.cast(pl.Float64, strict=False).is_not_null()
    if numeric.all():
        return "whole" if present.str.contains(r"^[+-]?\d+$").all() else "numbers"
    return "mixed" if numeric.mean() > 0.5 else "words"  # type: ignore[operator]


def decimal_comma(cells: pl.Series) -> int | None:
    """Finds numbers with a comma, as `1,5` and `1.234,5`, in a column of text.

    Returns:
        The place of the first, where most cells are such numbers or others; None otherwise.
    """
    if cells.dtype != pl.String:
        return None
    present = _present(cells)
    numeric = present.cast(pl.Float64, strict=False).is_not_null()
    marked = present.str.contains(_GROUPED).fill_null(False) & ~numeric
    if not marked.any() or 2 * int((marked | numeric).sum()) <= len(present) - present.null_count():
        return None
    return int(marked.arg_true()[0])


def as_numbers(cells: pl.Series) -> tuple[Float[np.ndarray, " cells"], int | None]:
    """Reads cells as numbers.

    Returns:
        The numbers, NaN where one is missing, and the place of the first cell that is no number, if there is one.
    """
    if cells.dtype == pl.String:
        present = _present(cells)
        numbers = present.cast(pl.Float64, strict=False)
        wrong = np.flatnonzero((numbers.is_null() & present.is_not_null()).to_numpy())
    elif cells.dtype.is_numeric() or cells.dtype in (pl.Boolean, pl.Null):
        numbers, wrong = cells.cast(pl.Float64), np.zeros(0, np.int64)
    else:
        numbers = pl.Series([None] * len(cells), dtype=pl.Float64)
        wrong = np.flatnonzero(cells.is_not_null().to_numpy())
    return numbers.fill_null(float("nan")).to_numpy().astype(np.float64), int(wrong[0]) if len(wrong) else None


def improper(numbers: Float[np.ndarray, " cells"]) -> tuple[int, str] | None:
    """Finds the first number that is infinite, or too large, and says so."""
    wrong = np.flatnonzero(np.abs(numbers) > LARGEST)
    if not len(wrong):
        return None
    number = numbers[wrong[0]]
    return int(wrong[0]), f"{number:+} is {'not finite' if np.isinf(number) else 'too large for 32 bits'}"


def as_symbols(cells: pl.Series) -> tuple[Symbols, int | None]:
    """Reads cells as symbols.

    Returns:
        The symbols, and the place of the first cell that is none, being a number with a point, an infinite one or one
        of more than 64 bits, if there is one; `no_symbol` says which of these it is.
    """
    if cells.dtype == pl.String and nature(cells) == "numbers":
        cells = pl.Series(as_numbers(cells)[0])
    elif cells.dtype == pl.String and nature(cells) == "whole":
        cells = _present(cells)
    if cells.dtype.is_decimal():
        cells = cells.cast(pl.String).str.replace(r"\.0*$", "")  # every figure counts
        wrong = cells.str.contains(".", literal=True).arg_true()
        if len(wrong):
            return _none_from(cells, int(wrong[0]))
    if cells.dtype.is_float():
        cells = cells.fill_nan(None)
        whole = cells.cast(pl.Int64, strict=False)
        wrong = (cells.is_not_null() & (whole.is_null() | (cells != cells.round())).fill_null(True)).arg_true()
        if len(wrong):
            return _none_from(cells, int(wrong[0]))
        cells = whole
    if cells.dtype.is_integer():
        known = cells.unique().drop_nulls().sort()
    else:
        cells = cells.cast(pl.String)
        known = _in_order(cells.set(cells == "", None).unique().drop_nulls())
    table = pl.Series(np.arange(len(known)))
    codes = cells.replace_strict(known, table, default=MISSING, return_dtype=pl.Int64)
    names = tuple(str(name) for name in known.to_list())
    return Symbols(codes.fill_null(MISSING).to_numpy().astype(np.int64), names), None


def _none_from(cells: pl.Series, wrong: int) -> tuple[Symbols, int]:
    return Symbols(np.full(len(cells), MISSING, np.int64), ()), wrong


def no_symbol(cell: Any, what: str, amounts: str) -> str:
    """Says why a number is no symbol.

    Args:
        cell: what stands there.
        what: it should be, as "class".
        amounts: the field that would read it as an amount, as "task.kind=regression".
    """
    number = float(cell)
    if math.isinf(number):
        return f"{number:+} is not finite; mend it"
    if number % 1 == 0:
        return f"{cell} is too large for a whole number of 64 bits; mend it, or, if it is an amount, say {amounts}"
    return f"{cell} is no {what} but an amount; say {amounts}"


def _in_order(words: pl.Series) -> pl.Series:
    """Numbers by size where all are whole numbers, otherwise by the alphabet."""
    if len(words) and words.str.contains(r"^[+-]?\d+$").all():
        return pl.Series(sorted(words.to_list(), key=lambda word: (int(word), word)), dtype=pl.String)
    return words.sort()
