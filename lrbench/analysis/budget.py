"""Whether what is compared had the same budget: what the configurations of runs on one task differ in."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from lrbench.analysis import wording
from lrbench.runs.record import Record, is_complete

#: Keys of a run that every contender on one task should have alike.
ALIKE = (
    *("steps", "batch_size", "eval_every", "eval_examples", "early_stop"),
    *(
        "train_length",
        "length_distribution",
        "curriculum",
        "train_examples",
        "precision",
        "match",
        "budget",
        "optimizer",
    ),
)


def unequal_budgets(records: Sequence[Record]) -> tuple[str, ...]:
    """Returns a sentence for each task and training length whose complete runs differ in budget or in the task itself.

    Args:
        records: of the runs; seeds, learning rates and models are expected to differ, but not the options of one model.
    """
    settings: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for record in filter(is_complete, records):
        config = record["config"]
        settings[_task(config), _longest(config)].append(config)
    sentences = []
    for (task, _), configs in settings.items():
        kept = ("task", *ALIKE)
        seen = {key: list(dict.fromkeys(_text(config.get(key)) for config in configs)) for key in kept}
        parts = [f"{key} ({wording.listing(values)})" for key, values in seen.items() if len(values) > 1]
        if parts:
            sentences.append(
                f"The runs on {task} differ in {wording.listing(parts)}; models that differ in this are not compared "
                "at an equal budget."
            )
        sentences += _mixed(task, configs)
    return tuple(sentences)


def _mixed(task: str, configs: Sequence[dict[str, Any]]) -> list[str]:
    """Names models of one name and task whose runs differ in their own options."""
    by_name: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for config in configs:
        model = config.get("model")
        if isinstance(model, dict) and "name" in model:
            by_name[str(model["name"])].append(model)
    sentences = []
    for name, models in by_name.items():
        keys = sorted({key for model in models for key in model})
        parts = [key for key in keys if len({_text(model.get(key)) for model in models}) > 1]
        if parts:
            sentences.append(
                f"The runs of {name} on {task} are not of one model: they differ in {wording.listing(parts)}; compare "
                "them in separate commands, or read their identities."
            )
    return sentences


def _longest(config: dict[str, Any]) -> str:
    """Returns the longest training length of a configuration, which is what rows are told apart by."""
    length = config.get("train_length")
    return str(length[-1] if isinstance(length, list) and length else length)


def _task(config: dict[str, Any]) -> str:
    """Returns the name of a configuration's task."""
    task = config.get("task")
    return str(task.get("name", "a task")) if isinstance(task, dict) else "a task"


def _text(value: Any) -> str:
    """Returns a value of a configuration as text, the keys of a mapping in order."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {_text(value[key])}" for key in sorted(value) if not str(key).startswith("_"))
    return "none" if value is None else f"{value}"
