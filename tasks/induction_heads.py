"""Induction heads: recall by content, over as long a distance as one likes."""

from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Key

from lrbench.data import Classes, Example, GeneratedTask, Lengths, Published, Tokens
from lrbench.data.fields import require_whole
from lrbench.data.limits import MOST_TOKENS
from lrbench.data.task import Family

MAMBA = "Gu & Dao 2023, arXiv:2312.00752"


@dataclass(frozen=True)
class InductionHeads(GeneratedTask):
    """Recall the token that followed the special token, when the special token comes again at the end.

    Of a vocabulary of V tokens the last, V-1, is the special one; the others are noise, uniform and independent. The
    special token stands once in the stream, at a place drawn uniformly from all but the last two steps, and once at the
    last step, the only one that counts: the answer is the token right after its first appearance. Without memory
    1/(V-1) are right.

    Gu and Dao 2023, "Mamba" (arXiv:2312.00752), Appendix E.1 and Table 11: V = 16, trained at length 2^8 and tested at
    2^6 … 2^20; the form is that of Fu et al. 2023, "Hungry hungry hippos" (arXiv:2212.14052), whose code counts the
    special token in V, as is done here.

    Attributes:
        vocabulary: V, how many different tokens there are, the special one included.

    Examples:
        Key 0, length 12::

            step     0  1  2  3  4  5  6  7  8  9 10 11
            input    1 11  !  7  1  4  7  7 13  0 10  !
            target   -  -  -  -  -  -  -  -  -  -  -  7
            mask     -  -  -  -  -  -  -  -  -  -  -  *

        Key 1, length 12::

            step     0  1  2  3  4  5  6  7  8  9 10 11
            input   12 11  5  7  1 13 12 10  !  2  0  !
            target   -  -  -  -  -  -  -  -  -  -  -  2
            mask     -  -  -  -  -  -  -  -  -  -  -  *
    """

    family: ClassVar[Family] = "recall"
    paper: ClassVar[str] = MAMBA
    published: ClassVar[tuple[Published, ...]] = (
        *(
            Published(
                model=model,
                value=share,
                measure="token accuracy",
                setting=f"tested at 2^{exponent}, trained at 2^8 in batches of 8; V = 16, 2 layers of width {width}, "
                "learning rates 2e-4 and 1e-3, one seed",
                source=f"{MAMBA}, Table 11",
            )
            for model, width, shares in (
                ("Mamba", 64, {9: 1.0, 10: 1.0, 11: 1.0, 20: 1.0}),
                ("attention, absolute positions", 128, {9: 0.586, 10: 0.266, 11: 0.188}),
                ("attention, RoPE", 128, {9: 0.836, 10: 0.313, 11: 0.184}),
                ("attention, xPos", 128, {9: 0.996, 10: 0.676, 11: 0.254}),
                ("H3", 128, {9: 0.809, 20: 0.074}),
                ("Hyena", 128, {9: 1.0, 10: 0.441, 11: 0.125}),
            )
            for exponent, share in shares.items()
        ),
        *(
            Published(
                model=model,
                value=share,
                measure="token accuracy",
                setting="length 30, V = 20; 2 layers of width 32, 5,000 sequences, 400 epochs at 5e-4",
                source="Fu et al. 2023, arXiv:2212.14052",
                recalled=True,
            )
            for model, share in (("H3", 1.0), ("Transformer", 1.0), ("S4D", 0.356))
        ),
    )

    vocabulary: int = 16

    def __post_init__(self) -> None:
        require_whole("vocabulary", self.vocabulary, 3, most=MOST_TOKENS)

    @property
    def inputs(self) -> Tokens:
        """Noise and the special token."""
        return Tokens(self.vocabulary)

    @property
    def output(self) -> Classes:
        """The tokens of the noise."""
        return Classes(self.vocabulary - 1)

    @property
    def lengths(self) -> Lengths:
        """A quarter of the paper's training length; its range of evaluation is `2^6 … 2^20`."""
        return Lengths(train=(16, 64), evaluation=(32, 64, 128, 256, 384, 512))

    def problem(self, length: int) -> str | None:
        """The special token, its follower and the question must have room."""
        return None if length >= 3 else "special token, the token after it and the question need at least 3 steps"

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Draws the noise and the special token's place."""
        noise_key, place_key = jax.random.split(key)
        steps = jnp.arange(size, dtype=jnp.int32)
        last = jnp.asarray(length, jnp.int32) - 1
        noise = jax.random.randint(noise_key, (size,), 0, self.vocabulary - 1)
        place = jax.random.randint(place_key, (), 0, last - 1)
        mask = steps == last
        inputs = jnp.where((steps == place) | mask, self.vocabulary - 1, jnp.where(steps < last, noise, 0))
        return Example(inputs=inputs, targets=jnp.where(mask, inputs[place + 1], 0), mask=mask)

    def lag(self, length: int) -> int:
        """The answer may stand at the second step."""
        return length - 2

    def chance(self, length: int) -> float:
        """Any token is as good a guess as another."""
        return 1 / (self.vocabulary - 1)

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """Finds the special token and looks at the token after it."""
        logits = np.zeros((len(inputs), self.vocabulary - 1))
        logits[-1, inputs[inputs.tolist().index(self.vocabulary - 1) + 1]] = 20.0
        return logits

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """The special token tells nothing of its follower."""
        return np.zeros((len(inputs), self.vocabulary - 1))

    def input_name(self, index: int) -> str:
        """Numbers for noise, ! for the special token."""
        return "!" if index == self.vocabulary - 1 else str(index)
