"""What is known to go wrong on some machines, said before a run spends hours on it."""

import math
import re

import jax
import jaxlib.version

from lrbench.runs.configuration import Run

#: The first release whose scans on a CPU take time quadratic in T when they stack less than this at every step.
_QUADRATIC_FROM, _QUADRATIC_BELOW = (0, 11, 1), 512


def pitfalls(run: Run, platform: str, devices: int = 1, jaxlib_version: str = jaxlib.version.__version__) -> list[str]:
    """Returns a sentence for every pitfall that a run would fall into.

    Args:
        run: what is to be done.
        platform: of the devices, as "cpu".
        devices: how many of them there are.
        jaxlib_version: as "0.10.2".
    """
    found = []
    version = tuple(int(part) for part in re.findall(r"\d+", jaxlib_version)[:3])
    carried = [math.prod(leaf.shape) * leaf.dtype.itemsize for leaf in jax.tree.leaves(run.model.carry_shapes)]
    lanes = -(-len(run.lanes) // devices)
    stacked = lanes * run.batch_size * min(size for size in carried if size)
    if platform == "cpu" and version >= _QUADRATIC_FROM and stacked < _QUADRATIC_BELOW:
        found.append(
            f"jaxlib {jaxlib_version} takes time quadratic in the length where a scan writes under {_QUADRATIC_BELOW} "
            f"bytes a step, and this run writes {stacked} (jax#40101): raise batch_size or the width, or install "
            "jaxlib<0.11.1; `lrbench bench memory` measures it"
        )
    return found
