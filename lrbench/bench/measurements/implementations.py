"""Every implementation of our own scans beside the one that `auto` chooses: what the choice is justified by."""

import dataclasses
from contextlib import ExitStack

from lrbench.bench.case import Case
from lrbench.bench.contender import OURS, Contender
from lrbench.bench.measurements import cores
from lrbench.bench.race import Bench, reference_results, rows_of, started, take_turns
from lrbench.bench.rows import Row

_LENGTHS = (64, 1024, 16384)
_DEFAULTS = {
    "lstm": {"B": (32,), "T": _LENGTHS, "I": (64,), "H": (64,)},
    "gru": {"B": (32,), "T": _LENGTHS, "I": (64,), "H": (64,)},
    "selective_scan": {"B": (4,), "T": _LENGTHS, "D": (256,), "N": (16,)},
}
SIZES = _DEFAULTS["selective_scan"] | _DEFAULTS["lstm"]
_WAYS = {
    "lstm": ("sequential", "chunked"),
    "gru": ("sequential", "chunked"),
    "selective_scan": ("sequential", "chunked", "associative"),
}


def measure(bench: Bench) -> list[Row]:
    """Races the implementations at every case; a ratio is that of `auto` over the one of the row."""
    rows: list[Row] = []
    ours = next((one for one in bench.contenders if one.module == OURS), None)
    if ours is None:
        return rows
    for case in cores.cases(bench, _DEFAULTS):
        rows += _race(bench, ours, case)
        bench.keep(rows)
    return rows


def _race(bench: Bench, ours: Contender, case: Case) -> list[Row]:
    truth = reference_results(bench, case)
    with ExitStack() as stack:
        starters = []
        for way in ("auto", *_WAYS[case.measurement]):
            same = dataclasses.replace(case, implementation=way)
            starters += stack.enter_context(started(bench, same, [dataclasses.replace(ours, name=way)], truth))
        bench.say(f"{case.measurement} {case.label}: racing")
        readings = take_turns(bench, case, starters)
        finished = [starter for starter, mine in zip(starters, readings, strict=True) if mine]
        return rows_of(bench, case, finished, [mine for mine in readings if mine])
