"""Induction heads to 2^20 steps (Gu & Dao 2023, Table 11), with GRU and LSTM beside Mamba at equal parameters."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import ClassVar

import matplotlib as mpl
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator, PercentFormatter

from lrbench.analysis.drawing import FAINT, STYLE, legend, looks
from lrbench.figures.figure import Number, Published, StudyFigure, Verdict
from lrbench.figures.median_lines import draw_median_line, mark_chance, mark_training_length
from lrbench.figures.over_seeds import best_over_seeds, number_over_seeds, spread
from lrbench.studies import Results
from lrbench.studies.long_lengths import long_scores
from lrbench.studies.model_names import MODEL_NAMES
from lrbench.studies.rates import at_selected_rates

LONG = "long"


class InductionHeadsFigure(StudyFigure):
    """Accuracy over the tested length, one line a model."""

    name: ClassVar[str] = "induction_heads"

    @property
    def reference(self) -> tuple[Published, ...]:
        """Published numbers of models that are not trained here; their keys end in the tested length's exponent."""
        return tuple(Published(**one) for one in self.text["reference"])

    def measure(self, results: Results) -> dict[str, pl.DataFrame]:
        """Reads the longest sequences with the lanes at the selected rates."""
        counts = {int(length): int(count) for length, count in self.text["long_lengths"][results.scale].items()}
        return {LONG: long_scores(results, at_selected_rates(results.rows), counts)}

    def numbers(self, results: Results, measured: Mapping[str, pl.DataFrame]) -> Sequence[Number]:
        """Returns the accuracy of each model at each length, its best seed at the longest, and how far it holds."""
        scores = _scores(results, measured)
        trained = int(scores["train_length"].item(0))
        exponents = {length.bit_length() - 1 for length in scores["eval_length"].to_list()}
        published = [one.key.rpartition("_") for one in self.published]
        longest = max(scores["eval_length"].to_list())
        found = []
        for model in sorted(set(scores["model"].to_list())):
            own = scores.filter(pl.col("model") == model)
            for exponent in sorted(exponents | {int(place) for name, _, place in published if name == model}):
                values = own.filter(pl.col("eval_length") == 2**exponent)
                asked = f"; {values['sequences'].item(0)} sequences a seed" if values.height else ""
                what = f"{MODEL_NAMES[model]}, accuracy at 2^{exponent}{asked}"
                found.append(number_over_seeds(f"{model}_{exponent}", what, values["score"].to_list()))
            at_longest = own.filter(pl.col("eval_length") == longest)["score"].to_list()
            what = f"{MODEL_NAMES[model]}, accuracy at 2^{longest.bit_length() - 1}, best seed"
            found.append(best_over_seeds(f"{model}_best", what, at_longest))
            reach = float(_reach(own, self.text["holds"]))
            statistic = f"of the median of {own['seed'].n_unique()}"
            what = f"{MODEL_NAMES[model]}, length up to which the median accuracy is at least {self.text['holds']}"
            found.append(Number(f"{model}_reach", what, reach, statistic, seeds=own["seed"].n_unique()))
        found.append(Number("train_length", "trained at", float(trained), "steps"))
        found.append(Number("longest", "longest length tested", float(longest), "steps"))
        return found

    def draw(self, results: Results, measured: Mapping[str, pl.DataFrame]) -> Figure:
        """Draws the median accuracy over the length, the range of the seeds, and what is published."""
        scores = _scores(results, measured)
        cells = spread(scores, ["model", "eval_length"], "score")
        styles = looks(cells["model"].to_list())
        with mpl.rc_context(STYLE):
            figure = Figure(figsize=(8.6, 4.6), layout="constrained")
            panel = figure.subplots()
            mark_chance(panel, scores["chance"].item(0))
            mark_training_length(panel, scores["train_length"].item(0))
            self._draw_published(panel, max(cells["eval_length"].to_list()))
            for model, look in styles.items():
                draw_median_line(panel, cells.filter(pl.col("model") == model), "eval_length", look, MODEL_NAMES[model])
            _mark_axes(panel, cells["eval_length"].to_list())
            legend(figure, {MODEL_NAMES[model]: look for model, look in styles.items()})
        return figure

    def _draw_published(self, panel: Axes, longest: int) -> None:
        """Draws published curves as small grey crosses, neighbours joined by thin lines, and names them."""
        curves: dict[str, list[tuple[int, float]]] = {}
        for one in (*self.published, *self.reference):
            length = 2 ** int(one.key.rpartition("_")[2])
            if length <= longest:
                curves.setdefault(one.what, []).append((length, one.value))
        for what, points in curves.items():
            lengths, values = zip(*sorted(points), strict=True)
            panel.plot(lengths, values, color=FAINT, linestyle="", marker="x", markersize=4.5, zorder=1.5)
            joined = [(one, other) for one, other in pairwise(sorted(points)) if other[0] == 2 * one[0]]
            for (start, before), (end, after) in joined:  # where lengths between two are not published, nothing joins
                panel.plot([start, end], [before, after], color=FAINT, linewidth=0.9, zorder=1.5)
            above, fading = values[-1] > 0.9, bool(joined) or len(points) == 1
            words = f"{what} (published, trained at {self.text['published_train_length']})"
            panel.annotate(
                words if above else f"{what} (published)",
                (lengths[-1], values[-1]) if fading and not above else (lengths[0], values[0]),
                (0, 5) if above else (6, 0) if fading else (-6, 0),
                textcoords="offset points",
                ha="left" if above or fading else "right",
                va="bottom" if above else "center",
                fontsize=7.5,
                color="#666666",
                path_effects=[withStroke(linewidth=2.5, foreground="white")],
            )

    def judge(self, numbers: Mapping[str, Number]) -> Verdict:
        """Reproduced where Mamba holds to the longest length, partly where it holds some way beyond training."""
        trained, longest = numbers["train_length"].value, numbers["longest"].value
        reach = numbers["mamba_reach"].value
        holds, beyond = self.text["holds"], self.text["partly_beyond"]
        others = " and ".join(
            f"{MODEL_NAMES[model]} to {numbers[f'{model}_reach'].value:,.0f}"
            for model in ("gru", "lstm")
            if f"{model}_reach" in numbers
        )
        seen = (
            f"trained at {trained:,.0f} steps, Mamba keeps a median accuracy of {holds} to {reach:,.0f} of "
            f"{longest:,.0f} steps; {others}."
        )
        if reach >= longest:
            return Verdict("reproduced", f"As published, Mamba holds to the end: {seen}")
        if reach >= beyond * trained:
            return Verdict("partly", f"Mamba generalises, but not to the end: {seen}")
        return Verdict("not reproduced", f"Mamba does not hold to {beyond} times its training length: {seen}")


