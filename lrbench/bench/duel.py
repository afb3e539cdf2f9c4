"""Our own cores against one another: several cases in turn, round by round, each in a worker of its own.

A race is between libraries at one case; a duel is between cases, as a GRU and the LSTMs of its width and of its size.
"""

import math
import statistics
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import numpy as np

from lrbench.bench.case import Case
from lrbench.bench.contender import OURS, Contender, contenders, reference
from lrbench.bench.loaded import Place
from lrbench.bench.process import Process
from lrbench.bench.race import Ratio, deviation, inner_runs, ratios, warm_up

#: Steps before the first reading of latencies, and the fewest of a reading.
_WARM_STEPS, _FEWEST_STEPS = 500, 100
#: The seconds that a reading of latencies may take.
_READING_SECONDS = 0.4


@dataclass(frozen=True)
class Timed:
    """A case after its duel.

    Attributes:
        case: what was done.
        seconds: of one run, a reading a round.
        compile_seconds: tracing and compilation.
        temporary_bytes: what a run needs beside its inputs and outputs, where the compiler knows.
        note: the implementation that was chosen.
        deviation: largest |x - float64| over largest |float64|, of the worst result; None where nothing is compared.
        place: what its worker computed with and on.
    """

    case: Case
    seconds: tuple[float, ...]
    compile_seconds: float
    temporary_bytes: int | None
    note: str
    deviation: float | None
    place: Place

    @property
    def median(self) -> float:
        """The median reading, in seconds."""
        return statistics.median(self.seconds)


@dataclass(frozen=True)
class Stepped:
    """A case of single steps after its duel.

    Attributes:
        case: what was done.
        seconds: of every single step, a list a round.
        place: what its worker computed with and on.
    """

    case: Case
    seconds: tuple[tuple[float, ...], ...]
    place: Place

    def percentile(self, percent: float) -> float:
        """Returns a percentile of all steps, in seconds."""
        return float(np.percentile(np.concatenate([np.asarray(one) for one in self.seconds]), percent))

    @property
    def medians(self) -> tuple[float, ...]:
        """The median step of each round, in seconds."""
        return tuple(statistics.median(one) for one in self.seconds)


@contextmanager
def workers(count: int) -> Iterator[list[Process]]:
    """Starts workers of our own cores, which may do one duel after another; ends them at the end."""
    ours = next(one for one in contenders() if one.module == OURS)
    with ExitStack() as stack:
        yield [stack.enter_context(_process(ours)) for _ in range(count)]


@contextmanager
def float64_worker() -> Iterator[Process]:
    """Starts a worker of the reference in float64; ends it at the end."""
    with _process(reference()) as process:
        yield process


def duel(
    processes: Sequence[Process],
    cases: Sequence[Case],
    repeats: int,
    truth: Process | None = None,
    compared: int | None = None,
) -> list[Timed]:
    """Times cases in turn, A B C A B C …; returns them in their order.

    Args:
        processes: workers, at least as many as cases.
        cases: what each of them does.
        repeats: rounds.
        truth: the reference's worker, with whose results the cases are compared; None: nothing is compared.
        compared: how many of the cases, from the first; None: all. In float64 a case takes longer than its duel.

    Raises:
        WorkerError: a worker could not do its case.
    """
    mine = list(processes[: len(cases)])
    prepared = [process.prepare(case) for process, case in zip(mine, cases, strict=True)]
    apart: list[float | None] = [None] * len(mine)
    if truth is not None:
        apart[:compared] = [_apart(truth, *one) for one in list(zip(mine, cases, strict=True))[:compared]]
    for process in mine:
        warm_up(process)
    counts = [inner_runs(process) for process in mine]
    rounds = [[_reading(process, count) for process, count in zip(mine, counts, strict=True)] for _ in range(repeats)]
    return [
        Timed(
            case=case,
            seconds=tuple(readings),
            compile_seconds=said["compile_seconds"],
            temporary_bytes=said["temporary_bytes"],
            note=said["note"],
            deviation=far,
            place=said["place"],
        )
        for case, said, far, readings in zip(cases, prepared, apart, zip(*rounds, strict=True), strict=True)
    ]


def step_duel(processes: Sequence[Process], cases: Sequence[Case], repeats: int, most_steps: int) -> list[Stepped]:
    """Times single streaming steps in turn, a reading of many steps each; returns the cases in their order.

    Args:
        processes: workers, at least as many as cases.
        cases: "stream_gru" and "stream_lstm".
        repeats: rounds.
        most_steps: of a reading; slow cases take fewer, so that a reading ends.

    Raises:
        WorkerError: a worker could not do its case.
    """
    mine = list(processes[: len(cases)])
    prepared = [process.prepare(case) for process, case in zip(mine, cases, strict=True)]
    counts = []
    for process in mine:
        process.latencies(10)
        one = statistics.median(process.latencies(20))
        counts.append(min(most_steps, max(_FEWEST_STEPS, math.ceil(_READING_SECONDS / one))))
        process.latencies(min(_WARM_STEPS, counts[-1]))
    rounds = [
        [tuple(process.latencies(count)) for process, count in zip(mine, counts, strict=True)] for _ in range(repeats)
    ]
    return [
        Stepped(case, tuple(readings), said["place"])
        for case, said, readings in zip(cases, prepared, zip(*rounds, strict=True), strict=True)
    ]


def slower(one: Timed | Stepped, other: Timed | Stepped) -> Ratio:
    """Returns how many times the first takes as long as the second, round by round: median, least and greatest."""
    return ratios(_readings(one), _readings(other))


def _readings(one: Timed | Stepped) -> tuple[float, ...]:
    return one.seconds if isinstance(one, Timed) else one.medians


def _process(contender: Contender) -> Process:
    return Process(contender.module, contender.environment)


def _apart(truth: Process, process: Process, case: Case) -> float | None:
    if case.measurement not in reference().measurements:
        return None
    truth.prepare(case)
    return deviation(process.results(), truth.results())


def _reading(process: Process, count: int) -> float:
    if count > 1:  # the others have had the caches
        process.run()
    return process.run(count) / count
