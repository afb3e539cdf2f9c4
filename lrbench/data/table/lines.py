"""JSON lines: an object a line.

Polars reads them faster, but where a column changes its type from line to line it turns the values into text without
a word; here such a line is named.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from lrbench.data.recorded import DataError
from lrbench.data.table.source import Source

#: What a value can be. A column has one of these, or a list of one, or a list of lists of one; None fits all.
_WORDS = {bool: "true or false", int: "a number", float: "a number", str: "a word", dict: "an object", list: "a list"}


def read_lines(path: Path) -> Source:
    """Reads a file of JSON lines; a name that an object lacks is a missing value.

    Raises:
        DataError: with the line and the column where it cannot be read.
    """
    columns: dict[str, list[Any]] = {}
    shapes: dict[str, tuple[str, ...]] = {}
    lines: list[int] = []
    with path.open("rb") as file:
        for line, text in enumerate(file, 1):
            if not text.strip():
                continue
            # Only these bytes can begin half of a surrogate pair, written as an escape or as it is.
            doubtful = b"\\ud" in text.lower() or b"\xed" in text
            for name, value in _object(path, line, text).items():
                if doubtful:
                    _require_letters(path, line, name, value)
                shape = _shape(path, line, name, value)
                shapes[name] = _common(path, line, name, shapes.get(name, ()), shape)
                cells = columns.setdefault(name, [])
                cells.extend([None] * (len(lines) - len(cells)))
                cells.append(value)
            lines.append(line)
    if not lines:
        raise DataError(f"{path} is empty; it must hold a JSON object a line")
    for cells in columns.values():
        cells.extend([None] * (len(lines) - len(cells)))
    frame = pl.DataFrame([_series(path, name, cells, shapes[name]) for name, cells in columns.items()])
    return Source(path, frame, np.arange(len(lines)), lambda number: f"line {lines[number]}")


def _object(path: Path, line: int, text: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except UnicodeDecodeError as error:
        raise DataError(f"{path}, line {line}: no UTF-8 text ({error.reason}); save it as UTF-8") from error
    except (ValueError, RecursionError) as error:
        reason = str(error).split(":")[0] or "nested too deeply"
        raise DataError(f"{path}, line {line}: no JSON ({reason}); write one object a line") from error
    if not isinstance(found, dict):
        raise DataError(
            f'{path}, line {line}: {_short(found)} is no object; write one object a line, as {{"sequence": [1, 2]}}'
        )
    return found


def _require_letters(path: Path, line: int, name: str, value: Any) -> None:
    """Refuses half of a surrogate pair, which JSON can hold and no text can."""
    try:
        json.dumps([name, value], ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        letter = error.object[error.start]
        raise DataError(
            f"{path}, line {line}, column {name!r}: {letter!r} is half of a surrogate pair and no letter; write both "
            "halves, or the letter itself in UTF-8"
        ) from error


def _shape(path: Path, line: int, name: str, value: Any) -> tuple[str, ...]:
    """The types of a value, from the outside in: () for null, ("a list", "a number") for [1, null]."""
    if value is None:
        return ()
    if isinstance(value, list):
        inner: tuple[str, ...] = ()
        if set(map(type, value)) <= {int, float, type(None)}:  # by far the most common, and quick to see
            inner = ("a number",) if any(one is not None for one in value) else ()
        else:
            for one in value:
                inner = _common(path, line, name, inner, _shape(path, line, name, one))
        return ("a list", *inner)
    if isinstance(value, dict):
        raise DataError(
            f"{path}, line {line}, column {name!r}: {_short(value)} is an object; put its values into columns of "
            "their own"
        )
    return (_WORDS[type(value)],)


def _common(path: Path, line: int, name: str, before: tuple[str, ...], here: tuple[str, ...]) -> tuple[str, ...]:
    """What two shapes have in common: one of them goes on where the other ends."""
    shorter, longer = sorted((before, here), key=len)
    if longer[: len(shorter)] == shorter:
        return longer
    raise DataError(
        f"{path}, line {line}, column {name!r}: {' of '.join(here)}, where {' of '.join(before)} stood before; a "
        "column holds one type (null for a missing value)"
    )


def _series(path: Path, name: str, cells: list[Any], shape: tuple[str, ...]) -> pl.Series:
    inner: Any = {"a word": pl.String, "true or false": pl.Boolean}.get(shape[-1] if shape else "", pl.Null)
    if shape and shape[-1] == "a number":
        inner = pl.Float64 if _has(cells, float) else pl.Int64
    kind = inner
    for _ in range(shape.count("a list")):
        kind = pl.List(kind)
    try:
        return pl.Series(name, cells, dtype=kind, strict=inner != pl.Float64)
    except (TypeError, OverflowError, pl.exceptions.PolarsError) as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"{path}, column {name!r} cannot be read ({reason}); write numbers below 2**63") from error


def _has(value: Any, kind: type) -> bool:
    """Whether a value of this type is somewhere inside."""
    if isinstance(value, list):
        kinds = set(map(type, value))
        return kind in kinds or (list in kinds and any(_has(one, kind) for one in value))
    return isinstance(value, kind)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else text[:37] + "…"
