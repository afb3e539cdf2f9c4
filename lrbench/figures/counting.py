"""LSTM against GRU on a^n b^n and a^n b^n c^n (Weiss et al. 2018): how far they count, and with which units."""

from collections.abc import Mapping, Sequence
from statistics import median

import jax
import jax.numpy as jnp
import matplotlib as mpl
import numpy as np
import polars as pl
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lrbench.analysis.decision import Call, call
from lrbench.analysis.drawing import FAINT, INK, STYLE, looks
from lrbench.evaluation.traces import named_states, trace
from lrbench.figures.figure import Number, Outcome, StudyFigure, Verdict
from lrbench.runs.configuration import Run
from lrbench.runs.trained import trained_parameters
from lrbench.studies import Results
from lrbench.studies.largest_n import FIRST_N, largest_n, log_contest
from lrbench.studies.model_names import MODEL_NAMES
from lrbench.studies.rates import at_selected_rates_of_arms

WORD, BATCH = "an update a word", "full batch"
TASKS = {"anbn": "$a^n b^n$", "anbncn": "$a^n b^n c^n$"}
MODELS = ("lstm", "gru", "elman")
#: The same in both figures, whichever models are there.
LOOKS = looks(MODELS)
NETWORK = ("arm", "task", "model", "run", "lane", "seed")
#: The same, with what its learning rate is chosen by.
SEARCHED = (*NETWORK, "learning_rate", "validation_score", "validation_loss")


