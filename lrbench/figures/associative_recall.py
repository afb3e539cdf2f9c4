"""Multi-query associative recall against the size of the state (Arora et al. 2023, Figure 2, its smallest setting)."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import ClassVar

import matplotlib as mpl
import polars as pl
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator, PercentFormatter

from lrbench.analysis.drawing import STYLE, legend, looks
from lrbench.figures.figure import Number, StudyFigure, Verdict
from lrbench.figures.median_lines import draw_median_line, mark_chance, mark_level
from lrbench.figures.over_seeds import number_over_seeds, spread
from lrbench.studies import Results
from lrbench.studies.model_names import MODEL_NAMES
from lrbench.studies.rates import at_selected_rates


class AssociativeRecallFigure(StudyFigure):
    """Accuracy over the numbers carried, one curve a model."""

    name: ClassVar[str] = "associative_recall"

    def numbers(self, results: Results, measured: Mapping[str, pl.DataFrame]) -> Sequence[Number]:
        """Returns the accuracy of each model at each width, the rise from its smallest to its largest, and the best."""
        del measured
        rows = _at_trained_length(results)
        found = [
            Number("chance", "accuracy of guessing any value", rows["chance"].item(0), "exact"),
            Number("seen", "accuracy of guessing among the values read", 1 / self.text["pairs"], "exact"),
        ]
        medians: list[Number] = []
        for model in sorted(set(rows["model"].to_list())):
            own = rows.filter(pl.col("model") == model).sort("width")
            sizes = [
                number_over_seeds(
                    f"{model}_{width}",
                    f"{MODEL_NAMES[model]}, width {width}, {cells['state_size'].item(0):,} numbers carried: accuracy",
                    cells["score"].to_list(),
                )
                for width in sorted(set(own["width"].to_list()))
                for cells in [own.filter(pl.col("width") == width)]
            ]
            lowest = min(one.value for one in sizes)
            rise = sizes[-1].value - sizes[0].value
            fall = max([0.0, *(before.value - after.value for before, after in pairwise(sizes))])
            of = f"of medians of {sizes[0].seeds}"
            found += [
                *sizes,
                Number(f"{model}_rise", f"{MODEL_NAMES[model]}, rise from the smallest to the largest state", rise, of),
                Number(f"{model}_fall", f"{MODEL_NAMES[model]}, largest fall to the next larger state", fall, of),
                Number(f"{model}_lowest", f"{MODEL_NAMES[model]}, lowest median of all widths", lowest, of),
            ]
            medians += sizes
        best = max(medians, key=lambda one: one.value)
        found.append(
            Number("best", f"highest median: {best.what}", best.value, best.statistic, best.low, best.high, best.seeds)
        )
        return found

    def draw(self, results: Results, measured: Mapping[str, pl.DataFrame]) -> Figure:
        """Draws the median accuracy over the state's size, with the range of the seeds."""
        del measured
        rows = _at_trained_length(results)
        cells = spread(rows, ["model", "state_size", "width"], "score")
        styles = looks(cells["model"].to_list())
        (attention,) = self.published
        with mpl.rc_context(STYLE):
            figure = Figure(figsize=(7.6, 4.6), layout="constrained")
            panel = figure.subplots()
            mark_chance(panel, rows["chance"].item(0))
            for height, words in (
                (1 / self.text["pairs"], "guessing among the values read"),
                (attention.value, f"{attention.what} (published)"),
            ):
                mark_level(panel, height, words, dotted=True)
            for place, (model, look) in enumerate(styles.items()):
                own = cells.filter(pl.col("model") == model)
                draw_median_line(panel, own, "state_size", look, MODEL_NAMES[model])
                for point in own.iter_rows(named=True):
                    panel.annotate(
                        str(point["width"]),
                        (point["state_size"], point["median"]),
                        (0, (6, -12)[place % 2]),  # lines that lie on each other have theirs on either side
                        textcoords="offset points",
                        ha="center",
                        fontsize=7.5,
                        color=look.colour,
                    )
            panel.set_xscale("log", base=2)
            panel.xaxis.set_major_formatter(FuncFormatter(lambda size, _: f"{size:,.0f}"))
            panel.xaxis.set_minor_locator(NullLocator())
            panel.set_ylim(-0.02, 1.08)
            panel.yaxis.set_major_formatter(PercentFormatter(1.0))
            panel.set_xlabel("numbers carried from one step to the next; beside each point the width")
            panel.set_ylabel("accuracy of the recalled values")
            panel.grid(axis="y", color="#ECECEC", linewidth=0.8)
            panel.set_axisbelow(True)
            legend(figure, {MODEL_NAMES[model]: look for model, look in styles.items()})
        return figure

    def judge(self, numbers: Mapping[str, Number]) -> Verdict:
        """Reproduced where the recall of Mamba grows with its state, and that of GRU and LSTM as well."""
        models = [model for model in MODEL_NAMES if f"{model}_rise" in numbers]
        grows = {model: self._grows(numbers, model) for model in models}
        seen = "; ".join(
            f"{MODEL_NAMES[model]} {'grows' if grows[model] else 'does not grow'} with its state "
            f"({100 * numbers[f'{model}_rise'].value:+.1f} points from the smallest to the largest)"
            for model in models
        )
        if grows["mamba"] and all(grows.values()):
            return Verdict("reproduced", f"Recall is bought with state, for every model: {seen}.")
        if any(grows.values()):
            return Verdict("partly", f"Recall grows with the state for some models only: {seen}.")
        return Verdict("not reproduced", f"Recall does not grow with the state: {seen}.")

    def _grows(self, numbers: Mapping[str, Number], model: str) -> bool:
        """Whether accuracy rises over the widths without falling on the way, or is at its ceiling at all of them."""
        rise, fall, lowest = (numbers[f"{model}_{name}"].value for name in ("rise", "fall", "lowest"))
        return lowest >= self.text["ceiling"] or (rise >= self.text["least_rise"] and fall <= self.text["most_fall"])


def _at_trained_length(results: Results) -> pl.DataFrame:
    """Returns the rows of the selected rates at the trained length, which is the only one published."""
    return at_selected_rates(results.rows).filter(pl.col("eval_length") == pl.col("train_length"))
