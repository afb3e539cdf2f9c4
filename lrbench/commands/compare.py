"""`lrbench compare`: contenders side by side, paired by seed, with a verdict; of runs, or of a sweep that it starts."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from lrbench.runs.errors import ConfigurationError, RunError

if TYPE_CHECKING:
    from lrbench.analysis.comparison import Comparison
    from lrbench.runs.configuration import Run
    from lrbench.runs.record import Record

#: Characters of the widest table's lines.
WIDEST = 104


def compare(words: Sequence[str], margin: float, level: float, lengths: Sequence[str], out: Path | None) -> int:
    """Compares, prints and writes; returns the exit status.

    Args:
        words: run folders and folders that hold some; or what `lrbench run -m` takes.
        margin: the smallest difference of mean scaled scores that matters.
        level: the chance of any false call in the family.
        lengths: where to decide, as numbers with commas between them; none: chosen.
        out: folder of the files; None: `compare`, beside the runs.

    Raises:
        ConfigurationError: values out of range, or nothing to compare.
    """
    wanted = read_lengths(lengths)
    for name, value in (("margin", margin), ("level", level)):
        if not 0 < value < 1:  # before a sweep is started
            raise ConfigurationError(f"--{name} is {value:g}; it must be between 0 and 1, as 0.05")
    if not words:
        raise ConfigurationError("name runs, as `lrbench compare runs/quickstart`; or a sweep, as model=gru,lstm")
    # A narrower terminal breaks the lines of the widest table; cut off, its last columns would be lost.
    console, errors = Console(width=max(Console().width, WIDEST)), tuple[RunError, ...]()
    if _are_folders(words):
        from lrbench.runs.reading import find_runs

        paths = [Path(word) for word in words]
        folders, beside = find_runs(paths), paths[0]
    else:
        from lrbench.commands.run import complete
        from lrbench.runs import sweep as sweeps

        words = words if {"-m", "--multirun"} & set(words) else ["-m", *words]
        if sweeps.asks_hydra(words):
            sweeps.let_hydra_print(words)
            return 0
        from lrbench.runs.folder import RunFolder

        outcome = complete(words, console, require_two)
        if not outcome.complete and outcome.errors:
            raise max(outcome.errors, key=lambda error: error.status)
        folders = [run.folder for run in outcome.runs if RunFolder(run.folder).status()]
        beside, errors = outcome.folder, outcome.errors
    _present(console, folders, wanted, margin, level, beside / "compare" if out is None else out)
    return max((error.status for error in errors), default=0)


def require_two(runs: Sequence["Run"]) -> None:
    """Sees to it, before anything is trained, that two models will meet on some task and training length.

    Raises:
        ConfigurationError: each stands alone.
    """
    from lrbench.analysis import wording

    settings = defaultdict(list)
    for run in {run.name: run for run in runs}.values():
        settings[run.task_name, run.lengths.longest].append(run)
    for together in settings.values():
        models = {(run.model_name, run.model.parameters) for run in together}
        lanes = [(lane.seed, lane.learning_rate) for run in together for lane in run.lanes]
        # Lanes of one seed and rate in two runs tell the runs apart, whatever they differ in.
        if len(models) > 1 or len(set(lanes)) < len(lanes):
            return
    several = len({task for task, _ in settings}) < len(settings)
    alone = wording.listing(
        [
            f"{together[0].model_name} on {task}{f' (trained to {length})' if several else ''}"
            for (task, length), together in settings.items()
        ]
    )
    raise ConfigurationError(
        f"nothing to compare: each model stands alone ({alone}); name at least 2 models, as model=gru,lstm"
    )


def _are_folders(words: Sequence[str]) -> bool:
    """Whether the words name folders, also such as do not exist, rather than a sweep."""
    if all(Path(word).is_dir() for word in words):
        return True
    return not any("=" in word or word.startswith("-") for word in words)


def read_lengths(words: Sequence[str]) -> list[int] | None:
    """Returns the lengths of words such as "40" and "80,160"; None where there are none.

    Raises:
        ConfigurationError: a word is no length.
    """
    numbers = [number.strip() for word in words for number in word.split(",")]
    wrong = [number for number in numbers if not number.isdecimal() or int(number) < 1]
    if wrong:
        raise ConfigurationError(f"--length is {wrong[0]!r}; it must be evaluated lengths, as 40 or 40,80")
    return [int(number) for number in numbers] or None


def _present(
    console: Console, folders: Sequence[Path], lengths: list[int] | None, margin: float, level: float, out: Path
) -> None:
    """Compares some runs, prints the comparison, writes its files, and prints where they are."""
    from lrbench.analysis.budget import unequal_budgets
    from lrbench.analysis.comparison import compare as compare_table
    from lrbench.analysis.differences import paired_differences
    from lrbench.analysis.drawing import save
    from lrbench.analysis.verdict import find_verdict
    from lrbench.report.comparison import comparison_tables
    from lrbench.runs.reading import read_runs

    table, records = read_runs(folders)
    comparison = compare_table(table, margin=margin, level=level, lengths=lengths)
    verdict = find_verdict(comparison, (*_unfinished(records), *unequal_budgets(records)))
    console.print(comparison_tables(comparison, verdict))
    paths = write(comparison, verdict.text(), out)
    figure = paired_differences(table, comparison)
    if figure is not None:
        paths += save(figure, out, "differences")
    for path in paths:
        # Plain, and never broken over lines: a path is there to be copied.
        console.print(str(path), highlight=False, markup=False, soft_wrap=True)


def write(comparison: "Comparison", text: str, out: Path) -> list[Path]:
    """Writes a comparison's tables and its verdict into a folder, and returns the files."""
    out.mkdir(parents=True, exist_ok=True)
    tables = {"comparison": comparison.pairs, "models": comparison.models, "rates": comparison.selection.rates}
    for name, table in tables.items():
        table.write_csv(out / f"{name}.csv")
    comparison.pairs.write_parquet(out / "comparison.parquet")
    (out / "verdict.txt").write_text(text, encoding="utf-8")
    return [out / "verdict.txt", *(out / f"{name}.csv" for name in tables), out / "comparison.parquet"]


def _unfinished(records: Sequence["Record"]) -> list[str]:
    """Names runs that are not complete."""
    from lrbench.runs.record import is_complete

    names = [record["run"] for record in records if not is_complete(record)]
    if not names:
        return []
    verb = "is" if len(names) == 1 else "are"
    return [f"{', '.join(names)} {verb} not complete and not part of this; run the same command again to finish."]
