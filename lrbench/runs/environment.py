"""The environment that a process computes fastest in. It has to stand before the process starts."""

import os
import platform
import sys
from collections.abc import Mapping
from pathlib import Path

#: XLA allocates its temporaries anew at every call. With these thresholds glibc keeps the pages in between, and asks
#: for huge ones, instead of paying for their faults every time. (A single arena would keep still more of them, but the
#: devices' threads then wait for its lock: small cores ran up to 1.4 times slower.)
_ALLOCATOR = ":".join(
    f"glibc.malloc.{name}={value}"
    for name, value in (("hugetlb", 1), ("mmap_threshold", 2**32), ("trim_threshold", 2**33))
)
#: LLVM takes half of a 512-bit register by default, which processors of ten years ago were faster with.
_VECTOR_FLAG = "--xla_cpu_prefer_vector_width"
#: Variables that change what is computed, beside every one of JAX, XLA and Keras.
_COMPUTING = (
    *("LIBTPU_INIT_ARGS", "GLIBC_TUNABLES", "CUDA_VISIBLE_DEVICES", "NVIDIA_TF32_OVERRIDE", "TF_CPP_MIN_LOG_LEVEL"),
    *("OMP_NUM_THREADS", "MKL_NUM_THREADS"),
)


def advised(environment: Mapping[str, str]) -> dict[str, str]:
    """Returns the variables that are still to be set, with their values; what the user set stays.

    Args:
        environment: the variables as they are.
    """
    wanted = {}
    if _is_glibc() and "GLIBC_TUNABLES" not in environment:
        wanted["GLIBC_TUNABLES"] = _ALLOCATOR
    flags = environment.get("XLA_FLAGS", "")
    if _VECTOR_FLAG not in flags and "avx512f" in cpu_features().split():
        wanted["XLA_FLAGS"] = f"{flags} {_VECTOR_FLAG}=512".strip()
    return wanted


def enter() -> None:
    """Starts this command once more, in the same process, where a variable is to be set; else does nothing.

    The allocator reads its variable when a process starts, so that setting it later has no effect. To be called before
    anything else is done.
    """
    wanted = advised(os.environ)
    words = sys.argv[1:]
    # Somebody else's process that calls this command has other words of its own, and must not start once more.
    is_this_process = sys.orig_argv[len(sys.orig_argv) - len(words) :] == words
    if wanted and is_this_process and sys.platform == "linux":
        sys.stdout.flush()
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**os.environ, **wanted})


def cpu_features() -> str:
    """Returns the instruction sets of this machine's processor, separated by spaces; "" where they are not told."""
    return _told_of_processor("flags", "Features") or ""


def processor() -> str:
    """Returns the maker's name of this machine's processor; "" where the system does not tell."""
    told = _told_of_processor("model name")
    return platform.processor() if told is None else told


def _told_of_processor(*names: str) -> str | None:
    """Returns what Linux says of the first core under one of some names, "" for nothing; None on other systems."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return None
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(names)), "")


def usable_cores() -> int:
    """Returns how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def computing(environment: Mapping[str, str]) -> dict[str, str]:
    """Returns the variables that change what is computed, or how fast.

    Args:
        environment: all variables.
    """
    return {
        name: value
        for name, value in sorted(environment.items())
        if name in _COMPUTING or (name.startswith(("JAX_", "XLA_", "KERAS_")) and not name.endswith("_DIR"))
    }


def _is_glibc() -> bool:
    try:
        return (os.confstr("CS_GNU_LIBC_VERSION") or "").startswith("glibc")
    except (AttributeError, ValueError, OSError):
        return False
