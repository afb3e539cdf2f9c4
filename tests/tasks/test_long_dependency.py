"""Tasks of long dependency against plain re-tellings of their papers, and their draws against what they should be."""

from collections import Counter
from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from catalogue import batch, score
from lrbench.tasks.delay import Delay, low_pass
from lrbench.tasks.delayed_match import DelayedMatch
from lrbench.tasks.embedded_reber import BITS, END, FAR, REBER, EmbeddedReber, first_edge_thresholds
from lrbench.tasks.first_symbol_recall import FirstSymbolRecall
from lrbench.tasks.multiplication import Multiplication
from lrbench.tasks.temporal_order import TemporalOrder
from lrbench.tasks.two_sequence_noise import TwoSequenceNoise
from scipy.stats import chisquare, halfnorm, kstest, norm

from lrbench.data import Example, GeneratedTask

LIKELY = 1e-3


def many(task: GeneratedTask, length: int, seeds: int = 8) -> Example:
    """Some thousand sequences of one length."""
    return jax.tree.map(lambda *leaves: np.concatenate(leaves), *(batch(task, length, seed) for seed in range(seeds)))


def uniform(values: np.ndarray, count: int) -> bool:
    counts = np.bincount(values.ravel(), minlength=count)
    return len(counts) == count and chisquare(counts).pvalue > LIKELY


# Multiplication


@pytest.mark.parametrize("placement", ["halves", "anywhere"])
def test_multiplication_asks_for_the_product_of_two_marked_numbers(placement: str) -> None:
    inputs, targets, mask = many(Multiplication(placement=placement), 7)
    assert np.array_equal(np.flatnonzero(mask.any(axis=0)), [6])
    for stream, target in zip(inputs.astype(float), targets[:, -1, 0], strict=True):
        first, second = (number for number, mark in stream.tolist() if mark == 1)
        assert first * second == pytest.approx(target, abs=1e-7)
    assert kstest(inputs[..., 0].ravel(), "uniform").pvalue > LIKELY
    pairs = Counter(tuple(np.flatnonzero(row).tolist()) for row in inputs[..., 1])
    expected = product(range(3), range(3, 7)) if placement == "halves" else ((a, b) for b in range(7) for a in range(b))
    assert set(pairs) == set(expected)
    assert chisquare(list(pairs.values())).pvalue > LIKELY


def test_multiplication_without_memory() -> None:
    """In the long run that of the literature, and at length 2, where the last number is always marked, 1/36."""
    assert Multiplication().chance(2) == pytest.approx(1 - 1 / 36)
    assert Multiplication(placement="anywhere").chance(2) == pytest.approx(1 - 1 / 36)
    assert Multiplication().chance(10**6) == pytest.approx(1 - 7 / 144, abs=1e-6)


# Temporal order


def spans(inputs: np.ndarray) -> list[tuple[int, int]]:
    """From where to where the first, second … X or Y stands in many sequences."""
    places = np.stack([np.flatnonzero(row >= 6) for row in inputs])
    for column in places.T:
        counts = np.bincount(column - column.min())
        assert chisquare(counts).pvalue > LIKELY
    return list(zip(places.min(axis=0).tolist(), places.max(axis=0).tolist(), strict=True))


@pytest.mark.parametrize("length", [100, 104, 110])
def test_temporal_order_has_the_windows_of_the_paper(length: int) -> None:
    assert spans(many(TemporalOrder(), length).inputs) == [(10, 20), (50, 60)]
    assert spans(many(TemporalOrder(marked="three"), length).inputs) == [(10, 20), (33, 43), (66, 76)]


