"""Claim 1: a GRU layer has a quarter fewer parameters than an LSTM layer of the same width."""

from collections.abc import Mapping
from itertools import product
from typing import Any

import polars as pl

from lrbench.claims.claim import Claim, Decision, Fact, Outcome
from lrbench.models import GRU, LSTM, Architecture
from lrbench.models.layer_parameters import (
    CANDIDATE_BIAS,
    KERAS,
    NO_BIAS,
    ONE_BIAS,
    TWO_BIASES,
    Biases,
    gru_parameters,
    lstm_parameters,
)
from lrbench.studies import Results

#: What the articles say, in percent.
_CLAIMED = 25.0


class FewerParameters(Claim):
    """Counts; nothing is trained."""

    number = 1

    def decide(self, results: Results, measured: Mapping[str, pl.DataFrame]) -> Decision:
        """Applies the rule that the YAML states."""
        del results, measured
        text = self.text
        grid = list(product(text["inputs"], text["hidden"]))
        savings = {
            biases.name: [_saving(*_counts(inputs, width, biases)) for inputs, width in grid]
            for biases in (ONE_BIAS, TWO_BIASES)
        }
        deciding = [saving for those in savings.values() for saving in those]
        published = text["published"]
        ours = _counts(published["inputs"], published["hidden"], ONE_BIAS)
        nearest = min(
            (NO_BIAS, ONE_BIAS, TWO_BIASES, CANDIDATE_BIAS, KERAS),
            key=lambda biases: max(_off(_counts(published["inputs"], published["hidden"], biases), published)),
        )
        exact = _counts(published["inputs"], published["hidden"], nearest)
        outcome = decided(
            deciding,
            text["tolerance_points"],
            _off(ours, published),
            text["published_tolerance"],
        )
        facts = [
            Fact(f"saving of a layer in percent, {name}, {len(those)} sizes", _middle(those), min(those), max(those))
            for name, those in savings.items()
        ]
        at = f"at H={published['hidden']}, I={published['inputs']}"
        for who, with_one, other in zip(("GRU", "LSTM"), ours, exact, strict=True):
            facts += [
                Fact(f"parameters of the {who} layer {at}, {ONE_BIAS.name}", with_one),
                Fact(f"parameters of the {who} layer {at}, {nearest.name}", other),
            ]
        for biases in (CANDIDATE_BIAS, KERAS):
            those = [_saving(*_counts(inputs, width, biases)) for inputs, width in grid]
            facts.append(
                Fact(
                    f"saving of a layer in percent, {biases.name}, {len(those)} sizes",
                    _middle(those),
                    min(those),
                    max(those),
                )
            )
        models = {model["what"]: _saving(*_whole(model, published["hidden"])) for model in text["models"]}
        facts += [
            Fact(f"saving of a whole model in percent, one layer of {published['hidden']}, {what}", saving)
            for what, saving in models.items()
        ]
        sentence = (
            f"With one bias a gate, and with two, the saving is {_range(deciding)} in all {len(deciding)} counts. "
            f"A{at[1:]} a GRU has {ours[0]:,} and an LSTM {ours[1]:,} with one; the published {published['gru']:,} and "
            f"{published['lstm']:,} are nearest to the counts with {nearest.name}, {exact[0]:,} and {exact[1]:,}. "
            f"Of whole models the saving is "
            f"{', '.join(f'{saving:.1f} % ({what})' for what, saving in models.items())}."
        )
        return Decision(outcome, sentence, tuple(facts))


def decided(
    savings: list[float], tolerance_points: float, off_published: list[float], published_tolerance: float
) -> Outcome:
    """Applies the rule.

    Args:
        savings: in percent, of every count that decides.
        tolerance_points: percentage points that a saving may be off 25.
        off_published: relative distances of our counts from the published ones.
        published_tolerance: how far they may be off.
    """
    close = [abs(saving - _CLAIMED) <= tolerance_points for saving in savings]
    if all(close) and all(off <= published_tolerance for off in off_published):
        return "supported"
    return "depends" if any(close) else "contradicted"


def _counts(inputs: int, width: int, biases: Biases) -> tuple[int, int]:
    return gru_parameters(inputs, width, biases), lstm_parameters(inputs, width, biases)


def _off(counts: tuple[int, int], published: Mapping[str, Any]) -> list[float]:
    """Returns how far counts are off the published ones, relative to them."""
    return [abs(mine / published[who] - 1) for who, mine in zip(("gru", "lstm"), counts, strict=True)]


def _whole(model: Mapping[str, Any], width: int) -> tuple[int, int]:
    gru, lstm = (
        Architecture(layer, layers=1, norm="none", residual=False, width=width).build(
            encoder=model["encoder"], inputs=model["inputs"], outputs=model["outputs"]
        )
        for layer in (GRU, LSTM)
    )
    return gru.parameters, lstm.parameters


def _saving(gru: int, lstm: int) -> float:
    return 100 * (1 - gru / lstm)


def _middle(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def _range(values: list[float]) -> str:
    low, high = f"{min(values):.2f}", f"{max(values):.2f}"
    return f"{low} %" if low == high else f"{low} to {high} %"
