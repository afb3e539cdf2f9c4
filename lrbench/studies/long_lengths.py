"""Scores of trained lanes at lengths far beyond those that the rows hold, where a few sequences must do.

A run tests every length on the same number of sequences. At a million steps a handful is all that can be read, and the
shorter lengths deserve more; so the longest are read here, from the same test stream, with parameters that the run
ended with and a carried state, so that memory does not grow with the length.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import jax
import polars as pl

from lrbench.data import Metrics
from lrbench.evaluation import Reader, make_examiner, scale, score
from lrbench.models import Params
from lrbench.runs.configuration import Run
from lrbench.runs.trained import trained_parameters
from lrbench.studies import Results
from lrbench.training import spread_lanes

#: Steps that are read at once.
PIECE = 1024

COLUMNS: dict[str, pl.DataType] = {
    "run": pl.String(),
    "model": pl.String(),
    "lane": pl.Int64(),
    "seed": pl.Int64(),
    "train_length": pl.Int64(),
    "eval_length": pl.Int64(),
    "sequences": pl.Int64(),  # that each lane was asked
    "chance": pl.Float64(),
    "score": pl.Float64(),
    "scaled_score": pl.Float64(),
}


def read_long(run: Run, params: Params, lanes: Sequence[int], counts: Mapping[int, int]) -> pl.DataFrame:
    """Scores some lanes at some lengths; a row a lane and length, as `COLUMNS` has them.

    All lanes, of this run and of others on the same task, are asked the same sequences.

    Args:
        run: what was trained.
        params: the parameters of all lanes of the run, leaves `[lanes, ...]`.
        lanes: which of them to ask.
        counts: for each length, in steps, how many sequences.
    """
    laid = spread_lanes(len(lanes))
    own = laid.pad(jax.tree.map(lambda leaf: leaf[list(lanes)], params))
    reader = Reader(run.task, run.model, laid.mesh, laid.padded, PIECE)
    rows = []
    # As in training and testing: float32 products are not rounded to less, unless the run says so.
    with jax.default_matmul_precision("tensorfloat32" if run.precision == "tf32" else "highest"):
        for length, count in sorted(counts.items()):
            (questions,) = make_examiner(run.task, run.lengths, count, (length,)).test()
            metrics = reader.read(own, questions)
            chance = run.task.chance(length)
            for place, lane in enumerate(lanes):
                scores = score(run.task, Metrics(*(leaf[place] for leaf in metrics)))
                rows.append(
                    {
                        "run": run.name,
                        "model": run.model_name,
                        "lane": lane,
                        "seed": run.lanes[lane].seed,
                        "train_length": run.lengths.longest,
                        "eval_length": length,
                        "sequences": scores.sequences,
                        "chance": chance,
                        "score": scores.score,
                        "scaled_score": scale(scores.score, chance),
                    }
                )
    return pl.DataFrame(rows, schema=COLUMNS)


def long_scores(results: Results, chosen: pl.DataFrame, counts: Mapping[int, int]) -> pl.DataFrame:
    """Returns the scores of chosen lanes at long lengths, remembered beside the runs for every study that asks.

    Args:
        results: of the study.
        chosen: rows of the lanes to ask.
        counts: for each length, in steps, how many sequences.

    Raises:
        RunError: a run is not complete, or no checkpoint of it is whole.
    """
    tables = [pl.DataFrame(schema=COLUMNS)]
    for name in sorted(set(chosen["run"].to_list())):
        run = results.runs[name]
        lanes = sorted(set(chosen.filter(pl.col("run") == name)["lane"].to_list()))
        shared = replace(results, folder=run.runs / "made" / "long_lengths")
        of = (name, f"lanes {lanes}", f"sequences {sorted(counts.items())}")
        tables.append(shared.remembered(name, partial(_measure, run, lanes, counts), of=of))
    return pl.concat(tables)


def _measure(run: Run, lanes: Sequence[int], counts: Mapping[int, int]) -> pl.DataFrame:
    return read_long(run, trained_parameters(run), lanes, counts)