def test_temporal_order_scales_the_windows() -> None:
    assert spans(many(TemporalOrder(), 50).inputs) == [(5, 10), (25, 30)]
    assert spans(many(TemporalOrder(), 160, seeds=16).inputs) == [(15, 30), (75, 90)]
    assert spans(many(TemporalOrder(marked="three"), 50).inputs) == [(5, 10), (16, 21), (33, 38)]
    assert spans(many(TemporalOrder(marked="three"), 10).inputs) == [(1, 2), (3, 4), (6, 7)]
    assert TemporalOrder().lag(50) == 49 - 5
    assert TemporalOrder().lag(105) == 104 - 10


@pytest.mark.parametrize(("marked", "count"), [("two", 2), ("three", 3)])
def test_temporal_order_names_the_symbols_in_their_order(marked: str, count: int) -> None:
    task = TemporalOrder(marked=marked)
    inputs, targets, mask = many(task, 30)
    assert np.array_equal(np.flatnonzero(mask.any(axis=0)), [29])
    for row, target in zip(inputs, targets[:, -1], strict=True):
        letters = "".join(task.input_name(token) for token in row.tolist())
        assert letters[0] == "E"
        assert letters[-1] == "B"
        assert set(letters[1:-1]) <= set("abcdXY")
        assert "".join(letter for letter in letters if letter in "XY") == task.output_name(int(target))
    assert uniform(targets[:, -1], 2**count)
    between = inputs[:, 1:-1]
    assert uniform(between[between < 6] - 2, 4)


# The two-sequence problem


@pytest.mark.parametrize("variant", ["3a", "3b", "3c"])
@pytest.mark.parametrize("informative", [1, 3])
def test_two_sequence_noise_and_signal(variant: str, informative: int) -> None:
    inputs, targets, mask = many(TwoSequenceNoise(variant=variant, informative=informative), 20)
    assert np.array_equal(np.flatnonzero(mask.any(axis=0)), [19])
    signal, noise = inputs[:, :informative, 0], inputs[:, informative:, 0]
    assert kstest(noise.ravel(), norm(scale=0.2**0.5).cdf).pvalue > LIKELY
    class_1 = signal.sum(axis=1) > 0
    assert chisquare(np.bincount(class_1)).pvalue > LIKELY
    off = signal - np.where(class_1, 1, -1)[:, None]
    if variant == "3b":
        assert kstest(np.abs(off).ravel(), halfnorm(scale=0.2**0.5).cdf).pvalue > LIKELY
        assert abs(off.mean()) < 0.05
    else:
        assert not off.any()
    answers = targets[:, -1, 0]
    if variant == "3c":
        for class_, mean in ((class_1, 0.2), (~class_1, 0.8)):
            assert kstest(answers[class_], norm(loc=mean, scale=0.1**0.5).cdf).pvalue > LIKELY
    else:
        assert np.array_equal(answers, class_1.astype(float))


def test_noisy_signals_that_would_say_the_wrong_class_are_turned_round() -> None:
    """With N = 1 one in 76 would be wrong; the noise's sign is then the class's."""
    inputs, targets, _ = many(TwoSequenceNoise(variant="3b", informative=1), 20, seeds=24)
    heard, said = inputs[:, 0, 0], np.where(targets[:, -1, 0] == 1, 1, -1)
    assert np.all(heard * said > 0)
    assert np.mean(heard * said > 2) == pytest.approx(2 * norm.sf(5**0.5), rel=0.3)


@pytest.mark.parametrize(("answer", "right"), [(0.2, 0.2), (0.299, 0.2), (0.301, None), (0.71, 0.8), (0.5, None)])
@pytest.mark.parametrize("steps", [-60, -1, 0, 7, 60])
def test_noisy_targets_are_judged_without_their_noise(answer: float, right: float | None, steps: int) -> None:
    task = TwoSequenceNoise()
    for mean in (0.2, 0.8):
        target = jnp.full((1, 1), mean + 0.016 * steps, jnp.float32)
        example = Example(inputs=jnp.zeros((1, 1)), targets=target, mask=jnp.ones(1, bool))
        judgement = task.judge(jnp.full((1, 1), answer), example, jnp.arange(1), jnp.asarray(1))
        assert bool(judgement.correct[0]) == (mean == right)


