"""Claim 12: the shared GRU, what changes a winner, and every outcome of the rule."""

from pathlib import Path

import polars as pl
import pytest
from duel_rows import both, lanes, spread

from lrbench.claims import claim_of
from lrbench.claims.claim_12 import outcome
from lrbench.claims.two_matchings import with_shared_gru
from lrbench.studies import Results


def matched(parameters: float, width: float, gru: float, task: str = "adding", seeds: int = 10) -> pl.DataFrame:
    """Rows of both LSTMs and of the GRU."""
    wide = lanes(
        "lstm",
        [score + 0.0007 * (seed % 3) for seed, score in enumerate(spread(width, seeds))],
        arm="equal width",
        task=task,
    )
    return pl.concat([both(parameters, gru, seeds, task=task), wide])


def decided(*tables: pl.DataFrame):
    return claim_of(12).decide(Results("cpu", pl.concat(tables), {}, Path("nowhere")), {})


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ((0.5, 0.9, 0.7), "supported"),  # the GRU wins at equal parameters, the LSTM at equal width
        ((0.7, 0.9, 0.7), "supported"),  # nobody, then the LSTM
        ((0.5, 0.5, 0.7), "contradicted"),  # the GRU under both
        ((0.5, 0.6, 0.8), "contradicted"),  # the score changes, the winner does not
        ((0.7, 0.7, 0.7), "contradicted"),  # nothing changes
        ((0.0, 0.02, 0.05), "undecided"),  # nobody learned
    ],
)
def test_outcomes_on_one_task(scores, expected):
    assert decided(matched(*scores)).outcome == expected


def test_depends_where_tasks_disagree():
    found = decided(matched(0.5, 0.9, 0.7), matched(0.5, 0.5, 0.7, task="copy"))
    assert found.outcome == "depends"
    assert "adding at length 100: GRU wins at equal parameters, LSTM wins at equal width (changed)" in found.sentence
    assert "copy at length 100: GRU wins at equal parameters, GRU wins at equal width (not changed)" in found.sentence


def test_the_change_is_the_difference_of_the_two_lstms():
    (change,) = (fact for fact in decided(matched(0.5, 0.9, 0.7)).facts if "less LSTM" in fact.what)
    assert change.value == pytest.approx(0.4006, abs=1e-4)
    assert change.p_value == pytest.approx(2 / 1024)


def test_four_seeds_decide_nothing():
    assert decided(matched(0.5, 0.9, 0.7, seeds=4)).outcome == "undecided"


def test_the_gru_is_shared_only_where_an_lstm_of_equal_width_is():
    rows = with_shared_gru(pl.concat([matched(0.5, 0.9, 0.7), both(0.5, 0.5, task="copy")]))
    shared = rows.filter(pl.col("arm") == "equal width", pl.col("model") == "gru")
    assert shared["task"].unique().to_list() == ["adding"]
    assert shared["seed"].to_list() == list(range(10))


def test_a_gru_of_another_width_is_refused():
    rows = pl.concat([both(0.5, 0.5), lanes("lstm", [0.5] * 10, arm="equal width", width=38)])
    with pytest.raises(ValueError, match="the GRU has width 37 and the LSTM of equal width 38; write budget=37"):
        with_shared_gru(rows)


def test_an_lstm_without_a_gru_is_refused():
    with pytest.raises(ValueError, match="no GRU"):
        with_shared_gru(lanes("lstm", [0.5] * 10, arm="equal width"))


def test_parts_and_outcomes():
    found = {part: outcome(part) for part in ("holds", "fails", "mixed", "open", "unseen")}  # type: ignore[arg-type]
    assert list(found.values()) == ["supported", "contradicted", "depends", "undecided", "undecided"]


def test_a_change_that_is_not_established_leaves_it_open():
    # At equal width the LSTM wins on every seed; at equal parameters it scatters so widely that nobody does.
    scattered = [0.65 + 0.35 * (-1) ** seed for seed in range(10)]
    wide = lanes("lstm", spread(0.7), arm="equal width")
    found = decided(lanes("lstm", scattered), lanes("gru", spread(0.5)[::-1]), wide)
    assert (
        "no established winner at equal parameters, LSTM wins at equal width (open whether changed)" in found.sentence
    )
    assert found.outcome == "undecided"
    assert "seeds would decide 1 of the 1 open ones" in found.sentence
