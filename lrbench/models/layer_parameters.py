"""How many parameters a GRU layer and an LSTM layer have, bias by bias, and the widths at which the two are equal.

Letters: I inputs, H hidden units. A gate has a kernel [I, H] and a recurrent kernel [H, H]; a GRU has three of them,
with the candidate's, and an LSTM four. Libraries differ in the biases.
"""

import math
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass

#: Blocks of kernels in a layer.
GRU_GATES, LSTM_GATES = 3, 4


@dataclass(frozen=True)
class Biases:
    """A convention of biases.

    Attributes:
        name: what a person reads.
        gru: bias vectors [H] in a GRU layer.
        lstm: the same in an LSTM layer.
    """

    name: str
    gru: int
    lstm: int


NO_BIAS = Biases("no biases", 0, 0)
#: Flax NNX.
ONE_BIAS = Biases("one bias a gate", 3, 4)
#: cuDNN and torch: one beside each of the two kernels.
TWO_BIASES = Biases("two biases a gate", 6, 8)
#: lrbench and Flax Linen: the GRU's candidate alone has a second one, which the reset gate scales.
CANDIDATE_BIAS = Biases("one bias a gate, a second for the GRU's candidate", 4, 4)
#: Keras with `reset_after=True`, its default.
KERAS = Biases("two biases a gate of the GRU, one of the LSTM", 6, 4)


def gru_parameters(inputs: int, width: int, biases: Biases = CANDIDATE_BIAS) -> int:
    """Returns the parameters of a GRU layer: 3 H (I + H), and its biases."""
    return width * (GRU_GATES * (inputs + width) + biases.gru)


def lstm_parameters(inputs: int, width: int, biases: Biases = CANDIDATE_BIAS) -> int:
    """Returns the parameters of an LSTM layer: 4 H (I + H), and its biases."""
    return width * (LSTM_GATES * (inputs + width) + biases.lstm)


def equal_lstm_width(budget: int, inputs: Callable[[int], int], biases: Biases = CANDIDATE_BIAS) -> int:
    """Returns the width of the LSTM layer whose parameters are nearest to a budget; of two equally near, the smaller.

    Args:
        budget: parameters.
        inputs: from the LSTM's width to how many inputs it has then; must not fall.
        biases: the convention.

    Raises:
        ValueError: a budget under 1.
    """
    if budget < 1:
        raise ValueError(f"a budget of {budget} parameters leaves no layer; give 1 or more")

    def count(width: int) -> int:
        return lstm_parameters(inputs(width), width, biases)

    # 4 H² alone reaches the budget there.
    widest = math.isqrt(budget) // 2 + 1
    above = 1 + bisect_left(range(1, widest + 1), budget, key=count)
    return min((max(1, above - 1), above), key=lambda width: (abs(count(width) - budget), width))


def equal_width_ratio(inputs_per_unit: int | float) -> float:
    """Returns the LSTM's width over the GRU's at equal parameters and equal inputs, biases left out, not rounded.

    With ρ = I/H, 4 h (I + h) = 3 H (I + H) has the root h/H = (√(ρ² + 3ρ + 3) - ρ) / 2: √3/2 = 0.866 without inputs,
    and towards 3/4 with many of them. Where the inputs are ρ times each layer's own width, h/H is √(3/4) for any ρ.

    Args:
        inputs_per_unit: ρ.
    """
    rho = inputs_per_unit
    # The same root without a difference of large numbers.
    return 1.5 * (1 + rho) / (math.sqrt(rho * rho + 3 * rho + 3) + rho)
