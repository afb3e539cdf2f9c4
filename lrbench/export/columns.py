"""The columns of an export: what its arrays hold of each step, the same in every format."""

from dataclasses import dataclass

import numpy as np

from lrbench.data import Bits, Classes, Task, Tokens


@dataclass(frozen=True)
class Column:
    """One array of a sequence.

    Attributes:
        name: inputs, targets or mask.
        dtype: of its numbers.
        shape: of one step; empty where a step is one number.
        meaning: in words.
    """

    name: str
    dtype: np.dtype
    shape: tuple[int, ...]
    meaning: str


def columns(task: Task) -> tuple[Column, Column, Column]:
    """Returns the columns of a task: inputs, targets, mask."""
    whole, real = np.dtype(np.int32), np.dtype(np.float32)
    count = task.inputs.count
    if isinstance(task.inputs, Tokens):
        inputs = Column("inputs", whole, (), f"the token that is read, 0 to {count - 1}")
    else:
        inputs = Column("inputs", real, (count,), f"the features that are read, {count} a step")
    answers = task.output.count
    if isinstance(task.output, Classes):
        targets = Column("targets", whole, (), f"the class to answer, 0 to {answers - 1}")
    elif isinstance(task.output, Bits):
        targets = Column("targets", whole, (answers,), f"the bits to answer, {answers} a step, each 0 or 1")
    else:
        targets = Column("targets", real, (answers,), f"the values to answer, {answers} a step")
    mask = Column("mask", np.dtype(np.bool_), (), "true where loss and score look; elsewhere targets mean nothing")
    return inputs, targets, mask
