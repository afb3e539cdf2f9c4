"""Tables and records as a small sweep leaves them, made up from a formula; no run was trained."""

import numpy as np
import polars as pl

from lrbench.runs.record import Record
from lrbench.runs.table import SCHEMA

MODELS = ("gru", "lstm", "mamba")
#: Task: (training length, evaluated lengths, headline score, chance).
TASKS = {
    "adding": (50, (50, 100, 150, 200, 300, 400), "fit", 5 / 6),
    "anbn": (64, tuple(range(4, 513, 2)), "sequence_accuracy", 0.0),
    "parity": (40, (40, 64, 96, 128, 192, 320), "token_accuracy", 0.5),
}
#: How far each model holds, in training lengths, on each task.
HOLDS = {
    ("adding", "gru"): 3.0,
    ("adding", "lstm"): 1.5,
    ("adding", "mamba"): 1.0,
    ("anbn", "gru"): 1.4,
    ("anbn", "lstm"): 5.0,
    ("anbn", "mamba"): 1.1,
    ("parity", "gru"): 20.0,
    ("parity", "lstm"): 20.0,
    ("parity", "mamba"): 0.0,
}
PARAMETERS = {"gru": 4478, "lstm": 4513, "mamba": 4496}
STATE = {"gru": 37, "lstm": 64, "mamba": 1120}


def run_name(task: str, model: str) -> str:
    return f"{task}-{model}-{PARAMETERS[model]:08x}"


def row(**changes: object) -> dict[str, object]:
    """A row of parity at its training length, changed where asked."""
    whole: dict[str, object] = {
        "run": "parity-gru-0000117e",
        "experiment": "quickstart",
        "task": "parity",
        "model": "gru",
        "lane": 0,
        "seed": 0,
        "learning_rate": 1e-3,
        "step": 2000,
        "train_length": 40,
        "eval_length": 40,
        "n": None,
        "lag": 39,
        "sequences": 256,
        "token_accuracy": 1.0,
        "sequence_accuracy": 1.0,
        "loss": 0.01,
        "score": 1.0,
        "score_name": "token_accuracy",
        "chance": 0.5,
        "scaled_score": 1.0,
        "width": 37,
        "match": "parameters",
        "match_residual": -0.005,
        "parameters": 4478,
        "state_size": 37,
        "validation_score": 1.0,
        "validation_loss": 0.01,
        "solved_step": 700,
        "solved_seconds": 4.5,
        "diverged_step": None,
        "seconds": 12.5,
        "compile_seconds": 2.1,
        "tokens_per_second": 180_000.0,
        "device": "cpu (2 cores)",
        "commit": "1a2b3c4d",
    }
    assert set(changes) <= set(whole)
    return whole | changes


def table_of(rows: list[dict[str, object]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=SCHEMA)


def lane_rows(scaled: dict[int, float], chance: float = 0.5, **changes: object) -> list[dict[str, object]]:
    """One lane's rows from its scaled scores by length."""
    scores = {length: chance + value * (1 - chance) for length, value in scaled.items()}
    return [
        row(
            eval_length=length, scaled_score=scaled[length], score=score, token_accuracy=score, chance=chance, **changes
        )
        for length, score in scores.items()
    ]


def sweep(lanes: int = 4) -> pl.DataFrame:
    """Three tasks, three models, `lanes` lanes, six lengths or more; one lane of mamba on adding diverged."""
    rows = []
    for task, (train_length, lengths, score_name, chance) in TASKS.items():
        for model in MODELS:
            for lane in range(lanes):
                rows += _lane(task, model, lane, train_length, lengths, score_name, chance)
    return table_of(rows)


def _lane(task, model, lane, train_length, lengths, score_name, chance):
    rng = np.random.default_rng([*task.encode(), *model.encode(), lane])
    holds = HOLDS[task, model] * train_length * rng.uniform(0.8, 1.25)
    diverged = task == "adding" and model == "mamba" and lane == 2
    solved = holds >= train_length and not diverged
    for length in lengths:
        fade = np.exp(-max(0.0, length / holds - 1)) if holds else rng.uniform(0, 0.03)
        scaled = float("nan") if diverged else float(fade if task != "adding" else 1.3 * fade - 0.3)
        if task == "anbn":
            scaled = float(length <= holds)
        score = chance + scaled * (1 - chance)
        solved_step = int(rng.integers(300, 1900)) if solved else None
        yield row(
            run=run_name(task, model),
            task=task,
            model=model,
            lane=lane,
            seed=lane,
            train_length=train_length,
            eval_length=length,
            n=length // 2 - 1 if task == "anbn" else None,
            lag=length - 1,
            sequences=1 if task == "anbn" else 256,
            token_accuracy=1 - 0.2 * (1 - scaled) if task == "anbn" else score,
            sequence_accuracy=scaled if task != "parity" else max(0.0, 2 * scaled - 1),
            loss=float("nan") if diverged else 1 - scaled,
            score=score,
            score_name=score_name,
            chance=chance,
            scaled_score=scaled,
            parameters=PARAMETERS[model],
            state_size=STATE[model],
            validation_score=None if diverged else min(1.0, holds / train_length),
            validation_loss=None if diverged else 1 - min(1.0, holds / train_length),
            solved_step=solved_step,
            solved_seconds=None if solved_step is None else solved_step / 200,
            diverged_step=411 if diverged else None,
            seconds={"gru": 11.2, "lstm": 14.9, "mamba": 64.0}[model],
            tokens_per_second={"gru": 212_000.0, "lstm": 171_000.0, "mamba": 24_300.0}[model],
        )


def records(lanes: int = 4) -> list[Record]:
    """The records of `sweep`'s runs, and of one run that did not finish."""
    made = [_record(task, model, lanes) for task in TASKS for model in MODELS]
    unfinished = _record("copy_memory", "gru", lanes)
    unfinished["status"] = {"state": "running", "step": 800}
    return [*made, unfinished]


def _record(task: str, model: str, lanes: int) -> Record:
    steps = range(250, 2001, 250)
    return {
        "run": run_name(task, model),
        "folder": f"runs/quickstart/{run_name(task, model)}",
        "config": {
            "task": {"_target_": f"lrbench.tasks.{task}"},
            "model": {"layers": 1},
            "steps": 2000,
            "seeds": lanes,
        },
        "provenance": {
            "command": ["lrbench", "run", "-m", "experiment=quickstart", f"task={task}", f"model={model}"],
            "started": "2025-11-21T02:40:00+00:00",
            "versions": {"jax": "0.10.2", "flax": "0.12.8"},
            "device": "cpu (2 cores)",
            "commit": "1a2b3c4d",
        },
        "status": {"state": "complete", "step": 2000},
        "metrics": [
            {"step": step, "scaled_score": [min(1.0, step / (800 + 300 * lane)) for lane in range(lanes)]}
            for step in steps
        ],
    }
