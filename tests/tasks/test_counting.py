"""Counting tasks against words, walks and counts written out."""

from itertools import pairwise, product
from typing import get_args

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from catalogue import possible
from lrbench.tasks import anbncn, counting_sets
from lrbench.tasks.anbn import AnBn
from lrbench.tasks.anbncn import AnBnCn
from lrbench.tasks.counters import Counters, _agreements
from lrbench.tasks.counting_sets import CountingSets
from lrbench.tasks.majority import Majority
from lrbench.tasks.majority_count import MajorityCount, _probabilities

from lrbench.data import Example, GeneratedTask, measure


def draw(task: GeneratedTask, count: int, length: int, size: int | None = None) -> Example:
    """So many sequences on the host, without padding."""
    keys = jax.random.split(jax.random.key(0), count)
    drawn = jax.jit(jax.vmap(lambda key: task.sample(key, length, size or length)))(keys)
    return jax.tree.map(lambda leaf: np.asarray(leaf)[:, :length], drawn)


@pytest.mark.parametrize("language", get_args(anbncn.Language))
@pytest.mark.parametrize("n", range(4))
@pytest.mark.parametrize("extra", [0, 2])
def test_words_of_anbncn(language: anbncn.Language, n: int, extra: int) -> None:
    """A length that has no word has the longest one that fits."""
    task = AnBnCn(language=language)
    length = task.letters * n + 1 + extra
    example = task.sample(jax.random.key(0), length, 24)
    word = "S" + "".join(letter * n for letter in "abcd"[: task.letters]) + "E"
    pairs = [
        task.input_name(one) + task.output_name(other)
        for one, other, counts in zip(*(leaf.tolist() for leaf in example), strict=True)
        if counts
    ]
    assert pairs == [one + other for one, other in pairwise(word)]
    assert task.n(length) == n
    assert (task.problem(length) is None) == (extra == 0)


@pytest.mark.parametrize("language", get_args(anbncn.Language))
@pytest.mark.parametrize("n", [0, 1, 3])
def test_word_is_exact_when_no_neighbour_passes_where_it_departs(language: anbncn.Language, n: int) -> None:
    """A perfect model that leaks one wrong symbol at one step."""
    task = AnBnCn(language=language)
    letters = "abcd"[: task.letters]
    word = "".join(letter * n for letter in letters) + "E"
    departures = set()
    for letter in letters[1:]:
        for times in (n - 1, n + 1):
            if times >= 0:
                other = "".join(one * (times if one == letter else n) for one in letters) + "E"
                departures.add(next((i, b) for i, (a, b) in enumerate(zip(word, other, strict=False)) if a != b))
    length = task.letters * n + 1
    example = jax.tree.map(lambda leaf: leaf[:, None], task.sample(jax.random.key(0), length, length))
    judge = jax.jit(lambda outputs: measure(task, outputs, example, jnp.arange(length), jnp.asarray([length])))
    for step, symbol in product(range(length), "E" + letters):
        shares = np.full((length, 1, len(letters) + 1), 1e-4)
        for place, target in enumerate(word):
            shares[place, 0, ("E" + letters).index(target)] = 1
        shares[step, 0, ("E" + letters).index(symbol)] += 0.05
        metrics = judge(jnp.log(jnp.asarray(shares, jnp.float32)))
        assert metrics.correct[0] == metrics.count[0]
        assert bool(metrics.solved[0]) == ((step, symbol) not in departures), (step, symbol)


@pytest.mark.parametrize("language", get_args(counting_sets.Language))
@pytest.mark.parametrize("n", [1, 2, 4])
def test_sets_are_the_symbols_that_continue_to_a_word(language: counting_sets.Language, n: int) -> None:
    task = CountingSets(language=language)
    letters = "abcd"[: task.letters]
    words = ["".join(letter * times for letter in letters) + "T" for times in range(1, 8)]
    length = task.letters * n
    inputs, targets, mask = (leaf.tolist() for leaf in task.sample(jax.random.key(0), length, length + 3))
    assert mask == [True] * length + [False] * 3
    word = "".join(letters[token] for token in inputs[:length])
    assert word + "T" in words
    for step in range(length):
        prefix = word[: step + 1]
        legal = {other[step + 1] for other in words if other.startswith(prefix)}
        assert {task.output_name(index) for index, bit in enumerate(targets[step]) if bit} == legal
    assert not np.any(targets[length:])
    assert task.n(length) == n


