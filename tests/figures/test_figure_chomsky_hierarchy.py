import matplotlib as mpl
import numpy as np
import polars as pl
import pytest
from synthetic_results import lane_rows, table_of

from lrbench.figures import figure_of
from lrbench.figures.chomsky_hierarchy import MODELS, ChomskyHierarchy
from lrbench.figures.figure import Number
from lrbench.figures.languages import TASK_NAMES
from lrbench.studies import Results

mpl.use("agg")
FIGURE = ChomskyHierarchy()
#: Steps of a string of 41 and of 500 symbols.
STEPS = {"parity": (41, 500), "bucket_sort": (82, 1000)}
#: Accuracy of each seed, mean over lengths.
SEEDS = (0.25, 0.5, 1.0, 0.95)


def made(tmp_path, models=MODELS):
    rows = []
    for task in TASK_NAMES:
        for model in models:
            for seed, accuracy in enumerate(SEEDS):
                lengths = STEPS.get(task, (42, 501))
                # 0.2 above at the short strings, 0.2 below at the long ones; what is longer or shorter does not count.
                scores = {lengths[0]: accuracy + 0.2, lengths[1]: accuracy - 0.2, lengths[0] - 2: 0, lengths[1] + 2: 0}
                rows += lane_rows(
                    scores,
                    chance=0.0,
                    run=f"{task}-{model}-00000000",
                    task=task,
                    model=model,
                    lane=seed,
                    seed=seed,
                )
    return Results("cpu", table_of(rows).with_columns(pl.col("task").alias("arm")), {}, tmp_path)


def test_best_mean_and_median_in_percent(tmp_path):
    numbers = {one.key: one for one in FIGURE.numbers(made(tmp_path), {})}
    assert len(numbers) == 3 * 3 * 5
    for task in TASK_NAMES:
        best, mean, median = (numbers[f"{task}_lstm_{kind}"] for kind in ("best", "mean", "median"))
        assert (best.value, best.statistic) == (pytest.approx(100), "best of 4")
        assert (mean.value, mean.statistic) == (pytest.approx(100 * np.mean(SEEDS)), "mean of 4")
        assert mean.low < mean.value < mean.high
        assert (median.value, median.low, median.high) == pytest.approx((72.5, 25, 100))
    assert {one.key for one in FIGURE.published} <= set(numbers)


def test_what_was_not_run_is_no_number(tmp_path):
    numbers = {one.key: one for one in FIGURE.numbers(made(tmp_path, models=("lstm",)), {})}
    assert np.isnan(numbers["parity_elman_best"].value)
    assert numbers["parity_lstm_best"].value == pytest.approx(100)


def judged(changes):
    values = {one.key: one.value for one in FIGURE.published} | changes
    return FIGURE.judge({key: Number(key, "", value, "") for key, value in values.items()})


def keys(count):
    return [one.key for one in FIGURE.published][:count]


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, "reproduced"),
        ({"parity_lstm_best": 95.0}, "reproduced"),
        ({"parity_lstm_best": 94.9}, "partly"),
        ({"bucket_sort_elman_best": 32.9}, "reproduced"),
        ({"bucket_sort_elman_best": 33.0}, "partly"),
        (dict.fromkeys(keys(5), 0.0), "partly"),
        (dict.fromkeys(keys(6), 0.0), "not reproduced"),
    ],
)
def test_the_rule_at_its_thresholds(changes, outcome):
    verdict = judged(changes)
    assert verdict.outcome == outcome
    for key in changes:
        assert f"{changes[key]:.1f} (published" in verdict.sentence


def test_every_published_cell_is_recalled_and_a_best_of_10():
    assert len(FIGURE.published) == 10
    assert {(one.statistic, one.source) for one in FIGURE.published} == {("best of 10", "recalled")}


def test_a_panel_a_model_with_every_seed_and_the_published_best(tmp_path):
    panels = [panel for panel in FIGURE.draw(made(tmp_path), {}).axes if panel.get_title(loc="left")]
    assert [panel.get_title(loc="left") for panel in panels] == ["Elman", "LSTM", "GRU"]
    diamonds = [[line.get_ydata()[0] for line in panel.get_lines() if line.get_marker() == "D"] for panel in panels]
    assert diamonds == [[100, 100, 100, 100, 27.9], [100, 100, 100, 100, 99.3], []]
    dots = [line for line in panels[1].get_lines() if line.get_marker() == "o"]
    np.testing.assert_allclose(dots[0].get_ydata(), np.array(SEEDS) * 100)
    assert [text.get_text() for text in panels[1].texts].count("2 of 4") == 5


def test_its_runs_of_the_regular_rows_are_those_of_the_regular_languages():
    own = {arm.words for arm in FIGURE.study.arms["cpu"]}
    others = {arm.words for arm in figure_of("regular_languages").study.arms["cpu"]}
    assert {words[0] for words in own & others} == {f"task={task}" for task in TASK_NAMES if task != "bucket_sort"}
    assert {words[0] for words in own} == {f"task={task}" for task in TASK_NAMES}
