"""The one place that touches NNX's functional API: turns a module factory into a `Model`, a pair of pure functions."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float, Int, Key, PyTree

from lrbench.cores import Implementation
from lrbench.models.stack import SequenceModel

#: Nested dictionaries with string keys and float32 leaves.
Params: TypeAlias = dict[str, Any]
Carry: TypeAlias = PyTree[Float[Array, "..."]]


@dataclass(frozen=True)
class Model:
    """A network as pure functions, which work under jit, grad, and vmap over a leading lane axis of params and carry.

    Attributes:
        definition: NNX's static description of the modules.
        factory: constructs the modules from a source of initial values.
        carry_shapes: shapes and types of what one sequence carries.
        parameters: how many numbers are trained.
        state_size: how many numbers one sequence carries from step to step.
        choose: `(time, batch) -> ` how each layer's core computes a scan of these lengths.
    """

    definition: nnx.GraphDef
    factory: Callable[[nnx.Rngs], SequenceModel]
    carry_shapes: PyTree[jax.ShapeDtypeStruct]
    parameters: int
    state_size: int
    choose: Callable[[int, tuple[int, ...]], tuple[Implementation, ...]]

    def init(self, key: Key[Array, ""]) -> Params:
        """Draws initial parameters: nested dictionaries of float32 arrays. Under vmap the lanes take turns."""

        def draw(key: Key[Array, ""]) -> Params:
            return _named(nnx.to_pure_dict(nnx.state(self.factory(nnx.Rngs(key)), nnx.Param)))

        # In turns, because the batched QR of orthogonal initialisers deadlocks on CPUs with few cores (jaxlib 0.10.2).
        params: Params = jax.custom_batching.sequential_vmap(draw)(key)
        return params

    def apply(
        self,
        params: Params,
        inputs: Int[Array, "time *batch"] | Float[Array, "time *batch features"],
        carry: Carry | None = None,
    ) -> tuple[Carry, Float[Array, "time *batch outputs"]]:
        """Runs the network over all steps.

        Args:
            params: from `init`.
            inputs: tokens `[T, *batch]`, or features `[T, *batch, F]`.
            carry: from `initial_carry` or an earlier call; None: zeros.

        Returns:
            The carry after the last step, and float32 outputs `[T, *batch, outputs]`.
        """
        if carry is None:
            tokens = jnp.issubdtype(inputs.dtype, jnp.integer)
            carry = self.initial_carry(inputs.shape[1:] if tokens else inputs.shape[1:-1])
        return nnx.merge(self.definition, _numbered(params))(inputs, carry)

    def initial_carry(self, batch: tuple[int, ...]) -> Carry:
        """Returns a carry of zeros, its leaves `[*batch, ...]`, for sequences in these batch axes (`()` for one)."""
        return jax.tree.map(lambda leaf: jnp.zeros((*batch, *leaf.shape), leaf.dtype), self.carry_shapes)


def functional(factory: Callable[[nnx.Rngs], SequenceModel]) -> Model:
    """Turns a module factory into a `Model`, without allocating any array.

    Args:
        factory: constructs the network from a source of initial values; all its variables are `nnx.Param`.
    """

    def network_and_carry() -> tuple[SequenceModel, Carry]:
        network = factory(nnx.Rngs(0))
        return network, network.initial_carry(())

    network, carry = nnx.eval_shape(network_and_carry)
    return Model(
        definition=nnx.graphdef(network),
        factory=factory,
        carry_shapes=carry,
        parameters=_count(nnx.to_pure_dict(nnx.state(network, nnx.Param))),
        state_size=_count(carry),
        choose=network.choose,
    )


def _count(tree: PyTree[jax.ShapeDtypeStruct]) -> int:
    return sum(math.prod(leaf.shape) for leaf in jax.tree.leaves(tree))


def _named(tree: dict) -> Params:
    """Names the members of lists "0", "1", …: checkpoints and tables want string keys."""
    return {str(key): _named(value) if isinstance(value, dict) else value for key, value in tree.items()}


def _numbered(tree: Params) -> dict:
    """Undoes `_named`."""
    return {
        int(key) if key.isdigit() else key: _numbered(value) if isinstance(value, dict) else value
        for key, value in tree.items()
    }
