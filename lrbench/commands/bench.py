"""`lrbench bench`: speed side by side with the peers, in the terminal, as Parquet and as a figure."""

from collections.abc import Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from rich.console import Console

from lrbench.runs.errors import ConfigurationError, RunError

if TYPE_CHECKING:
    from lrbench.bench.contender import Contender
    from lrbench.bench.race import Bench
    from lrbench.bench.rows import Machine, Row

#: In the order in which they are measured.
PARTS = ("cores", "implementations", "seeds", "streaming", "training", "sampling", "sweep", "memory")
#: Cores that can be asked for by themselves.
CORES = ("lstm", "gru", "selective_scan")
#: The parts of which one core can be asked for; a core without a part means the first.
OF_CORES = ("cores", "implementations")
#: Parts that do not take their rounds from --repeats as it is.
OF_ITS_OWN = ("sampling", "sweep")
#: Characters of the widest table's lines.
WIDEST = 120


def bench(words: Sequence[str], repeats: int, out: Path, peers: str | None, longest: float) -> int:
    """Measures, prints and writes; returns the exit status.

    Args:
        words: parts of `PARTS` (none: all) or of `CORES`, and sizes as "H=64,128".
        repeats: rounds of every race.
        out: folder of PART.parquet, PART.png and PART.svg.
        peers: names of peers, with commas between them; None: everyone installed.
        longest: minutes that one of them may take over a case.
    """
    parts, only, sizes = read_words(words)
    if repeats < 1:
        raise ConfigurationError(f"--repeats is {repeats}; it must be at least 1, and 7 or more for a sound range")

    if not longest > 0:
        raise ConfigurationError(f"--longest is {longest:g} minutes; it must be more than 0")

    # Polars and the rest come in only now: a misspelt word is found without them.
    from lrbench.bench.ceiling import CeilingError, machine
    from lrbench.bench.contender import contenders
    from lrbench.bench.race import FEWEST_REPEATS, Bench

    modules = {part: import_module(f"lrbench.bench.measurements.{part}") for part in parts}
    _check_sizes(sizes, {part: list(module.SIZES) for part, module in modules.items()})
    everyone = _chosen(contenders(), peers)
    # A narrower terminal breaks the lines of the widest table; cut off, its last columns would be lost.
    console = Console(width=max(Console().width, WIDEST))
    with console.status("measuring this machine's ceilings", refresh_per_second=1) as status:
        try:
            here = machine()
        except CeilingError as error:
            raise ConfigurationError(str(error)) from error
        able = [one for one in everyone if here.platform == "gpu" or not one.needs_gpu]
        present = [one for one in able if one.installed]
        absent = [one.name for one in able if not one.installed]
        exit_status = 0
        for part, module in modules.items():
            finished: list[Row] = []
            run = Bench(
                part,
                here,
                present,
                repeats,
                sizes,
                only,
                say=lambda doing: status.update(doing),
                keep=partial(_keep, here, out / f"{part}.parquet", finished),
                longest=60 * longest,
            )
            exit_status = max(exit_status, _measure(run, module, absent, out, finished, console))
    if repeats < FEWEST_REPEATS and set(parts) - set(OF_ITS_OWN):
        rounds = f"{FEWEST_REPEATS} rounds"
        console.print(f"A range over fewer than {rounds} says little; take {rounds} or more for what you report.")
    return exit_status


def _chosen(everyone: Sequence["Contender"], peers: str | None) -> list["Contender"]:
    """Returns our own contender and the peers that somebody asked for, all of them where nobody did.

    Raises:
        ConfigurationError: a name is no peer's.
    """
    from lrbench.bench.contender import OURS

    if peers is None:
        return list(everyone)
    words = [word.strip() for word in peers.split(",") if word.strip()]
    unknown = [word for word in words if not any(one.is_called(word) for one in everyone)]
    if unknown:
        names = ", ".join(one.module for one in everyone if one.module != OURS)
        raise ConfigurationError(f"--peers {unknown[0]!r} is no peer; there are: {names}")
    return [one for one in everyone if one.module == OURS or any(one.is_called(word) for word in words)]


def _measure(
    run: "Bench", module: ModuleType, absent: Sequence[str], out: Path, finished: Sequence["Row"], console: Console
) -> int:
    """Measures one part, prints it and writes its files; returns the exit status.

    Args:
        run: the part, with who takes part.
        module: what it measures.
        absent: peers that are not installed.
        out: folder of its files.
        finished: rows that were written so far, of a part that is cut off.
        console: to print on.
    """
    from lrbench.analysis.drawing import save
    from lrbench.bench.figure import ratios, with_ratio
    from lrbench.bench.process import WorkerError
    from lrbench.bench.rows import table, write
    from lrbench.bench.terminal import tables

    path = out / f"{run.part}.parquet"
    try:
        rows = module.measure(run)
    except WorkerError as error:
        where = f"; its finished cases are in {path}" if finished else ""
        console.print(f"{run.part}: broken off, because {error}{where}", markup=False)
        return RunError.status
    measured = table(rows, run.machine)
    if measured.is_empty():
        console.print(f"{run.part}: nothing could be measured. {' '.join(run.left_out)}", markup=False)
        return 0
    paths = [path]
    write(measured, path)
    if not with_ratio(measured).is_empty():
        paths += save(ratios(measured), out, run.part)
    console.print(tables(measured, absent, run.left_out))
    for path in paths:
        console.print(str(path), highlight=False, markup=False, soft_wrap=True)
    return 0


def _keep(here: "Machine", path: Path, finished: list["Row"], rows: list["Row"]) -> None:
    """Writes what is measured so far, and notes it in `finished`: a part that is cut off leaves its finished cases."""
    from lrbench.bench.rows import table, write

    finished[:] = rows
    write(table(rows, here), path)


def read_words(words: Sequence[str]) -> tuple[list[str], frozenset[str], dict[str, tuple[int, ...]]]:
    """Returns the parts in their order, the cores asked for (none: all), and the sizes by letter.

    Raises:
        ConfigurationError: a word is neither.
    """
    sizes: dict[str, tuple[int, ...]] = {}
    parts, only = [], set()
    for word in words:
        letter, sign, values = word.partition("=")
        if not sign:
            if word in CORES:
                only.add(word)
                continue
            if word not in PARTS:
                raise ConfigurationError(
                    f"{word!r} is neither a part ({', '.join((*PARTS, *CORES))}) nor a size such as H=64,128"
                )
            parts.append(word)
            continue
        if letter in sizes:
            raise ConfigurationError(f"{letter} is given twice; give all its values at once, as {letter}=64,128")
        numbers = [value.strip() for value in values.split(",")]
        wrong = [number for number in numbers if not number.isdecimal() or int(number) < 1]
        if wrong:
            raise ConfigurationError(f"{word}: {wrong[0]!r} must be a whole number of at least 1")
        sizes[letter] = tuple(dict.fromkeys(int(number) for number in numbers))
    if only and not set(parts) & set(OF_CORES):
        parts.append(OF_CORES[0])
    return [part for part in PARTS if part in parts or not parts], frozenset(only), sizes


def _check_sizes(sizes: dict[str, tuple[int, ...]], letters: dict[str, list[str]]) -> None:
    """Raises ConfigurationError for a letter that no chosen part has.

    Args:
        sizes: what the user set.
        letters: what each chosen part has.
    """
    known = {letter for some in letters.values() for letter in some}
    for letter in sizes:
        if letter not in known:
            choices = "; ".join(f"{part}: {', '.join(some)}" for part, some in letters.items())
            raise ConfigurationError(f"{letter} is no size of what is measured; there are {choices}")
