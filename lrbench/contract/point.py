"""A point of the contract: what a task owes, and what came out when it was looked at."""

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Literal

from lrbench.data import DataError, Task

State = Literal["passed", "failed", "not tried"]


class ContractError(Exception):
    """A sentence that says how a task breaks a point of the contract."""


@dataclass(frozen=True)
class Point:
    """Something that every task of a kind owes.

    Attributes:
        name: in a word, for tables.
        sentence: what is owed.
        look: looks at a task; raises a ContractError that says what is wrong, or returns a detail worth telling.
        kind: the tasks that owe it.
        basic: whether the points after it mean nothing when it fails.
    """

    name: str
    sentence: str
    look: Callable[..., str | None]
    kind: type = Task
    basic: bool = False

    def concerns(self, task: Task) -> bool:
        """Whether a task owes it."""
        return isinstance(task, self.kind)


@dataclass(frozen=True)
class Result:
    """What came out of one point.

    Attributes:
        point: what was looked at.
        state: whether it holds; points are "not tried" without the data of the task, or after a basic one failed.
        detail: what is wrong, why it was not tried, or something worth telling; may be empty.
        seconds: that it took.
    """

    point: Point
    state: State
    detail: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.point.name} {self.state}: {self.detail or self.point.sentence}"


@contextmanager
def naming(doing: str) -> Iterator[None]:
    """Turns whatever the task's own code raises into a ContractError that says what was done, and where it broke."""
    try:
        yield
    except (ContractError, DataError):
        raise
    except (Exception, SystemExit) as error:  # a task that calls sys.exit() must not end the check in silence
        said = str(error).strip().splitlines()
        reason = f"{type(error).__name__}: {said[0]}" if said else type(error).__name__
        raise ContractError(f"{doing} raised {reason}{_place(error)}") from error


def _place(error: BaseException) -> str:
    """The last line of the task's own code on the way to an error, where there is one."""
    ours = Path(str(import_module("lrbench").__file__)).parent
    foreign = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not Path(frame.filename).is_relative_to(ours)
        and "site-packages" not in frame.filename
        and not frame.filename.startswith("<")
        and "/lib/python" not in frame.filename
    ]
    return f" ({Path(foreign[-1].filename).name}, line {foreign[-1].lineno})" if foreign else ""
