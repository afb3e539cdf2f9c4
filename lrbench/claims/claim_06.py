"""Claim 6: an LSTM counts and accumulates, a GRU does not; decided by how far each stays exact."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import polars as pl

from lrbench.analysis import decision as decisions
from lrbench.analysis import wording
from lrbench.analysis.contenders import HELD_AT
from lrbench.analysis.selection import at_best_rate
from lrbench.claims.claim import Claim, Decision, Fact, Outcome
from lrbench.studies import Results
from lrbench.studies.largest_n import largest_n, log_contest

#: An arm of this name holds the GRUs that have the parameters of the LSTMs of the arm before the comma.
PARAMETERS = ", equal parameters"
NETWORK = (
    *("arm", "task", "model", "run", "lane", "seed"),
    *("learning_rate", "validation_score", "validation_loss"),
)


@dataclass(frozen=True, eq=False)
class Comparison:
    """LSTM against GRU on one task, under one protocol.

    Attributes:
        name: of task, protocol and matching.
        lstm: median reach.
        gru: median reach.
        trained: the longest n, or length, trained.
        largest: the largest asked.
        paired: log2(LSTM's reach / GRU's) over paired seeds, and the lanes of all rates.
    """

    name: str
    lstm: float
    gru: float
    trained: int
    largest: int
    paired: decisions.Paired


class CountsAndAccumulates(Claim):
    """An LSTM counts and accumulates, a GRU does not."""

    number = 6

    def decide(self, results: Results, measured: Mapping[str, pl.DataFrame]) -> Decision:
        """Compares the reach of LSTM and GRU on every task, protocol and matching as one family."""
        compared = comparisons(reaches(results.rows))
        level, margin = float(self.text["level"]), float(self.text["margin"])
        decided = decisions.decide([one.paired for one in compared], level, margin)
        counts = [one for one in compared if one.gru >= self.text["beyond"] * one.trained]
        facts = [
            Fact(
                f"{one.name}: log2 of the LSTM's reach over the GRU's (medians {one.lstm:.0f} and {one.gru:.0f}, "
                f"trained to {one.trained}, asked to {one.largest})",
                each.difference.mean,
                each.difference.low,
                each.difference.high,
                each.call.corrected,
                each.difference.pairs,
            )
            for one, each in zip(compared, decided, strict=True)
        ]
        outcome, sentence = self._rule(compared, decided, counts)
        unlearnt = [one.name for one in compared if one.gru < one.trained]
        if unlearnt:
            sentence += (
                f" In {len(unlearnt)} of {len(compared)} comparisons the GRU did not become exact on all that it was "
                "trained on, so they also show how fast each learns."
            )
        return Decision(outcome, sentence, tuple(facts))

    def _rule(
        self,
        compared: Sequence[Comparison],
        decided: Sequence[decisions.Decision],
        counts: Sequence[Comparison],
    ) -> tuple[Outcome, str]:
        """Applies the rule; returns outcome and sentence."""
        pairs = list(zip(compared, decided, strict=True))
        further = [one for one, each in pairs if each.call.established and each.difference.mean > 0]
        behind = [one for one, each in pairs if each.call.established and each.difference.mean < 0]
        no_further = [
            one
            for one, each in pairs
            if one.gru >= one.trained
            and each.difference.t_high is not None
            and max(each.difference.high or 0.0, each.difference.t_high) < self.text["margin"]
        ]
        total = len(compared)
        if not compared:
            return "undecided", "LSTM and GRU share no seed, so nothing was compared."
        all_lstm = f"The LSTM reaches further than the GRU in all {total} comparisons"
        if len(further) == total and not counts:
            return "supported", f"{all_lstm}, and the GRU in none to {self._beyond} what it was trained on."
        if len(further) == total:
            return "depends", f"{all_lstm}, but {self._counted(counts)}."
        if further:
            others = [one for one in compared if one not in further]
            text = (
                f"The LSTM reaches further than the GRU in {len(further)} of {total} comparisons, "
                f"{wording.listing([one.name for one in further])}; not on "
                f"{wording.listing([self._described(one, one in behind) for one in others])}."
            )
            return "depends", text + (f" And {self._counted(counts)}." if counts else "")
        if 2 * len(behind) > total or len(no_further) == total:
            text = (
                f"The GRU reaches further in {len(behind)} of {total} comparisons"
                if behind
                else "In no comparison does the LSTM reach further by more than the margin"
            )
            return "contradicted", f"{text}, and the LSTM in none."
        needed = [each.seeds_needed for each in decided if each.seeds_needed is not None]
        seeds = f"; about {max(needed):,} paired seeds would decide all that differ" if needed else ""
        return "undecided", f"In none of {total} comparisons is it established that the LSTM reaches further{seeds}."

    @property
    def _beyond(self) -> str:
        return f"{self.text['beyond']:g} times"

    def _counted(self, counts: Sequence[Comparison]) -> str:
        """Says where the GRU counts, the claim notwithstanding."""
        where = wording.listing([f"{one.name} ({one.gru:.0f})" for one in counts])
        return f"the GRU counts to at least {self._beyond} what it was trained on: {where}"

    def _described(self, one: Comparison, behind: bool) -> str:
        if behind:
            return f"{one.name}, where the GRU does ({one.gru:.0f} against {one.lstm:.0f})"
        if one.lstm == one.gru == one.largest:
            return f"{one.name}, where both hold to {one.largest}, the largest asked"
        return f"{one.name} ({one.lstm:.0f} against {one.gru:.0f})"


def reaches(rows: pl.DataFrame) -> pl.DataFrame:
    """Returns how far each network stays exact.

    Args:
        rows: of the table, of all rates, with `arm`.

    Returns:
        A row for each network with `reach`, `trained` and `largest`. On tasks that count by n: the largest exact n,
        as `largest_n` has it, the longest n trained and the largest asked. On the others: the largest evaluated length
        such that the scaled score there and at every shorter one is at least 0.99, 0 where there is none, and lengths.
    """
    counted = rows.filter(pl.col("n").is_not_null())
    # Not by the validation scores: a score that is missing joins with nothing.
    network = ("arm", "run", "lane")
    longest = (
        counted.filter(pl.col("eval_length") <= pl.col("train_length")).group_by(network).agg(trained=pl.col("n").max())
    )
    by_n = (
        largest_n(counted, NETWORK)
        .join(longest, on=network, maintain_order="left")
        .select(*NETWORK, pl.col("exact").alias("reach"), "trained", "largest")
    )
    held = (pl.col("scaled_score") >= HELD_AT).fill_null(False).cast(pl.Int8).cum_min() == 1
    by_length = (
        rows.filter(pl.col("n").is_null())
        .sort(*NETWORK, "eval_length")
        .group_by(NETWORK, maintain_order=True)
        .agg(
            pl.col("eval_length").filter(held).max().fill_null(0).alias("reach"),
            pl.col("train_length").first().alias("trained"),
            pl.col("eval_length").max().alias("largest"),
        )
    )
    return pl.concat([by_n, by_length])


def comparisons(reach: pl.DataFrame) -> list[Comparison]:
    """Pairs the LSTMs of every arm and task with its GRUs of their width, and with those of their parameters."""
    found = []
    lstms = reach.filter(pl.col("model") == "lstm")
    for (arm, task), first in lstms.group_by("arm", "task", maintain_order=True):
        for suffix, matching in (("", "equal width"), (PARAMETERS, "equal parameters")):
            second = reach.filter(pl.col("arm") == f"{arm}{suffix}", pl.col("task") == task, pl.col("model") == "gru")
            paired = log_contest(first, second, "reach")
            if paired.differences.size:
                found.append(
                    Comparison(
                        name=f"{task} ({arm}, {matching})",
                        lstm=median(at_best_rate(first)["reach"].to_list()),
                        gru=median(at_best_rate(second)["reach"].to_list()),
                        trained=int(first["trained"][0]),
                        largest=int(first["largest"][0]),
                        paired=paired,
                    )
                )
    return found
