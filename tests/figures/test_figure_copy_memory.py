import math

import matplotlib as mpl
import numpy as np
import polars as pl
import pytest
from lrbench.tasks.copy_memory import CopyMemory as Task
from synthetic_results import row, table_of

from lrbench.figures.copy_memory import ARMS, CopyMemory
from lrbench.figures.figure import Number
from lrbench.figures.validation_curves import SCHEMA
from lrbench.studies import Results

mpl.use("agg")
FIGURE = CopyMemory()
LENGTH = 70
FORGETFUL = 10 * math.log(8) / LENGTH


def made(ratio, tmp_path, arms=tuple(ARMS), seeds=8):
    """A table where the loss over that of forgetting is `ratio(arm, seed)`; at another length it is 9."""
    rows = [
        row(
            run=f"copy_memory-{'gru' if arm == 'GRU' else 'lstm'}-{place:08x}",
            task="copy_memory",
            model="gru" if arm == "GRU" else "lstm",
            lane=seed,
            seed=seed,
            train_length=LENGTH,
            eval_length=length,
            loss=ratio(arm, seed) * FORGETFUL if length == LENGTH else 9.0,
        )
        | {"arm": arm}
        for place, arm in enumerate(arms)
        for seed in range(seeds)
        for length in (LENGTH, 2 * LENGTH)
    ]
    table = table_of([{name: value for name, value in one.items() if name != "arm"} for one in rows])
    return Results("cpu", table.with_columns(pl.Series("arm", [one["arm"] for one in rows])), {}, tmp_path)


def numbers_of(results):
    return {one.key: one for one in FIGURE.numbers(results, {})}


def test_the_loss_of_forgetting_is_the_task_s():
    assert Task().forgetful_loss(LENGTH) == pytest.approx(FORGETFUL)


def test_losses_at_the_training_length_over_that_of_forgetting(tmp_path):
    numbers = numbers_of(made(lambda arm, seed: 0.1 * (1 + seed), tmp_path, seeds=3))
    for key in ARMS.values():
        one = numbers[f"{key}_ratio"]
        assert (one.value, one.low, one.high) == pytest.approx((0.2, 0.1, 0.3))
        assert numbers[f"{key}_loss"].value == pytest.approx(0.2 * FORGETFUL)
    assert numbers["forgetting"].value == pytest.approx(FORGETFUL)
    assert "T = 50" in numbers["forgetting"].what
    assert {one.key for one in FIGURE.published} <= set(numbers)


def test_a_lane_that_diverged_counts_as_guessing_evenly(tmp_path):
    numbers = numbers_of(made(lambda arm, seed: float("nan"), tmp_path, seeds=2))
    assert numbers["gru_loss"].value == pytest.approx(math.log(9))


def test_arms_are_paired_by_seed_and_the_p_values_corrected(tmp_path):
    ratios = {"LSTM, forget bias 0": 1.0, "LSTM, forget bias 1": 0.8, "LSTM, chrono": 0.05, "GRU": 0.9}
    numbers = numbers_of(made(lambda arm, seed: ratios[arm] * (1 + seed / 100), tmp_path))
    assert numbers["lstm_bias_1_p"].value == numbers["lstm_chrono_p"].value == pytest.approx(2 * 2 / 2**8)
    equal = numbers_of(made(lambda arm, seed: 1.0 + seed, tmp_path))
    assert equal["lstm_bias_1_p"].value == 1.0


def test_arms_that_were_not_run_are_no_numbers(tmp_path):
    numbers = numbers_of(made(lambda arm, seed: 0.5, tmp_path, arms=("LSTM, forget bias 0",)))
    assert np.isnan(numbers["gru_ratio"].value)
    assert "lstm_bias_1_p" not in numbers


def judged(**changes):
    values = {
        "lstm_bias_0_ratio": 0.9,
        "lstm_bias_1_ratio": 0.89,
        "lstm_chrono_ratio": 0.1,
        "gru_ratio": 0.9,
        "lstm_bias_1_p": 0.05,
        "lstm_chrono_p": 0.05,
    }
    return FIGURE.judge({key: Number(key, "", value, "") for key, value in (values | changes).items()})


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, "reproduced"),
        ({"lstm_bias_0_ratio": 0.899}, "partly"),
        ({"lstm_bias_1_ratio": 0.9}, "partly"),
        ({"lstm_bias_1_p": 0.051}, "partly"),
        ({"lstm_chrono_ratio": 0.11}, "partly"),
        ({"lstm_chrono_p": 0.051}, "partly"),
        ({"gru_ratio": 0.89}, "partly"),
        ({"lstm_bias_0_ratio": 0.5, "gru_ratio": 0.5}, "not reproduced"),
        ({"lstm_bias_1_p": 0.5, "lstm_chrono_p": 0.5, "gru_ratio": 0.5}, "not reproduced"),
    ],
)
def test_the_rule_at_its_thresholds(changes, outcome):
    assert judged(**changes).outcome == outcome


def test_a_bias_that_is_worse_than_none_is_not_as_published():
    assert "with a forget bias of 1 it ends at 0.89" in judged(lstm_bias_0_ratio=0.85).sentence.split("Not as")[1]


def test_curves_and_ends_with_published_marks_where_their_arms_stand(tmp_path):
    arms = ("LSTM, forget bias 0", "GRU")
    points = [
        {"arm": arm, "model": "lstm", "train_length": LENGTH, "seed": seed, "step": step, "loss": 0.1 * seed + 0.1}
        for arm in arms
        for seed in range(3)
        for step in (100, 200)
    ]
    results = made(lambda arm, seed: 0.5, tmp_path, arms=arms, seeds=3)
    left, right = FIGURE.draw(results, {"curves": pl.DataFrame(points, schema=SCHEMA)}).axes
    lines = {line.get_label(): line for line in left.get_lines()}
    np.testing.assert_allclose(lines["GRU"].get_ydata(), [0.2, 0.2])
    diamonds = [line for line in right.get_lines() if line.get_marker() == "D"]
    published = 10 * math.log(8) / 1020
    np.testing.assert_allclose(
        [[float(line.get_xdata()[0]), float(line.get_ydata()[0])] for line in diamonds],
        [[0.38, 0.0204 / published], [0.38, 0.0204 / published], [1.38, 0.0197 / published]],
    )


@pytest.mark.parametrize("scale", ["cpu", "paper"])
def test_its_arms_are_the_figure_s_and_have_seeds_enough(scale):
    arms = FIGURE.study.arms[scale]
    assert [arm.name for arm in arms] == list(ARMS)
    for arm in arms:
        words = dict(word.split("=", 1) for word in arm.words)
        # Two tests after Holm: with fewer than 7 pairs neither could come to 0.05.
        assert int(words["seeds"]) >= 7
        assert words["train_length"] == words["eval_lengths"].strip("[]")
