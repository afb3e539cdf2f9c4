"""Every task of conf/task, with every choice of its fields; a new YAML is tested the moment it exists.

Tasks of two kinds stand there. CATALOGUE and ORIGINALS hold those that are drawn from a key, which the tests of the
contract are about; RECORDED and RECORDED_ORIGINALS those over a data set, which have no oracle and need data.
"""

from collections.abc import Callable
from dataclasses import fields, replace
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args, get_origin, get_type_hints

import jax
import jax.numpy as jnp
import numpy as np
from hydra import compose, initialize_config_module
from hydra.utils import instantiate

from lrbench.data import Example, GeneratedTask, Metrics, RecordedTask, Task, Tokens, measure, stack_examples
from lrbench.data.compilation import quick_to_compile

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
    hints = get_type_hints(type(task))
    choices = {
        field.name: get_args(hints[field.name]) for field in fields(task) if get_origin(hints[field.name]) is Literal
    }
    if not names_a_class(name) or not choices:
        return {name: task}
    return {
        f"{name}-{field}={value}": replace(task, **{field: value})
        for field, values in choices.items()
        for value in values
    }


VARIANTS = {name: _variants(name) for name in NAMES}
EVERY = {label: task for variants in VARIANTS.values() for label, task in variants.items()}
CATALOGUE: dict[str, GeneratedTask] = {label: task for label, task in EVERY.items() if isinstance(task, GeneratedTask)}
RECORDED: dict[str, RecordedTask] = {label: task for label, task in EVERY.items() if isinstance(task, RecordedTask)}
ORIGINALS, RECORDED_ORIGINALS = (
    [name for name in NAMES if names_a_class(name) and VARIANTS[name].keys() <= kind.keys()]
    for kind in (CATALOGUE, RECORDED)
)
RANDOM = {label: task for label, task in CATALOGUE.items() if not task.deterministic}


def over(tasks: dict[str, Task]) -> dict[str, Any]:
    """Arguments of `pytest.mark.parametrize` after the name."""
    return {"argvalues": list(tasks.values()), "ids": list(tasks)}


def possible(task: Task, length: int) -> int:
    """The first length from here on that the task can have."""
    return next(steps for steps in range(length, 2 * length + 99) if task.problem(steps) is None)


COUNT = 256


def size(task: Task) -> int:
    """One size for all lengths of a test, so that one program serves them."""
    return task.lengths.evaluation[2]


@cache
def sampler(task: Task, size: int) -> Any:
    return jax.jit(jax.vmap(lambda key, length: task.sample(key, length, size)), compiler_options=quick_to_compile())


@cache
def measurer(task: Task) -> Any:
    return jax.jit(lambda *arguments: measure(task, *arguments), compiler_options=quick_to_compile())


def padded_batch(task: Task, length: int, seed: int = 0) -> Example:
    """COUNT sequences on the host, `[COUNT, size, ...]`."""
    keys = jax.random.split(jax.random.key(seed), COUNT)
    return jax.tree.map(np.asarray, sampler(task, size(task))(keys, jnp.full(COUNT, length, jnp.int32)))


def batch(task: Task, length: int, seed: int = 0) -> Example:
    """COUNT sequences on the host, `[COUNT, length, ...]`."""
    return jax.tree.map(lambda leaf: leaf[:, :length], padded_batch(task, length, seed))


def score(task: Task, answer: Callable[[np.ndarray], np.ndarray], length: int, seed: int = 0) -> Metrics:
    """Metrics on the host, one a sequence, of answers made from the inputs without padding.

    COUNT sequences, or fewer where the logits of so many would fill the memory.
    """
    count = max(8, min(COUNT, 2**24 // (size(task) * task.output.count)))
    examples = jax.tree.map(lambda leaf: leaf[:count], padded_batch(task, length, seed))
    answers = np.stack([answer(inputs) for inputs in examples.inputs[:, :length]])
    padding = ((0, 0), (0, size(task) - length), (0, 0))
    outputs = np.swapaxes(np.pad(answers, padding), 0, 1).astype(np.float32)
    positions, lengths = np.arange(size(task), dtype=np.int32), np.full(count, length, np.int32)
    metrics = measurer(task)(outputs, stack_examples(jax.tree.map(jnp.asarray, examples)), positions, lengths)
    return jax.tree.map(np.asarray, metrics)


def headline(task: Task, metrics: Metrics) -> np.ndarray:
    """The headline score of each sequence."""
    match task.score:
        case "sequence_accuracy":
            return metrics.solved.astype(float)
        case "token_accuracy":
            return metrics.correct / metrics.count
        case "fit":
            return 1 - metrics.loss_sum / metrics.count


def tokens(task: Task, inputs: np.ndarray) -> np.ndarray:
    """Inputs as whole numbers, where they are tokens or a token's number."""
    return inputs if isinstance(task.inputs, Tokens) else inputs[..., 0].astype(int)
