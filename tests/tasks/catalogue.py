"""Every task of conf/task, with every choice of its fields; a new YAML is tested the moment it exists.

Tasks of two kinds stand there. CATALOGUE and ORIGINALS hold those that are drawn from a key, which the tests of the
contract are about; RECORDED and RECORDED_ORIGINALS those over a data set, which have no oracle and need data.
"""

from collections.abc import Callable
from importlib.resources import files
from typing import Any

import jax
import numpy as np
from hydra import compose, initialize_config_module
from hydra.utils import instantiate

from lrbench.contract import variants
from lrbench.contract.draws import COUNT, batch, headline, measured, measurer, padded_batch, possible
from lrbench.data import GeneratedTask, Metrics, RecordedTask, Task

__all__ = ["COUNT", "batch", "headline", "measurer", "possible"]

FOLDER = files("lrbench.conf").joinpath("task")
NAMES = sorted(path.name.removesuffix(".yaml") for path in FOLDER.iterdir())


def text(name: str) -> str:
    return FOLDER.joinpath(f"{name}.yaml").read_text()


def names_a_class(name: str) -> bool:
    """The other YAMLs take one that does, and change its fields."""
    return "_target_" in text(name)


def default(name: str) -> Task:
    with initialize_config_module("lrbench.conf", version_base=None):
        return instantiate(compose(f"task/{name}").task)


def _variants(name: str) -> dict[str, Task]:
    """The task of a YAML; of one that names a class, with each choice of its fields."""
    task = default(name)
    if not names_a_class(name):
        return {name: task}
    return {f"{name}-{choice}" if choice else name: variant for choice, variant in variants(task).items()}


VARIANTS = {name: _variants(name) for name in NAMES}
EVERY = {label: task for variants in VARIANTS.values() for label, task in variants.items()}
CATALOGUE: dict[str, GeneratedTask] = {label: task for label, task in EVERY.items() if isinstance(task, GeneratedTask)}
RECORDED: dict[str, RecordedTask] = {label: task for label, task in EVERY.items() if isinstance(task, RecordedTask)}
ORIGINALS, RECORDED_ORIGINALS = (
    [name for name in NAMES if names_a_class(name) and VARIANTS[name].keys() <= kind.keys()]
    for kind in (CATALOGUE, RECORDED)
)


def over(tasks: dict[str, Any]) -> dict[str, Any]:
    """Arguments of `pytest.mark.parametrize` after the name."""
    return {"argvalues": list(tasks.values()), "ids": list(tasks)}


def score(task: GeneratedTask, answer: Callable[[np.ndarray], np.ndarray], length: int, seed: int = 0) -> Metrics:
    """Metrics on the host, one a sequence, of answers made from the inputs without padding."""
    examples = padded_batch(task, length, seed)
    count = max(8, min(COUNT, 2**24 // examples.mask[0].size // task.output.count))
    examples = jax.tree.map(lambda leaf: leaf[:count], examples)
    return measured(task, np.stack([answer(inputs) for inputs in examples.inputs[:, :length]]), examples, length)
