"""What a task over a data set owes: splits apart, the same examples for the same numbers, silent padding."""

import numpy as np

from lrbench.contract.point import ContractError, naming
from lrbench.contract.sequences import declared_shapes
from lrbench.data import Bits, Classes, RecordedTask, Records, Split, Tokens

#: Examples of each split that are looked at, at most.
COUNT = 64


def _some(task: RecordedTask, split: Split, length: int, size: int) -> Records:
    task.prepare()
    with naming(f"examples({split.value!r})"):
        total = task.examples(split)
    if total < 1:
        raise ContractError(f"the split {split.value} has {total} examples; it must have at least 1")
    indices = np.linspace(0, total - 1, min(COUNT, total)).astype(np.int64)
    with naming(f"fetch from the split {split.value} at length {length} and size {size}"):
        return task.fetch(split, indices, length, size)


def has_declared_records(task: RecordedTask) -> str:
    """The arrays have the declared shapes, types and ranges, in every split, and padding is silent."""
    length = task.lengths.train[1]
    size = length + 3
    counts = []
    for split in Split:
        example, lengths = _some(task, split, length, size)
        counts.append(f"{task.examples(split)} {split.value}")
        for name, (shape, dtype) in declared_shapes(task, size).items():
            leaf = getattr(example, name)
            if leaf.shape != (len(lengths), *shape) or leaf.dtype != dtype:
                raise ContractError(
                    f"{split.value}: fetch returned {name} of {leaf.dtype}{list(leaf.shape)}; it must be "
                    f"{np.dtype(dtype).name}{[len(lengths), *shape]}"
                )
        if lengths.min() < 1 or lengths.max() > length:
            raise ContractError(f"{split.value}: lengths from {lengths.min()} to {lengths.max()} of at most {length}")
        behind = np.arange(size)[None] >= lengths[:, None]
        if example.mask[behind].any() or example.inputs[behind].any():
            raise ContractError(
                f"{split.value}: steps behind an example's length count, or have an input that is not 0"
            )
        if not example.mask.any(axis=1).all():
            raise ContractError(f"{split.value}: some examples have no step that counts")
        ranges = {"inputs": task.inputs.count} if isinstance(task.inputs, Tokens) else {}
        if isinstance(task.output, Classes | Bits):
            ranges["targets"] = task.output.count if isinstance(task.output, Classes) else 2
        for name, count in ranges.items():
            values = getattr(example, name)
            if values.min() < 0 or values.max() >= count:
                raise ContractError(
                    f"{split.value}: {name} hold {values.min()} to {values.max()}; there are {count}, from 0"
                )
    return ", ".join(counts)


def repeats_itself(task: RecordedTask) -> str:
    """The same numbers fetch the same examples, in the order asked for, at every length and size."""
    task.prepare()
    shorter, longest = max(1, task.lengths.train[1] // 2), task.lengths.train[1]
    for split in Split:
        total = task.examples(split)
        order = np.random.default_rng(0).permutation(total)[: min(8, total)]
        order = np.concatenate([order, order[:1]])
        with naming(f"fetch from the split {split.value}"):
            whole = task.fetch(split, order, longest, longest).example
            again = task.fetch(split, order, longest, longest + 5).example
            short = task.fetch(split, order, shorter, shorter).example
            alone = task.fetch(split, order[-1:], longest, longest).example
        for name, one, other, less, single in zip(whole._fields, whole, again, short, alone, strict=True):
            if not np.array_equal(one, other[:, :longest]):
                raise ContractError(f"{split.value}: two fetches of the same examples have different {name}")
            if not np.array_equal(one[0], one[-1]) or not np.array_equal(one[-1], single[0]):
                raise ContractError(f"{split.value}: {name} of an example depend on its place among those asked for")
            if name == "inputs" and not np.array_equal(one[:, :shorter], less):
                raise ContractError(f"{split.value}: at length {shorter} the inputs are not the first {shorter} steps")
    with naming("digest"):
        digest = task.digest()
    if digest != task.digest() or len(digest) != 16 or set(digest) - set("0123456789abcdef"):
        raise ContractError(f"digest is {digest!r}; it must be 16 hex digits, the same each time")
    return f"digest {digest}"


def keeps_splits_apart(task: RecordedTask) -> str:
    """No example stands in two splits, among those looked at."""
    length = task.lengths.train[1]
    seen: dict[bytes, Split] = {}
    twice = 0
    for split in Split:
        example, lengths = _some(task, split, length, length)
        for inputs, steps in zip(np.ascontiguousarray(example.inputs), lengths.tolist(), strict=True):
            known = seen.setdefault(steps.to_bytes(8) + inputs.tobytes(), split)
            twice += known is not split
    looked_at = sum(min(COUNT, task.examples(split)) for split in Split)
    # Data sets hold some sequences twice; a split that is a copy of another shows at once.
    if twice > looked_at // 10:
        raise ContractError(f"{twice} of {looked_at} examples stand in two splits")
    return f"{twice} of {looked_at} examples stand in two splits"
