"""Whether what is compared had the same budget: what the configurations of runs on one task differ in."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from lrbench.analysis import wording
from lrbench.runs.record import Record, is_complete

#: Keys of a run that every contender on one task should have alike.
ALIKE = (
    *("steps", "batch_size", "eval_every", "eval_examples", "early_stop"),
    *("length_distribution", "curriculum", "train_examples", "precision", "match", "budget", "optimizer"),
)


def unequal_budgets(records: Sequence[Record]) -> tuple[str, ...]:
    """Returns a sentence for each task and training length whose complete runs differ in budget or in the task itself.

    Args:
        records: of the runs; seeds, learning rates and models are expected to differ, and are not looked at.
    """
    settings: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for record in filter(is_complete, records):
        config = record["config"]
        settings[_task(config), str(config.get("train_length"))].append(config)
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
    return tuple(sentences)


def _task(config: dict[str, Any]) -> str:
    """Returns the name of a configuration's task."""
    task = config.get("task")
    return str(task.get("name", "a task")) if isinstance(task, dict) else "a task"


def _text(value: Any) -> str:
    """Returns a value of a configuration as text, the keys of a mapping in order."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {_text(value[key])}" for key in sorted(value) if not str(key).startswith("_"))
    return "none" if value is None else f"{value}"
