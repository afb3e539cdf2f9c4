"""The forward and backward pass of a torch function, as a contestant that is ready to run."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lrbench.bench.contestant import Prepared, Results
from lrbench.runs.environment import usable_cores

if TYPE_CHECKING:
    import torch


def torch_device() -> torch.device:
    """Returns the GPU that torch sees, or the CPU with all cores of this process; products of float32 are float32."""
    import torch

    if torch.cuda.is_available():
        torch.backends.cudnn.allow_tf32 = False
        return torch.device("cuda")
    torch.set_num_threads(usable_cores())
    return torch.device("cpu")


def wait_for(device: torch.device) -> None:
    """Returns when the device has done everything it was given; the CPU always has."""
    if device.type == "cuda":
        import torch

        torch.cuda.synchronize(device)


class Pass(NamedTuple):
    """A forward and a backward pass.

    Attributes:
        outputs: computes the outputs, of the shape of the cotangent.
        variables: what `outputs` depends on, by name: leaves with `requires_grad`.
        cotangent: the gradient with respect to the outputs, on the device of the variables.
    """

    outputs: Callable[[], torch.Tensor]
    variables: dict[str, torch.Tensor]
    cotangent: torch.Tensor


def prepare_pass(one: Pass, layout: Callable[[Results], Results]) -> Prepared:
    """Makes one pass ready: the outputs of a function and the gradients of its variables.

    Args:
        one: the pass.
        layout: from `outputs` and the gradient `d_NAME` of every variable to the named results.
    """
    prepared = prepare_passes([one], layout)
    return dataclasses.replace(prepared, results=lambda: {name: leaf[0] for name, leaf in prepared.results().items()})


def prepare_passes(passes: Sequence[Pass], layout: Callable[[Results], Results]) -> Prepared:
    """Makes several passes ready, one after another, waiting once at the end.

    Args:
        passes: of one kind.
        layout: as in `prepare_pass`, of one pass; the results get a leading axis of passes.
    """
    device = passes[0].cotangent.device

    def forward_backward(one: Pass) -> torch.Tensor:
        for variable in one.variables.values():
            variable.grad = None
        y = one.outputs()
        y.backward(one.cotangent)
        return y

    def run() -> None:
        for one in passes:
            forward_backward(one)
        wait_for(device)

    def results() -> Results:
        found = []
        for one in passes:
            y = forward_backward(one)
            leaves = {"outputs": y} | {f"d_{name}": variable.grad for name, variable in one.variables.items()}
            found.append(layout({name: leaf.detach().cpu().numpy() for name, leaf in leaves.items()}))
        return {name: np.stack([one[name] for one in found]) for name in found[0]}

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
