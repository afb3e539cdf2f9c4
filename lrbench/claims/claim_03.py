"""Claim 3: a GRU trains faster than an LSTM, by a tenth to a half."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

import polars as pl

from lrbench.analysis.wording import listing
from lrbench.claims.claim import Claim, Decision, Fact, Outcome
from lrbench.claims.share import by_share, share_of
from lrbench.studies import Results
from lrbench.studies.gru_against_lstm.cases import ATS
from lrbench.studies.gru_against_lstm.measured import UNSTEADY, where, words_of
from lrbench.studies.gru_against_lstm.times import times

#: A ratio of time, with the lowest and the highest of a round.
Timing = tuple[float, float, float]


class TrainsFaster(Claim):
    """Times layers and training steps."""

    number = 3
    of_machine = True

    def measure(self, results: Results) -> dict[str, pl.DataFrame]:
        """Times what was not timed on this machine before."""
        return {"times": times(results)}

    def decide(self, results: Results, measured: Mapping[str, pl.DataFrame]) -> Decision:
        """Applies the rule that the YAML states."""
        del results
        table, text = measured["times"], self.text
        groups = {at: _timings(table.filter(pl.col("at") == at)) for at in ATS}
        outcome = decided(list(groups.values()), text)
        window = f"{text['faster_from']} to {text['faster_to']}"
        said = []
        for at in ATS:
            held = [holds(one, text) for one in groups[at]]
            ratios = [one[0] for one in groups[at]]
            said.append(
                f"at {at} the LSTM takes {min(ratios):.2f} to {max(ratios):.2f} times as long, median "
                f"{_median(ratios):.2f}, and {sum(held)} of {len(held)} cases lie within {window}"
            )
        sentence = f"{'; '.join(said)}. {_exceptions(table, text)}Measured on {where(table)}."
        if outcome == "undecided":
            sentence += f" {UNSTEADY}"
        facts = [
            Fact(
                f"LSTM time / GRU time, {row['at']}, {words_of(row)}",
                row["ratio"],
                row["ratio_low"],
                row["ratio_high"],
                seeds=row["repeats"],
            )
            for row in table.iter_rows(named=True)
        ]
        facts += [
            Fact(f"share of cases that hold, {at}", share_of([holds(one, text) for one in groups[at]])) for at in ATS
        ]
        return Decision(outcome, sentence[0].upper() + sentence[1:], tuple(facts))


def holds(timing: Timing, text: Mapping[str, Any]) -> bool:
    """Says whether a case is as said: its median ratio in the window, and every round over 1."""
    median, low, _ = timing
    return text["faster_from"] <= median <= text["faster_to"] and low > 1


def decided(groups: Sequence[Sequence[Timing]], text: Mapping[str, Any]) -> Outcome:
    """Applies the rule.

    Args:
        groups: the timings at equal width, and those at equal parameters.
        text: the thresholds.
    """
    unsteady = [high > text["unsteady"] * low for group in groups for _, low, high in group]
    if share_of(unsteady) > text["most_unsteady"]:
        return "undecided"
    shares = [share_of([holds(one, text) for one in group]) for group in groups]
    return by_share(shares, text["supported_from"], text["contradicted_to"])


def _timings(table: pl.DataFrame) -> list[Timing]:
    return list(table.select("ratio", "ratio_low", "ratio_high").iter_rows())


def _exceptions(table: pl.DataFrame, text: Mapping[str, Any]) -> str:
    """Names the cases at equal width that do not hold."""
    outside = [
        f"{words_of(row)} ({row['ratio']:.2f})"
        for row in table.filter(pl.col("at") == "equal width").iter_rows(named=True)
        if not holds((row["ratio"], row["ratio_low"], row["ratio_high"]), text)
    ]
    return f"At equal width it does not hold for {listing(outside)}. " if outside else ""


def _median(values: Sequence[float]) -> float:
    return float(median(values))
