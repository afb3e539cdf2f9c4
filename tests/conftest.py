"""Strict numerics, shape annotations checked at run time, two XLA devices on any CPU."""

import os
import tempfile

os.environ.setdefault("JAX_PLATFORMS", "cpu")
# Most of the suite's time is compilation; the programs compute the same, only less polished by the compiler.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=1 --xla_cpu_use_fusion_emitters=false")
# The programs that the command line keeps live as long as the suite does, for all of its processes.
if "PYTEST_XDIST_WORKER" not in os.environ:
    CACHE = tempfile.TemporaryDirectory(prefix="lrbench-tests-")
    os.environ["XDG_CACHE_HOME"] = CACHE.name

from collections.abc import Iterator
from typing import Any

import jax
import pytest
from jaxtyping import install_import_hook
from xdist.scheduler import LoadScopeScheduling

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


class FileScheduling(LoadScopeScheduling):
    """Keeps a file in one process, which keeps its programs; the contract, the longest, is parted by family."""

    def _split_scope(self, nodeid: str) -> str:
        file, _, test = nodeid.partition("::")
        return f"{file} {test.partition(':')[0]}" if file.endswith("test_contract.py") else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FileScheduling:
    """Stands in for every --dist; the groups of loadgroup are not seen by pytest 9.2 (pytest-xdist issue 1386)."""
    return FileScheduling(config, log)
