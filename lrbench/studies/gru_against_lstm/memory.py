"""How much memory a layer takes forward and backward, and a training step of a whole model."""

from collections.abc import Iterator
from typing import Any

import polars as pl

from lrbench.bench.case import Case
from lrbench.bench.peak import Peak, peak
from lrbench.studies.gru_against_lstm.cases import COMPARED, At, Work, compared, layer_cases, model_cases
from lrbench.studies.gru_against_lstm.grid import GRIDS, Grid, Sizes
from lrbench.studies.gru_against_lstm.measured import WHERE, remembered
from lrbench.studies.results import Results

MEMORY: dict[str, Any] = {
    **COMPARED,
    "gru_temporary": pl.Int64(),  # bytes, as the compiler counts
    "lstm_temporary": pl.Int64(),
    "gru_lift": pl.Int64(),  # bytes by which the runs lift the resident memory of a fresh process
    "lstm_lift": pl.Int64(),
    "gru_peak": pl.Int64(),  # bytes, the most that was resident, interpreter and libraries included
    "lstm_peak": pl.Int64(),
    **WHERE,
}


def memory(results: Results) -> pl.DataFrame:
    """Returns the memory of layers and of training steps, with the columns of `MEMORY`.

    Raises:
        RunError: a process could not do a case.
    """
    grid = GRIDS[results.scale]
    asked = (grid.memory_layers, grid.memory_models)
    return remembered(results, "gru-lstm-memory", asked, MEMORY, lambda: _memory(grid))


def _memory(grid: Grid) -> Iterator[dict[str, Any]]:
    for layer in grid.memory_layers:
        yield from _peaks("layer", layer, layer_cases(layer))
    for model in grid.memory_models:
        yield from _peaks("training step", model, model_cases(model))


def _peaks(work: Work, sizes: Sizes, cases: tuple[Case, dict[At, Case]]) -> Iterator[dict[str, Any]]:
    gru = peak(cases[0])
    for at, case in cases[1].items():
        lstm = peak(case)
        yield {
            **compared(work, sizes, at, cases[0], case),
            **_bytes("gru", gru),
            **_bytes("lstm", lstm),
            "versions": lstm.versions,
        }


def _bytes(who: str, one: Peak) -> dict[str, int | None]:
    lift = None
    if one.resident_before is not None and one.resident_peak is not None:
        lift = max(0, one.resident_peak - one.resident_before)
    return {f"{who}_temporary": one.temporary_bytes, f"{who}_lift": lift, f"{who}_peak": one.resident_peak}
