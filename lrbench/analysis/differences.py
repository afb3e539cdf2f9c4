"""The figure of a comparison: the difference of every pair of seeds, and the mean with its interval."""

from typing import Any

import matplotlib as mpl
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from lrbench.analysis.comparison import Comparison
from lrbench.analysis.contenders import prepare
from lrbench.analysis.drawing import FAINT, INK, STYLE, panels
from lrbench.analysis.selection import SETTING, with_contender

_ESTABLISHED, _OTHER = "#0072B2", "#4D4D4D"
#: Of the axis: differences beyond are drawn at its edge.
_WIDEST = 1.25


def paired_differences(table: pl.DataFrame, comparison: Comparison) -> Figure | None:
    """Draws the differences that are decided: a panel a task, a row a comparison, a dot a pair of seeds.

    The mean has its 95 % bootstrap interval; it is filled and blue where the difference is established. The margin is
    shaded. Returns None where no two contenders share a seed.

    Args:
        table: of results, which the comparison was made of.
        comparison: what is drawn.
    """
    family = comparison.family
    if family.is_empty():
        return None
    rows = comparison.selection.keep(with_contender(prepare(table)))
    settings = family.partition_by(SETTING, maintain_order=True)
    with mpl.rc_context(STYLE):
        figure, axes = panels(len(settings))
        tallest = max(setting.height for setting in settings)
        rows_of_panels = -(-len(settings) // (2 if len(settings) == 4 else min(len(settings), 3)))
        figure.set_size_inches(figure.get_figwidth() + 2.0, rows_of_panels * max(2.2, 0.36 * tallest + 1.0) + 0.9)
        for panel, setting in zip(axes, settings, strict=True):
            _draw(panel, setting.to_dicts(), rows, comparison.margin)
            task, trained = setting.select(SETTING).row(0)
            panel.set_title(comparison.name(task, trained))
        figure.supxlabel("difference of scaled scores, first less second, a dot a pair of seeds", fontsize=10)
        _legend(figure, comparison)
    return figure


def _draw(panel: Axes, pairs: list[dict[str, Any]], rows: pl.DataFrame, margin: float) -> None:
    """Draws one setting's comparisons, from top to bottom."""
    panel.axvspan(-margin, margin, color="#E9E9E9", linewidth=0, zorder=0)
    panel.axvline(0, color=FAINT, linewidth=0.9, zorder=1)
    widest = 0.1
    for place, pair in enumerate(pairs):
        seen = np.clip(_differences(rows, pair), -_WIDEST, _WIDEST)
        # Dots on the same spot are set apart by a fixed pattern, upwards and downwards in turn.
        spread = (np.arange(seen.size) % 5 - 2) * 0.055
        panel.plot(seen, place + 0.17 + spread, "o", color=FAINT, markersize=3.2, alpha=0.75, markeredgewidth=0)
        colour = _ESTABLISHED if pair["established"] else _OTHER
        if pair["low"] is not None:
            ends = np.clip([pair["low"], pair["high"]], -_WIDEST, _WIDEST)
            panel.plot(ends, [place - 0.17] * 2, color=colour, linewidth=2.2, solid_capstyle="butt")
        mean = float(np.clip(pair["mean_difference"], -_WIDEST, _WIDEST))
        face = colour if pair["established"] else "white"
        panel.plot(mean, place - 0.17, "D", color=colour, markerfacecolor=face, markersize=6, markeredgewidth=1.4)
        widest = max(widest, float(np.abs(seen).max()))
    panel.set_xlim(-1.08 * widest, 1.08 * widest)
    panel.set_ylim(len(pairs) - 0.45, -0.55)
    names = [f"{pair['first']} − {pair['second']}, {_place(pair)}" for pair in pairs]
    panel.set_yticks(range(len(pairs)), names)
    panel.tick_params(axis="y", length=0, labelcolor=INK)


def _differences(rows: pl.DataFrame, pair: dict[str, Any]) -> np.ndarray:
    """Returns the differences of one comparison, a number a shared seed."""
    here = rows.filter(pl.col(name) == pair[name] for name in (*SETTING, "eval_length"))
    first, second = (here.filter(pl.col("contender") == pair[side]) for side in ("first", "second"))
    paired = first.join(second, on="seed", suffix="_second").sort("seed")
    return (paired["scaled_score"] - paired["scaled_score_second"]).to_numpy()


def _place(pair: dict[str, Any]) -> str:
    return f"{pair['eval_length']}" if pair["n"] is None else f"n = {pair['n']}"


def _legend(figure: Figure, comparison: Comparison) -> None:
    """Names the marks, above the panels."""
    level = f"{comparison.level:g}"
    handles = [
        Line2D([], [], color=_ESTABLISHED, marker="D", markersize=6, linewidth=2.2, label=f"established at {level}"),
        Line2D(
            [],
            [],
            color=_OTHER,
            marker="D",
            markerfacecolor="white",
            markersize=6,
            linewidth=2.2,
            label="not established",
        ),
        Patch(color="#E9E9E9", label=f"margin ±{comparison.margin:g}"),
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=3, frameon=False)
