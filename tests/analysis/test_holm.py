import numpy as np
import pytest

from lrbench.analysis.holm import holm


@pytest.mark.parametrize(
    ("p_values", "corrected"),
    [
        # By hand: 4 x 0.005; 3 x 0.01; 2 x 0.03; 1 x 0.04 is below the one before it.
        ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]),
        ([0.02, 0.02], [0.04, 0.04]),
        ([0.6, 0.9, 0.01], [1.0, 1.0, 0.03]),
        ([0.2], [0.2]),
        ([], []),
    ],
)
def test_it_agrees_with_the_hand(p_values, corrected):
    assert holm(p_values) == pytest.approx(tuple(corrected))


def test_it_rejects_what_holms_steps_reject():
    rng = np.random.default_rng(0)
    for _ in range(200):
        p_values = rng.uniform(size=rng.integers(1, 8)) ** 3
        rejected = set()
        for rank, index in enumerate(np.argsort(p_values)):
            if p_values[index] > 0.05 / (len(p_values) - rank):
                break
            rejected.add(int(index))
        assert {index for index, p in enumerate(holm(p_values.tolist())) if p <= 0.05} == rejected
