"""The cost of a GRU against that of an LSTM: times, memory and latencies that several studies share.

Each is measured once a machine and remembered beside the studies' own files: the key is the machine, what it computes
with, and the sizes. To measure again, remove the file. A GRU stands against two LSTMs: the one of its width, and the
one whose parameters are nearest to its own. Everything runs in worker processes, one after another.

Letters: B sequences, T steps, I inputs, H hidden units of the GRU.
"""

import dataclasses
import itertools
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import polars as pl

from lrbench.bench.case import Case, label
from lrbench.bench.copy_batch import CLASSES, TOKENS
from lrbench.bench.duel import Stepped, Timed, duel, float64_worker, slower, step_duel, workers
from lrbench.bench.peak import Peak, peak
from lrbench.bench.process import Process, WorkerError
from lrbench.models import GRU, LSTM, Architecture, solve_width
from lrbench.models.layer_parameters import equal_lstm_width, gru_parameters, lstm_parameters
from lrbench.runs.errors import RunError
from lrbench.studies.results import Results
from lrbench.studies.study import Scale
from lrbench.studies.this_machine import this_machine

#: Which LSTM a GRU stands against.
At = Literal["equal width", "equal parameters"]
ATS: tuple[At, ...] = get_args(At)
#: What is timed: forward and backward through a layer alone, or a training step of a whole one-layer model.
Work = Literal["layer", "training step"]

Sizes = Mapping[str, int]

#: The GRU and the LSTM of its width; the other LSTM is the same core at another width.
_COMPARED = 2

#: Inputs of single steps, over and over.
_DIFFERENT_STEPS = 64


@dataclass(frozen=True)
class Grid:
    """What is measured at a scale.

    Attributes:
        base: B, T, I and H of the layer that all others differ from in one size.
        others: the other values of each letter.
        further: more layers, which differ from the base in several sizes.
        models: B, T and H of whole training steps on copy memory, whose inputs are as wide as the layer.
        memory_layers: layers whose memory is measured.
        memory_models: whole training steps whose memory is measured.
        widths: H of single steps.
        step_inputs: I of single steps.
        steps: of a reading, at most.
        repeats: rounds of a duel.
    """

    base: Sizes
    others: Mapping[str, tuple[int, ...]]
    further: tuple[Sizes, ...]
    models: tuple[Sizes, ...]
    memory_layers: tuple[Sizes, ...]
    memory_models: tuple[Sizes, ...]
    widths: tuple[int, ...]
    step_inputs: int
    steps: int
    repeats: int

    @property
    def layers(self) -> list[dict[str, int]]:
        """All layers: the base, those that differ from it in one size, the further ones."""
        varied = [dict(self.base) | {letter: value} for letter, values in self.others.items() for value in values]
        return [dict(self.base), *varied, *map(dict, self.further)]


def _models(**sizes: tuple[int, ...]) -> tuple[Sizes, ...]:
    return tuple(dict(zip(sizes, values, strict=True)) for values in itertools.product(*sizes.values()))


GRIDS: Mapping[Scale, Grid] = {
    "smoke": Grid(
        base={"B": 2, "T": 8, "I": 4, "H": 8},
        others={},
        further=(),
        models=(),
        memory_layers=_models(B=(2,), T=(8,), I=(4,), H=(8,)),
        memory_models=(),
        widths=(8, 16),
        step_inputs=4,
        steps=50,
        repeats=2,
    ),
    "cpu": Grid(
        base={"B": 32, "T": 256, "I": 64, "H": 128},
        others={"H": (32, 64, 256), "I": (16, 256), "B": (1, 128), "T": (64, 1024)},
        # The size that the articles count.
        further=({"B": 32, "T": 256, "I": 128, "H": 256},),
        models=_models(B=(32,), T=(256,), H=(64, 256)),
        memory_layers=_models(B=(32,), T=(256, 1024), I=(64,), H=(128, 256)),
        memory_models=_models(B=(32,), T=(1024,), H=(256,)),
        widths=(64, 128, 256, 512, 1024),
        step_inputs=64,
        steps=2000,
        repeats=7,
    ),
    "paper": Grid(
        base={"B": 32, "T": 256, "I": 128, "H": 256},
        others={"H": (64, 128, 512, 1024, 2048), "I": (16, 512), "B": (1, 8, 128, 512), "T": (64, 1024, 4096)},
        further=(),
        models=_models(B=(32, 256), T=(256, 1024), H=(128, 256, 512, 1024)),
        memory_layers=_models(B=(32, 256), T=(256, 1024), I=(128,), H=(128, 256, 512, 1024)),
        memory_models=_models(B=(32, 256), T=(256, 1024), H=(128, 256, 512, 1024)),
        widths=(64, 128, 256, 512, 1024, 2048),
        step_inputs=64,
        steps=2000,
        repeats=15,
    ),
}

