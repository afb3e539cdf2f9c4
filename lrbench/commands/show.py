"""`lrbench show`: what the sequences of a task look like, in words and in a picture."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import OmegaConf
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lrbench.runs.errors import ConfigurationError
from lrbench.runs.sweep import task_config

if TYPE_CHECKING:
    from lrbench.data import Published, Task

#: How many sequences are printed.
EXAMPLES = 2


def show(
    name: str, overrides: Sequence[str], length: int | None, picture: Path | None, config_dir: str | None = None
) -> int:
    """Prints worked examples of a task and what was published for it, and draws some; returns the exit status."""
    config = task_config(name, overrides, config_dir)

    # JAX comes in only now: a misspelt key is found without it.
    from lrbench.data import DataError
    from lrbench.runs.construction import make_task

    task = make_task(OmegaConf.to_container(config, resolve=True))
    try:
        return _show(task, name, length, Path(f"{name}.png") if picture is None else picture)
    except DataError as error:
        raise ConfigurationError(f"{name}: {error}") from error


def _show(task: "Task", name: str, length: int | None, path: Path) -> int:
    import jax

    from lrbench.data import DataError, GeneratedTask, RecordedTask
    from lrbench.data.picture import draw
    from lrbench.data.show import small_length, worked_example
    from lrbench.export.limits import require_lengths

    console = Console(soft_wrap=True, highlight=False)
    if isinstance(task, RecordedTask):
        task.prepare()
    try:
        steps = small_length(task) if length is None else length
    except ValueError as error:
        raise ConfigurationError(f"{name}: {error}") from error
    if isinstance(task, GeneratedTask) and length is not None:
        require_lengths("--length", name, task, [length])
    problem = task.problem(steps)
    if problem is not None:
        raise ConfigurationError(f"{name} cannot have length {steps}: {problem}")
    sentence = (type(task).__doc__ or "").strip().splitlines()[0]
    console.print(f"{name}: {sentence}", markup=False)
    console.print(
        f"length {steps}, lag {task.lag(steps)}, chance {task.chance(steps):.4g} ({task.score})\n", markup=False
    )
    for number in range(EXAMPLES):
        console.print(worked_example(task, jax.random.key(number), steps) + "\n", markup=False)
    console.print(f"paper: {task.paper}", markup=False)
    if task.published:
        # A narrower terminal folds the cells; a line that is broken anywhere could not be read.
        Console(highlight=False).print(published(task.published))
    try:
        draw(task, jax.random.key(0), steps, path)
    except DataError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigurationError(f"--picture {path} cannot be written: {reason}") from error
    console.print(str(path), markup=False)
    return 0


def published(numbers: Sequence["Published"]) -> Table:
    """Returns the published numbers as a table, in the order in which the task has them."""
    table = Table(
        title="published",
        title_justify="left",
        title_style="",
        box=box.SIMPLE_HEAD,
        padding=(0, 2, 0, 0),
        pad_edge=False,
        show_edge=False,
    )
    table.add_column("model", overflow="fold")
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("measure", overflow="fold")
    table.add_column("setting", overflow="fold")
    table.add_column("source", overflow="fold")
    for one in numbers:
        source = f"{one.source} (recalled)" if one.recalled else one.source
        table.add_row(*(Text(cell) for cell in (one.model, f"{one.value:.4g}", one.measure, one.setting, source)))
    if any(one.recalled for one in numbers):
        table.caption = "recalled: nobody has checked the number against its source yet"
        table.caption_justify = "left"
    return table
