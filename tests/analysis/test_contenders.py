import subprocess
import sys

import polars as pl
import pytest
from synthetic_results import lane_rows, row, sweep, table_of

from lrbench.analysis.contenders import prepare
from lrbench.runs.table import validate


def test_a_good_table_passes_with_more_columns():
    table = table_of([row()]).with_columns(note=pl.lit("mine"))
    assert validate(table) is table


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda table: table.drop("lag"), "lacks the column"),
        (lambda table: table.cast({"seed": pl.Int32}), "'seed' of the table is Int32, not Int64"),
        (lambda table: table.clear(), "no rows"),
        (lambda table: table.with_columns(model=pl.lit(None, pl.String)), "'model' of the table holds a null"),
        (lambda table: pl.concat([table, table]), "twice"),
    ],
)
def test_a_bad_table_is_named(change, words):
    with pytest.raises(ValueError, match=words):
        validate(change(table_of([row()])))


@pytest.mark.parametrize("score", [float("nan"), None, float("inf")])
def test_a_score_that_is_no_number_counts_as_chance(score):
    prepared = prepare(table_of([row(score=score, scaled_score=score, token_accuracy=score, loss=score)]))
    assert prepared["scaled_score"].item() == 0
    assert prepared["score"].item() == 0.5
    assert prepared["token_accuracy"].item() == 0
    assert prepared["loss"].item() is None


@pytest.mark.parametrize("chance", [float("nan"), None])
def test_a_missing_chance_is_zero(chance):
    prepared = prepare(table_of([row(score=0.7, chance=chance, scaled_score=None)]))
    assert prepared["scaled_score"].item() == pytest.approx(0.7)
    assert prepared["chance"].item() == 0


def test_a_chance_of_one_leaves_nothing_to_scale():
    prepared = prepare(table_of([row(score=0.7, chance=1.0, scaled_score=float("-inf"))]))
    assert prepared["scaled_score"].item() == 0


def test_one_learning_rate_leaves_the_models_name():
    assert set(prepare(sweep())["contender"]) == {"gru", "lstm", "mamba"}


def test_learning_rates_are_kept_apart():
    prepared = prepare(table_of([row(), row(lane=1, learning_rate=0.01)]))
    assert prepared["contender"].to_list() == ["gru lr 0.001", "gru lr 0.01"]


def test_training_lengths_and_sizes_are_kept_apart():
    prepared = prepare(table_of([row(), row(run="parity-gru-2", train_length=80, parameters=9000)]))
    assert set(prepared["contender"]) == {"gru train 40 4478 parameters", "gru train 80 9000 parameters"}


def test_runs_that_share_a_seed_are_told_apart_by_their_identity():
    prepared = prepare(table_of([row(), row(run="parity-gru-beef")]))
    assert set(prepared["contender"]) == {"gru 0000117e", "gru beef"}


def test_runs_with_other_seeds_are_more_lanes_of_one_contender():
    prepared = prepare(table_of([row(), row(run="parity-gru-beef", seed=7)]))
    assert set(prepared["contender"]) == {"gru"}


def test_preparing_twice_changes_nothing():
    once = prepare(table_of(lane_rows({40: 1.0, 80: float("nan")})))
    assert prepare(once).equals(once)


def test_the_rooms_do_without_jax():
    code = "import sys, lrbench.analysis, lrbench.report; print('jax' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
