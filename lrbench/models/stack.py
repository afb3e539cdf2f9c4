"""The whole network: encoder, blocks of layers with norm and residual by choice, head."""

from collections.abc import Callable
from typing import Literal

import jax.numpy as jnp
from flax import nnx
from jax.nn.initializers import normal
from jax.typing import DTypeLike
from jaxtyping import Array, Float, Int, PyTree

from lrbench.cores import Implementation
from lrbench.models.layers import Layer
from lrbench.models.linear import Linear

Encoder = Literal["embedding", "linear"]
Norm = Literal["none", "rms", "layer"]


class Block(nnx.Module):
    """One layer, its input normalised and its output added to the input, both by choice (pre-norm).

    Args:
        layer: the layer to construct.
        inputs: numbers in a step; equal to `width` with a residual.
        width: numbers out a step.
        norm: of the layer's input.
        residual: whether the block's input is added to the layer's output.
        dtype: type of the products' operands.
        rngs: source of the initial values.
    """

    def __init__(
        self,
        layer: Callable[..., Layer],
        inputs: int,
        width: int,
        *,
        norm: Norm,
        residual: bool,
        dtype: DTypeLike | None,
        rngs: nnx.Rngs,
    ):
        self.norm = make_norm(norm, inputs, rngs)
        self.layer = layer(inputs, width, dtype=dtype, rngs=rngs)
        self.residual = residual

    def __call__(
        self, x: Float[Array, "time *batch inputs"], carry: PyTree[Float[Array, "..."]]
    ) -> tuple[PyTree[Float[Array, "..."]], Float[Array, "time *batch width"]]:
        """Runs over all steps."""
        carry, y = self.layer(x if self.norm is None else self.norm(x), carry)
        return carry, x + y if self.residual else y


class SequenceModel(nnx.Module):
    """From tokens `Int[T, *batch]` or features `Float[T, *batch, F]` to float32 outputs `[T, *batch, outputs]`.

    Args:
        layer: the layer to construct in each block.
        layers: number of blocks.
        norm: before each block's layer, and before the head.
        residual: whether each block adds its input.
        encoder: "embedding" (a table with N(0, 1) entries) or "linear".
        inputs: tokens of the vocabulary, or features.
        embedding: width of the encoder.
        width: width of the blocks.
        outputs: numbers out a step.
        dtype: type of the products' operands; None: float32.
        rngs: source of the initial values.
    """

    def __init__(
        self,
        layer: Callable[..., Layer],
        *,
        layers: int,
        norm: Norm,
        residual: bool,
        encoder: Encoder,
        inputs: int,
        embedding: int,
        width: int,
        outputs: int,
        dtype: DTypeLike | None,
        rngs: nnx.Rngs,
    ):
        self.encoder = (
            nnx.Embed(inputs, embedding, embedding_init=normal(1.0), rngs=rngs)
            if encoder == "embedding"
            else Linear(inputs, embedding, dtype=dtype, rngs=rngs)
        )
        widths = [embedding] + [width] * (layers - 1)
        self.blocks = nnx.List(
            [Block(layer, before, width, norm=norm, residual=residual, dtype=dtype, rngs=rngs) for before in widths]
        )
        self.final_norm = make_norm(norm, width, rngs)
        self.head = Linear(width, outputs, dtype=dtype, rngs=rngs)

    def initial_carry(self, batch: tuple[int, ...]) -> tuple[PyTree[Float[Array, "..."]], ...]:
        """Returns zeros: a tuple of every layer's carry."""
        return tuple(block.layer.initial_carry(batch) for block in self.blocks)

    def choose(self, time: int, batch: tuple[int, ...]) -> tuple[Implementation, ...]:
        """Returns how each layer's core computes a scan of these lengths."""
        return tuple(block.layer.choose(time, batch) for block in self.blocks)

    def __call__(
        self,
        inputs: Int[Array, "time *batch"] | Float[Array, "time *batch features"],
        carry: tuple[PyTree[Float[Array, "..."]], ...],
    ) -> tuple[tuple[PyTree[Float[Array, "..."]], ...], Float[Array, "time *batch outputs"]]:
        """Runs over all steps, from a carry to a carry."""
        x = self.encoder(inputs)
        carries = []
        for block, before in zip(self.blocks, carry, strict=True):
            after, x = block(x, before)
            carries.append(after)
        if self.final_norm is not None:
            x = self.final_norm(x)
        return tuple(carries), self.head(x)


def make_norm(norm: Norm, width: int, rngs: nnx.Rngs) -> nnx.RMSNorm | nnx.LayerNorm | None:
    """Returns the norm, in float32; None for "none"."""
    if norm == "rms":
        return nnx.RMSNorm(width, epsilon=1e-5, dtype=jnp.float32, rngs=rngs)
    if norm == "layer":
        return nnx.LayerNorm(width, epsilon=1e-5, dtype=jnp.float32, rngs=rngs)
    return None
