"""What a model carries after every step, for pictures of how it counts; a scan over single steps of `Model.apply`."""

import jax
from jaxtyping import Array, Float, Int

from lrbench.models import Carry, Model, Params


def trace(
    model: Model,
    params: Params,
    inputs: Int[Array, "time *batch"] | Float[Array, "time *batch features"],
    carry: Carry,
) -> tuple[Carry, Float[Array, "time *batch outputs"]]:
    """Reads a sequence one step at a time and keeps the carry after each.

    Args:
        model: what reads.
        params: its parameters, without a lane axis.
        inputs: tokens `[T, *batch]`, or features `[T, *batch, F]`.
        carry: what is carried into the first step.

    Returns:
        What is carried out of each step, leaves `[T, *batch, ...]`, and the outputs `[T, *batch, outputs]`.
    """

    def step(before: Carry, x: Array) -> tuple[Carry, tuple[Carry, Array]]:
        after, outputs = model.apply(params, x[None], before)
        return after, (after, outputs[0])

    _, (carries, outputs) = jax.lax.scan(step, carry, inputs)
    return carries, outputs


def named_states(carry: Carry) -> dict[str, Array]:
    """Returns the leaves of a carry by what they are: "hidden", "cell", …; with several layers "layer 2 hidden".

    A leaf that its core does not name is the hidden state, as in the GRU, which carries nothing else.
    """
    layers = len(carry) if isinstance(carry, tuple) else 1
    named = {}
    for path, leaf in jax.tree_util.tree_flatten_with_path(carry)[0]:
        own = [str(key.name) for key in path if isinstance(key, jax.tree_util.GetAttrKey)]
        name = own[-1] if own else "hidden"
        named[name if layers == 1 else f"layer {path[0].idx + 1} {name}"] = leaf
    return named
