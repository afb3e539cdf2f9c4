"""Copy memory, with and without a forget bias and with the chrono initialisation."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from lrbench.analysis.contest import contest
from lrbench.analysis.drawing import FAINT, INK, STYLE, Look, legend, looks, panels
from lrbench.figures.figure import Number, Published, StudyFigure, Verdict
from lrbench.figures.over_seeds import number_over_seeds
from lrbench.figures.paired_numbers import p_values_of
from lrbench.figures.statements import Statement, verdict_of
from lrbench.figures.validation_curves import draw_validation_curves, validation_curves
from lrbench.studies import Results
from lrbench.studies.rates import at_all_rates, at_selected_rates

#: The arms of the study, and the keys of their numbers.
ARMS = {
    "LSTM, forget bias 0": "lstm_bias_0",
    "LSTM, forget bias 1": "lstm_bias_1",
    "LSTM, chrono": "lstm_chrono",
    "GRU": "gru",
}
#: K and A: symbols to copy, of so many different ones.
SYMBOLS, ALPHABET = 10, 8
#: T of the published losses.
PUBLISHED_WAIT = 1000


class CopyMemory(StudyFigure):
    """The loss on copy memory against that of forgetting (Arjovsky et al. 2016; Tallec & Ollivier 2018)."""

    name = "copy_memory"

    def measure(self, results: Results) -> dict[str, pl.DataFrame]:
        """Reads the learning curves of the chosen rates."""
        folders = {name: run.folder for name, run in results.runs.items()}
        return {"curves": validation_curves(at_selected_rates(results.rows), folders)}

    def numbers(self, results: Results, measured: Mapping[str, pl.DataFrame]) -> Sequence[Number]:
        """Returns each arm's loss, and that over the loss of forgetting; and whether the arms of the LSTM differ."""
        del measured
        rows = _with_ratio(at_selected_rates(results.rows))
        everything = _with_ratio(at_all_rates(results.rows)).with_columns(pl.col("ratio").log().alias("log"))
        lanes: dict[str, pl.DataFrame] = {}
        what = f"forgetting the symbols at T = {rows['wait'][0]}: loss in nats a step"
        numbers = [Number("forgetting", what, rows["forgetful"][0], "10 ln 8 / (T + 20)")]
        for arm, key in ARMS.items():
            own = rows.filter(pl.col("arm") == arm).sort("seed")
            if not own.is_empty():
                lanes[key] = everything.filter(pl.col("arm") == arm)
            numbers += [
                number_over_seeds(f"{key}_loss", f"{arm}: loss in nats a step", own["nats"].to_list()),
                number_over_seeds(f"{key}_ratio", f"{arm}: loss over that of forgetting", own["ratio"].to_list()),
            ]
        tested = [
            (
                f"{lower}_p",
                f"{_name(lower)} against {_name(upper)}: p-value of the logarithm of the loss",
                contest(lanes[lower], lanes[upper], value="log"),
            )
            for lower, upper in (("lstm_bias_1", "lstm_bias_0"), ("lstm_chrono", "lstm_bias_1"))
            if lower in lanes and upper in lanes
        ]
        return [*numbers, *p_values_of(tested)]

    def draw(self, results: Results, measured: Mapping[str, pl.DataFrame]) -> Figure:
        """Draws the learning curves, and where every seed ended over the loss of forgetting."""
        rows, curves = _with_ratio(at_selected_rates(results.rows)), measured["curves"]
        styles = looks([*ARMS])
        with mpl.rc_context(STYLE):
            figure, (left, right) = panels(2)
            draw_validation_curves(left, curves, "arm", styles)
            forgetful, wait = rows["forgetful"][0], rows["wait"][0]
            left.axhline(forgetful, color=FAINT, linewidth=1.2, linestyle=(0, (4, 3)), zorder=1)
            left.annotate(
                f"forgetting: 10 ln 8 / (T + 20) = {forgetful:.3f}", (0.99, forgetful), (0, 2),
                ("axes fraction", "data"), "offset points", ha="right", va="bottom", fontsize=8, color="#666666",
            )  # fmt: skip
            left.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            left.yaxis.set_major_formatter(FuncFormatter(lambda nats, _: f"{nats:g}"))
            left.yaxis.set_minor_locator(NullLocator())
            left.set_ylabel("loss on validation, nats a step")
            left.set_title(f"learning, T = {wait}")
            arms = [arm for arm in ARMS if arm in set(rows["arm"])]
            _draw_ends(right, rows, styles, arms)
            _mark_published(right, self.published, arms)
            legend(figure, {arm: styles[arm] for arm in arms})
        return figure

    def judge(self, numbers: Mapping[str, Number]) -> Verdict:
        """Looks at four published statements: who stays at the loss of forgetting, who beats it, who solves it."""
        level, stays, solved = (self.text[name] for name in ("level", "stays_from", "solved_to"))
        ratio = {key: numbers[f"{key}_ratio"].value for key in ARMS.values()}
        p_bias, p_chrono = numbers["lstm_bias_1_p"].value, numbers["lstm_chrono_p"].value
        zero, one, chrono, gru = (ratio[key] for key in ARMS.values())
        return verdict_of(
            [
                Statement(
                    zero >= stays, f"without a forget bias the LSTM ends at {zero:.2g} of the loss of forgetting"
                ),
                Statement(
                    one < stays and one < zero and p_bias <= level,
                    f"with a forget bias of 1 it ends at {one:.2g} (p = {p_bias:.2g} against none)",
                    leans=one < stays and one < zero,
                ),
                Statement(
                    chrono <= solved and chrono < one and p_chrono <= level,
                    f"with the chrono initialisation it ends at {chrono:.2g} (p = {p_chrono:.2g} against 1)",
                    leans=chrono <= solved and chrono < one,
                ),
                Statement(gru >= stays, f"the GRU ends at {gru:.2g}"),
            ]
        )


