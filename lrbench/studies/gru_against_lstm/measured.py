"""Measurements that are made once a machine, and the words for their rows."""

import dataclasses
import json
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import polars as pl

from lrbench.bench.case import label
from lrbench.bench.process import WorkerError
from lrbench.runs.errors import RunError
from lrbench.studies.results import Results
from lrbench.studies.this_machine import this_machine

#: What is said where the rounds scatter too much to decide.
UNSTEADY = (
    "The rounds scatter too much to decide: end other work on this machine, remove the remembered times "
    "(gru-lstm-*.parquet in the folder `measured`, beside the files of figures and claims), and run it again."
)

#: Columns of every table: the machine, the versions its workers had loaded, its load average before.
WHERE: dict[str, Any] = {"machine": pl.String(), "versions": pl.String(), "load": pl.Float64()}


def words_of(row: Mapping[str, Any]) -> str:
    """Returns the sizes of a row as a person reads them, as "layer B32 T256 I64 H128"."""
    sizes = label({letter: row[letter] for letter in "BTIH" if row.get(letter) is not None})
    return f"{row['work']} {sizes}" if "work" in row else sizes


def where(table: pl.DataFrame) -> str:
    """Returns the machine that a table was measured on, and how busy it was before."""
    return f"{table['machine'][0]}; load average before it {table['load'][0]:.1f}"


def remembered(
    results: Results, name: str, asked: Any, schema: Mapping[str, Any], measure: Callable[[], Iterator[dict[str, Any]]]
) -> pl.DataFrame:
    """Returns a table that this machine has measured before, or measures now.

    Args:
        results: of the study that asks; all studies share the table.
        name: of the table.
        asked: what is measured, as JSON can hold it: another one is another table.
        schema: columns of the table.
        measure: yields its rows, without the machine and its load.

    Raises:
        RunError: a worker could not do a case.
    """
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
