"""What a format of files is: how it is written, and what its card says of it."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from lrbench.export.contents import Contents
from lrbench.export.request import Format


@dataclass(frozen=True)
class FileFormat:
    """One format. Each has a module of its name, which holds one of these as FORMAT.

    Attributes:
        write: writes the splits into a folder.
        layout: what stands where, in words.
        reading: lines of Python that read the first example of `{split}`.
        packages: what the bytes depend on, beside lrbench and JAX.
    """

    write: Callable[[Path, Contents], None]
    layout: str
    reading: str
    packages: tuple[str, ...] = ()


def file_format(name: Format) -> FileFormat:
    """Returns a format. Only its module is imported, for each needs another library."""
    return cast(FileFormat, importlib.import_module(f"lrbench.export.{name}").FORMAT)
