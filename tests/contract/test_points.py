"""Each point of the contract fails on a task that breaks it, and says in a sentence how."""

import random
from dataclasses import dataclass, field
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from lrbench.tasks.anbn import AnBn
from lrbench.tasks.parity import Parity
from recorded_bits import RecordedBits

from lrbench.contract import POINTS, Result, check, look
from lrbench.contract.draws import answers_to, far_batch, far_metrics_of, measured
from lrbench.data import Classes, DataError, Example, Features, Lengths, Records, Split, Task, Tokens, Values
from lrbench.data.fields import require_whole

LOOK_AT = {point.name: point for point in POINTS}


def result_of(name: str, task: Task) -> Result:
    return look(LOOK_AT[name], task)


class Undecorated(Parity):
    """Is the number of ones odd?"""

    symbols: int = 2


@dataclass(frozen=True)
class Unhashable(Parity):
    """Is the number of ones odd?"""

    weights: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Undocumented(Parity):
    pass


@dataclass(frozen=True)
class OfNoFamily(Parity):
    """Is the number of ones odd?"""

    family: ClassVar[Any] = "puzzles"


@dataclass(frozen=True)
class OfNoPaper(Parity):
    """Is the number of ones odd?"""

    paper: ClassVar[str] = ""


@dataclass(frozen=True)
class FitsClasses(Parity):
    """Is the number of ones odd?"""

    score: ClassVar[Any] = "fit"


@dataclass(frozen=True)
class CountsInputs(Parity):
    """Is the number of ones odd?"""

    @property
    def inputs(self) -> Any:
        return 2


@dataclass(frozen=True)
class WithoutTokens(Parity):
    """Is the number of ones odd?"""

    @property
    def inputs(self) -> Tokens:
        return Tokens(0)


@dataclass(frozen=True)
class TakesAnything(Parity):
    """Is the number of ones odd?"""

    symbols: int = 2


@dataclass(frozen=True)
class ComparesFirst(Parity):
    """Is the number of ones odd?"""

    symbols: int = 2

    def __post_init__(self) -> None:
        if self.symbols < 2:
            raise ValueError("too few")


@dataclass(frozen=True)
class RefusesWithoutNames(Parity):
    """Is the number of ones odd?"""

    symbols: int = 2

    def __post_init__(self) -> None:
        if self.symbols != 2:
            raise ValueError("two, please")


@dataclass(frozen=True)
class ChecksItsField(Parity):
    """Is the number of ones odd?"""

    symbols: int = 2

    def __post_init__(self) -> None:
        require_whole("symbols", self.symbols, 2)


@dataclass(frozen=True)
class NamesAlike(Parity):
    """Is the number of ones odd?"""

    def output_name(self, index: int) -> str:
        return "bit"


@dataclass(frozen=True)
class NamesWithSpaces(Parity):
    """Is the number of ones odd?"""

    def input_name(self, index: int) -> str:
        return f"bit {index}"


@dataclass(frozen=True)
class Backwards(Parity):
    """Is the number of ones odd?"""

    @property
    def lengths(self) -> Lengths:
        return Lengths(train=(40, 3), evaluation=(40, 256))


@dataclass(frozen=True)
class Impossible(Parity):
    """Is the number of ones odd?"""

    @property
    def lengths(self) -> Lengths:
        return Lengths(train=(3, 40), evaluation=(1, 256))


@dataclass(frozen=True)
class OfPairs(Parity):
    """Is the number of ones odd?"""

    @property
    def lengths(self) -> Lengths:
        return Lengths(train=(3, 41), evaluation=(42, 84, 252))

    def problem(self, length: int) -> str | None:
        return None if length >= 2 and length % 2 == 0 else "bits come in pairs; try 2 or 4"


@dataclass(frozen=True)
class OfPairsAtFirst(OfPairs):
    """Is the number of ones odd?"""

    @property
    def lengths(self) -> Lengths:
        return Lengths(train=(4, 41), evaluation=(42, 84, 252))


