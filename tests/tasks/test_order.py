"""Tasks of order against plain Python: missing duplicate, odds first, bucket sort."""

import numpy as np
import pytest
from catalogue import batch
from lrbench.tasks.bucket_sort import BucketSort
from lrbench.tasks.missing_duplicate import MissingDuplicate
from lrbench.tasks.odds_first import OddsFirst
from scipy.stats import chisquare


def strings(task: BucketSort | OddsFirst, length: int) -> list[tuple[list[int], list[int]]]:
    """Strings and answers, after checking the layout: n symbols, n queries."""
    inputs, targets, mask = batch(task, length)
    n = length // 2
    assert not mask[:, :n].any()
    assert mask[:, n:].all()
    assert np.all(inputs[:, n:] == task.vocabulary)
    assert np.all(inputs[:, :n] < task.vocabulary)
    assert chisquare(np.bincount(inputs[:, :n].ravel(), minlength=task.vocabulary)).pvalue > 1e-3
    return list(zip(inputs[:, :n].tolist(), targets[:, n:].tolist(), strict=True))


@pytest.mark.parametrize("length", [2, 4, 14, 26])
@pytest.mark.parametrize("vocabulary", [2, 5, 11])
def test_bucket_sort_sorts(length: int, vocabulary: int) -> None:
    for string, answer in strings(BucketSort(vocabulary=vocabulary), length):
        assert answer == sorted(string)


def test_odds_first_as_in_the_paper() -> None:
    """00110101 becomes 0100 0111, and 110 becomes 10 1 (Delétang et al. 2022, comments of their code)."""
    for string, answer in (("00110101", "01000111"), ("110", "101")):
        inputs = np.asarray([int(bit) for bit in string] + [2] * len(string))
        said = np.argmax(OddsFirst().oracle(inputs), axis=1)[len(string) :]
        assert "".join(map(str, said.tolist())) == answer


@pytest.mark.parametrize("length", [2, 4, 6, 14, 26])
@pytest.mark.parametrize("vocabulary", [2, 7])
def test_odds_first_numbers_from_one_and_their_code_from_zero(length: int, vocabulary: int) -> None:
    for order, odd in (("paper", 1), ("code", 0)):
        for string, answer in strings(OddsFirst(order=order, vocabulary=vocabulary), length):
            numbered = list(enumerate(string, start=1))
            first = [symbol for number, symbol in numbered if number % 2 == odd]
            second = [symbol for number, symbol in numbered if number % 2 != odd]
            assert answer == first + second


@pytest.mark.parametrize("order", ["paper", "code"])
@pytest.mark.parametrize("n", [1, 2, 3, 4, 7, 8])
def test_lag_of_odds_first_is_the_longest_wait(order: str, n: int) -> None:
    """Symbols that are all different show where each is asked."""
    task = OddsFirst(order=order, vocabulary=max(n, 2))
    inputs = np.asarray([*range(n), *[task.vocabulary] * n])
    said = np.argmax(task.oracle(inputs), axis=1)[n:].tolist()
    assert max(n + said.index(symbol) - symbol for symbol in range(n)) == task.lag(2 * n)


@pytest.mark.parametrize("length", [3, 5, 13])
@pytest.mark.parametrize("vocabulary", [2, 5])
def test_missing_duplicate_has_one_hole(length: int, vocabulary: int) -> None:
    task = MissingDuplicate(vocabulary=vocabulary)
    half = length // 2
    inputs, targets, mask = (
        np.concatenate(leaves) for leaves in zip(*(batch(task, length, seed) for seed in range(4)), strict=True)
    )
    assert np.array_equal(np.flatnonzero(mask[0]), [length - 1])
    assert np.all(inputs[:, -1] == vocabulary + 1)
    holes = []
    for places, answer in zip(inputs[:, :-1].tolist(), targets[:, -1].tolist(), strict=True):
        assert places.count(vocabulary) == 1
        hole = places.index(vocabulary)
        places[hole] = answer
        assert places[:half] == places[half:]
        assert max(places) < vocabulary
        holes.append(hole)
    assert chisquare(np.bincount(holes, minlength=2 * half)).pvalue > 1e-3
    assert chisquare(np.bincount(targets[:, -1], minlength=vocabulary)).pvalue > 1e-3


def test_missing_duplicate_as_in_the_paper() -> None:
    """01100210, with 2 for the hole, lacks a 1 (Delétang et al. 2022, comments of their code)."""
    said = MissingDuplicate().oracle(np.asarray([0, 1, 1, 0, 0, 2, 1, 0, 3]))
    assert np.argmax(said[-1]) == 1


def test_refusals() -> None:
    assert (BucketSort().problem(7) or "").endswith("an even number of at least 2; try 8")
    assert (OddsFirst().problem(-4) or "").endswith("an even number of at least 2; try 2")
    assert (MissingDuplicate().problem(8) or "").endswith("an odd number of at least 3; try 9")
    for task in (BucketSort, OddsFirst, MissingDuplicate):
        with pytest.raises(
            ValueError, match=r"vocabulary=1 is not a whole number (of at least 2|from 2 to \d+); try vocabulary=2"
        ):
            task(vocabulary=1)
