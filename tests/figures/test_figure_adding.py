import math

import matplotlib as mpl
import numpy as np
import polars as pl
import pytest
from synthetic_results import lane_rows, table_of

from lrbench.figures.adding import MODELS, Adding
from lrbench.figures.figure import Number
from lrbench.figures.validation_curves import SCHEMA
from lrbench.runs.configuration import make_run
from lrbench.runs.sweep import plan
from lrbench.studies import Results

mpl.use("agg")
FIGURE = Adding()
CHANCE = 5 / 6


def made(error, tmp_path, seeds=8, trained=(100,), solved=lambda model, seed: None):
    """A table where the squared error is `error(model, seed, trained, multiple)`."""
    rows = []
    for length in trained:
        for model in MODELS:
            for seed in range(seeds):
                scores = {
                    multiple * length: (1 - error(model, seed, length, multiple) - CHANCE) / (1 - CHANCE)
                    for multiple in (1, 2, 4, 8)
                }
                rows += lane_rows(
                    scores,
                    chance=CHANCE,
                    run=f"adding-{model}-{length:08x}",
                    task="adding",
                    model=model,
                    lane=seed,
                    seed=seed,
                    train_length=length,
                    score_name="fit",
                    solved_step=solved(model, seed),
                    step=2000,
                )
    return Results("cpu", table_of(rows).with_columns(arm=pl.format("length {}", "train_length")), {}, tmp_path)


def curves(trained=(100,)):
    points = [
        {
            "arm": f"length {length}",
            "model": model,
            "train_length": length,
            "seed": seed,
            "step": step,
            "loss": 1 / step,
        }
        for length in trained
        for model in MODELS
        for seed in range(3)
        for step in (100, 200)
    ]
    return {"curves": pl.DataFrame(points, schema=SCHEMA)}


def numbers_of(results):
    return {one.key: one for one in FIGURE.numbers(results, {})}


def test_errors_are_medians_and_their_roots_stand_at_multiples_of_the_training_length(tmp_path):
    results = made(lambda model, seed, length, multiple: 0.01 * multiple**2 * (1 + seed), tmp_path, seeds=3)
    numbers = numbers_of(results)
    one = numbers["gru_error"]
    assert (one.value, one.low, one.high) == pytest.approx((0.02, 0.01, 0.03))
    for multiple in (1, 2, 4):
        assert numbers[f"lstm_root_{multiple}"].value == pytest.approx(multiple * math.sqrt(0.02))
    assert {one.key for one in FIGURE.published} <= set(numbers)


def test_a_lane_that_diverged_has_the_error_of_chance(tmp_path):
    numbers = numbers_of(made(lambda *_: float("nan"), tmp_path, seeds=3))
    assert numbers["lstm_error"].value == pytest.approx(1 / 6)


def test_a_seed_that_never_solved_counts_with_all_its_updates(tmp_path):
    def solved(model, seed):
        return None if model == "lstm" and seed == 0 else 500

    numbers = numbers_of(made(lambda *_: 0.001, tmp_path, solved=solved))
    assert numbers["lstm_updates"].high == 2000
    assert (numbers["lstm_solved"].value, numbers["gru_solved"].value) == (7, 8)
    assert numbers["updates_difference"].value == pytest.approx(-1500 / 8)
    assert numbers["updates_p"].value == 1.0


def test_the_two_differences_are_paired_tested_and_corrected(tmp_path):
    def error(model, seed, length, multiple):
        return 0.001 * (1 + seed) * (2 if model == "gru" else 1)

    numbers = numbers_of(made(error, tmp_path, solved=lambda model, seed: 400 + seed if model == "gru" else 900))
    # Eight differences of one sign: 2 / 2^8 each, and the smaller of the two twice.
    assert numbers["length_difference"].value == pytest.approx(-math.log(2))
    assert numbers["length_p"].value == pytest.approx(2 * 2 / 2**8)
    assert numbers["updates_difference"].value == pytest.approx(-500 + 3.5)
    assert numbers["updates_p"].value == pytest.approx(2 * 2 / 2**8)


def test_learning_is_looked_at_on_the_longest_and_holding_on_the_shortest(tmp_path):
    results = made(lambda model, seed, length, multiple: length / 1e4 * multiple, tmp_path, trained=(100, 600))
    numbers = numbers_of(results)
    assert numbers["gru_error"].value == pytest.approx(0.06)
    assert numbers["gru_root_4"].value == pytest.approx(math.sqrt(0.04))


def judged(**changes):
    values = {
        "gru_error": 0.01,
        "elman_error": 0.1,
        "updates_difference": -1.0,
        "updates_p": 0.05,
        "length_difference": -0.1,
        "length_p": 0.05,
    }
    return FIGURE.judge({key: Number(key, "", value, "") for key, value in (values | changes).items()})


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, "reproduced"),
        ({"gru_error": 0.011}, "partly"),
        ({"elman_error": 0.099}, "partly"),
        ({"updates_p": 0.051}, "partly"),
        ({"updates_difference": 1.0}, "partly"),
        ({"length_p": 0.051}, "partly"),
        ({"length_difference": 0.1}, "partly"),
        ({"length_p": 0.5, "updates_p": 0.5}, "partly"),
        ({"length_p": 0.5, "updates_p": 0.5, "gru_error": 0.1}, "not reproduced"),
    ],
)
def test_the_rule_at_its_thresholds(changes, outcome):
    assert judged(**changes).outcome == outcome


def test_the_verdict_says_by_how_much():
    sentence = judged(updates_difference=300.0, length_difference=math.log(0.25)).sentence
    assert "the GRU takes 300 updates more than the LSTM" in sentence
    assert "the LSTM's squared error is 0.25 times the GRU's" in sentence


def test_a_panel_of_learning_for_each_length_and_one_of_lengths(tmp_path):
    results = made(lambda model, seed, length, multiple: 0.001 * multiple, tmp_path, trained=(100, 600))
    panels = FIGURE.draw(results, curves((100, 600))).axes
    assert len(panels) == 3
    lines = {line.get_label(): line for line in panels[2].get_lines()}
    np.testing.assert_allclose(lines["GRU"].get_xydata(), [[100, 1e-3], [200, 2e-3], [400, 4e-3], [800, 8e-3]])
    hollow = [line for line in panels[2].get_lines() if line.get_markerfacecolor() == "none"]
    np.testing.assert_allclose(hollow[1].get_xydata(), [[100, 0.013**2], [200, 0.198**2], [400, 0.426**2]])


def test_its_models_have_equal_parameters_and_ten_seeds_at_two_rates():
    (arm,) = FIGURE.study.arms["cpu"]
    sweep = plan([*arm.words, "-m"])
    runs = [make_run(*one) for one in zip(sweep.configs, sweep.choices, strict=True)]
    assert {run.model_name for run in runs} == set(MODELS)
    assert all(abs(run.match.residual) < 0.05 for run in runs)
    assert all(len(run.lanes) == 20 for run in runs)
