"""Selective copying (Gu & Dao 2023, Table 1), with the GRU and LSTM rows that it lacks, at equal parameters."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import matplotlib as mpl
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator, PercentFormatter

from lrbench.analysis.drawing import FAINT, STYLE, Look, legend, looks, panels
from lrbench.figures.figure import Number, Published, StudyFigure, Verdict
from lrbench.figures.median_lines import draw_median_line, mark_chance, mark_training_length
from lrbench.figures.over_seeds import best_over_seeds, number_over_seeds, spread
from lrbench.runs.folder import RunFolder
from lrbench.studies import Results
from lrbench.studies.model_names import MODEL_NAMES
from lrbench.studies.rates import at_selected_rates

CURVES = "curves"


class SelectiveCopyingFigure(StudyFigure):
    """Accuracy while training, at the trained length beside the published table, and over the tested length."""

    name: ClassVar[str] = "selective_copying"

    @property
    def reference(self) -> tuple[Published, ...]:
        """Published numbers of models that are not trained here."""
        return tuple(Published(**one) for one in self.text["reference"])

    def measure(self, results: Results) -> dict[str, pl.DataFrame]:
        """Reads what validation said along the training of the lanes at the selected rates."""
        chosen = at_selected_rates(results.rows).unique(["run", "lane"], maintain_order=True)
        rows = [
            {"model": lane["model"], "seed": lane["seed"], "step": line["step"], "accuracy": accuracy}
            for lane in chosen.iter_rows(named=True)
            for line in RunFolder(results.runs[lane["run"]].folder).read_metrics()
            if (accuracy := line["token_accuracy"][lane["lane"]]) is not None
        ]
        schema = {"model": pl.String(), "seed": pl.Int64(), "step": pl.Int64(), "accuracy": pl.Float64()}
        return {CURVES: pl.DataFrame(rows, schema=schema)}

    def numbers(self, results: Results, measured: Mapping[str, pl.DataFrame]) -> Sequence[Number]:
        """Returns each model's accuracy at the trained and at the longest length, and its steps to solve the task."""
        del measured
        rows = at_selected_rates(results.rows)
        trained, longest = int(rows["train_length"].item(0)), max(rows["eval_length"].to_list())
        found = [Number("chance", "accuracy of guessing", rows["chance"].item(0), "exact")]
        for model in sorted(set(rows["model"].to_list())):
            own, title = rows.filter(pl.col("model") == model), MODEL_NAMES[model]
            here = own.filter(pl.col("eval_length") == trained)
            far = own.filter(pl.col("eval_length") == longest)["score"].to_list()
            at_trained = here["score"].to_list()
            solved = here["solved_step"].count()
            updates = here.select(pl.coalesce("solved_step", "step")).to_series().to_list()
            found += [
                number_over_seeds(model, f"{title}, accuracy at the trained length ({trained})", at_trained),
                best_over_seeds(f"{model}_best", f"{title}, accuracy at the trained length, best seed", at_trained),
                number_over_seeds(f"{model}_far", f"{title}, accuracy at {longest} steps", far),
                number_over_seeds(
                    f"{model}_steps",
                    f"{title}, updates until validation was solved, all where never ({solved} of {here.height} seeds)",
                    updates,
                ),
                Number(
                    f"{model}_rate",
                    f"{title}, tokens a second in training",
                    own["tokens_per_second"].item(0),
                    "one run",
                ),
            ]
        return found

    def draw(self, results: Results, measured: Mapping[str, pl.DataFrame]) -> Figure:
        """Draws three panels: learning curves, the trained length beside the published table, longer sequences."""
        rows = at_selected_rates(results.rows)
        styles = looks(rows["model"].to_list())
        chance, trained = rows["chance"].item(0), int(rows["train_length"].item(0))
        with mpl.rc_context(STYLE):
            figure, (learning, table, longer) = panels(3)
            _draw_curves(learning, measured[CURVES], styles)
            self._draw_table(table, rows.filter(pl.col("eval_length") == trained), styles)
            cells = spread(rows, ["model", "eval_length"], "score")
            for model, look in styles.items():
                draw_median_line(
                    longer, cells.filter(pl.col("model") == model), "eval_length", look, MODEL_NAMES[model]
                )
            _mark_lengths(longer, sorted(set(rows["eval_length"].to_list())))
            mark_training_length(longer, trained)
            for panel in (learning, longer):
                mark_chance(panel, chance)
                panel.set_ylabel("accuracy of the copied symbols")
            for panel in (learning, table, longer):
                panel.set_ylim(-0.02, 1.04)
                panel.yaxis.set_major_formatter(PercentFormatter(1.0))
                panel.grid(axis="y", color="#ECECEC", linewidth=0.8)
                panel.set_axisbelow(True)
            learning.set_title("While training", pad=18)
            table.set_title("At the trained length", pad=18)
            longer.set_title("On longer sequences", pad=18)
            legend(figure, {MODEL_NAMES[model]: look for model, look in styles.items()})
        return figure

    def _draw_table(self, panel: Axes, rows: pl.DataFrame, styles: Mapping[str, Look]) -> None:
        """Draws every seed at the trained length, its model's median, and the published numbers as named ticks."""
        for place, (model, look) in enumerate(styles.items()):
            values = np.sort(rows.filter(pl.col("model") == model)["score"].to_numpy())
            aside = np.linspace(-0.22, 0.22, len(values)) if len(values) > 1 else np.zeros(1)
            panel.plot(
                place + aside, values, look.marker, color=look.colour, markersize=5, alpha=0.65, markeredgewidth=0
            )
            panel.hlines(float(np.median(values)), place - 0.34, place + 0.34, color=look.colour, linewidth=2.2)
        right = len(styles) - 0.25
        shown = sorted((*self.published, *self.reference), key=lambda one: one.value)
        heights = spread_labels([one.value for one in shown], 0.052)
        for one, height in zip(shown, heights, strict=True):
            panel.plot(
                [right - 0.12, right + 0.12, right + 0.3], [one.value, one.value, height], color=FAINT, linewidth=0.9
            )
            panel.text(
                right + 0.34, height, f"{one.what} {100 * one.value:.1f}", va="center", fontsize=7, color="#555555"
            )
        panel.set_xlim(-0.6, right + 2.9)
        panel.set_xticks([*range(len(styles)), right + 1.2])
        panel.set_xticklabels([*(MODEL_NAMES[model] for model in styles), "published"])
        panel.tick_params(axis="x", length=0)

    def judge(self, numbers: Mapping[str, Number]) -> Verdict:
        """Reproduced where Mamba solves the task, partly where it passes every published unselective model."""
        mamba = numbers["mamba"].value
        others = ", ".join(
            f"{MODEL_NAMES[model]} {100 * numbers[model].value:.1f} %" for model in ("gru", "lstm") if model in numbers
        )
        seen = f"Mamba's median accuracy is {100 * mamba:.1f} %; beside it, at equal parameters: {others}."
        if mamba >= self.text["solved"]:
            return Verdict("reproduced", f"Mamba copies selectively, as published. {seen}")
        if mamba > self.text["unselective"]:
            return Verdict("partly", f"Mamba passes the best published unselective model and does not solve it. {seen}")
        return Verdict("not reproduced", f"Mamba does no better than published unselective models. {seen}")


