"""The folder that an export grows in, beside its place: gone when the export fails, and cleared after a killed one."""

import os
import platform
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lrbench.runs.errors import FULL, ConfigurationError, NoSpace, RunError


@contextmanager
def unfinished(folder: Path) -> Iterator[Path]:
    """Makes a folder beside the one that is wanted, and removes it again unless it was renamed.

    Raises:
        ConfigurationError: nothing can be made there.
        NoSpace: the disk is full.
        RunError: the system failed to write.
    """
    part = folder.with_name(f"{_stem(folder)}{os.getpid()}.part")
    clear_leftovers(folder)
    with writable(folder):
        part.mkdir(parents=True)
    try:
        yield part
    except OSError as error:
        if error.errno in FULL:
            raise _no_space(folder) from error
        raise RunError(f"{folder} was not written: {error.strerror or error}; nothing is left of it") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


@contextmanager
def writable(folder: Path) -> Iterator[None]:
    """Says in a sentence why the system lets nobody look at a folder, or write it.

    Raises:
        ConfigurationError: in the words of the system, about the folder that was asked for.
        NoSpace: the disk is full.
    """
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise _no_space(folder) from error
        raise ConfigurationError(
            f"{folder} cannot be written: {error.strerror or error}; choose another folder with --out"
        ) from error


def clear_leftovers(folder: Path) -> None:
    """Removes what exports to the same place left on this machine whose processes were killed."""
    pattern = re.compile(rf"{re.escape(_stem(folder))}(\d{{1,9}})\.part")
    with suppress(OSError):  # no such folder, or none to look into: the export itself meets and says it
        for path in folder.parent.iterdir():
            match = pattern.fullmatch(path.name)
            if match and (int(match[1]) == os.getpid() or not _lives(int(match[1]))):
                shutil.rmtree(path, ignore_errors=True)


def _stem(folder: Path) -> str:
    """Names folder and machine: on a shared disk the number of a process says nothing without its machine."""
    machine = re.sub(r"[^\w-]", "_", platform.node())
    return f".{folder.name}.{machine}."


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # somebody else's
    return True


def _no_space(folder: Path) -> NoSpace:
    return NoSpace(f"no space is left for {folder}; free some, or choose another place with --out")
