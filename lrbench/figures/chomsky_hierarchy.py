"""The regular rows of the Chomsky hierarchy, and bucket sort: our best, mean and median beside their best of 10."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lrbench.analysis.drawing import FAINT, INK, STYLE, Look, looks, panels
from lrbench.figures.figure import Number, Published, StudyFigure, Verdict
from lrbench.figures.languages import LONG_NAMES, TASK_NAMES, lane_means, values_of
from lrbench.figures.over_seeds import best_over_seeds, mean_over_seeds, number_over_seeds
from lrbench.figures.statements import Statement, verdict_of
from lrbench.studies import Results
from lrbench.studies.rates import at_selected_rates

#: Symbols of the longest string that counts: the paper's.
LONGEST = 500
MODELS = ("elman", "lstm", "gru")
#: Of a lane's dots, how far they spread sideways.
_SPREAD = 0.22
#: How published numbers are marked.
_PUBLISHED: dict[str, Any] = {
    "marker": "D",
    "markersize": 6,
    "markerfacecolor": "white",
    "markeredgecolor": INK,
    "zorder": 4,
}


class ChomskyHierarchy(StudyFigure):
    """Mean accuracy over strings of 41 to 500 symbols (Delétang et al. 2022, main table)."""

    name = "chomsky_hierarchy"

    def numbers(self, results: Results, measured: Mapping[str, pl.DataFrame]) -> Sequence[Number]:
        """Returns best, mean and median over seeds, in percent, of each model on each task."""
        del measured
        means = _percent(results)
        numbers: list[Number] = []
        for task, task_name in TASK_NAMES.items():
            for model in MODELS:
                values = values_of(means, task, model)
                key, what = f"{task}_{model}", f"{task_name}, {LONG_NAMES[model]}: accuracy in %"
                numbers += [
                    best_over_seeds(f"{key}_best", what, values),
                    mean_over_seeds(f"{key}_mean", what, values),
                    number_over_seeds(f"{key}_median", what, values),
                ]
        return numbers

    def draw(self, results: Results, measured: Mapping[str, pl.DataFrame]) -> Figure:
        """Draws every seed's accuracy: a panel a model, a column a task, with their best of 10 beside."""
        del measured
        means = _percent(results)
        drawn = [model for model in MODELS if model in set(means["model"])]
        chances = dict(results.rows.group_by("task").agg(pl.col("chance").min() * 100).iter_rows())
        styles = looks([LONG_NAMES[model] for model in MODELS])
        with mpl.rc_context(STYLE):
            figure, axes = panels(len(drawn))
            for panel, model in zip(axes, drawn, strict=True):
                own = means.filter(pl.col("model") == model)
                _draw_model(panel, own, styles[LONG_NAMES[model]], chances)
                _mark_published(panel, model, self.published)
                panel.set_title(LONG_NAMES[model])
            axes[0].set_ylabel("accuracy in %, 41 to 500 symbols")
            figure.legend(handles=_handles(), loc="outside upper left", ncols=5, frameon=False)
        return figure

    def judge(self, numbers: Mapping[str, Number]) -> Verdict:
        """Looks at every published cell: is our best as theirs, within the tolerance?"""
        within = self.text["within_points"]
        statements = []
        for one in self.published:
            ours = numbers[one.key].value
            statements.append(
                Statement(abs(ours - one.value) <= within, f"{one.what} {ours:.1f} (published {one.value:g})")
            )
        return verdict_of(statements)


def _percent(results: Results) -> pl.DataFrame:
    means = lane_means(at_selected_rates(results.rows), "score", LONGEST)
    return means.with_columns(pl.col("value") * 100)


def _draw_model(panel: Axes, means: pl.DataFrame, look: Look, chances: Mapping[str, float]) -> None:
    """Draws a column a task: the seeds, their mean and median, chance, and how many are nearly perfect."""
    model = means["model"][0]
    for column, task in enumerate(TASK_NAMES):
        values = np.array(values_of(means, task, model))
        if not values.size:
            continue
        # Side by side in the order of the seeds, so that equal dots show.
        sideways = np.linspace(-_SPREAD, _SPREAD, values.size) if values.size > 1 else np.zeros(1)
        panel.plot(column + sideways, values, linestyle="", marker="o", markersize=4, color=look.colour, alpha=0.75)
        panel.hlines(np.median(values), column - 0.34, column + 0.34, color=INK, linewidth=1.8)
        panel.hlines(values.mean(), column - 0.34, column + 0.34, color=INK, linewidth=1.4, linestyle=(0, (2, 1.5)))
        panel.hlines(chances[task], column - 0.4, column + 0.4, color=FAINT, linewidth=1.2, linestyle=(0, (1, 1.5)))
        text = f"{int((values >= 90).sum())} of {values.size}"
        panel.text(column, 107, text, ha="center", va="bottom", fontsize=8, color="#666666")
    panel.text(-0.6, 114, "seeds at 90 % or more:", ha="left", va="bottom", fontsize=8, color="#666666")
    panel.set_xticks(range(len(TASK_NAMES)), [name.replace(" ", "\n") for name in TASK_NAMES.values()], fontsize=8)
    panel.set_xlim(-0.65, len(TASK_NAMES) - 0.35)
    panel.set_ylim(0, 121)
    panel.set_yticks(range(0, 101, 20))
    panel.grid(axis="y", color="#ECECEC", linewidth=0.8)
    panel.set_axisbelow(True)


def _mark_published(panel: Axes, model: str, published: Sequence[Published]) -> None:
    """Marks their best of 10."""
    for one in published:
        task = one.key.removesuffix("_best").removesuffix(f"_{model}")
        if task in TASK_NAMES:
            column = list(TASK_NAMES).index(task) + 0.37
            panel.plot(column, one.value, linestyle="", **_PUBLISHED)


def _handles() -> list[Line2D]:
    return [
        Line2D([], [], linestyle="", marker="o", markersize=4, color=INK, label="a seed of ours"),
        Line2D([], [], color=INK, linewidth=1.8, label="our median"),
        Line2D([], [], color=INK, linewidth=1.4, linestyle=(0, (2, 1.5)), label="our mean"),
        Line2D([], [], linestyle="", label="their best of 10 (Delétang et al., recalled)", **_PUBLISHED),
        Line2D([], [], color=FAINT, linewidth=1.2, linestyle=(0, (1, 1.5)), label="chance"),
    ]
