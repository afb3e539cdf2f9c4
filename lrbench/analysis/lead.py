"""Who leads at the longest length, and whether the seeds allow to say so."""

import statistics
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from lrbench.analysis.contenders import prepare
from lrbench.analysis.contest import paired
from lrbench.analysis.decision import Paired
from lrbench.analysis.resampling import SignFlip
from lrbench.analysis.selection import SETTING, Selection, select_rates, with_contender, with_validation

#: Median scaled scores closer than this are not told apart.
TIE = 0.01
LEVEL = 0.05
#: What tells contenders apart.
_KEY = [*SETTING, "contender"]
#: With fewer pairs, 2 / 2^pairs is above 0.05.
FEWEST_PAIRS = 6


@dataclass(frozen=True)
class Standing:
    """One contender at one length: median and range of the scaled score over its lanes.

    Attributes:
        contender: its name in the tables, with its learning rate where there are several.
    """

    contender: str
    median: float
    low: float
    high: float
    lanes: int


@dataclass(frozen=True)
class Lead:
    """The contenders of one task at the longest length that all of them were evaluated at.

    Attributes:
        task: the task.
        length: that length.
        standings: best median first.
        paired: first against second, paired by seed; None where no seed is shared or there is no second. Where rates
            were chosen, its test chooses them anew at every flip.
        comparisons: pairs of contenders that the first and second were picked from.
        chosen_blindly: whether a contender has several learning rates and no score on validation to choose one by.
    """

    task: str
    length: int
    standings: tuple[Standing, ...]
    paired: Paired | None
    comparisons: int
    chosen_blindly: bool

    @property
    def tied(self) -> tuple[str, ...]:
        """The contenders that no median tells apart from the first, itself among them."""
        return tuple(one.contender for one in self.standings if self.standings[0].median - one.median < TIE)

    @property
    def above_chance(self) -> bool:
        """Whether the first's median is above chance; below, nobody leads."""
        return self.standings[0].median > TIE

    @property
    def overlap(self) -> bool:
        """Whether the ranges of the first and the second overlap."""
        return len(self.standings) > 1 and self.standings[1].high >= self.standings[0].low

    @cached_property
    def test(self) -> SignFlip | None:
        """The sign-flip test of the first against the second."""
        return None if self.paired is None else self.paired.test()

    @property
    def p_value(self) -> float | None:
        """The test's p-value times the number of comparisons (Bonferroni): the pair was picked by its scores."""
        return None if self.test is None else min(1.0, self.test.p_value * self.comparisons)

    @property
    def established(self) -> bool:
        """Whether the first is better than the second at the 5 % level.

        The test is of the mean: where lanes either solve a task or fail, the one with the higher median may have the
        lower mean, and then it does not lead.
        """
        if self.paired is None or self.p_value is None or self.chosen_blindly or not self.paired.fair:
            return False
        better = self.above_chance and len(self.tied) == 1 and self.paired.differences.mean() > 0
        return bool(better) and self.p_value <= LEVEL


def find_lead(table: pl.DataFrame, task: str) -> Lead | None:
    """Returns who leads on a task, or None where its contenders share no evaluated length.

    A contender that was trained at several learning rates stands with the one that validation chooses, as in a
    comparison. Contenders may have been trained to several lengths.
    """
    everything, selection = _searched(table, task)
    rows = selection.keep(everything)
    contenders = rows.select(_KEY).n_unique()
    met = rows.group_by("eval_length").agg(pl.struct(_KEY).n_unique().alias("met")).filter(pl.col("met") == contenders)
    if met.is_empty():
        return None
    length = max(met["eval_length"].to_list())
    here = rows.filter(pl.col("eval_length") == length).partition_by(_KEY, maintain_order=True)
    ordered = sorted(here, key=lambda lanes: -_standing(lanes).median)
    of_all = everything.filter(pl.col("eval_length") == length)
    best = [(lanes, of_all.join(lanes, on=_KEY, how="semi")) for lanes in ordered[:2]]
    return Lead(
        task,
        length,
        tuple(map(_standing, ordered)),
        _paired(*best) if len(best) > 1 else None,
        contenders * (contenders - 1) // 2,
        selection.blind,
    )


def at_chosen_rates(table: pl.DataFrame, task: str) -> pl.DataFrame:
    """Returns the rows of a task at the rates that validation chooses; `shown` is a contender's name in the tables."""
    everything, selection = _searched(table, task)
    return selection.keep(everything)


def _searched(table: pl.DataFrame, task: str) -> tuple[pl.DataFrame, Selection]:
    """Returns a task's rows at all rates, and the selection among these.

    Gaps are closed; `contender` is as in a comparison, `shown` as in the tables.
    """
    own = table.filter(pl.col("task") == task)
    shown = prepare(own).with_columns(pl.col("contender").alias("shown"))
    return with_validation(with_contender(shown)), select_rates(own)


def _standing(lanes: pl.DataFrame) -> Standing:
    """Returns how a contender stands at its rate."""
    scores = lanes["scaled_score"].sort().to_list()
    return Standing(lanes["shown"][0], statistics.median(scores), scores[0], scores[-1], len(scores))


def _paired(first: tuple[pl.DataFrame, pl.DataFrame], second: tuple[pl.DataFrame, pl.DataFrame]) -> Paired | None:
    """Returns two contenders over the seeds that both have; None where there is none.

    Args:
        first: one's lanes at its rate, and those of all its rates.
        second: the other's.
    """
    both = first[0].join(second[0], on="seed", suffix="_second").sort("seed")
    if both.is_empty():
        return None
    return paired((both["scaled_score"] - both["scaled_score_second"]).to_numpy(), first[1], second[1])
