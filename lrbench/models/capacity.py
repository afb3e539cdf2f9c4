"""The width that gives a model a budget of parameters, state or operations: fair comparisons start here."""

import dataclasses
import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from lrbench.models.architecture import Architecture
from lrbench.models.flops import step_flops
from lrbench.models.layers import GRU
from lrbench.models.stack import Encoder

#: What two models can have in common: parameters and state of the whole model, its operations a step, or its width.
Matched = Literal["parameters", "state", "flops", "width"]

#: Where no budget is named, it is what this network has on the task.
REFERENCE = Architecture(GRU, layers=1, norm="none", residual=False, width=64)

# A model whose smallest size is this many times the budget cannot be called matched.
MOST_OVER_BUDGET = 2

_WORDS = {
    "parameters": "parameters",
    "state": "state numbers",
    "flops": "operations a step",
    "width": "units",
}


@dataclass(frozen=True)
class Match:
    """The width nearest to a budget.

    Attributes:
        by: what is matched.
        width: of the blocks.
        value: what the model has of it at this width.
        budget: what was asked for.
        residual: (value - budget) / budget.
    """

    by: Matched
    width: int
    value: int
    budget: int
    residual: float


def solve_width(
    architecture: Architecture, by: Matched, budget: int | None = None, *, encoder: Encoder, inputs: int, outputs: int
) -> Match:
    """Finds the width whose whole model is nearest to a budget; of two equally near, the smaller.

    Args:
        architecture: its width is ignored; all else is kept.
        by: "parameters" (trained numbers, encoder and head included), "state" (numbers carried per sequence), "flops"
            (see `step_flops`) or "width".
        budget: how much of it; None: as much as `REFERENCE` has with the same inputs and outputs.
        encoder: as in `Architecture.build`.
        inputs: as in `Architecture.build`.
        outputs: as in `Architecture.build`.

    Raises:
        ValueError: a budget under 1, or even width 1 is over twice the budget.
    """
    if budget is not None and budget < 1:
        raise ValueError(f"a budget of {budget} {_WORDS[by]} leaves no model; give 1 or more")

    def count_of(architecture: Architecture) -> int:
        if by == "width":
            assert architecture.width is not None
            return architecture.width
        model = architecture.build(encoder=encoder, inputs=inputs, outputs=outputs)
        if by == "flops":
            return step_flops(model, encoder, inputs)
        return model.parameters if by == "parameters" else model.state_size

    @functools.cache
    def count(width: int) -> int:
        return count_of(dataclasses.replace(architecture, width=width))

    budget = count_of(REFERENCE) if budget is None else budget
    if count(1) > MOST_OVER_BUDGET * budget:
        raise ValueError(
            f"a budget of {budget} {_WORDS[by]} is too small for this model: at width 1 it has {count(1)}; "
            f"give at least {count(1)}, or fewer layers"
        )
    above = _first_at_least(count, budget)
    width = min((max(1, above - 1), above), key=lambda width: (abs(count(width) - budget), width))
    value = count(width)
    return Match(by=by, width=width, value=value, budget=budget, residual=(value - budget) / budget)


def _first_at_least(count: Callable[[int], int], budget: int) -> int:
    """Returns the smallest width whose count reaches the budget; counts grow with the width."""
    high = 1
    while count(high) < budget:
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if count(middle) >= budget else (middle, high)
    return high
