import numpy as np
import pytest
from scipy import stats

from lrbench.analysis.decision import Paired, call, decide, practical
from lrbench.analysis.difference import describe, describe_each
from lrbench.analysis.searched import Searched, Side


def better(pairs, gap=0.3):
    return gap + 0.01 * np.arange(pairs)


def test_five_seeds_call_nothing_and_six_do():
    five, six = call([better(5)], 0.05)[0], call([better(6)], 0.05)[0]
    assert (five.established, five.corrected) == (False, 0.0625)
    assert (six.established, six.corrected) == (True, 0.03125)


def test_a_family_of_two_takes_seven_seeds():
    assert not any(one.established for one in call([better(6), better(6)], 0.05))
    assert all(one.established for one in call([better(7), better(7)], 0.05))


def test_a_comparison_beside_a_clear_one_is_called_by_its_own_p():
    none = np.array([0.1, -0.1, 0.2, -0.2, 0.3, -0.3, 0.1, -0.1, 0.0, 0.0])
    clear, weak, nothing = call([better(10), better(7), none], 0.05)
    assert clear.corrected == pytest.approx(3 * 2 / 2**10)
    assert weak.corrected == pytest.approx(2 * 2 / 2**7)
    assert (clear.established, weak.established, nothing.established) == (True, True, False)


def test_a_whole_decision():
    differences = better(8)
    (one,) = decide([differences], 0.05, 0.05)
    assert one.difference == describe(differences)
    assert one.t_test == pytest.approx(stats.ttest_1samp(differences, 0).pvalue)
    assert (one.practical, one.call.established, one.beyond, one.seeds_needed) == ("relevant", True, 8, 6)
    assert one.beyond_at_most == 1.0


def test_the_bound_on_other_seeds_is_exact():
    (none,) = decide([np.zeros(10)], 0.05, 0.05)
    assert (none.beyond, none.practical) == (0, "equal")
    assert none.beyond_at_most == pytest.approx(1 - 0.05 ** (1 / 10))


def test_seeds_are_planned_for_the_family():
    differences = np.random.default_rng(0).normal(0.5, 1.0, 9)
    alone, together = decide([differences], 0.05, 0.05)[0], decide([differences] * 5, 0.05, 0.05)[0]
    assert alone.seeds_needed < together.seeds_needed


def test_contenders_that_chose_a_rate_are_tested_with_the_choice():
    rng = np.random.default_rng(3)
    # Rate 0 is good on the test and rate 1 is not; validation tells nothing, and chance chose differently.
    score = np.array([[0.9, 0.1]] * 6) + rng.normal(0, 0.01, (6, 2))
    first, second = (
        Side(np.ones((6, 2)), np.array([losses] * 6) + rng.normal(0, 1, (6, 2)), score)
        for losses in ([0.0, 3.0], [3.0, 0.0])
    )
    differences = first.score[:, 0] - second.score[:, 1]
    assert call([differences], 0.05)[0].established
    assert not call([Paired(differences, Searched(first, Side(first.validation, first.loss + 0.1, score)))], 0.05)[
        0
    ].established


@pytest.mark.parametrize(
    ("differences", "established", "margin", "said"),
    [
        (np.full(6, 0.01), False, 0.05, "equal"),
        (np.full(6, 0.01), True, 0.05, "equal"),
        (np.full(5, 0.01), False, 0.05, "open"),
        (np.full(6, 0.2), True, 0.05, "relevant"),
        (np.full(6, -0.2), True, 0.05, "relevant"),
        (np.full(6, 0.2), False, 0.05, "open"),
        (np.full(6, 0.2), True, 0.2, "open"),
        # The mean is inside the margin, and the interval is not.
        (np.array([0.2, -0.2, 0.1, -0.1, 0.2, -0.2]), False, 0.05, "open"),
        # One seed in ten fails, which the bootstrap can miss by little and Student's t does not.
        (np.array([0.0] * 9 + [0.45]), False, 0.14, "open"),
        (np.array([0.4]), True, 0.05, "open"),
    ],
)
def test_what_matters_is_said_by_both_intervals(differences, established, margin, said):
    assert practical(describe(differences), established, margin) == said


def test_a_difference_of_the_margin_is_hardly_ever_called_equal():
    rng, comparisons = np.random.default_rng(4), 400
    differences = describe_each(list(rng.normal(0.05, 0.03, (comparisons, 8))))
    called = sum(practical(one, False, 0.05) == "equal" for one in differences)
    assert called <= stats.binom.isf(0.001, comparisons, 0.05)


def test_no_pair_is_refused():
    with pytest.raises(ValueError, match="same seeds"):
        decide([np.ones(0)], 0.05, 0.05)
