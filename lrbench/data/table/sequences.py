"""Sequences as flat columns with offsets, gathered from either layout of a file."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from jaxtyping import Bool, Int

from lrbench.data.recorded import DataError
from lrbench.data.table.cells import as_numbers
from lrbench.data.table.reading import Reading
from lrbench.data.table.roles import Roles
from lrbench.data.table.source import Source
from lrbench.data.table.text import split_cells
from lrbench.data.table.times import read_times


@dataclass(frozen=True)
class Sequences:
    """The cells of a file, sequence after sequence, as they stand there.

    Attributes:
        source: the file.
        by_step: whether a row of it is a step; otherwise it is a sequence.
        rows: the file's row of each step, or of each sequence.
        offsets: where each sequence begins among the steps, and, last, how many steps there are.
        inputs: columns of all steps.
        targets: columns of all steps, or of all sequences.
        target_by_step: which of the two.
        letters: whether the steps are the letters of a text.
        notes: what was left out or put in order, in sentences.
    """

    source: Source
    by_step: bool
    rows: Int[np.ndarray, " rows"]
    offsets: Int[np.ndarray, " bounds"]
    inputs: Mapping[str, pl.Series]
    targets: Mapping[str, pl.Series]
    target_by_step: bool
    letters: bool
    notes: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many sequences."""
        return len(self.offsets) - 1

    @property
    def lengths(self) -> Int[np.ndarray, " sequences"]:
        """Steps of each."""
        return np.diff(self.offsets)

    def error(self, reason: str, column: str, *, step: int | None = None, sequence: int | None = None) -> DataError:
        """Returns the error of a cell.

        Args:
            reason: the value, what is wrong with it, and the remedy.
            column: its name, or an input's.
            step: among all steps.
            sequence: where the cell is a whole sequence's.
        """
        column = self.file_column(column)
        if step is None:
            assert sequence is not None
            place = int(self.offsets[sequence + 1] - 1) if self.by_step else sequence
            return self.source.error(reason, row=int(self.rows[place]), column=column)
        if self.by_step:
            return self.source.error(reason, row=int(self.rows[step]), column=column)
        number = int(np.searchsorted(self.offsets, step, side="right")) - 1
        return self.source.error(
            reason, row=int(self.rows[number]), column=column, step=step - int(self.offsets[number])
        )

    def file_column(self, name: str) -> str:
        """The file's column of an input, which may be one of several numbers in its cells."""
        return name if name in self.source.frame.columns else name.rsplit("[", 1)[0]

    def only_steps(self, kept: Bool[np.ndarray, " steps"], why: str) -> "Sequences":
        """Leaves out steps, and sequences that then have none.

        Args:
            kept: the steps to keep.
            why: says of the others what they are, as "steps with a missing value".
        """
        if kept.all():
            return self
        numbers = np.repeat(np.arange(self.count), self.lengths)[kept]
        lengths = np.bincount(numbers, minlength=self.count)
        chosen = pl.Series(kept)
        thinned = replace(
            self,
            rows=self.rows[kept] if self.by_step else self.rows,
            offsets=_offsets(lengths),
            inputs={name: cells.filter(chosen) for name, cells in self.inputs.items()},
            targets={name: cells.filter(chosen) for name, cells in self.targets.items()}
            if self.target_by_step
            else self.targets,
            notes=(*self.notes, f"{why}, left out: {np.sum(~kept):,}"),
        )
        return thinned.only(lengths > 0, "sequences without a step")

    def only(self, kept: Bool[np.ndarray, " sequences"], why: str) -> "Sequences":
        """Leaves out sequences.

        Args:
            kept: the sequences to keep.
            why: says of the others what they are, as "sequences without a target".
        """
        if kept.all():
            return self
        steps = np.repeat(kept, self.lengths)
        chosen, chosen_target = pl.Series(steps), pl.Series(steps if self.target_by_step else kept)
        return replace(
            self,
            rows=self.rows[steps if self.by_step else kept],
            offsets=_offsets(self.lengths[kept]),
            inputs={name: cells.filter(chosen) for name, cells in self.inputs.items()},
            targets={name: cells.filter(chosen_target) for name, cells in self.targets.items()},
            notes=(*self.notes, f"{why}, left out: {np.sum(~kept):,}"),
        )


def _offsets(lengths: Int[np.ndarray, " sequences"]) -> Int[np.ndarray, " bounds"]:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)])


def gather(source: Source, roles: Roles, reading: Reading) -> Sequences:
    """Gathers the sequences of a file.

    Raises:
        DataError: the cell that does not fit, and what to do.
    """
    return _gather_steps(source, roles) if roles.by_step else _gather_sequences(source, roles, reading)


def _ids(source: Source, name: str) -> pl.Series:
    """The cells that tell sequences apart; decimals as text, which keeps every figure, and bytes as hex digits."""
    cells = source.frame[name]
    if cells.dtype == pl.Binary:
        return cells.bin.encode("hex")
    return cells.cast(pl.String) if cells.dtype.is_decimal() else cells