#: What is said where the rounds scatter too much to decide.
UNSTEADY = (
    "The rounds scatter too much to decide: end other work on this machine, remove the remembered times "
    "(gru-lstm-*.parquet in the folder `measured`, beside the files of figures and claims), and run it again."
)

_WHERE: dict[str, Any] = {"machine": pl.String(), "versions": pl.String(), "load": pl.Float64()}

TIMES: dict[str, Any] = {
    "work": pl.String(),
    "B": pl.Int64(),
    "T": pl.Int64(),
    "I": pl.Int64(),  # of the layer; null for a whole model
    "H": pl.Int64(),  # of the GRU
    "at": pl.String(),
    "lstm_width": pl.Int64(),
    "gru_parameters": pl.Int64(),  # of the layer, or of the whole model
    "lstm_parameters": pl.Int64(),
    "gru_seconds": pl.Float64(),  # median over rounds
    "lstm_seconds": pl.Float64(),
    "ratio": pl.Float64(),  # LSTM over GRU, median over rounds
    "ratio_low": pl.Float64(),  # least of a round
    "ratio_high": pl.Float64(),
    "repeats": pl.Int64(),
    "deviation": pl.Float64(),  # from float64, of the worse; null where nothing was compared
    "implementation": pl.String(),
    **_WHERE,
}

MEMORY: dict[str, Any] = {
    "work": pl.String(),
    "B": pl.Int64(),
    "T": pl.Int64(),
    "I": pl.Int64(),  # of the layer; null for a whole model
    "H": pl.Int64(),  # of the GRU
    "at": pl.String(),
    "lstm_width": pl.Int64(),
    "gru_parameters": pl.Int64(),
    "lstm_parameters": pl.Int64(),
    "gru_temporary": pl.Int64(),  # bytes, as the compiler counts
    "lstm_temporary": pl.Int64(),
    "gru_lift": pl.Int64(),  # bytes by which the runs lift the resident memory of a fresh process
    "lstm_lift": pl.Int64(),
    "gru_peak": pl.Int64(),  # bytes, the most that was resident, interpreter and libraries included
    "lstm_peak": pl.Int64(),
    **_WHERE,
}

LATENCIES: dict[str, Any] = {
    "I": pl.Int64(),
    "H": pl.Int64(),  # of the GRU
    "at": pl.String(),
    "lstm_width": pl.Int64(),
    **{f"{who}_p{percent}": pl.Float64() for who in ("gru", "lstm") for percent in (50, 95, 99)},  # seconds of a step
    "ratio": pl.Float64(),  # LSTM over GRU, of a round's median steps; their median
    "ratio_low": pl.Float64(),
    "ratio_high": pl.Float64(),
    "repeats": pl.Int64(),
    "steps": pl.Int64(),  # of the LSTM, all readings together
    **_WHERE,
}


def times(results: Results) -> pl.DataFrame:
    """Returns the times of layers and of training steps, with the columns of `TIMES`.

    Raises:
        RunError: a worker could not do a case.
    """
    grid = GRIDS[results.scale]
    asked = (grid.layers, grid.models, grid.repeats)
    return _remembered(results, "gru-lstm-times", asked, TIMES, lambda: _times(grid))


def memory(results: Results) -> pl.DataFrame:
    """Returns the memory of layers and of training steps, with the columns of `MEMORY`.

    Raises:
        RunError: a process could not do a case.
    """
    grid = GRIDS[results.scale]
    asked = (grid.memory_layers, grid.memory_models)
    return _remembered(results, "gru-lstm-memory", asked, MEMORY, lambda: _memory(grid))


