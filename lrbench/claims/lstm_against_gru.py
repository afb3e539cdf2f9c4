"""LSTM against GRU: each at the rate that validation selects, paired by seed, decided as one family."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal

import numpy as np
import polars as pl

from lrbench.analysis import wording
from lrbench.analysis.contenders import prepare
from lrbench.analysis.contest import contest
from lrbench.analysis.decision import Decision, decide
from lrbench.analysis.selection import select_rates, with_contender
from lrbench.claims.claim import Fact
from lrbench.claims.interval import at_most, ends

#: What one comparison is of.
CELL = ("arm", "task", "train_length", "eval_length")

#: What a comparison says of an advantage of the LSTM: it has one; the GRU is as good; neither is shown; or neither of
#: the two learned the task, so that there is nothing to compare.
State = Literal["lstm better", "gru as good", "open", "not learned"]


@dataclass(frozen=True)
class Duel:
    """One comparison, LSTM less GRU.

    Attributes:
        arm: the sweep that it belongs to.
        task: the task.
        train_length: longest training sequence.
        eval_length: where it is decided.
        lag: steps between a piece of information and its use, at that length.
        lstm: the LSTM's mean scaled score.
        gru: the GRU's.
        differences: of the scaled scores, by seed.
        decision: what the sign-flip test says, corrected over the family.
    """

    arm: str
    task: str
    train_length: int
    eval_length: int
    lag: int
    lstm: float
    gru: float
    differences: np.ndarray
    decision: Decision

    @property
    def place(self) -> str:
        """Names task and length, as "adding at length 500" or "adding at length 1,000, trained to 500"."""
        trained = "" if self.eval_length == self.train_length else f", trained to {self.train_length:,}"
        return f"{self.task} at length {self.eval_length:,}{trained}"

    @property
    def winner(self) -> Literal["LSTM", "GRU"] | None:
        """Whose lead is established and is more than practically nothing; None where nobody's is."""
        if not self.decision.call.established or self.decision.practical == "equal":
            return None
        return "LSTM" if self.decision.difference.mean > 0 else "GRU"

    def fact(self) -> Fact:
        """Returns the numbers of the comparison."""
        low, high = ends(self.decision.difference)
        return Fact(
            what=f"{self.place} (lag {self.lag:,}), {self.arm}: LSTM {wording.score(self.lstm)}, GRU "
            f"{wording.score(self.gru)}; LSTM less GRU, scaled score",
            value=self.decision.difference.mean,
            low=low,
            high=high,
            p_value=self.decision.call.corrected,
            seeds=self.decision.difference.pairs,
        )


def searched(rows: pl.DataFrame, *, selected: bool) -> pl.DataFrame:
    """Returns the rows of each arm, gaps in the scores closed; of all learning rates, or of those that are selected.

    A scaled score is taken as at least 0: below chance a model is useless, however far below.

    Args:
        rows: with the column `arm`.
        selected: whether to keep only the rate that validation selects, for each arm, task, training length and model.
    """
    kept = []
    for (arm,), part in rows.group_by("arm", maintain_order=True):
        table = part.drop("arm").unique(["run", "lane", "eval_length"], maintain_order=True)
        own = with_contender(prepare(table))
        own = select_rates(table).keep(own) if selected else own
        kept.append(own.with_columns(pl.lit(arm).alias("arm"), pl.col("scaled_score").clip(lower_bound=0.0)))
    return pl.concat(kept)


def paired(first: pl.DataFrame, second: pl.DataFrame) -> pl.DataFrame:
    """Returns a row for each comparison of two models.

    Args:
        first: rows of one model, one for each seed of a comparison.
        second: rows of the other.

    Returns:
        The columns of `CELL`, `lag`, and lists by seed: `first`, `second` and `differences`, first less second.
    """
    score = pl.col("scaled_score")
    other = second.select(*CELL, "seed", score.alias("second"))
    return (
        first.join(other, on=[*CELL, "seed"])
        .sort(*CELL, "seed")
        .with_columns((score - pl.col("second")).alias("differences"))
        .group_by(CELL, maintain_order=True)
        .agg(pl.col("lag").first(), score.alias("first"), "second", "differences")
    )


def duels(rows: pl.DataFrame, *, level: float, margin: float) -> tuple[Duel, ...]:
    """Compares LSTM and GRU wherever both were tested, in each arm; all of these comparisons are one family.

    Args:
        rows: of the models `lstm` and `gru`, with the column `arm`.
        level: chance of any false call in the family.
        margin: the smallest difference of mean scaled scores that matters.
    """
    best = searched(rows, selected=True)
    cells = paired(*(best.filter(pl.col("model") == model) for model in ("lstm", "gru"))).to_dicts()
    everything = searched(rows, selected=False)
    contests = [contest(*(_lanes(everything, cell, model) for model in ("lstm", "gru"))) for cell in cells]
    return tuple(
        Duel(
            **{name: cell[name] for name in (*CELL, "lag")},
            lstm=float(np.mean(cell["first"])),
            gru=float(np.mean(cell["second"])),
            differences=one.differences,
            decision=decision,
        )
        for cell, one, decision in zip(cells, contests, decide(contests, level, margin), strict=True)
    )


def _lanes(rows: pl.DataFrame, cell: Mapping[str, Any], model: str) -> pl.DataFrame:
    """Returns the lanes of all rates of a model in a comparison."""
    return rows.filter(pl.col("model") == model, *(pl.col(name) == cell[name] for name in CELL))


def learned(duel: Duel, least: float) -> bool:
    """Says whether the better of the two has at least a mean scaled score, so that there is something to compare."""
    return max(duel.lstm, duel.gru) >= least


def state(duel: Duel, *, margin: float, least: float) -> State:
    """Says whether the LSTM is better, or the GRU as good.

    The LSTM is better where its lead is established and not practically equal to nothing. The GRU is as good where its
    own lead is established, or where no more than the margin of the LSTM's lead is left: both 95 % intervals of the
    mean end below it, over at least 6 pairs.
    """
    if not learned(duel, least):
        return "not learned"
    if duel.winner == "LSTM":
        return "lstm better"
    if duel.winner == "GRU" or at_most(duel.decision.difference, margin):
        return "gru as good"
    return "open"


def needed(compared: Sequence[Duel]) -> str:
    """Says how many seeds would decide comparisons that are open."""
    known = sorted(duel.decision.seeds_needed for duel in compared if duel.decision.seeds_needed is not None)
    if not known:
        return "no number of seeds up to 10,000 would decide if the differences seen are the true ones"
    middle = round(median(known))
    return f"if the differences seen are the true ones, about {middle:,} seeds would decide the middle one of them"
