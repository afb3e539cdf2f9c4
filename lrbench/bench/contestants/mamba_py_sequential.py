"""mambapy's sequential scan: a Python loop over the steps, in torch."""

from lrbench.bench.case import Arrays, Case
from lrbench.bench.contestant import Contestant, Prepared
from lrbench.bench.contestants.mamba_py import ENVIRONMENT, NEEDS_GPU, PACKAGE, prepare

__all__ = ["ENVIRONMENT", "MEASUREMENTS", "NAME", "NEEDS_GPU", "PACKAGE"]

NAME = "mambapy sequential"


def selective_scan(case: Case, arrays: Arrays) -> Prepared:
    """Prepares `MambaBlock.selective_scan_seq`."""
    return prepare(arrays, "selective_scan_seq")


MEASUREMENTS: dict[str, Contestant] = {"selective_scan": selective_scan}
