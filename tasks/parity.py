"""Parity: the regular language that separates recurrences that can flip a state from those that cannot."""

from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Key

from lrbench.data import Classes, Example, GeneratedTask, Lengths, Published, Tokens
from lrbench.data.chomsky_hierarchy import SETTING, deletang_results
from lrbench.data.fair_bits import fair_bits
from lrbench.data.task import Family

GRAZZI = "Grazzi et al. 2024, arXiv:2411.12537"
HARTL = "arXiv:2606.12364"


@dataclass(frozen=True)
class Parity(GeneratedTask):
    """Is the number of ones in a string of random bits odd? Asked once, at the last bit.

    Bits are uniform and independent. The class (0 even, 1 odd) is asked at the last step, where the last bit is read:
    there is no separate query step. Without a memory nothing beats one half.

    Layout and lengths (train 3 to 40, evaluate 40 to 256) follow Grazzi et al. 2024, "Unlocking state-tracking in
    linear RNNs through negative eigenvalues" (arXiv:2411.12537); Delétang et al. 2022 (arXiv:2207.02098) ask one step
    after the last bit and test lengths 41 to 500.

    Examples:
        Key 0, length 8::

            step    0 1 2 3 4 5 6 7
            input   1 1 0 0 1 0 0 1
            target  - - - - - - - 0
            mask    - - - - - - - *

        Key 1, length 8::

            step    0 1 2 3 4 5 6 7
            input   0 1 0 0 1 1 1 1
            target  - - - - - - - 1
            mask    - - - - - - - *
    """

    family: ClassVar[Family] = "state tracking"
    paper: ClassVar[str] = GRAZZI
    published: ClassVar[tuple[Published, ...]] = (
        *(
            Published(
                model=model,
                value=value,
                measure="scaled accuracy",
                setting="strings of 40 to 256 bits after training on 3 to 40; 2 layers of width 128, batch 256, 20,000 "
                "to 100,000 steps",
                source=GRAZZI,
            )
            for model, value in (
                ("Transformer", 0.022),
                ("mLSTM", 0.087),
                ("sLSTM", 1.0),
                ("Mamba", 0.0),
                ("Mamba, eigenvalues in [-1, 1]", 1.0),
                ("DeltaNet", 0.017),
                ("DeltaNet, eigenvalues in [-1, 1]", 1.0),
            )
        ),
        Published(
            model="xLSTM with a recurrent layer",
            value=1.0,
            measure="accuracy",
            setting="parity at length 2048",
            source=HARTL,
        ),
        Published(
            model="Mamba-2",
            value=0.352,
            measure="accuracy",
            setting="at most, over parity and S3 at length 2048",
            source=HARTL,
        ),
        *deletang_results(
            {"RNN": 100, "LSTM": 100, "Stack-RNN": 100, "Tape-RNN": 100, "Transformer": 52.0},
            setting=f"asked one step after the last bit; {SETTING}",
        ),
    )

    @property
    def inputs(self) -> Tokens:
        """Bits."""
        return Tokens(2)

    @property
    def output(self) -> Classes:
        """0 for an even, 1 for an odd number of ones."""
        return Classes(2)

    @property
    def lengths(self) -> Lengths:
        """The lengths of Grazzi et al. 2024."""
        return Lengths(train=(3, 40), evaluation=(40, 64, 96, 128, 192, 256))

    def problem(self, length: int) -> str | None:
        """With one bit there is nothing to remember."""
        return None if length >= 2 else "one bit is its own parity, so at least 2 steps are needed"

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Draws `length` fair bits; the target stands at the last."""
        steps = jnp.arange(size, dtype=jnp.int32)
        bits = jnp.where(steps < length, fair_bits(key, size), 0)
        mask = steps == length - 1
        return Example(inputs=bits, targets=jnp.where(mask, jnp.sum(bits) % 2, 0), mask=mask)

    def lag(self, length: int) -> int:
        """From the first bit to the answer."""
        return length - 1

    def chance(self, length: int) -> float:
        """A coin."""
        return 0.5

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """Adds the bits up and looks whether the sum is odd, at every step."""
        return np.eye(2)[np.cumsum(inputs) % 2]

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """Says that the parity is the last bit."""
        return np.eye(2)[inputs]
