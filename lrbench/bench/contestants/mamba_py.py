"""mambapy's parallel scan (Blelloch's, in torch), without the projections and the convolution of its block."""

import numpy as np

from lrbench.bench.case import Arrays, Case
from lrbench.bench.contestant import Contestant, Prepared, Results

NAME = "mambapy parallel"
PACKAGE = ("mambapy", "mambapy")
ENVIRONMENT: dict[str, str] = {}
NEEDS_GPU = False

OVER_TIME = ("u", "delta", "B", "C")


def selective_scan(case: Case, arrays: Arrays) -> Prepared:
    """Prepares `MambaBlock.selective_scan`."""
    return prepare(arrays, "selective_scan")


def prepare(arrays: Arrays, method: str) -> Prepared:
    """Prepares one of the scans of a `MambaBlock`.

    Args:
        arrays: of a selective scan; they are laid out batch first, as mambapy has them, before the clock starts.
        method: the block's method.
    """
    import torch
    from mambapy.mamba import MambaBlock, MambaConfig

    from lrbench.bench.batch_first import time_first
    from lrbench.bench.torch_pass import Pass, prepare_pass, torch_device

    device = torch_device()
    over_time = (*OVER_TIME, "cotangent")
    variables = {
        # Contiguous, since torch keeps the strides of an array that it copies.
        name: torch.tensor(np.ascontiguousarray(np.swapaxes(leaf, 0, 1)) if name in over_time else leaf, device=device)
        for name, leaf in arrays.items()
    }
    cotangent = variables.pop("cotangent")
    for variable in variables.values():
        variable.requires_grad_()
    u, delta, B, C, A_log, D = (variables[name] for name in (*OVER_TIME, "A_log", "D"))
    channels, states = A_log.shape
    scan = getattr(MambaBlock(MambaConfig(d_model=channels, n_layers=1, d_state=states, expand_factor=1)), method)

    def layout(found: Results) -> Results:
        return {name: leaf for name, leaf in found.items() if name != "d_D"}

    one = Pass(lambda: scan(u, delta, -torch.exp(A_log), B, C, D), variables, cotangent)
    prepared = prepare_pass(one, layout)
    return time_first(prepared, ("outputs", *(f"d_{name}" for name in OVER_TIME)))


MEASUREMENTS: dict[str, Contestant] = {"selective_scan": selective_scan}
