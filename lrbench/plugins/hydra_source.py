"""Lets Hydra read the YAML files of plugins: behind lrbench's own, and only those that can be used."""

from typing import Any, ClassVar

from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.object_type import ObjectType
from hydra.core.plugins import Plugins
from hydra.plugins.config_source import ConfigLoadError, ConfigResult, ConfigSource
from hydra.plugins.search_path_plugin import SearchPathPlugin
from omegaconf import OmegaConf

from lrbench.plugins.choices import find_choices


class PluginSource(ConfigSource):
    """The choices of all plugins, as one source of configurations."""

    #: Before "://" in a search path.
    SCHEME: ClassVar[str] = "lrbench-plugins"

    def __init__(self, provider: str, path: str) -> None:
        super().__init__(provider, path)
        self.files = {f"{group}/{name}": choice.file for (group, name), choice in find_choices().foreign.items()}

    @staticmethod
    def scheme() -> str:
        """Returns what stands before "://"."""
        return PluginSource.SCHEME

    def available(self) -> bool:
        """Whether it can be read; it always can."""
        return True

    def load_config(self, config_path: str) -> ConfigResult:
        """Reads one file."""
        name = config_path.removesuffix(".yaml")
        if name not in self.files:
            raise ConfigLoadError(f"Config not found : {name}")
        text = self.files[name].read_text(encoding="utf-8")
        return ConfigResult(
            config=OmegaConf.create(text),
            path=self.full_path(),
            provider=self.provider,
            header=ConfigSource._get_header_dict(text[:512]),
        )

    def is_group(self, config_path: str) -> bool:
        """Whether files stand under this path."""
        return any(name.startswith(f"{config_path.rstrip('/')}/") for name in self.files)

    def is_config(self, config_path: str) -> bool:
        """Whether this path is a file."""
        return config_path.removesuffix(".yaml") in self.files

    def list(self, config_path: str, results_filter: ObjectType | None) -> list[str]:
        """Returns what stands under a path: groups at the top, files in a group."""
        pairs = [name.split("/") for name in self.files]
        if config_path.strip("/"):
            found = {name for group, name in pairs if group == config_path.strip("/")}
            return sorted(found) if results_filter in (None, ObjectType.CONFIG) else []
        return sorted({group for group, _ in pairs}) if results_filter in (None, ObjectType.GROUP) else []


class PluginSearchPath(SearchPathPlugin):
    """Puts the source on every search path that Hydra makes."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        """Appends the source, so that lrbench's own files come first."""
        search_path.append(provider="lrbench-plugins", path=f"{PluginSource.SCHEME}://")


def register() -> None:
    """Makes the source known to Hydra; again without effect."""
    hydra_plugins: Any = Plugins.instance()
    for kind in (PluginSource, PluginSearchPath):
        hydra_plugins.register(kind)
