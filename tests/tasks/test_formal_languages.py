"""Dyck, shuffled Dyck and Tomita's languages against all of their short words."""

import math
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import get_args

import jax
import numpy as np
import pytest
from lrbench.tasks.dyck import Dyck, shapes
from lrbench.tasks.shuffle_dyck import ShuffleDyck
from lrbench.tasks.tomita import Tomita
from lrbench.tasks.tomita_next_set import NEEDS_NO_MEMORY, TomitaNextSet
from scipy.stats import chisquare

from lrbench.data import Example, GeneratedTask
from lrbench.data.tomita_languages import AUTOMATA, Language

Word = tuple[int, ...]


def draw(task: GeneratedTask, count: int, length: int) -> Example:
    """So many sequences on the host, without padding."""
    keys = jax.random.split(jax.random.key(0), count)
    drawn = jax.jit(jax.vmap(lambda key: task.sample(key, length, length + 3)))(keys)
    return jax.tree.map(lambda leaf: np.asarray(leaf)[:, :length], drawn)


def fits(words: list[Word], probabilities: dict[Word, float]) -> bool:
    """Whether words were drawn with these probabilities, by a chi-square test."""
    counts = Counter(words)
    assert set(counts) <= set(probabilities)
    expected = np.asarray(list(probabilities.values())) * len(words)
    observed = [counts[word] for word in probabilities]
    return len(observed) == 1 or chisquare(observed, expected).pvalue > 1e-4


@cache
def dyck_words(brackets: int, depth: int, length: int) -> list[Word]:
    """All words, by putting a pair around one word and another behind it."""
    if length == 0:
        return [()]
    return [
        (kind, *inside, brackets + kind, *behind)
        for inner in range(0, length, 2)
        for kind in range(brackets)
        for inside in (dyck_words(brackets, depth - 1, inner) if depth != 1 else [()] if inner == 0 else [])
        for behind in dyck_words(brackets, depth, length - 2 - inner)
    ]


