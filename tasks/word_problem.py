"""Word problems of finite groups: the state tracking that separates what parallel models can do."""

from dataclasses import dataclass
from functools import cache
from itertools import permutations
from typing import ClassVar, Literal, get_args

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Key

from lrbench.data import Classes, Example, GeneratedTask, Lengths, Published, Tokens
from lrbench.data.fields import require_choice
from lrbench.data.task import Family

Group = Literal["S3", "A5", "S5", "Z60"]


@cache
def elements(group: Group) -> tuple[tuple[int, ...], ...]:
    """Lists a group's elements as permutations, the identity first.

    S3, S5 and A5 hold (the even) permutations in lexicographic order, as tuples of the images of 0, 1, …; Z60 holds
    the rotations of 60 places, by their angle.
    """
    points = int(group[1:])
    if group[0] == "Z":
        return tuple(tuple((place + turn) % points for place in range(points)) for turn in range(points))
    every = permutations(range(points))
    if group[0] == "S":
        return tuple(every)
    return tuple(one for one in every if sum(a > b for i, b in enumerate(one) for a in one[:i]) % 2 == 0)


@cache
def quotients(group: Group) -> np.ndarray:
    """Tables, for two elements a and b, which element x solves a x = b: `[elements, elements]`."""
    members = elements(group)
    numbers = {member: number for number, member in enumerate(members)}
    table = np.zeros((len(members), len(members)), np.int32)
    for a, first in enumerate(members):
        for x, second in enumerate(members):
            table[a, numbers[tuple(first[place] for place in second)]] = x
    return table


@dataclass(frozen=True)
class WordProblem(GeneratedTask):
    """Multiply the elements of a group as they come, and say the product so far at every step.

    The t-th token is an element x_t, uniform and independent; the t-th label is the product x_1 x_2 … x_t. Every step
    counts, and its label stands at the step that reads x_t. The groups: `S3` (6 elements, not commutative, solvable),
    `A5` (60, not solvable, so its word problem is complete for the class NC¹), `S5` (120, not solvable), and `Z60` (60,
    commutative: addition modulo 60). Elements are permutations, numbered in lexicographic order from the identity, 0;
    a product x y applies y first, (x y)(i) = x(y(i)). Elements of Z60 are numbers.

    Without a memory the first step is right, its product being its token, and 1 in |G| of the others:
    (1 + (T - 1) / |G|) / T at length T.

    Merrill, Petty and Sabharwal 2024, "The illusion of state in state-space models" (arXiv:2404.08819), and their data
    (jopetty/word-problem), whose sequences have 2 to 20 elements, one length a file. The order of the product and the
    numbering of S3 and S5 are those of the library that made them (alreich/abstract_algebra). Deviations: lengths are
    mixed in training, sequences may repeat, and A5 is numbered as said above (theirs is the library's order of a
    subgroup).

    Attributes:
        group: one of the four.

    Examples:
        Key 0, length 8::

            step     0  1  2  3  4  5  6  7
            input   49 22 32 58 22 45 15  8
            target  49  0 32 13 11 27 12 23
            mask     *  *  *  *  *  *  *  *

        Key 1, length 8, group=S3::

            step    0 1 2 3 4 5 6 7
            input   4 1 3 4 1 0 3 3
            target  4 5 2 5 4 4 0 3
            mask    * * * * * * * *

        Key 2, length 8, group=Z60::

            step     0  1  2  3  4  5  6  7
            input   59 33 21 10 34 39 16  9
            target  59 32 53  3 37 16 32 41
            mask     *  *  *  *  *  *  *  *
    """

    family: ClassVar[Family] = "state tracking"
    paper: ClassVar[str] = "Merrill et al. 2024, arXiv:2404.08819"
    published: ClassVar[tuple[Published, ...]] = (
        Published(
            model="xLSTM with a recurrent layer",
            value=1.0,
            measure="accuracy",
            setting="S3 at length 2048",
            source="arXiv:2606.12364",
        ),
        Published(
            model="Mamba-2",
            value=0.352,
            measure="accuracy",
            setting="at most, over parity and S3 at length 2048",
            source="arXiv:2606.12364",
        ),
    )

    group: Group = "A5"

    def __post_init__(self) -> None:
        require_choice("group", self.group, get_args(Group))

    @property
    def inputs(self) -> Tokens:
        """The elements."""
        return Tokens(len(elements(self.group)))

    @property
    def output(self) -> Classes:
        """The elements."""
        return Classes(len(elements(self.group)))

    @property
    def lengths(self) -> Lengths:
        """2 to 20 in training, as in the paper's data, and up to 512 in evaluation."""
        return Lengths(train=(2, 20), evaluation=(20, 32, 64, 128, 256, 512))

    def problem(self, length: int) -> str | None:
        """With one element there is nothing to multiply."""
        return None if length >= 2 else "one element is its own product, so at least 2 steps are needed"

    def sample(self, key: Key[Array, ""], length: int | Int[Array, ""], size: int) -> Example:
        """Draws the products, and finds the elements that lead from each to the next.

        Products of uniform, independent elements are uniform and independent themselves, and determine them.
        """
        order = len(elements(self.group))
        mask = jnp.arange(size, dtype=jnp.int32) < length
        products = jax.random.randint(key, (size,), 0, order, jnp.int32)
        before = jnp.concatenate([jnp.zeros(1, jnp.int32), products[:-1]])
        factors = jnp.asarray(quotients(self.group))[before, products]
        return Example(inputs=jnp.where(mask, factors, 0), targets=jnp.where(mask, products, 0), mask=mask)

    def lag(self, length: int) -> int:
        """From the first element to the last product."""
        return length - 1

    def chance(self, length: int) -> float:
        """The first step, and a guess at the others."""
        return (1 + (length - 1) / len(elements(self.group))) / length

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        """Carries the points along, permutation by permutation."""
        members = elements(self.group)
        where = {member: number for number, member in enumerate(members)}
        logits = np.zeros((len(inputs), len(members)))
        product = members[0]
        for step, token in enumerate(inputs.tolist()):
            product = tuple(product[image] for image in members[token])
            logits[step, where[product]] = 20.0
        return logits

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        """Says that the product is the element."""
        return np.eye(len(elements(self.group)))[inputs]
