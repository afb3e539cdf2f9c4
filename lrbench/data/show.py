"""Sequences of a task as text, for people: what goes in, what must come out, and where it counts."""

from collections.abc import Sequence
from itertools import chain

import jax
import numpy as np
from jaxtyping import Array, Key

from lrbench.data.compilation import quick_to_compile
from lrbench.data.example import Bits, Classes, Example, Tokens
from lrbench.data.limits import MOST_STEPS
from lrbench.data.recorded import RecordedTask, Split
from lrbench.data.task import GeneratedTask, Task

NOTHING = "-"
#: Steps that a glance takes in, and tokens of a data set that a picture has room for.
GLANCE, MOST_TOKENS = 48, 128
#: Blocks of rows that a sequence is written in; of a longer one, the first two and the last.
BLOCKS = 8


def draw_example(task: Task, key: Key[Array, ""], length: int) -> Example:
    """Draws one sequence without padding, on the host; of a data set, one of its training examples.

    Raises:
        ValueError: the task cannot have this length.
        DataError: the task's data is not there, or cannot be read.
    """
    problem = task.problem(length)
    if problem is not None:
        raise ValueError(f"{type(task).__name__} cannot have length {length}: {problem}")
    if isinstance(task, RecordedTask):
        index = jax.random.randint(key, (1,), 0, task.examples(Split.TRAINING))
        records = task.fetch(Split.TRAINING, np.asarray(index), length, length)
        return jax.tree.map(lambda leaf: leaf[0, : records.lengths[0]], records.example)
    assert isinstance(task, GeneratedTask)
    draw = jax.jit(lambda one: task.sample(one, length, length), compiler_options=quick_to_compile())
    return jax.tree.map(np.asarray, draw(key))


def small_length(task: Task) -> int:
    """Returns a length that can be taken in at a glance.

    It is twice the least that the task can have, or 12; where that would be more than 48 steps, the least of at least
    48. Of a data set, whose first steps tell little, it is the longest training length, and of tokens at most 128.

    Raises:
        ValueError: the task can have no length up to 2^20.
    """
    if isinstance(task, RecordedTask):
        most = task.lengths.train[1]
        return min(most, MOST_TOKENS) if isinstance(task.inputs, Tokens) else most
    start = max(12, min(2 * _possible(task, 1), GLANCE))
    return _possible(task, start)


def _possible(task: Task, start: int) -> int:
    """The first length from `start` on that the task can have."""
    found = next((length for length in range(start, MOST_STEPS + 1) if task.problem(length) is None), None)
    if found is None:
        reason = task.problem(MOST_STEPS)
        raise ValueError(f"{type(task).__name__} can have no length from {start} to {MOST_STEPS}: {reason}")
    return found


def input_rows(task: Task, example: Example) -> dict[str, list[str]]:
    """Returns the cells of the input, step by step: a row of tokens, or a row for each feature."""
    if isinstance(task.inputs, Tokens):
        return {"input": [task.input_name(token) for token in example.inputs.tolist()]}
    return {task.input_name(index): _numbers(column) for index, column in enumerate(np.asarray(example.inputs).T)}


def target_rows(task: Task, example: Example) -> dict[str, list[str]]:
    """Returns the cells of the target: a row of classes or of sets of bits, or a row for each value.

    A step that does not count has a `-`; an empty set is `{}`.
    """
    if isinstance(task.output, Classes):
        rows = {"target": [task.output_name(target) for target in example.targets.tolist()]}
    elif isinstance(task.output, Bits):
        names = [task.output_name(index) for index in range(task.output.count)]
        rows = {
            "target": [
                "".join(name for name, bit in zip(names, bits, strict=True) if bit) or "{}"
                for bits in example.targets.tolist()
            ]
        }
    else:
        rows = {task.output_name(index): _numbers(column) for index, column in enumerate(np.asarray(example.targets).T)}
    counted = example.mask.tolist()
    return {
        label: [cell if here else NOTHING for cell, here in zip(cells, counted, strict=True)]
        for label, cells in rows.items()
    }


def worked_example(task: Task, key: Key[Array, ""], length: int, width: int = 80) -> str:
    """Writes one sequence as aligned rows: step, input, target, and a star where loss and score look.

    A target that does not count is a dash. Sequences longer than a line go on in a further block of rows; of one that
    would take more than eight blocks, the first two and the last are written.

    Args:
        task: what to draw from.
        key: the only source of randomness.
        length: steps of the sequence.
        width: characters a line may have.

    Raises:
        ValueError: the task cannot have this length.
    """
    example = draw_example(task, key, length)
    rows = [
        ("step", [str(step) for step in range(len(example.mask))]),
        *input_rows(task, example).items(),
        *target_rows(task, example).items(),
        ("mask", ["*" if here else NOTHING for here in example.mask.tolist()]),
    ]
    margin = max(len(label) for label, _ in rows)
    cell = max(len(text) for text in chain.from_iterable(cells for _, cells in rows))
    steps_a_line = max(1, (width - margin - 1) // (cell + 1))
    starts = list(range(0, len(example.mask), steps_a_line))
    left_out = starts[2:-1] if len(starts) > BLOCKS else []
    blocks = [
        "\n".join(_line(label, cells[start : start + steps_a_line], margin, cell) for label, cells in rows)
        for start in starts
        if start not in left_out
    ]
    if left_out:
        blocks.insert(2, f"… steps {left_out[0]} to {starts[-1] - 1} …")
    return "\n\n".join(blocks)


def _line(label: str, cells: Sequence[str], margin: int, width: int) -> str:
    return " ".join([label.ljust(margin), "", *(text.rjust(width) for text in cells)]).rstrip()


def _numbers(column: np.ndarray) -> list[str]:
    digits = 0 if np.all(column == np.round(column)) else 3
    return [f"{value:.{digits}f}" for value in column]