def split(word: Word, brackets: int) -> list[Word]:
    return [tuple(token // brackets for token in word if token % brackets == kind) for kind in range(brackets)]


def balanced(word: Word) -> bool:
    heights = np.cumsum([-1 if closes else 1 for closes in word], dtype=int)
    return len(word) == 0 or bool(heights.min() >= 0 and heights[-1] == 0)


@cache
def shuffle_words(brackets: int, length: int) -> dict[Word, float]:
    """All words with their probabilities: each is one of so many with the same number of pairs of each kind."""
    words = [word for word in product(range(2 * brackets), repeat=length) if all(map(balanced, split(word, brackets)))]
    pairs = {word: tuple(len(part) // 2 for part in split(word, brackets)) for word in words}
    alike = Counter(pairs.values())
    n = length // 2
    return {
        word: math.factorial(n) / math.prod(map(math.factorial, kinds)) / brackets**n / alike[kinds]
        for word, kinds in pairs.items()
    }


@pytest.mark.parametrize(
    ("brackets", "depth", "length", "many"),
    [(1, 0, 10, 42), (2, 0, 6, 40), (1, 2, 10, 16), (2, 3, 6, 40), (3, 2, 4, 18)],
)
def test_every_dyck_word_is_equally_likely(brackets: int, depth: int, length: int, many: int) -> None:
    words = dyck_words(brackets, depth, length)
    assert len(set(words)) == len(words) == many
    drawn = draw(Dyck(brackets=brackets, depth=depth), 6000, length).inputs
    assert fits([tuple(word) for word in drawn.tolist()], dict.fromkeys(words, 1 / many))


@pytest.mark.parametrize(("brackets", "depth"), [(1, 0), (1, 2), (2, 0), (2, 2), (2, 3)])
def test_dyck_sets_are_the_brackets_that_continue_to_a_word(brackets: int, depth: int) -> None:
    prefixes: dict[Word, set[int]] = {}
    for length in range(2, 15 if brackets == 1 else 11, 2):
        for word in dyck_words(brackets, depth, length):
            for place in range(1, length):
                prefixes.setdefault(word[:place], set()).add(word[place])
    example = draw(Dyck(brackets=brackets, depth=depth), 64, 6)
    for word, targets in zip(example.inputs.tolist(), example.targets, strict=True):
        for step in range(6):
            assert set(np.flatnonzero(targets[step]).tolist()) == prefixes[tuple(word[: step + 1])]


@pytest.mark.parametrize("depth", [0, 2, 3, 5])
@pytest.mark.parametrize("pairs", range(1, 7))
def test_number_of_shapes(pairs: int, depth: int) -> None:
    assert shapes(pairs, depth) == pytest.approx(len(dyck_words(1, depth, 2 * pairs)))


def test_number_of_shapes_of_long_words() -> None:
    assert shapes(10**5, 0) == shapes(10**5, 7) == math.inf
    assert shapes(300, 300) == pytest.approx(math.comb(600, 300) / 301)
    assert Dyck().chance(2 * 10**5) == 0


def best_guess(words: dict[Word, float], brackets: int, legal: dict[Word, list[frozenset[int]]]) -> float:
    """The greatest share of words that any table from the last bracket to a set answers right, by trying them all."""
    tokens = range(2 * brackets)
    wanted = []
    for word, probability in words.items():
        table: dict[int, frozenset[int]] = {}
        if all(table.setdefault(token, answer) == answer for token, answer in zip(word, legal[word], strict=True)):
            wanted.append((table, probability))
    choices = [
        sorted({table[token] for table, _ in wanted if token in table}, key=sorted) or [None] for token in tokens
    ]
    return max(
        sum(probability for table, probability in wanted if all(guess[token] == one for token, one in table.items()))
        for guess in product(*choices)
    )


def answers(task: GeneratedTask, word: Word) -> list[frozenset[int]]:
    return [frozenset(np.flatnonzero(row > 0).tolist()) for row in task.oracle(np.asarray(word))]


@pytest.mark.parametrize(
    ("brackets", "depth", "pairs"),
    [(1, 0, 2), (1, 0, 4), (1, 2, 4), (1, 3, 5), (2, 0, 2), (2, 0, 3), (2, 0, 4), (2, 2, 4), (3, 0, 3)],
)
def test_no_guess_that_forgets_beats_the_chance_of_dyck(brackets: int, depth: int, pairs: int) -> None:
    task = Dyck(brackets=brackets, depth=depth)
    words = dyck_words(brackets, depth, 2 * pairs)
    legal = {word: answers(task, word) for word in words}
    best = best_guess(dict.fromkeys(words, 1 / len(words)), brackets, legal)
    assert best == pytest.approx(task.chance(2 * pairs))


@pytest.mark.parametrize(("brackets", "pairs"), [(2, 2), (2, 3), (2, 4), (3, 2), (3, 3)])
def test_no_guess_that_forgets_beats_the_chance_of_shuffle_dyck(brackets: int, pairs: int) -> None:
    task = ShuffleDyck(brackets=brackets)
    words = shuffle_words(brackets, 2 * pairs)
    assert sum(words.values()) == pytest.approx(1)
    legal = {word: answers(task, word) for word in words}
    assert best_guess(words, brackets, legal) == pytest.approx(task.chance(2 * pairs))


@pytest.mark.parametrize(("brackets", "length"), [(2, 6), (3, 4)])
def test_shuffled_words_have_the_probabilities_that_the_task_says(brackets: int, length: int) -> None:
    drawn = draw(ShuffleDyck(brackets=brackets), 12000, length).inputs
    assert fits([tuple(word) for word in drawn.tolist()], shuffle_words(brackets, length))


def test_shuffle_dyck_crosses() -> None:
    """( [ ) ] occurs, and after ( [ both may be closed."""
    example = draw(ShuffleDyck(), 400, 4)
    crossing = np.flatnonzero(np.all(example.inputs == [0, 1, 2, 3], axis=1))
    assert len(crossing)
    assert example.targets[crossing[0]].tolist() == [[1, 1, 1, 0], [1, 1, 1, 1], [1, 1, 0, 1], [1, 1, 0, 0]]


def strings(length: int) -> Iterator[Word]:
    return product((0, 1), repeat=length)


@cache
def members(language: Language, length: int) -> frozenset[Word]:
    task = Tomita(language=language)
    return frozenset(string for string in strings(length) if np.argmax(task.oracle(np.asarray(string))[-1]))


@cache
def near_misses(language: Language, length: int) -> Counter[Word]:
    """Each with the number of words and places that it comes from."""
    words = members(language, length)
    changed = ((*word[:place], 1 - word[place], *word[place + 1 :]) for word in words for place in range(length))
    return Counter(string for string in changed if string not in words)


@pytest.mark.parametrize("language", get_args(Language))
def test_automata_of_tomita_accept_what_the_sentences_say(language: Language) -> None:
    automaton = AUTOMATA[language]
    for length in range(1, 10):
        for string in strings(length):
            state = 0
            for symbol in string:
                state = automaton.successors[state][symbol] if state >= 0 else -1
            assert (state >= 0 and automaton.accepting[state]) == (string in members(language, length)), string


@pytest.mark.parametrize("language", get_args(Language))
def test_tomita_has_every_length_with_words_and_near_misses(language: Language) -> None:
    task = Tomita(language=language)
    for length in range(2, 10):
        assert (task.problem(length) is None) == bool(members(language, length) and near_misses(language, length))
    assert task.problem(1) is not None


@pytest.mark.parametrize("language", get_args(Language))
def test_tomita_draws_words_and_near_misses_alike(language: Language) -> None:
    length = 8
    inputs, targets, _ = draw(Tomita(language=language), 12000, length)
    member = targets[:, -1] == 1
    assert abs(np.mean(member) - 0.5) < 0.025
    words, misses = members(language, length), near_misses(language, length)
    assert fits([tuple(one) for one in inputs[member].tolist()], dict.fromkeys(words, 1 / len(words)))
    share = {string: many / misses.total() for string, many in misses.items()}
    assert fits([tuple(one) for one in inputs[~member].tolist()], share)


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("length", [4, 8])
def test_chance_of_tomita_is_what_the_last_symbol_tells(language: Language, length: int) -> None:
    words, misses = members(language, length), near_misses(language, length)
    right = 0.0
    for symbol in (0, 1):
        inside = sum(word[-1] == symbol for word in words) / len(words)
        outside = sum(many for string, many in misses.items() if string[-1] == symbol) / misses.total()
        right += max(inside, outside) / 2
    assert Tomita(language=language).chance(length) == pytest.approx(right)


#: Those in which what may come next asks for memory.
REMEMBERED: tuple[Language, ...] = ("tomita3", "tomita4", "tomita5", "tomita6", "tomita7")
#: Every prefix of a word of these languages goes on to a word with so many symbols more at most.
COMPLETION = 2


@cache
def may_follow(language: Language, prefix: Word) -> frozenset[int]:
    """What may come next, 2 being the end, by trying all that could follow against the language's sentence."""
    word_ends = {2} if prefix in members(language, len(prefix)) else set()
    return frozenset(
        {
            symbol
            for symbol in (0, 1)
            for more in range(COMPLETION + 1)
            for rest in strings(more)
            if (*prefix, symbol, *rest) in members(language, len(prefix) + 1 + more)
        }
        | word_ends
    )


def sets_of(language: Language, word: Word) -> list[frozenset[int]]:
    return [may_follow(language, word[: step + 1]) for step in range(len(word))]


def forgetful(language: Language, length: int) -> float:
    """The greatest share of words that a table from the last symbol to a set answers right, by trying all tables."""
    words = members(language, length)
    answers = {word: sets_of(language, word) for word in words}
    choices = sorted({one for row in answers.values() for one in row}, key=sorted)
    return max(
        sum(all(table[symbol] == one for symbol, one in zip(word, answers[word], strict=True)) for word in words)
        for table in product(choices, repeat=2)
    ) / len(words)


@pytest.mark.parametrize("language", REMEMBERED)
def test_next_sets_are_those_that_continue_to_a_word(language: Language) -> None:
    task = TomitaNextSet(language=language)
    for length in (4, 6):
        inputs, targets, mask = draw(task, 200, length)
        assert mask.all()
        for word, legal in zip(inputs.tolist(), targets, strict=True):
            found = [frozenset(np.flatnonzero(row).tolist()) for row in legal]
            assert found == sets_of(language, tuple(word)) == answers(task, tuple(word))


@pytest.mark.parametrize("language", REMEMBERED)
def test_every_word_of_tomita_is_equally_likely(language: Language) -> None:
    words = members(language, 8)
    drawn = draw(TomitaNextSet(language=language), 12000, 8).inputs
    assert fits([tuple(word) for word in drawn.tolist()], dict.fromkeys(words, 1 / len(words)))


@pytest.mark.parametrize("language", REMEMBERED)
def test_no_guess_that_forgets_beats_the_chance_of_next_sets(language: Language) -> None:
    task = TomitaNextSet(language=language)
    for length in range(1, 10):
        best = forgetful(language, length) if members(language, length) else 1.0
        assert (task.problem(length) is None) == (best < 1), length
        if best < 1:
            assert task.chance(length) == pytest.approx(best)


@pytest.mark.parametrize("language", ["tomita1", "tomita2"])
def test_next_sets_that_need_no_memory_are_refused(language: Language) -> None:
    assert all(forgetful(language, length) == 1 for length in range(2, 11, 2))
    assert language in NEEDS_NO_MEMORY
    with pytest.raises(ValueError, match=f"language='{language}' needs no memory here, because a 1 is always followed"):
        TomitaNextSet(language=language)


@pytest.mark.parametrize("language", REMEMBERED)
def test_lag_of_next_sets(language: Language) -> None:
    """As many symbols may be alike in a word and in another prefix while what may come next is not."""
    length = 6
    task = TomitaNextSet(language=language)
    prefixes = [string for string in strings(length) if may_follow(language, string)]
    longest = 0
    for word in members(language, length):
        for step in range(length):
            for other in {prefix[: step + 1] for prefix in prefixes}:
                if may_follow(language, word[: step + 1]) != may_follow(language, other):
                    alike = next((back for back in range(step + 1) if word[step - back] != other[step - back]), 0)
                    longest = max(longest, alike)
    assert longest == task.lag(length)


@pytest.mark.parametrize("language", get_args(Language))
def test_bits_that_the_paper_leaves_out_follow_from_those_it_asks(language: Language) -> None:
    """Word accuracy is then the same with all three."""
    asked = {2} if language in ("tomita5", "tomita6") else {0, 1}
    seen: dict[frozenset[int], set[frozenset[int]]] = {}
    for length in range(1, 8):
        for prefix in strings(length):
            if legal := may_follow(language, prefix):
                seen.setdefault(legal & asked, set()).add(legal)
    assert all(len(sets) == 1 for sets in seen.values())


@pytest.mark.parametrize("task", [Dyck(), ShuffleDyck()])
def test_problems_name_the_nearest_lengths(task: GeneratedTask) -> None:
    assert task.problem(2) == "two pairs of brackets need at least 4 steps, and more pairs an even number of them"
    assert task.problem(7) == "brackets come in pairs, so the number of steps is even; try 6 or 8"
    assert Tomita(language="tomita2").problem(7) == "tomita2 has words of even length only; try 6 or 8"
    assert TomitaNextSet(language="tomita5").problem(7) == "tomita5 has words of even length only; try 6 or 8"


def test_depth_of_one_is_refused() -> None:
    with pytest.raises(ValueError, match="depth=1 needs no memory"):
        Dyck(depth=1)
