"""One sequence: shapes, types, ranges, padding, and where the mask and the targets stand."""

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from lrbench.contract.draws import SHORT, batch, lengths_looked_at, padded_batch, possible, size_of
from lrbench.contract.point import ContractError, naming
from lrbench.data import Bits, Classes, Example, GeneratedTask, Task, Tokens

#: Each of so many tokens must occur; of a larger vocabulary some may be too rare for a batch.
SMALL_VOCABULARY = 32


def declared_shapes(task: Task, size: int) -> dict[str, tuple[tuple[int, ...], type]]:
    """Returns shape and type of each array of a sequence, as the task declares them."""
    inputs: tuple[tuple[int, ...], type] = (
        ((size,), np.int32) if isinstance(task.inputs, Tokens) else ((size, task.inputs.count), np.float32)
    )
    if isinstance(task.output, Classes):
        targets: tuple[tuple[int, ...], type] = ((size,), np.int32)
    else:
        targets = ((size, task.output.count), np.int32 if isinstance(task.output, Bits) else np.float32)
    return {"inputs": inputs, "targets": targets, "mask": ((size,), np.bool_)}


def has_declared_shapes(task: GeneratedTask) -> str:
    """The arrays have the declared shapes and types, at several sizes, with traced lengths and with known ones."""
    sizes = lengths_looked_at(task)
    for length, size in ((None, size_of(task)), *((steps, steps) for steps in sizes[:2])):
        at = f"sample at {'a traced length' if length is None else f'length {length}'} and size {size}"
        example = abstract_example(task, length, size, at)
        for name, (shape, dtype) in declared_shapes(task, size).items():
            leaf = getattr(example, name)
            if getattr(leaf, "shape", None) != shape or leaf.dtype != dtype:
                found = f"{leaf.dtype}{list(leaf.shape)}" if hasattr(leaf, "dtype") else repr(leaf)
                declared = task.inputs if name == "inputs" else task.output if name == "targets" else "a mask"
                raise ContractError(
                    f"{at} returned {name} of {found}; {declared} is {np.dtype(dtype).name}{list(shape)}"
                )
    return "sizes " + ", ".join(map(str, sizes))


def abstract_example(task: GeneratedTask, length: int | None, size: int, at: str) -> Example:
    """Traces a sample without running it; a length of None is traced too."""
    key = jax.eval_shape(lambda: jax.random.key(0))
    with naming(at):
        if length is None:
            traced = jax.ShapeDtypeStruct((), jnp.int32)
            example = jax.eval_shape(lambda one, steps: task.sample(one, steps, size), key, traced)
        else:
            example = jax.eval_shape(lambda one: task.sample(one, length, size), key)
    if not isinstance(example, Example):
        raise ContractError(f"{at} returned a {type(example).__name__}; it must be an lrbench.data.Example")
    return example


def stays_in_range(task: GeneratedTask) -> None:
    """Tokens and targets lie in their ranges, at several lengths, and every token of a small vocabulary occurs."""
    for length in lengths_looked_at(task):
        inputs, targets, mask = batch(task, length)
        if isinstance(task.inputs, Tokens):
            _require_range(f"inputs at length {length}", inputs, task.inputs.count)
        elif not np.all(np.isfinite(inputs)):
            raise ContractError(f"inputs at length {length} hold numbers that are not finite")
        if isinstance(task.output, Classes):
            _require_range(f"targets at length {length}", targets, task.output.count)
        elif isinstance(task.output, Bits):
            _require_range(f"targets at length {length}", targets, 2)
        elif not np.all(np.isfinite(targets[mask])):
            raise ContractError(f"targets at length {length} hold numbers that are not finite")
    if isinstance(task.inputs, Tokens) and task.inputs.count <= SMALL_VOCABULARY:
        length = lengths_looked_at(task)[1] if len(lengths_looked_at(task)) > 1 else lengths_looked_at(task)[0]
        missing = sorted(set(range(task.inputs.count)) - set(np.unique(batch(task, length).inputs).tolist()))
        if missing:
            raise ContractError(
                f"of {task.inputs.count} tokens {', '.join(map(str, missing))} never occur at length {length}; "
                "inputs must count only those that do"
            )


def _require_range(what: str, values: ArrayLike, count: int) -> None:
    low, high = int(np.min(values)), int(np.max(values))
    if low < 0 or high >= count:
        raise ContractError(f"{what} hold {low if low < 0 else high}; there are {count}, numbered 0 to {count - 1}")


def has_silent_padding(task: GeneratedTask) -> None:
    """Steps behind the length have input 0 and do not count."""
    longer = size_of(task)
    shorter = [length for length in lengths_looked_at(task) if length < longer]
    if not shorter:
        shorter = [possible(task, 1)]
    for length in shorter:
        padded = padded_batch(task, length)
        if padded.mask[:, length:].any():
            raise ContractError(f"steps behind length {length} of {longer} count; the mask must be false there")
        if padded.inputs[:, length:].any():
            raise ContractError(f"steps behind length {length} of {longer} have an input that is not 0")


def has_answers_where_it_looks(task: GeneratedTask) -> str:
    """Every sequence asks something, and what it asks is settled by what was read up to there."""
    for length in lengths_looked_at(task):
        silent = np.flatnonzero(~batch(task, length).mask.any(axis=1))
        if len(silent):
            raise ContractError(
                f"{len(silent)} of {len(batch(task, length).mask)} sequences of length {length} have no step that "
                "counts; the mask must be true somewhere"
            )
    compared = 0
    if type(task).judge is Task.judge:
        length = possible(task, SHORT)
        compared = _require_settled(task, length)
    counted = float(np.mean(batch(task, lengths_looked_at(task)[0]).mask))
    return f"{counted:.0%} of the steps count; {compared} common beginnings agree"


def _require_settled(task: GeneratedTask, length: int) -> int:
    """Compares sequences that begin alike: at a step that counts they must have one target.

    Returns:
        How many beginnings were common to several sequences.
    """
    inputs, targets, mask = (np.ascontiguousarray(leaf) for leaf in batch(task, length))
    answers: dict[bytes, bytes] = {}
    common = 0
    for sequence, step in np.argwhere(mask).tolist():
        beginning = inputs[sequence, : step + 1].tobytes()
        target = targets[sequence, step].tobytes()
        known = answers.setdefault(beginning, target)
        common += known is not target
        if known != target:
            raise ContractError(
                f"at length {length} two sequences agree in all inputs up to step {step}, and their targets there "
                "differ: the answer is not settled by what was read, so mask or targets stand at the wrong step"
            )
    return common
