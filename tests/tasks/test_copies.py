"""The copy tasks against sequences put together by hand, and their draws against uniform ones."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from catalogue import batch
from lrbench.tasks.copy_memory import CopyMemory
from lrbench.tasks.selective_copying import SelectiveCopying
from scipy.stats import chisquare

from lrbench.data.metrics import mean_loss

WAIT = 7


def written_out(layout: str, symbols: list[int], places: list[int]) -> tuple[list[int], list[int], list[bool]]:
    """Inputs, targets and mask with 3 symbols of 8 and a wait of T = 7, as tasks in the papers spell them."""
    nothing = [0] * 3
    match layout:
        case "arjovsky":
            return symbols + [0] * (WAIT - 1) + [9] + nothing, [0] * (WAIT + 3) + symbols, [True] * 13
        case "bai":
            return symbols + [0] * (WAIT - 1) + [9] * 4, [0] * (WAIT + 3) + symbols, [True] * 13
    held = [0] * (WAIT + 3)
    for place, symbol in zip(places, symbols, strict=True):
        held[place] = symbol
    return held + [9] * 3, [0] * (WAIT + 3) + symbols, [False] * (WAIT + 3) + [True] * 3


@pytest.mark.parametrize("layout", ["arjovsky", "bai", "s4", "scattered"])
def test_layouts(layout: str) -> None:
    task = CopyMemory(layout=layout, symbols=3)
    for key in range(5):
        inputs, targets, mask = (np.asarray(leaf) for leaf in task.sample(jax.random.key(key), WAIT + 6, WAIT + 6))
        inputs = inputs[:, 0].astype(int) if layout == "bai" else inputs
        symbols = [token for token in inputs.tolist() if 1 <= token <= 8]
        places = np.flatnonzero((inputs >= 1) & (inputs <= 8)).tolist()
        assert layout == "scattered" or places == [0, 1, 2]
        assert (inputs.tolist(), targets.tolist(), mask.tolist()) == written_out(layout, symbols, places)


@pytest.mark.parametrize(("layout", "wait", "published"), [("arjovsky", 1000, 0.0204), ("bai", 1000, 0.0204)])
def test_a_clock_without_memory_loses_what_the_papers_say(layout: str, wait: int, published: float) -> None:
    """Knowing when to answer but not what costs 10 ln 8 / (T + 20)."""
    task = CopyMemory(layout=layout)
    length = wait + 20
    example = task.sample(jax.random.key(0), length, length)
    certain, guess = jnp.asarray([30.0] + [0.0] * 8), jnp.asarray([-30.0] + [0.0] * 8)
    outputs = jnp.where((jnp.arange(length) < wait + 10)[:, None], certain[None, :], guess[None, :])
    loss = float(mean_loss(outputs, example, task.output))
    np.testing.assert_allclose(loss, task.forgetful_loss(length), rtol=1e-4)
    np.testing.assert_allclose(task.forgetful_loss(length), 10 * np.log(8) / (wait + 20), rtol=1e-12)
    assert round(loss, 4) == published


def test_only_answers_count_in_the_layout_of_s4() -> None:
    assert CopyMemory(layout="s4").forgetful_loss(120) == pytest.approx(np.log(8))


@pytest.mark.parametrize(
    "task", [CopyMemory(layout="scattered", symbols=3), SelectiveCopying(symbols=3, vocabulary=10)]
)
def test_symbols_and_places_are_uniform(task: CopyMemory | SelectiveCopying) -> None:
    length = 15
    inputs = np.concatenate([batch(task, length, seed).inputs for seed in range(8)])
    said = (inputs >= 1) & (inputs <= 8)
    assert np.all(said.sum(axis=1) == 3)
    assert not said[:, 12:].any()
    assert chisquare(said[:, :12].sum(axis=0)).pvalue > 1e-3
    assert chisquare(np.bincount(inputs[said], minlength=9)[1:]).pvalue > 1e-3


@pytest.mark.parametrize("task", [CopyMemory(layout="scattered", symbols=3), SelectiveCopying(symbols=3)])
def test_lag_is_the_longest_wait_of_a_symbol(task: CopyMemory | SelectiveCopying) -> None:
    length = 9
    blank = 0
    inputs = batch(task, length).inputs
    waits = [
        length - 3 + order - place
        for row in inputs[:, : length - 3]
        for order, place in enumerate(np.flatnonzero(row != blank).tolist())
    ]
    assert max(waits) == task.lag(length)


def test_refusals() -> None:
    assert CopyMemory().problem(20) == "10 symbols and their answers in layout arjovsky need at least 21 steps"
    assert CopyMemory(layout="s4").problem(20) is None
    assert SelectiveCopying().problem(31) == "16 symbols and as many markers need at least 32 steps"
    with pytest.raises(ValueError, match="symbols=0 is not a whole number from 1 to 4096; try symbols=1"):
        CopyMemory(symbols=0)
    with pytest.raises(ValueError, match="alphabet=1 "):
        CopyMemory(alphabet=1)
    with pytest.raises(ValueError, match="symbols=-1 "):
        SelectiveCopying(symbols=-1)
    with pytest.raises(ValueError, match="vocabulary=3 is not a whole number from 4 to 65536; try vocabulary=4"):
        SelectiveCopying(vocabulary=3)


@pytest.mark.parametrize("length", [6, 15, 40])
def test_scattered_copy_memory_and_selective_copying_are_one_task(length: int) -> None:
    """The same key draws the same sequence; the answers are numbered from 1 in the one and from 0 in the other."""
    scattered = batch(CopyMemory(layout="scattered", symbols=3, alphabet=5), length)
    selective = batch(SelectiveCopying(symbols=3, vocabulary=7), length)
    assert np.array_equal(scattered.inputs, selective.inputs)
    assert np.array_equal(scattered.mask, selective.mask)
    assert np.array_equal(scattered.targets[scattered.mask], selective.targets[selective.mask] + 1)
