"""Recall by content, against dictionaries kept by plain Python and draws against the distributions meant."""

import inspect
import re
from itertools import permutations, product
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from catalogue import batch, default, text
from lrbench.tasks.associative_recall import AssociativeRecall
from lrbench.tasks.compression import Compression
from lrbench.tasks.flip_flop import FlipFlop
from lrbench.tasks.fuzzy_recall import FuzzyRecall, Keys
from lrbench.tasks.in_context_recall import InContextRecall
from lrbench.tasks.memorisation import Memorisation
from scipy.stats import chisquare

from lrbench.data.show import worked_example


def several(task: Any, length: int, seeds: int = 8) -> list[np.ndarray]:
    """Inputs, targets and mask of many sequences."""
    batches = [batch(task, length, seed) for seed in range(seeds)]
    return [np.concatenate(leaves) for leaves in zip(*batches, strict=True)]


# --- multi-query associative recall


def test_pairs_come_first_and_every_key_is_asked_once() -> None:
    task = AssociativeRecall(pairs=5, vocabulary=20)
    inputs, targets, mask = batch(task, 40)
    for tokens, labels, counts in zip(inputs.tolist(), targets.tolist(), mask, strict=True):
        keys, values = tokens[:10:2], tokens[1:10:2]
        assert len(set(keys)) == len(set(values)) == 5
        assert all(1 <= key < 10 for key in keys)
        assert all(10 <= value < 20 for value in values)
        asked = np.flatnonzero(counts).tolist()
        assert all(step >= 10 and step % 2 == 0 for step in asked)
        assert sorted(tokens[step] for step in asked) == sorted(keys)
        paired = dict(zip(keys, values, strict=True))
        assert [paired[tokens[step]] - 10 for step in asked] == [labels[step] for step in asked]


