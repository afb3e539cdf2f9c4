"""State tracking against plain loops, enumerations and the papers' examples."""

from itertools import permutations, product

import numpy as np
import pytest
from catalogue import batch, default, score
from lrbench.tasks.cycle_navigation import CycleNavigation
from lrbench.tasks.even_pairs import EvenPairs
from lrbench.tasks.modular_arithmetic import ModularArithmetic, bracketed_values, flat_values
from lrbench.tasks.stack_manipulation import StackManipulation, share_of_ends
from lrbench.tasks.word_problem import WordProblem, elements
from scipy.stats import chisquare

from lrbench.data import GeneratedTask


def asked(task: GeneratedTask, length: int, seeds: int = 1) -> list[tuple[str, str]]:
    """What is read and what is answered, as strings of the tokens' names."""
    pairs = []
    for seed in range(seeds):
        for inputs, targets, mask in zip(*batch(task, length, seed), strict=True):
            read = "".join(task.input_name(token) for token in inputs.tolist())
            pairs.append((read, "".join(task.output_name(one) for one in targets[mask].tolist())))
    return pairs


def test_even_pairs_counts_pairs() -> None:
    """001110 has one 10 and one 01, an even number; 0101001 has two and three, an odd one (Delétang et al. 2022)."""
    verdicts = {}
    for read, answer in asked(EvenPairs(), 8):
        bits = read.removesuffix("?")
        assert len(bits) == 7
        assert answer == str((bits.count("01") + bits.count("10")) % 2)
        verdicts[bits] = answer
    assert len(verdicts) > 100  # of 128 strings, so bits are not all alike
    assert verdicts.get("0101001", "1") == "1"
    assert np.argmax(EvenPairs().oracle(np.asarray([0, 1, 0, 1, 0, 0, 1, 2]))[-1]) == 1
    assert np.argmax(EvenPairs().oracle(np.asarray([0, 0, 1, 1, 1, 0, 2]))[-1]) == 0


@pytest.mark.parametrize("positions", [3, 5, 8])
def test_cycle_navigation_walks(positions: int) -> None:
    task = CycleNavigation(positions=positions)
    for read, answer in asked(task, 12):
        assert answer == str((read.count("R") - read.count("L")) % positions)
    inputs = batch(task, 12).inputs[:, :11]
    assert chisquare(np.bincount(inputs.ravel(), minlength=3)).pvalue > 1e-3


@pytest.mark.parametrize("positions", [3, 4, 5, 6, 8])
@pytest.mark.parametrize("actions", [1, 2, 3, 6])
def test_no_position_is_likelier_than_the_start(positions: int, actions: int) -> None:
    ends = [sum(walk) % positions for walk in product((-1, 0, 1), repeat=actions)]
    counts = np.bincount(ends, minlength=positions)
    assert np.argmax(counts) == 0
    assert CycleNavigation(positions=positions).chance(actions + 1) == pytest.approx(counts[0] / 3**actions)


def final_stack(symbols: str) -> str:
    """The answer to a string such as `0 1 + p`, with `z` and `o` for pushes of 0 and 1."""
    stack = ""
    for symbol in symbols:
        stack = stack[:-1] if symbol == "p" else stack + {"z": "0", "o": "1"}.get(symbol, symbol)
    return stack[::-1] + "$"


def shorten(read: str) -> str:
    return read.replace("pop", "p").replace("+0", "z").replace("+1", "o").rstrip("?")