@pytest.mark.parametrize(
    "task",
    [AnBn(), *(AnBnCn(language=one) for one in get_args(anbncn.Language))]
    + [CountingSets(language=one) for one in get_args(counting_sets.Language)],
    ids=str,
)
@pytest.mark.parametrize("n", [1, 2, 5])
def test_lag_is_from_the_first_a_to_the_end_of_the_word(task: AnBn | AnBnCn | CountingSets, n: int) -> None:
    """One step less than the word has symbols, with a symbol before it or without."""
    length = possible(task, n * (task.output.count - 1))
    assert task.n(length) == n
    inputs, _, mask = (np.asarray(leaf) for leaf in task.sample(jax.random.key(0), length, length))
    first_a = [task.input_name(token) for token in inputs.tolist()].index("a")
    assert task.lag(length) == np.flatnonzero(mask).max() - first_a == n * (task.output.count - 1) - 1


def test_a_word_without_letters_has_no_lag() -> None:
    assert AnBn().lag(1) == AnBnCn().lag(1) == 0


def test_problems_name_the_nearest_lengths() -> None:
    assert AnBnCn().problem(9) == "S a^n b^n c^n has 3n+1 steps; try 7 or 10"
    assert CountingSets(language="anbncndn").problem(9) == "a^n b^n c^n d^n has 4n steps with n >= 1; try 8 or 12"
    assert CountingSets().problem(1) == "a^n b^n has 2n steps with n >= 1; try 2"


@pytest.mark.parametrize("counters", [1, 2, 3])
def test_probability_that_a_counter_is_where_it_moves_to(counters: int) -> None:
    """By stepping the distribution of one counter's value."""
    steps = 30
    value = np.zeros(2 * steps + 3)
    zero = steps + 1
    value[zero] = 1
    for found in _agreements(counters, steps):
        up = np.roll(value, 1)  # the counter moves up at this step
        np.testing.assert_allclose(found, up[zero + 1 :].sum(), rtol=1e-9)
        value = (1 - 1 / counters) * value + (np.roll(value, 1) + np.roll(value, -1)) / (2 * counters)


def test_counters_are_moved_alike_and_pass_through_zero() -> None:
    task = Counters(counters=3)
    inputs, targets, _ = draw(task, 400, 50)
    shares = np.bincount(inputs.ravel(), minlength=6) / inputs.size
    np.testing.assert_allclose(shares, 1 / 6, atol=5 * np.sqrt(1 / 6 / inputs.size))
    classes = np.bincount(targets.ravel(), minlength=3) / targets.size
    assert abs(classes[0] - classes[2]) < 0.05
    assert classes[1] > 0.05


@pytest.mark.parametrize("vocabulary", [3, 6, 64])
def test_majority_is_unique(vocabulary: int) -> None:
    task = Majority(vocabulary=vocabulary)
    inputs, targets, mask = draw(task, 300, 21, 30)
    assert np.all(inputs[:, -1] == vocabulary - 1)
    assert np.all(mask.sum(axis=1) == 1)
    for symbols, answer in zip(inputs[:, :-1], targets[:, -1], strict=True):
        counts = np.bincount(symbols, minlength=vocabulary)
        assert counts[vocabulary - 1] == 0
        assert np.flatnonzero(counts == counts.max()).tolist() == [answer]


