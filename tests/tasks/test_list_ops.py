"""ListOps against a parser and Python's own functions, and its draws against the rules, followed slowly."""

import statistics
from functools import cache
from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from catalogue import possible
from lrbench.tasks.list_ops import ListOps
from scipy.stats import binom, chisquare

from lrbench.data.compilation import quick_to_compile
from lrbench.data.list_values import list_values, longest_arguments

SMALL = ListOps(depth=3, arguments=5, nesting=0.6)
NARROW = ListOps(depth=4, arguments=4)
WIDE = ListOps(arguments=15, nesting=0.1)
SIZE = 128

FUNCTIONS = {
    "MIN": min,
    "MAX": max,
    "MED": lambda digits: int(statistics.median(digits)),
    "SM": lambda digits: sum(digits) % 10,
}


@cache
def sampler(task: ListOps) -> object:
    return jax.jit(jax.vmap(lambda key, length: task.sample(key, length, SIZE)), compiler_options=quick_to_compile())


def draw(task: ListOps, length: int, count: int = 256) -> tuple[list[str], np.ndarray]:
    """Expressions as text, and their answers."""
    keys = jax.random.split(jax.random.key(length), count)
    example = jax.tree.map(np.asarray, sampler(task)(keys, jnp.full(count, length, jnp.int32)))  # type: ignore[operator]
    assert np.all(np.argmax(example.mask, axis=1) == length - 1)
    assert np.all(example.mask.sum(axis=1) == 1)
    texts = [" ".join(task.input_name(token) for token in row) for row in example.inputs[:, :length].tolist()]
    return texts, example.targets[:, length - 1]


def parse(text: str) -> list:
    """A nested list: an operator's name and its arguments."""
    nested = text.replace("[", "['").replace(" ]", "]")
    for name in FUNCTIONS:
        nested = nested.replace(f"'{name}", f"'{name}'")
    return eval(nested.replace(" ", ", "))


def value(tree: list | int) -> int:
    return tree if isinstance(tree, int) else FUNCTIONS[tree[0]]([value(one) for one in tree[1:]])


def depth(tree: list | int) -> int:
    return 1 if isinstance(tree, int) else 1 + max(depth(one) for one in tree[1:])


def operators(tree: list | int) -> list:
    """All operators, with the level each stands on, from 1."""
    found, waiting = [], [(tree, 1)]
    while waiting:
        one, level = waiting.pop()
        if isinstance(one, list):
            found.append((one, level))
            waiting += [(inner, level + 1) for inner in one[1:]]
    return found


def tokens(tree: list | int) -> int:
    return 1 if isinstance(tree, int) else 2 + sum(tokens(one) for one in tree[1:])


@pytest.mark.parametrize("task", [ListOps(), SMALL, NARROW, WIDE], ids=["default", "small", "narrow", "wide"])
def test_expressions_have_their_length_and_value(task: ListOps) -> None:
    most = longest_arguments(task.depth, task.arguments)[0]
    for length in (4, 5, 6, 7, 9, 13, 30, 37, 99, 106, 128):
        if length > most:
            continue
        texts, answers = draw(task, length, 64)
        for text, answer in zip(texts, answers.tolist(), strict=True):
            tree = parse(text)
            assert tokens(tree) == length
            assert value(tree) == answer, text
            assert depth(tree) <= task.depth
            assert all(3 <= len(one) <= task.arguments + 1 for one, _ in operators(tree))


def test_as_in_the_paper() -> None:
    """Nangia and Bowman 2018: [MAX 2 9 [MIN 4 7 ] 0 ] is 9."""
    words = ["[MAX", "2", "9", "[MIN", "4", "7", "]", "0", "]"]
    names = [ListOps().input_name(token) for token in range(15)]
    logits = ListOps().oracle(np.asarray([names.index(word) for word in words]))
    assert np.argmax(logits[-1]) == 9
    assert np.argmax(logits[6]) == 4


def test_operators_and_digits_are_uniform() -> None:
    texts, _ = draw(ListOps(), 90, 512)
    words = " ".join(texts).split()
    for names in ([f"[{name}" for name in FUNCTIONS], [str(digit) for digit in range(10)]):
        assert chisquare([words.count(name) for name in names]).pvalue > 1e-3