def spread_labels(values: Sequence[float], apart: float) -> list[float]:
    """Returns heights for the labels of rising values, near them and at least `apart` from each other.

    Values that are too near each other move apart around their middle, so that no label covers another.
    """
    groups: list[tuple[float, int]] = []  # middle of a group of labels, and how many they are
    for value in values:
        middle, count = value, 1
        while groups and middle - (count - 1) / 2 * apart < groups[-1][0] + (groups[-1][1] + 1) / 2 * apart:
            other, more = groups.pop()
            middle, count = (middle * count + other * more) / (count + more), count + more
        groups.append((middle, count))
    return [middle + (place - (count - 1) / 2) * apart for middle, count in groups for place in range(count)]


def _draw_curves(panel: Axes, curves: pl.DataFrame, styles: Mapping[str, Look]) -> None:
    """Draws validation accuracy over updates."""
    cells = spread(curves, ["model", "step"], "accuracy")
    for model, look in styles.items():
        own = cells.filter(pl.col("model") == model)
        draw_median_line(panel, own, "step", look, MODEL_NAMES[model], marked=False)
    panel.set_xlabel("updates")
    panel.set_xlim(0, None)
    panel.xaxis.set_major_formatter(FuncFormatter(lambda step, _: f"{step:,.0f}"))


def _mark_lengths(panel: Axes, lengths: Sequence[int]) -> None:
    """Labels an axis of tested lengths."""
    panel.set_xscale("log", base=2)
    panel.xaxis.set_major_locator(FixedLocator(list(lengths)))
    panel.xaxis.set_major_formatter(FuncFormatter(lambda length, _: f"{length:,.0f}"))
    panel.xaxis.set_minor_locator(NullLocator())
    panel.set_xlim(lengths[0] / 1.2, lengths[-1] * 1.2)
    panel.set_xlabel("length of the tested sequence (steps)")
