"""From the words after `lrbench run` to runs: Hydra composes, everything is checked first, then Hydra launches."""

import difflib
import os
import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hydra
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra._internal.hydra import Hydra
from hydra._internal.utils import create_config_search_path, get_args_parser
from hydra.core.config_search_path import SearchPathQuery
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError  # type: ignore[import-untyped]

from lrbench.plugins.choices import find_choices, targets
from lrbench.plugins.discovery import is_inside
from lrbench.plugins.hydra_source import register
from lrbench.plugins.own_folder import admit
from lrbench.runs.errors import ConfigurationError

CONFIG_NAME = "config"
CONFIG_PATH = "pkg://lrbench.conf"

#: What runs of a sweep are given to: called once a run, in the process that the launcher chose.
Job = Callable[[DictConfig], None]


def asks_hydra(words: Sequence[str]) -> bool:
    """Whether the words ask Hydra to print something rather than to run."""
    arguments = _arguments(words)
    printing = ("help", "hydra_help", "cfg", "info", "shell_completion")
    return any(getattr(arguments, name) for name in printing)


def _arguments(words: Sequence[str]) -> Namespace:
    """Reads flags and overrides, in any order."""
    return get_args_parser().parse_intermixed_args(list(words))


def let_hydra_print(words: Sequence[str]) -> None:
    """Lets Hydra answer --help, --cfg, --info and the like.

    Raises:
        ConfigurationError: the words do not compose.
    """
    arguments = _arguments(words)
    with _readable(), _Composer(arguments) as composer:
        composer.check(arguments.overrides)
    os.environ["HYDRA_FULL_ERROR"] = "1"  # Hydra then raises instead of printing and leaving with status 1
    sys.argv = ["lrbench run", *words]
    with _readable():
        hydra.main(config_path=CONFIG_PATH, config_name=CONFIG_NAME, version_base="1.3")(lambda config: None)()


@contextmanager
def _readable() -> Iterator[None]:
    """Turns what Hydra and OmegaConf raise into ConfigurationError."""
    try:
        yield
    except (HydraException, OmegaConfBaseException) as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        cause = error.__cause__
        if isinstance(cause, OmegaConfBaseException):
            lines.append(str(cause).splitlines()[0])
        said = dict.fromkeys(lines[:1] + lines[-1:])
        raise ConfigurationError("; ".join(said) if said else type(error).__name__) from error
    except YAMLError as error:
        raise ConfigurationError(f"no YAML: {' '.join(str(error).split())}") from error


@dataclass
class Sweep:
    """What a command asks for, composed and checked; nothing has been written.

    Attributes:
        configs: the configuration of each run.
        choices: the choices of each run's config groups.
        multirun: whether Hydra launches it as a sweep.
        local: whether its runs run one after the other in this process.
    """

    configs: list[DictConfig]
    choices: list[dict[str, str | None]]
    multirun: bool
    local: bool
    _arguments: Namespace = field(repr=False)

    def launch(self, job: Job) -> None:
        """Hands the runs to Hydra's launcher."""
        with _Composer(self._arguments) as composer:
            mode = RunMode.MULTIRUN if self.multirun else RunMode.RUN
            overrides = [*self._arguments.overrides, f"hydra.mode={mode.name}"]
            start = composer.hydra.multirun if self.multirun else composer.hydra.run
            returned = start(config_name=composer.config_name, task_function=job, overrides=overrides)
            if not self.multirun:
                _ = returned.return_value  # raises what the job raised


def plan(words: Sequence[str], part: str | None = None) -> Sweep:
    """Composes every run that the words ask for.

    Args:
        words: overrides and flags, as Hydra takes them.
        part: the config group that alone is used of what is composed; None where all is.

    Raises:
        ConfigurationError: a key or a choice that does not exist, a key given twice, an empty sweep; a name that means
            lrbench's own file, while the folder of --config-dir has another one under it.
    """
    arguments = _arguments(words)
    if arguments.experimental_rerun:
        raise ConfigurationError(
            "--experimental-rerun loads a pickle, which can run anything; repeat the command instead"
        )
    with _readable(), _Composer(arguments, part) as composer:
        composer.check(arguments.overrides)
        multirun = arguments.multirun or composer.mode(arguments.overrides) == RunMode.MULTIRUN
        swept = [one.key_or_group for one in composer.parse(arguments.overrides) if one.is_sweep_override()]
        if swept and not multirun:
            raise ConfigurationError(f"{swept[0]} has several values; add -m to run every combination of them")
        master = composer.compose(arguments.overrides, multirun)
        local = master.hydra.launcher._target_.endswith(".BasicLauncher")
        composed = [master]
        if multirun:
            composed = [composer.compose(job, multirun) for job in composer.combinations(arguments.overrides, master)]
    choices = [{str(key): value for key, value in one.hydra.runtime.choices.items()} for one in composed]
    return Sweep([_without_hydra(one) for one in composed], choices, multirun, local, arguments)


