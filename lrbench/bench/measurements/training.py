"""One training step on copy memory, and how much of ours is the drawing of its batch."""

from itertools import product

from lrbench.bench.case import Case
from lrbench.bench.contender import OURS
from lrbench.bench.process import WorkerError
from lrbench.bench.race import Bench, race
from lrbench.bench.rows import Row

SIZES = {"B": (32,), "T": (256,), "H": (64,)}

FACT = "sampling time / step time"


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
        rows += _sampling(bench, case)
    return rows


def _sampling(bench: Bench, case: Case) -> list[Row]:
    """Returns the share of our step that drawing the batch takes; nothing where we do not take part."""
    rows = []
    for contender in bench.of(case):
        if contender.module != OURS:
            continue
        with bench.process(contender) as process:
            try:
                measured = process.prepare(case)["measured"]
            except WorkerError as error:
                bench.leave_out(contender, case, error)
                continue
        share = measured["sampling_seconds"] / measured["step_seconds"]
        rows.append(
            Row(
                part=bench.part,
                measurement=case.measurement,
                contestant=contender.name,
                sizes=dict(case.sizes),
                fact=FACT,
                value=share,
                versions=contender.versions,
            )
        )
    return rows