@dataclass(frozen=True)
class EndsEarly(Parity):
    """Is the number of ones odd?"""

    @property
    def lengths(self) -> Lengths:
        return Lengths(train=(3, 40), evaluation=(40, 100))


@dataclass(frozen=True)
class AllowsNothing(Parity):
    """Is the number of ones odd?"""

    def problem(self, length: int) -> str | None:
        return None


@dataclass(frozen=True)
class RefusesWithoutNumbers(Parity):
    """Is the number of ones odd?"""

    def problem(self, length: int) -> str | None:
        return None if length >= 2 else "too short"


@dataclass(frozen=True)
class Certain(Parity):
    """Is the number of ones odd?"""

    def chance(self, length: int) -> float:
        return 1.0


@dataclass(frozen=True)
class DividesByZero(Parity):
    """Is the number of ones odd?"""

    def chance(self, length: int) -> float:
        return 1 / (length - length)


@dataclass(frozen=True)
class LagsBehindItself(Parity):
    """Is the number of ones odd?"""

    def lag(self, length: int) -> int:
        return length


@dataclass(frozen=True)
class Raises(Parity):
    """Is the number of ones odd?"""

    def sample(self, key: Any, length: Any, size: int) -> Example:
        raise RuntimeError("no sequence today")


@dataclass(frozen=True)
class AsksForTheLength(Parity):
    """Is the number of ones odd?"""

    def sample(self, key: Any, length: Any, size: int) -> Example:
        return super().sample(key, int(length), size)


@dataclass(frozen=True)
class Changed(Parity):
    """Is the number of ones odd?"""

    def changed(self, example: Example, length: Any) -> Any:
        raise NotImplementedError

    def sample(self, key: Any, length: Any, size: int) -> Any:
        return self.changed(super().sample(key, length, size), length)


@dataclass(frozen=True)
class WrongType(Changed):
    """Is the number of ones odd?"""

    def changed(self, example: Example, length: Any) -> Example:
        return example._replace(targets=example.targets.astype(jnp.float32))


@dataclass(frozen=True)
class WrongShape(Changed):
    """Is the number of ones odd?"""

    def changed(self, example: Example, length: Any) -> Example:
        return example._replace(mask=example.mask[:-1])


@dataclass(frozen=True)
class NoExample(Changed):
    """Is the number of ones odd?"""

    def changed(self, example: Example, length: Any) -> Any:
        return example.inputs, example.targets


@dataclass(frozen=True)
class TargetsOutOfRange(Changed):
    """Is the number of ones odd?"""

    def changed(self, example: Example, length: Any) -> Example:
        return example._replace(targets=example.targets * 2)


@dataclass(frozen=True)
class NegativeTokens(Changed):
    """Is the number of ones odd?"""

    def changed(self, example: Example, length: Any) -> Example:
        return example._replace(inputs=-example.inputs)


@dataclass(frozen=True)
class UnusedTokens(Parity):
    """Is the number of ones odd?"""

    @property
    def inputs(self) -> Tokens:
        return Tokens(4)


@dataclass(frozen=True)
class Infinite(Changed):
    """Is the number of ones odd?"""

    @property
    def inputs(self) -> Any:
        return Features(1)

    def changed(self, example: Example, length: Any) -> Example:
        return example._replace(inputs=1 / example.inputs[:, None].astype(jnp.float32))


@dataclass(frozen=True)
class CountsPadding(Changed):
    """Is the number of ones odd?"""

    def changed(self, example: Example, length: Any) -> Example:
        return example._replace(mask=jnp.arange(len(example.mask)) >= length - 1)


@dataclass(frozen=True)
class SpeaksInPadding(Changed):
    """Is the number of ones odd?"""

    def changed(self, example: Example, length: Any) -> Example:
        return example._replace(inputs=jnp.where(jnp.arange(len(example.mask)) < length, example.inputs, 1))


@dataclass(frozen=True)
class AsksNothing(Changed):
    """Is the number of ones odd?"""

    def changed(self, example: Example, length: Any) -> Example:
        return example._replace(mask=example.mask & (example.inputs == 1))


