"""The race: contestants in their own processes, one case, in turn."""

import dataclasses
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lrbench.bench.case import Case
from lrbench.bench.contender import OURS, REFERENCE, Contender, reference
from lrbench.bench.contestant import Results
from lrbench.bench.floor import floor_seconds
from lrbench.bench.loaded import Place
from lrbench.bench.process import PATIENCE, Process, WorkerError
from lrbench.bench.rows import Machine, Row

#: A reading lasts at least this long (seconds); shorter runs are repeated inside it.
READING = 0.1
FEWEST_REPEATS = 7
#: Seconds that a contender may take over one case, or over one request, unless the user says more.
LONGEST = 600.0
#: Passes of a race beside its rounds: one to compare, one to warm up, one to count.
_BESIDE_ROUNDS = 3
#: Runs before the first reading, until the allocator has met every size and keeps the pages, or so many seconds.
_WARM_UP, _WARM_UP_SECONDS = 15, 2.0


@dataclass
class Bench:
    """What every measurement is given.

    Attributes:
        part: what is measured now: a word of `lrbench.commands.bench.PARTS`.
        machine: where.
        contenders: who can take part, ours first.
        repeats: rounds of a race.
        sizes: what the user chose, by letter; a measurement has its own defaults for the others.
        only: measurements of the part; empty: all of them.
        say: tells a person what is being done.
        keep: given all rows of the part so far, after every case.
        longest: seconds that a contender may take over one case.
        left_out: grows by a sentence for everyone who could not do a case.
        passes: grows by a case and the seconds of a pass, for each contender.
    """

    part: str
    machine: Machine
    contenders: Sequence[Contender]
    repeats: int = FEWEST_REPEATS
    sizes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    only: frozenset[str] = frozenset()
    say: Callable[[str], None] = lambda _: None
    keep: Callable[[list[Row]], None] = lambda _: None
    longest: float = LONGEST
    left_out: list[str] = field(default_factory=list)
    passes: dict[str, list[tuple[Case, float]]] = field(default_factory=dict)

    def sizes_of(self, defaults: Mapping[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
        """Returns the sizes of a measurement: the user's where there are some, else its own."""
        return {letter: self.sizes.get(letter, default) for letter, default in defaults.items()}

    def of(self, case: Case) -> list[Contender]:
        """Returns those who take part in a case."""
        return [one for one in self.contenders if case.measurement in one.measurements]

    def process(self, contender: Contender) -> Process:
        """Starts a contender's worker; on a CPU it may allocate what is free, and no more."""
        limit = available_bytes() if self.machine.platform == "cpu" else None
        patience = max(PATIENCE, self.longest) if contender.module == REFERENCE else self.longest
        return Process(contender.module, contender.environment, limit, patience)

    def check_time(self, contender: Contender, case: Case, pass_seconds: float | None = None) -> None:
        """Refuses a case that a contender would take too long over.

        Args:
            contender: who.
            case: what.
            pass_seconds: of a pass, where one was timed; None: at least what a shorter sequence took, times the length.

        Raises:
            WorkerError: the passes that are still to come would take longer than `longest`.
        """
        mine = self.passes.setdefault(contender.module, [])
        to_come = self.repeats + _BESIDE_ROUNDS
        if pass_seconds is None:
            pass_seconds = max((_at_least(case, *one) for one in mine), default=0.0)
        else:
            mine.append((case, pass_seconds))
            to_come = self.repeats + 1
        if pass_seconds * to_come > self.longest:
            raise WorkerError(
                f"a pass takes {pass_seconds:.3g} s or more, and {to_come} of them longer than the "
                f"{self.longest / 60:.3g} minutes that --longest allows"
            )

    def leave_out(self, contender: Contender, case: Case, error: Exception) -> None:
        """Notes that a contender could not do a case."""
        what = " ".join(word for word in (case.measurement, case.task, case.label) if word)
        sentence = f"{contender.name} is left out of {what}: {error}"
        if sentence not in self.left_out:
            self.left_out.append(sentence)


@dataclass
class Starter:
    """A contender at the start: its case is prepared, and its numbers are compared.

    Attributes:
        contender: who.
        process: its worker.
        compile_seconds: tracing and compilation.
        temporary_bytes: what a run needs, where the compiler knows.
        note: the implementation, or what else it says.
        measured: further numbers that it measured in preparing.
        place: what its process computes with and on.
        deviation: from the reference; None where there is nothing to compare.
    """

    contender: Contender
    process: Process
    compile_seconds: float
    temporary_bytes: int | None
    note: str
    measured: dict[str, float]
    place: Place
    deviation: float | None


class Ratio(NamedTuple):
    """Pairwise ratios: their median, least and greatest."""

    median: float
    low: float
    high: float


def race(bench: Bench, case: Case, *, together: bool = True) -> list[Row]:
    """Measures a case with everyone who can do it; returns a row each, ours first.

    Args:
        bench: how.
        case: what.
        together: everyone in one round, A B C A B C …; False: ours against one peer at a time, A B A B …, for cases
            so large that not all of them fit into memory beside one another.
    """
    truth = reference_results(bench, case)
    everyone = bench.of(case)
    groups = [everyone]
    if not together and len(everyone) > 2 and everyone[0].module == OURS:
        groups = [[everyone[0], peer] for peer in everyone[1:]]
    rows: list[Row] = []
    for group in groups:
        with started(bench, case, group, truth) as starters:
            bench.say(f"{case.measurement} {case.label}: racing")
            readings = take_turns(bench, case, starters)
            finished = [starter for starter, mine in zip(starters, readings, strict=True) if mine]
            found = rows_of(bench, case, finished, [mine for mine in readings if mine])
        rows += found if not rows else [row for row in found if row.contestant != rows[0].contestant]
    return rows


def take_turns(bench: Bench, case: Case, starters: Sequence[Starter]) -> list[list[float]]:
    """Runs everyone in turn, round by round; returns the seconds of each, none of one who fell on the way."""
    counts: dict[int, int] = {}
    readings: list[list[float]] = [[] for _ in starters]
    fallen = set()
    for place in [*range(len(starters))] * (bench.repeats + 1):
        if place in fallen:
            continue
        process = starters[place].process
        try:
            if place not in counts:
                counts[place] = inner_runs(process)
                continue
            if counts[place] > 1:  # the others have had the caches, and a pool of threads may still be spinning
                process.run()
            readings[place].append(process.run(counts[place]) / counts[place])
        except WorkerError as error:
            bench.leave_out(starters[place].contender, case, error)
            fallen.add(place)
            readings[place] = []
    return readings


def rows_of(bench: Bench, case: Case, starters: Sequence[Starter], readings: Sequence[Sequence[float]]) -> list[Row]:
    """Makes the rows of a race.

    Args:
        bench: how.
        case: what.
        starters: who raced.
        readings: the seconds of each, one a round.
    """
    ours = next((pair for pair in zip(starters, readings, strict=True) if pair[0].contender.module == OURS), None)
    floor = floor_seconds(case, bench.machine.flops, bench.machine.bandwidth)
    rows = []
    for starter, mine in zip(starters, readings, strict=True):
        ratio = None if ours is None else _ratio(bench, case, *ours, starter, mine)
        seconds = statistics.median(mine)
        rows.append(
            Row(
                part=bench.part,
                measurement=case.measurement,
                contestant=starter.contender.name,
                sizes=dict(case.sizes),
                implementation=starter.note,
                seconds=seconds,
                seconds_min=min(mine),
                seconds_max=max(mine),
                ratio=ratio and ratio.median,
                ratio_low=ratio and ratio.low,
                ratio_high=ratio and ratio.high,
                compile_seconds=starter.compile_seconds,
                deviation=starter.deviation,
                temporary_bytes=starter.temporary_bytes,
                floor_seconds=floor,
                share_of_floor=None if floor is None else floor / seconds,
                repeats=len(mine),
                place=starter.place,
            )
        )
    return rows


def _ratio(
    bench: Bench, case: Case, ours: Starter, our_seconds: Sequence[float], peer: Starter, seconds: Sequence[float]
) -> Ratio | None:
    """Returns ours over theirs; None, and a sentence in `left_out`, where one is an accelerator's and one a CPU's."""
    if ours.place.on_cpu == peer.place.on_cpu:
        return ratios(our_seconds, seconds)
    bench.left_out.append(
        f"{peer.contender.name} computed {case.measurement} {case.label} on {peer.place.device}, and "
        f"{ours.contender.name} on {ours.place.device}: no ratio is formed"
    )
    return None


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> Ratio:
    """Returns ours over theirs, round by round."""
    pairs = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    return Ratio(statistics.median(pairs), min(pairs), max(pairs))


def reference_results(bench: Bench, case: Case) -> Results:
    """Returns the results of a case in float64; empty where the reference does not do it."""
    contender = reference()
    if case.measurement not in contender.measurements:
        return {}
    bench.say(f"{case.measurement} {case.label}: float64")
    with bench.process(contender) as process:
        try:
            process.prepare(case)
            return process.results()
        except WorkerError as error:
            bench.leave_out(contender, case, error)
            return {}


@contextmanager
def started(bench: Bench, case: Case, contenders: Sequence[Contender], truth: Results) -> Iterator[list[Starter]]:
    """Starts and prepares contenders, compares their results, and warms them up; ends them at the end.

    Who cannot do the case is noted in `bench.left_out`, and is not among those returned.

    Args:
        bench: how.
        case: what.
        contenders: who.
        truth: the reference's results; empty: nothing is compared.
    """
    with ExitStack() as stack:
        starters = []
        for contender in contenders:
            bench.say(f"{case.measurement} {case.label}: {contender.name} gets ready")
            try:
                bench.check_time(contender, case)
            except WorkerError as error:
                bench.leave_out(contender, case, error)
                continue
            process = stack.enter_context(bench.process(contender))
            try:
                prepared = process.prepare(case)
                apart = deviation(process.results(), truth) if truth else None
                bench.check_time(contender, case, warm_up(process))
            except (WorkerError, ValueError) as error:
                bench.leave_out(contender, case, error)
                process.close()
                continue
            starters.append(Starter(contender, process, **prepared, deviation=apart))
        yield starters


def warm_up(process: Process) -> float:
    """Runs a prepared case a few times; returns the seconds of the last."""
    took = 0.0
    for _ in range(_WARM_UP):
        took += (last := process.run())
        if took > _WARM_UP_SECONDS:
            break
    return last


def _at_least(case: Case, shorter: Case, seconds: float) -> float:
    """Returns how long a pass takes at least, from that over a shorter sequence that is no larger otherwise."""
    if dataclasses.replace(shorter, sizes=case.sizes) != case:
        return 0.0
    if any(case.sizes[name] < size for name, size in shorter.sizes.items()):
        return 0.0
    return seconds * case.sizes.get("T", 1) / shorter.sizes.get("T", 1)


def deviation(results: Results, truth: Results) -> float:
    """Returns the largest |x - float64| over the largest |float64|, of the worst result.

    Raises:
        ValueError: the results have another name or shape than the reference's, or none.
    """
    worst = []
    for name, mine in results.items():
        if name not in truth:
            raise ValueError(f"result {name!r} is none of the reference's: {', '.join(truth)}")
        exact = truth[name]
        if mine.shape != exact.shape:
            raise ValueError(f"result {name!r} has shape {mine.shape}; the reference has {exact.shape}")
        worst.append(float(np.max(np.abs(mine - exact)) / np.max(np.abs(exact))))
    if not worst:
        raise ValueError("there are no results to compare")
    return float(np.max(worst))  # NaN where one of them is


def inner_runs(process: Process) -> int:
    """Returns how many runs make a reading of at least `READING` seconds."""
    return max(1, round(READING / process.run() + 0.5))


def available_bytes() -> int | None:
    """Returns how much memory is free for programs; None where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)
