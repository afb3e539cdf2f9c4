"""The measured speeds in the terminal: a table a measurement, a row a contestant at a size."""

from collections.abc import Sequence
from typing import Any

import polars as pl
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

INSTALL = "pip install .[peers]"

#: Drawing a batch never dominates a step: a share above this is red.
LARGEST_SHARE = 0.1


def tables(rows: pl.DataFrame, absent: Sequence[str], left_out: Sequence[str]) -> Group:
    """Returns the rows for a Rich console of at least 110 columns.

    Args:
        rows: of `lrbench.bench.rows`, of one machine.
        absent: names of peers that are not installed.
        left_out: a sentence for everyone who could not do a case.
    """
    shown: list[RenderableType] = []
    shares = rows.filter(pl.col("part") == "sampling")
    if shares.height:
        shown += [_sampling(shares), Text()]
    others = rows.filter(pl.col("part") != "sampling")
    for (part, measurement), lines in others.group_by("part", "measurement", maintain_order=True):
        timed = lines.filter(pl.col("fact").is_null())
        if timed.height:
            shown += [_table(f"{part}: {measurement}", timed), Text()]
        for fact in lines.filter(pl.col("fact").is_not_null()).iter_rows(named=True):
            shown += [_fact(fact), Text()]
    machine = rows.row(0, named=True)
    notes = [note for column, note in _NOTES.items() if rows[column].count()]
    notes.append(
        f"Measured on {', '.join(word for word in (machine['device'], machine['processor']) if word)}, "
        f"{machine['cores']} cores: {machine['flops'] / 1e9:.0f} GFLOP/s in a matrix product, "
        f"{machine['bandwidth'] / 1e9:.1f} GB/s in a copy."
    )
    if absent:
        notes.append(f"Not installed, and left out: {', '.join(absent)}. `{INSTALL}` brings what this machine can run.")
    return Group(
        *shown, *(Text(note, style="dim") for note in notes), *(Text(said, style="yellow") for said in left_out)
    )


_NOTES = {
    "ratio": "ours / peer: median of the ratios of each round, and their range; below 1 (green) ours is faster.\n"
    "On a CPU ours spreads the batch over one XLA device a core; other JAX contestants run on one, whose large "
    "products use all cores.",
    "temporary_bytes": "temporary: of JAX contestants the compiler's figure, without inputs and outputs; of others on "
    "a CPU by how much a run lifts the peak of resident memory, its results included.",
    "deviation": "deviation: the largest difference from float64 over the largest number, worst of all results.",
    "share_of_floor": "floor: the share reached of the least time that the measured machine could take (estimate).",
}

_COLUMNS = (
    ("time", "seconds", lambda row: duration(row["seconds"])),
    ("p50", "p50", lambda row: duration(row["p50"])),
    ("p99", "p99", lambda row: duration(row["p99"])),
    ("ours / peer", "ratio", lambda row: _ratio(row)),
    ("of the p99", "p99_ratio", lambda row: _ratio(row, "p99_ratio")),
    ("compile", "compile_seconds", lambda row: duration(row["compile_seconds"])),
    ("deviation", "deviation", lambda row: "" if row["deviation"] is None else f"{row['deviation']:.0e}"),
    ("temporary", "temporary_bytes", lambda row: amount(row["temporary_bytes"])),
    ("floor", "share_of_floor", lambda row: "" if row["share_of_floor"] is None else f"{row['share_of_floor']:.1%}"),
)


def _table(title: str, rows: pl.DataFrame) -> Table:
    """Returns the table of one measurement; a column that nobody has a number for is left out."""
    table = Table(title=Text(title, style="bold"), title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.show_edge = False
    table.add_column("sizes", no_wrap=True)
    table.add_column("contestant", no_wrap=True)
    columns = [column for column in _COLUMNS if rows[column[1]].count()]
    for name, _, _ in columns:
        table.add_column(name, justify="right", no_wrap=True)
    before = None
    for row in rows.iter_rows(named=True):
        if before not in (None, row["sizes"]):
            table.add_section()
        who = f"{row['contestant']} ({row['implementation']})" if row["implementation"] else row["contestant"]
        table.add_row("" if row["sizes"] == before else row["sizes"], who, *(show(row) for _, _, show in columns))
        before = row["sizes"]
    return table


def _sampling(rows: pl.DataFrame) -> Table:
    """Returns the table of what drawing costs: a row a task, the dearest first."""
    title = Text("sampling: drawing a batch, and its share of a training step of a GRU", style="bold")
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.show_edge = False
    table.add_column("task", no_wrap=True)
    table.add_column("sizes", no_wrap=True)
    for name in ("time", "share of the step", "compile"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows.sort("value", descending=True).iter_rows(named=True):
        spread = f"{row['value']:.3f} [{row['value_low']:.3f}–{row['value_high']:.3f}]"
        style = "red" if row["value_low"] > LARGEST_SHARE else ""
        table.add_row(
            row["measurement"],
            row["sizes"],
            duration(row["seconds"]),
            Text(spread, style),
            duration(row["compile_seconds"]),
        )
    return table


def _fact(row: dict[str, Any]) -> Text:
    spread = "" if row["value_low"] is None else f" [{row['value_low']:.3g}–{row['value_high']:.3g}]"
    place = f"{row['measurement']} {row['sizes']}".strip()
    return Text.assemble(
        (f"{place}, {row['contestant']}: ", ""), f"{row['fact']} ", (f"{row['value']:.3g}", "bold"), spread
    )


def _ratio(row: dict[str, Any], column: str = "ratio") -> Text:
    middle, low, high = (row[f"{column}{end}"] for end in ("", "_low", "_high"))
    # Ours beside itself is exactly 1, and says nothing.
    if middle is None or low == high == 1:
        return Text()
    style = "" if low <= 1 <= high else "green" if middle < 1 else "red"
    return Text(f"{middle:.2f} [{low:.2f}–{high:.2f}]", style)


def duration(seconds: float | None) -> str:
    """Returns a time in the unit that suits it: "21.3 ms"; nothing for none and for 0."""
    if not seconds:
        return ""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def amount(size: int | None) -> str:
    """Returns bytes in the unit that suits them: "864 MB"."""
    if size is None:
        return ""
    for unit, one in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= one:
            return f"{size / one:.3g} {unit}"
    return f"{size} B"