@dataclass(frozen=True)
class AsksTooEarly(Changed):
    """Is the number of ones odd?"""

    def changed(self, example: Example, length: Any) -> Example:
        return Example(example.inputs, jnp.roll(example.targets, -1), jnp.roll(example.mask, -1))


@dataclass(frozen=True)
class AsksTooLate(Changed):
    """Is the number of ones odd?"""

    def changed(self, example: Example, length: Any) -> Example:
        """The target is that of one step before."""
        odd = jnp.cumsum(example.inputs) % 2
        mask = jnp.arange(len(odd)) < length
        return Example(example.inputs, jnp.where(mask, jnp.roll(odd, 1).at[0].set(0), 0).astype(jnp.int32), mask)

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        return np.eye(2)[np.cumsum(inputs) % 2]


@dataclass(frozen=True)
class DrawsWithPython(Changed):
    """Is the number of ones odd?"""

    def changed(self, example: Example, length: Any) -> Example:
        return example._replace(inputs=example.inputs ^ jnp.where(example.mask, random.getrandbits(24) & 1, 0))

    def sample(self, key: Any, length: Any, size: int) -> Example:
        return super().sample(jax.random.fold_in(key, random.getrandbits(24)), length, size)


@dataclass(frozen=True)
class DrawsWithNumpy(Parity):
    """Is the number of ones odd?"""

    def sample(self, key: Any, length: Any, size: int) -> Example:
        return super().sample(jax.random.key(np.random.randint(2**20)), length, size)  # noqa: NPY002  # the mistake


@dataclass(frozen=True)
class DrawsOnTheHost(Parity):
    """Is the number of ones odd?"""

    def sample(self, key: Any, length: Any, size: int) -> Example:
        seed = jax.pure_callback(
            lambda _: np.uint32(random.getrandbits(32)),
            jax.ShapeDtypeStruct((), jnp.uint32),
            jax.random.bits(key),
            vmap_method="sequential",
        )
        return super().sample(jax.random.key(seed), length, size)


@dataclass(frozen=True)
class IgnoresItsKey(Parity):
    """Is the number of ones odd?"""

    def sample(self, key: Any, length: Any, size: int) -> Example:
        return super().sample(jax.random.key(0), length, size)


@dataclass(frozen=True)
class CallsItselfDeterministic(Parity):
    """Is the number of ones odd?"""

    deterministic: ClassVar[bool] = True


@dataclass(frozen=True)
class DependsOnItsSize(Parity):
    """Is the number of ones odd?"""

    def sample(self, key: Any, length: Any, size: int) -> Example:
        return super().sample(jax.random.fold_in(key, size), length, size)


@dataclass(frozen=True)
class LosesCount(Parity):
    """Is the number of ones odd?"""

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        return super().oracle(np.where(np.arange(len(inputs)) < 200, inputs, 0))


@dataclass(frozen=True)
class GoesFar(Parity):
    """Is the number of ones odd?"""

    @property
    def lengths(self) -> Lengths:
        return Lengths(train=(3, 40), evaluation=(40, 64, 96, 10**6))


@dataclass(frozen=True)
class WrongOracle(Parity):
    """Is the number of ones odd?"""

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        return np.eye(2)[inputs]


@dataclass(frozen=True)
class RaisingOracle(Parity):
    """Is the number of ones odd?"""

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        return np.eye(2)[np.cumsum(inputs)]


@dataclass(frozen=True)
class OracleOfTheLastStep(Parity):
    """Is the number of ones odd?"""

    def oracle(self, inputs: np.ndarray) -> np.ndarray:
        return np.eye(2)[np.sum(inputs) % 2]


@dataclass(frozen=True)
class WrongChance(Parity):
    """Is the number of ones odd?"""

    def chance(self, length: int) -> float:
        return 0.6


@dataclass(frozen=True)
class RemembersSecretly(Parity):
    """Is the number of ones odd?"""

    def memoryless(self, inputs: np.ndarray) -> np.ndarray:
        return np.eye(2)[np.cumsum(inputs) % 2]


