"""The numbers, the verdict and the drawing of selective copying."""

import numpy as np
import polars as pl
import pytest
from synthetic_results import lane_rows, table_of

from lrbench.figures import Number, figure_of
from lrbench.figures.selective_copying import spread_labels
from lrbench.runs.configuration import Run, make_run
from lrbench.runs.sweep import plan
from lrbench.studies import Results

FIGURE = figure_of("selective_copying")


@pytest.mark.parametrize(
    ("mamba", "outcome"),
    [
        (1.0, "reproduced"),
        (0.95, "reproduced"),
        (0.949, "partly"),
        (0.571, "partly"),
        (0.57, "not reproduced"),
        (0.1, "not reproduced"),
    ],
)
def test_the_median_of_mamba_decides(mamba, outcome):
    values = {"mamba": mamba, "gru": 0.875, "lstm": 0.5}
    verdict = FIGURE.judge({key: Number(key, key, value, "median of 8") for key, value in values.items()})
    assert verdict.outcome == outcome
    assert verdict.sentence.endswith(
        f"is {100 * mamba:.1f} %; beside it, at equal parameters: GRU 87.5 %, LSTM 50.0 %."
    )


def test_the_thresholds_are_those_of_the_published_table():
    without_selection = {"s4", "h3_s4", "h3_hyena", "mamba_s4", "mamba_hyena"}
    values = {one.key: one.value for one in FIGURE.reference}
    assert FIGURE.text["unselective"] == max(values[key] for key in without_selection)


def made_up(tmp_path, runs=None) -> Results:
    """Three seeds a model at 68 and 272; each has a rate that validation does not choose, with higher test scores."""
    rows = []
    for model, at_68, at_272, solved in (
        ("gru", (0.9, 0.8, 1.0), (0.5, 0.4, 0.6), (None, None, 900)),
        ("lstm", (0.7, 0.6, 0.65), (0.3, 0.2, 0.1), (None, None, None)),
        ("mamba", (0.99, 0.98, 1.0), (0.9, 0.2, 0.3), (700, 800, 600)),
    ):
        for seed in range(3):
            same = {"run": model, "model": model, "seed": seed, "task": "selective_copying", "train_length": 68}
            same |= {"tokens_per_second": 1000.0, "score_name": "token_accuracy", "chance": 0.125}
            for lane, rate, validation in ((2 * seed, 0.005, 0.4), (2 * seed + 1, 0.01, 0.9)):
                score = {68: at_68[seed], 272: at_272[seed]} if rate == 0.01 else {68: 1.0, 272: 1.0}
                own = same | {"lane": lane, "learning_rate": rate, "validation_score": validation}
                own |= {"solved_step": solved[seed] if rate == 0.01 else None}
                rows += [row | {"score": score[row["eval_length"]]} for row in lane_rows(score, **own)]
    return Results("cpu", table_of(rows).with_columns(arm=pl.lit("4 symbols")), runs or {}, tmp_path)


def test_numbers_are_medians_over_seeds_at_the_rate_that_validation_chose(tmp_path):
    found = {one.key: one for one in FIGURE.numbers(made_up(tmp_path), {})}
    gru = found["gru"]
    assert (gru.value, gru.low, gru.high, gru.seeds, gru.statistic) == (0.9, 0.8, 1.0, 3, "median of 3")
    assert (found["gru_best"].value, found["gru_best"].statistic) == (1.0, "best of 3")
    assert (found["gru_far"].value, found["mamba_far"].value) == (0.5, 0.3)
    assert (found["mamba_steps"].value, found["mamba_steps"].seeds) == (700, 3)
    assert (found["gru_steps"].value, found["gru_steps"].low, found["gru_steps"].seeds) == (2000, 900, 3)
    assert "1 of 3 seeds" in found["gru_steps"].what
    assert found["lstm_steps"].value == 2000
    assert "0 of 3 seeds" in found["lstm_steps"].what
    assert FIGURE.judge(found).outcome == "reproduced"


def curves() -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"model": model, "seed": seed, "step": step, "accuracy": min(1.0, 0.1 + step / 1000 + 0.01 * seed)}
            for model in ("gru", "lstm", "mamba")
            for seed in range(3)
            for step in (100, 200, 900)
        ]
    )


def test_it_draws_every_seed_and_every_published_number(tmp_path):
    results = made_up(tmp_path)
    learning, table, longer = FIGURE.draw(results, {"curves": curves()}).axes
    (line,) = (line for line in learning.lines if line.get_label() == "GRU")
    np.testing.assert_allclose(line.get_ydata(), [0.21, 0.31, 1.0])
    dots = [line for line in table.lines if line.get_linestyle() == "None"]
    assert sorted(np.concatenate([line.get_ydata() for line in dots])) == [
        0.6,
        0.65,
        0.7,
        0.8,
        0.9,
        0.98,
        0.99,
        1.0,
        1.0,
    ]
    words = {text.get_text() for text in table.texts}
    assert words == {f"{one.what} {100 * one.value:.1f}" for one in (*FIGURE.published, *FIGURE.reference)}
    (line,) = (line for line in longer.lines if line.get_label() == "Mamba")
    np.testing.assert_allclose(line.get_ydata(), [0.99, 0.3])


def test_curves_are_those_of_the_selected_lanes(tmp_path, monkeypatch):
    sweep = plan(
        ["task=selective_copying", "model=gru", "seeds=3", "learning_rates=[0.005,0.01]", "runs=" + str(tmp_path)]
    )
    run = make_run(sweep.configs[0], sweep.choices[0])
    logged = [
        {"step": 100, "token_accuracy": [0.0, 0.11, 0.0, 0.12, 0.0, None]},
        {"step": 200, "token_accuracy": [0.0, 0.21, 0.0, 0.22, 0.0, 0.23]},
    ]
    read = []
    monkeypatch.setattr(
        "lrbench.figures.selective_copying.RunFolder.read_metrics", lambda self: read.append(self) or logged
    )
    measured = FIGURE.measure(made_up(tmp_path, dict.fromkeys(("gru", "lstm", "mamba"), run)))["curves"]
    gru = measured.filter(pl.col("model") == "gru").sort("step", "seed")
    assert gru.select("seed", "step", "accuracy").rows() == [
        (0, 100, 0.11),
        (1, 100, 0.12),
        (0, 200, 0.21),
        (1, 200, 0.22),
        (2, 200, 0.23),
    ]
    assert isinstance(run, Run)
    assert {one.path for one in read} == {run.folder}


@pytest.mark.parametrize(
    ("values", "heights"),
    [
        ([0.1, 0.5], [0.1, 0.5]),
        ([0.5, 0.5], [0.45, 0.55]),
        ([0.2, 0.5, 0.5, 0.5], [0.2, 0.4, 0.5, 0.6]),
        # The lowest is pushed away by the two above it, of which the upper one came too near.
        ([0.30, 0.42, 0.45], [0.29, 0.39, 0.49]),
    ],
)
def test_labels_move_apart_around_their_middle(values, heights):
    np.testing.assert_allclose(spread_labels(values, 0.1), heights)
