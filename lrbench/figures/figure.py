"""What a published figure is here: its sweeps, the published numbers, ours, a drawing, and a verdict by a rule.

Each figure is a file NAME.py with one subclass of `StudyFigure`, and beside it NAME.yaml with everything that was
written down before its runs: title, question, paper, sweeps at each scale, published numbers, deviations, rule.
"""

import abc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from typing import Any, ClassVar, Literal

import polars as pl
from matplotlib.figure import Figure

from lrbench.studies import Results, Study, read_study

Outcome = Literal["reproduced", "partly", "not reproduced"]


@dataclass(frozen=True)
class Published:
    """A published number.

    Attributes:
        key: which of ours stands beside it.
        what: what it is, as "LSTM, largest n exactly right".
        value: as published.
        statistic: what it is of: "single", "mean", "median" or "best of 10".
        where: paper and place.
        source: "read" where somebody read it there, "recalled" where nobody has checked it, "measured" where it was
            measured on what the authors released.
    """

    key: str
    what: str
    value: float
    statistic: str
    where: str
    source: Literal["read", "recalled", "measured"]


@dataclass(frozen=True)
class Number:
    """A number of ours.

    Attributes:
        key: tells it apart from the figure's other numbers.
        what: what it is.
        value: NaN where there is none.
        statistic: what it is of, as "median of 10".
        low: smallest over seeds, or the interval's lower end; None where there is one value only.
        high: largest, or the upper end.
        seeds: how many it is of.
    """

    key: str
    what: str
    value: float
    statistic: str
    low: float | None = None
    high: float | None = None
    seeds: int = 1


@dataclass(frozen=True)
class Verdict:
    """Whether a figure came out again, and why so, in one or two sentences."""

    outcome: Outcome
    sentence: str


class StudyFigure(abc.ABC):
    """A published figure."""

    #: As in `lrbench figure NAME`; also the name of its two files.
    name: ClassVar[str]

    @cached_property
    def study(self) -> Study:
        """Its YAML."""
        return read_study(self.name, resources.files("lrbench.figures") / f"{self.name}.yaml")

    @property
    def text(self) -> Mapping[str, Any]:
        """What the YAML says beside the sweeps: title, question, paper, deviations, rule, thresholds."""
        return self.study.text

    @property
    def published(self) -> tuple[Published, ...]:
        """The published numbers."""
        return tuple(Published(**one) for one in self.text["published"])

    def measure(self, results: Results) -> dict[str, pl.DataFrame]:
        """Measures what the rows do not hold, by name; use `results.remembered`."""
        del results
        return {}

    @abc.abstractmethod
    def numbers(self, results: Results, measured: Mapping[str, pl.DataFrame]) -> Sequence[Number]:
        """Returns our numbers; those with the key of a published number stand beside it."""

    @abc.abstractmethod
    def draw(self, results: Results, measured: Mapping[str, pl.DataFrame]) -> Figure:
        """Draws the figure."""

    @abc.abstractmethod
    def judge(self, numbers: Mapping[str, Number]) -> Verdict:
        """Applies the rule that the YAML states to our numbers, by key."""