def test_majority_changes_one_step_of_a_tie_and_nothing_else() -> None:
    """Of the 16 strings of 4 of two symbols 6 are ties, and each tie becomes 3 of one and 1 of the other."""
    inputs, targets, _ = draw(Majority(vocabulary=3), 4000, 5)
    counts = {}
    for symbols in inputs[:, :-1].tolist():
        counts[tuple(symbols)] = counts.get(tuple(symbols), 0) + 1
    assert len(counts) == 10
    for symbols, count in counts.items():
        share = 1 / 16 if len(set(symbols)) == 1 else (1 + 6 / 8) / 16
        assert abs(count / 4000 - share) < 5 * np.sqrt(share / 4000), symbols
    assert abs(np.mean(targets[:, -1]) - 0.5) < 0.04


@pytest.mark.parametrize(("symbols", "steps"), [(2, 1), (2, 6), (3, 7), (5, 5)])
@pytest.mark.parametrize("largest", [3, 9])
def test_probabilities_of_majority_counts(symbols: int, steps: int, largest: int) -> None:
    counts = [min(np.bincount(string).max(), largest) for string in product(range(symbols), repeat=steps)]
    shares = np.bincount(counts, minlength=largest + 1)[1:] / len(counts)
    np.testing.assert_allclose(_probabilities(symbols, largest, steps), shares, atol=1e-12)


def test_probabilities_of_majority_counts_of_many_steps() -> None:
    symbols = np.random.default_rng(0).integers(0, 63, (4000, 1500))
    most = np.asarray([np.bincount(row).max() for row in symbols])
    found = _probabilities(63, 63, 1500)
    assert found.sum() == pytest.approx(1)
    shares = np.bincount(most, minlength=64)[1:64] / len(most)
    np.testing.assert_allclose(found, shares, atol=5 * np.sqrt(0.25 / len(most)))
    assert np.argmax(found) + 1 == pytest.approx(np.mean(most), abs=2)


def test_majority_count_counts() -> None:
    inputs, targets, _ = draw(MajorityCount(vocabulary=5, largest=14), 200, 25, 30)
    for symbols, answer in zip(inputs[:, :-1], targets[:, -1], strict=True):
        assert min(np.bincount(symbols).max(), 14) == answer + 1


def test_majority_count_refuses_lengths_whose_counts_have_no_class() -> None:
    task = MajorityCount(vocabulary=5, largest=20)
    assert task.problem(41) is None
    assert "try at most 41 steps" in (task.problem(42) or "")
    with pytest.raises(ValueError, match=r"largest=2 is too small .* try largest=\d+$") as error:
        MajorityCount(vocabulary=5, largest=2)
    enough = int(str(error.value).split("=")[-1])
    assert 2 < enough < 20
    assert MajorityCount(vocabulary=5, largest=enough).largest == enough
    with pytest.raises(ValueError, match=f"try largest={enough}$"):
        MajorityCount(vocabulary=5, largest=enough - 1)


def test_majority_count_refuses_lengths_at_which_the_count_is_nearly_sure() -> None:
    """Of three of 63 symbols all differ with probability 62/63 · 61/63 = 0.953; of four, 0.907."""
    task = MajorityCount()
    refused = "the most frequent of 63 symbols comes 1 times in more than 95% of sequences"
    assert (task.problem(4) or "").startswith(refused)
    assert (task.problem(3) or "").endswith("try 5 steps")
    assert task.problem(5) is None
    assert task.chance(5) == pytest.approx(62 * 61 * 60 / 63**3)
    task = MajorityCount(largest=3)
    sure = (task.lengths.evaluation[-1] + 1, 94)
    said = [task.problem(length) or "" for length in sure]
    assert "comes 3 or more times in more than 95% of sequences" in said[1]
    nearest = int(said[1].split("try ")[1].split()[0])
    assert task.problem(nearest) is None
    assert task.problem(nearest + 1) is not None