@pytest.mark.parametrize("informative", [1, 3, 25, 26, 49, 120, 250])
def test_default_lengths_hold_the_informative_numbers_and_more(informative: int) -> None:
    task = TwoSequenceNoise(informative=informative)
    least, most = task.lengths.train
    assert most == int(1.1 * least)
    assert least == max(100, 4 * informative)
    for length in (least, *task.lengths.evaluation):
        assert length >= 2 * informative
        assert task.problem(length) is None
    assert task.lengths.evaluation[-1] >= 6 * most


def test_too_many_informative_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="informative=251 is not a whole number from 1 to 250; try informative=250"):
        TwoSequenceNoise(informative=251)


# Delayed match


@pytest.mark.parametrize("delay", ["blank", "distractors", "samples"])
def test_delayed_match_compares_probe_and_sample(delay: str) -> None:
    task = DelayedMatch(delay=delay, symbols=4)
    inputs, targets, mask = many(task, 9)
    assert np.array_equal(np.flatnonzero(mask.any(axis=0)), [8])
    shown, probe, between = inputs[:, 0], inputs[:, -1], inputs[:, 1:-1]
    assert [task.output_name(target) for target in targets[:, -1].tolist()] == [
        "yes" if same else "no" for same in (shown == probe).tolist()
    ]
    assert uniform(targets[:, -1], 2)
    assert uniform(shown, 4)
    assert uniform(probe, 4)
    others = Counter((one, other) for one, other in zip(shown.tolist(), probe.tolist(), strict=True) if one != other)
    assert len(others) == 12
    assert chisquare(list(others.values())).pvalue > LIKELY
    match delay:
        case "blank":
            assert np.all(between == 4)
        case "distractors":
            assert uniform(between - 4, 4)
        case "samples":
            assert uniform(between, 4)


# First-symbol recall


@pytest.mark.parametrize("variant", ["2a", "2b", "2c"])
def test_first_symbol_recall_lays_out_as_the_paper(variant: str) -> None:
    task = FirstSymbolRecall(variant=variant, distractors=5, symbols=3)
    inputs, targets, mask = many(task, 14)
    assert np.array_equal(np.flatnonzero(mask.any(axis=0)), [13])
    assert uniform(targets[:, -1], 3)
    for row, target in zip(inputs.tolist(), targets[:, -1].tolist(), strict=True):
        names = [task.input_name(token) for token in row]
        symbol = task.output_name(target)
        match variant:
            case "2a":
                assert names == [symbol, *"1234512345123"]
            case "2b":
                assert names[0] == symbol
                assert set(names[1:]) <= set("12345")
            case "2c":
                assert (names[0], names[1], names[-1]) == (">", symbol, "?")
                assert set(names[2:-1]) <= set("12345")
    if variant != "2a":
        stretch = inputs[:, 1:] if variant == "2b" else inputs[:, 2:-1]
        assert uniform(stretch - 3, 5)


# Delay


def test_delay_repeats_the_signal() -> None:
    task = Delay(delay=5)
    inputs, targets, mask = batch(task, 30)
    assert np.array_equal(np.flatnonzero(mask.all(axis=0)), np.arange(5, 30))
    assert not mask[:, :5].any()
    np.testing.assert_array_equal(targets[:, 5:], inputs[:, :-5])