def test_gaps_are_drawn_as_numpy_draws_them() -> None:
    """The ordered slots of 2 keys among 4, by the weights of what is left after the first."""
    task = AssociativeRecall(pairs=2, vocabulary=9, power=0.3)
    inputs, _, mask = several(task, 12)
    weights = np.arange(1, 5) ** (0.3 - 1.0)
    weights /= weights.sum()
    expected = {
        (one, other): weights[one] * weights[other] / (1 - weights[one]) for one, other in permutations(range(4), 2)
    }
    found = dict.fromkeys(expected, 0)
    for tokens, counts in zip(inputs.tolist(), mask, strict=True):
        slot = {tokens[step]: (step - 4) // 2 for step in np.flatnonzero(counts).tolist()}
        found[slot[tokens[0]], slot[tokens[2]]] += 1
    share = np.asarray(list(expected.values()))
    assert share.sum() == pytest.approx(1)
    assert chisquare(list(found.values()), share * len(inputs)).pvalue > 1e-3


def test_keys_values_and_fillers_are_uniform() -> None:
    task = AssociativeRecall(pairs=2, vocabulary=10)
    inputs, _, mask = several(task, 20)
    for column, low in ((slice(0, 4, 2), 1), (slice(1, 4, 2), 5)):
        among = 4 if low == 1 else 5
        _, counts = np.unique(inputs[:, column] - low, axis=0, return_counts=True)
        assert len(counts) == among * (among - 1)
        assert chisquare(counts).pvalue > 1e-3
    others = inputs[:, 4:][~mask[:, 4:]]
    assert chisquare(np.bincount(others, minlength=10)).pvalue > 1e-3


def test_the_paper_s_gaps_are_short() -> None:
    """a = 0.01 weighs slots almost by 1/x; a = 1 by nothing."""
    first = {power: several(AssociativeRecall(pairs=1, power=power), 34)[2][:, 2].mean() for power in (0.01, 1.0)}
    assert first[1.0] == pytest.approx(1 / 16, abs=0.02)
    assert first[0.01] == pytest.approx(1 / np.sum(np.arange(1, 17) ** -0.99), abs=0.04)


# --- in-context recall


@pytest.mark.parametrize("noise", [0.0, 0.4])
def test_repeated_keys_are_asked_and_no_others(noise: float) -> None:
    task = InContextRecall(vocabulary=8, noise=noise, noise_vocabulary=3)
    inputs, targets, mask = batch(task, 31)
    for tokens, labels, counts in zip(inputs.tolist(), targets.tolist(), mask.tolist(), strict=True):
        values: dict[int, int] = {}
        for step in range(0, 31, 2):
            key = tokens[step]
            assert counts[step] == (key in values)
            assert not any(counts[step + 1 : step + 2])
            if counts[step]:
                assert labels[step] == values[key] - 4
            if step < 30 and key < 8:
                assert key < 4 <= tokens[step + 1] < 8
                assert values.setdefault(key, tokens[step + 1]) == tokens[step + 1]
            elif step < 30:
                assert tokens[step + 1] >= 8
        assert counts[-1], "the last question has always an answer"


def test_last_key_is_any_of_those_shown() -> None:
    inputs, _, _ = several(InContextRecall(vocabulary=8), 9)
    three = [row for row in inputs.tolist() if len(set(row[:8:2])) == 3]
    assert len(three) > 300
    by_appearance = [list(dict.fromkeys(row[:8:2])).index(row[8]) for row in three]
    by_number = [sorted(set(row[:8:2])).index(row[8]) for row in three]
    for places in (by_appearance, by_number):
        assert chisquare(np.bincount(places, minlength=3)).pvalue > 1e-3


def test_keys_and_values_are_uniform() -> None:
    inputs, _, _ = several(InContextRecall(vocabulary=8), 9)
    assert chisquare(np.bincount(inputs[:, 0], minlength=4)).pvalue > 1e-3
    assert chisquare(np.bincount(inputs[:, 1] - 4, minlength=4)).pvalue > 1e-3


def test_noise_has_its_share_and_spares_one_pair() -> None:
    task = InContextRecall(noise=0.2)
    inputs, _, _ = several(task, 101)
    noisy = inputs[:, :100:2] >= 16
    assert noisy.mean() == pytest.approx(0.2 * 49 / 50, abs=0.005)
    assert chisquare(np.bincount(inputs[inputs >= 16] - 16, minlength=16)).pvalue > 1e-3
    inputs, _, _ = several(InContextRecall(noise=0.999), 21)
    spared = inputs[:, :20:2] < 16
    assert np.all(spared.any(axis=1))
    assert chisquare(spared[spared.sum(axis=1) == 1].sum(axis=0)).pvalue > 1e-3
    assert default("noisy_recall") == task


# --- fuzzy recall

Pairs = list[tuple[tuple[int, ...], tuple[int, ...]]]


def pairs_of(task: FuzzyRecall, tokens: list[int]) -> tuple[int, Pairs]:
    """How many blanks there are, and the pairs: a key token after a value token opens the next."""
    letters = "".join("." if token == task.vocabulary - 1 else "kv"[token >= task.key_tokens] for token in tokens)
    blanks = len(letters) - len(letters.lstrip("."))
    assert re.fullmatch(r"\.*(k+v+)*k+v*", letters)
    found = [
        (tuple(tokens[slice(*match.span(1))]), tuple(tokens[slice(*match.span(2))]))
        for match in re.finditer(r"(k+)(v*)", letters)
    ]
    return blanks, found


@pytest.mark.parametrize("keys", ["varied", "longest"])
@pytest.mark.parametrize(("vocabulary", "key_motif", "value_motif"), [(16, 3, 3), (6, 2, 3), (5, 1, 1)])
def test_values_of_repeated_keys_are_asked_token_by_token(
    keys: Keys, vocabulary: int, key_motif: int, value_motif: int
) -> None:
    task = FuzzyRecall(keys=keys, vocabulary=vocabulary, key_motif=key_motif, value_motif=value_motif)
    length = 45
    inputs, targets, mask = batch(task, length)
    for tokens, labels, counts in zip(inputs.tolist(), targets.tolist(), mask.tolist(), strict=True):
        step, pairs = pairs_of(task, tokens)
        assert 0 <= step < 2 * (key_motif + value_motif)
        asked: dict[int, int] = {}
        values: dict[tuple[int, ...], tuple[int, ...]] = {}
        for number, (key, read) in enumerate(pairs):
            last = number == len(pairs) - 1
            assert len(key) == key_motif if keys == "longest" else 1 <= len(key) <= key_motif
            value = values.get(key, read)
            assert read == (value[:-1] if last else value)
            assert 1 <= len(value) <= value_motif
            step += len(key)
            if key in values:
                asked |= {step - 1 + turn: token - task.key_tokens for turn, token in enumerate(value)}
            else:
                assert not last
            values[key] = value
            step += len(read)
        assert step == length
        assert [at for at, here in enumerate(counts) if here] == list(asked)
        assert [labels[at] for at in asked] == list(asked.values())


def test_motifs_are_uniform_in_length_and_tokens() -> None:
    task = FuzzyRecall()
    inputs, _, _ = several(task, 60)
    firsts = [pairs_of(task, row)[1][0] for row in inputs.tolist()]
    for side, low, count in ((0, 0, 7), (1, 7, 8)):
        sizes = np.bincount([len(pair[side]) for pair in firsts])[1:]
        assert len(sizes) == 3
        assert chisquare(sizes).pvalue > 1e-3
        tokens = np.concatenate([np.asarray(pair[side]) for pair in firsts]) - low
        assert chisquare(np.bincount(tokens, minlength=count)).pvalue > 1e-3


def test_tokens_of_a_value_tell_nothing_of_the_next() -> None:
    task = FuzzyRecall(vocabulary=6, key_motif=2, value_motif=2)
    inputs, targets, mask = several(task, 40)
    table = np.zeros((5, 3))
    np.add.at(table, (inputs[mask], targets[mask]), 1)
    assert np.all(table.sum(axis=1) > 100)
    assert np.all(np.abs(table / table.sum(axis=1, keepdims=True) - 1 / 3) < 0.06)


def test_the_question_is_any_pair() -> None:
    task = FuzzyRecall(keys="longest", vocabulary=101, key_motif=3, value_motif=1)
    inputs, _, _ = several(task, 27)
    places = []
    for row in inputs.tolist():
        _, pairs = pairs_of(task, row)
        assert len(pairs) == 6 + 1
        places.append([key for key, _ in pairs[:-1]].index(pairs[-1][0]))
    assert chisquare(np.bincount(places, minlength=6)).pvalue > 1e-3


def test_every_key_has_a_number_of_its_own() -> None:
    task = FuzzyRecall(vocabulary=8, key_motif=3)
    motifs = [motif for size in (1, 2, 3) for motif in product(range(3), repeat=size)]
    for rest in (0, 2):  # what stands behind a shorter key does not matter
        padded = jnp.asarray([(*motif, *[rest] * (3 - len(motif))) for motif in motifs], jnp.int32)
        numbers = task._numbers(padded, jnp.asarray([len(motif) for motif in motifs], jnp.int32))
        assert len(set(numbers.tolist())) == len(motifs)
        if rest == 0:
            usual = numbers.tolist()
    assert numbers.tolist() == usual


# --- memorisation


def test_the_table_is_the_one_of_mad() -> None:
    """Keys and values as lists of one-token motifs, shuffled one after the other by one generator."""
    random = np.random.default_rng(12345)
    keys, values = list(permutations(range(127), 1)), list(permutations(range(127, 255), 1))
    random.shuffle(keys)
    random.shuffle(values)
    facts = {key: value for (key,), (value,) in zip(keys, values, strict=False)}
    assert len(set(facts.values())) == 127
    inputs, targets, mask = several(Memorisation(), 32)
    asked = inputs[:, ::2]
    assert np.all(inputs[:, 1::2] == 127)
    assert np.array_equal(mask, np.broadcast_to(np.arange(32) % 2 == 1, mask.shape))
    assert chisquare(np.bincount(asked.ravel(), minlength=127)).pvalue > 1e-3
    assert [facts[key] - 127 for key in asked.ravel().tolist()] == targets[:, 1::2].ravel().tolist()


def test_another_seed_is_another_table() -> None:
    one, other = (batch(Memorisation(table=table), 32) for table in (1, 2))
    assert np.array_equal(one.inputs, other.inputs)
    assert np.mean(one.targets[one.mask] == other.targets[other.mask]) < 0.1


# --- compression


def test_every_place_is_asked_once_in_any_order() -> None:
    task = Compression(symbols=3, alphabet=4)
    for length in (7, 10):
        inputs, targets, mask = several(task, length)
        assert np.all(inputs[:, 3] == 4)
        assert np.all(inputs[:, 4 : length - 3] == 5)
        places = inputs[:, length - 3 :] - 6
        orders, counts = np.unique(places, axis=0, return_counts=True)
        assert [tuple(order) for order in orders.tolist()] == list(permutations(range(3)))
        assert chisquare(counts).pvalue > 1e-3
        assert np.array_equal(np.take_along_axis(inputs[:, :3], places, axis=1), targets[:, length - 3 :])
        assert np.array_equal(mask, np.broadcast_to(np.arange(length) >= length - 3, mask.shape))
        assert chisquare(np.bincount(inputs[:, :3].ravel(), minlength=4)).pvalue > 1e-3


# --- flip-flop


@pytest.mark.parametrize("name", ["flip_flop", "flip_flop_sparse", "flip_flop_dense"])
def test_reads_repeat_the_last_write(name: str) -> None:
    task = default(name)
    assert isinstance(task, FlipFlop)
    inputs, targets, mask = several(task, 64, seeds=4)
    for tokens, labels, counts in zip(inputs.tolist(), targets.tolist(), mask.tolist(), strict=True):
        text = "".join("01wri"[token] for token in tokens)
        assert re.fullmatch(r"w[01]([wri][01])*r[01]", text)
        kept = ""
        for step in range(0, 64, 2):
            instruction, bit = text[step : step + 2]
            assert counts[step] == (instruction == "r")
            assert not counts[step + 1]
            if instruction == "w":
                kept = bit
            if instruction == "r":
                assert bit == kept == str(labels[step])
    between = inputs[:, 2:-2:2]
    share = np.bincount(between.ravel(), minlength=5)[2:] / between.size
    rest = (1 - task.p_ignore) / 2
    assert np.all(np.abs(share - [rest, rest, task.p_ignore]) < 4 * np.sqrt(0.25 / between.size))
    free = inputs[:, 1::2][inputs[:, ::2] != 3]
    assert chisquare(np.bincount(free, minlength=2)).pvalue > 1e-3


def test_densities_of_the_paper() -> None:
    names = ("flip_flop", "flip_flop_sparse", "flip_flop_dense")
    assert [default(name) for name in names] == [FlipFlop(), FlipFlop(p_ignore=0.98), FlipFlop(p_ignore=0.1)]


def test_whoever_reads_the_numbers_is_told_that_the_tails_are_trained_on() -> None:
    assert "train on the tail itself" in (inspect.getdoc(FlipFlop) or "")
    assert all("No run here measures this" in number.setting for number in FlipFlop.published)
    for name in ("flip_flop_sparse", "flip_flop_dense"):
        assert "Trained on too." in text(name).splitlines()[1]


# --- all of them


def test_waits_are_as_long_as_lag_says() -> None:
    """The longest wait met, between a token and its use, comes up to the lag and not beyond it."""
    inputs, _, mask = several(AssociativeRecall(pairs=1, vocabulary=6), 8)
    assert max(np.flatnonzero(row).max() - 1 for row in mask) == AssociativeRecall(pairs=1).lag(8)
    inputs, _, _ = several(InContextRecall(vocabulary=8), 7)
    waits = [6 - row.index(row[6]) - 1 for row in inputs.tolist()]
    assert max(waits) == InContextRecall().lag(7)
    task = FuzzyRecall(vocabulary=6, key_motif=2, value_motif=2)
    inputs, _, _ = several(task, 14)
    waits = []
    for row in inputs.tolist():
        blanks, pairs = pairs_of(task, row)
        key, read = pairs[-1]
        step = blanks
        for other, value in pairs:
            if other == key:
                waits.append(14 - 1 - len(read) - (step + len(key)))
                break
            step += len(other) + len(value)
    assert max(waits) == task.lag(14)


@pytest.mark.parametrize("task_class", [FlipFlop, InContextRecall])
def test_examples_with_broken_numbers(task_class: type[Any]) -> None:
    """Worked examples whose fields have a decimal point."""
    documentation = inspect.getdoc(task_class) or ""
    headings = list(re.finditer(r"Key (\d+), length (\d+)((?:, \w+=[\w.]+)*\.\d+(?:, \w+=\w+)*)::\n", documentation))
    assert len(headings) == 1
    for heading in headings:
        fields = dict(pair.split("=") for pair in heading[3].split(", ")[1:])
        task = task_class(**{name: float(value) if "." in value else int(value) for name, value in fields.items()})
        example = worked_example(task, jax.random.key(int(heading[1])), int(heading[2]))
        following = documentation[heading.end() :].strip("\n").split("\n\n")[0]
        assert [line.strip() for line in following.splitlines()] == [line.strip() for line in example.splitlines()]


def test_refusals() -> None:
    even = "4 pairs and questions take an even number of at least 16 steps; try"
    assert AssociativeRecall().problem(14) == f"{even} 16"
    assert AssociativeRecall().problem(17) == f"{even} 18"
    assert AssociativeRecall().problem(16) is None
    assert InContextRecall().problem(2) is not None
    assert InContextRecall().problem(3) is None
    assert FuzzyRecall().problem(10) == "a pair of up to 6 tokens and its question need at least 11 steps"
    assert FuzzyRecall().problem(11) is None
    assert Memorisation().problem(3) is not None
    assert Compression().problem(62) == "31 symbols, the mark and a question for each need at least 63 steps"
    assert FlipFlop().problem(2) is not None
    assert FlipFlop().problem(5) is not None
    assert FlipFlop().problem(4) is None
    with pytest.raises(ValueError, match="vocabulary=9 is not a whole number from 10 to 65536; try vocabulary=10"):
        AssociativeRecall(vocabulary=9)
    with pytest.raises(ValueError, match=r"noise=1\.0 is not a number between 0 and 1"):
        InContextRecall(noise=1.0)
    with pytest.raises(ValueError, match="key_motif=20 makes more keys of 7 tokens than 32 bits can number"):
        FuzzyRecall(key_motif=20)
    with pytest.raises(ValueError, match=r"p_ignore=1\.5 "):
        FlipFlop(p_ignore=1.5)