@dataclass(frozen=True)
class NeedsNoMemory(Changed):
    """Is the last bit 1?"""

    def changed(self, example: Example, length: Any) -> Example:
        return example._replace(targets=jnp.where(example.mask, example.inputs, 0))


@dataclass(frozen=True)
class ShowsNothing(Parity):
    """Is the number of ones odd?"""


@dataclass(frozen=True)
class ShowsSomethingElse(Parity):
    """Is the number of ones odd?

    Examples:
        Key 0, length 4::

            step    0 1 2 3
            input   0 0 0 0
            target  - - - 1
            mask    - - - *

        Key 1, length 4::

            step    0 1 2 3
            input   0 0 0 0
            target  - - - 1
            mask    - - - *
    """


@dataclass(frozen=True)
class ComparesAllPairs(Changed):
    """Is the number of ones odd?"""

    def changed(self, example: Example, length: Any) -> Example:
        pairs = example.inputs[:, None] * example.inputs[None] * jnp.cumsum(example.inputs)[:, None]
        return example._replace(targets=jnp.where(example.mask, jnp.sort(pairs, axis=1)[:, -1] % 2, 0))


@dataclass(frozen=True)
class TeachesNothing(Parity):
    """Is the number of ones odd?"""

    score: ClassVar[Any] = "fit"

    @property
    def output(self) -> Any:
        return Values(1, 0.1)

    def sample(self, key: Any, length: Any, size: int) -> Example:
        example = super().sample(key, length, size)
        return example._replace(targets=jnp.full((size, 1), jnp.nan))


