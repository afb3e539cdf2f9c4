"""Which column of a file is what: said by the user, or found where only one answer is possible."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from lrbench.data.table.reading import Reading
from lrbench.data.table.source import Source, listed

#: Names that say what a column is, compared without case.
SEQUENCE_NAMES = ("sequence", "sequences", "tokens", "text", "symbols")
TARGET_NAMES = ("target", "targets", "label", "labels", "class")
ID_NAMES = ("id", "sequence_id", "series", "series_id", "group")
TIME_NAMES = ("time", "step", "t", "timestamp")
#: Names of a target that is a class even where it is a whole number.
CLASS_NAMES = ("label", "labels", "class")


@dataclass(frozen=True)
class Roles:
    """What the columns are.

    Attributes:
        by_step: whether a row is a step; otherwise it is a sequence.
        columns: what the model reads.
        target: what it answers; empty where it answers the next step.
        id: what tells sequences apart, where there is such a column.
        time: what orders the steps of a sequence, where there is such a column.
    """

    by_step: bool
    columns: tuple[str, ...]
    target: tuple[str, ...]
    id: str | None
    time: str | None


def find_roles(source: Source, reading: Reading) -> Roles:
    """Finds what each column is.

    Raises:
        DataError: a column that does not exist, or more than one answer; the sentence names the choices.
    """
    for field, names in (("columns", reading.column_names), ("target", reading.target_names)):
        for name in names:
            source.column(name, field)
    for field, one in (("id", reading.id), ("time", reading.time)):
        if one is not None:
            source.column(one, field)
    _require_apart(source, reading)
    target = reading.target_names
    if not target and reading.kind != "next_step":
        target = _named(source, TARGET_NAMES, "target", taken=(*reading.column_names, reading.id, reading.time))
    if not target and reading.kind in ("classification", "regression"):
        raise source.error(
            f"no column is named {listed(TARGET_NAMES)}, so it is not clear what {reading.kind} should answer; say "
            f"task.target=COLUMN, one of {listed(source.frame.columns)}"
        )
    by_step = _by_step(source, reading, target)
    roles = (_step_roles if by_step else _sequence_roles)(source, reading, target)
    for name in (*roles.columns, *roles.target):
        kind = source.frame.schema[name]
        while isinstance(kind, pl.List | pl.Array):
            kind = kind.inner  # type: ignore[assignment]
        if kind in (pl.Struct, pl.Binary, pl.Object):
            raise source.error(
                f"the column holds {kind}; choose others with task.columns, or save its values as columns of their own",
                column=name,
            )
    return roles


def _require_apart(source: Source, reading: Reading) -> None:
    columns, target = set(reading.column_names), set(reading.target_names)
    single = [one for one in (reading.time, reading.id) if one is not None]
    both = [*(columns & target), *(columns & {reading.id}), *(target & set(single))]
    both += single[:1] if single[:1] == single[1:] else []
    if both:
        raise source.error(
            f"column {min(both)!r} is given two parts; task.columns, task.target and task.id name different columns, "
            "and task.time is neither target nor id"
        )


def _named(source: Source, known: Sequence[str], field: str, taken: Sequence[str | None]) -> tuple[str, ...]:
    """The one column with one of these names, or none."""
    found = [name for name in source.frame.columns if name.lower() in known and name not in taken]
    if len(found) > 1:
        raise source.error(f"{' and '.join(found)} could each be the {field}; say which: task.{field}={found[0]}")
    return tuple(found)


def _is_list(source: Source, name: str) -> bool:
    return isinstance(source.frame.schema[name], pl.List | pl.Array)


def _by_step(source: Source, reading: Reading, target: Sequence[str]) -> bool:
    if reading.layout != "auto":
        return reading.layout == "steps"
    among = [name for name in reading.column_names or source.frame.columns if name not in target]
    if any(_is_list(source, name) for name in among):
        return False
    if any(name.lower() in SEQUENCE_NAMES for name in among):
        return False
    if reading.id is not None or reading.time is not None or _named(source, ID_NAMES, "id", target):
        return True
    raise source.error(
        f"it is not clear what a row is; there are the columns {listed(source.frame.columns)}. Where a row is a "
        "sequence, say task.columns=COLUMN; where a row is a step, say which column tells sequences apart: "
        "task.id=COLUMN; or say task.layout=sequences or task.layout=steps"
        if reading.columns is None
        else f"it is not clear what a row is: say task.layout=sequences where a cell of {listed(reading.column_names)} "
        "is a sequence, or task.id=COLUMN where a row is a step"
    )


def _step_roles(source: Source, reading: Reading, target: tuple[str, ...]) -> Roles:
    listing = [name for name in (*reading.column_names, *target) if _is_list(source, name)]
    if listing:
        raise source.error(
            "a row is a step, and so a cell cannot be a list; say task.layout=sequences", column=listing[0]
        )
    named = (reading.id,) if reading.id else _named(source, ID_NAMES, "id", (*reading.column_names, *target))
    if not named:
        raise source.error(
            "a row is a step, and no column tells sequences apart; say task.id=COLUMN, one of "
            f"{listed(source.frame.columns)}"
        )
    taken = (*named, *target)
    when = (reading.time,) if reading.time else _named(source, TIME_NAMES, "time", (*reading.column_names, *taken))
    for field, names in (("id", named), ("time", when)):
        if names and _is_list(source, names[0]):
            raise source.error(
                f"a cell of the {field} is a list, where every step has one {field}; choose another column with "
                f"task.{field}",
                column=names[0],
            )
    columns = reading.column_names or tuple(
        name for name in source.frame.columns if name not in (*taken, *when) and not _is_list(source, name)
    )
    if not columns:
        raise source.error("no column is left to read; say task.columns=COLUMN or task.columns=[COLUMN,COLUMN]")
    return Roles(True, columns, target, named[0], when[0] if when else None)


def _sequence_roles(source: Source, reading: Reading, target: tuple[str, ...]) -> Roles:
    if reading.time is not None:
        raise source.error(
            f"a row is a sequence, and its steps already stand in order; leave task.time={reading.time} out, or say "
            "task.layout=steps"
        )
    columns = reading.column_names
    if not columns:
        others = [name for name in source.frame.columns if name not in target and name != reading.id]
        named = tuple(name for name in others if name.lower() in SEQUENCE_NAMES)
        lists = tuple(name for name in others if _is_list(source, name))
        columns = named if len(named) == 1 else lists or (tuple(others) if len(others) == 1 else named)
        if not columns or len(named) > 1:
            raise source.error(
                f"it is not clear which column holds the sequences; say task.columns=COLUMN, one of {listed(others)}"
            )
    named_id = (reading.id,) if reading.id else _named(source, ID_NAMES, "id", (*columns, *target))
    return Roles(False, columns, target, named_id[0] if named_id else None, None)
