"""Claims 7 and 8: the zones, the states at their thresholds, selection, and every outcome of the rule."""

from itertools import product
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from duel_rows import both, lanes, spread
from scipy import stats

from lrbench.claims import claim_of
from lrbench.claims.advantage_over_length import outcome
from lrbench.claims.claim import Decision
from lrbench.claims.lstm_against_gru import duels, searched, state
from lrbench.claims.part import part
from lrbench.studies import Results


def decided(number: int, *tables: pl.DataFrame) -> Decision:
    return claim_of(number).decide(Results("cpu", pl.concat(tables), {}, Path("nowhere")), {})


def test_supported_where_the_gru_keeps_up_to_300_steps_and_loses_from_500():
    found = decided(
        7,
        both(0.9, 0.9, length=100),
        both(0.8, 0.8, length=300),
        both(0.9, 0.5, length=500),
        both(0.8, 0.4, length=1000),
    )
    assert found.outcome == "supported"
    assert [fact.value for fact in found.facts] == pytest.approx([0.0, 0.0, 0.4, 0.4], abs=1e-9)
    # Four comparisons: Holm leaves the two that are real at 4 and 3 times 2 / 2^10.
    assert [fact.p_value for fact in found.facts][2:] == pytest.approx([8 / 1024, 8 / 1024])
    assert [fact.seeds for fact in found.facts] == [10] * 4


@pytest.mark.parametrize(
    ("near", "far", "expected"),
    [
        ((0.9, 0.9), (0.9, 0.9), "contradicted"),  # no lead beyond
        ((0.9, 0.9), (0.4, 0.9), "contradicted"),  # the GRU leads beyond
        ((0.9, 0.4), (0.9, 0.4), "depends"),  # the LSTM leads everywhere: the length does not decide
        ((0.9, 0.9), (0.05, 0.05), "undecided"),  # nobody learned beyond
        ((0.05, 0.05), (0.9, 0.4), "undecided"),
    ],
)
def test_each_outcome(near, far, expected):
    assert decided(7, both(*near, length=250), both(*far, length=500)).outcome == expected


def test_depends_where_tasks_disagree_beyond():
    tables = [both(0.9, 0.9, length=100), both(0.9, 0.4, length=500), both(0.4, 0.9, length=500, task="copy")]
    found = decided(7, *tables)
    assert found.outcome == "depends"
    assert "the LSTM is better on adding at length 500" in found.sentence
    assert "the GRU is as good or better on copy at length 500" in found.sentence


def test_undecided_names_the_seeds_that_would_decide():
    rng = np.random.default_rng(0)
    noisy = [
        lanes(model, (0.5 + shift + 0.2 * rng.standard_normal(10)).tolist(), length=500)
        for model, shift in (("lstm", 0.1), ("gru", 0.0))
    ]
    found = decided(7, both(0.9, 0.9, length=100), *noisy)
    assert found.outcome == "undecided"
    assert "seeds would decide" in found.sentence


def test_five_seeds_decide_nothing():
    assert decided(7, both(0.9, 0.9, 5, length=100), both(0.9, 0.1, 5, length=500)).outcome == "undecided"


def test_lengths_between_the_zones_and_other_evaluated_lengths_have_no_say():
    tables = [both(0.9, 0.9, length=100), both(0.9, 0.4, length=500), both(0.9, 0.4, length=100, at=800)]
    assert decided(7, *tables).outcome == "supported"
    assert len(decided(7, *tables, both(0.9, 0.4, length=400)).facts) == 2


def test_the_lag_decides_claim_8_and_750_itself_is_near():
    near, far = both(0.9, 0.9, length=751), both(0.9, 0.4, length=752)
    assert decided(8, near, far).outcome == "supported"
    assert decided(8, both(0.9, 0.4, length=751), both(0.9, 0.9, length=752)).outcome == "contradicted"


def test_claim_8_counts_twice_the_training_length_and_no_other():
    tables = [
        both(0.9, 0.9, length=500),
        both(0.9, 0.4, length=500, at=1000),
        both(0.4, 0.9, length=500, at=2000),
    ]
    found = decided(8, *tables)
    assert found.outcome == "supported"
    assert len(found.facts) == 2


def test_a_lead_at_the_margin():
    (duel,) = duels(both(0.5, 0.5, length=100), level=0.05, margin=0.05)
    low, high = stats.t.interval(0.95, 9, duel.differences.mean(), stats.sem(duel.differences))
    assert duel.fact().high >= high
    assert duel.fact().low <= low
    assert state(duel, margin=high + 1e-3, least=0.1) == "gru as good"
    assert state(duel, margin=low, least=0.1) == "open"
    assert state(duel, margin=high + 1e-3, least=0.51) == "not learned"


def test_an_established_lead_within_the_margin_is_none():
    (duel,) = duels(both(0.52, 0.50), level=0.05, margin=0.05)
    assert duel.decision.call.established
    assert duel.winner is None
    assert state(duel, margin=0.05, least=0.1) == "gru as good"


def test_the_rate_is_chosen_on_validation_and_scores_below_zero_count_as_zero():
    table = pl.concat(
        [
            lanes("lstm", [-3.0] * 6, rate=0.01, validation_score=0.9),
            lanes("lstm", [0.9] * 6, rate=0.03, validation_score=0.8),
        ]
    )
    kept = searched(table, selected=True)
    assert kept["learning_rate"].unique().to_list() == [0.01]
    assert kept["scaled_score"].to_list() == [0.0] * 6


def test_pairs_are_by_seed_and_a_seed_without_a_partner_is_left_out():
    table = pl.concat([lanes("lstm", [0.9, 0.7, 0.5, 0.3]), lanes("gru", [0.1, 0.2, 0.3]).reverse()])
    (duel,) = duels(table, level=0.05, margin=0.05)
    assert duel.differences.tolist() == pytest.approx([0.8, 0.5, 0.2])


@pytest.mark.parametrize(
    ("voices", "expected"),
    [
        ([], "unseen"),
        (["silent"], "unseen"),
        (["says", "open"], "open"),  # exactly half
        (["says", "says", "open"], "holds"),
        (["says", "silent", "silent"], "holds"),
        (["denies", "denies", "open"], "fails"),
        (["denies", "open"], "open"),
        (["says", "says", "says", "denies"], "mixed"),
    ],
)
def test_a_part_of_a_claim(voices, expected):
    assert part(voices) == expected


def test_the_table_of_outcomes():
    parts = ("holds", "fails", "mixed", "open", "unseen")
    table = {(near, far): outcome(near, far) for near, far in product(parts, parts)}
    assert {far for (_, far), found in table.items() if found == "contradicted"} == {"fails"}
    assert [key for key, found in table.items() if found == "supported"] == [("holds", "holds")]
    assert {key for key, found in table.items() if found == "depends"} == {
        *((near, "mixed") for near in parts),
        ("fails", "holds"),
        ("mixed", "holds"),
    }


def test_spread_scores_have_their_mean():
    assert np.mean(spread(0.4)) == pytest.approx(0.4)