@pytest.mark.parametrize("cutoff", [0.05, 0.25])
def test_delay_is_of_band_limited_noise(cutoff: float) -> None:
    length = 4096
    task = Delay(cutoff=cutoff)
    draw = jax.jit(jax.vmap(lambda key: task.sample(key, length, length).inputs[:, 0]))
    signal = np.asarray(draw(jax.random.split(jax.random.key(0), 32)), float)
    assert np.mean(signal) == pytest.approx(0, abs=0.02)
    assert np.mean(signal**2) == pytest.approx(0.25, rel=0.03)
    power = np.mean(np.abs(np.fft.rfft(signal * np.hanning(length)[None], axis=1)) ** 2, axis=0)
    frequency = np.fft.rfftfreq(length)
    within, beyond = power[(frequency > 0.01) & (frequency < 0.6 * cutoff)], power[frequency > 1.4 * cutoff]
    assert beyond.max() < 1e-4 * within.mean()
    assert np.std(within) < 0.3 * within.mean(), "white up to the cut-off"
    assert np.interp(cutoff, frequency, np.convolve(power, np.ones(9) / 9, "same")) == pytest.approx(
        within.mean() / 4, rel=0.3
    )
    first, last = np.mean(signal[:, :8] ** 2), np.mean(signal[:, -8:] ** 2)
    assert first == pytest.approx(0.25, rel=0.4)
    assert last == pytest.approx(0.25, rel=0.4)
    assert kstest(signal[:, :: 2 * len(low_pass(cutoff))].ravel(), norm(scale=0.5).cdf).pvalue > LIKELY


@pytest.mark.parametrize(("delay", "cutoff"), [(1, 0.25), (2, 0.1), (3, 0.1), (9, 0.05)])
def test_delay_without_memory_where_the_signal_resembles_itself(delay: int, cutoff: float) -> None:
    """The chance that is claimed is that of the best line through numbers and answers."""
    task = Delay(delay=delay, cutoff=cutoff)
    length = task.lengths.evaluation[2]
    inputs, targets, mask = many(task, length, seeds=16)
    now, before = inputs[mask][:, 0].astype(float), targets[mask][:, 0].astype(float)
    slope = np.mean(now * before) / np.mean(now**2)
    assert slope == pytest.approx(task.correlation, abs=0.03)
    assert 1 - np.mean((before - slope * now) ** 2) == pytest.approx(task.chance(length), abs=0.02)
    assert np.mean(score(task, task.memoryless, length).count) == length - delay


# The embedded Reber grammar


@pytest.mark.parametrize("word", ["BTSSXXTVVE", "BPVVE", "BTXXVPSE", "BPVPXVPXVPXVVE", "BTSXXVPSE"])
def test_words_that_are_known_to_be_reber(word: str) -> None:
    assert ends_well(word)


@pytest.mark.parametrize("word", ["BTSSPXSE", "BPTVVB", "BTXXVVSE", "BPVSPSE", "BTSSSE"])
def test_words_that_are_known_not_to_be_reber(word: str) -> None:
    assert not ends_well(word)


def ends_well(word: str) -> bool:
    node = 0
    for symbol in word:
        if node == END or symbol not in REBER[node]:
            return False
        node = REBER[node][symbol]
    return node == END


#: The diagram of the literature drawn once more, its nodes named by what has just been read on the way there.
DIAGRAM = {
    "start": [("T", "S loop"), ("P", "T loop")],
    "S loop": [("S", "S loop"), ("X", "after X")],
    "T loop": [("T", "T loop"), ("V", "after V")],
    "after X": [("X", "T loop"), ("S", "end")],
    "after V": [("P", "after X"), ("V", "end")],
}


def reber_words(symbols: int) -> dict[str, float]:
    """Every Reber word of this many symbols, with the probability that coins give it."""
    found, pending = {}, [("B", "start", 1.0)]
    while pending:
        word, node, probability = pending.pop()
        if node == "end":
            if len(word) + 1 == symbols:
                found[word + "E"] = probability
        elif len(word) < symbols:
            pending += [(word + symbol, following, probability / 2) for symbol, following in DIAGRAM[node]]
    return found


