"""The machine that a time, a latency or a number of bytes holds for."""

import os
from dataclasses import dataclass
from importlib.metadata import version

from lrbench.runs.environment import processor, usable_cores
from lrbench.runs.provenance import device

_COMPUTES_WITH = ("lrbench", "jax", "jaxlib", "flax")


@dataclass(frozen=True)
class ThisMachine:
    """What tells this machine, and what it computes with, apart from others.

    Attributes:
        device: what JAX computes on, as "2 x cpu (x86_64)".
        processor: the maker's name of it; "" where the system does not tell.
        cores: that this process may use.
        versions: of what computes, as "jax 0.10.2, …".
        flags: the environment that changes what is computed.
    """

    device: str
    processor: str
    cores: int
    versions: str
    flags: str

    @property
    def label(self) -> str:
        """As a person reads it: "2 x cpu (x86_64), AMD EPYC, 2 cores; jax 0.10.2, …"."""
        parts = [self.device, *([self.processor] if self.processor else []), f"{self.cores} cores"]
        return f"{', '.join(parts)}; {self.versions}"

    @property
    def key(self) -> tuple[str, ...]:
        """Everything that a measurement depends on beside its own sizes."""
        return (self.device, self.processor, str(self.cores), self.versions, self.flags)


def this_machine() -> ThisMachine:
    """Describes the machine; on a GPU or TPU this opens the device."""
    return ThisMachine(
        device=device(),
        processor=processor(),
        cores=usable_cores(),
        versions=", ".join(f"{name} {version(name)}" for name in _COMPUTES_WITH),
        flags=" ".join(os.environ.get(name, "") for name in ("XLA_FLAGS", "JAX_PLATFORMS", "GLIBC_TUNABLES")).strip(),
    )
