"""A model's line in a figure: the median over seeds, with the range of the seeds as a band."""

import polars as pl
from matplotlib.axes import Axes

from lrbench.analysis.drawing import FAINT, Look


def draw_median_line(panel: Axes, cells: pl.DataFrame, x: str, look: Look, label: str, *, marked: bool = True) -> None:
    """Draws one model's median and range.

    Args:
        panel: where.
        cells: a row a point, sorted along `x`: `median`, `min`, `max`, as `over_seeds.spread` has them.
        x: the column along the axis.
        look: how.
        label: in the legend.
        marked: whether the points have markers.
    """
    places, low, high = (cells[name].to_numpy() for name in (x, "min", "max"))
    panel.fill_between(places, low, high, color=look.colour, alpha=0.15, linewidth=0)
    panel.plot(
        places,
        cells["median"].to_numpy(),
        label=label,
        color=look.colour,
        linestyle=look.dashes,
        linewidth=look.width,
        marker=look.marker if marked else "",
        markersize=5.5,
        markeredgecolor="white",
        markeredgewidth=0.7,
    )


def mark_training_length(panel: Axes, length: int) -> None:
    """Draws the training length as a dashed upright line, named at the top."""
    panel.axvline(length, color=FAINT, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    panel.annotate(
        f"trained at {length:,}",
        (length, 1.0),
        (4, 1),
        ("data", "axes fraction"),
        textcoords="offset points",
        va="bottom",
        fontsize=8,
        color="#666666",
    )


def mark_chance(panel: Axes, chance: float) -> None:
    """Draws the score of guessing as a thin level line, named inside the panel at its right end."""
    mark_level(panel, chance, "chance")


def mark_level(panel: Axes, height: float, words: str, *, dotted: bool = False) -> None:
    """Draws a thin level line, named inside the panel at its right end."""
    panel.axhline(height, color=FAINT, linewidth=0.9, linestyle=(0, (1.5, 2)) if dotted else "-", zorder=1)
    panel.annotate(
        words,
        (1.0, height),
        (-2, 2),
        ("axes fraction", "data"),
        textcoords="offset points",
        ha="right",
        va="bottom",
        fontsize=8,
        color="#666666",
    )
