"""Rows of counting runs as a study would gather them, made up: each network is exact up to a given n."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl
from synthetic_results import row

from lrbench.runs.table import SCHEMA
from lrbench.studies import Results

LETTERS = {"anbn": 2, "anbncn": 3}


def counts(
    reach: Mapping[tuple[str, str, str], Sequence[int]], trained: int, largest: int, *, accepted: int = 3
) -> pl.DataFrame:
    """Rows of networks that are exact for n = 0 … reach and accept `accepted` times as many.

    Args:
        reach: by arm, task and model, the reach of each seed.
        trained: longest n trained.
        largest: largest n asked.
        accepted: how many times the reach is accepted.
    """
    tables = []
    for (arm, task, model), reaches in reach.items():
        letters = LETTERS[task]
        rows = [
            row(
                run=f"{task}-{model}-{'0a' if 'word' in arm else '0b'}{len(arm):02x}0000",
                task=task,
                model=model,
                lane=seed,
                seed=seed,
                learning_rate=0.01,
                train_length=letters * trained + 1,
                eval_length=letters * n + 1,
                n=n,
                score_name="sequence_accuracy",
                chance=0.0,
                sequence_accuracy=float(n <= far),
                token_accuracy=1.0 if n <= accepted * far else 0.5,
                score=float(n <= far),
                scaled_score=float(n <= far),
                validation_score=min(1.0, far / trained),
                validation_loss=1 / (1 + far),
            )
            for seed, far in enumerate(reaches)
            for n in range(largest + 1)
        ]
        tables.append(pl.DataFrame(rows, schema=SCHEMA).with_columns(pl.lit(arm).alias("arm")))
    return pl.concat(tables)


def results_of(rows: pl.DataFrame, folder: Path) -> Results:
    return Results("cpu", rows, {}, folder)
