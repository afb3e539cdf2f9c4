from pathlib import Path

import polars as pl
import pytest

from lrbench.claims import claim_of
from lrbench.claims.claim_01 import decided
from lrbench.studies import Results


@pytest.mark.parametrize(
    ("savings", "off", "outcome"),
    [
        ([25.0, 25.0], [0.0, 0.005], "supported"),
        ([24.9, 25.1], [0.0, 0.0], "supported"),
        ([25.0, 25.0], [0.0, 0.0051], "depends"),
        ([25.0, 24.8], [0.0, 0.0], "depends"),
        ([25.2, 24.8], [0.0, 0.0], "contradicted"),
    ],
)
def test_each_branch_of_the_rule(savings, off, outcome):
    # Thresholds in floating point: 25.1 - 25 is a little more than 0.1.
    assert decided(savings, 0.1 + 1e-9, off, 0.005) == outcome


def test_the_counts_support_it_and_the_published_numbers_have_no_biases():
    claim = claim_of(1)
    decision = claim.decide(Results("cpu", pl.DataFrame(), {}, Path("none")), {})
    assert decision.outcome == "supported"
    assert "294,912 and 393,216" in decision.sentence
    assert "no biases" in decision.sentence
    facts = {fact.what: fact for fact in decision.facts}
    assert facts["parameters of the GRU layer at H=256, I=128, one bias a gate"].value == 295680
    assert facts["parameters of the LSTM layer at H=256, I=128, one bias a gate"].value == 394240
    keras = facts["saving of a layer in percent, two biases a gate of the GRU, one of the LSTM, 49 sizes"]
    # The smallest layer: 3 (1 + 16) + 6 against 4 (1 + 16) + 4 for each unit.
    assert keras.low == pytest.approx(100 * (1 - 57 / 72))
    # A whole model of 10,000 words by hand: embedding, layer, head.
    around = 10000 * 256 + 256 * 10000 + 10000
    gru, lstm = around + 256 * (3 * 512 + 4), around + 256 * (4 * 512 + 4)
    words = facts["saving of a whole model in percent, one layer of 256, 10,000 tokens, as words"]
    assert words.value == pytest.approx(100 * (1 - gru / lstm))
