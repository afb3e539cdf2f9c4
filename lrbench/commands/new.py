"""`lrbench new`: a working, documented, tested example to start from."""

import keyword
import re
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from rich.console import Console

from lrbench.plugins.choices import find_choices
from lrbench.runs.errors import ConfigurationError

#: In a clone: what every task draws at first. A new task's line is added to it.
FIRST_BATCHES = "tests/tasks/first_batches.yaml"
SENTENCE = "Is the last symbol of a random string the first one again?"

#: In a clone of lrbench: template and file.
CLONE = {
    "task.py.jinja": "tasks/{name}.py",
    "task.yaml.jinja": "conf/task/{name}.yaml",
    "clone/test.py.jinja": "tests/tasks/test_{name}.py",
}
#: A package of one's own.
PACKAGE = {
    "package/pyproject.toml.jinja": "{name}/pyproject.toml",
    "package/README.md.jinja": "{name}/README.md",
    "package/init.py.jinja": "{name}/src/{package}/__init__.py",
    "task.py.jinja": "{name}/src/{package}/{name}.py",
    "task.yaml.jinja": "{name}/src/{package}/conf/task/{name}.yaml",
    "package/test.py.jinja": "{name}/tests/test_{name}.py",
}


def new_task(name: str, as_package: bool, folder: Path) -> int:
    """Writes the files of a new task and says what to do next; returns the exit status.

    Args:
        name: of the task.
        as_package: as a package of one's own, `FOLDER/NAME`; else in a clone of lrbench.
        folder: the clone, or where the package's folder goes.

    Raises:
        ConfigurationError: a name that cannot be, a folder that is no clone, a file that exists. Nothing is written.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise ConfigurationError(
            f"{name!r} is no name for a task: names match [a-z][a-z0-9_]*, and are no words of Python; try my_task"
        )
    taken = next((choice for choice in find_choices().of("task") if choice.name == name), None)
    if taken is not None:
        raise ConfigurationError(f"there is a task {name} already, of {taken.origin}; choose another name")
    if not as_package and not _is_clone(folder):
        raise ConfigurationError(
            f"{folder} is no clone of lrbench; add --package for a package of your own, or --folder CLONE"
        )
    package = f"lrbench_{name}"
    words: dict[str, object] = {
        "name": name,
        "title": name.replace("_", " ").capitalize(),
        "class_name": _class_name(name),
        "sentence": SENTENCE,
        "package": package,
        "module": f"{package}.{name}" if as_package else f"lrbench.tasks.{name}",
        "own_package": as_package,
        "distribution": f"lrbench-{name.replace('_', '-')}",
    }
    templates = PACKAGE if as_package else CLONE
    written = {folder / path.format(**words): _rendered(template, words) for template, path in templates.items()}
    for path in written:
        if path.exists():
            raise ConfigurationError(f"{path} exists, and is not overwritten; choose another name, or move it away")
    if not as_package:
        written[folder / FIRST_BATCHES] = _with_first_batch(folder / FIRST_BATCHES, name, words)
    for path, text in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    console = Console(soft_wrap=True, highlight=False)
    for path in written:
        console.print(str(path), markup=False)
    console.print("\n" + "\n".join(_next_steps(name, as_package, folder)), markup=False)
    return 0


def _is_clone(folder: Path) -> bool:
    folders = ("tasks", "conf/task", "tests/tasks", "lrbench")
    return all((folder / part).is_dir() for part in folders) and (folder / FIRST_BATCHES).is_file()


def _class_name(name: str) -> str:
    """The name in capitals and small letters; "Task" behind it where the task's module has the name for another thing.

    A class of the name of an import, as Example or Tokens, would stand in its place, and None is a word of Python.
    """
    plain = "".join(part.capitalize() for part in name.split("_"))
    lines = _template("task.py.jinja").splitlines()
    imported = {word for line in lines if line.startswith(("import ", "from ")) for word in re.findall(r"\w+", line)}
    return f"{plain}Task" if plain in imported or keyword.iskeyword(plain) else plain


def _with_first_batch(path: Path, name: str, words: dict[str, object]) -> str:
    """Returns the text of the file of first batches with a line for the example, which is the same under every name."""
    text = path.read_text(encoding="utf-8")
    if any(line.startswith(f"{name}:") for line in text.splitlines()):
        raise ConfigurationError(f"{path} has a line {name} already; choose another name, or remove the line")
    return f"{text.rstrip()}\n{_rendered('clone/first_batch.yaml.jinja', words)}"


def _template(name: str) -> str:
    return files("lrbench.templates").joinpath(*name.split("/")).read_text(encoding="utf-8")


def _rendered(template: str, words: dict[str, object]) -> str:
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True)  # text of ours, and names: no HTML
    return environment.from_string(_template(template)).render(words)


def _next_steps(name: str, as_package: bool, folder: Path) -> list[str]:
    if as_package:
        return [
            f"pip install -e {folder / name}",
            f"lrbench show {name}    # what its sequences look like",
            f"lrbench check {name}   # whether it keeps the contract, point by point",
        ]
    return [
        f"lrbench show {name}    # what its sequences look like",
        f"lrbench check {name}   # whether it keeps the contract, point by point",
        f"pytest tests/tasks -k {name}   # its tests; once it draws something else, they say which line of "
        f"{FIRST_BATCHES} to change",
    ]
