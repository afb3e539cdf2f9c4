import pytest
from speed_tables import memory, nothing

from lrbench.claims import claim_of
from lrbench.claims.claim_04 import decided, holds, savings

MiB = 2**20


@pytest.fixture(scope="module")
def claim():
    return claim_of(4)


def bytes_of(gru, wide, equal):
    return tuple(part * MiB for part in (gru, wide, equal))


@pytest.mark.parametrize(
    ("saving", "held"), [(0.25, True), (1 / 3, True), (0.4167, True), (0.2499, False), (0.4168, False), (-0.3, False)]
)
def test_what_counts_as_a_third(claim, saving, held):
    assert holds(saving, claim.text) is held


@pytest.mark.parametrize(
    ("groups", "outcome"),
    [
        ([[1 / 3] * 4 + [0.1], [1 / 3] * 5], "supported"),
        ([[1 / 3] * 5, [0.0] * 5], "depends"),
        ([[1 / 3] + [0.1] * 4, [0.0] * 5], "contradicted"),
        ([[1 / 3] * 2 + [0.1] * 3, [0.0] * 5], "depends"),
        ([[], [0.1]], "undecided"),
    ],
)
def test_each_branch_of_the_rule(claim, groups, outcome):
    assert decided(groups, claim.text) == outcome


def test_savings_by_hand_and_small_lifts_left_out(claim):
    table = memory([(bytes_of(60, 90, 60), bytes_of(50, 100, 40)), (bytes_of(3, 4, 3), bytes_of(15, 20, 15))])
    wide = table.filter(at="equal width")
    smallest = claim.text["smallest_lift"]
    assert savings(wide, "temporary", smallest) == pytest.approx([1 / 3, 1 / 4])
    assert savings(wide, "lift", smallest) == pytest.approx([1 / 2])
    assert savings(table.filter(at="equal parameters"), "lift", smallest) == pytest.approx([-1 / 4])


def test_the_whole_decision(claim):
    table = memory([(bytes_of(60, 90, 62), bytes_of(100, 150, 100)), (bytes_of(20, 30, 20), bytes_of(15, 20, 15))])
    decision = claim.decide(nothing(), {"memory": table})
    assert decision.outcome == "depends"
    assert "At equal width the GRU saves 33 % (compiled temporaries), 33 % (lift" in decision.sentence
    assert "3 of 3 measurements" in decision.sentence
    assert "At equal parameters the GRU saves 0 to 3 % (compiled" in decision.sentence
    assert "1 x abacus" in decision.sentence
    facts = [(fact.what, fact.value) for fact in decision.facts]
    assert facts[0] == ("layer B32 T256 I64 H1, GRU of 1: compiled temporaries, MiB", 60)
    assert len(facts) == len(dict(facts)) == 2 * 3 * 3


def test_a_system_that_does_not_tell_its_memory(claim):
    table = memory([((None,) * 3, (None,) * 3)])
    decision = claim.decide(nothing(), {"memory": table})
    assert decision.outcome == "undecided"