class Counting(StudyFigure):
    """Counting: how far each network counts beyond its training, and what its units do meanwhile."""

    name = "counting"

    def measure(self, results: Results) -> dict[str, pl.DataFrame]:
        """Traces the units of the best LSTM and the best GRU along one long word."""
        best = best_lanes(
            at_selected_rates_of_arms(results.rows).filter(pl.col("arm") == WORD, pl.col("task") == "anbn")
        )
        n = int(self.text["traced_n"][results.scale])

        def traces() -> pl.DataFrame:
            return pl.concat(
                trace_of(results.runs[one["run"]], one["lane"], n).with_columns(
                    pl.lit(one["model"]).alias("model"), pl.lit(one["seed"]).alias("seed")
                )
                for one in best.to_dicts()
            )

        of = tuple(f"{one['run']} lane {one['lane']}" for one in best.to_dicts())
        return {"traces": results.remembered(f"traces-{n}", traces, of=of)}

    def numbers(self, results: Results, measured: Mapping[str, pl.DataFrame]) -> Sequence[Number]:
        """Returns the largest n of every protocol, task and model, and the tests between LSTM and GRU."""
        rows = at_selected_rates_of_arms(results.rows)
        reach = largest_n(rows, NETWORK)
        found = []
        for (arm, task, model), one in reach.group_by("arm", "task", "model", maintain_order=True):
            own = (pl.col("arm") == arm, pl.col("task") == task, pl.col("model") == model)
            rate = float(rows.filter(*own)["learning_rate"][0])
            key, what = f"{arm}/{task}/{model}", f"{arm}, {task}, {MODEL_NAMES[str(model)]} at rate {rate:g}"
            for column, words in (("exact", "largest n exactly right"), ("accepted", "largest n accepted")):
                values = [float(value) for value in one[column]]
                found.append(
                    Number(
                        f"{key}/{column}",
                        f"{what}: {words}",
                        median(values),
                        f"median of {len(values)}",
                        min(values),
                        max(values),
                        len(values),
                    )
                )
                if column == "exact":
                    found.append(
                        Number(
                            f"{key}/best",
                            f"{what}: {words}",
                            max(values),
                            f"best of {len(values)}",
                            seeds=len(values),
                        )
                    )
        for (arm, task), one in rows.group_by("arm", "task", maintain_order=True):
            what = f"{arm}, {task}: longest n trained"
            found.append(Number(f"{arm}/{task}/trained", what, float(trained_n(one)), "exact"))
        searched = largest_n(results.rows, SEARCHED)
        for key, tested in tests(searched, float(self.text["level"])).items():
            found.append(
                Number(
                    f"{key}/p",
                    f"{key.replace('/', ', ')}: LSTM beyond GRU, sign-flip test",
                    tested.corrected,
                    "p after Holm's correction",
                    seeds=tested.test.pairs,
                )
            )
        return found

    def judge(self, numbers: Mapping[str, Number]) -> Verdict:
        """Judges the protocol of the paper, an update a word, on both tasks; the full batch is told beside it."""
        whole, parts, sentences = [], [], []
        for task in TASKS:
            lstm, gru = (numbers[f"{WORD}/{task}/{model}/exact"].value for model in ("lstm", "gru"))
            trained, p_value = numbers[f"{WORD}/{task}/trained"].value, numbers[f"{WORD}/{task}/p"].value
            established = p_value <= self.text["level"] and lstm > gru
            whole.append(established and lstm >= self.text["beyond"] * trained and gru <= self.text["within"] * trained)
            parts.append(established and lstm > trained)
            sentences.append(
                f"on {task} the LSTM is exact to n = {lstm:.0f} and the GRU to {gru:.0f} at the median, having trained "
                f"to {trained:.0f} (p = {p_value:.3g})"
            )
        outcome: Outcome = "reproduced" if all(whole) else "partly" if any(parts) else "not reproduced"
        full = [
            f"{numbers[f'{BATCH}/{task}/lstm/exact'].value:.0f} and {numbers[f'{BATCH}/{task}/gru/exact'].value:.0f} "
            f"on {task}"
            for task in TASKS
            if f"{BATCH}/{task}/lstm/exact" in numbers
        ]
        beside = f" With full batches they reach {' and '.join(full)}." if full else ""
        reached = {task: numbers[f"{WORD}/{task}/gru/exact"].value for task in TASKS}
        unlearnt = [task for task, n in reached.items() if n < numbers[f"{WORD}/{task}/trained"].value]
        if unlearnt:
            beside += (
                f" The GRU did not become exact on all words that it was trained on ({' and '.join(unlearnt)}), so it "
                "is not seen how far one counts that did."
            )
        text = "; ".join(sentences)
        return Verdict(outcome, f"With an update after each word, {text}.{beside}")

    def draw(self, results: Results, measured: Mapping[str, pl.DataFrame]) -> Figure:
        """Draws the share of seeds that are exact over n, for both protocols and tasks, and the traces below."""
        rows = at_selected_rates_of_arms(results.rows)
        traces = measured["traces"]
        with mpl.rc_context(STYLE):
            figure = Figure(figsize=(11.0, 10.2), layout="constrained")
            axes = figure.subplot_mosaic("000111;222333;cchhgg", height_ratios=[1, 1, 1.05])
            for place, (arm, task) in enumerate((arm, task) for arm in (WORD, BATCH) for task in TASKS):
                own = rows.filter(pl.col("arm") == arm, pl.col("task") == task)
                self._draw_share(axes[str(place)], own, f"{TASKS[task]}, {arm}", f"{arm}/{task}")
            handles = [
                Line2D([], [], color=look.colour, linestyle=look.dashes, linewidth=2.2, label=MODEL_NAMES[name])
                for name, look in LOOKS.items()
                if name in set(rows["model"])
            ]
            handles.append(Line2D([], [], color=FAINT, linewidth=6, alpha=0.25, label="seen in training"))
            published = "published (recalled; trained to n = 100 and 50)"
            handles.append(Line2D([], [], color=INK, linewidth=1.0, linestyle=":", label=published))
            figure.legend(handles=handles, loc="outside upper left", ncols=len(handles), frameon=False, handlelength=3)
            for letter, model, state in (("c", "lstm", "cell"), ("h", "lstm", "hidden"), ("g", "gru", "hidden")):
                _draw_trace(axes[letter], traces.filter(pl.col("model") == model, pl.col("state") == state), state)
        return figure

    def _draw_share(self, panel: Axes, rows: pl.DataFrame, title: str, key: str) -> None:
        panel.set_title(title)
        panel.set_xlabel("n")
        panel.set_ylabel("share of seeds exactly right")
        panel.set_ylim(-0.03, 1.08)
        if rows.is_empty():
            panel.text(0.5, 0.5, "not run at this scale", ha="center", color=FAINT, transform=panel.transAxes)
            return
        panel.axvspan(FIRST_N, trained_n(rows), color=FAINT, alpha=0.18, linewidth=0)
        shares = (
            rows.filter(pl.col("n") >= FIRST_N)
            .group_by("model", "n", maintain_order=True)
            .agg((pl.col("sequence_accuracy") == 1).mean().alias("share"))
            .sort("n")
        )
        for (model,), one in shares.group_by("model", maintain_order=True):
            look = LOOKS[str(model)]
            panel.step(one["n"], one["share"], where="mid", color=look.colour, linestyle=look.dashes, linewidth=1.8)
        largest = int(str(rows["n"].max()))
        panel.set_xscale("log")
        panel.set_xlim(FIRST_N, largest)
        ticks = [n for n in (2, 5, 10, 20, 50, 100, 200, 500, 1000) if n <= largest]
        panel.set_xticks(ticks, [str(n) for n in ticks])
        panel.minorticks_off()
        for published in self.published:
            if (
                published.key.startswith(f"{key}/")
                and published.key.endswith("/exact")
                and published.source == "recalled"
            ):
                inside = min(published.value, largest)
                mark = f"{published.what.split(',')[0]} {published.value:g}{' →' if published.value > largest else ''}"
                panel.axvline(inside, color=INK, linewidth=1.0, linestyle=":")
                panel.annotate(
                    mark,
                    (inside, 0.3),
                    xytext=(-2, 0),
                    textcoords="offset points",
                    rotation=90,
                    ha="right",
                    va="center",
                    fontsize=8.5,
                    color=INK,
                    bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1},
                )


