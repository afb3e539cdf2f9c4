"""Where results come from: versions, device, flags, commit, command."""

import datetime
import importlib.metadata
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import jax

import lrbench
from lrbench.runs.environment import computing, usable_cores

_PACKAGES = (
    "jax",
    "jaxlib",
    "flax",
    "optax",
    "orbax-checkpoint",
    "tensorflow-datasets",
    "hydra-core",
    "numpy",
    "polars",
)


def commit() -> str:
    """Returns the commit of the code that runs, with "+changes" where the tree differs; "" outside a clone."""
    folder = Path(lrbench.__file__).parent

    def git(*words: str) -> str:
        done = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else ""

    try:
        # The package may stand inside somebody else's repository, in site-packages say.
        if not git("ls-files", "--error-unmatch", "__init__.py"):
            return ""
        changed = "+changes" if git("status", "--porcelain", "--untracked-files=no") else ""
        return git("rev-parse", "--short=12", "HEAD") + changed
    except OSError:
        return ""


def device() -> str:
    """Returns the kind and number of devices that this process computes on, as "2 x cpu (x86_64)"."""
    devices = jax.local_devices()
    kind = f"cpu ({platform.machine()})" if devices[0].platform == "cpu" else devices[0].device_kind
    return f"{len(devices)} x {kind}"


def provenance(command: list[str]) -> dict[str, Any]:
    """Collects what one needs to know to repeat a run.

    Args:
        command: the words that started it.
    """
    return {
        "lrbench": lrbench.__version__,
        "commit": commit(),
        "command": command,
        "started": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "python": sys.version.split()[0],
        "packages": {name: importlib.metadata.version(name) for name in _PACKAGES},
        "device": device(),
        "cores": usable_cores(),
        "system": f"{platform.system()} {platform.machine()}",
        "flags": computing(os.environ),
    }
