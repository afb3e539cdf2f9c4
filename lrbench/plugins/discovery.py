"""Which installed packages bring tasks and models: found by their entry points, without running any of their code."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path

#: The group of the one line that makes a package a plugin: `my_tasks = "my_package"`.
ENTRY_POINTS = "lrbench.plugins"

_PACKAGE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


@dataclass(frozen=True)
class Plugin:
    """An installed package that declared itself a plugin.

    Attributes:
        package: its importable name; classes in it may be named as `_target_`.
        distribution: what was installed, with its version.
        conf: its folder of YAML files, with task/, model/, optimizer/ and experiment/ as lrbench's own.
    """

    package: str
    distribution: str
    conf: Path


@dataclass(frozen=True)
class Flaw:
    """What is wrong with a plugin, or with one of its files; the rest is used all the same.

    Attributes:
        origin: who brings it, as "the plugin my_package (my-tasks 0.1)".
        place: which file, or "" for the whole plugin.
        reason: what is wrong, and what to do.
    """

    origin: str
    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.origin}, left out: {f'{self.place}: ' if self.place else ''}{self.reason}"


def described(package: str, distribution: str) -> str:
    """Names a plugin to a person."""
    return f"the plugin {package} ({distribution})"


def installed_plugins() -> tuple[tuple[Plugin, ...], tuple[Flaw, ...]]:
    """Returns the plugins that can be used, by package, and what is wrong with the others."""
    plugins: dict[str, Plugin] = {}
    flaws: dict[str, Flaw] = {}
    for entry in sorted(entry_points(group=ENTRY_POINTS), key=lambda entry: (entry.value, entry.name)):
        distribution = f"{entry.dist.name} {entry.dist.version}" if entry.dist else "no distribution"
        try:
            conf = _conf_folder(entry)
        except ValueError as error:
            flaws[entry.value] = Flaw(described(entry.value, distribution), "", str(error))
        else:
            plugins[entry.value] = Plugin(entry.value, distribution, conf)
    return tuple(plugins.values()), tuple(flaws.values())


def is_inside(dotted: str, packages: Iterable[str]) -> bool:
    """Whether a dotted name is one of the packages, or something in one of them."""
    return any(dotted == package or dotted.startswith(f"{package}.") for package in packages)


def _conf_folder(entry: EntryPoint) -> Path:
    """Returns the folder conf beside a package's __init__, or raises a ValueError that says what is wrong."""
    package = entry.value
    if not _PACKAGE.fullmatch(package):
        raise ValueError(f'its entry point names {package!r}, which is no package; write {entry.name} = "my_package"')
    if is_inside(package, ["lrbench"]):
        raise ValueError("its entry point names a package of lrbench itself; name your own package")
    try:
        spec = find_spec(package)
    except (Exception, SystemExit) as error:  # a package inside another is looked up by importing the other one
        raise ValueError(f"it cannot be imported: {type(error).__name__}: {first_line(error)}") from error
    if spec is None:
        raise ValueError(f"there is no package {package} in this environment; correct its entry point, or install it")
    if spec.submodule_search_locations is None:
        raise ValueError("it is a single file; a plugin is a package, a folder that holds __init__.py and conf/")
    for location in spec.submodule_search_locations:
        conf = Path(location) / "conf"
        if conf.is_dir():
            return conf
    raise ValueError(
        "it has no folder conf beside its __init__.py; tasks stand in conf/task/NAME.yaml (and YAML files must be "
        "declared as package data)"
    )


def first_line(error: BaseException) -> str:
    """Returns the first line of what an exception says, or its class's name where it says nothing."""
    if isinstance(error, SystemExit):
        return f"it calls sys.exit({'' if error.code is None else repr(error.code)})"
    lines = str(error).strip().splitlines()
    return lines[0].strip() if lines else type(error).__name__