def _scores(results: Results, measured: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Returns a row a lane and length, from the rows and from what was read beyond them."""
    long = measured[LONG]
    return pl.concat([at_selected_rates(results.rows).select(long.columns), long]).sort("model", "seed", "eval_length")


def _reach(own: pl.DataFrame, holds: float) -> int:
    """Returns the largest length such that the median accuracy is at least `holds` there and at all shorter ones."""
    reach = 0
    for cell in spread(own, ["eval_length"], "score").iter_rows(named=True):
        if cell["median"] < holds:
            break
        reach = cell["eval_length"]
    return reach


def _mark_axes(panel: Axes, lengths: Sequence[int]) -> None:
    """Labels the axes: lengths as powers of two, accuracy in per cent."""
    low, high = min(lengths).bit_length() - 1, max(lengths).bit_length() - 1
    step = 2 if high - low > 7 else 1
    panel.set_xscale("log", base=2)
    panel.xaxis.set_major_locator(FixedLocator([2**exponent for exponent in range(low, high + 1, step)]))
    panel.xaxis.set_major_formatter(FuncFormatter(lambda length, _: f"$2^{{{int(length).bit_length() - 1}}}$"))
    panel.xaxis.set_minor_locator(NullLocator())
    panel.set_xlim(2 ** (low - 0.4), 2 ** (high + 0.4))
    panel.set_ylim(-0.02, 1.08)
    panel.yaxis.set_major_formatter(PercentFormatter(1.0))
    panel.set_xlabel("length of the tested sequence (steps)")
    panel.set_ylabel("accuracy of the one answer, median over seeds")
    panel.grid(axis="y", color="#ECECEC", linewidth=0.8)
    panel.set_axisbelow(True)
