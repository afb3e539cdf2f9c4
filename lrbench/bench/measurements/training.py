"""One training step on copy memory."""

from itertools import product

from lrbench.bench.case import Case
from lrbench.bench.race import Bench, race
from lrbench.bench.rows import Row

SIZES = {"B": (32,), "T": (256,), "H": (64,)}


def cases(bench: Bench) -> list[Case]:
    """Returns what is measured."""
    sizes = bench.sizes_of(SIZES)
    return [
        Case(measurement, dict(zip(sizes, values, strict=True)))
        for measurement in ("train_gru", "train_lstm")
        for values in product(*sizes.values())
    ]


def measure(bench: Bench) -> list[Row]:
    """Races every contestant at every case; the peers' batch is made beforehand, ours is drawn in the step."""
    rows = []
    for case in cases(bench):
        rows += race(bench, case)
    return rows
