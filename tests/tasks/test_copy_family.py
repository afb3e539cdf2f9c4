"""Copying in its other forms, against sequences read by plain Python and draws against the distributions meant."""

from itertools import product
from math import factorial, prod

import jax
import numpy as np
import pytest
from catalogue import batch, default
from lrbench.tasks.copy import Answer, Copy
from lrbench.tasks.selective_copying_mad import SelectiveCopyingMad
from lrbench.tasks.string_copy import StringCopy
from scipy.stats import chisquare


def several(task: Copy | SelectiveCopyingMad | StringCopy, length: int, seeds: int = 8) -> list[np.ndarray]:
    """Inputs, targets and mask of many sequences."""
    batches = [batch(task, length, seed) for seed in range(seeds)]
    return [np.concatenate(leaves) for leaves in zip(*batches, strict=True)]


def test_mad_lays_out_symbols_prompt_and_blanks() -> None:
    inputs, targets, mask = batch(SelectiveCopyingMad(symbols=3, vocabulary=7), 15)
    for tokens, answers, counts in zip(inputs.tolist(), targets.tolist(), mask.tolist(), strict=True):
        context, prompt, asked = tokens[:11], tokens[11], tokens[12:]
        assert prompt == 6
        assert asked == [5, 5, 5]
        assert counts == [False] * 12 + [True] * 3
        assert [token for token in context if token != 5] == answers[12:]
        assert context[-1] != 5, "no blank falls after the last symbol"


def test_mad_lets_each_blank_fall_before_any_symbol() -> None:
    """Blanks before each of 3 symbols: a multinomial over 4 blanks, as repeated insertion before an index gives."""
    inputs, _, _ = several(SelectiveCopyingMad(symbols=3, vocabulary=7), 11)
    expected = {
        counts: factorial(4) / prod(map(factorial, counts)) / 3**4
        for counts in product(range(5), repeat=3)
        if sum(counts) == 4
    }
    found = dict.fromkeys(expected, 0)
    for row in inputs[:, :7].tolist():
        places = np.flatnonzero(np.asarray(row) != 5)
        found[tuple(np.diff(places, prepend=-1).tolist()[i] - 1 for i in range(3))] += 1
    share = np.asarray(list(expected.values()))
    assert share.sum() == pytest.approx(1)
    assert chisquare(list(found.values()), share * len(inputs)).pvalue > 1e-3


def test_mad_symbols_are_uniform() -> None:
    _, targets, mask = several(SelectiveCopyingMad(symbols=3, vocabulary=7), 15)
    assert chisquare(np.bincount(targets[mask], minlength=5)).pvalue > 1e-3


@pytest.mark.parametrize("answer", ["once", "reversed", "twice"])
@pytest.mark.parametrize("alphabet", [2, 5])
def test_copies_of_strings(answer: Answer, alphabet: int) -> None:
    n = 6
    task = Copy(answer=answer, alphabet=alphabet)
    parts = 3 if answer == "twice" else 2
    inputs, targets, mask = batch(task, parts * n)
    for tokens, labels in zip(inputs.tolist(), targets.tolist(), strict=True):
        string = tokens[:n]
        said = {"once": string, "reversed": list(reversed(string)), "twice": string * 2}[answer]
        assert tokens[n:] == [alphabet] * len(said)
        assert labels[n:] == said
    assert np.array_equal(mask, np.broadcast_to(np.arange(parts * n) >= n, mask.shape))
    assert chisquare(np.bincount(inputs[:, :n].ravel(), minlength=alphabet)).pvalue > 1e-3


@pytest.mark.parametrize(("answer", "lag"), [("once", 6), ("reversed", 11), ("twice", 12)])
def test_lag_is_the_longest_wait_of_a_symbol(answer: Answer, lag: int) -> None:
    """The first symbol is found again by drawing it apart from the rest."""
    task = Copy(answer=answer, alphabet=1000)
    length = 18 if answer == "twice" else 12
    inputs, targets, mask = (leaf[0] for leaf in batch(task, length))
    waits = [step - inputs.tolist().index(targets[step]) for step in np.flatnonzero(mask).tolist()]
    assert max(waits) == lag == task.lag(length)


def test_reverse_and_duplicate_have_names_of_their_own() -> None:
    assert default("reverse") == Copy(answer="reversed")
    assert default("duplicate") == Copy(answer="twice")


@pytest.mark.parametrize("letters", [2, 26])
def test_string_copy_reads_its_answer_one_step_late(letters: int) -> None:
    inputs, targets, mask = batch(StringCopy(letters=letters), 15)
    for tokens, labels, counts in zip(inputs.tolist(), targets.tolist(), mask.tolist(), strict=True):
        string = tokens[1:8]
        assert tokens == [letters, *string, letters + 1, *string[:-1]]
        assert labels[8:] == string
        assert counts == [False] * 8 + [True] * 7


def parts_of(task: StringCopy, tokens: list[int]) -> tuple[list[int], list[int], list[int]]:
    """String, n-gram and what of the answer is read, as the layouts are spelt."""
    dollar, bar = task.letters, task.letters + 1
    assert tokens.count(dollar) == 1
    assert tokens[0] == dollar
    if task.layout == "prefix":
        head, middle, tail = "".join(map(chr, tokens[1:])).split(chr(bar))
        return list(map(ord, middle)), list(map(ord, head)), list(map(ord, tail))
    head, tail = "".join(map(chr, tokens[1:])).split(chr(bar))
    return list(map(ord, head)), list(map(ord, tail[: task.ngram])), list(map(ord, tail[task.ngram :]))


