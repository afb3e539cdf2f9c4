"""Claim 20: Holm's levels, intervals that agree with the corrected test, and every outcome of the rule."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from duel_rows import both
from hypothesis import given
from hypothesis import strategies as st

from lrbench.analysis.holm import holm
from lrbench.claims import claim_of
from lrbench.claims.claim_20 import contains_zero, holm_intervals, holm_levels, outcome
from lrbench.claims.lstm_against_gru import duels
from lrbench.studies import Results


def test_levels_by_hand():
    # Sorted 0.01, 0.02, 0.03, 0.04 against 0.0125, 0.0167 (stops), and what stopped.
    assert holm_levels([0.04, 0.01, 0.03, 0.02], 0.05) == pytest.approx((0.05 / 3, 0.05 / 4, 0.05 / 3, 0.05 / 3))
    assert holm_levels([0.05, 0.025], 0.05) == (0.05, 0.025)  # both are exactly at their level, and called


@given(
    st.lists(st.integers(1, 64).map(lambda count: count / 64), min_size=1, max_size=12), st.sampled_from([0.05, 0.3])
)
def test_a_p_value_is_at_or_below_its_level_exactly_where_holm_calls_it(p_values, level):
    called = [corrected <= level for corrected in holm(p_values)]
    assert [p <= own for p, own in zip(p_values, holm_levels(p_values, level), strict=True)] == called


def test_zero_lies_inside_exactly_where_nothing_is_established():
    rng = np.random.default_rng(5)
    tables = [
        both(0.5 + shift, 0.5, task=f"task_{index}").with_columns(
            pl.col("scaled_score") + pl.Series(rng.normal(0, 0.05, 20))
        )
        for index, shift in enumerate((0.0, 0.02, 0.05, 0.1, 0.2, -0.2))
    ]
    family = duels(pl.concat(tables), level=0.05, margin=0.05)
    inside = [contains_zero(interval) for interval in holm_intervals(family, 0.05)]
    assert inside == [not duel.decision.call.established for duel in family]
    assert 0 < sum(inside) < 6


def decided(*tables: pl.DataFrame):
    return claim_of(20).decide(Results("cpu", pl.concat(tables), {}, Path("nowhere")), {})


def settings(same: int, different: int, **words: object) -> list[pl.DataFrame]:
    scores = [(0.7, 0.7)] * same + [(0.9, 0.5)] * different
    return [both(*score, task=f"task_{place}", **words) for place, score in enumerate(scores)]


@pytest.mark.parametrize(
    ("same", "different", "expected"), [(3, 2, "supported"), (2, 3, "contradicted"), (2, 2, "undecided")]
)
def test_outcomes_in_one_group(same, different, expected):
    found = decided(*settings(same, different))
    assert found.outcome == expected
    assert found.facts[0].value == same / (same + different)


def test_depends_where_short_and_long_disagree_and_both_are_many_enough():
    short, long = settings(4, 0, length=100), settings(0, 4, length=500)
    found = decided(*short, *long)
    assert found.outcome == "depends"
    assert "equal parameters, longer 0 of 4 and equal parameters, up to 300 steps 4 of 4" in found.sentence
    assert decided(*short, *settings(0, 3, length=500)).outcome == "supported"


def test_comparisons_where_nobody_learned_do_not_count_but_stay_in_the_family():
    idle = both(0.03, 0.03, task="idle")
    found = decided(*settings(1, 2), idle)
    assert found.outcome == "contradicted"
    assert "Holm's correction over 4" in found.sentence
    assert decided(idle).outcome == "undecided"


def test_seeds_that_can_establish_nothing_leave_it_undecided():
    found = decided(*settings(0, 3))
    assert found.outcome == "contradicted"
    few = [both(0.9, 0.5, 5, task=f"task_{place}") for place in range(3)]
    found = decided(*few)
    assert found.outcome == "undecided"
    assert "it takes 7 seeds" in found.sentence  # 2 / 2^7 x 3 = 0.047


def test_the_rule_alone():
    assert outcome([], possible=True, fewest=4) == "undecided"
    assert outcome([[True]], possible=False, fewest=4) == "undecided"
    assert outcome([[True] * 4, [True, False, False, False]], possible=True, fewest=4) == "depends"
    assert outcome([[True] * 4, [True, False, False, False]], possible=True, fewest=5) == "supported"