def _gather_steps(source: Source, roles: Roles) -> Sequences:
    assert roles.id is not None
    ids = _ids(source, roles.id)
    _require_filled(source, ids, "every step needs the id of its sequence; fill it in, or choose another task.id")
    codes = ids.cast(pl.String).rank("dense").to_numpy().astype(np.int64) - 1
    places = np.arange(len(codes))
    plain = np.lexsort((places, codes))
    order, notes = plain, []
    if roles.time is not None:
        _require_filled(
            source, source.frame[roles.time], "every step needs its time; fill it in, or choose another task.time"
        )
        times = read_times(source, source.frame[roles.time])
        order = np.lexsort((places, times, codes))
        same = np.flatnonzero((np.diff(codes[order]) == 0) & (np.diff(times[order]) == 0))
        if len(same):
            first, second = sorted((int(order[same[0]]), int(order[same[0] + 1])))
            earlier = source.place(int(source.numbers[first]))
            raise source.error(
                f"{source.frame[roles.time][second]} stands a second time in the sequence {ids[second]!r} (first in "
                f"{earlier}); a sequence has one row a time: mend one of them, or choose another task.time",
                row=second,
                column=roles.time,
            )
        moved = int(np.sum(order != plain))
        if moved:
            notes.append(f"rows that did not stand in the order of {roles.time!r}, put into it: {moved:,}")
    elif np.any(np.diff(codes) != 0) and len(np.unique(codes)) < 1 + np.sum(np.diff(codes) != 0):
        notes.append("rows of different sequences stand between each other; each sequence keeps the file's order")
    take = pl.Series(order)
    return Sequences(
        source=source,
        by_step=True,
        rows=order,
        offsets=_offsets(np.bincount(codes)),
        inputs={name: source.frame[name].gather(take) for name in roles.columns},
        targets={name: source.frame[name].gather(take) for name in roles.target},
        target_by_step=True,
        letters=False,
        notes=(*source.notes, *notes),
    )


def _require_filled(source: Source, cells: pl.Series, remedy: str) -> None:
    empty = cells.is_null()
    if cells.dtype == pl.String:
        empty |= (cells == "").fill_null(True)
    if cells.dtype.is_float():
        empty |= cells.is_nan().fill_null(True)
    if empty.any():
        raise source.error(f"the cell is empty; {remedy}", row=int(empty.arg_true()[0]), column=cells.name)


def _gather_sequences(source: Source, roles: Roles, reading: Reading) -> Sequences:
    if roles.id is not None:
        _require_one_row_an_id(source, roles.id)
    listed: dict[str, pl.Series] = {}
    letters = False
    for name in roles.columns:
        listed[name], divider = _lists(source, name, reading)
        letters |= divider == "nothing"
    lengths = {name: cells.list.len().fill_null(0).to_numpy().astype(np.int64) for name, cells in listed.items()}
    first = roles.columns[0]
    notes = list(source.notes)
    for name, some in lengths.items():
        differ = np.flatnonzero(some != lengths[first])
        if len(differ):
            row = int(differ[0])
            raise source.error(
                f"{some[row]} steps, where {first!r} has {lengths[first][row]}; the columns of a sequence have equally "
                "many",
                row=row,
                column=name,
            )
    filled = lengths[first] > 0
    if not filled.all():
        if reading.missing == "error":
            raise source.error(
                "the sequence is empty; remove the row, or say task.missing=drop to leave it out",
                row=int(np.flatnonzero(~filled)[0]),
                column=first,
            )
        notes.append(f"empty sequences, left out: {np.sum(~filled):,}")
    rows = np.flatnonzero(filled)
    chosen = pl.Series(filled)
    inputs: dict[str, pl.Series] = {}
    for name, cells in listed.items():
        inputs |= _columns(source, name, cells.filter(chosen), rows)
    targets, by_step = _targets(source, roles, reading, lengths[first], chosen)
    return Sequences(
        source=source,
        by_step=False,
        rows=rows,
        offsets=_offsets(lengths[first][filled]),
        inputs=inputs,
        targets=targets,
        target_by_step=by_step,
        letters=letters,
        notes=tuple(notes),
    )


def _require_one_row_an_id(source: Source, name: str) -> None:
    cells = _ids(source, name)
    if cells.drop_nulls().is_duplicated().any():
        again = int((cells.is_duplicated() & ~cells.is_first_distinct() & cells.is_not_null()).arg_true()[0])
        raise source.error(
            f"{cells[again]!r} stands a second time, and a row is a sequence; mend it, or say task.layout=steps where "
            "a row is a step",
            row=again,
            column=name,
        )


