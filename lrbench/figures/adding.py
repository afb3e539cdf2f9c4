"""The adding problem: learning curves, and errors at lengths beyond the training length, at equal parameters."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from lrbench.analysis.contest import contest
from lrbench.analysis.drawing import FAINT, STYLE, Look, legend, looks, panels
from lrbench.figures.figure import Number, Published, StudyFigure, Verdict
from lrbench.figures.median_lines import draw_median_line, mark_training_length
from lrbench.figures.over_seeds import number_over_seeds, spread
from lrbench.figures.paired_numbers import difference_of, p_values_of
from lrbench.figures.statements import Statement, verdict_of
from lrbench.figures.validation_curves import draw_validation_curves, validation_curves
from lrbench.studies import Results
from lrbench.studies.model_names import MODEL_NAMES
from lrbench.studies.rates import at_all_rates, at_selected_rates

MODELS = ("elman", "gru", "lstm")
#: Lengths with published errors, in training lengths.
MULTIPLES = (1, 2, 4)
#: Of answering 1 always.
CHANCE = 1 / 6


class Adding(StudyFigure):
    """Learning and length generalisation on adding (Arjovsky et al. 2016; Bai et al. 2018)."""

    name = "adding"

    def measure(self, results: Results) -> dict[str, pl.DataFrame]:
        """Reads the learning curves of the chosen rates."""
        folders = {name: run.folder for name, run in results.runs.items()}
        return {"curves": validation_curves(at_selected_rates(results.rows), folders)}

    def numbers(self, results: Results, measured: Mapping[str, pl.DataFrame]) -> Sequence[Number]:
        """Returns errors at and beyond the training length, updates until solved, and LSTM against GRU."""
        del measured
        rows = _with_error(at_selected_rates(results.rows))
        shortest, longest = _trained(rows)
        numbers = [number for model in MODELS for number in _of_model(rows, model, shortest, longest)]
        return [*numbers, *_lstm_against_gru(_with_error(at_all_rates(results.rows)), shortest, longest)]

    def draw(self, results: Results, measured: Mapping[str, pl.DataFrame]) -> Figure:
        """Draws the curves at each training length, and the error over the tested length."""
        rows = _with_error(at_selected_rates(results.rows)).with_columns(
            pl.col("model").replace(MODEL_NAMES).alias("name")
        )
        curves = measured["curves"].with_columns(pl.col("model").replace(MODEL_NAMES).alias("name"))
        styles = looks([MODEL_NAMES[model] for model in MODELS])
        lengths = sorted(set(rows["train_length"]))
        with mpl.rc_context(STYLE):
            figure, axes = panels(len(lengths) + 1)
            for panel, length in zip(axes, lengths, strict=False):
                draw_validation_curves(panel, curves.filter(pl.col("train_length") == length), "name", styles)
                panel.set_title(f"learning, at length {length}", pad=10)
                panel.set_ylabel("squared error on validation")
            _draw_lengths(axes[-1], rows.filter(pl.col("train_length") == lengths[0]), styles)
            _mark_published(axes[-1], self.published, lengths[0], styles)
            for panel in axes:
                panel.set_yscale("log")
                panel.axhline(CHANCE, color=FAINT, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
                panel.annotate(
                    "answering 1 always", (0.99, CHANCE), (0, 2), ("axes fraction", "data"), "offset points",
                    ha="right", va="bottom", fontsize=8, color="#666666",
                )  # fmt: skip
            legend(figure, styles)
        return figure

    def judge(self, numbers: Mapping[str, Number]) -> Verdict:
        """Looks at four published statements: who learns, who is faster, and who holds longer."""
        level, solved, unlearnt = (self.text[name] for name in ("level", "solved_to", "unlearnt_from"))
        gru, elman = numbers["gru_error"].value, numbers["elman_error"].value
        updates, p_updates = numbers["updates_difference"].value, numbers["updates_p"].value
        ratio, p_length = numbers["length_difference"].value, numbers["length_p"].value
        return verdict_of(
            [
                Statement(gru <= solved, f"the GRU's squared error is {gru:.2g}"),
                Statement(elman >= unlearnt, f"the Elman network's is {elman:.2g}"),
                Statement(
                    updates < 0 and p_updates <= level,
                    f"the GRU takes {abs(updates):,.0f} updates {'fewer' if updates < 0 else 'more'} than the LSTM "
                    f"until solved (p = {p_updates:.2g})",
                    leans=updates < 0,
                ),
                Statement(
                    ratio < 0 and p_length <= level,
                    f"at 4 times the training length the LSTM's squared error is {np.exp(ratio):.2g} times the GRU's "
                    f"(p = {p_length:.2g})",
                    leans=ratio < 0,
                ),
            ]
        )


def _with_error(rows: pl.DataFrame) -> pl.DataFrame:
    """Adds `error`, the squared error (a score that is not a number is that of chance), and `updates` until solved."""
    return rows.with_columns(
        (1 - pl.col("score")).alias("error"), pl.coalesce("solved_step", "step").cast(pl.Float64).alias("updates")
    )


def _trained(rows: pl.DataFrame) -> tuple[int, int]:
    """Returns the shortest and the longest training length."""
    lengths = rows["train_length"].unique().sort().to_list()
    return lengths[0], lengths[-1]


def _of_model(rows: pl.DataFrame, model: str, shortest: int, longest: int) -> list[Number]:
    """Returns a model's errors where it was trained and beyond, and what it took to solve the task."""
    name = MODEL_NAMES[model]
    updates = _by_seed(rows, model, longest, longest, "updates")
    solved = _by_seed(rows, model, longest, longest, "solved_step")
    return [
        number_over_seeds(
            f"{model}_error",
            f"{name}: squared error, trained and tested at {longest}",
            [*_by_seed(rows, model, longest, longest, "error").values()],
        ),
        *(
            number_over_seeds(
                f"{model}_root_{multiple}",
                f"{name}: root of it, trained at {shortest}, tested at {multiple * shortest}",
                [float(np.sqrt(one)) for one in _by_seed(rows, model, shortest, multiple * shortest, "error").values()],
            )
            for multiple in MULTIPLES
        ),
        number_over_seeds(f"{model}_updates", f"{name}: updates until solved, all where never", [*updates.values()]),
        Number(
            f"{model}_solved",
            f"{name}: seeds that solved it",
            float(sum(step is not None for step in solved.values())),
            f"of {len(solved)}",
            seeds=len(solved),
        ),
    ]


