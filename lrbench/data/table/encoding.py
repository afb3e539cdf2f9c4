"""What the model reads at a step: a token, or numbers; and what is done where one is missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Int

from lrbench.data.table.cells import (
    MISSING,
    Symbols,
    as_numbers,
    as_symbols,
    decimal_comma,
    improper,
    nature,
    no_symbol,
)
from lrbench.data.table.reading import Reading
from lrbench.data.table.sequences import Sequences
from lrbench.data.table.source import listed

#: More different symbols than this are amounts that were taken for symbols.
MOST_SYMBOLS = 2**16
#: The name of the token, and the end of the name of the feature, that says that a value is missing.
UNKNOWN = "?"

Read = Literal["symbols", "numbers"]


@dataclass(frozen=True)
class Encoded:
    """The inputs of all steps.

    Attributes:
        values: tokens `Int[steps]`, or numbers `Float[steps, F]`, not yet standardised; NaN stands for a number that is
            filled in with the training split's mean.
        names: of the tokens, or of the features.
        flags: which features say 1 where another is missing; they are never standardised.
        known: steps at which no input was missing.
        missing: how many cells of each column were.
    """

    values: Int[np.ndarray, " steps"] | Float[np.ndarray, "steps features"]
    names: tuple[str, ...]
    flags: Bool[np.ndarray, " features"]
    known: Bool[np.ndarray, " steps"]
    missing: Mapping[str, int]

    @property
    def symbols(self) -> bool:
        """Whether they are tokens."""
        return self.values.ndim == 1


def choose_encoding(sequences: Sequences, reading: Reading) -> Read:
    """Says whether the inputs are symbols or numbers.

    Raises:
        DataError: both are possible, or neither is; the sentence names the choices.
    """
    natures = {name: nature(cells) for name, cells in sequences.inputs.items()}
    names = list(natures)
    for name, one in natures.items():
        if one == "none":
            raise sequences.source.error(
                "the column holds no value; leave it out with task.columns", column=sequences.file_column(name)
            )
    if len(names) > 1 and reading.encoding == "symbols":
        raise sequences.source.error(
            f"task.encoding=symbols with the columns {listed(names)}; a step holds one symbol: choose one column with "
            "task.columns"
        )
    if reading.encoding != "auto":
        return reading.encoding
    if len(names) > 1:
        return "numbers"
    one = "words" if sequences.letters else natures[names[0]]
    if one == "whole":
        raise sequences.source.error(
            "whole numbers can be symbols or amounts; say task.encoding=symbols or task.encoding=numbers",
            column=sequences.file_column(names[0]),
        )
    place = None if sequences.letters else decimal_comma(sequences.inputs[names[0]])
    if one == "words" and place is not None:
        raise _no_number(sequences, names[0], place)
    # Where some cells are no numbers, reading them as numbers names the first of those.
    return "symbols" if one == "words" else "numbers"


def encode(sequences: Sequences, reading: Reading) -> tuple[Sequences, Encoded]:
    """Encodes the inputs, and does with missing ones as `reading.missing` says.

    Returns:
        The sequences, less what was left out, and their inputs.

    Raises:
        DataError: the cell that does not fit, and what to do.
    """
    if choose_encoding(sequences, reading) == "symbols":
        return _encode_symbols(sequences, reading)
    return _encode_numbers(sequences, reading)


def _encode_symbols(sequences: Sequences, reading: Reading) -> tuple[Sequences, Encoded]:
    ((name, cells),) = sequences.inputs.items()
    symbols, wrong = as_symbols(cells)
    if wrong is not None:
        raise sequences.error(no_symbol(cells[wrong], "symbol", "task.encoding=numbers"), name, step=wrong)
    if len(symbols.names) > MOST_SYMBOLS:
        raise sequences.source.error(
            f"{len(symbols.names):,} different symbols, more than {MOST_SYMBOLS:,}; amounts are read with "
            "task.encoding=numbers",
            column=sequences.file_column(name),
        )
    missing = symbols.codes == MISSING
    _refuse_missing(sequences, name, missing, reading)
    lacking = {name: int(missing.sum())}
    if reading.missing == "drop" and missing.any():
        sequences = sequences.only_steps(~missing, "steps with a missing symbol")
        symbols, missing = Symbols(symbols.codes[~missing], symbols.names), missing[~missing]
    codes, names = symbols.codes, symbols.names
    if reading.missing == "forward" and missing.any():
        codes = _carried(codes, missing, sequences)
        first = np.flatnonzero(codes == MISSING)
        if len(first):
            raise sequences.error(
                "the symbol is missing, and no step before it has one to go on with; say task.missing=drop or "
                "task.missing=indicator",
                name,
                step=int(first[0]),
            )
    if reading.missing == "indicator" and missing.any():
        codes, names = np.where(missing, len(names), codes), (*names, UNKNOWN)
    return sequences, Encoded(codes.astype(np.int32), names, np.zeros(0, bool), ~missing, lacking)


def _encode_numbers(sequences: Sequences, reading: Reading) -> tuple[Sequences, Encoded]:
    columns = []
    for name, cells in sequences.inputs.items():
        numbers, wrong = as_numbers(cells)
        if wrong is not None:
            raise _no_number(sequences, name, wrong)
        found = improper(numbers)
        if found is not None:
            reason = f"{found[1]}; mend it, or empty the cell and say task.missing=forward"
            raise sequences.error(reason, name, step=found[0])
        _refuse_missing(sequences, name, np.isnan(numbers), reading)
        columns.append(numbers)
    values = np.stack(columns, axis=1)
    missing = np.isnan(values)
    lacking = dict(zip(sequences.inputs, missing.sum(axis=0).tolist(), strict=True))
    steps = missing.any(axis=1)
    if reading.missing == "drop" and steps.any():
        sequences = sequences.only_steps(~steps, "steps with a missing value")
        values, missing, steps = values[~steps], missing[~steps], steps[~steps]
    names, flags = list(sequences.inputs), np.zeros(values.shape[1], bool)
    if reading.missing == "forward":
        values = np.stack(
            [_carried(values[:, place], missing[:, place], sequences) for place in range(values.shape[1])], axis=1
        )
    if reading.missing == "indicator" and steps.any():
        flagged = np.flatnonzero(missing.any(axis=0))
        values = np.concatenate([values, missing[:, flagged].astype(np.float64)], axis=1)
        names += [names[place] + UNKNOWN for place in flagged]
        flags = np.arange(values.shape[1]) >= len(flags)
    return sequences, Encoded(values, tuple(names), flags, ~steps, lacking)


def _no_number(sequences: Sequences, name: str, step: int) -> Exception:
    cells = sequences.inputs[name]
    said = cells[step]
    shown = repr(said) if isinstance(said, str) else f"{said} ({cells.dtype})"
    reason = f"{shown} is no number; mend it (1.5, not 1,5), or leave the column out with task.columns"
    if len(sequences.inputs) == 1:
        reason += ", or say task.encoding=symbols"
    return sequences.error(reason, name, step=step)


def _refuse_missing(sequences: Sequences, column: str, missing: np.ndarray, reading: Reading) -> None:
    if reading.missing == "error" and missing.any():
        raise sequences.error(
            f"a value is missing ({np.sum(missing):,} in this column); fill it in, or say what to do: "
            "task.missing=drop leaves the step out, forward repeats the value before it, indicator tells the model",
            column,
            step=int(np.flatnonzero(missing)[0]),
        )


def _carried(values: np.ndarray, missing: np.ndarray, sequences: Sequences) -> np.ndarray:
    """Puts the last value of the same sequence where one is missing; what comes before the first stays missing."""
    places = np.maximum.accumulate(np.where(missing, 0, np.arange(len(values))))
    starts = np.repeat(sequences.offsets[:-1], sequences.lengths)
    return np.where(missing & (places >= starts), values[places], values)
