"""A trained model in coarser numbers: what it carries rounded after every step, its weights rounded once.

Products, gates and sums stay float32 (fake quantisation): what is measured is what the format of the stored numbers
costs, and not that of the arithmetic.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Literal

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from lrbench.models import Carry, Model, Params

CarryFormat = Literal["float32", "bfloat16", "float16"]
Granularity = Literal["tensor", "row"]

#: Bits of exponent and of fraction.
_BITS: dict[CarryFormat, tuple[int, int]] = {"bfloat16": (8, 7), "float16": (5, 10)}


@dataclass(frozen=True)
class NumberFormat:
    """In which numbers a model's state and weights are kept.

    Attributes:
        name: as tables and figures have it.
        carry: of what is carried from step to step.
        bits: of a weight, 8 or 4, as whole numbers times a scale; None: float32.
        per: what shares a scale: the whole "tensor", or each "row".
    """

    name: str
    carry: CarryFormat = "float32"
    bits: int | None = None
    per: Granularity = "tensor"


FLOAT32 = NumberFormat("float32")
CARRY_FORMATS = (NumberFormat("bfloat16 carry", carry="bfloat16"), NumberFormat("float16 carry", carry="float16"))
WEIGHT_FORMATS = tuple(
    NumberFormat(f"int{bits} weights per {per}", bits=bits, per=per) for bits in (8, 4) for per in ("tensor", "row")
)
FORMATS = (FLOAT32, *CARRY_FORMATS, *WEIGHT_FORMATS)


def round_carry(carry: Carry, kept: CarryFormat) -> Carry:
    """Rounds every number of a carry to the nearest of a format, ties to even; the arrays stay float32.

    Numbers beyond float16's largest become infinite. Its subnormal numbers, those below 2^-14, become 0.
    """
    if kept == "float32":
        return carry
    # Not by two casts: XLA may leave out a cast to a coarser type and back.
    return jax.tree.map(lambda leaf: jax.lax.reduce_precision(leaf, *_BITS[kept]), carry)


def quantise(params: Params, bits: int, per: Granularity) -> Params:
    """Rounds the weights of all matrices to whole numbers of so many bits times a scale, symmetric around 0.

    With m = 2^(bits-1) - 1 (127, or 7) a weight w becomes round(w / s) s, with the scale s = max |w| / m and ties to
    even, so that -m … m are in use (Jacob et al. 2018, "Quantization and training of neural networks for efficient
    integer-arithmetic-only inference", arXiv:1712.05877, with the zero point at 0). Every parameter is a matrix whose
    name ends with "kernel" or "embedding"; biases and all else stay float32, as is usual.

    Args:
        params: nested dictionaries; leaves `[..., inputs, outputs]`, with or without leading lanes.
        bits: 2 or more.
        per: "tensor": one scale a matrix. "row": one for each output of a kernel (a row of the matrix as papers write
            it, a column of ours) and for each token of an embedding.

    Raises:
        ValueError: fewer than 2 bits.
    """
    if bits < 2:
        raise ValueError(f"{bits} bits leave no symmetric numbers but 0; give 2 or more")
    largest = 2 ** (bits - 1) - 1

    def of(name: str, leaf: Float[Array, "..."]) -> Float[Array, "..."]:
        if not name.endswith(("kernel", "embedding")):
            return leaf
        together = (-2, -1) if per == "tensor" else (-1,) if name.endswith("embedding") else (-2,)
        scale = jnp.max(jnp.abs(leaf), axis=together, keepdims=True) / largest
        scale = jnp.where(scale > 0, scale, jnp.ones_like(scale))
        return jnp.clip(jnp.round(leaf / scale), -largest, largest) * scale

    def walk(tree: Params) -> Params:
        return {
            name: walk(below) if isinstance(below, dict) else of(name, jnp.asarray(below))
            for name, below in tree.items()
        }

    return walk(params)


@dataclass(frozen=True)
class RoundedModel(Model):
    """A model whose carry is rounded after every step.

    Attributes:
        store: rounds a carry.
    """

    store: Callable[[Carry], Carry]

    def apply(
        self,
        params: Params,
        inputs: Int[Array, "time *batch"] | Float[Array, "time *batch features"],
        carry: Carry | None = None,
    ) -> tuple[Carry, Float[Array, "time *batch outputs"]]:
        """Runs the network step by step; see `Model.apply`."""
        if carry is None:
            tokens = jnp.issubdtype(inputs.dtype, jnp.integer)
            carry = self.initial_carry(inputs.shape[1:] if tokens else inputs.shape[1:-1])

        def step(before: Carry, x: Array) -> tuple[Carry, Array]:
            after, outputs = super(RoundedModel, self).apply(params, x[None], before)
            return self.store(after), outputs[0]

        return jax.lax.scan(step, carry, inputs)


def in_format(model: Model, params: Params, number_format: NumberFormat) -> tuple[Model, Params]:
    """Returns a model and its parameters in a number format; float32 leaves both as they are.

    Args:
        model: as it was trained.
        params: its parameters, with or without leading lanes.
        number_format: the format.
    """
    if number_format.bits is not None:
        params = quantise(params, number_format.bits, number_format.per)
    if number_format.carry != "float32":
        kept = number_format.carry
        own = {field.name: getattr(model, field.name) for field in fields(Model)}
        model = RoundedModel(**own, store=lambda carry: round_carry(carry, kept))
    return model, params