@pytest.mark.parametrize(("vocabulary", "enough"), [(3, 24), (4, 16), (6, 10), (17, 4), (64, 3), (256, 3), (1024, 2)])
def test_majority_count_is_open_at_all_default_lengths(vocabulary: int, enough: int) -> None:
    if enough > 2:
        with pytest.raises(ValueError, match=f"largest=2 is too small .* try largest={enough}$"):
            MajorityCount(vocabulary=vocabulary, largest=2)
    for largest in {enough, min(2 * enough, 256), 63, 256}:
        task = MajorityCount(vocabulary=vocabulary, largest=largest)
        lengths = task.lengths
        assert lengths.evaluation[-1] >= 6 * lengths.train[1]
        assert list(lengths.evaluation) == sorted(set(lengths.evaluation))
        for length in (*lengths.train, *lengths.evaluation):
            assert task.problem(length) is None
            assert task.chance(length) <= 0.95
    assert MajorityCount().lengths.train == (8, 40)


@pytest.mark.parametrize("counters", range(1, 33))
def test_counters_begin_where_something_is_to_be_remembered(counters: int) -> None:
    task = Counters(counters=counters)
    shortest, longest = task.lengths.train
    assert task.chance(shortest) <= 0.8 < task.chance(shortest - 1) or shortest == 1
    assert 2 * shortest <= longest
    assert task.lengths.evaluation == tuple(int(longest * times) for times in (1, 1.5, 2, 3, 4, 6, 8))


@pytest.mark.parametrize(
    ("make", "name", "least", "most"),
    [
        (Majority, "vocabulary", 3, 4096),
        (MajorityCount, "vocabulary", 3, 1024),
        (MajorityCount, "largest", 2, 256),
        (Counters, "counters", 1, 32),
    ],
)
def test_fields_have_bounds(make: type[GeneratedTask], name: str, least: int, most: int) -> None:
    for value, nearest in ((least - 1, least), (most + 1, most)):
        message = f"{name}={value} is not a whole number from {least} to {most}; try {name}={nearest}$"
        with pytest.raises(ValueError, match=message):
            make(**{name: value})
    assert getattr(make(**{name: most}), name) == most


def test_majority_of_many_symbols_is_answered() -> None:
    task = Majority(vocabulary=4096)
    for inputs, answer in zip(*draw(task, 8, 40)[:2], strict=True):
        logits = task.oracle(inputs)
        assert logits.shape == (40, 4095)
        assert np.argmax(logits[-1]) == answer[-1]


@pytest.mark.parametrize("task", [AnBnCn(language=one) for one in get_args(anbncn.Language)])
def test_only_the_shortest_words_of_anbncn_can_be_guessed_without_memory(task: AnBnCn) -> None:
    """The guess of the docstring is exactly right at n = 0 and 1, and wrong from n = 2 on."""
    symbols = 1 + task.letters
    guess = np.full((symbols, symbols), -20.0, np.float32)
    guess[0, [0, 1]] = 0.0
    guess[np.arange(1, symbols), (np.arange(1, symbols) + 1) % symbols] = 0.0
    size = 4 * task.letters + 1
    lengths = jnp.arange(5, dtype=jnp.int32) * task.letters + 1
    draw_all = jax.vmap(lambda length: task.sample(jax.random.key(0), length, size), out_axes=1)

    @jax.jit
    def solved(lengths: jax.Array) -> jax.Array:
        example = draw_all(lengths)
        return measure(task, jnp.asarray(guess)[example.inputs], example, jnp.arange(size), lengths).solved

    assert solved(lengths).tolist() == [True, True, False, False, False]


@pytest.mark.parametrize("language", get_args(counting_sets.Language))
def test_only_the_shortest_words_of_sets_can_be_guessed_without_memory(language: counting_sets.Language) -> None:
    """From n = 2 on the same letter is followed by different sets."""
    task = CountingSets(language=language)
    for n in range(1, 5):
        inputs, targets, _ = task.sample(jax.random.key(0), task.letters * n, task.letters * n)
        sets: dict[int, set[tuple[int, ...]]] = {}
        for letter, bits in zip(inputs.tolist(), targets.tolist(), strict=True):
            sets.setdefault(letter, set()).add(tuple(bits))
        assert all(len(one) == 1 for one in sets.values()) == (n == 1)
