"""Temporary memory, and time that grows with the length as it should: long sequences on one machine."""

import statistics
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from lrbench.bench.case import Case, label
from lrbench.bench.contender import OURS, Contender
from lrbench.bench.process import WorkerError
from lrbench.bench.race import Bench, inner_runs, reference_results, rows_of, started
from lrbench.bench.rows import Row

SIZES = {"B": (4,), "T": (16384,), "D": (256,), "N": (16,), "I": (1,), "H": (64,)}
#: The long LSTM takes these multiples of T: 2^16, 2^18 and 2^20 steps.
_LENGTHS = (4, 16, 64)
#: Inputs and outputs a step of the linear check: below 512 bytes some releases of jaxlib copy the whole stack of
#: outputs at every step, and the time is quadratic in T (jax#40101).
_SMALL = 4
_LINE = "time / straight line through the two shorter lengths"
#: Above it, time does not grow as the length does; 4 and a tenth for noise.
_LINEAR = 4.4
_GROWTH = f"time(4T) / time(T); at most {_LINEAR} is linear"


def measure(bench: Bench) -> list[Row]:
    """Measures the memory of the selective scan, then a long LSTM, then whether small outputs are linear in T."""
    sizes = bench.sizes_of(SIZES)
    rows: list[Row] = []
    for T in sizes["T"]:
        at = {letter: values[0] for letter, values in sizes.items()} | {"T": T}
        rows += _memory(bench, Case("selective_scan", {letter: at[letter] for letter in "BTDN"}))
        bench.keep(rows)
        for ours in bench.contenders:
            if ours.module == OURS:
                long = [Case("lstm_last", {"B": 1, "T": T * times, "I": at["I"], "H": at["H"]}) for times in _LENGTHS]
                rows += _over_length(bench, ours, long, _LINE, beside_line)
                bench.keep(rows)
                small = [Case("gru", {"B": 1, "T": T * times, "I": _SMALL, "H": _SMALL}) for times in _LENGTHS[:2]]
                rows += _over_length(bench, ours, small, _GROWTH, growth)
                _judge(bench, rows[-1])
    return rows


def beside_line(lengths: Sequence[int], seconds: Sequence[float]) -> float:
    """Returns the last of three times over the straight line through the first two."""
    slope = (seconds[1] - seconds[0]) / (lengths[1] - lengths[0])
    return seconds[2] / (seconds[0] + slope * (lengths[2] - lengths[0]))


def growth(lengths: Sequence[int], seconds: Sequence[float]) -> float:
    """Returns the last time over the first."""
    del lengths
    return seconds[-1] / seconds[0]


def _judge(bench: Bench, row: Row) -> None:
    """Says so where even the least growth that was seen is more than linear."""
    if row.fact == _GROWTH and row.value_low is not None and row.value_low > _LINEAR:
        bench.left_out.append(
            f"{row.measurement} {label(row.sizes)} takes {row.value:.3g} times as long as a quarter of its steps, more "
            f"than {_LINEAR}: this jaxlib copies the outputs of all steps at each of them (jax#40101); jaxlib 0.10.2 "
            "and 0.11.0 do not"
        )


def _memory(bench: Bench, case: Case) -> list[Row]:
    """Asks everyone for the temporaries of one pass, each in a process that has done nothing large before."""
    small = Case(case.measurement, dict(case.sizes) | {"T": min(16, case.sizes["T"])})
    rows = []
    for contender in bench.of(case):
        bench.say(f"{case.measurement} {case.label}: memory of {contender.name}")
        with bench.process(contender) as process:
            try:
                # What a library allocates once, at its first pass, is no part of what a pass needs.
                process.prepare(small)
                process.run()
                prepared = process.prepare(case)
                taken = process.memory()
            except WorkerError as error:
                bench.leave_out(contender, case, error)
                continue
        rows.append(
            Row(
                part=bench.part,
                measurement=case.measurement,
                contestant=contender.name,
                sizes=dict(case.sizes),
                implementation=prepared["note"],
                compile_seconds=prepared["compile_seconds"],
                temporary_bytes=taken,
                place=prepared["place"],
            )
        )
    return rows


def _over_length(
    bench: Bench,
    contender: Contender,
    cases: Sequence[Case],
    fact: str,
    compare: Callable[[Sequence[int], Sequence[float]], float],
) -> list[Row]:
    """Races one contender against itself at several lengths.

    Args:
        bench: how.
        contender: who.
        cases: the same but for T.
        fact: what `compare` computes.
        compare: from the lengths and their seconds in one round to a number.

    Returns:
        A row for each length, then one for the fact.
    """
    truths = [reference_results(bench, case) for case in cases]
    with ExitStack() as stack:
        starters = []
        for case, truth in zip(cases, truths, strict=True):
            starters += stack.enter_context(started(bench, case, [contender], truth))
        if len(starters) < len(cases):
            return []  # why not is in bench.left_out
        bench.say(f"{cases[0].measurement} {cases[-1].label}: time over length")
        counts = [inner_runs(starter.process) for starter in starters]
        rounds = [
            [starter.process.run(count) / count for starter, count in zip(starters, counts, strict=True)]
            for _ in range(bench.repeats)
        ]
    rows = []
    for case, starter, readings in zip(cases, starters, zip(*rounds, strict=True), strict=True):
        rows += rows_of(bench, case, [starter], [readings])
    values = [compare([case.sizes["T"] for case in cases], seconds) for seconds in rounds]
    rows.append(
        Row(
            part=bench.part,
            measurement=cases[-1].measurement,
            contestant=contender.name,
            sizes=dict(cases[-1].sizes),
            fact=fact,
            value=statistics.median(values),
            value_low=min(values),
            value_high=max(values),
            repeats=len(values),
            place=starters[-1].place,
        )
    )
    return rows
