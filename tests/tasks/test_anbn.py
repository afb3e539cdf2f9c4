"""a^n b^n against words written out, and its verdicts against words accepted one by one."""

from itertools import pairwise, product

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from catalogue import possible
from lrbench.tasks.anbn import AnBn

from lrbench.data import measure


@pytest.mark.parametrize("n", range(6))
@pytest.mark.parametrize("extra", [0, 1])
def test_words(n: int, extra: int) -> None:
    """An even length, one step longer, has the same word."""
    task = AnBn()
    example = task.sample(jax.random.key(0), 2 * n + 1 + extra, 16)
    word = "S" + "a" * n + "b" * n + "E"
    pairs = [
        task.input_name(one) + task.output_name(other)
        for one, other, counts in zip(*(leaf.tolist() for leaf in example), strict=True)
        if counts
    ]
    assert pairs == [one + other for one, other in pairwise(word)]
    assert task.n(2 * n + 1 + extra) == n


def accepts(probabilities: np.ndarray, word: str, threshold: float) -> bool:
    """Weiss et al. 2018: a word is accepted when each symbol and the end have probability above the threshold.

    `probabilities[a, b, c]` is the probability of symbol c of `Eab` after `a` a's and `b` b's.
    """
    for place, symbol in enumerate(word + "E"):
        before = word[:place]
        if probabilities[before.count("a"), before.count("b"), "Eab".index(symbol)] <= threshold:
            return False
    return True


def test_verdicts_are_those_of_a_language_model_asked_word_by_word() -> None:
    random = np.random.default_rng(0)
    task = AnBn()
    verdicts = []
    words = {n: task.sample(jax.random.key(0), 2 * n + 1, 2 * n + 1) for n in (1, 2, 3)}
    for _ in range(80):
        n = int(random.integers(1, 4))
        probabilities = random.dirichlet(np.ones(3), size=(6, 6))
        for a, b, symbol in zip(
            range(6), [0] * 6, ["a"] * 6, strict=True
        ):  # likely to accept, so that both verdicts occur
            probabilities[a, b] = 0.1 + 0.7 * np.eye(3)["Eab".index(symbol)]
        for b in range(1, 6):
            rejecting = random.choice([0.001, 0.02], p=[0.8, 0.2], size=2)
            probabilities[n, b] = (rejecting[0], 0.001, 1) if b < n else (1, 0.001, rejecting[1])
        if n == 1:
            probabilities[1, 0, 0] = random.choice([0.001, 0.02])
        probabilities /= probabilities.sum(-1, keepdims=True)
        example = words[n]
        rows = [probabilities[min(step, n), max(0, step - n)] for step in range(2 * n + 1)]
        metrics = jax.jit(measure, static_argnums=0)(
            task,
            jnp.log(jnp.asarray(rows, jnp.float32))[:, None],
            jax.tree.map(lambda leaf: leaf[:, None], example),
            jnp.arange(2 * n + 1),
            jnp.asarray([2 * n + 1]),
        )
        word, shorter = "a" * n + "b" * n, "a" * n + "b" * (n - 1)
        accepted = accepts(probabilities, word, 0.01)
        goes_on = probabilities[n, n, 2] > 0.01
        exact = accepted and not accepts(probabilities, shorter, 0.01) and not goes_on
        assert bool(metrics.correct[0] == metrics.count[0]) == accepted
        assert bool(metrics.solved[0]) == exact
        if exact:
            assert not accepts(probabilities, word + "b", 0.01)
        verdicts.append((accepted, exact))
    assert {(True, True), (True, False)} <= set(verdicts)


def test_threshold_itself_is_not_enough() -> None:
    task = AnBn(threshold=0.25)
    example = task.sample(jax.random.key(0), 3, 3)
    share = jnp.log(jnp.asarray([[0.25, 0.25, 0.5], [0.0, 0.5, 0.5], [0.5, 0.25, 0.25]], jnp.float32))
    judgement = task.judge(share, example, jnp.arange(3), jnp.asarray(3))
    assert judgement.correct.tolist() == [False, True, True]
    assert judgement.exact.tolist() == [True, True, True]


def test_problem_names_the_nearest_lengths() -> None:
    assert AnBn().problem(10) == "S a^n b^n has 2n+1 steps, an odd number; try 9 or 11"
    assert possible(AnBn(), 10) == 11


@pytest.mark.parametrize("threshold", [0.0, 0.5, -1.0])
def test_threshold_must_make_sense(threshold: float) -> None:
    with pytest.raises(ValueError, match=r"threshold=.* is not a number between 0 and 0.5"):
        AnBn(threshold=threshold)


@pytest.mark.parametrize("n", range(5))
def test_only_the_two_shortest_words_need_no_memory(n: int) -> None:
    """Some table from the symbol just read to a set of accepted symbols is exactly right for n <= 1, and none for more.

    One table is right for both of these words, as the docstring says.
    """
    task, steps = AnBn(), 2 * n + 1
    example = jax.tree.map(lambda leaf: leaf[:, None], task.sample(jax.random.key(0), steps, steps))
    sets = [np.flatnonzero([mark >> symbol & 1 for symbol in range(3)]) for mark in range(1, 8)]
    judged = jax.jit(jax.vmap(lambda outputs: measure(task, outputs, example, jnp.arange(steps), jnp.asarray([steps]))))
    tables = list(product(sets, repeat=3))
    logits = np.full((len(tables), 3, 3), -20.0, np.float32)
    for number, table in enumerate(tables):
        for read, accepted in enumerate(table):
            logits[number, read, accepted] = 0.0
    solved = np.asarray(judged(jnp.asarray(logits[:, np.asarray(example.inputs)])).solved)[:, 0]
    assert bool(solved.any()) == (n <= 1)
    documented = next(
        number for number, table in enumerate(tables) if [one.tolist() for one in table] == [[0, 1], [2], [0]]
    )
    assert bool(solved[documented]) == (n <= 1)
