"""The irregular series against a fit of its cosines, and against models that do not look at the gaps."""

import jax
import numpy as np
import pytest
from catalogue import batch, headline, score
from lrbench.tasks.irregular_series import IrregularSeries
from scipy.stats import chisquare, kstest

from lrbench.data import Example

LIKELY = 1e-3


def whole(example: Example) -> tuple[np.ndarray, np.ndarray]:
    """Times and values of all steps, seen or asked for, in float64."""
    values = np.where(example.mask, example.targets[..., 0], example.inputs[..., 0]).astype(float)
    return np.cumsum(example.inputs[..., 2].astype(float), axis=1), values


@pytest.mark.parametrize("waves", [1, 2, 5])
def test_series_is_a_sum_of_harmonics(waves: int) -> None:
    """All values, those asked for as well as those seen, lie on one sum of cosines of the size that is promised."""
    example = batch(IrregularSeries(waves=waves), 80)
    amplitudes, phases = [], []
    for times, values in zip(*whole(example), strict=True):
        angles = 2 * np.pi * np.outer(times, np.arange(1, waves + 1))
        parts = np.concatenate([np.cos(angles), np.sin(angles)], axis=1)
        solution, *_ = np.linalg.lstsq(parts, values, rcond=None)
        np.testing.assert_allclose(parts @ solution, values, atol=1e-5)
        cosines, sines = solution.reshape(2, waves) * np.sqrt(waves)
        amplitudes.append(np.hypot(cosines, sines))
        phases.append(np.arctan2(-sines, cosines) / (2 * np.pi) % 1)
    assert np.min(amplitudes) > 0.5 - 1e-3
    assert np.max(amplitudes) < 1 + 1e-3
    assert kstest(np.ravel(amplitudes), "uniform", args=(0.5, 0.5)).pvalue > LIKELY
    assert kstest(np.ravel(phases), "uniform").pvalue > LIKELY


def test_first_half_is_seen_and_second_half_is_asked_for() -> None:
    for length in (40, 41):
        inputs, targets, mask = batch(IrregularSeries(), length)
        half = length // 2
        assert np.array_equal(mask, np.tile(np.arange(length) >= half, (len(mask), 1)))
        assert np.array_equal(inputs[..., 1] == 1, ~mask)
        assert inputs[:, :half, 0].all(axis=0).any()
        assert not inputs[:, half:, 0].any()
        assert not targets[:, :half].any()
        assert targets[:, half:].any()


@pytest.mark.parametrize("longest_gap", [0.25, 0.5, 2.0])
def test_gaps_are_uniform_ticks(longest_gap: float) -> None:
    gaps = batch(IrregularSeries(longest_gap=longest_gap), 80).inputs[..., 2]
    assert not gaps[:, 0].any()
    ticks = gaps[:, 1:] * 1024
    assert np.array_equal(ticks, np.round(ticks))
    most = round(longest_gap * 1024)
    assert ticks.min() == 1
    assert ticks.max() == most
    counts, _ = np.histogram(ticks, bins=np.linspace(0.5, most + 0.5, 18))
    width = np.diff(np.floor(np.linspace(0.5, most + 0.5, 18)))
    assert chisquare(counts, width / width.sum() * counts.sum()).pvalue > LIKELY


@pytest.mark.parametrize("waves", [1, 8])
@pytest.mark.parametrize("longest_gap", [0.21, 0.5, 3.9])
def test_it_can_be_solved_at_its_extremes(waves: int, longest_gap: float) -> None:
    task = IrregularSeries(waves=waves, longest_gap=longest_gap)
    for length in (8 * waves, 160):
        assert np.all(headline(task, score(task, task.oracle, length)) > 1 - 1e-9)


@pytest.mark.parametrize("waves", [1, 2, 8])
def test_chance_does_not_depend_on_how_many_waves(waves: int) -> None:
    task = IrregularSeries(waves=waves)
    _, values = whole(batch(task, 160))
    assert np.mean(values**2) == pytest.approx(1 - task.chance(160), rel=0.1)
    assert 1 - task.chance(160) == pytest.approx(0.2920, abs=1e-4)


def test_who_ignores_the_gaps_is_no_better_than_chance() -> None:
    """The same least squares, at even times instead of the true ones."""
    task = IrregularSeries()

    def even(inputs: np.ndarray) -> np.ndarray:
        steady = inputs.copy()
        steady[:, 2] = 0.25
        return task.oracle(steady)

    def shuffled(inputs: np.ndarray) -> np.ndarray:
        late = inputs.copy()
        late[-40:, 2] = late[-40:, 2][::-1]
        return task.oracle(late)

    for wrong in (even, shuffled):
        assert np.mean(headline(task, score(task, wrong, 160))) < task.chance(160) + 0.1


def test_times_may_overflow() -> None:
    """After more than 2^31 ticks the series is still its cosines."""
    length = 1_200_000
    task = IrregularSeries(waves=1, longest_gap=3.9)
    example = jax.tree.map(np.asarray, task.sample(jax.random.key(0), length, length))
    assert np.sum(example.inputs[:, 2].astype(float)) * 1024 > 2**31
    off = task.oracle(example.inputs) - example.targets
    assert np.max(np.abs(off[example.mask])) < 1e-4


@pytest.mark.parametrize("waves", range(1, 9))
def test_default_lengths_are_possible_with_any_number_of_waves(waves: int) -> None:
    task = IrregularSeries(waves=waves)
    for length in (*task.lengths.train, *task.lengths.evaluation):
        assert task.problem(length) is None
    assert task.lengths.evaluation[-1] == 6 * task.lengths.train[1]
    assert waves > 5 or task.lengths == IrregularSeries().lengths


def test_the_first_value_is_felt_at_the_last_answer() -> None:
    task = IrregularSeries()
    inputs = batch(task, 16).inputs[0].copy()
    before = task.oracle(inputs)
    inputs[0, 0] += 0.5
    assert abs(task.oracle(inputs) - before)[task.lag(16), 0] > 1e-3


def test_refusals() -> None:
    assert IrregularSeries().problem(15) == "2 waves, seen in half the steps, need at least 16 steps"
    assert IrregularSeries().problem(16) is None
    with pytest.raises(ValueError, match="waves=9 is not a whole number from 1 to 8; try waves=8"):
        IrregularSeries(waves=9)
    with pytest.raises(ValueError, match=r"longest_gap=5.0 is not a number between 0.2 and 4"):
        IrregularSeries(longest_gap=5.0)
