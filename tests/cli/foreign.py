"""Packages of other people, written into a folder as pip would install them."""

from collections.abc import Mapping
from pathlib import Path

TASK = '''"""A task of somebody else's."""

from dataclasses import dataclass

from lrbench.tasks.parity import Parity


@dataclass(frozen=True)
class Rotation(Parity):
    """Does a wheel that turns by half at each 1 stand upside down?"""
'''


def install(
    site: Path, package: str, files: Mapping[str, str], *, distribution: str | None = None, entry: str | None = None
) -> None:
    """Writes a package and the record of its installation.

    Args:
        site: a folder on Python's path.
        package: its importable name.
        files: text by path in the package; `__init__.py` need not be said.
        distribution: what was installed; by default the package with hyphens.
        entry: what its entry point names; by default the package.
    """
    name = distribution or package.replace("_", "-")
    for path, text in {"__init__.py": "", **files}.items():
        file = site / package / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    info = site / f"{name.replace('-', '_')}-1.2.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(f"[lrbench.plugins]\nmine = {entry or package}\n")


def yaml(package: str, target: str = "rotation.Rotation", more: str = "") -> str:
    """The YAML of a task of a package."""
    return f"# Does a wheel that turns by half at each 1 stand upside down?\n_target_: {package}.{target}\n{more}"
