"""From the metrics of a run to its rows of the tidy table."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from lrbench.data import Metrics
from lrbench.evaluation import scale, score
from lrbench.runs.configuration import Run
from lrbench.runs.provenance import commit, device
from lrbench.runs.table import SCHEMA
from lrbench.training import TrainState


class Costs(NamedTuple):
    """What a training took.

    Attributes:
        seconds: training, all lanes together, without compilation and evaluation.
        compile_seconds: compiling the training.
        tokens_per_second: steps of sequences read in training, padding included, all lanes together.
    """

    seconds: float
    compile_seconds: float
    tokens_per_second: float


def make_rows(
    run: Run,
    lanes: TrainState,
    tested: Sequence[tuple[int, Sequence[Metrics]]],
    costs: Costs,
    logged: Sequence[Mapping[str, Any]],
) -> pl.DataFrame:
    """Makes a row for every lane and tested length.

    Args:
        run: what was trained.
        lanes: the state at the end of training, without padding.
        tested: each length with its metrics, one for each lane.
        costs: what the training took.
        logged: the evaluations on validation, as `RunFolder.read_metrics` returns them.
    """
    solved, diverged = np.asarray(lanes.solved_step).tolist(), np.asarray(lanes.diverged_step).tolist()
    step, code, machine = int(lanes.step[0]), commit(), device()
    validation = validated(logged, step, solved)
    rows: list[dict[str, Any]] = []
    for length, metrics in tested:
        chance, lag, n = run.task.chance(length), run.task.lag(length), run.task.n(length)
        for number, lane in enumerate(run.lanes):
            scores = score(run.task, metrics[number])
            rows.append(
                {
                    "run": run.name,
                    "experiment": run.experiment,
                    "task": run.task_name,
                    "model": run.model_name,
                    "lane": number,
                    "seed": lane.seed,
                    "learning_rate": lane.learning_rate,
                    "step": step,
                    "train_length": run.lengths.longest,
                    "eval_length": length,
                    "n": n,
                    "lag": lag,
                    "score_name": run.task.score,
                    "chance": chance,
                    "scaled_score": scale(scores.score, chance),
                    "width": run.width,
                    "match": None if run.match is None else run.match.by,
                    "match_residual": None if run.match is None else run.match.residual,
                    "parameters": run.model.parameters,
                    "state_size": run.model.state_size,
                    "solved_step": solved[number] if solved[number] >= 0 else None,
                    "diverged_step": diverged[number] if diverged[number] >= 0 else None,
                    "device": machine,
                    "commit": code,
                }
                | scores._asdict()
                | costs._asdict()
                | validation[number]
            )
    return pl.DataFrame(rows, schema=SCHEMA).sort("lane", "eval_length")


def validated(logged: Sequence[Mapping[str, Any]], step: int, solved: Sequence[int]) -> list[dict[str, float | None]]:
    """Returns what validation says of each lane, as columns of the table.

    Args:
        logged: the evaluations, as `RunFolder.read_metrics` returns them.
        step: where training ended. Its line is missing where a power cut took the end of the log; then nothing is said.
        solved: the step at which each lane had solved the task, or -1.
    """
    last = next((line for line in logged if line["step"] == step), None)
    return [
        {
            "validation_score": None if last is None else last["scaled_score"][lane],
            "validation_loss": None if last is None else last["validation_loss"][lane],
            "solved_seconds": next((line["seconds"] for line in logged if line["step"] == at), None),
        }
        for lane, at in enumerate(solved)
    ]
