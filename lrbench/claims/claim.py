"""What a claim is here: a sentence, its sweeps, and a rule, written down before the runs, that decides it.

Claim N is a file claim_NN.py with one subclass of `Claim`, and beside it claim_NN.yaml: sentence, said_in, rule,
thresholds, and the sweeps at each scale.
"""

import abc
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from typing import Any, ClassVar, Literal

import polars as pl

from lrbench.studies import Results, Study, read_study

Outcome = Literal["supported", "contradicted", "depends", "undecided"]


@dataclass(frozen=True)
class Fact:
    """One measured number that a decision rests on.

    Attributes:
        what: what was measured, as "LSTM against GRU on adding at length 400: difference of the scaled score".
        value: the number.
        low: lower end of its 95 % interval, or the smallest seen; None where there is one value only.
        high: the upper end, or the largest.
        p_value: of the test that decides, corrected over the claim's family; None where nothing was tested.
        seeds: pairs of seeds, or repeats of a timing; 0 where the number is exact.
    """

    what: str
    value: float
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    seeds: int = 0


@dataclass(frozen=True)
class Decision:
    """What was found.

    Attributes:
        outcome: the verdict.
        sentence: what was seen and how the rule decides on it; with the condition where it depends, and with the number
            of seeds that would decide where it is undecided.
        facts: the numbers.
    """

    outcome: Outcome
    sentence: str
    facts: tuple[Fact, ...]


class Claim(abc.ABC):
    """A sentence that a measurement decides."""

    #: As in `lrbench claims run NUMBER`.
    number: ClassVar[int]
    #: Whether it is about speed or memory, and so holds for the machine that it was measured on.
    of_machine: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """The name of its files."""
        return f"claim_{self.number:02}"

    @cached_property
    def study(self) -> Study:
        """Its YAML."""
        return read_study(self.name, resources.files("lrbench.claims") / f"{self.name}.yaml")

    @property
    def text(self) -> Mapping[str, Any]:
        """What the YAML says beside the sweeps: sentence, said_in, rule, thresholds."""
        return self.study.text

    def measure(self, results: Results) -> dict[str, pl.DataFrame]:
        """Measures what the rows do not hold, by name; use `results.remembered`."""
        del results
        return {}

    @abc.abstractmethod
    def decide(self, results: Results, measured: Mapping[str, pl.DataFrame]) -> Decision:
        """Applies the rule that the YAML states."""
