"""A task with each choice of its fields: what is true of one layout need not be of another."""

from dataclasses import fields, replace
from typing import Literal, TypeVar, get_args, get_origin, get_type_hints

from lrbench.data import Task

AnyTask = TypeVar("AnyTask", bound=Task)


def variants(task: AnyTask) -> dict[str, AnyTask]:
    """Returns the task with every choice of each field that has choices, by "field=value".

    A task without such fields is its own only variant, by "". Choices that the class refuses beside the task's other
    fields are left out.
    """
    hints = get_type_hints(type(task))
    found: dict[str, AnyTask] = {}
    for field in fields(task):  # type: ignore[arg-type]  # tasks are dataclasses
        if get_origin(hints[field.name]) is Literal:
            for value in get_args(hints[field.name]):
                try:
                    found[f"{field.name}={value}"] = replace(task, **{field.name: value})  # type: ignore[type-var]
                except ValueError:
                    continue
    return found or {"": task}
