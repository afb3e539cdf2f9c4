"""What can be chosen: the YAML files of lrbench, of plugins and of a folder of one's own; and which are left out, why.

A file is judged by its text alone, so that nothing of a plugin runs before somebody chooses it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from lrbench.plugins.discovery import Flaw, Plugin, described, first_line, installed_plugins, is_inside
from lrbench.plugins.own_folder import shadowed

#: The config groups that a plugin can add to.
GROUPS = ("task", "model", "optimizer", "experiment")

_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Choice:
    """One choice of a config group.

    Attributes:
        group: "task", "model", "optimizer" or "experiment".
        name: what follows `group=` on the command line.
        file: its YAML.
        origin: who brings it, as "the plugin my_package (my-tasks 0.1)"; "lrbench" for what is built in.
    """

    group: str
    name: str
    file: Traversable
    origin: str

    @property
    def sentence(self) -> str:
        """The first comment of its YAML."""
        lines = self.file.read_text(encoding="utf-8").splitlines()
        comments = (line.lstrip("# ").strip() for line in lines if line.startswith("#") and "@package" not in line)
        return next(comments, "")


@dataclass(frozen=True)
class Choices:
    """All choices, by group and name.

    Attributes:
        own: lrbench's.
        foreign: those of plugins and of a folder of one's own that can be used.
        broken: why a name that somebody brings cannot be chosen.
        flaws: everything that is left out.
        shadowed: files of a folder of one's own that lrbench's own stand before, by what a configuration calls them.
    """

    own: dict[tuple[str, str], Choice]
    foreign: dict[tuple[str, str], Choice]
    broken: dict[tuple[str, str], str]
    flaws: tuple[Flaw, ...]
    shadowed: dict[str, str]

    def of(self, group: str) -> list[Choice]:
        """Returns the choices of a group, by name."""
        everything = self.own | self.foreign
        return [everything[key] for key in sorted(everything) if key[0] == group]


@dataclass(frozen=True)
class _Source:
    """Somebody who brings YAML files.

    Attributes:
        origin: how a person is told of them.
        conf: the folder.
        packages: whose classes their files may name.
    """

    origin: str
    conf: Path
    packages: tuple[str, ...]


def find_choices(own_folder: Path | None = None) -> Choices:
    """Returns what can be chosen in this environment.

    Args:
        own_folder: a folder of YAML files given on the command line.
    """
    own = {(choice.group, choice.name): choice for choice in _built_in()}
    plugins, flaws = installed_plugins()
    sources = [_Source(described(one.package, one.distribution), one.conf, (one.package,)) for one in plugins]
    if own_folder is not None:
        packages = tuple(plugin.package for plugin in plugins)
        sources.append(_Source(f"the folder {own_folder}", own_folder, packages))
    brought: dict[tuple[str, str], list[Choice]] = {}
    broken: dict[tuple[str, str], str] = {}
    found_flaws = list(flaws)
    hidden = {} if own_folder is None else shadowed(own_folder)
    for source in sources:
        for choice, reason in _read(source):
            place = choice.file.relative_to(source.conf).as_posix() if isinstance(choice.file, Path) else choice.name
            key = (choice.group, choice.name)
            if source.conf == own_folder and (place in hidden.values() or (reason is None and key in own)):
                continue  # said below, once, and not of an unchanged copy
            if reason is None and key in own:
                reason = f"lrbench has {_a(choice.group)} {choice.name} of its own, which stays; rename yours"
            elif reason is None:
                brought.setdefault(key, []).append(choice)
                continue
            found_flaws.append(Flaw(source.origin, place, reason))
            if key not in own:
                broken[key] = f"{choice.group}={choice.name} of {source.origin} cannot be used: {reason}"
    foreign = {}
    for key, rivals in brought.items():
        if len(rivals) == 1:
            foreign[key] = rivals[0]
            broken.pop(key, None)
            continue
        group, name = key
        broken[key] = (
            f"{group}={name} is brought by {' and by '.join(rival.origin for rival in rivals)}; "
            "one of them must rename it, or be uninstalled"
        )
        for rival in rivals:
            others = " and ".join(other.origin for other in rivals if other is not rival)
            found_flaws.append(
                Flaw(rival.origin, f"{group}/{name}.yaml", f"{others} has {_a(group)} {name} too; rename one of them")
            )
    for place in hidden.values():
        reason = "lrbench has a file of this name of its own, which stays; rename yours"
        found_flaws.append(Flaw(f"the folder {own_folder}", place, reason))
    return Choices(own, foreign, broken, tuple(found_flaws), hidden)


def plugin_packages() -> tuple[str, ...]:
    """Returns the packages of the plugins that can be used."""
    return tuple(plugin.package for plugin in installed_plugins()[0])


def plugin_of(dotted: str) -> Plugin | None:
    """Returns the plugin that a dotted name belongs to."""
    return next((plugin for plugin in installed_plugins()[0] if is_inside(dotted, [plugin.package])), None)


def is_built_in(module: str) -> bool:
    """Whether a module is lrbench's own, rather than a plugin's or one of a folder of one's own."""
    name = module.removeprefix("lrbench.tasks.")
    return is_inside(module, ["lrbench"]) and (
        name == module or files("lrbench.tasks").joinpath(f"{name}.py").is_file()
    )


