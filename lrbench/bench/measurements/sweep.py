"""Many seeds of one training: as lanes of one process, or as a process each."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from lrbench.bench.contender import OURS
from lrbench.bench.loaded import Place
from lrbench.bench.process import ENVIRONMENT
from lrbench.bench.race import Bench, ratios
from lrbench.bench.rows import Row
from lrbench.runs.environment import usable_cores

SIZES = {"B": (32,), "T": (64,), "H": (64,)}

#: A round takes minutes and is itself a sum over dozens of processes: so many repeats elsewhere make one here.
_REPEATS_A_ROUND = 7


@dataclass(frozen=True)
class Sweep:
    """What every way has to bring about.

    Attributes:
        sizes: B, T and H.
        seeds: how many.
        steps: updates of each.
    """

    sizes: Mapping[str, int]
    seeds: int = 16
    steps: int = 500


class SweepError(Exception):
    """A run of a sweep failed; the message is one sentence."""


def lanes(sweep: Sweep) -> float:
    """Trains all seeds in one process; returns the seconds."""
    with tempfile.TemporaryDirectory(prefix="lrbench-bench-") as folder:
        return _run(sweep, range(sweep.seeds), Path(folder))


def processes(sweep: Sweep) -> float:
    """Trains each seed in a process of its own that finds no compiled program; returns the seconds of all."""
    seconds = 0.0
    for seed in range(sweep.seeds):
        with tempfile.TemporaryDirectory(prefix="lrbench-bench-") as folder:
            seconds += _run(sweep, [seed], Path(folder))
    return seconds


def processes_at_once(sweep: Sweep) -> float:
    """Does the same with as many processes at a time as there are cores; returns the seconds until the last ends."""
    with tempfile.TemporaryDirectory(prefix="lrbench-bench-") as folder, ThreadPoolExecutor(usable_cores()) as pool:
        start = time.perf_counter()
        folders = [Path(folder) / str(seed) for seed in range(sweep.seeds)]
        for done in [pool.submit(_run, sweep, [seed], mine) for seed, mine in enumerate(folders)]:
            done.result()
        return time.perf_counter() - start


def keeping_processes(sweep: Sweep) -> float:
    """Trains each seed in a process of its own; the first one's compiled programs serve them all."""
    with tempfile.TemporaryDirectory(prefix="lrbench-bench-") as folder:
        return sum(_run(sweep, [seed], Path(folder)) for seed in range(sweep.seeds))


#: The ways, ours first.
WAYS = {
    "one process": lanes,
    "a process a seed": processes,
    "a process a seed, one a core at a time": processes_at_once,
    "a process a seed, compiled once": keeping_processes,
}


def measure(bench: Bench) -> list[Row]:
    """Measures whole sweeps: start of the processes, compilation, training, test and report. All of it is lrbench."""
    ours = next((one for one in bench.contenders if one.module == OURS), None)
    if ours is None:
        return []
    chosen = bench.sizes_of(SIZES)
    rows: list[Row] = []
    for values in product(*chosen.values()):
        sweep = Sweep(dict(zip(chosen, values, strict=True)))
        try:
            here = bench.machine
            rows += rows_of(bench, sweep, Place(here.device, here.devices, here.flags, ours.versions))
        except SweepError as error:
            bench.left_out.append(str(error))
    return rows


def rows_of(bench: Bench, sweep: Sweep, place: Place) -> list[Row]:
    """Measures one sweep in every way; returns a row each.

    Args:
        bench: how.
        sweep: what.
        place: what its processes compute with and on.

    Raises:
        SweepError: a run failed.
    """
    readings: dict[str, list[float]] = {name: [] for name in WAYS}
    for _ in range(max(1, bench.repeats // _REPEATS_A_ROUND)):
        for name, way in WAYS.items():
            bench.say(f"{sweep.seeds} seeds, {sweep.steps} steps: {name}")
            readings[name].append(way(sweep))
    ours = readings["one process"]
    rows = []
    for name, mine in readings.items():
        ratio = ratios(ours, mine)
        rows.append(
            Row(
                part=bench.part,
                measurement="sweep_gru",
                contestant=f"lrbench, {name}",
                sizes=dict(sweep.sizes),
                implementation=f"{sweep.seeds} seeds, {sweep.steps} steps",
                seconds=statistics.median(mine),
                seconds_min=min(mine),
                seconds_max=max(mine),
                ratio=ratio.median,
                ratio_low=ratio.low,
                ratio_high=ratio.high,
                repeats=len(mine),
                place=place,
            )
        )
    return rows


def _run(sweep: Sweep, seeds: Sequence[int], folder: Path) -> float:
    """Runs some seeds in a fresh process whose runs and compiled programs lie in a folder; returns the seconds."""
    length = sweep.sizes["T"]
    words = [
        *("task=copy_memory", "model=gru", f"model.width={sweep.sizes['H']}", f"batch_size={sweep.sizes['B']}"),
        *(f"train_length={length}", f"eval_lengths={length}", "eval_examples=32", f"eval_every={sweep.steps}"),
        *(f"steps={sweep.steps}", "early_stop=false", f"seeds={[*seeds]}", f"runs={folder / 'runs'}"),
    ]
    # JAX_COMPILATION_CACHE_DIR would hand out programs that were compiled before.
    inherited = {name: value for name, value in os.environ.items() if name != "JAX_COMPILATION_CACHE_DIR"}
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "lrbench.cli", "run", *words],
        env=inherited | ENVIRONMENT | {"XDG_CACHE_HOME": str(folder / "cache")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - start
    if done.returncode:
        last = next((line.strip() for line in reversed(done.stderr.splitlines()) if line.strip()), "it said nothing")
        raise SweepError(f"lrbench run {' '.join(words)} ended with status {done.returncode}: {last}")
    return seconds
