"""Strict numerics, shape annotations checked at run time, two XLA devices on any CPU."""

import os
import tempfile

os.environ.setdefault("JAX_PLATFORMS", "cpu")
# Most of the suite's time is compilation; the programs compute the same, only less polished by the compiler.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=1 --xla_cpu_use_fusion_emitters=false")
# The programs that the command line keeps live as long as the suite does.
CACHE = tempfile.TemporaryDirectory(prefix="lrbench-tests-")
os.environ["XDG_CACHE_HOME"] = CACHE.name

from collections.abc import Iterator

import jax
import pytest
from jaxtyping import install_import_hook

jax.config.update("jax_num_cpu_devices", 2)
jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_numpy_rank_promotion", "raise")

# Every room with arrays in it; the others have annotations of Typer and OmegaConf, which are no types.
ROOMS = ("analysis", "contract", "cores", "data", "evaluation", "export", "models", "report", "tasks", "training")
hook = install_import_hook([f"lrbench.{room}" for room in ROOMS], "beartype.beartype")


@pytest.fixture(scope="module", autouse=True)
def _programs_end_with_their_module() -> Iterator[None]:
    """Compiled programs are kept until somebody forgets them: gigabytes, over the whole suite."""
    yield
    jax.clear_caches()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keeps a file in one process, which keeps its programs; the contract, the longest, is parted by family."""
    for item in items:
        task = getattr(item, "callspec", None) and item.callspec.params.get("task")
        family = task.family if item.path.name == "test_contract.py" and task is not None else ""
        item.add_marker(pytest.mark.xdist_group(f"{item.path} {family}"))
