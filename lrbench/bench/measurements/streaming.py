"""Single streaming steps at batch 1, the carry fed back: the 50th and the 99th percentile of their latency."""

import dataclasses
from itertools import product

import numpy as np

from lrbench.bench.case import Case
from lrbench.bench.contender import OURS
from lrbench.bench.race import Bench, ratios, reference_results, rows_of, started
from lrbench.bench.rows import Row

SIZES = {"I": (64,), "H": (64, 128, 256)}

#: Different inputs, over and over; enough of them to compare with float64.
_INPUTS = 64
#: Steps of a reading: its 99th percentile is the 20th slowest.
_STEPS = 2000
#: Steps before the first reading.
_WARM = 500


def cases(bench: Bench) -> list[Case]:
    """Returns what is measured."""
    sizes = bench.sizes_of(SIZES)
    return [
        Case(measurement, {"B": 1, "T": _INPUTS} | dict(zip(sizes, values, strict=True)))
        for measurement in ("stream_lstm", "stream_gru")
        for values in product(*sizes.values())
    ]


def measure(bench: Bench) -> list[Row]:
    """Measures every case; seconds and ratios are of the 50th percentiles of the readings, p99 ratios of the 99th."""
    return [row for case in cases(bench) for row in _measure(bench, case)]


def _measure(bench: Bench, case: Case) -> list[Row]:
    truth = reference_results(bench, case)
    with started(bench, case, bench.of(case), truth) as starters:
        bench.say(f"{case.measurement} {case.label}: stepping")
        for starter in starters:
            starter.process.latencies(_WARM)
        steps: list[list[list[float]]] = [[] for _ in starters]
        for _ in range(bench.repeats):
            for starter, mine in zip(starters, steps, strict=True):
                mine.append(starter.process.latencies(_STEPS))
        medians = [[float(np.median(reading)) for reading in mine] for mine in steps]
        rows = rows_of(bench, case, starters, medians)
        tails = [[float(np.percentile(reading, 99)) for reading in mine] for mine in steps]
        ours = next((tail for one, tail in zip(starters, tails, strict=True) if one.contender.module == OURS), [])
        found = []
        for row, mine, tail in zip(rows, steps, tails, strict=True):
            apart = None if row.ratio is None else ratios(ours, tail)
            found.append(
                dataclasses.replace(
                    row,
                    p50=float(np.percentile(mine, 50)),
                    p99=float(np.percentile(mine, 99)),
                    p99_ratio=apart and apart.median,
                    p99_ratio_low=apart and apart.low,
                    p99_ratio_high=apart and apart.high,
                )
            )
        return found
