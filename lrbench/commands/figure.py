"""`lrbench figure` and `lrbench figures`: a published figure from runs of one's own, its numbers beside ours."""

import json
import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
from rich.console import Console, JustifyMethod
from rich.table import Table

from lrbench.figures import catalogue
from lrbench.runs.errors import ConfigurationError
from lrbench.studies.words import Words, read_words

if TYPE_CHECKING:
    from lrbench.figures.figure import Number, Published, StudyFigure, Verdict
    from lrbench.studies import Results

#: Characters of the widest table's lines.
WIDEST = 120


def figures() -> int:
    """Lists the figures; returns the exit status."""
    table = Table(box=None, pad_edge=False)
    for heading in ("figure", "what it asks", "paper"):
        table.add_column(heading, overflow="fold")
    for name in catalogue.names():
        one = catalogue.figure_of(name)
        table.add_row(name, one.text["question"], one.text["paper"])
    Console(width=max(Console().width, WIDEST)).print(table)
    return 0


def figure(name: str, words: Sequence[str], out: Path | None, only_commands: bool) -> int:
    """Draws a figure, after doing the runs that are missing; returns the exit status.

    Args:
        name: one of `lrbench figures`.
        words: scale=smoke|cpu|paper and runs=FOLDER.
        out: folder of its files; None: one below the folder of runs.
        only_commands: print the commands of its sweeps instead.

    Raises:
        ConfigurationError: a name or a word that does not exist.
    """
    if name not in catalogue.names():
        raise ConfigurationError(f"there is no figure {name!r}; choose {', '.join(catalogue.names())}")
    chosen = read_words(words)
    found = catalogue.figure_of(name)
    if only_commands:
        for arm in found.study.arms[chosen.scale]:
            # Plain, and never broken over lines: a command is there to be copied.
            line = f"{arm.command} 'runs={chosen.runs}'  # {arm.name}"
            Console().print(line, highlight=False, markup=False, soft_wrap=True)
        return 0
    # A narrower terminal breaks the lines of the widest table.
    console = Console(width=max(Console().width, WIDEST))
    folder = (chosen.runs / "made" / f"{name}-{chosen.scale}") if out is None else out
    for path in _make(found, chosen, folder, console):
        console.print(str(path), highlight=False, markup=False, soft_wrap=True)
    return 0


def _make(found: "StudyFigure", chosen: Words, folder: Path, console: Console) -> list[Path]:
    """Makes a figure from its runs, prints its numbers and its verdict, and returns its files.

    Raises:
        RunError: a run did not come to its end, or a measurement could not be made.
    """
    from lrbench.analysis.drawing import save
    from lrbench.commands.collect import collect
    from lrbench.runs.devices import prepare_jax

    prepare_jax()
    started, name = time.monotonic(), found.name
    results = collect(found.study, chosen.scale, chosen.runs, folder, console)
    measured = found.measure(results)
    numbers = list(found.numbers(results, measured))
    drawn = found.draw(results, measured)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [*save(drawn, folder, name), folder / f"{name}.pdf", folder / f"{name}.csv"]
    drawn.savefig(folder / f"{name}.pdf", metadata={"CreationDate": None})
    beside = _beside(found.published, numbers)
    pl.DataFrame(beside, schema=_COLUMNS).write_csv(folder / f"{name}.csv")
    results.rows.write_parquet(folder / "rows.parquet")
    verdict = None if chosen.scale == "smoke" else found.judge({one.key: one for one in numbers})
    judged = _judged(found, verdict, results, folder / "verdict.json", time.monotonic() - started)
    (folder / "verdict.json").write_text(json.dumps(judged, indent=1, ensure_ascii=False))
    _print(console, found, beside, judged)
    return paths


