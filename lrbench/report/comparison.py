"""A comparison in the terminal: the models, the learning rates, the pairs, and the verdict."""

from typing import Any

import polars as pl
from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from lrbench.analysis import wording
from lrbench.analysis.comparison import Comparison
from lrbench.analysis.contenders import HELD_AT
from lrbench.analysis.selection import SETTING
from lrbench.analysis.verdict import Verdict, outcome

#: Widths are fixed so that the tables of several tasks line up; together they fit 104 columns.
_NAME = 9


def comparison_tables(comparison: Comparison, verdict: Verdict) -> Group:
    """Returns a comparison for a Rich console of at least 104 columns.

    For every task: each model's scores at the lengths to decide at, its costs, its learning rates where it had several,
    and every two models. Then the verdict.
    """
    parts: list[RenderableType] = []
    for (task, length), pairs in comparison.pairs.filter("decides").group_by(SETTING, maintain_order=True):
        setting = (str(task), int(str(length)))
        models, rates = (_of(frame, setting) for frame in (comparison.models, comparison.selection.rates))
        parts.append(
            Text.assemble((comparison.name(*setting), "bold"), f"  trained to length {setting[1]}", style="not dim")
        )
        decided = models.filter(pl.col("eval_length").is_in(pairs["eval_length"].unique().to_list()))
        parts += [_scores(decided), _costs(models)]
        if rates.height > rates.filter("selected").height:
            parts.append(_rates(rates))
        parts += [_pairs(pairs), Text()]
    parts.append(Text(verdict.headline, style="bold"))
    for title, sentences in (
        ("Comparisons", verdict.sentences),
        ("Costs", verdict.costs),
        ("Cautions", verdict.cautions),
    ):
        if sentences:
            parts += [Text(), Text(title, style="bold"), *(_paragraph(sentence) for sentence in sentences)]
    legend = (
        f"≥ {HELD_AT}: lanes that hold. difference: of mean scaled scores, first less second. w–t–l: pairs of seeds "
        "that the first won, tied and lost. d: the mean difference in standard deviations of the differences. p: "
        "sign-flip test; p Holm: corrected, which decides; p t: t-test; p held: McNemar's test of how many hold, or "
        "Fisher's (ᶠ). seeds: for power 0.8."
    )
    parts += [Text(), *(Text(note, style="dim") for note in (legend, *verdict.notes))]
    return Group(*parts)


def _of(frame: pl.DataFrame, setting: tuple[str, int]) -> pl.DataFrame:
    return frame.filter(pl.col("task") == setting[0], pl.col("train_length") == setting[1])


def _paragraph(sentence: str) -> Padding:
    return Padding(Text(f"• {sentence}"), (0, 0, 0, 1))


def _table() -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.show_edge = False
    return table


def _scores(models: pl.DataFrame) -> Table:
    """Returns the scaled scores of each model at each length to decide at."""
    table = _table()
    table.add_column("model", min_width=_NAME, overflow="fold")
    for name in ("length", "median", "mean", "95 % interval", "worst", "best", f"≥ {HELD_AT}"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in models.sort("eval_length", "contender").to_dicts():
        table.add_row(
            one["contender"],
            str(one["eval_length"]) if one["n"] is None else f"n = {one['n']}",
            wording.score(one["median"]),
            wording.score(one["mean"]),
            "–" if one["low"] is None else wording.span(one["low"], one["high"]),
            wording.score(one["min"]),
            wording.score(one["best"]),
            f"{one['held']}/{one['lanes']}",
        )
    return table


def _costs(models: pl.DataFrame) -> Table:
    """Returns what each model cost, and by how much it misses the budget that it was matched to."""
    table = _table()
    table.add_column("model", min_width=_NAME, overflow="fold")
    headings = ("rate", "params", "match", "state", "solved", "steps", "seconds to solve", "trained", "diverged")
    for name in headings:
        table.add_column(name, justify="right", no_wrap=True)
    for one in models.unique("contender", keep="first", maintain_order=True).to_dicts():
        seconds = one["solved_seconds"]
        table.add_row(
            one["contender"],
            f"{one['learning_rate']:g}",
            wording.count(one["parameters"]),
            "–" if one["match_residual"] is None else f"{100 * one['match_residual']:+.1f} %",
            wording.count(one["state_size"]),
            f"{one['solved']}/{one['lanes']}",
            wording.count(one["solved_step"]),
            "–" if seconds is None else f"{seconds:.1f}",
            wording.seconds(one["seconds"]),
            Text(str(one["diverged"]), style="red" if one["diverged"] else ""),
        )
    return table


def _rates(rates: pl.DataFrame) -> Table:
    """Returns the score on validation as a function of the learning rate, the selected one in bold."""
    table = _table()
    table.add_column("model", min_width=_NAME, overflow="fold")
    for name in ("rate", "validation median", "range", "loss", "solved", "diverged", ""):
        table.add_column(name, justify="left" if not name else "right", no_wrap=True)
    for one in rates.to_dicts():
        table.add_row(
            one["contender"],
            f"{one['learning_rate']:g}",
            wording.score(one["median"]),
            wording.span(one["min"], one["max"]),
            f"{one['loss']:.3g}",
            f"{one['solved']}/{one['lanes']}",
            str(one["diverged"]),
            "selected" if one["selected"] else "",
            style="bold" if one["selected"] else "",
        )
    return table


def _pairs(pairs: pl.DataFrame) -> Table:
    """Returns every two models at the lengths to decide at."""
    table = _table()
    table.add_column("pair", min_width=_NAME, overflow="fold")
    for name in ("length", "difference", "w–t–l", "d", "p", "p Holm", "p t", "p held", "seeds"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("better", min_width=_NAME, overflow="fold")
    for pair in pairs.to_dicts():
        table.add_row(
            f"{pair['first']} − {pair['second']}",
            str(pair["eval_length"]) if pair["n"] is None else f"n = {pair['n']}",
            _difference(pair),
            f"{pair['won']}–{pair['tied']}–{pair['lost']}" if pair["pairs"] else "–",
            _effect(pair["effect_size"]),
            _number(pair["sign_flip_p"], ".2g"),
            _number(pair["holm_p"], ".2g"),
            _number(pair["t_test_p"], ".1g"),
            _number(pair["solved_p"], ".2g") + ("ᶠ" if pair["solved_test"] == "Fisher" else ""),
            _number(pair["seeds_needed"], ",d"),
            outcome(pair),
            style="bold" if pair["established"] else "",
        )
    return table


def _difference(pair: dict[str, Any]) -> str:
    """Returns the mean difference with its interval."""
    if not pair["pairs"]:
        return "–"
    mean = wording.score(pair["mean_difference"])
    return mean if pair["low"] is None else f"{mean} {wording.span(pair['low'], pair['high'])}"


def _effect(value: float | None) -> str:
    """Returns an effect size; beyond 99 its digits say nothing."""
    if value is None:
        return "–"
    text = ">99" if abs(value) > 99 else f"{abs(value):.1f}"
    return f"−{text}" if value < 0 else text


def _number(value: int | float | None, form: str) -> str:
    return "–" if value is None else f"{value:{form}}".replace("-", "−")
