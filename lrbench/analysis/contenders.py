"""Which rows of the table are compared with which, and what a gap in them counts as."""

import polars as pl

from lrbench.runs.table import SCORES, validate

#: A lane holds at a length when its scaled score there reaches this.
HELD_AT = 0.99


def prepare(table: pl.DataFrame) -> pl.DataFrame:
    """Returns a valid table with gaps in its scores closed and a column `contender`, sorted by length.

    Nothing is dropped. A score that is not a number counts as chance, so its scaled score is 0, whatever else the table
    holds; an accuracy that is not a number counts as 0. Where chance is missing it is taken as 0, so scaled score and
    score are then the same. A loss that is not finite stays out of the loss's own statistics (it becomes null).

    `contender` is what is compared: the model, plus whatever tells apart its rows on one task: the learning
    rate, the training length, the parameter count, and, where one seed still appears in several runs, the
    identity of the run.
    """
    validate(table)
    finite = table.with_columns(
        pl.when(pl.col(name).is_finite()).then(pl.col(name)).otherwise(None).alias(name) for name in SCORES
    )
    chance = pl.col("chance").fill_null(0.0)
    scaled = (pl.col("score") - chance) / (1 - chance)
    scaled = pl.coalesce("scaled_score", pl.when(scaled.is_finite()).then(scaled))
    closed = finite.with_columns(
        pl.when(pl.col("score").is_null()).then(0.0).otherwise(scaled).fill_null(0.0).alias("scaled_score"),
        pl.col("score").fill_null(chance),
        chance,
        pl.col("token_accuracy", "sequence_accuracy").fill_null(0.0),
    )
    return _with_contender(closed).sort("task", "contender", "run", "lane", "eval_length")


def _with_contender(table: pl.DataFrame) -> pl.DataFrame:
    """Adds the column `contender`; see `prepare`."""
    words = {
        "learning_rate": pl.format("lr {}", "learning_rate"),
        "train_length": pl.format("train {}", "train_length"),
        "parameters": pl.format("{} parameters", "parameters"),
    }
    parts = [
        pl.when(pl.col(name).n_unique().over("task", "model") > 1).then(words_of) for name, words_of in words.items()
    ]
    named = table.with_columns(pl.concat_str([pl.col("model"), *parts], separator=" ", ignore_nulls=True).alias("name"))
    shared = (pl.col("run").n_unique().over("task", "name", "seed") > 1).max().over("task", "name")
    identity = pl.when(shared).then(pl.col("run").str.extract(r"([^-]+)$"))
    contender = pl.concat_str([pl.col("name"), identity], separator=" ", ignore_nulls=True)
    return named.with_columns(contender.alias("contender")).drop("name")
