"""How the check compiles: as fast as it can be done, because its programs run for a moment."""

from typing import Any

import jax

from lrbench.data.compilation import quick_to_compile


def quickest_to_compile() -> dict[str, Any]:
    """Returns compiler options for `jax.jit` of a program that is compiled to be run once or twice.

    XLA's older emitters of fused loops take a third of the time of the newer ones on the CPU, and what they make runs a
    little slower.
    """
    return {**quick_to_compile(), "xla_cpu_use_fusion_emitters": False} if jax.default_backend() == "cpu" else {}
