"""The figure of counting: each verdict at its thresholds, numbers of a table made up by hand, what is traced."""

from pathlib import Path

import jax
import numpy as np
import polars as pl
import pytest
from lrbench.tasks.anbn import AnBn
from made_up_counts import counts, results_of

from lrbench.figures import counting
from lrbench.figures.counting import BATCH, WORD, Counting
from lrbench.figures.figure import Number
from lrbench.studies import SCALES, Scale, largest_n
from lrbench.studies.rates import at_selected_rates_of_arms


def judged(lstm: float, gru: float, p_value: float, second: tuple[float, float, float] | None = None) -> str:
    """The verdict for a^n b^n (trained to 30) and a^n b^n c^n (trained to 20); both alike unless `second` is given."""
    others = (lstm * 20 / 30, gru * 20 / 30, p_value) if second is None else second
    numbers = {}
    for task, trained, (first, other, p) in (("anbn", 30, (lstm, gru, p_value)), ("anbncn", 20, others)):
        values = {"lstm/exact": first, "gru/exact": other, "trained": trained, "p": p}
        numbers |= {f"{WORD}/{task}/{key}": Number(key, key, value, "") for key, value in values.items()}
    return Counting().judge(numbers).outcome


@pytest.mark.parametrize(
    ("lstm", "gru", "p_value", "outcome"),
    [
        (45, 33, 0.05, "reproduced"),
        (44, 33, 0.05, "partly"),  # the LSTM is beyond its training, but not half as far again
        (45, 34, 0.05, "partly"),  # the GRU counts beyond its training
        (45, 33, 0.051, "not reproduced"),
        (30, 20, 0.01, "not reproduced"),  # not beyond its training
        (20, 90, 0.01, "not reproduced"),
    ],
)
def test_each_verdict_at_its_threshold(lstm: float, gru: float, p_value: float, outcome: str) -> None:
    assert judged(lstm, gru, p_value) == outcome


def test_both_tasks_are_asked() -> None:
    assert judged(90, 20, 0.01, (25, 10, 0.01)) == "partly"
    assert judged(90, 20, 0.01, (10, 15, 0.01)) == "partly"
    assert judged(20, 20, 1.0, (90, 10, 0.01)) == "partly"


def test_numbers_of_a_made_up_table(tmp_path: Path) -> None:
    lstm, gru = [40, 50, 60, 70, 80, 90, 45, 55], [5, 6, 7, 8, 9, 10, 11, 30]
    rows = counts({(WORD, "anbn", "lstm"): lstm, (WORD, "anbn", "gru"): gru, (BATCH, "anbn", "lstm"): gru}, 30, 100)
    numbers = {one.key: one for one in Counting().numbers(results_of(rows, tmp_path), {})}
    exact = numbers[f"{WORD}/anbn/lstm/exact"]
    assert (exact.value, exact.low, exact.high, exact.seeds) == (57.5, 40, 90, 8)
    assert numbers[f"{WORD}/anbn/lstm/best"].value == 90
    assert numbers[f"{WORD}/anbn/gru/accepted"].value == 25.5  # three times the reach
    assert numbers[f"{WORD}/anbn/trained"].value == 30
    # Eight pairs, all on one side: 2 of 2^8 patterns of signs; one family of one, the other protocol has no GRU.
    assert numbers[f"{WORD}/anbn/p"].value == pytest.approx(2 / 2**8)
    assert f"{BATCH}/anbn/p" not in numbers


def test_reach_begins_at_two_and_ends_at_the_first_gap() -> None:
    table = pl.DataFrame(
        {
            "lane": [0] * 5 + [1] * 5 + [2] * 5,
            "n": [0, 1, 2, 3, 4] * 3,
            "sequence_accuracy": [0, 0, 1, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1],
            "token_accuracy": [0, 1, 1, 1, 1, 1, 1, 0.9, 1, 1, 1, 1, 1, 1, None],
        },
        schema_overrides={"token_accuracy": pl.Float64()},
        strict=False,
    )
    found = largest_n.largest_n(table, ["lane"])
    assert found["exact"].to_list() == [3, 0, 4]
    assert found["accepted"].to_list() == [4, 0, 3]
    assert found["accepted_share"].to_list() == pytest.approx([1, 2 / 3, 2 / 3])
    assert found["largest"].to_list() == [4, 4, 4]


def test_ratios_are_paired_by_seed() -> None:
    first = pl.DataFrame({"seed": [2, 0, 1], "reach": [8, 4, 0]})
    second = pl.DataFrame({"seed": [0, 1, 2, 5], "reach": [2, 4, 8, 3]})
    np.testing.assert_allclose(largest_n.paired_log_ratios(first, second, "reach"), [1, -2, 0])


def test_rates_are_chosen_in_each_arm_by_validation_alone() -> None:
    slow = counts({(WORD, "anbn", "lstm"): [40, 50], (BATCH, "anbn", "lstm"): [40, 50]}, 30, 60)
    fast = slow.with_columns(
        pl.lit(0.1).alias("learning_rate"),
        (pl.col("lane") + 2).alias("lane"),
        pl.lit(0.5).alias("validation_score"),  # worse on validation, and better on the test
        pl.lit(1.0).alias("sequence_accuracy"),
    )
    kept = at_selected_rates_of_arms(pl.concat([slow, fast]))
    assert kept.height == slow.height
    assert set(kept["learning_rate"]) == {0.01}


def test_the_best_lane_is_that_of_validation() -> None:
    rows = counts({(WORD, "anbn", "lstm"): [20, 31, 60, 45], (WORD, "anbn", "gru"): [3, 9, 5, 2]}, 30, 70)
    best = {one["model"]: one["seed"] for one in counting.best_lanes(rows).to_dicts()}
    assert best == {"lstm": 2, "gru": 1}  # of three with a full score that with the lowest loss
    blind = rows.with_columns(sequence_accuracy=pl.lit(0.0), score=pl.lit(0.0), scaled_score=pl.lit(0.0))
    assert counting.best_lanes(blind).equals(counting.best_lanes(rows))


def test_the_traced_word_is_the_tasks() -> None:
    example = AnBn().sample(jax.random.key(0), 9, 9)
    np.testing.assert_array_equal(counting.word(4), example.inputs)


def test_a_figure_is_drawn_of_a_made_up_table(tmp_path: Path) -> None:
    rows = counts({(WORD, "anbn", "lstm"): [40, 50], (WORD, "anbn", "gru"): [5, 6]}, 30, 100)
    trace = pl.DataFrame({"state": ["cell"] * 3, "unit": [0] * 3, "step": [0, 1, 2], "value": [0.0, 1.0, 0.0]})
    traces = trace.with_columns(model=pl.lit("lstm"), seed=pl.lit(1))
    figure = Counting().draw(results_of(rows, tmp_path), {"traces": traces})
    panel = figure.axes[0]
    lines = {line.get_label(): line for line in panel.lines}
    shares = next(line.get_ydata() for line in lines.values() if len(line.get_xdata()) == 99)
    assert set(np.asarray(shares).tolist()) == {0.0, 0.5, 1.0}
    assert {text.get_text() for text in panel.texts} == {"LSTM 256 →", "GRU 38"}


@pytest.mark.parametrize("scale", SCALES)
def test_both_protocols_are_run_and_published_numbers_have_their_place(scale: Scale) -> None:
    assert {arm.name for arm in Counting().study.arms[scale]} <= {WORD, BATCH}
    assert {one.key.rsplit("/", 1)[0] for one in Counting().published} <= {
        f"{WORD}/{task}/{model}" for task in counting.TASKS for model in counting.MODELS
    }
