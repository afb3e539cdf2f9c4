"""What is carried after each step: the same as reading that far and stopping."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lrbench.evaluation.traces import named_states, trace
from lrbench.models import GRU, LSTM, Architecture, Elman, Mamba, Model


def small(layer: object, layers: int = 1) -> Model:
    return Architecture(layer=layer, layers=layers, norm="none", residual=False, width=4).build(
        encoder="embedding", inputs=3, outputs=3
    )


@pytest.mark.parametrize(("layer", "batch"), [(LSTM, ()), (GRU, (2,)), (Elman, ()), (partial(Mamba, states=4), (2,))])
def test_each_carry_is_that_of_reading_so_far(layer: object, batch: tuple[int, ...]) -> None:
    model = small(layer)
    params = model.init(jax.random.key(0))
    inputs = jax.random.randint(jax.random.key(1), (7, *batch), 0, 3)
    carries, outputs = trace(model, params, inputs, model.initial_carry(batch))
    for steps in (3, 7):
        carry, whole = model.apply(params, inputs[:steps])
        for got, wanted in zip(jax.tree.leaves(carries), jax.tree.leaves(carry), strict=True):
            np.testing.assert_allclose(got[steps - 1], wanted, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(outputs, whole, rtol=1e-5, atol=1e-6)


def test_it_goes_on_from_a_carry() -> None:
    model = small(LSTM)
    params = model.init(jax.random.key(0))
    inputs = jnp.asarray([0, 1, 1, 2, 2, 1], jnp.int32)
    whole, _ = trace(model, params, inputs, model.initial_carry(()))
    half = jax.tree.map(lambda leaf: leaf[2], whole)
    rest, _ = trace(model, params, inputs[3:], half)
    for got, wanted in zip(jax.tree.leaves(rest), jax.tree.leaves(whole), strict=True):
        np.testing.assert_allclose(got, wanted[3:], rtol=1e-5, atol=1e-6)


def test_states_have_the_names_of_their_cores() -> None:
    lstm, gru = small(LSTM), small(GRU)
    assert list(named_states(lstm.initial_carry(()))) == ["hidden", "cell"]
    assert list(named_states(gru.initial_carry(()))) == ["hidden"]
    assert list(named_states(small(LSTM, 2).initial_carry(()))) == [
        "layer 1 hidden",
        "layer 1 cell",
        "layer 2 hidden",
        "layer 2 cell",
    ]
    params = lstm.init(jax.random.key(0))
    carry, outputs = lstm.apply(params, jnp.asarray([0, 1, 2], jnp.int32))
    named = named_states(carry)
    # The head reads the hidden state, so it is the one that gives the outputs.
    head = params["head"]
    np.testing.assert_allclose(named["hidden"] @ head["kernel"] + head["bias"], outputs[-1], rtol=1e-5, atol=1e-6)
