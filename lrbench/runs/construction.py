"""Calls the constructors that a configuration names, after checking that they may be called and that values fit."""

from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any

from hydra._internal.utils import _locate  # get_class and get_object are this with a log of every failure
from hydra.errors import InstantiationException
from hydra.utils import instantiate

from lrbench.data import GeneratedTask, RecordedTask, Task
from lrbench.plugins.choices import is_built_in, plugin_of
from lrbench.plugins.discovery import described, first_line
from lrbench.runs.errors import ConfigurationError
from lrbench.runs.fields import check_fields

#: The only code that a configuration may name, besides that of installed plugins.
TRUSTED = "lrbench."


def make_task(node: Any) -> Task:
    """Builds a task from its configuration.

    Raises:
        ConfigurationError: a value that does not fit, or code that may not be called.
    """
    task = build("task", node, Task)
    if not isinstance(task, GeneratedTask | RecordedTask):
        raise ConfigurationError(
            f"task._target_ is {node['_target_']!r}, which is neither a GeneratedTask nor a RecordedTask"
        )
    if not is_built_in(type(task).__module__):
        _require_usable(task, node)
    return task


def _require_usable(task: Task, node: Mapping[str, Any]) -> None:
    """Raises ConfigurationError for a task from outside that could not even be trained on."""
    from lrbench.contract import basic_failure

    failure = basic_failure(task)
    if failure is not None:
        raise ConfigurationError(f"task._target_ is {node['_target_']!r}{_brought_by(node)}; it is broken: {failure}")


def build(group: str, node: Any, kind: type) -> Any:
    """Calls the constructor that a config group names, after checking that it may be called and that its values fit."""
    if not isinstance(node, Mapping) or "_target_" not in node:
        raise ConfigurationError(f"{group} has no _target_; choose a {group} with {group}=NAME")
    for target in _targets(node):
        if not _is_trusted(target):
            raise ConfigurationError(
                f"{group}._target_ is {target!r}; only classes of lrbench and of installed plugins may be called, "
                "for safety"
            )
    try:
        constructor = _locate(str(node["_target_"]))
    except (Exception, SystemExit) as error:  # a module that calls sys.exit() must not end the command in silence
        raise ConfigurationError(
            f"{group}._target_ is {node['_target_']!r}{_brought_by(node)}, which is no class: {_root(error)}"
        ) from error
    named = f"{group}._target_ is {node['_target_']!r}{_brought_by(node)}"
    if not isinstance(constructor, type):
        raise ConfigurationError(f"{named}, which is no class")
    if not issubclass(constructor, kind):
        raise ConfigurationError(f"{named}, which is no {kind.__name__}")
    if not is_dataclass(constructor):
        raise ConfigurationError(f"{named}, which is no dataclass; write @dataclass(frozen=True) above it")
    try:
        check_fields(group, constructor, node)
    except ConfigurationError as error:
        plugin = plugin_of(str(node["_target_"]))
        if plugin is None:
            raise
        raise ConfigurationError(f"{described(plugin.package, plugin.distribution)}: {error}") from error
    except NameError as error:
        raise ConfigurationError(f"{named}, whose fields have a type that does not exist: {error}") from error
    try:
        built = instantiate(node)
    except (InstantiationException, SystemExit) as error:
        reason = error.__cause__ or error
        raise ConfigurationError(f"{group}{_brought_by(node)}: {first_line(reason)}") from error
    if not isinstance(built, kind):
        raise ConfigurationError(f"{group} is a {type(built).__name__} and no {kind.__name__}; leave out _partial_")
    return built


def _is_trusted(target: str) -> bool:
    """Whether a target is a class that lrbench or a plugin itself defines: their modules also hold what they import."""
    if not _is_known(target):
        return False
    try:
        found = _locate(target)
    except (Exception, SystemExit):
        # Nothing that could be called; what is wrong with it is said where it is looked up.
        return True
    return isinstance(found, type) and _is_known(found.__module__)


def _is_known(dotted: str) -> bool:
    return dotted.startswith(TRUSTED) or plugin_of(dotted) is not None


def _brought_by(node: Mapping[str, Any]) -> str:
    plugin = plugin_of(str(node["_target_"]))
    return "" if plugin is None else f" of {described(plugin.package, plugin.distribution)}"


def _root(error: BaseException) -> str:
    """What an import failed with in the first place."""
    while error.__cause__ is not None:
        error = error.__cause__
    return f"{type(error).__name__}: {first_line(error)}"


def _targets(node: Any) -> list[str]:
    """Returns everything that instantiating a node would call."""
    if isinstance(node, Mapping):
        own = [str(node["_target_"])] if "_target_" in node else []
        return own + [target for value in node.values() for target in _targets(value)]
    if isinstance(node, list):
        return [target for value in node for target in _targets(value)]
    return []