BROKEN: list[tuple[str, type[Task], list[str]]] = [
    ("declaration", Undecorated, ["Undecorated is no frozen dataclass", "@dataclass(frozen=True)"]),
    ("declaration", Unhashable, ["Unhashable cannot be hashed", "list"]),
    ("declaration", Undocumented, ["Undocumented has no docstring"]),
    ("declaration", OfNoFamily, ["OfNoFamily.family is 'puzzles'", "counting"]),
    ("declaration", OfNoPaper, ["OfNoPaper.paper is missing"]),
    ("declaration", FitsClasses, ['FitsClasses.score is "fit"', "Classes"]),
    ("declaration", CountsInputs, ["CountsInputs.inputs is 2", "Tokens or Features"]),
    ("declaration", WithoutTokens, ["inputs has count 0"]),
    ("fields", TakesAnything, ["symbols='unheard-of' is accepted", "require_whole"]),
    ("fields", ComparesFirst, ["symbols='unheard-of' raises TypeError"]),
    ("fields", RefusesWithoutNames, ["symbols='unheard-of' is refused with 'two, please'"]),
    ("names", NamesAlike, ["output_name(0) and output_name(1) are both 'bit'"]),
    ("names", NamesWithSpaces, ["input_name(0) is 'bit 0'"]),
    ("lengths", Backwards, ["lengths.train is (40, 3)"]),
    ("lengths", Impossible, ["lengths.evaluation has 1, which is not possible", "at least 2"]),
    ("lengths", OfPairs, ["lengths.train has 3, which is not possible: bits come in pairs"]),
    ("lengths", OfPairsAtFirst, ["lengths.train has 41, which is not possible: bits come in pairs"]),
    ("lengths", EndsEarly, ["lengths.evaluation ends at 100", "6 times", "40"]),
    ("lengths", AllowsNothing, ["problem(-1) is None"]),
    ("lengths", RefusesWithoutNumbers, ["problem(-1) says 'too short'", "a length that is possible"]),
    ("scale", Certain, ["chance(3) is 1.0", "below 1"]),
    ("scale", DividesByZero, ["chance(3) raised ZeroDivisionError", "test_points.py, line "]),
    ("scale", LagsBehindItself, ["lag(3) is 3", "below the length"]),
    ("shapes", Raises, ["sample at a traced length", "raised RuntimeError: no sequence today (test_points.py, line "]),
    ("shapes", AsksForTheLength, ["sample at a traced length", "raised ", "test_points.py, line "]),
    ("shapes", WrongType, ["targets of float32[96]", "Classes(count=2) is int32[96]"]),
    ("shapes", WrongShape, ["mask of bool[95]", "bool[96]"]),
    ("shapes", NoExample, ["returned a tuple", "lrbench.data.Example"]),
    ("ranges", TargetsOutOfRange, ["targets at length 3 hold 2; there are 2, numbered 0 to 1"]),
    ("ranges", NegativeTokens, ["inputs at length 3 hold -1"]),
    ("ranges", UnusedTokens, ["of 4 tokens 2, 3 never occur"]),
    ("ranges", Infinite, ["inputs at length 3 hold numbers that are not finite"]),
    ("padding", CountsPadding, ["steps behind length 3 of 96 count"]),
    ("padding", SpeaksInPadding, ["steps behind length 3 of 96 have an input that is not 0"]),
    ("alignment", AsksNothing, ["of 256 sequences of length 3 have no step that counts"]),
    ("alignment", AsksTooEarly, ["agree in all inputs up to step 2", "not settled"]),
    ("key", DrawsWithPython, ["something besides the key decides", "Python's random"]),
    ("key", DrawsWithNumpy, ["something besides the key decides", "numpy.random"]),
    ("key", DrawsOnTheHost, ["two draws from the same key", "something besides the key decides"]),
    ("key", IgnoresItsKey, ["256 keys drew the same sequence", "deterministic = True"]),
    ("key", CallsItselfDeterministic, ["deterministic is true"]),
    ("compilation", DependsOnItsSize, ["inputs of one key and length 40 differ", "size 96 with a traced length"]),
    ("streams", IgnoresItsKey, ["training step 0 and training step 1 are the same 256 sequences"]),
    ("oracle", WrongOracle, ["at length 2 the oracle scores 0.", "of 256 sequences"]),
    ("oracle", AsksTooLate, ["at length 2 the oracle scores 0.", "one step later its answers would be right"]),
    ("oracle", RaisingOracle, ["oracle of a sequence of length ", "raised IndexError", "test_points.py, line "]),
    ("oracle", OracleOfTheLastStep, ["returned shape (2,) instead of (2, 2)"]),
    ("reach", LosesCount, ["at length 256 the oracle scores 0", "of 4 sequences"]),
    ("baseline", WrongChance, ["the memoryless baseline scores 0.5", "chance(3) says 0.6"]),
    ("memoryless", RemembersSecretly, ["when the steps stand in another order"]),
    ("table", NeedsNoMemory, ["a table from token to answer scores 1.0000", "chance(3) says 0.5"]),
    ("examples", ShowsNothing, ["holds 0 worked examples, of at least 2"]),
    ("examples", ShowsSomethingElse, ["'Key 0, length 4' is not what is drawn, which is\nstep    0 1 2 3"]),
    ("memory", ComparesAllPairs, ["bytes a step, of at most 128", "[size, size]"]),
    ("learning", TeachesNothing, ["it learns nothing"]),
]


@pytest.mark.filterwarnings("ignore:invalid value encountered")
@pytest.mark.parametrize(("name", "kind", "said"), BROKEN, ids=[f"{name}-{kind.__name__}" for name, kind, _ in BROKEN])
def test_a_broken_task_fails_the_point_with_a_sentence(name: str, kind: type[Task], said: list[str]) -> None:
    result = result_of(name, kind())
    assert result.state == "failed", result
    for part in said:
        assert part in result.detail


def test_a_length_that_would_take_minutes_is_not_drawn() -> None:
    assert result_of("oracle", LosesCount()).state == "passed", "the lengths that all points look at end before"
    assert result_of("reach", GoesFar()).detail == "no affordable length is beyond 96"
    assert result_of("reach", Parity()).detail == "length 256"


