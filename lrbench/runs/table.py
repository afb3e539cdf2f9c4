"""The tidy table of results: its columns and its checks. A row is one (run, lane, evaluated length)."""

import polars as pl

SCHEMA: dict[str, pl.DataType] = {
    "run": pl.String(),  # the run's folder name
    "experiment": pl.String(),
    "task": pl.String(),
    "model": pl.String(),
    "lane": pl.Int64(),  # one independent training inside the run
    "seed": pl.Int64(),
    "learning_rate": pl.Float64(),
    "step": pl.Int64(),  # steps trained
    "train_length": pl.Int64(),  # longest training sequence, in steps
    "eval_length": pl.Int64(),
    "n": pl.Int64(),  # the n of counting tasks; null for others
    "lag": pl.Int64(),  # steps between a piece of information and its use
    "sequences": pl.Int64(),  # sequences evaluated
    "token_accuracy": pl.Float64(),
    "sequence_accuracy": pl.Float64(),
    "loss": pl.Float64(),
    "score": pl.Float64(),  # the headline score
    "score_name": pl.String(),  # token_accuracy, sequence_accuracy or fit (1 - mean squared error)
    "chance": pl.Float64(),  # the score of the best guess that remembers nothing
    "scaled_score": pl.Float64(),  # (score - chance) / (1 - chance)
    "width": pl.Int64(),  # of the model's blocks
    "match": pl.String(),  # what the width was solved for: parameters, state, flops or width; null: it was given
    "match_residual": pl.Float64(),  # (what the model has - the budget) / the budget
    "parameters": pl.Int64(),
    "state_size": pl.Int64(),  # numbers carried from one step to the next
    "validation_score": pl.Float64(),  # the scaled score on validation of what was trained; rates are chosen by it
    "validation_loss": pl.Float64(),
    "solved_step": pl.Int64(),  # steps until validation was solved; null when it never was
    "solved_seconds": pl.Float64(),  # training seconds of the whole run, all its lanes, up to that step
    "diverged_step": pl.Int64(),  # step at which the loss stopped being finite; null when it never did
    "seconds": pl.Float64(),  # training seconds of the whole run, all its lanes
    "compile_seconds": pl.Float64(),
    "tokens_per_second": pl.Float64(),  # in training
    "device": pl.String(),
    "commit": pl.String(),
}

SCORES = ("token_accuracy", "sequence_accuracy", "loss", "score", "chance", "scaled_score")

#: Columns that may be null. A score may also be NaN, which means the same.
NULLABLE = frozenset(
    {
        "n",
        "match",
        "match_residual",
        "validation_score",
        "validation_loss",
        "solved_step",
        "solved_seconds",
        "diverged_step",
        *SCORES,
    }
)


def validate(table: pl.DataFrame) -> pl.DataFrame:
    """Checks that a table of results is one, and returns it. More columns than `SCHEMA` has are allowed.

    Raises:
        ValueError: the table is empty, misses a column, has one of another type, holds a null where none may
            be, or holds the same (run, lane, evaluated length) twice.
    """
    missing = [name for name in SCHEMA if name not in table.columns]
    if missing:
        raise ValueError(f"The table of results lacks the column(s) {', '.join(missing)}; write it with SCHEMA.")
    for name, kind in SCHEMA.items():
        if table.schema[name] != kind:
            raise ValueError(f"Column {name!r} of the table is {table.schema[name]}, not {kind}; write it with SCHEMA.")
    if table.is_empty():
        raise ValueError("The table of results has no rows, so there is nothing to report; finish a run first.")
    nulls = [name for name in SCHEMA if name not in NULLABLE and table[name].null_count()]
    if nulls:
        raise ValueError(f"Column {nulls[0]!r} of the table holds a null; only {', '.join(sorted(NULLABLE))} may.")
    twice = table.filter(pl.struct("run", "lane", "eval_length").is_duplicated())
    if not twice.is_empty():
        run, lane, length = twice.select("run", "lane", "eval_length").row(0)
        raise ValueError(f"Run {run!r} has lane {lane} at length {length} twice; name each run folder once.")
    return table
