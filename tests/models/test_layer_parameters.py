"""Counts against layers that are built, ours and Flax's, and the widths against brute force and a root finder."""

import math

import jax
import pytest
from flax import linen, nnx
from scipy.optimize import brentq

from lrbench.models import GRU, LSTM
from lrbench.models.layer_parameters import (
    CANDIDATE_BIAS,
    KERAS,
    NO_BIAS,
    ONE_BIAS,
    TWO_BIASES,
    equal_lstm_width,
    equal_width_ratio,
    gru_parameters,
    lstm_parameters,
)

SIZES = [(1, 1), (2, 37), (5, 3), (128, 256)]


def built(layer):
    state = nnx.state(nnx.eval_shape(layer), nnx.Param)
    return sum(math.prod(leaf.shape) for leaf in jax.tree.leaves(state))


@pytest.mark.parametrize(("inputs", "width"), SIZES)
def test_counts_are_those_of_built_layers(inputs, width):
    ours = {layer: built(lambda layer=layer: layer(inputs, width, rngs=nnx.Rngs(0))) for layer in (GRU, LSTM)}
    assert ours[GRU] == gru_parameters(inputs, width) == gru_parameters(inputs, width, CANDIDATE_BIAS)
    assert ours[LSTM] == lstm_parameters(inputs, width)
    assert built(lambda: nnx.GRUCell(inputs, width, rngs=nnx.Rngs(0))) == gru_parameters(inputs, width, ONE_BIAS)
    assert built(lambda: nnx.LSTMCell(inputs, width, rngs=nnx.Rngs(0))) == lstm_parameters(inputs, width, ONE_BIAS)


def test_linen_has_a_second_bias_for_the_candidate():
    cell = linen.GRUCell(256)
    shapes = jax.eval_shape(
        lambda: cell.init(jax.random.key(0), jax.numpy.zeros((1, 256)), jax.numpy.zeros((1, 128)))["params"]
    )
    assert sum(math.prod(leaf.shape) for leaf in jax.tree.leaves(shapes)) == gru_parameters(128, 256) == 295936


def test_counts_by_hand_at_the_articles_size():
    assert [gru_parameters(128, 256, biases) for biases in (NO_BIAS, ONE_BIAS, TWO_BIASES, KERAS)] == [
        294912,
        295680,
        296448,
        296448,
    ]
    assert [lstm_parameters(128, 256, biases) for biases in (NO_BIAS, ONE_BIAS, TWO_BIASES, KERAS)] == [
        393216,
        394240,
        395264,
        394240,
    ]


@pytest.mark.parametrize("inputs", [lambda width: 7, lambda width: width, lambda width: 3 * width])
@pytest.mark.parametrize("biases", [NO_BIAS, ONE_BIAS, CANDIDATE_BIAS])
def test_the_width_agrees_with_brute_force(inputs, biases):
    counts = {width: lstm_parameters(inputs(width), width, biases) for width in range(1, 60)}
    between = [(counts[width] + counts[width + 1]) // 2 for width in (1, 2, 9)]
    for budget in (1, 5, 17, 100, 333, 2000, counts[20], *between, *(one + 1 for one in between)):
        best = min(counts, key=lambda width, budget=budget: (abs(counts[width] - budget), width))
        assert equal_lstm_width(budget, inputs, biases) == best, budget


def test_no_layer_has_no_parameters():
    with pytest.raises(ValueError, match="budget of 0"):
        equal_lstm_width(0, lambda width: width)


@pytest.mark.parametrize("rho", [0.0, 0.01, 0.5, 1.0, 7.0, 1e6])
def test_the_ratio_solves_the_equation(rho):
    root = brentq(lambda x: 4 * x * (rho + x) - 3 * (1 + rho), 0.5, 1.0, xtol=1e-14)
    assert equal_width_ratio(rho) == pytest.approx(root, rel=1e-9)


def test_the_ratio_starts_at_the_constant_and_ends_at_three_quarters():
    assert equal_width_ratio(0) == pytest.approx(math.sqrt(0.75))
    assert equal_width_ratio(1e9) == pytest.approx(0.75)
    assert equal_width_ratio(128 / 256) == pytest.approx(
        equal_lstm_width(gru_parameters(128000, 256000, NO_BIAS), lambda _: 128000, NO_BIAS) / 256000, abs=1e-5
    )
