"""How far a network counts: the largest n of a counting task up to which it is exact."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from jaxtyping import Float

from lrbench.analysis.contest import contest
from lrbench.analysis.decision import Paired

#: Words of n = 0 and 1 need no memory, and a network may miss them and count all the same.
FIRST_N = 2


def largest_n(rows: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Returns how far each network counts.

    Args:
        rows: a row for each network and n, with `n`, `sequence_accuracy` (1 where the word is exactly right),
            `token_accuracy` (1 where it is accepted).
        by: the columns that name a network.

    Returns:
        A row for each network: `exact`, the largest n such that every word from n = 2 up to it is exactly right, 0
        where n = 2 is not; `accepted`, the same for acceptance alone; `accepted_share`, the share of the words from
        n = 2 on that are accepted; `largest`, the largest n that was asked.
    """
    asked = rows.filter(pl.col("n") >= FIRST_N).sort(*by, "n")

    def reach(column: str) -> pl.Expr:
        held = (pl.col(column) == 1).fill_null(False).cast(pl.Int8).cum_min() == 1
        return pl.col("n").filter(held).max().fill_null(0)

    return asked.group_by(list(by), maintain_order=True).agg(
        reach("sequence_accuracy").alias("exact"),
        reach("token_accuracy").alias("accepted"),
        (pl.col("token_accuracy") == 1).fill_null(False).mean().alias("accepted_share"),
        pl.col("n").max().alias("largest"),
    )


def paired_log_ratios(first: pl.DataFrame, second: pl.DataFrame, column: str) -> Float[np.ndarray, " pairs"]:
    """Returns log2(first / second) of a reach over the seeds that both have, in their order; a reach of 0 counts as 1.

    Args:
        first: a row for each seed.
        second: a row for each seed.
        column: the reach, 0 or above.
    """
    pairs = first.select("seed", column).join(second.select("seed", column), on="seed", suffix="_second").sort("seed")
    upper, lower = (np.maximum(pairs[name].to_numpy(), 1) for name in (column, f"{column}_second"))
    return np.asarray(np.log2(upper / lower), dtype=np.float64)


def log_contest(first: pl.DataFrame, second: pl.DataFrame, column: str) -> Paired:
    """Returns the comparison of two models by log2 of a reach, each at the rate that validation chose for it.

    Args:
        first: a row for each lane of all rates: `seed`, `learning_rate`, `validation_score`, `validation_loss` and the
            column that `column` names.
        second: the same of the other.
        column: the reach, 0 or above; 0 counts as 1.
    """
    value = pl.col(column).clip(lower_bound=1).cast(pl.Float64).log(2).alias("value")
    return contest(*(side.with_columns(value) for side in (first, second)), value="value")
