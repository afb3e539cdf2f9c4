"""What is to be answered: classes or values, of every step or of the last."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from jaxtyping import Bool, Float, Int

from lrbench.data.table.cells import MISSING, as_numbers, as_symbols, decimal_comma, improper, nature, no_symbol
from lrbench.data.table.encoding import Encoded
from lrbench.data.table.reading import Kind, Reading
from lrbench.data.table.roles import CLASS_NAMES, Roles
from lrbench.data.table.sequences import Sequences
from lrbench.data.table.source import listed


@dataclass(frozen=True)
class Answers:
    """The targets of all steps, or of all sequences.

    Attributes:
        values: classes `Int[n]`, or values `Float[n, V]`, not yet standardised; n counts steps or sequences.
        names: of the classes, or of the values.
        known: which of them there are; the others do not count.
        by_step: whether they are of steps.
        last: whether a sequence is asked at its last step only.
    """

    values: Int[np.ndarray, " n"] | Float[np.ndarray, "n values"]
    names: tuple[str, ...]
    known: Bool[np.ndarray, " n"]
    by_step: bool
    last: bool

    @property
    def classes(self) -> bool:
        """Whether they are classes."""
        return self.values.ndim == 1


def next_steps(sequences: Sequences, inputs: Encoded) -> Answers:
    """The inputs of the step after each; of the last step of a sequence there is none."""
    features = inputs.values if inputs.symbols else inputs.values[:, ~inputs.flags]
    following = np.concatenate([features[1:], features[-1:]])
    known = np.concatenate([inputs.known[1:], [False]])
    known[sequences.offsets[1:] - 1] = False
    names = inputs.names if inputs.symbols else tuple(f"next_{name}" for name in inputs.names[: features.shape[1]])
    return Answers(following, names, known, by_step=True, last=False)


def choose_kind(sequences: Sequences, roles: Roles, reading: Reading) -> Kind:
    """Says what kind of answer is wanted.

    Raises:
        DataError: more than one is possible; the sentence names the choices.
    """
    if reading.kind != "auto":
        return reading.kind
    if not roles.target:
        return "next_step"
    if len(roles.target) > 1:
        return "regression"
    ((name, cells),) = sequences.targets.items()
    found = nature(cells)
    numbers = as_numbers(cells)[0]
    if found == "numbers" and np.all(numbers[np.isfinite(numbers)] % 1 == 0):
        found = "whole"  # whole numbers, some of them missing, are often stored as numbers with a point
    if found == "whole" and name.lower() not in CLASS_NAMES:
        raise sequences.source.error(
            "whole numbers can be classes or amounts; say task.kind=classification or task.kind=regression", column=name
        )
    if found == "mixed":
        place = as_numbers(cells)[1] or 0
        raise _target_error(
            sequences,
            f"{cells[place]!r} is no number, and most of the column are; mend it, or say task.kind=classification",
            name,
            place,
        )
    comma = decimal_comma(cells)
    if found == "words" and comma is not None:
        raise _target_error(
            sequences,
            f"{cells[comma]!r} is no number; mend it (1.5, not 1,5), or say task.kind=classification",
            name,
            comma,
        )
    if found == "others":
        raise sequences.source.error(
            f"the target is {cells.dtype}; say task.kind=classification where these are classes", column=name
        )
    return "classification" if found in ("whole", "words") else "regression"


def _target_error(sequences: Sequences, reason: str, name: str, place: int) -> Exception:
    if sequences.target_by_step:
        return sequences.error(reason, name, step=place)
    return sequences.error(reason, name, sequence=place)


def read_answers(sequences: Sequences, roles: Roles, kind: Kind, reading: Reading) -> Answers:
    """Reads the target columns.

    Raises:
        DataError: the cell that does not fit, and what to do.
    """
    if kind == "classification":
        if len(roles.target) > 1:
            raise sequences.source.error(
                f"classification with the targets {listed(roles.target)}; choose one with task.target"
            )
        values, names, known = _classes(sequences, roles.target[0])
    else:
        values, names, known = _values(sequences, roles.target)
    by_step, last = sequences.target_by_step, not sequences.target_by_step
    if by_step:
        last = reading.asked == "last" or (reading.asked == "auto" and _one_each(sequences, values, known))
        if last:
            ends = sequences.offsets[1:] - 1
            values, known, by_step = values[ends], known[ends], False
    elif reading.asked == "every":
        last = False
    if not known.all() and reading.missing == "error":
        place = int(np.flatnonzero(~known)[0])
        remedy = "fill it in, or say task.missing=drop, and what has no target is not asked"
        if by_step:
            remedy += "; where only the last step of a sequence has one, say task.asked=last"
        if sequences.target_by_step and not by_step:
            place = int(sequences.offsets[place + 1] - 1)
        raise _target_error(sequences, f"the target is missing; {remedy}", roles.target[0], place)
    return Answers(values, names, known, by_step, last)


def _classes(sequences: Sequences, name: str) -> tuple[np.ndarray, tuple[str, ...], np.ndarray]:
    cells = sequences.targets[name]
    symbols, wrong = as_symbols(cells)
    if wrong is not None:
        raise _target_error(sequences, no_symbol(cells[wrong], "class", "task.kind=regression"), name, wrong)
    return symbols.codes.astype(np.int32), symbols.names, symbols.codes != MISSING


def _values(sequences: Sequences, names: tuple[str, ...]) -> tuple[np.ndarray, tuple[str, ...], np.ndarray]:
    columns = []
    for name in names:
        cells: pl.Series = sequences.targets[name]
        numbers, wrong = as_numbers(cells)
        if wrong is not None:
            raise _target_error(
                sequences,
                f"{cells[wrong]!r} is no number; mend it (1.5, not 1,5), or say task.kind=classification",
                name,
                wrong,
            )
        found = improper(numbers)
        if found is not None:
            raise _target_error(sequences, f"{found[1]}; mend it", name, found[0])
        columns.append(numbers)
    values = np.stack(columns, axis=1)
    return values, names, ~np.isnan(values).any(axis=1)


def _one_each(sequences: Sequences, values: np.ndarray, known: np.ndarray) -> bool:
    """Whether every sequence has one target: at its last step, and nothing else at the others."""
    ends = np.repeat(sequences.offsets[1:] - 1, sequences.lengths)
    same = values == values[ends]
    same = same if same.ndim == 1 else same.all(axis=1)
    return bool(np.all(known[ends]) and np.all(same | ~known))
