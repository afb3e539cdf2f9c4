"""Single streaming steps, each waited for, with the carry fed back: one loop for every library."""

import gc
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from lrbench.bench.contestant import Prepared, Results

Carry = TypeVar("Carry")
Input = TypeVar("Input")


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Keeps Python's collector out of the percentiles, as `timeit` does: what it would walk over is not the step's."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def prepare_steps(
    step: Callable[[Carry, Input], Carry],
    first_carry: Callable[[], Carry],
    inputs: Sequence[Input],
    hidden_of: Callable[[Carry], npt.NDArray],
    *,
    mode: Callable[[], AbstractContextManager] = nullcontext,
    compile_seconds: float = 0.0,
    note: str = "",
) -> Prepared:
    """Makes single steps ready.

    Args:
        step: takes one step of a carry, which it may use up, and returns when the new one is there.
        first_carry: makes the carry before the first step.
        inputs: one of each step, as the library wants it.
        hidden_of: reads the output [B, H] from the carry after a step.
        mode: what the library is in while it steps; entered once, outside the clock.
        compile_seconds: the same as `Prepared.compile_seconds`.
        note: the same as `Prepared.note`.
    """

    def run() -> None:
        with mode():
            carry = first_carry()
            for x in inputs:
                carry = step(carry, x)

    def results() -> Results:
        with mode():
            carry, outputs = first_carry(), []
            for x in inputs:
                carry = step(carry, x)
                outputs.append(np.array(hidden_of(carry)))  # a copy: the next step may use the carry up
        return {"outputs": np.stack(outputs)}

    def latencies(count: int) -> list[float]:
        seconds: list[float] = []
        with mode(), _without_garbage_collection():
            carry, clock = first_carry(), time.perf_counter
            for x in itertools.islice(itertools.cycle(inputs), count):
                start = clock()
                carry = step(carry, x)
                seconds.append(clock() - start)
        return seconds

    return Prepared(run=run, results=results, compile_seconds=compile_seconds, latencies=latencies, note=note)
