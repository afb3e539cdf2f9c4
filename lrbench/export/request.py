"""What an export is asked for, checked; and the command that asks for exactly that."""

import dataclasses
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

from lrbench.data import GeneratedTask, TrainingLengths

Format = Literal["tfds", "npz", "jsonl", "parquet"]
FORMATS: tuple[Format, ...] = get_args(Format)


@dataclass(frozen=True)
class Request:
    """One export.

    Attributes:
        name: of the task, its choice of the config group.
        task: what to draw.
        training: lengths of training and validation; without a curriculum.
        lengths: to test at; the splits test-short and test-long part at the longest training length.
        train: examples of the training set; 0 for no such split.
        validation: examples of validation; 0 for no such split.
        test: examples of the test at each length; 0 for no such splits.
        seed: of the training set.
        format: of the files.
    """

    name: str
    task: GeneratedTask
    training: TrainingLengths
    lengths: tuple[int, ...]
    train: int
    validation: int
    test: int
    seed: int
    format: Format

    @property
    def fields(self) -> Mapping[str, int | float | bool | str]:
        """The task's own fields, by name."""
        return dataclasses.asdict(cast(Any, self.task))

    @property
    def command(self) -> str:
        """The command that gives these files, every choice said."""
        shortest, longest = self.training.span
        words = [
            *("lrbench", "export", self.name),
            *(f"{name}={_as_word(value)}" for name, value in self.fields.items()),
            *("--lengths", ",".join(map(str, self.lengths))),
            *("--train-length", f"{shortest},{longest}"),
            *("--length-distribution", self.training.distribution),
            *("--train", str(self.train), "--validation", str(self.validation), "--test", str(self.test)),
            *("--seed", str(self.seed), "--format", self.format),
        ]
        return shlex.join(words)


def _as_word(value: int | float | bool | str) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