def list_draws(task: ListOps, limit: int, extra_and_count: int) -> dict[tuple[int, int], float]:
    """Probabilities of (arguments, operators) of a list of so many tokens, straight from the docstring."""
    total, draws = extra_and_count, {}
    for count in range(2, task.arguments + 1):
        possible_numbers = [
            nested
            for nested in range(count + 1)
            if (total == count if nested == 0 else 3 * nested <= total - count <= nested * (limit - 1))
        ]
        if possible_numbers:
            shares = binom.pmf(possible_numbers, count, task.nesting)
            draws[count] = dict(zip(possible_numbers, shares / shares.sum(), strict=True))
    return {(count, nested): p / len(draws) for count, row in draws.items() for nested, p in row.items()}


@pytest.mark.parametrize(("task", "length"), [(ListOps(), 12), (ListOps(), 40), (SMALL, 33), (NARROW, 60)])
def test_the_outermost_list_follows_the_rules(task: ListOps, length: int) -> None:
    expected = list_draws(task, longest_arguments(task.depth, task.arguments)[1], length - 2)
    texts, _ = draw(task, length, 1024)
    found = dict.fromkeys(expected, 0)
    for text in texts:
        arguments = parse(text)[1:]
        found[len(arguments), sum(isinstance(one, list) for one in arguments)] += 1
    rare = [key for key in expected if expected[key] < 0.01]
    counts = [found[key] for key in expected if key not in rare] + [sum(found[key] for key in rare)]
    shares = [expected[key] for key in expected if key not in rare] + [sum(expected[key] for key in rare)]
    used = [place for place, share in enumerate(shares) if share > 0]
    observed, wanted = np.asarray(counts)[used], np.asarray(shares)[used] * len(texts)
    assert len(observed) == 1 or chisquare(observed, wanted).pvalue > 1e-3


def test_places_of_operators_are_uniform() -> None:
    texts, _ = draw(ListOps(), 40, 2048)
    places: dict[int, list[int]] = {}
    for tree in map(parse, texts):
        nested = [place for place, one in enumerate(tree[1:]) if isinstance(one, list)]
        if len(nested) == 1:
            places.setdefault(len(tree) - 1, []).append(nested[0])
    for arguments in (2, 3, 4, 5):
        assert len(places[arguments]) > 100
        assert chisquare(np.bincount(places[arguments], minlength=arguments)).pvalue > 1e-3