def _lanes(rows: pl.DataFrame, model: str, trained: int, tested: int) -> pl.DataFrame:
    """Returns a model's lanes at a tested length; empty where nothing of it was run."""
    return rows.filter(
        (pl.col("model") == model) & (pl.col("train_length") == trained) & (pl.col("eval_length") == tested)
    )


def _by_seed(rows: pl.DataFrame, model: str, trained: int, tested: int, column: str) -> dict[int, float]:
    """Returns a column by seed, of the lanes of one rate."""
    return dict(_lanes(rows, model, trained, tested).select("seed", column).sort("seed").iter_rows())


def _lstm_against_gru(rows: pl.DataFrame, shortest: int, longest: int) -> list[Number]:
    """Returns the two differences that are tested, and their p-values, corrected for being two.

    Args:
        rows: of all learning rates, with `error` and `updates`.
        shortest: training length.
        longest: training length.
    """
    updates = [_lanes(rows, model, longest, longest) for model in ("gru", "lstm")]
    errors = [_lanes(rows, model, shortest, 4 * shortest) for model in ("lstm", "gru")]
    if any(side.is_empty() for side in (*updates, *errors)):
        return []
    logs = [side.with_columns(pl.col("error").log().alias("log")) for side in errors]
    of_updates, of_length = contest(*updates, value="updates"), contest(*logs, value="log")
    p_updates, p_length = p_values_of(
        [("updates_p", "p-value of that", of_updates), ("length_p", "p-value of that", of_length)]
    )
    return [
        difference_of("updates_difference", "GRU less LSTM: updates until solved", of_updates),
        p_updates,
        difference_of(
            "length_difference",
            f"LSTM less GRU: natural logarithm of the squared error, trained at {shortest}, tested at {4 * shortest}",
            of_length,
        ),
        p_length,
    ]


def _draw_lengths(panel: Axes, rows: pl.DataFrame, styles: Mapping[str, Look]) -> None:
    """Draws the error over the tested length, its median over seeds and their range."""
    for name in sorted(set(rows["name"])):
        look, own = styles[name], rows.filter(pl.col("name") == name)
        draw_median_line(panel, spread(own, ["eval_length"], "error"), "eval_length", look, name)
    lengths = rows["eval_length"].unique().sort().to_list()
    panel.set_xscale("log", base=2)
    panel.xaxis.set_major_locator(FixedLocator(lengths))
    panel.xaxis.set_major_formatter(FuncFormatter(lambda length, _: f"{length:,.0f}"))
    panel.xaxis.set_minor_locator(NullLocator())
    trained = rows["train_length"][0]
    mark_training_length(panel, trained)
    panel.set_title("at other lengths", pad=16)
    panel.set_xlabel("sequence length in steps (log scale)")
    panel.set_ylabel("squared error")
    panel.grid(axis="y", color="#ECECEC", linewidth=0.8)
    panel.set_axisbelow(True)


def _mark_published(panel: Axes, published: Sequence[Published], trained: int, styles: Mapping[str, Look]) -> None:
    """Marks the published errors at multiples of the training length."""
    for model in MODELS:
        points = [
            (multiple * trained, one.value**2)
            for multiple in MULTIPLES
            for one in published
            if one.key == f"{model}_root_{multiple}"
        ]
        if points:
            look = styles[MODEL_NAMES[model]]
            panel.plot(
                *zip(*points, strict=True), linestyle="", marker=look.marker, markersize=7, markerfacecolor="none",
                markeredgecolor=look.colour, markeredgewidth=1.3, zorder=4,
            )  # fmt: skip
    panel.annotate(
        "hollow: published (1 seed)", (0.98, 0.03), xycoords="axes fraction", ha="right", fontsize=8, color="#666666"
    )
