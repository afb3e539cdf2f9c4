"""`lrbench calibrate`: a model compared with itself, to see how often a difference is called where there is none."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from lrbench.runs.errors import ConfigurationError

if TYPE_CHECKING:
    import polars as pl
    from rich.table import Table

#: Characters of the widest table's lines.
WIDEST = 104
#: Seeds of a simulated comparison.
SIMULATED_SEEDS = (6, 8, 10)
#: Of the random numbers of simulated outcomes.
ENTROPY = 0


def calibrate(runs: Sequence[Path], seeds: int, comparisons: int, level: float, out: Path | None) -> int:
    """Calibrates, prints, and writes a table where one is asked for; returns the exit status.

    Args:
        runs: folders of runs, none: simulated outcomes. Each model is compared with itself on each of its tasks.
        seeds: of each of the two groups of a comparison of real lanes.
        comparisons: how many.
        level: of each comparison.
        out: a CSV file to write; None: none.

    Raises:
        ConfigurationError: values out of range, or runs that hold too few lanes or differ in more than seeds and
            rates.
    """
    if not 0 < level < 1:
        raise ConfigurationError(f"--level is {level:g}; it must be between 0 and 1, as 0.05")
    for name, value, least in (("seeds", seeds, 2), ("comparisons", comparisons, 1)):
        if value < least:
            raise ConfigurationError(f"--{name} is {value}; it must be at least {least}")
    found = _real(runs, seeds, comparisons, level) if runs else _simulated(comparisons, level)
    console = Console(width=max(Console().width, WIDEST))
    console.print(_table(found))
    console.print(_sentence(found, level, seeds if runs else None), highlight=False, soft_wrap=True)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        found.write_csv(out)
        console.print(str(out), highlight=False, markup=False, soft_wrap=True)
    return 0


def _simulated(comparisons: int, level: float) -> "pl.DataFrame":
    """Calibrates on simulated outcomes of each kind, for several numbers of seeds."""
    from typing import get_args

    import polars as pl

    from lrbench.analysis.calibration import Outcomes, calibrate, simulate, split

    return pl.concat(
        calibrate(split(simulate(outcomes, comparisons, seeds, ENTROPY), seeds, comparisons), level).select(
            pl.lit(f"simulated, {outcomes}").alias("outcomes"), pl.lit(seeds).alias("seeds"), pl.all()
        )
        for outcomes in get_args(Outcomes)
        for seeds in SIMULATED_SEEDS
    )


def _real(runs: Sequence[Path], seeds: int, comparisons: int, level: float) -> "pl.DataFrame":
    """Calibrates on the lanes of runs, at each evaluated length; where there are several rates, each side chooses."""
    import polars as pl

    from lrbench.analysis.budget import unequal_budgets
    from lrbench.analysis.calibration import calibrate, split
    from lrbench.analysis.contenders import HELD_AT, prepare
    from lrbench.analysis.searched import side_of
    from lrbench.analysis.selection import SETTING, setting_name, with_contender, with_validation
    from lrbench.runs.reading import find_runs, read_runs

    table, records = read_runs(find_runs(runs))
    unequal = unequal_budgets(records)
    if unequal:
        raise ConfigurationError(f"{unequal[0].rstrip('.')}; name runs that differ in their seeds and rates only")
    parts = []
    rows = with_validation(with_contender(prepare(table)))
    for (task, trained, name, length), here in rows.group_by(*SETTING, "contender", "eval_length", maintain_order=True):
        place = f"{name} on {setting_name(rows, str(task), int(str(trained)))}"
        known = here["seed"].unique().to_list()
        rates = here["learning_rate"].n_unique()
        if here.height != len(known) * rates:
            raise ConfigurationError(f"not every seed of {place} was trained at each of its {rates} rates; train them")
        if len(known) < 2 * seeds * comparisons:
            raise ConfigurationError(
                f"{comparisons} comparisons of 2 × {seeds} seeds take {2 * seeds * comparisons:,} seeds, and these "
                f"runs hold {len(known):,} of {place}, enough for {len(known) // (2 * seeds)}; train more, or ask for "
                "fewer"
            )
        held = 100 * int((here["scaled_score"] >= HELD_AT).sum()) / here.height
        several = f", {rates} rates" if rates > 1 else ""
        different = here["scaled_score"].n_unique()
        outcomes = f"{place} at {length}{several}: {held:.0f} % hold, {different:,} different scores"
        one = calibrate(split(side_of(here, known), seeds, comparisons), level)
        parts.append(one.select(pl.lit(outcomes).alias("outcomes"), pl.lit(seeds).alias("seeds"), pl.all()))
    return pl.concat(parts)


def _table(found: "pl.DataFrame") -> "Table":
    """Returns the rates at which each test calls a difference."""
    from rich import box
    from rich.table import Table

    from lrbench.analysis.calibration import DECIDES

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.show_edge = False
    table.add_column("outcomes", overflow="fold")
    for name in ("seeds", "test", "called", "rate", "95 % interval"):
        table.add_column(name, justify="left" if name == "test" else "right", no_wrap=True)
    before = None
    for one in found.to_dicts():
        place = (one["outcomes"], one["seeds"])
        table.add_row(
            one["outcomes"] if place != before else "",
            str(one["seeds"]) if place != before else "",
            one["test"],
            f"{one['called']} of {one['comparisons']}",
            f"{100 * one['rate']:.1f} %",
            f"{100 * one['low']:.1f} to {100 * one['high']:.1f} %",
            style="bold" if one["test"] == DECIDES else "",
        )
        before = place
    return table


def _sentence(found: "pl.DataFrame", level: float, seeds: int | None) -> str:
    """Says whether the test that decides keeps its level."""
    import polars as pl

    from lrbench.analysis.calibration import DECIDES, most_called
    from lrbench.analysis.power import fewest_pairs

    decides = found.filter(pl.col("test") == DECIDES)
    worst = decides.sort("rate", descending=True).row(0, named=True)
    wanted = f"{100 * level:.3g} %"
    called, of = int(decides["called"].sum()), int(decides["comparisons"].sum())
    seen = f"Comparing a model with itself, the test that decides calls a difference in {_share(called, of)}"
    if decides.height > 1:
        seen += f"; by kind, in at most {_share(worst['called'], worst['comparisons'])}"
    if worst["called"] == 0 and seeds is not None and 2 / 2**seeds > level:
        return (
            f"With {seeds} seeds the test that decides can call nothing at {wanted}, so this shows nothing; take "
            f"--seeds {fewest_pairs(level)} or more."
        )
    if worst["rate"] <= level:
        return f"{seen}: within {wanted}."
    if worst["called"] <= most_called(worst["comparisons"], level):
        return f"{seen}: more than {wanted}, but no more than chance allows a test whose true rate is {wanted}."
    return f"{seen}: more than {wanted}, and more than chance allows. Do not trust its calls on such outcomes."


def _share(called: int, comparisons: int) -> str:
    return f"{100 * called / comparisons:.1f} % of {comparisons:,} comparisons"
