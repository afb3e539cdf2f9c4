import pytest
from speed_tables import nothing, times

from lrbench.claims import claim_of
from lrbench.claims.claim_03 import decided, holds

AS_SAID, NOT, WILD = (1.25, 1.2, 1.3), (1.0, 0.95, 1.05), (1.25, 1.01, 1.6)


@pytest.fixture(scope="module")
def claim():
    return claim_of(3)


@pytest.mark.parametrize(
    ("timing", "held"),
    [
        ((1.1, 1.05, 1.2), True),
        ((1.5, 1.4, 1.6), True),
        ((1.0999, 1.05, 1.2), False),
        ((1.5001, 1.4, 1.6), False),
        ((1.2, 1.0, 1.3), False),
    ],
)
def test_a_case_at_the_thresholds(claim, timing, held):
    assert holds(timing, claim.text) is held


@pytest.mark.parametrize(
    ("equal_width", "equal_parameters", "outcome"),
    [
        ([AS_SAID] * 4 + [NOT], [AS_SAID] * 4 + [NOT], "supported"),
        ([AS_SAID] * 5, [AS_SAID] * 3 + [NOT] * 2, "depends"),
        ([AS_SAID] * 5, [NOT] * 5, "depends"),
        ([AS_SAID] + [NOT] * 4, [NOT] * 5, "contradicted"),
        ([AS_SAID] * 2 + [NOT] * 3, [NOT] * 5, "depends"),
        ([WILD] * 4 + [AS_SAID], [AS_SAID] * 5, "undecided"),
        ([WILD] * 3 + [AS_SAID] * 2, [AS_SAID] * 5, "supported"),
    ],
)
def test_each_branch_of_the_rule(claim, equal_width, equal_parameters, outcome):
    assert decided([equal_width, equal_parameters], claim.text) == outcome
    decision = claim.decide(nothing(), {"times": times(equal_width, equal_parameters)})
    assert decision.outcome == outcome
    assert ("end other work on this machine" in decision.sentence) is (outcome == "undecided")


def test_the_facts_are_the_table_and_the_sentence_names_the_machine(claim):
    decision = claim.decide(nothing(), {"times": times([AS_SAID] * 4 + [NOT], [NOT] * 5)})
    first, last = decision.facts[0], decision.facts[-1]
    assert (first.value, first.low, first.high, first.seeds) == (1.25, 1.2, 1.3, 7)
    assert first.what == "LSTM time / GRU time, equal width, training step B32 T256 H1"
    assert last.value == 0
    assert "4 of 5 cases lie within 1.1 to 1.5" in decision.sentence
    assert "does not hold for layer B32 T256 I64 H16 (1.00)" in decision.sentence
    assert "1 x abacus, 2 cores" in decision.sentence
    assert claim.of_machine
