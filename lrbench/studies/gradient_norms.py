"""The gradient norms that runs logged while they trained, lane by lane."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from lrbench.runs.configuration import Run
from lrbench.runs.folder import RunFolder

SCHEMA: dict[str, pl.DataType] = {
    "run": pl.String(),
    "lane": pl.Int64(),
    "clip": pl.Float64(),  # the norm that gradients were scaled down to; null: nothing was clipped
    "norm": pl.Float64(),  # mean over all updates, before clipping
    "norm_max": pl.Float64(),  # over all updates
    "clipped": pl.Float64(),  # share of updates that were above the clipping norm
}


def gradient_norms(runs: Mapping[str, Run]) -> pl.DataFrame:
    """Returns a row for each lane of the runs, with the columns of `SCHEMA`.

    Norms of updates that were not finite are not among them: a lane is frozen at the first of those.
    """
    rows = [
        {"run": name, "clip": run.optimizer.clip} | one
        for name, run in runs.items()
        for one in norms_of_lanes(RunFolder(run.folder).read_metrics())
    ]
    return pl.DataFrame(rows, schema=SCHEMA)


def norms_of_lanes(logged: Sequence[Mapping[str, Any]]) -> list[dict[str, str | float | None]]:
    """Returns, lane by lane, the mean and the largest norm and the share of clipped updates.

    Args:
        logged: the evaluations, as `RunFolder.read_metrics` returns them: each holds the mean norm, the largest norm
            and the share of clipped updates since the one before, for each lane; null where there was no finite one.
    """
    if not logged:
        return []
    steps = [line["step"] for line in logged]
    weights = [step - before for step, before in zip(steps, [0, *steps[:-1]], strict=True)]
    found: list[dict[str, str | float | None]] = []
    for lane in range(len(logged[0]["norm"])):
        known = [
            (weight, line["norm"][lane], line["clipped"][lane])
            for weight, line in zip(weights, logged, strict=True)
            if line["norm"][lane] is not None
        ]
        total = sum(weight for weight, _, _ in known)
        largest = [line["norm_max"][lane] for line in logged if line["norm_max"][lane] is not None]
        found.append(
            {
                "lane": lane,
                "norm": sum(weight * norm for weight, norm, _ in known) / total if total else None,
                "norm_max": max(largest) if known and largest else None,
                "clipped": sum(weight * (share or 0.0) for weight, _, share in known) / total if total else None,
            }
        )
    return found