@pytest.mark.parametrize("wrong_at", [None, 0, 160, 320])
def test_what_is_measured_in_pieces_is_what_the_whole_would_be(wrong_at: int | None) -> None:
    """Of a task whose judgement depends on the place of a step; some answers are wrong, in one piece or another."""
    task, length = AnBn(), 321
    examples = far_batch(task, length)
    answered = answers_to(task, "oracle", np.asarray(examples.inputs))
    if wrong_at is not None:
        answered[1, wrong_at] = -answered[1, wrong_at]
    for piece, whole in zip(
        far_metrics_of(task, answered, examples), measured(task, answered, examples, length), strict=True
    ):
        np.testing.assert_allclose(piece, whole, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("point", [point for point in POINTS if point.concerns(Parity())], ids=lambda point: point.name)
def test_a_sound_task_passes(point: Any) -> None:
    result = look(point, Parity())
    assert result.state == "passed", result


def test_a_checked_field_passes() -> None:
    assert result_of("fields", ChecksItsField()).detail == "1 field"


def test_what_a_broken_point_spoils_is_not_tried() -> None:
    results = {result.point.name: result for result in check(WrongShape())}
    assert results["lengths"].state == "passed"
    assert results["shapes"].state == "failed"
    assert results["oracle"].state == "not tried"
    assert results["oracle"].detail == "shapes must hold first"
    assert "records" not in results


@dataclass(frozen=True)
class Absent(RecordedBits):
    """Which of two symbols did a sequence begin with?"""

    def prepare(self) -> None:
        raise DataError("bits.csv does not exist; write it")

    def examples(self, split: Split) -> int:
        return self.prepare() or 0


@dataclass(frozen=True)
class WrongRecords(RecordedBits):
    """Which of two symbols did a sequence begin with?"""

    def fetch(self, split: Split, indices: np.ndarray, length: int, size: int) -> Records:
        example, lengths = super().fetch(split, indices, length, size)
        return Records(example._replace(targets=example.targets.astype(np.int64)), lengths)


@dataclass(frozen=True)
class RecordsInPadding(RecordedBits):
    """Which of two symbols did a sequence begin with?"""

    def fetch(self, split: Split, indices: np.ndarray, length: int, size: int) -> Records:
        example, lengths = super().fetch(split, indices, length, size)
        return Records(example._replace(inputs=np.maximum(example.inputs, 1)), lengths)


@dataclass(frozen=True)
class OutOfOrder(RecordedBits):
    """Which of two symbols did a sequence begin with?"""

    def fetch(self, split: Split, indices: np.ndarray, length: int, size: int) -> Records:
        return super().fetch(split, np.sort(indices), length, size)


@dataclass(frozen=True)
class Leaking(RecordedBits):
    """Which of two symbols did a sequence begin with?"""

    def sequence(self, split: Split, index: int) -> np.ndarray:
        return super().sequence(Split.TEST, index)


@dataclass(frozen=True)
class TooFewClasses(RecordedBits):
    """Which of two symbols did a sequence begin with?"""

    @property
    def output(self) -> Classes:
        return Classes(1)


@pytest.mark.parametrize(
    "point", [point for point in POINTS if point.concerns(RecordedBits())], ids=lambda one: one.name
)
def test_a_sound_data_set_passes(point: Any) -> None:
    result = look(point, RecordedBits())
    assert result.state == "passed", result


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("records", WrongRecords, "train: fetch returned targets of int64"),
        ("records", RecordsInPadding, "steps behind an example's length"),
        ("records", TooFewClasses, "targets hold 0 to 1; there are 1"),
        ("repeats", OutOfOrder, "depend on its place among those asked for"),
        ("splits", Leaking, "stand in two splits"),
    ],
)
def test_a_broken_data_set_fails(name: str, kind: type[Task], said: str) -> None:
    result = result_of(name, kind())
    assert result.state == "failed", result
    assert said in result.detail


def test_absent_data_are_no_failure() -> None:
    results = check(Absent())
    assert {result.state for result in results} == {"passed", "not tried"}
    assert [result.point.name for result in results if result.state == "not tried"] == [
        *("scale", "records", "repeats", "splits", "learning"),
    ]
    assert results[-1].detail == "bits.csv does not exist; write it"