def _judged(
    found: "StudyFigure", verdict: "Verdict | None", results: "Results", file: Path, seconds: float
) -> dict[str, Any]:
    """Returns the verdict with all that it rests on, as the file keeps it.

    Args:
        found: the figure.
        verdict: None at scale smoke.
        results: of its runs.
        file: that an earlier command may have left.
        seconds: of this command.
    """
    from lrbench.runs.provenance import commit, device
    from lrbench.studies.cost import longest
    from lrbench.studies.rates import chosen_rates

    runs = results.rows.unique("run")
    return {
        "figure": found.name,
        "scale": results.scale,
        "outcome": None if verdict is None else verdict.outcome,
        "sentence": None if verdict is None else verdict.sentence,
        "rule": found.text["rule"],
        "deviations": found.text["deviations"][results.scale],
        "rates": chosen_rates(results.rows),
        "trained_on": sorted(set(results.rows["device"])),
        "device": device(),
        "commit": commit(),
        "training_seconds": float(runs["seconds"].sum()),
        "compile_seconds": float(runs["compile_seconds"].sum()),
        # A command that finds its runs done takes seconds; the longest did them.
        "longest_command_seconds": longest(file, seconds),
    }


_COLUMNS: dict[str, Any] = {
    "key": pl.String(),
    "what": pl.String(),
    "published": pl.Float64(),
    "published_statistic": pl.String(),
    "where": pl.String(),
    "source": pl.String(),
    "ours": pl.Float64(),
    "ours_low": pl.Float64(),
    "ours_high": pl.Float64(),
    "ours_statistic": pl.String(),
    "seeds": pl.Int64(),
}


def _beside(published: Sequence["Published"], numbers: Sequence["Number"]) -> list[dict[str, Any]]:
    """Puts each of our numbers beside the published ones that have its key."""
    rows = []
    for one in numbers:
        ours = {
            "key": one.key,
            "what": one.what,
            "ours": one.value,
            "ours_low": one.low,
            "ours_high": one.high,
            "ours_statistic": one.statistic,
            "seeds": one.seeds,
        }
        beside: list[Published | None] = [other for other in published if other.key == one.key]
        for other in beside or [None]:
            theirs = (
                {"published": None, "published_statistic": None, "where": None, "source": None}
                if other is None
                else {
                    "published": other.value,
                    "published_statistic": f"{other.what}, {other.statistic}",
                    "where": other.where,
                    "source": other.source,
                }
            )
            rows.append(ours | theirs)
    return rows


def _number(value: float | None) -> str:
    if value is None or math.isnan(value):
        return "–"
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:.3g}"


def _print(console: Console, found: "StudyFigure", beside: Sequence[dict[str, Any]], judged: dict[str, Any]) -> None:
    """Prints the numbers, the verdict, the rule, the deviations, and what it took."""
    from lrbench.analysis import wording
    from lrbench.studies.rates import edge_sentence

    console.print(f"{found.text['title']} ({found.text['paper']})", style="bold", highlight=False, markup=False)
    console.print(_table(beside))
    if judged["outcome"] is None:
        console.print("Not judged: at this scale it is only seen to work.")
    else:
        said = f"{judged['outcome'].upper()} at scale {judged['scale']}: {judged['sentence']}"
        console.print(said, style="bold", highlight=False, markup=False)
    training, compiling, longest = (
        wording.seconds(judged[f"{name}_seconds"]) for name in ("training", "compile", "longest_command")
    )
    for sentence in (
        f"The rule, written before the runs: {judged['rule'].strip()}",
        *(f"Deviates: {deviation}" for deviation in judged["deviations"]),
        f"Training {training}, compiling {compiling} in all its runs; the command that did them {longest}.",
        edge_sentence(judged["rates"]),
        f"On {judged['device']}.",
    ):
        if sentence is not None:
            console.print(sentence, highlight=False, markup=False)


def _table(beside: Sequence[dict[str, Any]]) -> Table:
    """Returns our numbers beside the published ones as a table."""
    table = Table(box=None, pad_edge=False)
    headings: tuple[tuple[str, JustifyMethod], ...] = (
        ("", "left"),
        ("ours", "right"),
        ("of", "left"),
        ("published", "right"),
        ("of", "left"),
    )
    for heading, justify in headings:
        table.add_column(heading, justify=justify, overflow="fold")
    for row in beside:
        span = ""
        if row["ours_low"] is not None and row["ours_high"] is not None:
            span = f" [{_number(row['ours_low'])}–{_number(row['ours_high'])}]"
        theirs = "" if row["published"] is None else _number(row["published"])
        place = "" if row["published"] is None else f"{row['published_statistic']}; {row['where']} ({row['source']})"
        table.add_row(row["what"], f"{_number(row['ours'])}{span}", row["ours_statistic"], theirs, place)
    return table
