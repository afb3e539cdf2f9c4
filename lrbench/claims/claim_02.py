"""Claim 2: the constant 0.866 between the widths of an LSTM and a GRU of equal parameters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import polars as pl

from lrbench.claims.claim import Claim, Decision, Fact
from lrbench.claims.share import by_share, share_of
from lrbench.models import GRU, LSTM, Architecture, solve_width
from lrbench.models.layer_parameters import (
    ONE_BIAS,
    equal_lstm_width,
    equal_width_ratio,
    gru_parameters,
    lstm_parameters,
)
from lrbench.studies import Results


@dataclass(frozen=True)
class Constant:
    """What the constant gives for one GRU layer.

    Attributes:
        width: of the LSTM by the constant, rounded.
        exact: the width whose parameters are nearest.
        off: the LSTM's parameters at `width` over the GRU's, minus 1.
        exact_off: the same at `exact`.
    """

    width: int
    exact: int
    off: float
    exact_off: float

    def holds(self, tolerance: float) -> bool:
        """Whether the constant is as good as the solver, or within the tolerance."""
        return abs(self.off) <= tolerance or self.width == self.exact


class OneConstant(Claim):
    """Counts and solves; nothing is trained."""

    number = 2

    def decide(self, results: Results, measured: Mapping[str, pl.DataFrame]) -> Decision:
        """Applies the rule that the YAML states."""
        del results, measured
        text = self.text
        constant, tolerance = text["constant"], text["tolerance"]
        scaled = {
            (times, hidden): by_constant(_multiple(times), hidden, constant)
            for times, hidden in product(text["multiples"], text["hidden"])
        }
        fixed = {
            (inputs, hidden): by_constant(_fixed(inputs), hidden, constant)
            for inputs, hidden in product(text["inputs"], text["hidden"])
        }
        shares = [share_of([one.holds(tolerance) for one in group.values()]) for group in (scaled, fixed)]
        outcome = by_share(shares, text["supported_from"], text["contradicted_to"])
        holding = [inputs / hidden for (inputs, hidden), one in fixed.items() if one.holds(tolerance)]
        failing = [inputs / hidden for (inputs, hidden), one in fixed.items() if not one.holds(tolerance)]
        named = {
            (one["inputs"], one["hidden"]): by_constant(_fixed(one["inputs"]), one["hidden"], constant)
            for one in text["named"]
        }
        sentence = (
            f"{constant} is the square root of 3/4, rounded. It holds in {_of(scaled, tolerance)} where the inputs "
            f"grow with the layer, and in {_of(fixed, tolerance)} where their number is fixed"
            f"{_where(holding, failing)}. "
            + " ".join(
                f"A GRU of {hidden} with {inputs} inputs needs an LSTM of {one.exact} ({one.exact_off:+.2%}); the "
                f"constant gives {one.width} ({one.off:+.1%})."
                for (inputs, hidden), one in named.items()
            )
        )
        facts = [
            Fact("share of cases that hold, inputs as wide as the layer or twice", shares[0]),
            Fact("share of cases that hold, fixed inputs", shares[1]),
            *(
                Fact(
                    f"LSTM width over GRU width at equal parameters, {times} inputs a unit, no biases, not rounded",
                    equal_width_ratio(times),
                )
                for times in (0, 0.5, 1, 4, 16)
            ),
        ]
        for (inputs, hidden), one in named.items():
            facts += _facts(f"layers, GRU of {hidden}, {inputs} inputs", hidden, one)
        for model in text["models"]:
            facts += _facts(
                f"whole model, {model['what']}", text["model_width"], _whole(model, text["model_width"], constant)
            )
        return Decision(outcome, sentence, tuple(facts))


def _multiple(times: int) -> Callable[[int], int]:
    return lambda width: times * width


def _fixed(inputs: int) -> Callable[[int], int]:
    return lambda _: inputs


def by_constant(inputs: Callable[[int], int], hidden: int, constant: float) -> Constant:
    """Compares the constant with the exact width, for layers alone with one bias a gate.

    Args:
        inputs: from a layer's width to its inputs.
        hidden: the GRU's width.
        constant: the LSTM's width over it.
    """
    budget = gru_parameters(inputs(hidden), hidden, ONE_BIAS)
    width, exact = round(constant * hidden), equal_lstm_width(budget, inputs, ONE_BIAS)
    off, exact_off = (lstm_parameters(inputs(one), one, ONE_BIAS) / budget - 1 for one in (width, exact))
    return Constant(width, exact, off, exact_off)


def _whole(model: Mapping[str, Any], hidden: int, constant: float) -> Constant:
    use = {name: model[name] for name in ("encoder", "inputs", "outputs")}

    def architecture(layer: type[GRU] | type[LSTM], width: int) -> Architecture:
        return Architecture(layer, layers=1, norm="none", residual=False, width=width, embedding=model["embedding"])

    budget = architecture(GRU, hidden).build(**use).parameters
    match = solve_width(architecture(LSTM, 1), "parameters", budget, **use)
    width = round(constant * hidden)
    off = architecture(LSTM, width).build(**use).parameters / budget - 1
    return Constant(width, match.width, off, match.residual)


def _facts(what: str, hidden: int, one: Constant) -> list[Fact]:
    return [
        Fact(f"{what}: exact LSTM width over GRU width", one.exact / hidden),
        Fact(f"{what}: LSTM parameters over the GRU's at the exact width, minus 1", one.exact_off),
        Fact(f"{what}: the same at the width that the constant gives", one.off),
    ]


def _of(group: Mapping[Any, Constant], tolerance: float) -> str:
    return f"{sum(one.holds(tolerance) for one in group.values())} of {len(group)} cases"


def _where(holding: list[float], failing: list[float]) -> str:
    """Says at how many inputs a unit it holds and fails."""
    parts = [
        f"{verb} at {min(those):.3g} to {max(those):.3g} inputs a unit"
        for verb, those in (("it holds", holding), ("it fails", failing))
        if those
    ]
    return f" ({', '.join(parts)})" if parts else ""
