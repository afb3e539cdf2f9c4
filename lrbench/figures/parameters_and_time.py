"""Parameters and time of a GRU against an LSTM, over H, I, B and T, at equal width and at equal parameters."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, NullFormatter, NullLocator

from lrbench.analysis.drawing import FAINT, INK, STYLE, Look, looks, panels
from lrbench.figures.figure import Number, Outcome, StudyFigure, Verdict
from lrbench.models.layer_parameters import (
    GRU_GATES,
    LSTM_GATES,
    NO_BIAS,
    ONE_BIAS,
    equal_lstm_width,
    equal_width_ratio,
    gru_parameters,
    lstm_parameters,
)
from lrbench.studies import Results
from lrbench.studies.gru_against_lstm.cases import ATS
from lrbench.studies.gru_against_lstm.grid import GRIDS
from lrbench.studies.gru_against_lstm.measured import where, words_of
from lrbench.studies.gru_against_lstm.times import times

#: The size that the articles count.
_HIDDEN, _INPUTS = 256, 128
#: What a letter is, on an axis.
_AXES = {
    "H": "hidden units of the GRU, H",
    "I": "inputs, I",
    "B": "sequences in a batch, B",
    "T": "time steps of a sequence, T",
}
#: The band that the articles name, and the constant between the widths.
_BAND, _CONSTANT = "#F1E3C6", 0.866


class ParametersAndTime(StudyFigure):
    """Counts parameters, and times layers and training steps in turn."""

    name = "parameters_and_time"

    def measure(self, results: Results) -> dict[str, pl.DataFrame]:
        """Times what was not timed on this machine before."""
        return {"times": times(results)}

    def numbers(self, results: Results, measured: Mapping[str, pl.DataFrame]) -> Sequence[Number]:
        """Returns the counts at the published size, then the ratios of time: over all cases, and of each."""
        del results
        table = measured["times"]
        found = list(_counts())
        for at in ATS:
            mine = table.filter(pl.col("at") == at)
            ratios = mine["ratio"].to_numpy()
            held = [
                self.text["faster_from"] <= row["ratio"] <= self.text["faster_to"] and row["ratio_low"] > 1
                for row in mine.iter_rows(named=True)
            ]
            key = at.replace(" ", "_")
            found += [
                Number(
                    key,
                    f"LSTM time over GRU time, {at}",
                    float(np.median(ratios)),
                    f"median of {len(ratios)} cases",
                    float(ratios.min()),
                    float(ratios.max()),
                    mine["repeats"][0],
                ),
                Number(
                    f"share_{key}",
                    f"share of cases within {self.text['faster_from']} to {self.text['faster_to']}, {at}",
                    sum(held) / len(held),
                    f"of {len(held)} cases",
                    seeds=mine["repeats"][0],
                ),
            ]
        found += [
            Number(
                f"{words_of(row)} {row['at']}",
                f"{words_of(row)}, LSTM of {row['lstm_width']}, {row['at']}",
                row["ratio"],
                f"median of {row['repeats']} rounds",
                row["ratio_low"],
                row["ratio_high"],
                row["repeats"],
            )
            for row in table.iter_rows(named=True)
        ]
        return found

    def draw(self, results: Results, measured: Mapping[str, pl.DataFrame]) -> Figure:
        """Draws the counts, the widths of equal parameters, and the ratios of time over each size."""
        table = measured["times"]
        with mpl.rc_context(STYLE):
            figure, axes = panels(6)
            # Of one set, so that no colour means two things.
            styles = looks(["GRU", "LSTM", *ATS])
            _draw_counts(axes[0], styles, [one for one in self.published if one.key.endswith("_parameters")])
            _draw_widths(axes[1])
            window = (self.text["faster_from"], self.text["faster_to"])
            layers = table.filter(pl.col("work") == "layer")
            base = GRIDS[results.scale].base
            for panel, letter in zip(axes[2:], "HIBT", strict=True):
                _draw_ratios(panel, _varied(layers, base, letter), letter, styles, window)
                rest = " ".join(f"{other}{size}" for other, size in base.items() if other != letter)
                panel.set_title(f"Time over {letter}", pad=18)
                panel.text(0, 1.02, rest, transform=panel.transAxes, fontsize=8.5, color=FAINT)
            _same_heights(axes[2:], layers, window)
            handles = [
                *(
                    Line2D(
                        [], [], color=look.colour, marker=look.marker, linestyle=look.dashes, label=f"LSTM / GRU, {at}"
                    )
                    for at, look in ((at, styles[at]) for at in ATS)
                ),
                Patch(color=_BAND, label=f"published: {window[0]:g} to {window[1]:g} times faster"),
                Line2D([], [], color=FAINT, linestyle=":", label="4/3, the ratio of the products' operations"),
            ]
            figure.legend(handles=handles, loc="outside upper left", ncols=2, frameon=False, handlelength=3.2)
            words = f"points are medians of {table['repeats'][0]} rounds in turn, bars their range; {where(table)}"
            figure.supxlabel(words, fontsize=8, color=FAINT)
        return figure

    def judge(self, numbers: Mapping[str, Number]) -> Verdict:
        """Applies the rule that the YAML states."""
        published = {one.key: one.value for one in self.published}
        off = [abs(numbers[key].value / published[key] - 1) for key in ("gru_parameters", "lstm_parameters")]
        counted = max(off) <= self.text["published_tolerance"]
        share = numbers["share_equal_width"].value
        timed = share >= self.text["supported_from"]
        outcomes: dict[int, Outcome] = {2: "reproduced", 1: "partly", 0: "not reproduced"}
        wide, equal = (numbers[at.replace(" ", "_")] for at in ATS)
        sentence = (
            f"The counts are {max(off):.2%} off the published ones at most. At equal width the LSTM takes "
            f"{wide.low:.2f} to {wide.high:.2f} times as long as the GRU, within the published range in "
            f"{share:.0%} of the cases; at equal parameters {equal.low:.2f} to {equal.high:.2f} times."
        )
        return Verdict(outcomes[counted + timed], sentence)


def _counts() -> list[Number]:
    """Returns the counts at the published size."""
    gru, lstm = gru_parameters(_INPUTS, _HIDDEN, ONE_BIAS), lstm_parameters(_INPUTS, _HIDDEN, ONE_BIAS)
    width = equal_lstm_width(gru, lambda _: _INPUTS, ONE_BIAS)
    at = f"H={_HIDDEN}, I={_INPUTS}"
    return [
        Number("gru_parameters", f"parameters of a GRU layer, {at}, {ONE_BIAS.name}", gru, "exact"),
        Number("lstm_parameters", f"parameters of an LSTM layer, {at}, {ONE_BIAS.name}", lstm, "exact"),
        Number(
            "gru_parameters_no_bias",
            f"the same, GRU, {NO_BIAS.name}",
            gru_parameters(_INPUTS, _HIDDEN, NO_BIAS),
            "exact",
        ),
        Number(
            "lstm_parameters_no_bias",
            f"the same, LSTM, {NO_BIAS.name}",
            lstm_parameters(_INPUTS, _HIDDEN, NO_BIAS),
            "exact",
        ),
        Number(
            "gru_parameters_here", f"the same, GRU as it is timed here, {at}", gru_parameters(_INPUTS, _HIDDEN), "exact"
        ),
        Number("saving", "percent fewer parameters in the GRU", 100 * (1 - gru / lstm), "exact"),
        Number("width_ratio", f"LSTM width over GRU width at equal parameters, {at}", width / _HIDDEN, "exact"),
        Number("equal_parameters_width", f"LSTM width at the GRU's parameters, {at}", width, "exact"),
        Number(
            "equal_parameters_off",
            "that LSTM's parameters over the GRU's, minus 1",
            lstm_parameters(_INPUTS, width, ONE_BIAS) / gru - 1,
            "exact",
        ),
    ]


def _varied(layers: pl.DataFrame, base: Mapping[str, int], letter: str) -> pl.DataFrame:
    """Returns the layers that differ from the base in one size at most, in the order of that size."""
    same = [pl.col(other) == size for other, size in base.items() if other != letter]
    return layers.filter(*same).sort(letter)


def _draw_counts(panel: Axes, kinds: Mapping[str, Look], published: Sequence[Any]) -> None:
    hidden = np.unique(np.geomspace(16, 1024, 60).round().astype(int))
    counts = {"GRU": gru_parameters, "LSTM": lstm_parameters}
    for name, count in counts.items():
        look = kinds[name]
        values = [count(_INPUTS, int(width), ONE_BIAS) for width in hidden]
        panel.plot(hidden, values, color=look.colour, linestyle=look.dashes, linewidth=1.8, label=name)
        ours = count(_INPUTS, _HIDDEN, ONE_BIAS)
        above = name == "LSTM"
        panel.annotate(
            f"{ours:,}",
            (_HIDDEN, ours),
            xytext=(-8, 6) if above else (8, -12),
            textcoords="offset points",
            ha="right" if above else "left",
            fontsize=8.5,
        )
    panel.plot(
        [_HIDDEN] * len(published),
        [one.value for one in published],
        linestyle="",
        marker="x",
        color=INK,
        markersize=7,
        label="published (recalled)",
    )
    panel.set(xscale="log", yscale="log", xlabel="hidden units, H", ylabel="parameters of a layer")
    _plain_ticks(panel, [16, 64, 256, 1024])
    panel.grid(color="#E4E4E4", linewidth=0.6)
    panel.legend(frameon=False, fontsize=8.5, loc="upper left")
    panel.set_title("Parameters", pad=18)
    panel.text(0, 1.02, f"I{_INPUTS}, {ONE_BIAS.name}", transform=panel.transAxes, fontsize=8.5, color=FAINT)


def _draw_widths(panel: Axes) -> None:
    inputs = np.geomspace(0.01, 30, 200)
    panel.plot(inputs, [equal_width_ratio(float(one)) for one in inputs], color=INK, linewidth=1.8)
    panel.axhline(_CONSTANT, color=FAINT, linestyle="--", linewidth=1)
    panel.annotate(
        "published: 0.866",
        (30, _CONSTANT),
        xytext=(0, 4),
        textcoords="offset points",
        ha="right",
        fontsize=8.5,
        color=FAINT,
    )
    panel.axhline(GRU_GATES / LSTM_GATES, color=FAINT, linestyle=":", linewidth=1)
    panel.annotate(
        "3/4",
        (0.01, GRU_GATES / LSTM_GATES),
        xytext=(0, 4),
        textcoords="offset points",
        fontsize=8.5,
        color=FAINT,
    )
    at = _INPUTS / _HIDDEN
    units = equal_lstm_width(gru_parameters(_INPUTS, _HIDDEN, ONE_BIAS), lambda _: _INPUTS, ONE_BIAS)
    panel.plot([at], [equal_width_ratio(at)], marker="o", color=INK)
    panel.annotate(
        f"H{_HIDDEN} I{_INPUTS}: {units} units",
        (at, equal_width_ratio(at)),
        xytext=(-8, -12),
        textcoords="offset points",
        ha="right",
        fontsize=8.5,
    )
    panel.set(
        xscale="log",
        xlabel="inputs for each hidden unit of the GRU, I/H",
        ylabel="LSTM width / GRU width",
        ylim=(0.73, 0.89),
    )
    panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    panel.grid(color="#E4E4E4", linewidth=0.6)
    panel.set_title("Widths of equal parameters", pad=18)
    panel.text(
        0,
        1.02,
        "the same inputs for both",
        transform=panel.transAxes,
        fontsize=8.5,
        color=FAINT,
    )


def _draw_ratios(
    panel: Axes, rows: pl.DataFrame, letter: str, styles: Mapping[str, Look], window: tuple[float, float]
) -> None:
    panel.axhspan(*window, color=_BAND, zorder=0)
    panel.axhline(1, color="#555555", linewidth=1)
    panel.axhline(LSTM_GATES / GRU_GATES, color=FAINT, linestyle=":", linewidth=1)
    for place, at in enumerate(ATS):
        look = styles[at]
        mine = rows.filter(pl.col("at") == at)
        middle = mine["ratio"].to_numpy()
        # Side by side, so that both ranges show.
        sizes = mine[letter].to_numpy() * (0.96 if place == 0 else 1.04)
        panel.errorbar(
            sizes,
            middle,
            yerr=[middle - mine["ratio_low"].to_numpy(), mine["ratio_high"].to_numpy() - middle],
            color=look.colour,
            marker=look.marker,
            linestyle=look.dashes,
            linewidth=1.5,
            elinewidth=1.2,
            capsize=2.5,
            markersize=5.5,
        )
    panel.set(xscale="log", xlabel=_AXES[letter], ylabel="LSTM time / GRU time")
    ticks = sorted(set(rows[letter].to_list()))
    panel.set_xlim(ticks[0] / 1.5, ticks[-1] * 1.5)
    _plain_ticks(panel, ticks)
    panel.grid(axis="y", color="#E4E4E4", linewidth=0.6)


def _same_heights(axes: Sequence[Axes], layers: pl.DataFrame, window: tuple[float, float]) -> None:
    """Gives the panels of ratios one scale, so that they can be compared."""
    low = min(0.9, float(layers["ratio_low"].to_numpy().min()))
    high = max(window[1], float(layers["ratio_high"].to_numpy().max()))
    for panel in axes:
        panel.set_ylim(low - 0.05, high + 0.05)


def _plain_ticks(panel: Axes, ticks: Sequence[int]) -> None:
    panel.set_xticks(ticks, [str(tick) for tick in ticks])
    panel.xaxis.set_minor_locator(NullLocator())
    panel.xaxis.set_minor_formatter(NullFormatter())
