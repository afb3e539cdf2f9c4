import numpy as np
import polars as pl
import pytest
from synthetic_results import row, sweep, table_of

from lrbench.analysis.selection import select_rates, setting_name, with_contender, with_validation
from lrbench.runs.table import SCORES


def trained(rates, task="parity", model="gru", **changes):
    """A run's rows from {rate: [(validation score, validation loss) of each seed]}."""
    lanes = [(rate, seed, *seen) for rate, seeds in rates.items() for seed, seen in enumerate(seeds)]
    return [
        row(
            task=task,
            model=model,
            run=f"{task}-{model}-1",
            lane=lane,
            seed=seed,
            learning_rate=rate,
            eval_length=length,
            validation_score=score,
            validation_loss=loss,
            **changes,
        )
        for lane, (rate, seed, score, loss) in enumerate(lanes)
        for length in (40, 80)
    ]


def chosen(rows):
    return select_rates(table_of(rows)).rates.filter("selected")["learning_rate"].to_list()


NAN = float("nan")


@pytest.mark.parametrize(
    ("rates", "best"),
    [
        ({0.1: [(0.2, 1)] * 3, 0.2: [(0.9, 1)] * 3, 0.3: [(0.4, 1)] * 3}, 0.2),
        # The median and not the mean or the best.
        ({0.1: [(1.0, 1), (1.0, 1), (0.0, 1)], 0.2: [(0.9, 1)] * 3, 0.3: [(1.0, 1), (0.1, 1), (0.1, 1)]}, 0.1),
        # Ties: the lower loss, then the smaller rate.
        ({0.1: [(0.9, 3.0)] * 3, 0.2: [(0.9, 2.0)] * 3, 0.3: [(0.9, 2.0)] * 3}, 0.2),
        # What is not a number counts as 0, which is above a score below chance.
        ({0.1: [(0.5, 1), (NAN, NAN), (None, None)], 0.2: [(0.1, 1)] * 3}, 0.2),
        ({0.1: [(NAN, NAN)] * 3, 0.2: [(-0.2, 1)] * 3}, 0.1),
        ({0.1: [(0.9, NAN)] * 3, 0.2: [(0.9, 7.0)] * 3}, 0.2),
        ({0.1: [(float("inf"), 1)] * 3, 0.2: [(0.9, 7.0)] * 3}, 0.2),
    ],
)
def test_the_best_median_on_validation_is_chosen(rates, best):
    assert chosen(trained(rates)) == [best]


def test_each_contender_has_its_own():
    gru = trained({0.1: [(0.9, 1)], 0.2: [(0.5, 1)]})
    lstm = trained({0.1: [(0.5, 1)], 0.2: [(0.9, 1)]}, model="lstm")
    other = trained({0.1: [(0.5, 1)], 0.2: [(0.9, 1)]}, task="copy")
    found = select_rates(table_of([*gru, *lstm, *other])).rates.filter("selected")
    assert dict(found.select(pl.format("{} {}", "task", "contender"), "learning_rate").iter_rows()) == {
        "parity gru": 0.1,
        "parity lstm": 0.2,
        "copy gru": 0.2,
    }


@pytest.mark.parametrize("seed", range(5))
def test_the_test_scores_are_not_looked_at(seed):
    rng = np.random.default_rng(seed)
    rates = {rate: [(rng.uniform(), rng.uniform()) for _ in range(5)] for rate in (0.1, 0.2, 0.3)}
    table = table_of(trained(rates))
    permuted = table.with_columns(pl.col(*SCORES).shuffle(seed), pl.Series("eval_length", [40, 80] * 15)).with_columns(
        *(pl.Series(name, rng.normal(size=table.height)) for name in SCORES)
    )
    assert not permuted.equals(table)
    one, other = select_rates(table), select_rates(permuted)
    assert one.rates.equals(other.rates)
    assert one.notes == other.notes


