"""JAX as runs need it: every core a device, compiled programs kept. To be called before JAX starts its devices."""

import hashlib
import os
import platform
from pathlib import Path

import jax

from lrbench.runs.environment import cpu_features, usable_cores


def prepare_jax() -> None:
    """Sets JAX up for this process; what the user chose in JAX's own environment variables stays."""
    use_every_core()
    keep_compiled_programs()


def use_every_core() -> None:
    """Makes one XLA device of every core that this process may use, where it computes on the CPU.

    Lanes are spread over devices, so two of them then cost little more than one. Without effect on GPU and TPU.
    """
    if jax.config.values["jax_num_cpu_devices"] > 0:  # JAX_NUM_CPU_DEVICES
        return
    jax.config.update("jax_num_cpu_devices", usable_cores())


def keep_compiled_programs() -> None:
    """Keeps compiled programs in the user's cache, so that a run that is resumed or repeated starts at once.

    A program is the same to the bit whether it was compiled or kept. Machines of different kinds keep apart, because
    a program for one may not run on another.
    """
    if jax.config.values["jax_compilation_cache_dir"]:  # JAX_COMPILATION_CACHE_DIR
        return
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lrbench" / _kind_of_machine()
    jax.config.update("jax_compilation_cache_dir", str(cache))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)


def _kind_of_machine() -> str:
    """Names the instruction set of this machine."""
    digest = hashlib.sha256(f"{cpu_features()} {platform.processor()}".encode()).hexdigest()[:8]
    return f"{platform.machine()}-{digest}"
