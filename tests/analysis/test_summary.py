import numpy as np
import polars as pl
import pytest
from synthetic_results import lane_rows, row, sweep, table_of

from lrbench.analysis.summary import acceptance, lanes, overview, shown_lengths, summarise


def lanes_of(*scaled, **changes):
    return [line for lane, scores in enumerate(scaled) for line in lane_rows(scores, lane=lane, seed=lane, **changes)]


def counting(*exact, accepted=None):
    """Lanes of a counting task from lists of sequence accuracies at n = 1, 2, ..."""
    accepted = exact if accepted is None else accepted
    return table_of(
        [
            row(
                lane=lane,
                seed=lane,
                n=n,
                eval_length=2 * n + 2,
                sequence_accuracy=float(right),
                token_accuracy=float(took),
            )
            for lane, (rights, tooks) in enumerate(zip(exact, accepted, strict=True))
            for n, (right, took) in enumerate(zip(rights, tooks, strict=True), start=1)
        ]
    )


@pytest.mark.parametrize("measure", ["scaled_score", "score", "token_accuracy", "sequence_accuracy"])
def test_statistics_agree_with_numpy(measure):
    table = sweep()
    found = summarise(table).filter(pl.col("measure") == measure)
    assert found.height == sum(3 * count for count in (6, 255, 6))
    for cell in found.filter(pl.col("task") != "anbn").iter_rows(named=True):
        mine = table.filter(
            (pl.col("task") == cell["task"])
            & (pl.col("model") == cell["contender"])
            & (pl.col("eval_length") == cell["eval_length"])
        )
        nothing = {"score": mine["chance"][0]}.get(measure, 0.0)
        values = np.nan_to_num(mine[measure].to_numpy(), nan=nothing)
        expected = [4, np.median(values), np.mean(values), values.min(), values.max()]
        assert [cell[name] for name in ("lanes", "median", "mean", "min", "max")] == pytest.approx(expected)
        assert cell["low"] <= cell["mean"] + 1e-12
        assert cell["mean"] - 1e-12 <= cell["high"]
        assert cell["diverged"] == (1 if (cell["task"], cell["contender"]) == ("adding", "mamba") else 0)


def test_loss_is_over_the_lanes_that_have_one():
    table = table_of([row(loss=1.0), row(lane=1, seed=1, loss=3.0), row(lane=2, seed=2, loss=float("nan"))])
    cell = summarise(table).filter(pl.col("measure") == "loss").row(0, named=True)
    assert (cell["lanes"], cell["mean"]) == (2, 2.0)


def test_a_cell_without_any_loss_has_no_statistics():
    cell = summarise(table_of([row(loss=float("nan"))])).filter(pl.col("measure") == "loss").row(0, named=True)
    assert (cell["lanes"], cell["median"], cell["low"]) == (0, None, None)


def test_one_lane_has_no_interval():
    cell = summarise(table_of([row()])).filter(pl.col("measure") == "score").row(0, named=True)
    assert (cell["lanes"], cell["median"], cell["low"], cell["high"]) == (1, 1.0, None, None)


def test_lanes_that_hold_are_counted_at_each_length():
    table = table_of(lanes_of({40: 1.0, 80: 0.99}, {40: 0.989, 80: 1.0}, {40: 1.0, 80: float("nan")}))
    found = summarise(table).filter(pl.col("measure") == "scaled_score").sort("eval_length")
    assert found["held"].to_list() == [2, 2]
    assert found["lanes"].to_list() == [3, 3]


@pytest.mark.parametrize(
    ("scores", "reach"),
    [
        ({40: 1.0, 80: 0.99, 160: 0.5}, 80),
        ({40: 1.0, 80: 0.5, 160: 1.0}, 40),
        ({40: 0.98, 80: 1.0}, 0),
        ({40: 1.0, 80: 1.0}, 80),
        ({40: float("nan")}, 0),
    ],
)
def test_reach_ends_before_the_first_length_that_does_not_hold(scores, reach):
    assert lanes(table_of(lane_rows(scores)[::-1]))["reach"].to_list() == [reach]


@pytest.mark.parametrize(
    ("exact", "n"),
    [([1, 1, 1, 0, 0], 3), ([1, 1, 0, 1, 1], 2), ([0, 1, 1, 1, 1], 0), ([1, 1, 1, 1, 1], 5), ([1, 0.999, 1, 1, 1], 1)],
)
def test_largest_exact_n(exact, n):
    assert lanes(counting(exact))["exact_n"].to_list() == [n]


def test_other_tasks_have_no_exact_n():
    assert lanes(table_of([row()]))["exact_n"].to_list() == [None]


def test_acceptance_counts_lanes_at_each_n():
    found = acceptance(counting([1, 0, 0], [1, 1, 0], accepted=([1, 1, 0], [1, 1, 1])))
    assert found["n"].to_list() == [1, 2, 3]
    assert found["accepted"].to_list() == [2, 2, 1]
    assert found["exact"].to_list() == [2, 1, 0]
    assert found["lanes"].to_list() == [2, 2, 2]


def test_overview_has_the_lower_median_and_all_lanes():
    one = overview(counting([1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 0, 0], [1, 1, 1, 0])).row(0, named=True)
    assert [one[name] for name in ("exact_n", "exact_n_min", "exact_n_max", "lanes")] == [2, 1, 4, 4]


def test_overview_counts_outcomes_and_adds_runs():
    table = table_of(
        [
            row(solved_step=100),
            row(lane=1, seed=1, solved_step=None, diverged_step=5),
            row(run="parity-gru-beef", seed=2, solved_step=300, seconds=7.5, tokens_per_second=20_000.0),
        ]
    )
    one = overview(table).row(0, named=True)
    assert [one[name] for name in ("lanes", "seeds", "solved", "diverged", "solved_step")] == [3, 3, 2, 1, 200]
    assert (one["seconds"], one["tokens_per_second"]) == (20.0, 100_000.0)


def test_shown_lengths_are_those_near_multiples_of_the_training_length():
    assert shown_lengths([40, 80, 160], 40) == [40, 80, 160]
    assert shown_lengths(range(4, 600, 3), 40) == [40, 79, 160, 319, 598]
