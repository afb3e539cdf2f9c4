"""A contestant: one library's way to do the work of a case.

A contestant stands in a module of `lrbench.bench.contestants`, one a library, which is imported in that library's own
process only and has

* `NAME: str`: what a person reads, for example "torch";
* `PACKAGE: tuple[str, str] | None`: the import name and the distribution that must be installed; None: nothing more
  than lrbench needs;
* `ENVIRONMENT: dict[str, str]`: environment variables its process needs beside those of every process;
* `MEASUREMENTS: dict[str, Contestant]`: its function for each measurement it takes part in;
* `NEEDS_GPU: bool`: whether it is left out on a CPU.

So that the parent can read these without loading the library, the module imports it inside its functions.
"""

import dataclasses
from collections.abc import Callable
from typing import Protocol

import numpy as np
import numpy.typing as npt

from lrbench.bench.case import Arrays, Case

Results = dict[str, npt.NDArray[np.floating]]


@dataclasses.dataclass(frozen=True)
class Prepared:
    """A contestant that is ready to run.

    Attributes:
        run: does the work once, and returns when it is done.
        results: does the work once, and returns outputs and gradients by name in the layout of `lrbench.cores`, to be
            compared with float64: for "lstm" and "gru" `outputs` [T, B, H], `d_inputs` [T, B, I],
            `d_input_kernel` and `d_recurrent_kernel` (biases differ between libraries and are left out); for
            "selective_scan" `outputs` [T, B, D], `d_u`, `d_delta`, `d_B`, `d_C` and `d_A_log`; for "stream_…"
            `outputs` [T, B, H] of T single steps. Empty: nothing to compare.
        compile_seconds: tracing and compilation; 0 where there is none.
        temporary_bytes: what one run needs beside its inputs and outputs, where the compiler knows; None: the worker
            measures by how much a run lifts the peak of its resident memory.
        latencies: takes a count and returns that many seconds of single streaming steps; None unless "stream_…".
        note: what a reader of the numbers has to know, for example the implementation that was chosen.
        measured: further numbers by name that are measured once, in preparing.
    """

    run: Callable[[], None]
    results: Callable[[], Results]
    compile_seconds: float = 0.0
    temporary_bytes: int | None = None
    latencies: Callable[[int], list[float]] | None = None
    note: str = ""
    measured: dict[str, float] = dataclasses.field(default_factory=dict)


class Contestant(Protocol):
    """A function that prepares a case."""

    def __call__(self, case: Case, arrays: Arrays) -> Prepared:
        """Makes ready: moves the arrays to the device, compiles, does nothing else.

        Raises:
            Exception: whatever the library says; the worker hands it on as a sentence.
        """
        ...
