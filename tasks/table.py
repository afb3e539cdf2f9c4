"""One's own sequences, from a file."""

import re
import unicodedata
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np
from jaxtyping import Int

from lrbench.data import Classes, Features, Lengths, Output, RecordedTask, Records, Split, Tokens, Values
from lrbench.data.table import Opened, Profile, Reading, open_table, visible
from lrbench.data.task import Family, Score


@dataclass(frozen=True)
class Table(Reading, RecordedTask):
    """Read sequences of one's own from a file, and answer a class, a value or the next step.

    The file is CSV, TSV, Parquet, JSON lines or NPZ (never with pickle); which follows from its ending. CSV has a line
    of names and is UTF-8. A row is one of two things:

    - A sequence. A cell holds its steps: a list of symbols or of numbers, or a list of lists where a step has several
      numbers (so may several columns of lists); in a text `3 1 2`, `3,1,2` or `[3, 1, 2]`, or letters, as `abba`. In
      an NPZ it is an array `[rows, steps]` or `[rows, steps, features]`, with the array `lengths` where sequences end
      sooner. A target is a value a row, or a list of as many as there are steps; a text is such a list where marks
      divide it so in every row and lengths differ, or with asked=every.
    - A step. A column tells sequences apart; a column orders the steps, or the file's order does.

    What a column is, is found where one answer is possible, and asked for otherwise. A column named sequence,
    sequences, tokens, text or symbols holds sequences; target(s), label(s) or class is the target; id, sequence_id,
    series, series_id or group tells sequences apart; time, step, t or timestamp orders steps: numbers, or dates as
    2026-01-31 or 2026-01-31 12:00:00. In a file of steps every other column is read, in one of sequences the columns of
    lists are: several as numbers, a single one as symbols where it holds words and as numbers where they have a point.
    A number has a decimal point, never a comma. Without a target the answer is the next step. A target of words is a
    class and one of numbers with a point a value; whole numbers are classes in a column named label(s) or class, and
    must be said to be classes or amounts in another one. The same holds of whole numbers that are read from one column:
    symbols or amounts?

    Classification and regression ask at the last step where a sequence has one target, and at every step otherwise;
    the next step is asked at every step but the last. A sequence read up to a length that is less than its own has its
    own target there too. Numbers are standardised: less the mean of the training split's steps, divided by their
    standard deviation; so are values that are answered, always, and the fit is 1 - their mean squared error: 0 for
    answering the training split's mean, if the test split is like it, and 1 for perfect answers. Chance is the score
    on the test split of the one answer that fits the training split best. Symbols and classes are numbered over the
    whole file, so that one which only the test split has is no error; the profile says so.

    A cell is missing where it is empty, null or NaN, and in numbers of a text also where it says NA, N/A, NaN, null or
    None. An infinite number is an error. Examples are split by chance, whole sequences, as many of each part as the
    shares say; sequences that occur twice are counted in the profile and stay.

    Attributes:
        data: the file; CSV, TSV, Parquet, JSON lines or NPZ.
        kind: of answer: classification, regression, next_step; or auto.
        layout: what a row is: sequences, steps; or auto.
        columns: what the model reads: a name or a list of names; null: found.
        target: what it answers: a name, or a list of names for several values; null: found.
        id: the column that tells sequences apart; null: found.
        time: the column that orders the steps of a sequence; null: found, or the file's order.
        encoding: whether a step is one of some symbols, or numbers; or auto.
        asked: whether the target is asked at the last step or at every step; or auto.
        missing: what to do where a value is missing: error; drop the step (or the sequence, without a target);
            forward: go on with the value before it in the sequence, or, before the first, with the training split's
            mean; indicator: 0 and a further input that is 1, or a symbol of its own. With the last three, steps
            without a target are not asked.
        standardise: whether numbers that are read are standardised; those that are answered always are.
        longest: steps that are kept of a sequence, its first ones; null: all, up to 2^20.
        tolerance: an answered value is right in the token accuracy when it is this near, in standard deviations.
        validation: share of the sequences for validation.
        test: share of the sequences for the test.
        seed: of the split.
        delimiter: between the cells of a CSV: comma, semicolon, tab, bar; or auto.
        between: between the steps in a cell of text: nothing, space, comma, semicolon, bar; or auto.
    """

    family: ClassVar[Family] = "real data"
    paper: ClassVar[str] = "none: one's own data"

    def __str__(self) -> str:
        changed = [field.name for field in fields(self) if getattr(self, field.name) != field.default]
        return f"Table({', '.join(f'{name}={getattr(self, name)!r}' for name in changed)})"

    @property
    def label(self) -> str:
        """The file's name without its ending, in a to z, 0 to 9 and _; empty where nothing of it is left."""
        if self.data is None:
            return ""
        plain = unicodedata.normalize("NFKD", Path(self.data).stem.casefold()).encode("ascii", "ignore").decode()
        return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")

    @cached_property
    def _opened(self) -> Opened:
        return open_table(self)

    def prepare(self) -> None:
        """Reads the file."""
        _ = self._opened

    def profile(self) -> Profile:
        """Returns the file's profile: how many sequences, how long, which classes, what is missing."""
        return self._opened.profile

    def describe(self) -> list[str]:
        """Returns the profile as lines of text."""
        return self.profile().lines()

    @property
    def score(self) -> Score:  # type: ignore[override]
        """The share of right answers for classes, the fit for values; before the file is named, what `kind` says."""
        if self.data is None:
            return "fit" if self.kind == "regression" else "token_accuracy"
        return "token_accuracy" if self._opened.dataset.classes else "fit"

    @property
    def inputs(self) -> Tokens | Features:
        """The symbols, or the numbers of a step."""
        dataset = self._opened.dataset
        return (Tokens if dataset.symbols else Features)(len(dataset.input_names))

    @property
    def output(self) -> Output:
        """The classes, or the values."""
        dataset = self._opened.dataset
        count = len(dataset.output_names)
        return Classes(count) if dataset.classes else Values(count, float(self.tolerance))

    @property
    def lengths(self) -> Lengths:
        """The longest sequence in training; in evaluation also a quarter and half of it, where that can be asked."""
        longest = self._opened.dataset.longest
        shorter = {length for length in (longest // 4, longest // 2) if self.problem(length) is None}
        return Lengths(train=(longest, longest), evaluation=tuple(sorted({*shorter, longest})))

    def problem(self, length: int) -> str | None:
        """There must be something to ask, and more than one answer; no sequence is longer than the longest."""
        if length < 1:
            return "a sequence has at least 1 step"
        dataset = self._opened.dataset
        if length > dataset.longest:
            return f"the longest sequence has {dataset.longest} steps; choose at most that many"
        if _tells(dataset.guessed(length)):
            return None
        least = next(steps for steps in range(length + 1, dataset.longest + 1) if _tells(dataset.guessed(steps)))
        return f"up to there the test split asks nothing, or has one answer only; choose at least {least} steps"

    def lag(self, length: int) -> int:
        """The first step may matter for the last one."""
        return min(length, self._opened.dataset.longest) - 1

    def chance(self, length: int) -> float:
        """The score on the test split of the training split's most frequent class, or mean."""
        return max(0.0, self._opened.dataset.guessed(length) or 0.0)

    def chance_of(self, split: Split, length: int) -> float:
        """The score on a split of the training split's most frequent class, or mean; 0 where nothing is asked."""
        return max(0.0, self._opened.dataset.guessed(length, split) or 0.0)

    def asked_of(self, split: Split, indices: Int[np.ndarray, " n"], length: int) -> int:
        """Counts the steps asked, without gathering sequences."""
        return self._opened.dataset.asked(split, indices, length)

    def examples(self, split: Split) -> int:
        """Returns how many sequences a part has."""
        return len(self._opened.dataset.splits[split])

    def fetch(self, split: Split, indices: Int[np.ndarray, " n"], length: int, size: int) -> Records:
        """Gathers sequences; threads may do so at the same time."""
        return self._opened.dataset.fetch(split, indices, length, size)

    def digest(self) -> str:
        """Follows from the file's bytes and every field but its name."""
        return self._opened.digest

    def input_name(self, index: int) -> str:
        """The symbol, or the column; an open box for white space."""
        return self._input_names[index]

    def output_name(self, index: int) -> str:
        """The class, or the column; an open box for white space."""
        return self._output_names[index]

    @cached_property
    def _input_names(self) -> tuple[str, ...]:
        return visible(self._opened.dataset.input_names)

    @cached_property
    def _output_names(self) -> tuple[str, ...]:
        return visible(self._opened.dataset.output_names)


def _tells(guessed: float | None) -> bool:
    """Whether knowing can be told from guessing."""
    return guessed is not None and guessed < 1
