"""Claim 17: drops by hand, ranges of length, and every branch of the rule at its threshold."""

import math
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest
from scipy import stats

from lrbench.claims.claim import Decision
from lrbench.claims.claim_17 import Cell, QuantisedWeights, by_length, cells_of, seeds_to_decide
from lrbench.evaluation.number_formats import FORMATS, WEIGHT_FORMATS
from lrbench.studies import Results

SPREAD = (0.001, -0.001, 0.002, -0.002, 0.0, 0.0, 0.001, -0.001)


def scores(
    drops: Mapping[str, float], *, task: str = "parity", model: str = "gru", before: float = 0.9, length: int = 40
) -> pl.DataFrame:
    """Scaled scores of eight seeds in every format; the drop of a format is its mean over them."""
    return pl.DataFrame(
        [
            {
                **{"task": task, "model": model, "run": f"{task}-{model}", "lane": seed, "seed": seed},
                **{"train_length": 40, "format": one.name, "eval_length": length, "n": None},
                "scaled_score": before - (drops.get(one.name, 0.0) + shift if one.name != "float32" else 0.0),
            }
            for one in FORMATS
            for seed, shift in enumerate(SPREAD)
        ],
        schema_overrides={"n": pl.Int64()},
    )


def decided(tables: list[pl.DataFrame], folder: Path) -> Decision:
    return QuantisedWeights().decide(Results("cpu", pl.DataFrame(), {}, folder), {"scores": pl.concat(tables)})


def weights(bits: int, drop: float) -> dict[str, float]:
    return {one.name: drop for one in WEIGHT_FORMATS if one.bits == bits}


#: How far the wider interval of a mean of such drops reaches to either side of it: Student's t.
HALF = float(stats.t.isf(0.025, len(SPREAD) - 1) * stats.sem(SPREAD))


def test_supported_up_to_the_limit(tmp_path: Path) -> None:
    just = 0.01 - HALF - 1e-6
    decision = decided([scores(weights(8, just) | weights(4, just))], tmp_path)
    assert decision.outcome == "supported"
    assert decided([scores(weights(8, just) | weights(4, just + 2e-6))], tmp_path).outcome == "undecided"


def test_depends_on_bits_and_names_the_task(tmp_path: Path) -> None:
    decision = decided([scores(weights(4, 0.2)), scores({}, task="dyck")], tmp_path)
    assert decision.outcome == "depends"
    assert "Int8 weights per tensor cost the GRU less than 1% on every task and length" in decision.sentence
    assert "int4 weights per row cost more on parity (most on parity at length 40: 20.0%)" in decision.sentence


def test_contradicted_where_nothing_is_below_the_limit(tmp_path: Path) -> None:
    just = 0.01 + HALF + 1e-6
    assert decided([scores(weights(8, just) | weights(4, 0.3))], tmp_path).outcome == "contradicted"
    # One that may be either keeps it contradicted, as no format is shown to lose less.
    decision = decided([scores(weights(8, 0.01) | weights(4, 0.3))], tmp_path)
    assert decision.outcome == "contradicted"
    assert "2 of 4" in decision.sentence


def test_undecided_says_how_many_seeds_would_decide(tmp_path: Path) -> None:
    decision = decided([scores(weights(8, 0.0) | weights(4, 0.0095))], tmp_path)
    assert decision.outcome == "undecided"
    needed = 8 * (HALF / 0.0005) ** 2
    assert f"about {math.ceil(needed)} seeds" in decision.sentence


def test_what_fails_in_float32_has_nothing_to_lose(tmp_path: Path) -> None:
    decision = decided([scores(weights(8, 0.3) | weights(4, 0.3), before=0.49)], tmp_path)
    assert decision.outcome == "undecided"
    assert "no accuracy to lose" in decision.sentence
    assert decided([scores(weights(4, 0.3), before=0.49), scores({}, length=80)], tmp_path).outcome == "supported"


def test_lstms_and_carries_decide_nothing(tmp_path: Path) -> None:
    carries = {"bfloat16 carry": 0.5, "float16 carry": 0.5}
    decision = decided([scores(carries), scores(weights(8, 0.5) | weights(4, 0.5), model="lstm")], tmp_path)
    assert decision.outcome == "supported"
    assert any(fact.what.startswith("lstm") and fact.value == pytest.approx(0.5) for fact in decision.facts)
    assert any("bfloat16 carry" in fact.what and fact.value == pytest.approx(0.5) for fact in decision.facts)


def test_two_seeds_and_scores_that_are_no_number() -> None:
    table = scores(weights(8, 0.1)).filter(pl.col("seed") < 2)
    broken = pl.when(pl.col("format") == WEIGHT_FORMATS[0].name).then(float("nan")).otherwise(pl.col("scaled_score"))
    cells = {cell.kept: cell for cell in cells_of(by_length(table.with_columns(scaled_score=broken)), 0.5)}
    assert cells[WEIGHT_FORMATS[0].name].drop == pytest.approx(0.9)
    assert cells[WEIGHT_FORMATS[1].name].drop == pytest.approx(0.1)
    assert cells[WEIGHT_FORMATS[1].name].seeds == 2


def test_words_are_gathered_in_ranges_of_length() -> None:
    words = pl.DataFrame(
        [
            {
                **{"task": "anbn", "model": "gru", "run": "r", "lane": 0, "seed": 0, "train_length": 9},
                **{"format": "float32", "eval_length": 2 * n + 1, "n": n, "scaled_score": float(n in (0, 1, 2, 5))},
            }
            for n in range(19)
        ]
    )
    found = by_length(words).sort("eval_length").select("eval_length", "scaled_score").rows()
    # n = 0 … 4, 5 … 8, 9 … 17, 18: up to 9, 18, 36 and 72 steps.
    assert found == [(9, pytest.approx(3 / 5)), (18, pytest.approx(1 / 4)), (36, 0.0), (72, 0.0)]


def test_seeds_to_decide() -> None:
    def cell(drop: float, low: float, high: float) -> Cell:
        return Cell("parity", "gru", "int8", 40, 1.0, drop, low, high, 10)

    assert seeds_to_decide(cell(0.005, -0.005, 0.015), 0.01) == 40  # half as wide with four times as many
    assert seeds_to_decide(cell(0.01, 0.0, 0.02), 0.01) is None
    assert seeds_to_decide(cell(0.005, float("-inf"), float("inf")), 0.01) is None
    assert seeds_to_decide(cell(0.00999, -0.1, 0.12), 0.01) is None
