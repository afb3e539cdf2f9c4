import pytest
from speed_tables import latencies, nothing

from lrbench.claims import claim_of
from lrbench.claims.claim_05 import Steps, decided, is_lower

LOWER, SAME = (1.05, 1.01, 1.1), (1.2, 1.0, 1.3)
FAST, SLOW = (4.9e-3,), (5.1e-3,)


@pytest.fixture(scope="module")
def claim():
    return claim_of(5)


def test_lower_beyond_doubt(claim):
    assert is_lower(Steps(*LOWER, *FAST), claim.text)
    assert not is_lower(Steps(*SAME, *FAST), claim.text)
    assert not is_lower(Steps(1.04, 1.03, 1.1, *FAST), claim.text)


@pytest.mark.parametrize(
    ("steps", "outcome"),
    [
        ([LOWER + SLOW] * 2 + [LOWER + FAST] * 2 + [SAME + FAST], "depends"),
        ([LOWER + SLOW] * 3 + [LOWER + FAST] + [SAME + FAST], "supported"),
        ([LOWER + FAST] * 5, "depends"),
        ([SAME + SLOW] * 5, "depends"),
        ([SAME + FAST] * 4 + [LOWER + FAST], "contradicted"),
        ([SAME + FAST] * 4 + [SAME + SLOW], "depends"),
        ([(1.2, 0.9, 1.4, 1e-4)] * 2 + [LOWER + FAST] * 3, "undecided"),
        ([(1.2, 1.01, 1.5, 1e-4)] * 2 + [LOWER + FAST] * 3, "depends"),
    ],
)
def test_each_branch_of_the_rule(claim, steps, outcome):
    assert decided([Steps(*one) for one in steps], claim.text) == outcome
    decision = claim.decide(nothing(), {"latencies": latencies(steps)})
    assert decision.outcome == outcome


def test_the_sentence_and_the_facts(claim):
    decision = claim.decide(nothing(), {"latencies": latencies([LOWER + FAST, LOWER + SLOW])})
    assert "longer beyond doubt at 2 of 2 widths (64 to 128)" in decision.sentence
    assert "from 4,900 to 5,100 µs and is over 5 ms at 1 of 2 widths" in decision.sentence
    facts = {fact.what: fact.value for fact in decision.facts}
    assert facts["GRU of 64, p95 of a step, µs"] == pytest.approx(20)
    assert facts["LSTM step / GRU step, H64, equal width"] == 1.05
