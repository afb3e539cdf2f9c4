"""What every lane of every arm scored in the end, at the length that it was trained to."""

import polars as pl

from lrbench.analysis.contenders import prepare


def final_scores(rows: pl.DataFrame) -> pl.DataFrame:
    """Returns a row per lane of each arm at the length of training; a score below chance, or none, counts as 0.

    Args:
        rows: with the column `arm`; a run may stand in several arms.
    """
    here = rows.filter(pl.col("eval_length") == pl.col("train_length"))
    return pl.concat(
        [
            prepare(part.drop("arm").unique(["run", "lane"], maintain_order=True))
            .drop("contender")
            .with_columns(pl.col("scaled_score").clip(lower_bound=0.0), pl.lit(part["arm"][0]).alias("arm"))
            for part in here.partition_by("arm", maintain_order=True)
        ]
    )
