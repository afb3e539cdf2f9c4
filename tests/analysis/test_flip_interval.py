"""The interval of the sign-flip test against the test itself, a hand-worked case, and its coverage."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrbench.analysis.flip_interval import flip_interval
from lrbench.analysis.resampling import sign_flip


def test_three_pairs_by_hand():
    # Subsets of {0, 3, 6}: means 0, 3, 6, 1.5, 3, 4.5, 3. At level 2/8 the first and the last bound; at 4/8 the second.
    differences = np.array([0.0, 3.0, 6.0])
    assert flip_interval(differences, 0.25) == (0.0, 6.0)
    assert flip_interval(differences, 0.5) == (1.5, 4.5)
    assert flip_interval(differences, 0.24) == (-np.inf, np.inf)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(-50, 50), min_size=5, max_size=9),
    st.sampled_from([0.01, 0.05, 0.1, 0.2, 0.5]),
    st.integers(-40, 40),
)
def test_a_shift_lies_inside_exactly_where_the_test_does_not_reject_it(values, level, shift):
    differences = np.array(values, dtype=np.float64)
    low, high = flip_interval(differences, level)
    tested = sign_flip(differences - shift)
    assert (low <= shift <= high) == (tested.p_value > level)


def test_it_covers_the_centre_as_often_as_it_says():
    # 2000 samples of 6: 2 of the 64 gaps lie outside at level 2/64, so 96.9 % are covered; 4 standard deviations.
    rng = np.random.default_rng(1)
    covered = [
        low <= 0.7 <= high for low, high in (flip_interval(0.7 + rng.standard_t(3, 6), 2 / 64) for _ in range(2000))
    ]
    assert abs(np.mean(covered) - 62 / 64) < 4 * np.sqrt(62 / 64 * 2 / 64 / 2000)


@pytest.mark.parametrize(("pairs", "level"), [(0, 0.05), (21, 0.05), (5, 0.0), (5, 1.0)])
def test_what_is_out_of_range_is_refused(pairs, level):
    with pytest.raises(ValueError, match=r"pairs|level"):
        flip_interval(np.ones(pairs), level)
