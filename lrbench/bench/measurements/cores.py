"""Forward and backward passes over whole sequences: LSTM, GRU and the selective scan."""

from collections.abc import Mapping
from itertools import product

from lrbench.bench.case import Case
from lrbench.bench.race import Bench, race
from lrbench.bench.rows import Row

_RECURRENT = {"B": (32,), "T": (256,), "I": (64,), "H": (32, 64, 128, 256)}
_SELECTIVE = {"B": (4,), "T": (1024, 4096, 16384), "D": (256,), "N": (16,)}
MEASURED = {"lstm": _RECURRENT, "gru": _RECURRENT, "selective_scan": _SELECTIVE}
#: B and T that a user sets are set for all three.
SIZES = _SELECTIVE | _RECURRENT
#: Numbers in the states of a sequence (B T D N) from which on two contestants at a time are enough for the memory: an
#: implementation that stores them needs about a dozen such arrays.
_TOGETHER = 1 << 26


def cases(bench: Bench, measured: Mapping[str, Mapping[str, tuple[int, ...]]] = MEASURED) -> list[Case]:
    """Returns what is measured, the small before the large.

    Args:
        bench: what the user chose.
        measured: the kinds of pass, and the sizes of each where the user chose none.
    """
    found = []
    for measurement, defaults in measured.items():
        if bench.only and measurement not in bench.only:
            continue
        sizes = bench.sizes_of(defaults)
        found += [Case(measurement, dict(zip(sizes, values, strict=True))) for values in product(*sizes.values())]
    return found


def measure(bench: Bench) -> list[Row]:
    """Races every contestant at every case."""
    rows: list[Row] = []
    for case in cases(bench):
        rows += race(bench, case, together=_fits(case))
        bench.keep(rows)
    return rows


def _fits(case: Case) -> bool:
    sizes = case.sizes
    return "N" not in sizes or sizes["B"] * sizes["T"] * sizes["D"] * sizes["N"] < _TOGETHER