@pytest.mark.parametrize("layout", ["prefix", "suffix"])
@pytest.mark.parametrize(("letters", "ngram", "answer"), [(26, 3, 5), (2, 1, 1), (2, 2, 3)])
def test_look_ups_answer_with_what_follows_the_first_place(layout: str, letters: int, ngram: int, answer: int) -> None:
    task = StringCopy(layout=layout, letters=letters, ngram=ngram, answer=answer)
    length = 30
    inputs, targets, mask = batch(task, length)
    assert np.array_equal(mask, np.broadcast_to(np.arange(length) >= length - answer, mask.shape))
    repeated = 0
    for tokens, labels in zip(inputs.tolist(), targets.tolist(), strict=True):
        string, gram, read = parts_of(task, tokens)
        assert len(string) == length - ngram - answer - (2 if layout == "prefix" else 1)
        assert len(gram) == ngram
        text, key = "".join(map(chr, string)), "".join(map(chr, gram))
        follows = text.index(key) + ngram
        assert labels[-answer:] == string[follows : follows + answer]
        assert read == labels[-answer:-1]
        repeated += text.count(key) > 1
    assert repeated > 100 if letters == 2 else repeated < 10


def test_look_ups_are_anywhere() -> None:
    task = StringCopy(layout="suffix", ngram=4, answer=2)
    inputs, _, _ = several(task, 17)
    places = []
    for tokens in inputs.tolist():
        string, gram, _ = parts_of(task, tokens)
        places.append("".join(map(chr, string)).index("".join(map(chr, gram))))
    counts = np.bincount(places)
    assert len(counts) == 10 - 4 - 2 + 1
    assert chisquare(counts).pvalue > 1e-3


@pytest.mark.parametrize("layout", ["prefix", "suffix"])
def test_chance_is_exact_where_n_grams_repeat(layout: str) -> None:
    """With 2 letters an n-gram is hardly ever alone, and still the letter before tells nothing of the answer."""
    task = StringCopy(layout=layout, letters=2, ngram=2, answer=2)
    inputs, targets, mask = several(task, 12)
    before = inputs[:, -2]
    triples = 4 * before + 2 * targets[:, -2] + targets[:, -1]
    usual = np.bincount(before % task.letters if layout == "suffix" else np.zeros_like(before)) / len(before)
    expected = np.repeat(usual, 4) / 4 * len(before)
    counts = np.bincount(triples if layout == "suffix" else triples - triples.min() // 4 * 4, minlength=len(expected))
    assert chisquare(counts, expected).pvalue > 1e-3
    assert task.chance(12) == 0.25
    assert mask.sum() == 2 * len(mask)


@pytest.mark.parametrize("layout", ["copy", "prefix", "suffix"])
def test_a_guess_is_right_for_a_string_only_when_it_is_for_every_letter(layout: str) -> None:
    task = StringCopy(layout=layout, letters=2, ngram=2, answer=3)
    length = 7 if layout == "copy" else 14
    _, targets, mask = several(task, length)
    right = np.all((targets == 0) | ~mask, axis=1)
    assert task.chance(length) == 1 / 8
    assert abs(right.mean() - task.chance(length)) < 4 * right.std() / np.sqrt(len(right))


def test_lengths_follow_what_a_look_up_needs() -> None:
    for layout in ("copy", "prefix", "suffix"):
        for ngram, answer in ((1, 1), (3, 5), (20, 40)):
            task = StringCopy(layout=layout, ngram=ngram, answer=answer)
            spans = task.lengths
            assert all(task.problem(length) is None for length in (*spans.train, *spans.evaluation))
            assert spans.evaluation[-1] >= 6 * spans.train[1]


def test_refusals() -> None:
    assert SelectiveCopyingMad().problem(33) is not None
    assert SelectiveCopyingMad().problem(34) is None
    assert Copy().problem(7) == "a string of n symbols and its answer take 2n steps; try 6 or 8"
    assert Copy(answer="twice").problem(1) == "a string of n symbols and its answer take 3n steps; try 3 or 6"
    even = "a string of n letters and its copy take 2n+1 steps, an odd number; try 9 or 11"
    assert StringCopy().problem(8) == even
    assert StringCopy(layout="suffix").problem(16) == "3 letters to look up and 5 to answer need at least 17 steps"
    assert StringCopy(layout="suffix").problem(17) is None
    assert StringCopy(layout="prefix").problem(17) is not None
    with pytest.raises(ValueError, match="alphabet=1 "):
        Copy(alphabet=1)
    with pytest.raises(ValueError, match="ngram=0 "):
        StringCopy(ngram=0)


def test_every_letter_has_a_name() -> None:
    assert [StringCopy().input_name(token) for token in (0, 25, 26, 27)] == ["a", "z", "$", "|"]
    assert StringCopy(letters=100).output_name(99) == "99"


def test_first_steps_do_not_depend_on_the_arrays_size() -> None:
    """The longest look-up string fills its array, so that a window at its end must not wrap around."""
    task = StringCopy(layout="suffix", letters=2, ngram=4, answer=1)
    for seed in range(50):
        key = jax.random.key(seed)
        for leaf, longer in zip(task.sample(key, 12, 12), task.sample(key, 12, 40), strict=True):
            np.testing.assert_array_equal(leaf, longer[:12])
