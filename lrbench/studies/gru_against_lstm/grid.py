"""What is measured at each scale."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

from lrbench.studies.study import Scale

Sizes = Mapping[str, int]


@dataclass(frozen=True)
class Grid:
    """What is measured at a scale.

    Attributes:
        base: B, T, I and H of the layer that all others differ from in one size.
        others: the other values of each letter.
        further: more layers, which differ from the base in several sizes.
        models: B, T and H of whole training steps on copy memory, whose inputs are as wide as the layer.
        memory_layers: layers whose memory is measured.
        memory_models: whole training steps whose memory is measured.
        widths: H of single steps.
        step_inputs: I of single steps.
        steps: of a reading, at most.
        repeats: rounds of a duel.
    """

    base: Sizes
    others: Mapping[str, tuple[int, ...]]
    further: tuple[Sizes, ...]
    models: tuple[Sizes, ...]
    memory_layers: tuple[Sizes, ...]
    memory_models: tuple[Sizes, ...]
    widths: tuple[int, ...]
    step_inputs: int
    steps: int
    repeats: int

    @property
    def layers(self) -> list[dict[str, int]]:
        """All layers: the base, those that differ from it in one size, the further ones."""
        varied = [dict(self.base) | {letter: value} for letter, values in self.others.items() for value in values]
        return [dict(self.base), *varied, *map(dict, self.further)]


def _models(**sizes: tuple[int, ...]) -> tuple[Sizes, ...]:
    return tuple(dict(zip(sizes, values, strict=True)) for values in itertools.product(*sizes.values()))


GRIDS: Mapping[Scale, Grid] = {
    "smoke": Grid(
        base={"B": 2, "T": 8, "I": 4, "H": 8},
        others={},
        further=(),
        models=(),
        memory_layers=_models(B=(2,), T=(8,), I=(4,), H=(8,)),
        memory_models=(),
        widths=(8, 16),
        step_inputs=4,
        steps=50,
        repeats=2,
    ),
    "cpu": Grid(
        base={"B": 32, "T": 256, "I": 64, "H": 128},
        others={"H": (32, 64, 256), "I": (16, 256), "B": (1, 128), "T": (64, 1024)},
        # The size that the articles count.
        further=({"B": 32, "T": 256, "I": 128, "H": 256},),
        models=_models(B=(32,), T=(256,), H=(64, 256)),
        memory_layers=_models(B=(32,), T=(256, 1024), I=(64,), H=(128, 256)),
        memory_models=_models(B=(32,), T=(1024,), H=(256,)),
        widths=(64, 128, 256, 512, 1024),
        step_inputs=64,
        steps=2000,
        repeats=7,
    ),
    "paper": Grid(
        base={"B": 32, "T": 256, "I": 128, "H": 256},
        others={"H": (64, 128, 512, 1024, 2048), "I": (16, 512), "B": (1, 8, 128, 512), "T": (64, 1024, 4096)},
        further=(),
        models=_models(B=(32, 256), T=(256, 1024), H=(128, 256, 512, 1024)),
        memory_layers=_models(B=(32, 256), T=(256, 1024), I=(128,), H=(128, 256, 512, 1024)),
        memory_models=_models(B=(32, 256), T=(256, 1024), H=(128, 256, 512, 1024)),
        widths=(64, 128, 256, 512, 1024, 2048),
        step_inputs=64,
        steps=2000,
        repeats=15,
    ),
}
