"""`lrbench report`: the table in the terminal, the report and its figures on the disk."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from lrbench.report import results, write_report
from lrbench.runs.reading import find_runs, read_runs

#: Characters of the widest table's lines.
WIDEST = 104


def report(runs: Sequence[Path], out: Path | None) -> int:
    """Reads runs and presents them; returns the exit status."""
    folders = find_runs(runs)
    present(Console(), folders, runs[0] / "report" if out is None else out)
    return 0


def present(console: Console, folders: Sequence[Path], out: Path) -> None:
    """Prints the table of some runs, writes their report, prints where it is."""
    table, records = read_runs(folders)
    # A narrower terminal breaks the lines of the widest table; cut off, its last columns would be lost.
    Console(width=max(console.width, WIDEST), file=console.file).print(results(table))
    page = write_report(table, records, out)
    for path in (page, *sorted(out.glob("*.png"))):
        # Plain, and never broken over lines: a path is there to be copied.
        console.print(str(path), highlight=False, markup=False, soft_wrap=True)
