"""What a task says about itself: a frozen value with checked fields, names, a family, a paper, worked examples."""

import copy
import dataclasses
import inspect
import re
import types
from functools import lru_cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import jax
from omegaconf import OmegaConf

from lrbench.contract.point import ContractError, naming
from lrbench.data import Bits, Classes, Features, GeneratedTask, Lengths, Published, RecordedTask, Task, Tokens, Values
from lrbench.data.show import worked_example
from lrbench.data.task import Family, Score

#: A heading of a worked example in a class's docstring, as "Key 0, length 16, symbols=4::".
HEADING = re.compile(r"^ *Key (?P<key>\d+), length (?P<length>\d+)(?P<fields>(?:, \w+=[\w.]+)*)::$", re.MULTILINE)
#: Worked examples that a docstring holds at least.
EXAMPLES = 2


def declares_itself(task: Task) -> str:
    """A frozen dataclass that says what it is."""
    name = type(task).__name__
    decorated = vars(type(task)).get("__dataclass_params__")
    if decorated is None or not decorated.frozen:
        raise ContractError(f"{name} is no frozen dataclass; write @dataclass(frozen=True) above it")
    try:
        hash(task)
    except TypeError as error:
        raise ContractError(
            f"{name} cannot be hashed ({error}); its fields must be values, such as a tuple instead of a list"
        ) from error
    if not isinstance(task, GeneratedTask | RecordedTask):
        raise ContractError(f"{name} is neither a GeneratedTask nor a RecordedTask; derive it from one of them")
    own = type(task).__doc__ or ""
    if not own.strip() or own.startswith(f"{name}("):  # what a dataclass writes where nobody else did
        raise ContractError(f"{name} has no docstring; its first line is the sentence that `lrbench tasks` prints")
    for attribute, choices in (("family", get_args(Family)), ("score", get_args(Score))):
        value = getattr(task, attribute, None)
        if value not in choices:
            raise ContractError(f"{name}.{attribute} is {value!r}; it must be one of: {', '.join(choices)}")
    if not isinstance(getattr(task, "paper", None), str) or not task.paper.strip():
        raise ContractError(f'{name}.paper is missing; say who defined the task, or "none"')
    if not isinstance(task.published, tuple) or not all(isinstance(one, Published) for one in task.published):
        raise ContractError(f"{name}.published is {task.published!r}; it must be a tuple of Published")
    if not 0 < task.solved_at <= 1:
        raise ContractError(f"{name}.solved_at is {task.solved_at!r}; it must lie above 0 and be at most 1")
    for attribute, kinds in (
        ("inputs", (Tokens, Features)),
        ("output", (Classes, Bits, Values)),
        ("lengths", (Lengths,)),
    ):
        with naming(attribute):
            value = getattr(task, attribute)
        if not isinstance(value, kinds):
            names = " or ".join(kind.__name__ for kind in kinds)
            raise ContractError(f"{name}.{attribute} is {value!r}; it must be {names}")
    for attribute, count in (("inputs", task.inputs.count), ("output", task.output.count)):
        if not isinstance(count, int) or isinstance(count, bool) or count < 1:
            raise ContractError(f"{name}.{attribute} has count {count!r}; it must be a whole number of at least 1")
    if task.score == "fit" and not isinstance(task.output, Values):
        raise ContractError(f'{name}.score is "fit" over {task.output}; it is a score of Values only')
    return f"{task.family}; {task.score}"


def checks_its_fields(task: Task) -> str:
    """Values of another kind are refused by name, even behind the type checker's back, as from the command line."""
    hints = get_type_hints(type(task))
    own = [field for field in dataclasses.fields(task) if field.init and not _takes_words(hints[field.name])]  # type: ignore[arg-type]
    for field in own:
        changed = copy.copy(task)
        object.__setattr__(changed, field.name, "unheard-of")
        refusal = f"{field.name}='unheard-of'"
        try:
            getattr(changed, "__post_init__", lambda: None)()
        except ValueError as error:
            if refusal not in str(error):
                raise ContractError(
                    f"{refusal} is refused with {str(error)!r}, which does not say {refusal}; see lrbench.data.fields"
                ) from error
        except Exception as error:
            raise ContractError(
                f"{refusal} raises {type(error).__name__} instead of a ValueError that says {refusal}; check it first "
                "in __post_init__, with lrbench.data.fields"
            ) from error
        else:
            raise ContractError(
                f"{refusal} is accepted; refuse it in __post_init__, with lrbench.data.fields.require_whole, "
                "require_choice or require_between"
            )
    return f"{len(own)} field{'' if len(own) == 1 else 's'}"


def _takes_words(hint: Any) -> bool:
    """Whether a field may hold any text, such as a path."""
    if get_origin(hint) in (Union, types.UnionType):
        return any(_takes_words(option) for option in get_args(hint))
    return get_origin(hint) is not Literal and hint not in (bool, int, float, types.NoneType)


def has_different_names(task: Task) -> None:
    """Tokens and answers can be told apart by their names."""
    for what, count, name in (
        ("input_name", task.inputs.count, task.input_name),
        ("output_name", task.output.count, task.output_name),
    ):
        seen: dict[str, int] = {}
        for index in range(count):
            with naming(f"{what}({index})"):
                said = name(index)
            if not isinstance(said, str) or not said or any(character.isspace() for character in said):
                raise ContractError(f"{what}({index}) is {said!r}; it must be a few characters without spaces")
            if said in seen:
                raise ContractError(
                    f"{what}({seen[said]}) and {what}({index}) are both {said!r}; a reader takes one for the other"
                )
            seen[said] = index


def shows_worked_examples(task: GeneratedTask) -> str:
    """The class's docstring holds worked examples, as `lrbench show` prints them."""
    return f"{_worked_examples(type(task))} examples"


@lru_cache
def _worked_examples(kind: type[GeneratedTask]) -> int:
    """Draws the examples of a class's docstring, once for all choices of its fields; returns how many there are."""
    documentation = inspect.getdoc(kind) or ""
    headings = list(HEADING.finditer(documentation))
    if len(headings) < EXAMPLES:
        raise ContractError(
            f"the docstring of {kind.__name__} holds {len(headings)} worked examples, of at least {EXAMPLES}; "
            'write a line as "Key 0, length 8::", an empty one, and indented what '
            "lrbench.data.show.worked_example(task, jax.random.key(0), 8) returns"
        )
    for heading in headings:
        said = heading[0].strip().rstrip(":")
        values = {str(name): value for name, value in OmegaConf.from_dotlist(heading["fields"].split(", ")[1:]).items()}
        with naming(f"the worked example {said!r}"):
            drawn = worked_example(kind(**values), jax.random.key(int(heading["key"])), int(heading["length"]))
        following = documentation[heading.end() :].strip("\n").split("\n\n")[0]
        if [line.strip() for line in following.splitlines()] != [line.strip() for line in drawn.splitlines()]:
            raise ContractError(f"the docstring's worked example {said!r} is not what is drawn, which is\n{drawn}")
    return len(headings)