@pytest.mark.parametrize("length", [3, 5, 7, 19, 41])
def test_stack_manipulation(length: int) -> None:
    splits = []
    for read, answer in asked(StackManipulation(), length, seeds=4):
        symbols = shorten(read)
        assert len(symbols) == length // 2
        assert answer == final_stack(symbols)
        given = symbols.rstrip("pzo")
        assert set(given) <= {"0", "1"}
        splits.append(len(given))
    if length == 3:
        assert set(splits) == {1}
    else:  # 1 … n-1, uniform
        counts = np.bincount(splits, minlength=length // 2)[1:]
        assert len(counts) == length // 2 - 1
        assert len(counts) == 1 or chisquare(counts).pvalue > 1e-3


def test_stack_manipulation_as_in_the_paper() -> None:
    """0 1 1 0 PUSH 1 POP POP leaves 1 1 0 and the end; 1 1 0 POP POP POP leaves the end alone."""
    assert final_stack("0110opp") == "110$"
    assert final_stack("110ppp") == "$"
    logits = StackManipulation().oracle(np.asarray([0, 1, 1, 0, 4, 2, 2] + [5] * 8))
    assert np.argmax(logits[7:11], axis=1).tolist() == [1, 1, 0, 2]


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_share_of_ends_by_enumeration(n: int) -> None:
    """One answer of each sequence is the end, of all answers that all sequences have."""
    answers = []
    for given in range(1, max(n, 2)):
        counts = [len(final_stack("0" * given + "".join(rest))) for rest in product("pzo", repeat=n - given)]
        answers.append(np.mean(counts))
    assert share_of_ends(n) == pytest.approx(1 / np.mean(answers))


@pytest.mark.parametrize(
    ("length", "exact"), [(3, 0.5), (5, 0.4286), (7, 0.3364), (9, 0.3654), (11, 0.3862), (21, 0.4353), (81, 0.4819)]
)
def test_stack_manipulation_without_memory(length: int, exact: float) -> None:
    """The score pools the answers of all sequences."""
    task = StackManipulation()
    assert task.chance(length) == pytest.approx(exact, abs=5e-5)
    metrics = [score(task, task.memoryless, length, seed) for seed in range(2)]
    right, count = (sum(int(getattr(one, name).sum()) for one in metrics) for name in ("correct", "count"))
    assert right / count == pytest.approx(exact, abs=5 * np.sqrt(0.25 / count))


def remainders(task: ModularArithmetic, length: int) -> None:
    """Python's own arithmetic says the same."""
    for read, answer in asked(task, length):
        expression = read.removesuffix("=").replace("−", "-")
        assert len(expression) == length - 1
        assert int(answer) == eval(expression) % task.modulus, expression


@pytest.mark.parametrize("length", [2, 4, 10, 40])
@pytest.mark.parametrize("modulus", [2, 5, 7])
def test_flat_arithmetic_is_python_s(length: int, modulus: int) -> None:
    remainders(ModularArithmetic(modulus=modulus), length)


@pytest.mark.parametrize("length", [*range(2, 12), 41])
def test_bracketed_arithmetic_is_python_s(length: int) -> None:
    remainders(ModularArithmetic(form="brackets"), length)


def bracketed(symbols: str) -> bool:
    """Whether this is an expression of the paper's grammar, with d for digits and o for binary operators."""
    if symbols in ("d", "-d", "(d)", "(-d)"):
        return True
    return any(
        bracketed(symbols[1:place]) and bracketed(symbols[place + 1 : -1])
        for place in range(2, len(symbols) - 2)
        if symbols[place] in "+-*" and symbols[0] == "(" and symbols[-1] == ")"
    )


@pytest.mark.parametrize("length", [6, 9, 14, 20])
def test_brackets_follow_the_grammar(length: int) -> None:
    for read, _ in asked(ModularArithmetic(form="brackets"), length)[:64]:
        symbols = "".join("d" if symbol.isdigit() else symbol for symbol in read[:-1].replace("−", "-"))
        assert bracketed(symbols), read


def test_brackets_split_uniformly() -> None:
    """Of 11 symbols, the left operand takes 1 … 7."""
    lefts = []
    for read, _ in asked(ModularArithmetic(form="brackets"), 12, seeds=4):
        symbols = "".join("d" if symbol.isdigit() else symbol for symbol in read[:-1].replace("−", "-"))
        splits = [at for at in range(2, 9) if symbols[at] in "+-*"]
        lefts.append(next(at - 1 for at in splits if bracketed(symbols[1:at]) and bracketed(symbols[at + 1 : -1])))
    assert chisquare(np.bincount(lefts, minlength=8)[1:]).pvalue > 1e-3


def enumerated(n: int, modulus: int) -> np.ndarray:
    """Probabilities of the values of all flat expressions."""
    values = []
    for digits in product(range(modulus), repeat=n // 2 + 1):
        for operators in product("+-*", repeat=n // 2):
            text = str(digits[0]) + "".join(o + str(d) for o, d in zip(operators, digits[1:], strict=True))
            values.append(eval(text) % modulus)
    return np.bincount(values, minlength=modulus) / len(values)


@pytest.mark.parametrize(("n", "modulus"), [(1, 5), (3, 5), (5, 5), (5, 4), (7, 3)])
def test_flat_values_by_enumeration(n: int, modulus: int) -> None:
    np.testing.assert_allclose(flat_values(n, modulus), enumerated(n, modulus), atol=1e-12)


def recursive(n: int, modulus: int) -> np.ndarray:
    """Probabilities of the values of bracketed expressions, straight from the rule."""
    if n < 5:
        return np.full(modulus, 1 / modulus)
    total = np.zeros(modulus)
    for left in range(1, n - 3):
        one, other = recursive(left, modulus), recursive(n - 3 - left, modulus)
        for a, b in product(range(modulus), repeat=2):
            for value in (a + b, a - b, a * b):
                total[value % modulus] += one[a] * other[b] / 3
    return total / (n - 4)


@pytest.mark.parametrize("modulus", [3, 5])
def test_bracketed_values_by_recursion(modulus: int) -> None:
    table = bracketed_values(13, modulus)
    for n in (1, 4, 5, 9, 13):
        np.testing.assert_allclose(table[n - 1], recursive(n, modulus), atol=1e-12)


@pytest.mark.parametrize("modulus", [*range(2, 13), 36, 97, 100])
def test_no_remainder_is_likelier_than_0(modulus: int) -> None:
    for n in (1, 3, 9, 41):
        assert np.max(flat_values(n, modulus)) <= flat_values(n, modulus)[0] + 1e-12
    table = bracketed_values(60, modulus)
    assert np.all(np.max(table, axis=1) <= table[:, 0] + 1e-12)


def test_the_brackets_yaml_is_the_other_form() -> None:
    assert default("modular_arithmetic_brackets") == ModularArithmetic(form="brackets")


@pytest.mark.parametrize(("group", "order"), [("S3", 6), ("A5", 60), ("S5", 120), ("Z60", 60)])
def test_groups(group: str, order: int) -> None:
    members = elements(group)
    assert len(set(members)) == order
    assert members[0] == tuple(range(len(members[0])))
    known, random = set(members), np.random.default_rng(0)
    for one, other in random.integers(0, order, (300, 2)).tolist():
        assert tuple(members[one][place] for place in members[other]) in known


def test_a5_is_generated_by_cycles_of_three() -> None:
    cycles = {one for one in permutations(range(5)) if sum(place != image for place, image in enumerate(one)) == 3}
    reached = {tuple(range(5))}
    while True:
        grown = reached | {tuple(one[place] for place in other) for one in reached for other in cycles}
        if grown == reached:
            break
        reached = grown
    assert set(elements("A5")) == reached


@pytest.mark.parametrize("group", ["S3", "A5", "S5"])
def test_products_are_those_of_matrices(group: str) -> None:
    members = elements(group)
    matrices = [np.eye(len(member))[:, list(member)] for member in members]
    inputs, targets, mask = batch(WordProblem(group=group), 12)
    assert mask.all()
    for tokens, labels in zip(inputs[:16].tolist(), targets[:16].tolist(), strict=True):
        product = np.eye(len(members[0]))
        for token, label in zip(tokens, labels, strict=True):
            product = product @ matrices[token]
            np.testing.assert_array_equal(product, matrices[label])


def test_z60_is_addition() -> None:
    inputs, targets, _ = batch(WordProblem(group="Z60"), 20)
    np.testing.assert_array_equal(np.cumsum(inputs, axis=1) % 60, targets)


def test_factors_are_uniform_and_independent() -> None:
    inputs = np.concatenate([batch(WordProblem(group="S3"), 9, seed).inputs for seed in range(4)])
    for step in (0, 1, 8):
        assert chisquare(np.bincount(inputs[:, step], minlength=6)).pvalue > 1e-3
    pairs = inputs[:, 3] * 6 + inputs[:, 4]
    assert chisquare(np.bincount(pairs, minlength=36)).pvalue > 1e-3


def test_refusals() -> None:
    assert EvenPairs().problem(2) == "a string of 2 bits or more and the query need at least 3 steps"
    assert CycleNavigation().problem(1) == "an action or more and the query need at least 2 steps"
    assert WordProblem().problem(1) == "one element is its own product, so at least 2 steps are needed"
    assert (ModularArithmetic().problem(9) or "").endswith("; try 8 or 10")
    assert ModularArithmetic(form="brackets").problem(9) is None
    assert (StackManipulation().problem(10) or "").endswith("an odd number of at least 3; try 11")
    for positions, nearest in ((2, 3), (1025, 1024)):
        with pytest.raises(ValueError, match=f"={positions} is not a whole number from 3 to 1024; .*={nearest}$"):
            CycleNavigation(positions=positions)
    for modulus, nearest in ((1, 2), (65537, 100)):
        with pytest.raises(ValueError, match=f"modulus={modulus} is not a whole number from 2 to 100; .*={nearest}$"):
            ModularArithmetic(modulus=modulus)


@pytest.mark.parametrize(
    "task",
    [ModularArithmetic(modulus=100), ModularArithmetic(form="brackets", modulus=100), CycleNavigation(positions=1024)],
    ids=["flat", "brackets", "cycle"],
)
def test_largest_fields_are_answered_without_mistake(task: GeneratedTask) -> None:
    length = task.lengths.train[1]
    metrics = score(task, task.oracle, length)
    assert np.all(metrics.correct == metrics.count)
    assert 0 < task.chance(task.lengths.evaluation[-1]) < 1


def test_lag_is_felt_at_the_answer() -> None:
    """Changing the first symbol changes the last answer of the stack when nothing is popped."""
    task = StackManipulation()
    ones = np.asarray([1] * 4 + [5] * 5)
    zero = ones.copy()
    zero[0] = 0
    differ = np.flatnonzero(np.any(task.oracle(ones) != task.oracle(zero), axis=1))
    assert differ.tolist() == [task.lag(len(ones))]
