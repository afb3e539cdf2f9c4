"""Who can take part: the modules of `lrbench.bench.contestants`, read without loading their libraries."""

import importlib.metadata
import importlib.util
import json
import pkgutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib import import_module

from lrbench.bench import contestants

#: The module of our own cores, by which every ratio is formed, and that of the reference, which is not timed.
OURS, REFERENCE = "ours", "float64"
_EVERYONE = ("lrbench", "jax", "jaxlib", "numpy")


@dataclass(frozen=True)
class Contender:
    """What the parent knows of a contestant.

    Attributes:
        module: name in `lrbench.bench.contestants`.
        name: what a person reads.
        package: import name and distribution it needs; None: nothing more than lrbench.
        environment: variables of its process, beside those of every process.
        measurements: those it takes part in.
        needs_gpu: whether it is left out on a CPU.
    """

    module: str
    name: str
    package: tuple[str, str] | None
    environment: Mapping[str, str]
    measurements: Collection[str]
    needs_gpu: bool

    @property
    def installed(self) -> bool:
        """Whether its package can be imported."""
        return self.package is None or importlib.util.find_spec(self.package[0]) is not None

    @property
    def versions(self) -> str:
        """The versions of what it computes with, as JSON."""
        names = _EVERYONE if self.package is None else (*_EVERYONE, self.package[1])
        return json.dumps({name: importlib.metadata.version(name) for name in names})

    def is_called(self, word: str) -> bool:
        """Whether a person may mean this contestant by a word: its name, module, import name or distribution."""
        return word.lower() in {self.name.lower(), self.module, *(self.package or ())}


def contenders() -> list[Contender]:
    """Returns every contestant, ours first, without the reference."""
    found = [_read(module.name) for module in pkgutil.iter_modules(contestants.__path__) if module.name != REFERENCE]
    return sorted(found, key=lambda one: (one.module != OURS, one.module))


def reference() -> Contender:
    """Returns the reference in float64."""
    return _read(REFERENCE)


def _read(name: str) -> Contender:
    module = import_module(f"{contestants.__name__}.{name}")
    return Contender(
        name, module.NAME, module.PACKAGE, module.ENVIRONMENT, frozenset(module.MEASUREMENTS), module.NEEDS_GPU
    )
