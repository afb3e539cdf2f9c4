"""The ceilings of this machine, measured: `python -m lrbench.bench.ceiling` prints them as a line of JSON.

In a process of its own, so that the parent of a race starts no thread pool.
"""

import dataclasses
import json
import sys
import time
from collections.abc import Callable
from typing import Any

from lrbench.bench.alone import answer
from lrbench.bench.process import WorkerError
from lrbench.bench.rows import Machine

#: Rows and columns of the matrices, float32; numbers of the array that is copied; best of so many readings.
_SIDE, _COPIED, _READINGS = 2048, 1 << 26, 7


class CeilingError(Exception):
    """The ceilings could not be measured; the message is one sentence."""


def machine() -> Machine:
    """Measures, in another process, the device that JAX computes on.

    Raises:
        CeilingError: JAX found no device, or the process ended.
    """
    try:
        return Machine(**answer("lrbench.bench.ceiling"))
    except WorkerError as error:
        raise CeilingError(f"the machine's ceilings could not be measured: {error}") from None


def measure(side: int = _SIDE, copied: int = _COPIED) -> Machine:
    """Measures this process's device.

    Args:
        side: rows and columns of the matrices that are multiplied.
        copied: numbers of the array that is copied, many times the caches.
    """
    import jax
    import jax.numpy as jnp

    from lrbench.runs.environment import processor
    from lrbench.runs.provenance import provenance

    matrix = jnp.ones((side, side), jnp.float32)
    multiply = jax.jit(lambda x: jnp.matmul(x, x, precision="highest"))
    # The result takes the place of its argument: what is timed is moving bytes, and not getting memory.
    move = jax.jit(lambda x: x + 1, donate_argnums=0)
    array = jnp.zeros(copied, jnp.float32)

    def copy() -> Any:
        nonlocal array
        array = move(array)
        return array

    here = provenance([])
    return Machine(
        platform=jax.default_backend(),
        device=here["device"],
        devices=jax.local_device_count(),
        processor=processor(),
        cores=here["cores"],
        flops=2 * side**3 / _best(lambda: multiply(matrix)),
        bandwidth=2 * 4 * copied / _best(copy),
        flags=json.dumps(here["flags"]),
        commit=here["commit"],
    )


def _best(work: Callable[[], Any]) -> float:
    """Returns the least seconds of some readings, after one that compiles."""
    seconds = []
    for _ in range(_READINGS + 1):
        start = time.perf_counter()
        work().block_until_ready()
        seconds.append(time.perf_counter() - start)
    return min(seconds[1:])


if __name__ == "__main__":
    sys.stdout.write(json.dumps(dataclasses.asdict(measure())) + "\n")
