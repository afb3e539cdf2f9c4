"""What a worker computes with and on: told by the process itself, after it has prepared its first case."""

import importlib.metadata
import json
import platform
import sys

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


def versions() -> str:
    """Returns the versions of the libraries that this process has loaded, as JSON."""
    return json.dumps(
        {name: importlib.metadata.version(name) for module, name in _LIBRARIES.items() if module in sys.modules}
    )


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