def _lists(source: Source, name: str, reading: Reading) -> tuple[pl.Series, str | None]:
    """A column's cells as lists, and what divided them where they were text."""
    cells = source.frame[name]
    if isinstance(cells.dtype, pl.List):
        return cells, None
    if isinstance(cells.dtype, pl.Array):
        return cells.arr.to_list(), None
    if cells.dtype != pl.String:
        raise source.error(
            f"a cell is {cells.dtype} and no sequence; choose others with task.columns, or, where a row is a step, say "
            "task.layout=steps",
            column=name,
        )
    found, divider = split_cells(source, name, reading.between)
    if divider == "nothing" and reading.between == "auto":
        _, wrong = as_numbers(cells)
        if wrong is None and cells.str.contains(r"[.+-]").any():
            raise source.error(
                f"{cells[0]!r} is one number and no sequence; write 0.5 1.5 2.5 in a cell, or, where a row is a step, "
                "say task.layout=steps",
                row=0,
                column=name,
            )
    return found, divider


def _columns(source: Source, name: str, cells: pl.Series, rows: np.ndarray) -> dict[str, pl.Series]:
    """A column of lists as flat columns: one, or, for lists of lists, one for each of the numbers of a step."""
    flat = cells.explode(empty_as_null=False)
    if isinstance(flat.dtype, pl.Array):
        flat = flat.arr.to_list()
    if not isinstance(flat.dtype, pl.List):
        return {name: flat}
    widths = flat.list.len()
    width = next(iter(widths.drop_nulls()), 0)
    wrong = np.flatnonzero(widths.fill_null(width).to_numpy() != width) if width else np.arange(len(flat))
    if len(wrong):
        place = int(wrong[0])
        offsets = _offsets(cells.list.len().to_numpy().astype(np.int64))
        number = int(np.searchsorted(offsets, place, side="right")) - 1
        raise source.error(
            f"{widths[place] or 0} numbers, where the first step has {width}; every step has equally many, at least 1 "
            "(null for a missing one)",
            row=int(rows[number]),
            column=name,
            step=place - int(offsets[number]),
        )
    if isinstance(flat.dtype.inner, pl.List | pl.Array):
        raise source.error("lists of lists of lists; a step has numbers, or one symbol", column=name)
    return {f"{name}[{index}]": flat.list.get(index, null_on_oob=True) for index in range(width)}


def _targets(
    source: Source, roles: Roles, reading: Reading, lengths: np.ndarray, chosen: pl.Series
) -> tuple[dict[str, pl.Series], bool]:
    """The targets of the rows that are kept, and whether they are targets of steps."""
    listed = {name: _target_lists(source, name, reading, lengths) for name in roles.target}
    if not any(cells is not None for cells in listed.values()):
        return {name: source.frame[name].filter(chosen) for name in roles.target}, False
    flat = {}
    for name, cells in listed.items():
        if cells is None:
            raise source.error(
                "a target a sequence beside one a step; choose targets of one kind with task.target", column=name
            )
        # A missing list is one of missing targets.
        steps = cells.list.len().to_numpy(allow_copy=True)
        wrong = np.flatnonzero(cells.is_not_null().to_numpy() & (steps != lengths) & (lengths > 0))
        if len(wrong):
            row = int(wrong[0])
            raise source.error(
                f"{int(steps[row])} targets, where the sequence has {lengths[row]} steps; give a target a step (null "
                "for one that is missing), or one a sequence",
                row=row,
                column=name,
            )
        inner = cells.dtype.inner  # type: ignore[attr-defined]
        if isinstance(inner, pl.List | pl.Array):
            raise source.error("lists of lists; put each value into a column of its own", column=name)
        unknown = pl.select(pl.lit(None, dtype=inner).repeat_by(pl.Series(lengths))).to_series()
        parts = cells.zip_with(cells.is_not_null(), unknown).filter(chosen).explode(empty_as_null=False)
        flat[name] = parts
    return flat, True


def _target_lists(source: Source, name: str, reading: Reading, lengths: np.ndarray) -> pl.Series | None:
    """A target's cells as lists where it is one of steps; None where it is one of sequences.

    A text is a list where, divided, every row has as many parts as its sequence has steps. So that this is no accident,
    the parts must be divided by a mark and the sequences differ in length, or `asked` must say "every".
    """
    cells = source.frame[name]
    if isinstance(cells.dtype, pl.List):
        return cells
    if isinstance(cells.dtype, pl.Array):
        return cells.arr.to_list()
    if cells.dtype != pl.String or reading.asked == "last" or not (cells != "").any():
        return None
    try:
        found, divider = split_cells(source, name, reading.between)
    except DataError:
        return None
    steps = found.list.len().fill_null(0).to_numpy().astype(np.int64)
    there = steps > 0
    if not np.array_equal(steps[there], lengths[there]) or lengths.max() < 2:
        return None
    certain = divider != "nothing" and len(np.unique(lengths[there])) > 1
    return found if certain or reading.asked == "every" else None
