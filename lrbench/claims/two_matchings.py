"""One GRU beside two LSTMs: one with the same number of parameters, one with the same width."""

import polars as pl

PARAMETERS, WIDTH = "equal parameters", "equal width"


def with_shared_gru(rows: pl.DataFrame) -> pl.DataFrame:
    """Adds the GRUs of the arm `equal parameters` to the arm `equal width`, which has trained LSTMs only.

    They are the same GRUs, so the two LSTMs differ by nothing but the matching.

    Args:
        rows: with the column `arm`.

    Raises:
        ValueError: an LSTM of equal width has no such GRU, or one of another width.
    """
    place = ["task", "train_length"]
    lstm = rows.filter(pl.col("arm") == WIDTH, pl.col("model") == "lstm").select(*place, "width").unique()
    gru = rows.filter(pl.col("arm") == PARAMETERS, pl.col("model") == "gru")
    shared = gru.join(lstm.select(place), on=place, how="semi")
    widths = lstm.join(shared.select(*place, pl.col("width").alias("gru")).unique(), on=place, how="left")
    for task, length, width, other in widths.iter_rows():
        if other is None:
            raise ValueError(f"{task} at length {length} has an LSTM of equal width and no GRU; train one there.")
        if other != width:
            raise ValueError(
                f"On {task} at length {length} the GRU has width {other} and the LSTM of equal width {width}; write "
                f"budget={other} there."
            )
    return pl.concat([rows, shared.with_columns(pl.lit(WIDTH).alias("arm"))])