def latencies(results: Results) -> pl.DataFrame:
    """Returns the latencies of single steps of one sequence, with the columns of `LATENCIES`.

    Raises:
        RunError: a worker could not do a case.
    """
    grid = GRIDS[results.scale]
    asked = (grid.widths, grid.step_inputs, grid.steps, grid.repeats)
    return _remembered(results, "gru-lstm-latencies", asked, LATENCIES, lambda: _latencies(grid))


def words_of(row: Mapping[str, Any]) -> str:
    """Returns the sizes of a row as a person reads them, as "layer B32 T256 I64 H128"."""
    sizes = label({letter: row[letter] for letter in "BTIH" if row.get(letter) is not None})
    return f"{row['work']} {sizes}" if "work" in row else sizes


def where(table: pl.DataFrame) -> str:
    """Returns the machine that a table was measured on, and how busy it was before."""
    return f"{table['machine'][0]}; load average before it {table['load'][0]:.1f}"


def _remembered(
    results: Results, name: str, asked: Any, schema: Mapping[str, Any], measure: Callable[[], Iterator[dict[str, Any]]]
) -> pl.DataFrame:
    here = this_machine()

    def table() -> pl.DataFrame:
        load = _load()
        try:
            rows = [row | {"machine": here.label, "load": load} for row in measure()]
        except WorkerError as error:
            raise RunError(f"the cost of a GRU against an LSTM could not be measured: {error}") from error
        return pl.DataFrame(rows, schema=dict(schema))

    shared = dataclasses.replace(results, folder=results.folder.parent / "measured")
    return shared.remembered(name, table, of=(*here.key, json.dumps(asked)))


def _load() -> float:
    """Returns the load average of the last minute; 0 where the system does not tell."""
    try:
        return os.getloadavg()[0]
    except OSError:
        return 0.0


def _times(grid: Grid) -> Iterator[dict[str, Any]]:
    with workers(1 + len(ATS)) as mine, float64_worker() as truth:
        for sizes in grid.layers:
            yield from _timed("layer", sizes, _layer_cases(sizes), mine, grid.repeats, truth)
    if not grid.models:
        return
    # Workers of their own: in one that has spread a layer over its devices, short steps on one device were seen to take
    # now 0.4, now 1.3 ms.
    with workers(1 + len(ATS)) as mine:
        for model in grid.models:
            yield from _timed("training step", model, _model_cases(model), mine, grid.repeats, None)


def _timed(
    work: Work,
    sizes: Sizes,
    cases: tuple[Case, dict[At, Case]],
    processes: list[Process],
    repeats: int,
    truth: Process | None,
) -> Iterator[dict[str, Any]]:
    gru, *lstms = duel(processes, [cases[0], *cases[1].values()], repeats, truth, compared=_COMPARED)
    for at, lstm in zip(cases[1], lstms, strict=True):
        ratio = slower(lstm, gru)
        deviations = [one.deviation for one in (gru, lstm) if one.deviation is not None]
        yield {
            "work": work,
            **{letter: sizes.get(letter) for letter in "BTIH"},
            "at": at,
            "lstm_width": lstm.case.sizes["H"],
            "gru_parameters": _parameters(gru.case),
            "lstm_parameters": _parameters(lstm.case),
            "gru_seconds": gru.median,
            "lstm_seconds": lstm.median,
            "ratio": ratio.median,
            "ratio_low": ratio.low,
            "ratio_high": ratio.high,
            "repeats": repeats,
            "deviation": max(deviations, default=None),
            "implementation": _ways(gru, lstm),
            "versions": lstm.versions,
        }


def _ways(gru: Timed, lstm: Timed) -> str:
    return "; ".join(dict.fromkeys(one.note for one in (gru, lstm) if one.note))


def _memory(grid: Grid) -> Iterator[dict[str, Any]]:
    for layer in grid.memory_layers:
        yield from _peaks("layer", layer, _layer_cases(layer))
    for model in grid.memory_models:
        yield from _peaks("training step", model, _model_cases(model))


