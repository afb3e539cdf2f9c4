"""Does the sweeps of a study, those that are missing, and gathers what came of them."""

from pathlib import Path

import polars as pl
from rich.console import Console

from lrbench.commands.run import complete
from lrbench.runs.configuration import Run
from lrbench.runs.errors import RunError
from lrbench.runs.reading import read_runs
from lrbench.runs.table import SCHEMA
from lrbench.studies import Results, Scale, Study


def collect(study: Study, scale: Scale, runs: Path, folder: Path, console: Console) -> Results:
    """Returns the results of a study at a scale, after doing the runs that are missing.

    Runs that differ in nothing are one run: several studies share them.

    Args:
        study: its sweeps.
        scale: which of them.
        runs: folder of all runs.
        folder: where the study keeps what it measures itself.
        console: told how it goes.

    Raises:
        RunError: a run did not come to its end; the others did.
    """
    tables: list[pl.DataFrame] = []
    known: dict[str, Run] = {}
    for arm in study.arms[scale]:
        outcome = complete([*arm.words, "-m", f"runs='{runs}'"], console)
        done = outcome.complete
        if len(done) < len(outcome.runs):
            reasons = "; ".join(str(error) for error in outcome.errors) or "see above"
            raise RunError(
                f"{study.name}: {len(outcome.runs) - len(done)} runs of {arm.command} are missing: {reasons}"
            )
        known |= {run.name: run for run in outcome.runs}
        tables.append(read_runs(done)[0].with_columns(pl.lit(arm.name).alias("arm")))
    empty = pl.DataFrame(schema=SCHEMA | {"arm": pl.String()})
    return Results(scale, pl.concat([empty, *tables]), known, folder)
