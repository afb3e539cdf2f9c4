"""Claim 4: a GRU needs a third less memory than an LSTM."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from lrbench.claims.claim import Claim, Decision, Fact, Outcome
from lrbench.claims.share import by_share, share_of
from lrbench.studies import Results
from lrbench.studies.gru_against_lstm.cases import ATS
from lrbench.studies.gru_against_lstm.measured import where, words_of
from lrbench.studies.gru_against_lstm.memory import memory

#: Columns of a measurement, and what a person reads.
_WAYS = {"temporary": "compiled temporaries", "lift": "lift of the resident peak", "peak": "whole process at its peak"}
_DECIDING = ("temporary", "lift")


class ThirdLessMemory(Claim):
    """Measures the memory of training steps in fresh processes."""

    number = 4
    of_machine = True

    def measure(self, results: Results) -> dict[str, pl.DataFrame]:
        """Measures what was not measured on this machine before."""
        return {"memory": memory(results)}

    def decide(self, results: Results, measured: Mapping[str, pl.DataFrame]) -> Decision:
        """Applies the rule that the YAML states."""
        del results
        table, text = measured["memory"], self.text
        groups = {
            at: [
                saving
                for way in _DECIDING
                for saving in savings(table.filter(pl.col("at") == at), way, text["smallest_lift"])
            ]
            for at in ATS
        }
        outcome = decided(list(groups.values()), text)
        said = []
        for at in ATS:
            ways = [
                f"{_percent(those)} ({_WAYS[way]})"
                for way in _WAYS
                if (those := savings(table.filter(pl.col("at") == at), way, text["smallest_lift"]))
            ]
            held = sum(holds(one, text) for one in groups[at])
            said.append(
                f"at {at} the GRU saves {', '.join(ways) or 'nothing that could be measured'}; {held} of "
                f"{len(groups[at])} measurements are near a third"
            )
        sentence = f"{'. '.join(one[0].upper() + one[1:] for one in said)}. Measured on {where(table)}."
        return Decision(outcome, sentence, tuple(_facts(table)))


def savings(table: pl.DataFrame, way: str, smallest_lift: int) -> list[float]:
    """Returns 1 - GRU/LSTM of one way to measure, of the rows that have it.

    Args:
        table: rows of `lrbench.studies.gru_against_lstm.memory.MEMORY`.
        way: "temporary", "lift" or "peak".
        smallest_lift: bytes under which a lift says nothing.
    """
    found = []
    for gru, lstm in table.select(f"gru_{way}", f"lstm_{way}").iter_rows():
        if gru is None or not lstm or (way == "lift" and min(gru, lstm) < smallest_lift):
            continue
        found.append(1 - gru / lstm)
    return found


def holds(saving: float, text: Mapping[str, Any]) -> bool:
    """Says whether a saving is near a third."""
    return bool(text["saving_from"] <= saving <= text["saving_to"])


def decided(groups: Sequence[Sequence[float]], text: Mapping[str, Any]) -> Outcome:
    """Applies the rule.

    Args:
        groups: the savings at equal width, and those at equal parameters.
        text: the thresholds.

    Returns:
        "undecided" where nothing could be measured.
    """
    if not all(groups):
        return "undecided"
    shares = [share_of([holds(one, text) for one in group]) for group in groups]
    return by_share(shares, text["supported_from"], text["contradicted_to"])


def _percent(values: Sequence[float]) -> str:
    low, high = (f"{round(100 * value)}".replace("-", "−") for value in (min(values), max(values)))
    return f"{low} %" if low == high else f"{low} to {high} %"


def _facts(table: pl.DataFrame) -> list[Fact]:
    facts = []
    for row in table.iter_rows(named=True):
        whose = [("lstm", f"LSTM of {row['lstm_width']}, {row['at']}")]
        if row["at"] == ATS[0]:  # the same process stands in the row of the other LSTM
            whose.insert(0, ("gru", f"GRU of {row['H']}"))
        facts += [
            Fact(f"{words_of(row)}, {name}: {what}, MiB", row[f"{who}_{way}"] / 2**20)
            for who, name in whose
            for way, what in _WAYS.items()
            if row[f"{who}_{way}"] is not None
        ]
    return facts
