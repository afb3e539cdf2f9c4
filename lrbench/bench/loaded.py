"""What a worker computes with and on: told by the process itself, after it has prepared its first case."""

import dataclasses
import importlib.metadata
import json
import os
import platform
import sys

from lrbench.runs.environment import computing

#: Import name and distribution of everything that a number may depend on.
_LIBRARIES = {
    "equinox": "equinox",
    "flax": "flax",
    "jax": "jax",
    "jaxlib": "jaxlib",
    "keras": "keras",
    "lrbench": "lrbench",
    "mambapy": "mambapy",
    "numpy": "numpy",
    "onnx": "onnx",
    "onnxruntime": "onnxruntime",
    "optax": "optax",
    "torch": "torch",
}


@dataclasses.dataclass(frozen=True)
class Place:
    """What a process computes with and on.

    Attributes:
        device: as "2 x cpu (x86_64)" or "1 x NVIDIA H100 80GB HBM3".
        devices: how many of them.
        flags: the environment that changes what is computed, as JSON.
        versions: of Python, of the libraries that it has loaded, and of what drives an accelerator, as JSON.
    """

    device: str
    devices: int
    flags: str
    versions: str

    @property
    def on_cpu(self) -> bool:
        """Whether it computes on a CPU, and not on an accelerator."""
        return "cpu" in self.device


def place() -> Place:
    """Describes this process."""
    return Place(device(), _devices(), json.dumps(computing(os.environ)), versions())


def versions() -> str:
    """Returns the versions of Python, of the libraries loaded, and of what drives an accelerator, as JSON."""
    loaded = {name: importlib.metadata.version(name) for module, name in _LIBRARIES.items() if module in sys.modules}
    return json.dumps({"python": platform.python_version()} | loaded | _drivers())


def _drivers() -> dict[str, str]:
    """Returns what JAX and torch reach an NVIDIA GPU by: CUDA, cuDNN and JAX's plugin, where they are installed."""
    found = ((one.name.lower(), one.version) for one in importlib.metadata.distributions())
    return {name: version for name, version in sorted(found) if name.startswith(("nvidia-", "jax-cuda"))}


def _devices() -> int:
    if "jax" not in sys.modules or "torch" in sys.modules or "onnxruntime" in sys.modules:
        return 1
    import jax

    return jax.local_device_count()


def device() -> str:
    """Returns what this process computes on, as "2 x cpu (x86_64)" or "1 x NVIDIA H100 80GB HBM3".

    Of several libraries in one process the one that is there for the work: ONNX Runtime, then torch, then JAX.
    """
    if "onnxruntime" in sys.modules:
        import onnxruntime

        return f"{onnxruntime.get_device().lower()} ({platform.machine()})"
    if "torch" in sys.modules:
        import torch

        if torch.cuda.is_available():
            return f"1 x {torch.cuda.get_device_name()}"
        return f"{torch.get_num_threads()} threads of cpu ({platform.machine()})"
    if "jax" in sys.modules:
        from lrbench.runs.provenance import device as of_jax

        return of_jax()
    return f"cpu ({platform.machine()})"
