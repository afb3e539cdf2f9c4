"""What orders the steps of a sequence: numbers or dates, which are never rounded and never guessed."""

from decimal import Decimal

import numpy as np
import polars as pl
from jaxtyping import Float, Int

from lrbench.data.table.cells import as_numbers
from lrbench.data.table.source import Source

#: A date as ISO 8601 has it, with a time of day, parts of a second and a zone if need be.
_ISO = (
    r"^(?<day>\d{4}-\d{2}-\d{2})"
    r"(?:[T ](?<time>\d{2}:\d{2})(?<second>:\d{2})?(?:[.,](?<part>\d{1,18}))?"
    r"(?<zone>Z|[+-]\d{2}(?::?\d{2})?)?)?$"
)
#: Other dates in figures, as 01/05/2026, 1.5.26 or 2026/1/5.
_OTHER = r"^\d{1,4}([/.-])\d{1,2}[/.-]\d{1,4}\b"
_REMEDY = "write numbers, or dates as 2026-01-31 or 2026-01-31 12:00:00"


def read_times(source: Source, cells: pl.Series) -> Int[np.ndarray, " rows"] | Float[np.ndarray, " rows"]:
    """Reads numbers or dates as numbers in the same order; equal ones stay equal, and only those.

    Args:
        source: the file.
        cells: its column, none of them empty.

    Raises:
        DataError: the cell that is neither, or is a date that could be two.
    """
    if cells.dtype.is_temporal():
        return cells.to_physical().to_numpy().astype(np.int64)
    if cells.dtype.is_integer() or cells.dtype.is_decimal():
        return _ranks(cells)
    numbers, wrong = as_numbers(cells)
    if wrong is None and not np.isnan(numbers).any():
        return _numbers_of_text(cells) if cells.dtype == pl.String else numbers
    wrong = int(np.flatnonzero(np.isnan(numbers))[0])
    reason = f"{cells[wrong]!r} is neither a number nor a date like the others"
    if cells.dtype == pl.String:
        parts = cells.str.extract_groups(_ISO)
        seconds = _seconds(parts)
        if seconds.null_count() < len(seconds):
            zoned = parts.struct.field("zone").is_not_null() & seconds.is_not_null()
            unlike = seconds.is_null()
            if not unlike.any():
                unlike = zoned != zoned[0]
            if not unlike.any():
                # Of a fraction nothing is lost: it is compared in figures, behind which come zeros.
                fraction = parts.struct.field("part").fill_null("").str.pad_end(18, "0").cast(pl.Int64)
                return _ranks(pl.DataFrame({"seconds": seconds, "fraction": fraction}).to_struct())
            wrong = int(unlike.arg_true()[0])
            reason = f"{cells[wrong]!r} is neither a number nor a date like the others"
            if seconds[wrong] is not None:
                reason = f"{cells[wrong]!r} and {cells[0]!r}: dates have a time zone all of them, or none"
        other = cells.str.contains(_OTHER) & seconds.is_null()
        if other[wrong]:
            reason = f"{cells[wrong]!r} is no date of ISO 8601: which figure is the day and which the month is not said"
            if parts[wrong]["day"] is not None:
                reason = f"{cells[wrong]!r} is no date or time that there is"
    raise source.error(f"{reason}; {_REMEDY}", row=wrong, column=cells.name)


def _numbers_of_text(cells: pl.Series) -> np.ndarray:
    """Numbers of a text, all of whose figures count."""
    whole = cells.str.strip_prefix("+").cast(pl.Int64, strict=False)
    if not whole.null_count():
        return whole.to_numpy()
    if cells.str.contains(r"^[+-]?[\d.]{1,15}$").all():
        return cells.cast(pl.Float64).to_numpy()  # 15 figures fit into 64 bits
    known = cells.unique().to_list()
    exact = [Decimal(text) for text in known]
    rank = {number: place for place, number in enumerate(sorted(set(exact)))}
    return cells.replace_strict(known, [rank[number] for number in exact], return_dtype=pl.Int64).to_numpy()


def _seconds(parts: pl.Series) -> pl.Series:
    """Whole seconds of dates since 1970, null where there is no such date or time."""
    part = parts.struct.field
    text = part("day") + " " + part("time").fill_null("00:00") + part("second").fill_null(":00")
    found = text.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us").to_physical() // 1_000_000
    zone = part("zone").fill_null("Z").replace("Z", "+0000").str.replace(":", "").str.pad_end(5, "0")
    minutes = zone.str.slice(1, 2).cast(pl.Int64) * 60 + zone.str.slice(3, 2).cast(pl.Int64)
    sign = zone.str.starts_with("-").replace_strict([False, True], [1, -1], return_dtype=pl.Int64)
    return found - sign * minutes * 60


def _ranks(values: pl.Series) -> np.ndarray:
    return values.rank("dense").to_numpy().astype(np.int64)
