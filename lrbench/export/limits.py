"""How much an export can hold, and why: what must be in memory at once, or be written before anybody sees the end."""

from collections.abc import Sequence
from math import prod

from lrbench.data import GeneratedTask
from lrbench.data.limits import MOST_STEPS
from lrbench.export.columns import columns
from lrbench.runs.errors import ConfigurationError

#: Training examples; what tells them apart stays in memory, 8 bytes each.
MOST_TRAINING = 2**26
#: Examples of validation, and of all tests together; their keys and lengths are drawn at once, as `lrbench run` does.
MOST_TESTED = 2**22
#: Numbers of a sequence, which is drawn whole: a gigabyte.
MOST_NUMBERS = 2**28
#: Steps where a task is tested once at every length up to the longest.
MOST_STEPS_OF_ALL = 2**14


def require_counts(train: int, validation: int, test: int, lengths: int) -> None:
    """Checks how many examples are asked for.

    Args:
        train: examples of the training set.
        validation: examples of validation.
        test: examples of the test at each length.
        lengths: how many lengths are tested.

    Raises:
        ConfigurationError: a count is negative or too large.
    """
    most_each = MOST_TESTED // max(1, lengths)
    for option, count, most in (
        ("train", train, MOST_TRAINING),
        ("validation", validation, MOST_TESTED),
        ("test", test, most_each),
    ):
        if not 0 <= count <= most:
            reason = f", for {MOST_TESTED} in all at {lengths} lengths" if option == "test" and lengths > 1 else ""
            raise ConfigurationError(
                f"--{option} is {count}; it must be between 0, for no such split, and {most}{reason}"
            )


def require_lengths(option: str, name: str, task: GeneratedTask, lengths: Sequence[int]) -> None:
    """Checks that a sequence of each length can be drawn.

    Args:
        option: which the lengths were given to.
        name: of the task.
        task: what is drawn.
        lengths: steps.

    Raises:
        ConfigurationError: a length is too long, or the task cannot have it.
    """
    numbers = sum(prod(column.shape) for column in columns(task))
    most, reason = MOST_STEPS, ""
    if MOST_NUMBERS // numbers < most:
        most, reason = MOST_NUMBERS // numbers, f", for a step has {numbers} numbers"
    if task.deterministic and option == "--lengths":
        most, reason = MOST_STEPS_OF_ALL, ", for every length up to the longest is tested"
    for length in lengths:
        if length > most:
            raise ConfigurationError(
                f"{option}: {length} steps of {name} are too many; it must be at most {most}{reason}"
            )
        problem = task.problem(length)
        if problem is not None:
            raise ConfigurationError(f"{option}: {name} cannot have length {length}: {problem}")
