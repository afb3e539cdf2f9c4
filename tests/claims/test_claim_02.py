from pathlib import Path

import polars as pl
import pytest

from lrbench.claims import claim_of
from lrbench.claims.claim_02 import Constant, by_constant
from lrbench.claims.share import by_share
from lrbench.studies import Results


def test_the_articles_size_by_hand():
    one = by_constant(lambda _: 128, 256, 0.866)
    assert (one.width, one.exact) == (222, 215)
    assert one.off == pytest.approx(4 * 222 * (128 + 222 + 1) / 295680 - 1)
    assert one.exact_off == pytest.approx(4 * 215 * (128 + 215 + 1) / 295680 - 1)
    assert not one.holds(0.01)


def test_where_the_inputs_grow_it_holds_and_where_they_do_not_it_does_not():
    assert by_constant(lambda width: width, 1024, 0.866).holds(0.01)
    assert by_constant(lambda _: 2, 37, 0.866).width == by_constant(lambda _: 2, 37, 0.866).exact == 32
    assert not by_constant(lambda _: 4096, 64, 0.866).holds(0.01)


@pytest.mark.parametrize(
    ("one", "holds"),
    [
        (Constant(10, 9, 0.01, 0.0), True),
        (Constant(10, 9, -0.0101, 0.0), False),
        (Constant(9, 9, 0.3, 0.3), True),
    ],
)
def test_near_enough_or_the_nearest(one, holds):
    assert one.holds(0.01) is holds


def test_the_verdict_depends_and_says_on_what():
    claim = claim_of(2)
    decision = claim.decide(Results("cpu", pl.DataFrame(), {}, Path("none")), {})
    shares = [fact.value for fact in decision.facts[:2]]
    assert shares[0] == 1
    assert 0.05 < shares[1] < 0.95
    assert (
        decision.outcome == "depends" == by_share(shares, claim.text["supported_from"], claim.text["contradicted_to"])
    )
    assert "14 of 14 cases where the inputs grow" in decision.sentence
    assert "215 (+0.05%)" in decision.sentence
    assert "222 (+5.4%)" in decision.sentence
    whole = {fact.what: fact.value for fact in decision.facts if fact.what.startswith("whole model")}
    assert whole["whole model, 10 tokens, encoder as wide as the layer: exact LSTM width over GRU width"] == 111 / 128
