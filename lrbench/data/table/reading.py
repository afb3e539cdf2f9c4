"""How a file of one's own sequences is to be read: which columns are what, and what is done with what is not there."""

import dataclasses
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from lrbench.data.fields import require_between, require_choice, require_whole
from lrbench.data.limits import MOST_STEPS

Kind = Literal["auto", "classification", "regression", "next_step"]
Layout = Literal["auto", "sequences", "steps"]
Encoding = Literal["auto", "symbols", "numbers"]
Asked = Literal["auto", "last", "every"]
Missing = Literal["error", "drop", "forward", "indicator"]
Delimiter = Literal["auto", "comma", "semicolon", "tab", "bar"]
Between = Literal["auto", "nothing", "space", "comma", "semicolon", "bar"]

#: What changes when the same file and the same fields give other examples than before; it is part of the digest.
VERSION = 3


@dataclass(frozen=True)
class Reading:
    """The fields of `lrbench.tasks.table.Table`, where each is explained."""

    data: str | None = None
    kind: Kind = "auto"
    layout: Layout = "auto"
    columns: str | Sequence[str] | None = None
    target: str | Sequence[str] | None = None
    id: str | None = None
    time: str | None = None
    encoding: Encoding = "auto"
    asked: Asked = "auto"
    missing: Missing = "error"
    standardise: bool = True
    longest: int | None = None
    tolerance: float = 0.1
    validation: float = 0.1
    test: float = 0.2
    seed: int = 0
    delimiter: Delimiter = "auto"
    between: Between = "auto"

    def __post_init__(self) -> None:
        for name in ("data", "id", "time"):
            _require_word(name, getattr(self, name))
        for name in ("columns", "target"):
            object.__setattr__(self, name, _names(name, getattr(self, name)))
        choices = {"kind": Kind, "layout": Layout, "encoding": Encoding, "asked": Asked, "missing": Missing}
        for name, kind in (choices | {"delimiter": Delimiter, "between": Between}).items():
            require_choice(name, getattr(self, name), get_args(kind))
        if not isinstance(self.standardise, bool):
            raise ValueError(f"standardise={self.standardise!r} is neither true nor false")
        if self.longest is not None:
            require_whole("longest", self.longest, 1, most=MOST_STEPS)
        require_between("tolerance", self.tolerance, 0.0, float("inf"))
        require_between("validation", self.validation, 0.0, 1.0)
        require_between("test", self.test, 0.0, 1.0)
        if self.validation + self.test >= 1:
            raise ValueError(
                f"validation={self.validation!r} and test={self.test!r} leave nothing to train on; their sum must be "
                "below 1"
            )
        require_whole("seed", self.seed, 0)
        if self.seed >= 2**32:
            raise ValueError(f"seed={self.seed!r} is too large; it must be below 2**32")
        if self.kind == "next_step" and self.target is not None:
            raise ValueError(
                f"target={list(self.target_names)} and kind='next_step' do not go together: the "
                "answers are the inputs of the next step; leave target out"
            )
        if self.kind == "next_step" and self.asked == "last":
            raise ValueError("asked='last' and kind='next_step' do not go together; leave asked out")

    @property
    def column_names(self) -> tuple[str, ...]:
        """What the model reads, as far as it is said."""
        return _names("columns", self.columns) or ()

    @property
    def target_names(self) -> tuple[str, ...]:
        """What it answers, as far as it is said."""
        return _names("target", self.target) or ()

    def options(self) -> str:
        """Everything but the place of the file, as text: a part of the data's digest."""
        fields: dict[str, Any] = {field.name: getattr(self, field.name) for field in dataclasses.fields(Reading)}
        del fields["data"]
        return json.dumps(fields | {"version": VERSION}, sort_keys=True)


def _require_word(name: str, value: object) -> None:
    if value is not None and (not isinstance(value, str) or not value):
        raise ValueError(f"{name}={value!r} is no name; write {name}=NAME")


def _names(name: str, value: Any) -> tuple[str, ...] | None:
    """One name, or a list of them as a configuration has it, as a tuple."""
    if value is None:
        return None
    names = (value,) if isinstance(value, str) or not isinstance(value, Iterable) else tuple(value)
    if not names or not all(isinstance(one, str) and one for one in names) or len(set(names)) < len(names):
        raise ValueError(f"{name}={value!r} is no list of different names; write {name}=NAME or {name}=[NAME,NAME]")
    return names
