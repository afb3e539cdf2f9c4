"""The regular languages, and sorting, as figures speak of them: names, lengths of strings, scores over all lengths."""

import polars as pl

from lrbench.studies.model_names import MODEL_NAMES

#: The tasks, and what they are called in print.
TASK_NAMES = {
    "even_pairs": "even pairs",
    "modular_arithmetic": "modular arithmetic",
    "parity": "parity",
    "cycle_navigation": "cycle navigation",
    "bucket_sort": "bucket sort",
}
#: The models, and what they are called in print.
LONG_NAMES = MODEL_NAMES | {
    "mamba": "Mamba, eigenvalues in [0, 1]",
    "mamba_signed": "Mamba, eigenvalues in [−1, 1]",
}
#: Symbols of the longest string in training, and of the shortest that counts as longer.
TRAINED, SHORTEST = 40, 41


def with_symbols(rows: pl.DataFrame) -> pl.DataFrame:
    """Adds the column `symbols`: how many symbols the string has, without queries.

    Parity asks at the last symbol; bucket sort has a query for each symbol; the others end with one query.
    """
    length = pl.col("eval_length")
    symbols = (
        pl.when(pl.col("task") == "parity")
        .then(length)
        .when(pl.col("task") == "bucket_sort")
        .then(length // 2)
        .otherwise(length - 1)
    )
    return rows.with_columns(symbols.alias("symbols"))


def lane_means(rows: pl.DataFrame, score: str, longest: int) -> pl.DataFrame:
    """Returns each lane's mean score over the tested strings of 41 to `longest` symbols.

    Args:
        rows: the table, as `at_selected_rates` returns it.
        score: the column to average.
        longest: symbols of the longest string that counts.

    Returns:
        A row per (task, model, run, lane), with `seed` and `value`; a lane that was tested at no such length is
        missing.
    """
    counted = with_symbols(rows).filter(pl.col("symbols").is_between(SHORTEST, longest))
    return counted.group_by("task", "model", "run", "lane", "seed", maintain_order=True).agg(
        pl.col(score).mean().alias("value")
    )


def values_of(means: pl.DataFrame, task: str, model: str) -> list[float]:
    """Returns the values of `lane_means` of a model on a task, in the order of its seeds; none where none was run."""
    own = means.filter((pl.col("task") == task) & (pl.col("model") == model)).sort("seed")
    return own["value"].to_list()