def _peaks(work: Work, sizes: Sizes, cases: tuple[Case, dict[At, Case]]) -> Iterator[dict[str, Any]]:
    gru = peak(cases[0])
    for at, case in cases[1].items():
        lstm = peak(case)
        yield {
            "work": work,
            **{letter: sizes.get(letter) for letter in "BTIH"},
            "at": at,
            "lstm_width": case.sizes["H"],
            "gru_parameters": _parameters(cases[0]),
            "lstm_parameters": _parameters(case),
            **_bytes("gru", gru),
            **_bytes("lstm", lstm),
            "versions": lstm.versions,
        }


def _bytes(who: str, one: Peak) -> dict[str, int | None]:
    lift = None
    if one.resident_before is not None and one.resident_peak is not None:
        lift = max(0, one.resident_peak - one.resident_before)
    return {f"{who}_temporary": one.temporary_bytes, f"{who}_lift": lift, f"{who}_peak": one.resident_peak}


def _latencies(grid: Grid) -> Iterator[dict[str, Any]]:
    with workers(1 + len(ATS)) as mine:
        for width in grid.widths:
            sizes = {"B": 1, "T": _DIFFERENT_STEPS, "I": grid.step_inputs, "H": width}
            gru_case, lstm_cases = _layer_cases(sizes, prefix="stream_")
            gru, *lstms = step_duel(mine, [gru_case, *lstm_cases.values()], grid.repeats, grid.steps)
            for at, lstm in zip(lstm_cases, lstms, strict=True):
                ratio = slower(lstm, gru)
                yield {
                    "I": grid.step_inputs,
                    "H": width,
                    "at": at,
                    "lstm_width": lstm.case.sizes["H"],
                    **_percentiles("gru", gru),
                    **_percentiles("lstm", lstm),
                    "ratio": ratio.median,
                    "ratio_low": ratio.low,
                    "ratio_high": ratio.high,
                    "repeats": grid.repeats,
                    "steps": sum(map(len, lstm.seconds)),
                    "versions": lstm.versions,
                }


def _percentiles(who: str, stepped: Stepped) -> dict[str, float]:
    return {f"{who}_p{percent}": stepped.percentile(percent) for percent in (50, 95, 99)}


def _layer_cases(sizes: Sizes, prefix: str = "") -> tuple[Case, dict[At, Case]]:
    """Returns the GRU's case and the LSTMs', for layers alone."""
    inputs, width = sizes["I"], sizes["H"]
    equal = equal_lstm_width(gru_parameters(inputs, width), lambda _: inputs)
    return Case(f"{prefix}gru", dict(sizes)), {
        "equal width": Case(f"{prefix}lstm", dict(sizes)),
        "equal parameters": Case(f"{prefix}lstm", dict(sizes) | {"H": equal}),
    }


def _model_cases(sizes: Sizes) -> tuple[Case, dict[At, Case]]:
    """Returns the GRU's case and the LSTMs', for training steps of whole models on copy memory."""
    budget = _parameters(Case("train_gru", sizes))
    match = solve_width(_architecture("train_lstm", 1), "parameters", budget, **_COPY_MEMORY)
    return Case("train_gru", dict(sizes)), {
        "equal width": Case("train_lstm", dict(sizes)),
        "equal parameters": Case("train_lstm", dict(sizes) | {"H": match.width}),
    }


_COPY_MEMORY: dict[str, Any] = {"encoder": "embedding", "inputs": TOKENS, "outputs": CLASSES}


def _architecture(measurement: str, width: int) -> Architecture:
    layer = {"train_gru": GRU, "train_lstm": LSTM}[measurement]
    return Architecture(layer, layers=1, norm="none", residual=False, width=width)


def _parameters(case: Case) -> int:
    """Returns the parameters of a case's layer, or of its whole model."""
    width = case.sizes["H"]
    if case.measurement.startswith("train_"):
        return _architecture(case.measurement, width).build(**_COPY_MEMORY).parameters
    count = gru_parameters if case.measurement.endswith("gru") else lstm_parameters
    return count(case.sizes["I"], width)