def task_config(task: str, overrides: Sequence[str], config_dir: str | None = None) -> DictConfig:
    """Composes the configuration of a task alone.

    Args:
        task: a choice of the config group.
        overrides: keys of the task, as "symbols=4".
        config_dir: a folder of one's own YAML files and tasks.

    Raises:
        ConfigurationError: a task or a key that does not exist.
    """
    folder = [] if config_dir is None else ["--config-dir", config_dir]
    words = [*folder, f"task={task}", *(f"task.{word}" for word in overrides)]
    config: DictConfig = plan(words, part="task").configs[0].task
    return config


def task_configs(tasks: Sequence[str], config_dir: str | None = None) -> dict[str, DictConfig | ConfigurationError]:
    """Composes several tasks as they stand, by name, or says why one cannot be composed.

    Args:
        tasks: choices of the config group.
        config_dir: a folder of one's own YAML files and tasks.
    """
    composed: dict[str, DictConfig | ConfigurationError] = {}
    with _Composer(_arguments([] if config_dir is None else ["--config-dir", config_dir])) as composer:
        for task in tasks:
            try:
                with _readable():
                    composed[task] = composer.alone("task", task)
            except ConfigurationError as error:
                composed[task] = error
    return composed


def own_folder(words: Sequence[str]) -> Path | None:
    """Returns the folder of a command's --config-dir."""
    folder = _arguments(words).config_dir
    return None if folder is None else Path(folder)


def admit_own_folder(words: Sequence[str]) -> None:
    """Makes the tasks of a command's --config-dir importable in a process that a launcher made."""
    folder = own_folder(words)
    if folder is not None:
        admit(str(folder))


