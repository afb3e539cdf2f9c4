"""Claim 5: a GRU has lower latency per step, and 5 ms are a challenge for an LSTM."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from lrbench.claims.claim import Claim, Decision, Fact, Outcome
from lrbench.claims.share import share_of
from lrbench.studies import Results
from lrbench.studies.gru_against_lstm.latencies import latencies
from lrbench.studies.gru_against_lstm.measured import UNSTEADY, where


@dataclass(frozen=True)
class Steps:
    """The steps of one width.

    Attributes:
        ratio: median over rounds of LSTM step over GRU step.
        low: the lowest of a round.
        high: the highest.
        lstm_p99: seconds.
    """

    ratio: float
    low: float
    high: float
    lstm_p99: float


class LowerLatency(Claim):
    """Times single steps."""

    number = 5
    of_machine = True

    def measure(self, results: Results) -> dict[str, pl.DataFrame]:
        """Times what was not timed on this machine before."""
        return {"latencies": latencies(results)}

    def decide(self, results: Results, measured: Mapping[str, pl.DataFrame]) -> Decision:
        """Applies the rule that the YAML states."""
        del results
        table, text = measured["latencies"], self.text
        equal_width = table.filter(pl.col("at") == "equal width")
        steps = [Steps(*row) for row in equal_width.select("ratio", "ratio_low", "ratio_high", "lstm_p99").iter_rows()]
        outcome = decided(steps, text)
        lower = sum(is_lower(one, text) for one in steps)
        over = sum(one.lstm_p99 > text["limit_seconds"] for one in steps)
        ratios, slowest = [one.ratio for one in steps], [one.lstm_p99 for one in steps]
        others = table.filter(pl.col("at") == "equal parameters")["ratio"].to_list()
        widths = equal_width["H"].to_list()
        sentence = (
            f"At equal width the LSTM's median step takes {min(ratios):.2f} to {max(ratios):.2f} times as long as the "
            f"GRU's, and longer beyond doubt at {lower} of {len(steps)} widths ({min(widths)} to {max(widths)}); at "
            f"equal parameters {min(others):.2f} to {max(others):.2f} times. The LSTM's 99th percentile goes from "
            f"{min(slowest) * 1e6:,.0f} to {max(slowest) * 1e6:,.0f} µs and is over {text['limit_seconds'] * 1e3:g} ms "
            f"at {over} of {len(steps)} widths. Measured on {where(table)}."
        )
        if outcome == "undecided":
            sentence += f" {UNSTEADY}"
        return Decision(outcome, sentence, tuple(_facts(table)))


def is_lower(steps: Steps, text: Mapping[str, Any]) -> bool:
    """Says whether the GRU's step is shorter beyond doubt."""
    return bool(steps.ratio >= text["lower_by"] and steps.low > 1)


def decided(steps: Sequence[Steps], text: Mapping[str, Any]) -> Outcome:
    """Applies the rule.

    Args:
        steps: of every width, at equal width.
        text: the thresholds.
    """
    if share_of([one.high > text["unsteady"] * one.low for one in steps]) > text["most_unsteady"]:
        return "undecided"
    lower = share_of([is_lower(one, text) for one in steps])
    over = share_of([one.lstm_p99 > text["limit_seconds"] for one in steps])
    if lower >= text["most"] and over >= text["half"]:
        return "supported"
    if over == 0 and lower <= text["few"]:
        return "contradicted"
    return "depends"


def _facts(table: pl.DataFrame) -> list[Fact]:
    facts = []
    for row in table.iter_rows(named=True):
        at = f"H{row['H']}, {row['at']}"
        facts.append(
            Fact(f"LSTM step / GRU step, {at}", row["ratio"], row["ratio_low"], row["ratio_high"], seeds=row["repeats"])
        )
        whose = [("lstm", f"LSTM of {row['lstm_width']}")]
        if row["at"] == "equal width":
            whose.insert(0, ("gru", f"GRU of {row['H']}"))
        facts += [
            Fact(f"{name}, p{percent} of a step, µs", row[f"{who}_p{percent}"] * 1e6)
            for who, name in whose
            for percent in (50, 95, 99)
        ]
    return facts
