"""Claim 6: reaches by hand, the pairs that are compared, and every branch of the rule at its threshold."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from synthetic_results import row, table_of

from lrbench.claims.claim import Decision
from lrbench.claims.claim_06 import PARAMETERS, CountsAndAccumulates, comparisons, reaches
from lrbench.runs.configuration import make_run
from lrbench.runs.sweep import plan
from lrbench.studies import Results

LENGTHS = (25, 50, 100, 200, 400, 800, 1600)


def lanes(arm: str, task: str, model: str, held: Sequence[int], *, trained: int = 50) -> pl.DataFrame:
    """Rows of a task without n: each lane holds at every length up to a given one."""
    rows = [
        row(
            run=f"{task}-{model}-{len(arm):08x}",
            task=task,
            model=model,
            lane=seed,
            seed=seed,
            train_length=trained,
            eval_length=length,
            scaled_score=1.0 if length <= far else 0.3,
        )
        for seed, far in enumerate(held)
        for length in LENGTHS
    ]
    return table_of(rows).with_columns(pl.lit(arm).alias("arm"))


def decided(tables: list[pl.DataFrame], folder: Path) -> Decision:
    return CountsAndAccumulates().decide(Results("cpu", pl.concat(tables), {}, folder), {})


def pair(task: str, lstm: int, gru: int) -> list[pl.DataFrame]:
    """Ten seeds of each; nine at the given length, and one a step shorter, so that there is a spread."""
    shorter = {length: LENGTHS[max(index - 1, 0)] for index, length in enumerate(LENGTHS)}
    return [
        lanes("it", task, model, [*[far] * 9, far if lstm == gru else shorter[far]])
        for model, far in (("lstm", lstm), ("gru", gru))
    ]


def test_supported_where_the_lstm_reaches_further_everywhere_and_the_gru_does_not_count(tmp_path: Path) -> None:
    decision = decided([*pair("dyck", 400, 50), *pair("counters", 200, 50)], tmp_path)
    assert decision.outcome == "supported"
    assert [fact.p_value for fact in decision.facts] == [pytest.approx(2 * 2 / 2**10)] * 2
    assert [fact.value for fact in decision.facts] == pytest.approx([2.0, 3.0])  # counters, then dyck: log2 of 4 and 8


def test_depends_where_the_gru_counts_as_well(tmp_path: Path) -> None:
    decision = decided([*pair("dyck", 400, 100), *pair("counters", 200, 50)], tmp_path)
    assert decision.outcome == "depends"
    assert "dyck (it, equal width) (100)" in decision.sentence
    assert "counters (it, equal width) (" not in decision.sentence


def test_depends_where_the_lstm_reaches_further_in_some(tmp_path: Path) -> None:
    decision = decided([*pair("dyck", 400, 50), *pair("counters", 1600, 1600)], tmp_path)
    assert decision.outcome == "depends"
    assert "both hold to 1600, the largest asked" in decision.sentence
    decision = decided([*pair("dyck", 400, 50), *pair("counters", 50, 200)], tmp_path)
    assert "where the GRU does (200 against 50)" in decision.sentence


def test_contradicted_where_the_gru_reaches_further_in_most(tmp_path: Path) -> None:
    assert decided([*pair("dyck", 50, 400), *pair("counters", 50, 200)], tmp_path).outcome == "contradicted"
    # In one of two is not more than half, and the other may still favour either.
    open_one = [lanes("it", "counters", model, far) for model, far in (("lstm", [50, 400] * 5), ("gru", [100] * 10))]
    assert decided([*pair("dyck", 50, 400), *open_one], tmp_path).outcome == "undecided"


def test_contradicted_where_none_differs_by_the_margin(tmp_path: Path) -> None:
    assert decided([*pair("dyck", 1600, 1600), *pair("counters", 1600, 1600)], tmp_path).outcome == "contradicted"


def test_undecided_where_neither_learns(tmp_path: Path) -> None:
    assert decided([*pair("dyck", 25, 25), *pair("counters", 1600, 1600)], tmp_path).outcome == "undecided"


def test_undecided_says_how_many_seeds_would_decide(tmp_path: Path) -> None:
    tables = [lanes("it", "dyck", model, far) for model, far in (("lstm", [100, 50, 400]), ("gru", [50, 100, 50]))]
    decision = decided(tables, tmp_path)
    assert decision.outcome == "undecided"
    assert "paired seeds would decide" in decision.sentence
    assert decision.facts[0].value == pytest.approx((1 - 1 + 3) / 3)


def test_reaches_by_hand() -> None:
    rows = [
        row(
            **{"run": "dyck-gru-00000001", "task": "dyck", "lane": 0, "eval_length": length, "train_length": 50},
            scaled_score=value,
        )
        for length, value in ((25, 1.0), (50, 0.99), (100, 0.98), (200, 1.0))
    ]
    words = [
        row(
            **{"run": "anbn-gru-00000002", "task": "anbn", "lane": 0, "eval_length": 2 * n + 1, "n": n},
            **{"train_length": 7, "sequence_accuracy": float(n in (2, 3, 4, 6))},
        )
        for n in range(9)
    ]
    found = reaches(table_of([*rows, *words]).with_columns(arm=pl.lit("it"))).select(
        "task", "reach", "trained", "largest"
    )
    assert sorted(found.rows()) == [("anbn", 4, 3, 8), ("dyck", 50, 50, 200)]


def test_equal_parameters_are_compared_with_the_lstm_of_the_arm(tmp_path: Path) -> None:
    reach = reaches(
        pl.concat(
            [
                lanes("one", "dyck", "lstm", [400, 200]),
                lanes("one", "dyck", "gru", [100, 100]),
                lanes(f"one{PARAMETERS}", "dyck", "gru", [50, 25]),
                lanes("two", "dyck", "lstm", [50, 50]),
                lanes("two", "dyck", "gru", [100, 100]),
            ]
        )
    )
    found = {one.name: one for one in comparisons(reach)}
    assert set(found) == {
        "dyck (one, equal width)",
        "dyck (one, equal parameters)",
        "dyck (two, equal width)",
    }
    np.testing.assert_allclose(found["dyck (one, equal width)"].paired.differences, [2, 1])
    np.testing.assert_allclose(found["dyck (one, equal parameters)"].paired.differences, [3, 3])
    np.testing.assert_allclose(found["dyck (two, equal width)"].paired.differences, [-1, -1])


def test_widths_and_parameters_are_matched() -> None:
    parameters: dict[tuple[str, str, str], int] = {}
    widths: dict[tuple[str, str, str], int] = {}
    for arm in CountsAndAccumulates().study.arms["cpu"]:
        sweep = plan(["-m", *arm.words])
        for config, choices in zip(sweep.configs, sweep.choices, strict=True):
            run = make_run(config, choices)
            key = (arm.name, run.task_name, run.model_name)
            parameters[key], widths[key] = run.model.parameters, run.width
    for arm_name, task, model in parameters:
        if model == "gru":
            lstm = (arm_name.removesuffix(PARAMETERS), task, "lstm")
            if arm_name.endswith(PARAMETERS):
                assert parameters[arm_name, task, model] == pytest.approx(parameters[lstm], rel=0.06)
            else:
                assert widths[arm_name, task, model] == widths[lstm]