def _draw_trace(panel: Axes, trace: pl.DataFrame, state: str) -> None:
    if trace.is_empty():
        panel.set_axis_off()
        return
    model, seed = MODEL_NAMES[trace["model"][0]], trace["seed"][0]
    steps = int(str(trace["step"].max()))
    colours = mpl.colormaps["viridis"](np.linspace(0, 0.92, trace["unit"].n_unique()))
    for colour, (_, unit) in zip(colours, trace.group_by("unit", maintain_order=True), strict=True):
        panel.plot(unit["step"], unit["value"], color=colour, linewidth=1.1)
    panel.axvline(steps // 2, color=FAINT, linewidth=0.9, linestyle="--")
    panel.set_title(f"{model}: {state} state")
    panel.set_xlabel(f"step of $a^{{{steps // 2}}} b^{{{steps // 2}}}$; seed {seed}, best by validation", fontsize=9)
    panel.set_ylabel("value of each unit")


def best_lanes(rows: pl.DataFrame) -> pl.DataFrame:
    """Returns the lane of each model that validation finds best: the highest score, then the lowest loss there.

    Args:
        rows: of one arm and task.

    Returns:
        A row a model: `model`, `run`, `lane`, `seed`, `validation_score`, `validation_loss`.
    """
    score, loss = pl.col("validation_score"), pl.col("validation_loss")
    return (
        rows.unique(["run", "lane"], keep="first", maintain_order=True)
        .with_columns(
            pl.when(score.is_finite()).then(score).otherwise(0.0),
            pl.when(loss.is_finite()).then(loss).otherwise(np.inf),
        )
        .sort("model", "validation_score", "validation_loss", "seed", descending=[False, True, False, False])
        .group_by("model", maintain_order=True)
        .first()
        .select("model", "run", "lane", "seed", "validation_score", "validation_loss")
    )


def word(n: int) -> Int[np.ndarray, " steps"]:
    """Returns the input of a^n b^n as `lrbench.tasks.anbn` has it: the start, n a's, n b's."""
    return np.asarray([0] + [1] * n + [2] * n, np.int32)


def trace_of(run: Run, lane: int, n: int) -> pl.DataFrame:
    """Returns what every unit of a trained network holds after each step of a^n b^n.

    Args:
        run: complete, of the task anbn.
        lane: which of its networks.
        n: of the word.

    Returns:
        Columns `state` ("cell" or "hidden"), `unit` from 0, `step` from 0 (after the start symbol) to 2n, `value`.

    Raises:
        RunError: the run is not complete.
    """
    params = jax.tree.map(lambda leaf: jnp.asarray(leaf[lane]), trained_parameters(run))
    follow = jax.jit(lambda params, inputs: trace(run.model, params, inputs, run.model.initial_carry(()))[0])
    with jax.default_matmul_precision("highest"):
        carries = follow(params, jnp.asarray(word(n)))
    tables = []
    for state, leaf in named_states(carries).items():
        values: Float[np.ndarray, "steps units"] = np.asarray(leaf, np.float64)
        steps, units = values.shape
        tables.append(
            pl.DataFrame(
                {
                    "state": [state] * values.size,
                    "unit": np.repeat(np.arange(units), steps),
                    "step": np.tile(np.arange(steps), units),
                    "value": values.T.ravel(),
                }
            )
        )
    return pl.concat(tables)


def trained_n(rows: pl.DataFrame) -> int:
    """Returns the longest n trained, of rows that are of one task and training length."""
    longest = int(rows["train_length"][0])
    within = rows.filter(pl.col("eval_length") <= longest)["n"].max()
    return int(str(within))


def tests(reach: pl.DataFrame, level: float) -> dict[str, Call]:
    """Tests whether LSTM and GRU reach equally far, over paired seeds, as one family; by "arm/task".

    Args:
        reach: a row for each lane of all rates, with `SEARCHED` and `exact`.
        level: chance of any false call in the family.
    """
    families = {}
    for (arm, task), one in reach.group_by("arm", "task", maintain_order=True):
        first, second = (one.filter(pl.col("model") == model) for model in ("lstm", "gru"))
        paired = log_contest(first, second, "exact")
        if paired.differences.size:
            families[f"{arm}/{task}"] = paired
    return dict(zip(families, call(list(families.values()), level), strict=True))
