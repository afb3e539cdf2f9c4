from math import comb

import numpy as np
import pytest

from lrbench.analysis.solved import fisher, mcnemar


def lanes(solved, failed):
    return np.array([True] * solved + [False] * failed)


def test_mcnemar_by_hand():
    # 6 seeds that only the first solves, 1 that only the second does: 2 (1 + 7) / 2^7.
    first = np.array([True] * 6 + [False] + [True] * 4 + [False] * 2)
    second = np.array([False] * 6 + [True] + [True] * 4 + [False] * 2)
    found = mcnemar(first, second)
    assert found.p_value == pytest.approx(2 * 8 / 128)
    assert found == ("McNemar", found.p_value, 10, 5, 13, 13)
    assert mcnemar(second, first).p_value == found.p_value


@pytest.mark.parametrize("only", range(1, 8))
def test_seeds_that_agree_say_nothing(only):
    alone = mcnemar(lanes(only, 0), lanes(0, only))
    assert alone.p_value == pytest.approx(min(1.0, 2 / 2**only))
    more = mcnemar(np.concatenate([lanes(only, 0), lanes(9, 5)]), np.concatenate([lanes(0, only), lanes(9, 5)]))
    assert more.p_value == alone.p_value


def test_no_seed_that_differs_is_no_evidence():
    assert mcnemar(lanes(3, 4), lanes(3, 4)).p_value == 1


def test_fisher_by_hand():
    # The lady tasting tea (Fisher 1935): 3 of 4 against 1 of 4, 34 of the 70 deals are as far or farther.
    assert fisher(lanes(3, 1), lanes(1, 3)).p_value == pytest.approx(34 / 70)
    assert fisher(lanes(4, 0), lanes(0, 4)).p_value == pytest.approx(2 / 70)


@pytest.mark.parametrize(("first", "second"), [((5, 2), (1, 8)), ((0, 6), (4, 3)), ((6, 0), (9, 0))])
def test_fisher_counts_the_deals(first, second):
    solved, of = first[0] + second[0], sum(first)
    total = of + sum(second)
    chances = {
        k: comb(solved, k) * comb(total - solved, of - k) / comb(total, of)
        for k in range(max(0, of - total + solved), min(solved, of) + 1)
    }
    expected = sum(chance for chance in chances.values() if chance <= chances[first[0]] * (1 + 1e-9))
    found = fisher(lanes(*first), lanes(*second))
    assert found.p_value == pytest.approx(expected)
    assert found[2:] == (first[0], second[0], of, sum(second))
