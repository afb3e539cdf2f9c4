"""One sequence with its answers, and the words for what goes in and what comes out."""

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from jaxtyping import Array, Bool, Float, Int


class Example(NamedTuple):
    """One sequence of `T` steps; with leading axes, several.

    Attributes:
        inputs: what the model sees at each step: tokens `Int[T]`, or features `Float[T, F]`.
        targets: what it should answer at each step: classes `Int[T]`, bits `Int[T, B]`, or values `Float[T, V]`.
        mask: where loss and score look. Steps outside may hold anything.
    """

    inputs: Int[Array, "*steps"] | Float[Array, "*steps features"]
    targets: Int[Array, "*steps"] | Int[Array, "*steps bits"] | Float[Array, "*steps values"]
    mask: Bool[Array, "*steps"]


@dataclass(frozen=True)
class Tokens:
    """Inputs drawn from a vocabulary of `count` tokens, numbered from 0."""

    count: int


@dataclass(frozen=True)
class Features:
    """Inputs of `count` real numbers a step."""

    count: int


@dataclass(frozen=True)
class Classes:
    """Outputs are logits over `count` classes; the loss is cross-entropy in nats."""

    count: int


@dataclass(frozen=True)
class Bits:
    """Outputs are logits of `count` independent yes-or-no answers, as in predicting the set of legal next symbols.

    The loss is the binary cross-entropy in nats, averaged over them. An answer counts as correct when every bit is,
    that is when the logits above 0 are those of the set bits.
    """

    count: int


@dataclass(frozen=True)
class Values:
    """Outputs are `count` real numbers; the loss is the squared error, averaged over them.

    `tolerance`: an answer counts as correct when every number is this close to its target.
    """

    count: int
    tolerance: float


#: What a step of the output can be.
Output: TypeAlias = Classes | Bits | Values
