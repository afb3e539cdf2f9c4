"""Counting against number format: networks as in the figure `counting`, carry and weights in coarser numbers."""

import math
from collections.abc import Mapping, Sequence
from statistics import median

import matplotlib as mpl
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lrbench.analysis.decision import call
from lrbench.analysis.drawing import FAINT, INK, STYLE
from lrbench.evaluation.number_formats import FORMATS
from lrbench.figures.counting import BATCH, LOOKS, MODELS, WORD
from lrbench.figures.figure import Number, Outcome, StudyFigure, Verdict
from lrbench.studies import Results
from lrbench.studies.format_scores import scores_of_lanes
from lrbench.studies.largest_n import largest_n, paired_log_ratios
from lrbench.studies.model_names import MODEL_NAMES
from lrbench.studies.rates import at_selected_rates_of_arms

NETWORK = ("arm", "model", "format", "run", "lane", "seed")
INT8 = ("int8 weights per tensor", "int8 weights per row")


class NumberFormats(StudyFigure):
    """How far trained networks count in float32, and with carry or weights in fewer bits."""

    name = "number_formats"

    def measure(self, results: Results) -> dict[str, pl.DataFrame]:
        """Tests every network again in every format."""
        rows = at_selected_rates_of_arms(results.rows)
        lanes = rows.select("arm", "model", "run", "lane", "seed").unique(maintain_order=True)
        of = tuple(f"{one['run']} lane {one['lane']}" for one in lanes.sort("run", "lane").to_dicts())
        scores = results.remembered(
            "formats",
            lambda: scores_of_lanes(list(results.runs.values()), rows, FORMATS),
            of=(*of, *(one.name for one in FORMATS)),
        )
        named = lanes.join(scores, on=["run", "lane"], how="inner", maintain_order="left_right")
        return {"reach": largest_n(named, NETWORK)}

    def numbers(self, results: Results, measured: Mapping[str, pl.DataFrame]) -> Sequence[Number]:
        """Returns the largest exact n, the share accepted and what is kept of float32's reach, for every format."""
        found = []
        for (arm, model), one in measured["reach"].group_by("arm", "model", maintain_order=True):
            whole = one.filter(pl.col("format") == FORMATS[0].name)
            tested = []
            for kept in FORMATS:
                own = one.filter(pl.col("format") == kept.name)
                key, what = f"{arm}/{model}/{kept.name}", f"{arm}, {MODEL_NAMES[str(model)]}, {kept.name}"
                found.append(_median(f"{key}/exact", f"{what}: largest n exactly right", own["exact"].to_list()))
                found.append(
                    _median(f"{key}/accepted", f"{what}: share of words accepted", own["accepted_share"].to_list())
                )
                if kept is FORMATS[0]:
                    continue
                # What does not count in float32 has nothing to keep.
                counting = whole.filter(pl.col("exact") > 0)
                ratios = paired_log_ratios(own, counting, "exact")
                words = f"{what}: its n over float32's, of the seeds that count in float32"
                found.append(_median(f"{key}/kept", words, np.exp2(ratios).tolist()))
                if ratios.size:
                    tested.append((f"{key}/p", f"{what}: unlike float32, sign-flip test", ratios))
            calls = call([ratios for *_, ratios in tested], float(self.text["level"]))
            found += [
                Number(place, words, each.corrected, "p after Holm's correction", seeds=each.test.pairs)
                for (place, words, _), each in zip(tested, calls, strict=True)
            ]
        return found

    def judge(self, numbers: Mapping[str, Number]) -> Verdict:
        """Judges the LSTM that was trained with an update a word."""
        key = f"{WORD}/lstm"
        whole = numbers[f"{key}/float32/exact"].value
        if f"{key}/bfloat16 carry/p" not in numbers:
            return Verdict("not reproduced", "No LSTM counts in float32, so there is no count to lose.")
        bfloat16, p_value = numbers[f"{key}/bfloat16 carry/kept"].value, numbers[f"{key}/bfloat16 carry/p"].value
        float16 = numbers[f"{key}/float16 carry/kept"].value
        int8 = [numbers[f"{key}/{name}/kept"].value for name in INT8]
        loses = bfloat16 <= self.text["lost_at"] and p_value <= self.text["level"]
        keeps = min(float16, *int8) >= self.text["kept_at"]
        outcome: Outcome = "reproduced" if loses and keeps else "partly" if loses or keeps else "not reproduced"
        sentence = (
            f"Of the n to which the LSTM is exact in float32 (median {whole:.0f}), the same network keeps "
            f"{bfloat16:.0%} with a bfloat16 carry (p = {p_value:.3g}), {float16:.0%} with a float16 carry, and "
            f"{int8[0]:.0%} and {int8[1]:.0%} with int8 weights per tensor and per row (medians over seeds)."
        )
        if not loses and whole <= self.text["out_of_reach"]:
            sentence += (
                f" In float32 it does not count beyond {self.text['out_of_reach']}, where bfloat16 broke the released "
                "network, so there is little for bfloat16 to break."
            )
        return Verdict(outcome, sentence)

    def draw(self, results: Results, measured: Mapping[str, pl.DataFrame]) -> Figure:
        """Draws each seed's largest exact n, and the share of words accepted, over the formats."""
        reach = measured["reach"]
        with mpl.rc_context(STYLE):
            figure = Figure(figsize=(11.0, 8.4), layout="constrained")
            axes = figure.subplots(2, 2, sharex=True)
            for column, arm in enumerate((WORD, BATCH)):
                own = reach.filter(pl.col("arm") == arm)
                self._draw_seeds(axes[0, column], own, "exact", arm)
                self._draw_seeds(axes[1, column], own, "accepted_share", arm)
                axes[0, column].set_title(f"$a^n b^n$, {arm}")
            axes[0, 0].set_ylabel("largest n exactly right")
            axes[1, 0].set_ylabel("share of the words accepted")
            present = [name for name in MODELS if name in set(reach["model"])]
            handles = [
                Line2D(
                    [], [], color=LOOKS[name].colour, marker=LOOKS[name].marker, linestyle="", label=MODEL_NAMES[name]
                )
                for name in present
            ]
            handles.append(Line2D([], [], color=INK, linewidth=2.0, label="median"))
            handles.append(
                Line2D([], [], color=INK, marker="x", linestyle="", label="released LSTM (trained to n = 99)")
            )
            figure.legend(handles=handles, loc="outside upper left", ncols=len(handles), frameon=False)
        return figure

    def _draw_seeds(self, panel: Axes, reach: pl.DataFrame, column: str, arm: str) -> None:
        names = [one.name for one in FORMATS]
        panel.set_xticks(
            range(len(names)), [name.replace(" weights ", "\n").replace(" carry", "\ncarry") for name in names]
        )
        panel.tick_params(axis="x", labelsize=8.5)
        panel.grid(axis="y", color="#ECECEC", linewidth=0.8)
        panel.set_axisbelow(True)
        if column == "exact":
            panel.set_yscale("symlog", linthresh=10)
            panel.set_ylim(-0.5, max(700.0, 1.3 * float(str(reach["largest"].max() or 0))))
            panel.set_yticks([0, 5, 10, 20, 50, 100, 200, 500], ["0", "5", "10", "20", "50", "100", "200", "500"])
            panel.minorticks_off()
        else:
            panel.set_ylim(-0.03, 1.05)
        if reach.is_empty():
            panel.text(0.5, 0.5, "not run at this scale", ha="center", color=FAINT, transform=panel.transAxes)
            return
        models = [name for name in MODELS if name in set(reach["model"])]
        for index, model in enumerate(models):
            shift = (index - (len(models) - 1) / 2) * 0.3
            for place, name in enumerate(names):
                own = reach.filter(pl.col("model") == model, pl.col("format") == name).sort("seed")
                values = own[column].to_list()
                spread = np.linspace(-0.07, 0.07, len(values)) if len(values) > 1 else np.zeros(1)
                at = place + shift
                panel.plot(
                    at + spread,
                    values,
                    linestyle="",
                    marker=LOOKS[model].marker,
                    markersize=4,
                    alpha=0.55,
                    color=LOOKS[model].colour,
                )
                panel.plot([at - 0.13, at + 0.13], [median(values)] * 2, color=INK, linewidth=2.0)
        if column == "exact" and arm == WORD:
            for one in self.published:
                if one.key.endswith("/exact"):
                    panel.plot(names.index(one.key.split("/")[-2]), one.value, marker="x", color=INK, markersize=6)


def _median(key: str, what: str, values: Sequence[float]) -> Number:
    if not values:
        return Number(key, what, math.nan, "no seed counts in float32", seeds=0)
    return Number(
        key,
        what,
        median([float(value) for value in values]),
        f"median of {len(values)}",
        float(min(values)),
        float(max(values)),
        len(values),
    )
