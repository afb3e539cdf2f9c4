"""Rows of LSTM and GRU with made-up scores, by arm, task and length."""

from collections.abc import Sequence

import polars as pl
from synthetic_results import row, table_of


def lanes(
    model: str,
    scores: Sequence[float],
    *,
    arm: str = "equal parameters",
    task: str = "adding",
    length: int = 100,
    at: int | None = None,
    rate: float = 0.01,
    **changes: object,
) -> pl.DataFrame:
    """Returns a row for each seed: what one model scored at one rate, on a task of lag length - 1."""
    tested = length if at is None else at
    return table_of(
        [
            row(
                **{
                    "run": f"{task}-{model}-{length}-{arm}",
                    "task": task,
                    "model": model,
                    "lane": round(1000 * rate) * 100 + seed,
                    "seed": seed,
                    "learning_rate": rate,
                    "train_length": length,
                    "eval_length": tested,
                    "lag": tested - 1,
                    "scaled_score": score,
                    "validation_score": score,
                    "validation_loss": 1 - score,
                }
                | changes
            )
            for seed, score in enumerate(scores)
        ]
    ).with_columns(pl.lit(arm).alias("arm"))


def spread(centre: float, seeds: int = 10) -> list[float]:
    """Returns scores that lie closely around a centre, no two alike."""
    return [centre + 0.001 * (seed - (seeds - 1) / 2) for seed in range(seeds)]


def both(lstm: float, gru: float, seeds: int = 10, **words: object) -> pl.DataFrame:
    """Returns rows of both models, each close around its score; the difference has a spread of its own."""
    return pl.concat(
        [lanes("lstm", spread(lstm, seeds), **words), lanes("gru", spread(gru, seeds)[::-1], **words)]  # type: ignore[arg-type]
    )