def _a(group: str) -> str:
    return f"{'an' if group[0] in 'aeiou' else 'a'} {group}"


def _built_in() -> Iterator[Choice]:
    for group in GROUPS:
        for file in files("lrbench.conf").joinpath(group).iterdir():
            if file.name.endswith(".yaml"):
                yield Choice(group, file.name.removesuffix(".yaml"), file, "lrbench")


def _read(source: _Source) -> Iterator[tuple[Choice, str | None]]:
    """Yields the files of a source, each with what is wrong with it, or None."""
    for group in GROUPS:
        folder = source.conf / group
        for file in sorted(path for path in folder.rglob("*") if path.suffix in (".yaml", ".yml")):
            name = file.relative_to(folder).with_suffix("").as_posix()
            choice = Choice(group, name, file, source.origin)
            if "/" in name:
                reason: str | None = f"a name has no folder in it; move the file to {group}/"
            elif file.suffix != ".yaml":
                reason = f"rename it to {name}.yaml; other endings are not read"
            elif not _NAME.fullmatch(name):
                reason = f"{name!r} is no name: names match [a-z][a-z0-9_]*; rename the file"
            else:
                reason = _wrong_with(file, group, source.packages)
            yield choice, reason


def _wrong_with(file: Path, group: str, packages: Sequence[str]) -> str | None:
    """Says what is wrong with a YAML file's text, or returns None."""
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException
    from yaml import YAMLError  # type: ignore[import-untyped]

    try:
        content: Any = OmegaConf.to_container(OmegaConf.load(file), resolve=False)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        return f"it is no YAML: {where}{getattr(error, 'problem', None) or first_line(error)}"
    except (OSError, UnicodeError, OmegaConfBaseException) as error:
        return f"it cannot be read: {first_line(error)}"
    if not isinstance(content, dict):
        return "it holds no keys; write `_target_: package.module.Class` and the class's fields"
    if group != "experiment" and "_target_" not in content and "defaults" not in content:
        return "it has no _target_; write `_target_: package.module.Class`, and the class's fields below it"
    for target in targets(content):
        if not is_inside(target, ("lrbench", *packages)):
            allowed = " or ".join((*packages, "lrbench"))
            return f"_target_ is {target!r}; it may only name a class of {allowed}"
    return None


def targets(node: Any) -> list[str]:
    """Returns everything that instantiating a node would call."""
    if isinstance(node, dict):
        own = [str(node["_target_"])] if "_target_" in node else []
        return own + [target for value in node.values() for target in targets(value)]
    if isinstance(node, list):
        return [target for value in node for target in targets(value)]
    return []
