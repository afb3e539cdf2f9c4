import pytest

from lrbench.claims.share import by_share, share_of


def test_the_share_is_counted():
    assert share_of([True, False, True, True]) == 0.75
    with pytest.raises(ValueError, match="no case"):
        share_of([])


@pytest.mark.parametrize(
    ("shares", "outcome"),
    [
        ([0.8, 0.8], "supported"),
        ([1.0, 0.79], "depends"),
        ([0.2, 0.2], "contradicted"),
        ([0.2, 0.21], "depends"),
        ([1.0, 0.0], "depends"),
        ([0.5], "depends"),
    ],
)
def test_every_group_has_to_agree(shares, outcome):
    assert by_share(shares, 0.8, 0.2) == outcome
