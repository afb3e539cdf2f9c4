"""Parity, adding and induction heads against plain loops, and their draws against uniform ones."""

import numpy as np
import pytest
from catalogue import batch
from lrbench.tasks.adding import Adding
from lrbench.tasks.induction_heads import InductionHeads
from lrbench.tasks.parity import Parity
from scipy.stats import chisquare, kstest


def test_parity_of_fair_bits() -> None:
    inputs, targets, mask = batch(Parity(), 20)
    assert mask[:, -1].all()
    assert mask.sum() == len(mask)
    for bits, target in zip(inputs.tolist(), targets[:, -1].tolist(), strict=True):
        odd = 0
        for bit in bits:
            odd = 1 - odd if bit else odd
        assert odd == target
    assert chisquare(np.bincount(inputs.ravel(), minlength=2)).pvalue > 1e-3
    assert chisquare(np.bincount(targets[:, -1], minlength=2)).pvalue > 1e-3


@pytest.mark.parametrize("length", [2, 9])
def test_adding_marks_one_number_in_each_half(length: int) -> None:
    inputs = np.concatenate([batch(Adding(), length, seed).inputs for seed in range(4)])
    half = length // 2
    for part in (inputs[:, :half, 1], inputs[:, half:, 1]):
        assert np.all(part.sum(axis=1) == 1)
        assert part.shape[1] == 1 or chisquare(part.sum(axis=0)).pvalue > 1e-3


def test_adding_marks_any_two_numbers() -> None:
    marks = np.concatenate([batch(Adding(placement="anywhere"), 7, seed).inputs[..., 1] for seed in range(8)])
    pairs = [tuple(np.flatnonzero(row).tolist()) for row in marks]
    _, counts = np.unique(pairs, axis=0, return_counts=True)
    assert len(counts) == 21
    assert chisquare(counts).pvalue > 1e-3


@pytest.mark.parametrize("placement", ["halves", "anywhere"])
def test_adding_asks_for_the_sum_at_the_end(placement: str) -> None:
    task = Adding(placement=placement)
    inputs, targets, mask = batch(task, 30)
    assert np.array_equal(np.flatnonzero(mask[0]), [29])
    for stream, target in zip(inputs.astype(float), targets[:, -1, 0], strict=True):
        assert sum(number for number, mark in stream.tolist() if mark == 1) == pytest.approx(target, abs=1e-6)
    assert kstest(inputs[..., 0].ravel(), "uniform").pvalue > 1e-3
    assert np.mean((targets[:, -1] - 1) ** 2) == pytest.approx(1 / 6, rel=0.2)


def test_induction_heads_ask_for_the_token_after_the_special_one() -> None:
    task, length = InductionHeads(), 11
    several = [batch(task, length, seed) for seed in range(8)]
    inputs, targets, _ = (np.concatenate(leaves) for leaves in zip(*several, strict=True))
    special = inputs == 15
    assert np.all(special.sum(axis=1) == 2)
    assert special[:, -1].all()
    first = np.argmax(special, axis=1)
    assert np.array_equal(inputs[np.arange(len(inputs)), first + 1], targets[:, -1])
    assert chisquare(np.bincount(first, minlength=length - 2)).pvalue > 1e-3
    assert len(np.bincount(first)) == length - 2
    assert task.lag(length) == length - 2
    assert chisquare(np.bincount(inputs[~special], minlength=15)).pvalue > 1e-3


def test_refusals() -> None:
    assert Parity().problem(1) == "one bit is its own parity, so at least 2 steps are needed"
    assert Adding().problem(1) == "two marked numbers need at least 2 steps"
    assert InductionHeads().problem(2) is not None
    assert InductionHeads().problem(3) is None
    with pytest.raises(ValueError, match="vocabulary=2 is not a whole number from 3 to 65536; try vocabulary=3"):
        InductionHeads(vocabulary=2)
