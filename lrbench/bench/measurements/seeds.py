"""Forward and backward passes of many seeds: ours as one program, the peers' one after another."""

from itertools import product

from lrbench.bench.case import Case
from lrbench.bench.race import Bench, race
from lrbench.bench.rows import Row

SIZES = {"S": (64,), "B": (32,), "T": (256,), "I": (64,), "H": (64,)}


def measure(bench: Bench) -> list[Row]:
    """Races every contestant at every case."""
    rows: list[Row] = []
    sizes = bench.sizes_of(SIZES)
    for values in product(*sizes.values()):
        rows += race(bench, Case("seeds_lstm", dict(zip(sizes, values, strict=True))))
        bench.keep(rows)
    return rows
