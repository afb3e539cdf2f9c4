"""How many floating-point operations a model takes for one step of one sequence."""

import jax
import jax.numpy as jnp

from lrbench.models.functional import Model
from lrbench.models.stack import Encoder


def step_flops(model: Model, encoder: Encoder, inputs: int) -> int:
    """Returns the floating-point operations of one step of one sequence, forward, as XLA counts the program.

    A multiplication and an addition count one each, so a product of [a, b] with [b] counts 2ab; exponentials and
    hyperbolic tangents are not in it (XLA counts them apart). Nothing is compiled or allocated.

    Args:
        model: the model.
        encoder: "embedding" for tokens, "linear" for features.
        inputs: features; tokens have none.
    """
    step = jax.ShapeDtypeStruct((1,), jnp.int32)
    if encoder == "linear":
        step = jax.ShapeDtypeStruct((1, inputs), jnp.float32)
    params = jax.eval_shape(model.init, jax.ShapeDtypeStruct((), jax.random.key(0).dtype))
    cost = jax.jit(lambda params, step: model.apply(params, step)).lower(params, step).cost_analysis()
    assert cost is not None
    return int(cost["flops"])