def _name(key: str) -> str:
    return next(arm for arm, own in ARMS.items() if own == key)


def _with_ratio(rows: pl.DataFrame) -> pl.DataFrame:
    """Keeps the rows at the training length; adds `wait`, T; `nats`; `forgetful`; `ratio`, nats over forgetful.

    A loss that is not a number counts as guessing evenly among blank and symbols.
    """
    length = pl.col("eval_length")
    kept = rows.filter(length == pl.col("train_length")).with_columns(
        (length - 2 * SYMBOLS).alias("wait"),
        pl.col("loss").fill_null(float(np.log(ALPHABET + 1))).alias("nats"),
        (SYMBOLS * float(np.log(ALPHABET)) / length).alias("forgetful"),
    )
    return kept.with_columns((pl.col("nats") / pl.col("forgetful")).alias("ratio"))


def _draw_ends(panel: Axes, rows: pl.DataFrame, styles: Mapping[str, Look], arms: Sequence[str]) -> None:
    """Draws each seed's last loss over that of forgetting, with the median."""
    for column, arm in enumerate(arms):
        values = rows.filter(pl.col("arm") == arm).sort("seed")["ratio"].to_numpy()
        sideways = np.linspace(-0.2, 0.2, values.size) if values.size > 1 else np.zeros(1)
        look = styles[arm]
        panel.plot(
            column + sideways, values, linestyle="", marker=look.marker, markersize=4.5, color=look.colour, alpha=0.8
        )
        panel.hlines(np.median(values), column - 0.32, column + 0.32, color=INK, linewidth=1.8)
    panel.axhline(1, color=FAINT, linewidth=1.2, linestyle=(0, (4, 3)), zorder=1)
    panel.set_ylim(0, max(1.12, 1.05 * float(rows["ratio"].to_numpy().max())))
    panel.set_xticks(
        range(len(arms)), [arm.replace(", forget ", ",\n").replace(", ", ",\n") for arm in arms], fontsize=8.5
    )
    panel.set_xlim(-0.55, len(arms) - 0.35)
    panel.set_ylabel("loss over that of forgetting")
    panel.set_title("at the end")
    panel.grid(axis="y", color="#ECECEC", linewidth=0.8)
    panel.set_axisbelow(True)


def _mark_published(panel: Axes, published: Sequence[Published], arms: Sequence[str]) -> None:
    """Marks published losses of the arms that are drawn, over the loss of forgetting at their length."""
    keys = [f"{ARMS[arm]}_loss" for arm in arms]
    forgetful = SYMBOLS * float(np.log(ALPHABET)) / (PUBLISHED_WAIT + 2 * SYMBOLS)
    for one in published:
        if one.key not in keys:
            continue
        panel.plot(
            keys.index(one.key) + 0.38, one.value / forgetful, linestyle="", marker="D", markersize=6,
            markerfacecolor="white", markeredgecolor=INK, zorder=4,
        )  # fmt: skip
    panel.annotate(
        f"diamonds: published, T = {PUBLISHED_WAIT:,}", (0.02, 0.03),
        xycoords="axes fraction", fontsize=8, color="#666666",
    )  # fmt: skip
