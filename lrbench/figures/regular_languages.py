"""Regular languages beyond the training length, with Mamba's eigenvalues in [0, 1] and in [-1, 1]."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lrbench.analysis.drawing import FAINT, FLOOR, INK, STYLE, Look, legend, looks, panels
from lrbench.figures.figure import Number, Published, StudyFigure, Verdict
from lrbench.figures.languages import (
    LONG_NAMES,
    SHORTEST,
    TASK_NAMES,
    TRAINED,
    lane_means,
    values_of,
    with_symbols,
)
from lrbench.figures.median_lines import draw_median_line
from lrbench.figures.over_seeds import number_over_seeds, spread
from lrbench.figures.statements import Statement, verdict_of
from lrbench.studies import Results
from lrbench.studies.rates import at_selected_rates

#: Symbols of the longest string that counts: the paper's.
LONGEST = 256
TASKS = ("parity", "even_pairs", "cycle_navigation", "modular_arithmetic")


class RegularLanguages(StudyFigure):
    """Scaled accuracy on parity and three other regular languages (Grazzi et al. 2024; xLSTM)."""

    name = "regular_languages"

    def numbers(self, results: Results, measured: Mapping[str, pl.DataFrame]) -> Sequence[Number]:
        """Returns the median scaled accuracy of each model on each language, and what a step of Mamba costs."""
        del measured
        rows = at_selected_rates(results.rows)
        means = lane_means(rows, "scaled_score", LONGEST)
        scores = [
            number_over_seeds(
                f"{task}_{model}",
                f"{TASK_NAMES[task]}, {name}: scaled accuracy, 41 to 256 symbols",
                values_of(means, task, model),
            )
            for task in TASKS
            for model, name in LONG_NAMES.items()
        ]
        return [*scores, *_costs(rows)]

    def draw(self, results: Results, measured: Mapping[str, pl.DataFrame]) -> Figure:
        """Draws the scaled accuracy over the length of the string: a panel a language, a line a model."""
        del measured
        rows = with_symbols(at_selected_rates(results.rows)).filter(pl.col("symbols") <= LONGEST)
        rows = rows.with_columns(pl.col("model").replace(LONG_NAMES).alias("name"))
        styles = looks(rows["name"].to_list())
        drawn = [task for task in TASKS if task in set(rows["task"])]
        with mpl.rc_context(STYLE):
            figure, axes = panels(len(drawn))
            for panel, task in zip(axes, drawn, strict=True):
                _draw_task(panel, rows.filter(pl.col("task") == task), styles)
                panel.set_title(TASK_NAMES[task])
                if task == "parity":
                    _mark_published(panel, self.published)
            figure.supxlabel("symbols of the string", fontsize=10)
            figure.supylabel("scaled accuracy (0 chance, 1 perfect)", fontsize=10)
            legend(figure, styles)
        return figure

    def judge(self, numbers: Mapping[str, Number]) -> Verdict:
        """Looks at the three published statements on parity."""
        high, low = self.text["solved_from"], self.text["chance_to"]
        lstm, positive, signed = (numbers[f"parity_{model}"].value for model in ("lstm", "mamba", "mamba_signed"))
        return verdict_of(
            [
                Statement(lstm >= high, f"the LSTM has {lstm:.2f} on parity"),
                Statement(abs(positive) <= low, f"Mamba with eigenvalues in [0, 1] has {positive:.2f}"),
                Statement(signed >= high, f"with eigenvalues in [−1, 1] it has {signed:.2f}"),
            ]
        )


def _costs(rows: pl.DataFrame) -> list[Number]:
    """Returns how much longer Mamba trains on a token of parity than an LSTM."""
    pace = {
        model: rows.filter((pl.col("task") == "parity") & (pl.col("model") == model))["tokens_per_second"]
        for model in ("lstm", "mamba", "mamba_signed")
    }
    return [
        Number(
            f"cost_{model}",
            f"{LONG_NAMES[model]}: training time of a token of parity, over the LSTM's",
            float(pace["lstm"][0]) / float(pace[model][0]),
            "of one run each",
        )
        for model in ("mamba", "mamba_signed")
        if len(pace["lstm"]) and len(pace[model])
    ]


def _draw_task(panel: Axes, rows: pl.DataFrame, styles: Mapping[str, Look]) -> None:
    """Draws one language's medians and ranges."""
    lowest = 0.0
    for name in sorted(set(rows["name"])):
        line = spread(rows.filter(pl.col("name") == name), ["symbols"], "scaled_score")
        lowest = min(lowest, *line["min"].to_list())
        draw_median_line(panel, line, "symbols", styles[name], name)
    panel.axhline(0, color=FAINT, linewidth=0.9, zorder=1)
    panel.axvspan(0, TRAINED, color=FAINT, alpha=0.12, linewidth=0)
    panel.text(TRAINED / 2, 0.5, "trained", rotation=90, ha="center", va="center", fontsize=8, color="#666666")
    panel.set_xlim(0, LONGEST + 4)
    panel.set_ylim(max(FLOOR, min(-0.12, lowest - 0.04)), 1.12)
    panel.grid(axis="y", color="#ECECEC", linewidth=0.8)
    panel.set_axisbelow(True)


def _mark_published(panel: Axes, published: Sequence[Published]) -> None:
    """Marks the published scores of parity, each a bar over the lengths that it is the mean of."""
    levels: dict[float, list[str]] = {}
    for one in published:
        levels.setdefault(one.value, []).append(one.what)
    for value, names in sorted(levels.items()):
        panel.plot([SHORTEST, LONGEST], [value, value], color=INK, linewidth=1, linestyle=(0, (1, 2)), zorder=4)
        panel.annotate(
            f"published: {' and '.join(names)}",
            (LONGEST, value),
            (0, 3),
            textcoords="offset points",
            ha="right",
            va="bottom",
            fontsize=7.5,
            color=INK,
            zorder=5,
        )
