"""How long a layer takes forward and backward, and a training step of a whole model."""

from collections.abc import Iterator
from typing import Any

import polars as pl

from lrbench.bench.case import Case
from lrbench.bench.duel import Timed, duel, float64_worker, slower, workers
from lrbench.bench.process import Process
from lrbench.studies.gru_against_lstm.cases import ATS, COMPARED, At, Work, compared, layer_cases, model_cases
from lrbench.studies.gru_against_lstm.grid import GRIDS, Grid, Sizes
from lrbench.studies.gru_against_lstm.measured import WHERE, remembered
from lrbench.studies.results import Results

#: The GRU and the LSTM of its width; the other LSTM is the same core at another width.
_CHECKED = 2

TIMES: dict[str, Any] = {
    **COMPARED,
    "gru_seconds": pl.Float64(),  # median over rounds
    "lstm_seconds": pl.Float64(),
    "ratio": pl.Float64(),  # LSTM over GRU, median over rounds
    "ratio_low": pl.Float64(),  # least of a round
    "ratio_high": pl.Float64(),
    "repeats": pl.Int64(),
    "deviation": pl.Float64(),  # from float64, of the worse; null where nothing was compared
    "implementation": pl.String(),
    **WHERE,
}


def times(results: Results) -> pl.DataFrame:
    """Returns the times of layers and of training steps, with the columns of `TIMES`.

    Raises:
        RunError: a worker could not do a case.
    """
    grid = GRIDS[results.scale]
    asked = (grid.layers, grid.models, grid.repeats)
    return remembered(results, "gru-lstm-times", asked, TIMES, lambda: _times(grid))


def _times(grid: Grid) -> Iterator[dict[str, Any]]:
    with workers(1 + len(ATS)) as mine, float64_worker() as truth:
        for sizes in grid.layers:
            yield from _timed("layer", sizes, layer_cases(sizes), mine, grid.repeats, truth)
    if not grid.models:
        return
    # Workers of their own: in one that has spread a layer over its devices, short steps on one device were seen to take
    # now 0.4, now 1.3 ms.
    with workers(1 + len(ATS)) as mine:
        for model in grid.models:
            yield from _timed("training step", model, model_cases(model), mine, grid.repeats, None)


def _timed(
    work: Work,
    sizes: Sizes,
    cases: tuple[Case, dict[At, Case]],
    processes: list[Process],
    repeats: int,
    truth: Process | None,
) -> Iterator[dict[str, Any]]:
    gru, *lstms = duel(processes, [cases[0], *cases[1].values()], repeats, truth, compared=_CHECKED)
    for at, lstm in zip(cases[1], lstms, strict=True):
        ratio = slower(lstm, gru)
        deviations = [one.deviation for one in (gru, lstm) if one.deviation is not None]
        yield {
            **compared(work, sizes, at, gru.case, lstm.case),
            "gru_seconds": gru.median,
            "lstm_seconds": lstm.median,
            "ratio": ratio.median,
            "ratio_low": ratio.low,
            "ratio_high": ratio.high,
            "repeats": repeats,
            "deviation": max(deviations, default=None),
            "implementation": _ways(gru, lstm),
            "versions": lstm.place.versions,
        }


def _ways(gru: Timed, lstm: Timed) -> str:
    return "; ".join(dict.fromkeys(one.note for one in (gru, lstm) if one.note))
