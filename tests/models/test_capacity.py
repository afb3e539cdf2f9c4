"""The solver against brute force, and the budgets it refuses."""

import dataclasses
from functools import partial

import pytest

from lrbench.models import GRU, LSTM, Architecture, Mamba, solve_width, step_flops

GRU1 = Architecture(GRU, layers=1, norm="none", residual=False, width=None)
LSTM2 = Architecture(LSTM, layers=2, norm="layer", residual=False, width=None, embedding=3)
MAMBA2 = Architecture(partial(Mamba, states=4), layers=2, norm="rms", residual=True, width=7)
USE = {"encoder": "embedding", "inputs": 6, "outputs": 3}


@pytest.mark.parametrize("architecture", [GRU1, LSTM2, MAMBA2])
def test_agrees_with_brute_force(architecture):
    widths = range(1, 10)
    models = [dataclasses.replace(architecture, width=width).build(**USE) for width in widths]
    for kind in ("parameters", "state", "flops", "width"):
        counts = {
            "parameters": [model.parameters for model in models],
            "state": [model.state_size for model in models],
            "flops": [step_flops(model, "embedding", 6) for model in models],
            "width": list(widths),
        }[kind]
        between = (counts[4] + counts[5]) // 2
        # Operations are counted by lowering the program, which takes its time.
        budgets = (
            (between,) if kind == "flops" else (counts[0], counts[0] // 2 + 1, counts[7] - 1, between, between + 1)
        )
        for budget in budgets:
            best = min(range(len(widths)), key=lambda place, budget=budget: (abs(counts[place] - budget), place))
            match = solve_width(architecture, kind, budget, **USE)
            assert (match.width, match.value, match.budget) == (widths[best], counts[best], budget)
            assert match.residual == (counts[best] - budget) / budget


def test_recurrent_networks_match_a_mamba_within_two_percent():
    budget = dataclasses.replace(MAMBA2, width=32).build(**USE).parameters
    for architecture in (GRU1, LSTM2):
        assert abs(solve_width(architecture, "parameters", budget, **USE).residual) < 0.02


def test_refuses_a_budget_under_the_smallest_model():
    smallest = dataclasses.replace(LSTM2, width=1).build(**USE).parameters
    with pytest.raises(ValueError, match=f"budget of 10 parameters is too small.*width 1 it has {smallest}; give at"):
        solve_width(LSTM2, "parameters", 10, **USE)


def test_refuses_an_empty_budget():
    with pytest.raises(ValueError, match=r"budget of 0 parameters.*give 1 or more"):
        solve_width(GRU1, "parameters", 0, **USE)


@pytest.mark.parametrize(("by", "what"), [("parameters", "parameters"), ("state", "state_size")])
def test_without_a_budget_it_is_that_of_a_gru_of_width_64(by, what):
    gru = dataclasses.replace(GRU1, width=64).build(**USE)
    assert solve_width(LSTM2, by, **USE).budget == getattr(gru, what)
    assert solve_width(GRU1, by, **USE).width == 64


def test_equal_width_is_that_width():
    match = solve_width(MAMBA2, "width", **USE)
    assert (match.width, match.budget, match.residual) == (64, 64, 0.0)


@pytest.mark.parametrize(("layer", "gates"), [(GRU, 3), (LSTM, 4)])
def test_operations_are_those_of_the_products_and_a_little_more(layer, gates):
    width, features = 48, 5
    model = Architecture(layer, layers=2, norm="none", residual=False, width=width).build(
        encoder="linear", inputs=features, outputs=3
    )
    products = 2 * (features * width + 2 * gates * 2 * width * width + width * 3)
    counted = step_flops(model, "linear", features)
    # Biases, gates and the new state are some operations a unit and gate.
    assert products < counted <= products + 2 * 8 * gates * width
