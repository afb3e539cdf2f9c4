"""What the lanes of a study lost on validation as they were trained: read from the runs, and drawn."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl
from matplotlib.axes import Axes

from lrbench.analysis.drawing import Look
from lrbench.figures.median_lines import draw_median_line
from lrbench.figures.over_seeds import spread
from lrbench.runs.folder import RunFolder

SCHEMA: dict[str, pl.DataType] = {
    "arm": pl.String(),
    "model": pl.String(),
    "train_length": pl.Int64(),
    "seed": pl.Int64(),
    "learning_rate": pl.Float64(),
    "step": pl.Int64(),  # updates
    "loss": pl.Float64(),  # on validation: cross-entropy in nats, or squared error, a step; null where it is not finite
}


def validation_curves(rows: pl.DataFrame, folders: Mapping[str, Path]) -> pl.DataFrame:
    """Returns the loss on validation at every evaluation, of every lane that has rows.

    Args:
        rows: of a study, with the column `arm`.
        folders: of the runs, by name.

    Returns:
        A table with the columns of `SCHEMA`.
    """
    lanes = rows.unique(["arm", "run", "lane"], keep="first", maintain_order=True)
    points = []
    logged = {run: RunFolder(folders[run]).read_metrics() for run in lanes["run"].unique(maintain_order=True)}
    for lane in lanes.iter_rows(named=True):
        own = {name: lane[name] for name in ("arm", "model", "train_length", "seed", "learning_rate")}
        points += [
            own | {"step": line["step"], "loss": line["validation_loss"][lane["lane"]]} for line in logged[lane["run"]]
        ]
    return pl.DataFrame(points, schema=SCHEMA)


def draw_validation_curves(panel: Axes, curves: pl.DataFrame, name: str, styles: Mapping[str, Look]) -> None:
    """Draws the loss over updates, its median over seeds and their range, on a logarithmic scale.

    Args:
        panel: to draw into.
        curves: as `validation_curves` returns them. A loss that is not finite is left out.
        name: the column whose values are a line each.
        styles: a look for each of them.
    """
    for one in sorted(set(curves[name])):
        line = spread(curves.filter((pl.col(name) == one) & pl.col("loss").is_finite()), ["step"], "loss")
        draw_median_line(panel, line, "step", styles[one], one, marked=False)
    panel.set_yscale("log")
    panel.set_xlabel("updates")
    panel.grid(axis="y", color="#ECECEC", linewidth=0.8)
    panel.set_axisbelow(True)
