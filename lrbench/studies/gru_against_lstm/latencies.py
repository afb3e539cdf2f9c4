"""How long one step of one sequence takes."""

from collections.abc import Iterator
from typing import Any

import polars as pl

from lrbench.bench.duel import Stepped, slower, step_duel, workers
from lrbench.studies.gru_against_lstm.cases import ATS, layer_cases
from lrbench.studies.gru_against_lstm.grid import GRIDS, Grid
from lrbench.studies.gru_against_lstm.measured import WHERE, remembered
from lrbench.studies.results import Results

#: Inputs of single steps, over and over.
_DIFFERENT_STEPS = 64

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
    **WHERE,
}


def latencies(results: Results) -> pl.DataFrame:
    """Returns the latencies of single steps of one sequence, with the columns of `LATENCIES`.

    Raises:
        RunError: a worker could not do a case.
    """
    grid = GRIDS[results.scale]
    asked = (grid.widths, grid.step_inputs, grid.steps, grid.repeats)
    return remembered(results, "gru-lstm-latencies", asked, LATENCIES, lambda: _latencies(grid))


def _latencies(grid: Grid) -> Iterator[dict[str, Any]]:
    with workers(1 + len(ATS)) as mine:
        for width in grid.widths:
            sizes = {"B": 1, "T": _DIFFERENT_STEPS, "I": grid.step_inputs, "H": width}
            gru_case, lstm_cases = layer_cases(sizes, prefix="stream_")
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
                    "versions": lstm.place.versions,
                }


def _percentiles(who: str, stepped: Stepped) -> dict[str, float]:
    return {f"{who}_p{percent}": stepped.percentile(percent) for percent in (50, 95, 99)}
