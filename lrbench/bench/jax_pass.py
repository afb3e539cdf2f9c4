"""The forward and backward pass of a JAX function, as a contestant that is ready to run."""

import dataclasses
import time
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np
from jaxtyping import Array

from lrbench.bench.contestant import Prepared, Results


def prepare_pass(
    outputs: Callable[[Any], Array],
    variables: Any,
    cotangent: Array,
    layout: Callable[[Any], Results],
    *,
    spread: Callable[[Callable], Callable] = lambda pass_over: pass_over,
    note: str = "",
) -> Prepared:
    """Compiles one pass: the outputs of a function and the gradient of all its variables.

    Args:
        outputs: from the variables to the outputs, of the shape of the cotangent.
        variables: a tree of arrays, on the devices where they shall be.
        cotangent: the gradient with respect to the outputs.
        layout: from the tree of gradients, as NumPy arrays in the tree of the variables, to the named results
            without `outputs`.
        spread: from `(variables, cotangent) -> (outputs, gradients)` to the same function over several devices.
        note: the same as `Prepared.note`.
    """
    prepared = _prepare(outputs, [(variables, cotangent)], layout, spread, note)
    return dataclasses.replace(prepared, results=lambda: {name: leaf[0] for name, leaf in prepared.results().items()})


def prepare_passes(
    outputs: Callable[[Any], Array],
    arguments: Sequence[tuple[Any, Array]],
    layout: Callable[[Any], Results],
) -> Prepared:
    """Compiles one pass, and makes ready to call it several times, one after another, waiting once at the end.

    Args:
        outputs: as in `prepare_pass`.
        arguments: the variables and the cotangent of each call.
        layout: as in `prepare_pass`, of one call; the results get a leading axis of calls.
    """
    return _prepare(outputs, arguments, layout, lambda pass_over: pass_over, "")


def _prepare(
    outputs: Callable[[Any], Array],
    arguments: Sequence[tuple[Any, Array]],
    layout: Callable[[Any], Results],
    spread: Callable[[Callable], Callable],
    note: str,
) -> Prepared:
    def pass_over(variables: Any, cotangent: Array) -> tuple[Array, Any]:
        y, pull_back = jax.vjp(outputs, variables)
        return y, pull_back(cotangent)[0]

    start = time.perf_counter()
    compiled = jax.jit(spread(pass_over)).lower(*arguments[0]).compile()
    seconds = time.perf_counter() - start

    def results() -> Results:
        found = []
        for each in arguments:
            y, gradients = jax.tree.map(np.asarray, compiled(*each))
            found.append({"outputs": y} | layout(gradients))
        return {name: np.stack([one[name] for one in found]) for name in found[0]}

    return Prepared(
        run=lambda: jax.block_until_ready([compiled(*each) for each in arguments]) and None,
        results=results,
        compile_seconds=seconds,
        temporary_bytes=temporary_bytes(compiled, arguments[0][0]),
        note=note,
    )


def temporary_bytes(compiled: Any, variables: Any) -> int | None:
    """Returns the bytes of temporaries of a compiled program on all its devices; None where the backend is silent.

    Args:
        compiled: the program.
        variables: its arguments, which say on how many devices it runs.
    """
    analysis = compiled.memory_analysis()
    if analysis is None:
        return None
    devices = {device for leaf in jax.tree.leaves(variables) for device in leaf.devices()}
    return int(analysis.temp_size_in_bytes) * len(devices)