class _Composer:
    """Hydra's own composition, for one command."""

    def __init__(self, arguments: Namespace, part: str | None = None) -> None:
        register()
        self.part = part
        self.config_name = arguments.config_name or CONFIG_NAME
        path = arguments.config_path
        self.search_path = create_config_search_path(
            CONFIG_PATH if path is None else path if "://" in path else f"file://{Path(path).resolve()}"
        )
        self.folder = arguments.config_dir
        folder = None if self.folder is None else admit(self.folder)
        if folder is not None:
            # Where Hydra's own --config-dir puts it: behind what is built in.
            anchor = SearchPathQuery(provider="schema", path=None)
            self.search_path.prepend(provider="command-line", path=f"file://{folder}", anchor=anchor)
        self.choices = find_choices(folder)

    def __enter__(self) -> "_Composer":
        hydra.version.setbase("1.3")
        GlobalHydra.instance().clear()
        self.hydra = Hydra.create_main_hydra2(task_name="lrbench", config_search_path=self.search_path)
        return self

    def __exit__(self, *error: object) -> None:
        GlobalHydra.instance().clear()

    def mode(self, overrides: Sequence[str]) -> RunMode | None:
        """Returns the mode that the configuration itself asks for."""
        mode: RunMode | None = self.hydra.get_mode(config_name=self.config_name, overrides=list(overrides))
        return mode

    def parse(self, overrides: Sequence[str]) -> list[Override]:
        """Reads overrides, by Hydra's grammar."""
        parser, parsed = OverridesParser.create(config_loader=self.hydra.config_loader), []
        for text in overrides:
            try:
                parsed.append(parser.parse_override(text))
            except HydraException as error:
                raise ConfigurationError(
                    f"{text!r} is no override ({str(error).splitlines()[0]}); write key=value"
                ) from error
        return parsed

    def compose(self, overrides: Sequence[str], multirun: bool) -> DictConfig:
        """Composes one configuration, or the master of a sweep, from which the sweep's own overrides are left out."""
        single = [
            text for text, one in zip(overrides, self.parse(overrides), strict=True) if not one.is_sweep_override()
        ]
        composed: DictConfig = self.hydra.compose_config(
            config_name=self.config_name,
            overrides=single,
            run_mode=RunMode.MULTIRUN if multirun else RunMode.RUN,
            with_log_configuration=False,
        )
        if self.choices.shadowed:
            read = self.hydra.config_loader.compute_defaults_list(self.config_name, single, RunMode.RUN).defaults
            names = [str(one.config_path) for one in read if self.part in (None, str(one.config_path).split("/")[0])]
            self._refuse_shadowed([*names, *_called(composed if self.part is None else composed[self.part])])
        return composed

    def _refuse_shadowed(self, names: Sequence[str]) -> None:
        """Raises ConfigurationError for a name under which a folder of one's own has a file that would not be read."""
        for name, place in self.choices.shadowed.items():
            if any(is_inside(used, [name]) for used in names):
                raise ConfigurationError(
                    f"{self.folder}/{place} has the name of a file of lrbench's own, which would be read in its place; "
                    "rename yours"
                )

    def alone(self, group: str, name: str) -> DictConfig:
        """Composes one choice of a config group by itself."""
        composed = self.hydra.config_loader.load_configuration(f"{group}/{name}", [], RunMode.RUN)
        chosen: DictConfig = composed[group]
        if (group, name) in self.choices.foreign:
            self._refuse_shadowed(_called(chosen))
        return chosen

    def combinations(self, overrides: Sequence[str], master: DictConfig) -> list[list[str]]:
        """Returns the overrides of every run of a sweep."""
        if not master.hydra.sweeper._target_.endswith(".BasicSweeper"):
            return []
        own = [f"{key}={value}" for key, value in (master.hydra.sweeper.params or {}).items()]
        parsed = self.parse([*own, *overrides])
        jobs = [job for batch in BasicSweeper.split_arguments(parsed, None) for job in batch]
        if not jobs:
            raise ConfigurationError("the sweep is empty: one of its lists or ranges has no value")
        return jobs

    def check(self, overrides: Sequence[str]) -> None:
        """Raises ConfigurationError for a choice or a key that does not exist, or a key given twice."""
        parsed = self.parse(overrides)
        twice = [key for key, count in Counter(one.get_key_element() for one in parsed).items() if count > 1]
        if twice:
            raise ConfigurationError(f"{twice[0]} is given twice; give it once")
        groups = {name for name in self.hydra.config_loader.list_groups("") if name != "hydra"}
        chosen = [one for one in parsed if one.key_or_group in groups]
        for one in chosen:
            self._check_choice(one)
        values = [one for one in parsed if one.key_or_group not in groups]
        first_choices = [_first_choice(one) for one in chosen if not one.is_delete()]
        base = _without_hydra(self.compose(first_choices, False))
        swept = any(one.is_sweep_override() for one in chosen)
        for one in values:
            if one.is_add() or one.is_force_add() or one.key_or_group.split(".")[0] == "hydra":
                continue
            # With several tasks at once a key may belong to some of them only: composition decides then.
            if not (swept and "." in one.key_or_group):
                _check_key(one.key_or_group, base)

    def _check_choice(self, override: Override) -> None:
        options = self.hydra.config_loader.get_group_options(override.key_or_group)
        for choice in _choices(override):
            broken = self.choices.broken.get((override.key_or_group, str(choice)))
            if broken is not None:
                raise ConfigurationError(broken)
            if choice not in options and (choice is not None or override.key_or_group != "experiment"):
                raise ConfigurationError(
                    f"there is no {override.key_or_group} {choice!r}.{_did_you_mean(str(choice), options)}"
                    f" Choose one of: {', '.join(sorted(options))}"
                )


def _called(config: DictConfig) -> list[str]:
    """Returns everything that instantiating a configuration would call."""
    return targets(OmegaConf.to_container(config, resolve=False))


def _did_you_mean(word: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(word, known, 1)
    return f" Did you mean {near[0]}?" if near else ""


def _choices(override: Override) -> list[str | None]:
    if override.is_discrete_sweep():
        return [text.strip("'\"") for text in override.sweep_string_iterator()]
    value = override.value()
    return [None if value is None else str(value)]


def _first_choice(override: Override) -> str:
    return f"{override.get_key_element()}={_choices(override)[0] or 'null'}"


def _check_key(key: str, config: DictConfig) -> None:
    node: Any = config
    walked: list[str] = []
    for part in key.split("."):
        keys = [str(name) for name in node] if isinstance(node, DictConfig) else []
        if part not in keys:
            place = ".".join(walked) or "a run"
            known = ", ".join(name for name in keys if not name.startswith("_"))
            raise ConfigurationError(
                f"there is no key {key!r}.{_did_you_mean(part, keys)} {place} has: {known}"
                if keys
                else f"there is no key {key!r}: {place} is a value"
            )
        walked.append(part)
        node = node[part]


def _without_hydra(config: DictConfig) -> DictConfig:
    plain = config.copy()
    with open_dict(plain):
        plain.pop("hydra", None)
    return plain


def current_choices() -> dict[str, str | None]:
    """Returns the choices of the config groups of the run that Hydra is running."""
    return {str(key): value for key, value in HydraConfig.get().runtime.choices.items()}
