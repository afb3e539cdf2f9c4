"""Who leads at the longest length, and whether the seeds allow to say so."""

import statistics
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from lrbench.analysis.contenders import prepare
from lrbench.analysis.contest import contest
from lrbench.analysis.decision import Paired
from lrbench.analysis.resampling import SignFlip
from lrbench.analysis.selection import at_best_rate, with_contender

#: Median scaled scores closer than this are not told apart.
TIE = 0.01
LEVEL = 0.05
#: With fewer pairs, 2 / 2^pairs is above 0.05.
FEWEST_PAIRS = 6


@dataclass(frozen=True)
class Standing:
    """One contender at one length: median and range of the scaled score over its lanes.

    Attributes:
        contender: its name, with the learning rate where it was chosen among several on validation.
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
    """

    task: str
    length: int
    standings: tuple[Standing, ...]
    paired: Paired | None
    comparisons: int

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
        """Whether the first is better than the second at the 5 % level."""
        if self.paired is None or self.p_value is None or not self.paired.fair:
            return False
        return self.above_chance and len(self.tied) == 1 and self.p_value <= LEVEL


def find_lead(table: pl.DataFrame, task: str) -> Lead | None:
    """Returns who leads on a task, or None where its contenders share no evaluated length.

    A contender that was trained at several learning rates stands with the one that validation chooses.
    """
    rows = _named(prepare(table).filter(pl.col("task") == task))
    contenders = rows["contender"].n_unique()
    shared = rows.group_by("eval_length").agg(pl.col("contender").n_unique()).filter(pl.col("contender") == contenders)
    if shared.is_empty():
        return None
    length = max(shared["eval_length"].to_list())
    lanes = rows.filter(pl.col("eval_length") == length).partition_by("contender", maintain_order=True, as_dict=True)
    ordered = sorted(
        ((_standing(str(name), mine), mine) for (name,), mine in lanes.items()), key=lambda one: -one[0].median
    )
    paired = contest(ordered[0][1], ordered[1][1]) if len(ordered) > 1 else None
    return Lead(
        task,
        length,
        tuple(standing for standing, _ in ordered),
        paired if paired is not None and paired.differences.size else None,
        contenders * (contenders - 1) // 2,
    )


def _named(rows: pl.DataFrame) -> pl.DataFrame:
    """Names contenders as a comparison does, with the training length where there are several."""
    named = with_contender(rows)
    if named["train_length"].n_unique() == 1:
        return named
    return named.with_columns(pl.format("{} train {}", "contender", "train_length").alias("contender"))


def _standing(name: str, lanes: pl.DataFrame) -> Standing:
    """Returns how a contender stands at the rate that validation chooses."""
    chosen = at_best_rate(lanes)
    scores = chosen["scaled_score"].sort().to_list()
    several = lanes["learning_rate"].n_unique() > 1
    return Standing(
        f"{name} (rate {chosen['learning_rate'][0]:g})" if several else name,
        statistics.median(scores),
        scores[0],
        scores[-1],
        len(scores),
    )