def test_the_score_is_told_as_a_function_of_the_rate():
    rates = {0.1: [(0.2, 1.0), (0.4, 2.0), (0.9, 3.0)], 0.2: [(NAN, NAN), (0.3, 5.0), (0.1, 4.0)]}
    rows = trained(rates)
    for line in rows:
        diverged = line["validation_score"] != line["validation_score"]
        line |= {
            "diverged_step": 7 if diverged else None,
            "solved_step": 9 if line["validation_score"] == 0.9 else None,
        }
    found = select_rates(table_of(rows)).rates
    assert found.drop("task", "train_length", "contender").rows() == [
        (0.1, 3, 0, 1, 0.4, 0.2, 0.9, 2.0, True),
        (0.2, 3, 1, 0, 0.1, 0.0, 0.3, 5.0, False),
    ]


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        ([0.9, 0.5, 0.4], "0.1, is the smallest of the 3 trained; smaller ones may be better"),
        ([0.4, 0.5, 0.9], "0.3, is the largest of the 3 trained; larger ones may be better"),
    ],
)
def test_a_best_rate_at_the_edge_is_told(scores, words):
    (note,) = select_rates(table_of(trained(dict(zip((0.1, 0.2, 0.3), [[(s, 1)] for s in scores], strict=True))))).notes
    assert note.startswith("The best learning rate of gru on parity")
    assert words in note


def test_an_inner_rate_and_a_single_one_need_no_note():
    assert select_rates(table_of(trained({0.1: [(0.1, 1)], 0.2: [(0.9, 1)], 0.3: [(0.1, 1)]}))).notes == ()
    assert select_rates(sweep()).notes == ()


def test_an_unequal_search_is_told():
    both = [
        *trained({0.1: [(0.1, 1)], 0.2: [(0.9, 1)], 0.3: [(0.1, 1)]}),
        *trained({0.2: [(0.9, 1)]}, model="lstm"),
    ]
    (note,) = select_rates(table_of(both)).notes
    assert "parity was not equal; learning rates trained: gru 0.1, 0.2 and 0.3; lstm 0.2" in note


def test_missing_validation_scores_are_told():
    (note,) = select_rates(table_of(trained({0.1: [(None, None)], 0.2: [(None, None)]}))).notes
    assert "No validation score of gru on parity is known" in note


def test_kept_rows_are_those_of_the_selected_rates():
    table = table_of(trained({0.1: [(0.1, 1)] * 2, 0.2: [(0.9, 1)] * 2}))
    kept = select_rates(table).keep(with_contender(table))
    assert kept["learning_rate"].unique().to_list() == [0.2]
    assert kept.height == 4


def test_contenders_are_told_apart_by_size_and_by_run_but_not_by_rate():
    rows = [
        row(run="parity-gru-aa", learning_rate=0.1),
        row(run="parity-gru-bb", learning_rate=0.2),
        row(run="parity-gru-cc", parameters=9, learning_rate=0.1),
        row(run="parity-lstm-dd", model="lstm", learning_rate=0.1),
        row(run="parity-lstm-ee", model="lstm", learning_rate=0.1),
        row(run="parity-gru-ff", train_length=80),
    ]
    assert with_contender(table_of(rows))["contender"].to_list() == [
        *("gru 4478 parameters", "gru 4478 parameters", "gru 9 parameters", "lstm dd", "lstm ee", "gru")
    ]


def test_settings_are_named_by_their_length_where_there_are_several():
    table = table_of([row(), row(train_length=80, run="x"), row(task="copy")])
    assert [setting_name(table, *key) for key in (("parity", 40), ("parity", 80), ("copy", 40))] == [
        *("parity (trained to 40)", "parity (trained to 80)", "copy")
    ]


def test_gaps_of_validation_are_closed():
    table = with_validation(table_of([row(validation_score=NAN, validation_loss=NAN), row(validation_score=None)]))
    assert table["validation_score"].to_list() == [0.0, 0.0]
    assert table["validation_loss"].to_list() == [float("inf"), 0.01]
