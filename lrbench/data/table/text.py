"""A sequence that stands in one cell of a text: what divides its steps."""

import polars as pl

from lrbench.data.table.reading import Between
from lrbench.data.table.source import Source

MARKS: dict[str, str] = {"space": " ", "comma": ",", "semicolon": ";", "bar": "|"}


def split_cells(source: Source, name: str, between: Between) -> tuple[pl.Series, Between]:
    """Splits every cell into the texts of its steps.

    Square brackets around a cell are left out. Where `between` is "auto" it is the one comma, semicolon or bar that
    occurs in some cell, else white space, else nothing: then every letter is a step.

    Returns:
        Lists, null where a cell is missing or empty, and what divides them.

    Raises:
        DataError: more than one mark occurs.
    """
    cells = source.frame[name].cast(pl.String).str.strip_chars()
    cells = cells.str.replace(r"(?s)^\[(.*)\]$", "${1}").str.strip_chars()
    cells = cells.set(cells == "", None)
    chosen = _divider(source, name, cells) if between == "auto" else between
    if chosen == "nothing":
        return cells.str.extract_all(r"(?s)."), chosen
    if chosen == "space":
        return cells.str.extract_all(r"\S+"), chosen
    return cells.str.split(MARKS[chosen]).list.eval(pl.element().str.strip_chars()), chosen


def _divider(source: Source, name: str, cells: pl.Series) -> Between:
    found: list[Between] = [
        word for word in ("comma", "semicolon", "bar") if cells.str.contains(MARKS[word], literal=True).any()
    ]
    if len(found) > 1:
        raise source.error(
            f"the steps may be divided by {' or by '.join(found)}; say which: task.between={found[0]}", column=name
        )
    if found == ["comma"] and cells.str.contains(r"\d,\d+\s+[+-]?\d+,\d").any():
        raise source.error(
            "the steps may be divided by comma, or by space with decimal commas in them; write 1.5, not 1,5, or say "
            "task.between=comma",
            column=name,
        )
    return found[0] if found else "space" if cells.str.contains(r"\s").any() else "nothing"