def test_shares_spread_around_the_fair_one() -> None:
    """Of 2 operators with 2 fair shares f, the first gets f - w … f + w in 8 draws, with w = f - 3."""
    texts, _ = draw(ListOps(), 62, 1024)
    firsts: dict[int, list[int]] = {}
    for tree in map(parse, texts):
        inner = [one for one in tree[1:] if isinstance(one, list)]
        if len(inner) == 2:
            extra = 60 - (len(tree) - 1)
            firsts.setdefault(extra, []).append(tokens(inner[0]) - 1)
    extra, sizes = max(firsts.items(), key=lambda pair: len(pair[1]))
    fair = extra // 2
    width = min(fair - 3, extra - 3 - fair)
    expected = [fair - width + turn * (2 * width + 1) // 8 for turn in range(8)]
    assert len(sizes) > 20
    assert set(sizes) <= set(expected)
    assert len(set(sizes)) >= 5


def slow_values(task: ListOps, level: int, length: int) -> np.ndarray:
    """Probabilities of the values of an operator of so many tokens, by going through all its lists."""

    @cache
    def operator(level: int, length: int) -> tuple[float, ...]:
        limit = longest_arguments(task.depth, task.arguments)[level]
        total = np.zeros(10)
        for (count, nested), p in list_draws(task, limit, length - 2).items():
            for digits, q in lists(level + 1, count - nested, nested, length - 2 - count).items():
                for function in FUNCTIONS.values():
                    total[function(digits)] += p * q / 4
        return tuple(total)

    @cache
    def lists(level: int, digits: int, nested: int, extra: int) -> dict[tuple[int, ...], float]:
        """Probabilities of the arguments' values, sorted."""
        if digits + nested == 0:
            return {(): 1.0}
        found: dict[tuple[int, ...], float] = {}

        def add(value: int, p: float, rest: dict[tuple[int, ...], float]) -> None:
            for others, q in rest.items():
                key = tuple(sorted((*others, value)))
                found[key] = found.get(key, 0.0) + p * q

        if nested == 0:
            for digit in range(10):
                add(digit, 0.1, lists(level, digits - 1, 0, 0))
            return found
        limit = longest_arguments(task.depth, task.arguments)[level - 1]
        fair = extra // nested
        widths = [
            width
            for width in range(fair + 1)
            if all(
                3 <= share < limit and 3 * (nested - 1) <= extra - share <= (nested - 1) * (limit - 1)
                for share in (fair - width, fair + width)
            )
        ]
        width = max(widths)
        for turn in range(8):
            share = fair - width + turn * (2 * width + 1) // 8
            rest = lists(level, digits, nested - 1, extra - share)
            for value, p in enumerate(operator(level, share + 1)):
                add(value, p / 8, rest)
        return found

    return np.asarray(operator(level, length))


@pytest.mark.parametrize(
    ("task", "length"),
    [(ListOps(), 4), (ListOps(), 5), (ListOps(), 8), (ListOps(), 13), (SMALL, 20), (NARROW, 14)],
)
def test_values_by_going_through_all_lists(task: ListOps, length: int) -> None:
    table = list_values(task.depth, task.arguments, task.nesting, length + 7)
    np.testing.assert_allclose(table[length], slow_values(task, 1, length), atol=1e-12)


@pytest.mark.parametrize(("task", "length"), [(ListOps(), 60), (SMALL, 37), (NARROW, 100), (WIDE, 100)])
def test_answers_have_the_computed_probabilities(task: ListOps, length: int) -> None:
    _, answers = draw(task, length, 2048)
    shares = list_values(task.depth, task.arguments, task.nesting, 128)[length]
    assert chisquare(np.bincount(answers, minlength=10), shares / shares.sum() * len(answers)).pvalue > 1e-3
    assert task.chance(length) == pytest.approx(shares.max())


@pytest.mark.parametrize(("depth", "arguments"), [*product((3, 4, 5, 32), (4, 5, 10, 15)), (10, 10)])
def test_default_lengths_are_possible(depth: int, arguments: int) -> None:
    task = ListOps(depth=depth, arguments=arguments)
    (shortest, longest), evaluation = task.lengths.train, task.lengths.evaluation
    assert shortest <= longest
    assert list(evaluation) == sorted(set(evaluation))
    for length in (shortest, longest, *evaluation):
        assert task.problem(length) is None
    assert evaluation[-1] >= 6 * longest
    if longest_arguments(depth, arguments)[0] >= 576:
        assert (shortest, longest, evaluation[-1]) == (8, 96, 576)
    else:
        assert 6 * (longest + 1) > longest_arguments(depth, arguments)[0]


def test_refusals() -> None:
    assert possible(ListOps(), 1) == 4
    assert longest_arguments(3, 5) == [37, 7, 1]
    assert SMALL.problem(38) == (
        "an operator, two digits and a bracket need at least 4 steps, and expressions of depth 3 with 5 arguments have "
        "at most 37"
    )
    with pytest.raises(ValueError, match="arguments=16 is not a whole number from 4 to 15; try arguments=15"):
        ListOps(arguments=16)
    with pytest.raises(ValueError, match="arguments=3 is not a whole number from 4 to 15; try arguments=4"):
        ListOps(arguments=3)
    for depth, nearest in ((2, 3), (33, 32)):
        with pytest.raises(ValueError, match=f"depth={depth} is not a whole number from 3 to 32; try depth={nearest}$"):
            ListOps(depth=depth)
    with pytest.raises(ValueError, match=r"nesting=1\.0 is not a number between 0 and 1"):
        ListOps(nesting=1.0)