@pytest.mark.parametrize("length", [8, 9, 12, 15])
def test_embedded_reber_draws_words_as_coins_do_given_their_length(length: int) -> None:
    inner = reber_words(length - 3)
    words = {f"B{outer}{word}{outer}": share / 2 for outer in "TP" for word, share in inner.items()}
    total = sum(words.values())
    inputs = many(EmbeddedReber(), length, seeds=16).inputs
    drawn = Counter("".join("BTPSXVE"[token] for token in row) for row in inputs.tolist())
    assert drawn.keys() <= words.keys()
    expected = {word: share / total * len(inputs) for word, share in words.items()}
    common = [word for word in words if expected[word] >= 5]
    counts, means = [drawn[word] for word in common], [expected[word] for word in common]
    counts.append(len(inputs) - sum(counts))
    means.append(len(inputs) - sum(means))
    if means[-1] < 1e-6:
        counts.pop(), means.pop()
    assert chisquare(counts, means).pvalue > LIKELY


def test_embedded_reber_asks_for_the_symbols_with_which_words_go_on() -> None:
    """What may follow a prefix is read off from all words of up to 16 symbols."""
    following: dict[str, set[str]] = {}
    for symbols in range(5, 17):
        for inner in reber_words(symbols):
            for outer in "TP":
                word = f"B{outer}{inner}{outer}E"
                for place in range(1, len(word)):
                    following.setdefault(word[:place], set()).add(word[place])
    for length in (8, 11, 14):
        inputs, targets, mask = batch(EmbeddedReber(), length)
        assert mask.all()
        for row, sets in zip(inputs.tolist(), targets.tolist(), strict=True):
            word = "".join("BTPSXVE"[token] for token in row)
            for place, bits in enumerate(sets, start=1):
                legal = {symbol for symbol, bit in zip("BTPSXVE", bits, strict=True) if bit}
                assert legal == following[word[:place]]


def test_far_from_the_end_the_end_is_not_felt() -> None:
    """So that one small table serves words of any length."""
    thresholds = first_edge_thresholds()
    assert np.max(np.abs(thresholds[FAR] - thresholds[FAR - 20])) <= 1
    between_two = thresholds[FAR, 1:4]
    assert between_two.min() > 0
    assert between_two.max() < 2**BITS
    assert np.all(thresholds[FAR, 4:] == 2**BITS), "their other edge leads to the end"


def test_a_word_is_not_right_when_the_second_symbol_is_forgotten() -> None:
    task = EmbeddedReber()

    def forgetful(inputs: np.ndarray) -> np.ndarray:
        answers = task.oracle(inputs)
        answers[-2, 1:3] = 5.0
        return answers

    metrics = score(task, forgetful, 20)
    assert np.all(metrics.correct == 19)
    assert not metrics.solved.any()


# Refusals


@pytest.mark.parametrize(
    ("task", "least"),
    [
        (Multiplication(), 2),
        (TemporalOrder(), 10),
        (TwoSequenceNoise(), 4),
        (TwoSequenceNoise(informative=9), 10),
        (DelayedMatch(), 3),
        (FirstSymbolRecall(variant="2a"), 2),
        (FirstSymbolRecall(), 4),
        (Delay(delay=30), 31),
        (EmbeddedReber(), 8),
    ],
)
def test_the_shortest_length_is_said_and_works(task: GeneratedTask, least: int) -> None:
    problem = task.problem(least - 1)
    assert problem is not None
    assert f"at least {least} steps" in problem or f"are {least} steps" in problem
    assert task.problem(least) is None
    inputs, targets, mask = task.sample(jax.random.key(0), least, least)
    assert bool(mask.any())
    answers = jnp.asarray(task.oracle(np.asarray(inputs)), jnp.float32)
    judgement = task.judge(answers, Example(inputs, targets, mask), jnp.arange(least), jnp.asarray(least))
    assert bool(jnp.all(judgement.correct | ~mask))


@pytest.mark.parametrize("cutoff", [0.0, 0.4, 0.5])
def test_delay_refuses_a_band_that_cannot_be(cutoff: float) -> None:
    with pytest.raises(ValueError, match=r"cutoff=.* is not a number between 0.01 and 0.4"):
        Delay(cutoff=cutoff)
