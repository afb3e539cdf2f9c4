"""The test of a complete run once more, with its carry and weights in other number formats."""

from collections.abc import Sequence

import jax
import numpy as np
import polars as pl

from lrbench.data import Metrics
from lrbench.evaluation import Reader, make_examiner, scale, score
from lrbench.evaluation.number_formats import NumberFormat, in_format
from lrbench.runs.configuration import Run
from lrbench.runs.trained import trained_parameters
from lrbench.training import spread_lanes

SCHEMA: dict[str, pl.DataType] = {
    "run": pl.String(),
    "lane": pl.Int64(),
    "format": pl.String(),
    "eval_length": pl.Int64(),
    "n": pl.Int64(),
    "token_accuracy": pl.Float64(),
    "sequence_accuracy": pl.Float64(),
    "scaled_score": pl.Float64(),
}


def format_scores(run: Run, formats: Sequence[NumberFormat], lanes: Sequence[int]) -> pl.DataFrame:
    """Reads the sequences of a run's test again.

    Args:
        run: complete.
        formats: the number formats.
        lanes: which of its lanes.

    Returns:
        A row for each format, lane and tested length, with the columns of `SCHEMA`.

    Raises:
        RunError: the run is not complete, or its checkpoint is not whole.
    """
    numbers = sorted(lanes)
    trained = jax.tree.map(lambda leaf: leaf[np.asarray(numbers)], trained_parameters(run))
    spread = spread_lanes(len(numbers))
    questions = list(make_examiner(run.task, run.lengths, run.eval_examples, run.eval_lengths).test())
    readers: dict[str, Reader] = {}  # one for each format of the carry: weights are no part of the compiled program
    rows = []
    # As in a run's own test: no device may round the operands of float32 products.
    with jax.default_matmul_precision("highest"):
        for one in formats:
            model, params = in_format(run.model, trained, one)
            reader = readers.setdefault(one.carry, Reader(run.task, model, spread.mesh, spread.padded, run.eval_piece))
            laid = spread.pad(params)
            for batch in questions:
                metrics = reader.read(laid, batch)
                asked = batch.asked[: batch.wanted]
                for length in sorted(set(asked.tolist())):
                    here = asked == length
                    for place, lane in enumerate(numbers):
                        scores = score(run.task, Metrics(*(leaf[place][here] for leaf in metrics)))
                        rows.append(
                            {
                                "run": run.name,
                                "lane": lane,
                                "format": one.name,
                                "eval_length": length,
                                "n": run.task.n(length),
                                "token_accuracy": scores.token_accuracy,
                                "sequence_accuracy": scores.sequence_accuracy,
                                "scaled_score": scale(scores.score, run.task.chance(length)),
                            }
                        )
    return pl.DataFrame(rows, schema=SCHEMA)


def scores_of_lanes(runs: Sequence[Run], rows: pl.DataFrame, formats: Sequence[NumberFormat]) -> pl.DataFrame:
    """Returns `format_scores` of the lanes that some rows of the table of results hold.

    Args:
        runs: all the runs that the rows are of, or more.
        rows: with `run` and `lane`.
        formats: the number formats.
    """
    wanted = {name: sorted(set(one["lane"].to_list())) for (name,), one in rows.group_by("run")}
    known = {run.name: run for run in runs}
    return pl.concat(
        [pl.DataFrame(schema=SCHEMA)]
        + [format_scores(known[str(name)], formats, lanes) for name, lanes in sorted(wanted.items())]
    )
