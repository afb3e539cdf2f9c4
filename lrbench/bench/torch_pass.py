"""The forward and backward pass of a torch function, as a contestant that is ready to run."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from lrbench.bench.contestant import Prepared, Results

if TYPE_CHECKING:
    import torch


def torch_device() -> torch.device:
    """Returns the GPU that torch sees, or the CPU with all cores of this process; products of float32 are float32."""
    import torch

    if torch.cuda.is_available():
        torch.backends.cudnn.allow_tf32 = False
        return torch.device("cuda")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    torch.set_num_threads(cores)
    return torch.device("cpu")


def wait_for(device: torch.device) -> None:
    """Returns when the device has done everything it was given; the CPU always has."""
    if device.type == "cuda":
        import torch

        torch.cuda.synchronize(device)


def prepare_pass(
    outputs: Callable[[], torch.Tensor],
    variables: dict[str, torch.Tensor],
    cotangent: torch.Tensor,
    layout: Callable[[Results], Results],
) -> Prepared:
    """Makes one pass ready: the outputs of a function and the gradients of its variables.

    Args:
        outputs: computes the outputs, of the shape of the cotangent.
        variables: what `outputs` depends on, by name: leaves with `requires_grad`.
        cotangent: the gradient with respect to the outputs, on the device of the variables.
        layout: from `outputs` and the gradient `d_NAME` of every variable to the named results.
    """
    device = cotangent.device

    def forward_backward() -> torch.Tensor:
        for variable in variables.values():
            variable.grad = None
        y = outputs()
        y.backward(cotangent)
        wait_for(device)
        return y

    def run() -> None:
        forward_backward()

    def results() -> Results:
        y = forward_backward()
        found = {"outputs": y} | {f"d_{name}": variable.grad for name, variable in variables.items()}
        return layout({name: leaf.detach().cpu().numpy() for name, leaf in found.items()})

    return Prepared(run=run, results=results, temporary_bytes=temporary_bytes(run, device))


def temporary_bytes(run: Callable[[], None], device: torch.device) -> int | None:
    """Returns by how much a run lifts the peak of what torch has given out on a GPU; None on a CPU."""
    import torch

    if device.type != "cuda":
        return None
    before = torch.cuda.memory_allocated(device)
    torch.cuda.reset_peak_memory_stats(device)
    run()
    return int(torch.cuda.max_memory_allocated(device) - before)
