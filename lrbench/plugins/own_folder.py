"""A folder of one's own on the command line (`--config-dir`): its YAML files, and its tasks as `lrbench.tasks.NAME`."""

from importlib.resources import files
from pathlib import Path

import lrbench.tasks
from lrbench.runs.errors import ConfigurationError


def admit(folder: str) -> Path:
    """Checks a folder, and makes FOLDER/tasks/NAME.py importable as `lrbench.tasks.NAME` in this process.

    Returns:
        The folder's absolute path.

    Raises:
        ConfigurationError: it is no folder, or one of its files has the name of a built-in one.
    """
    path = Path(folder).resolve()
    if not path.is_dir():
        raise ConfigurationError(f"--config-dir is {folder}, which is no folder")
    yamls = [("lrbench.conf", path, file) for file in (*path.glob("*.yaml"), *path.glob("*/*.yaml"))]
    modules = [("lrbench.tasks", path / "tasks", file) for file in (path / "tasks").glob("*.py")]
    for package, top, file in sorted([*yamls, *modules]):
        if file.name != "__init__.py":
            built_in = files(package).joinpath(*file.relative_to(top).parts)
            # A copy that was not changed does no harm; a changed one would be passed over in silence.
            if built_in.is_file() and built_in.read_bytes() != file.read_bytes():
                raise ConfigurationError(
                    f"--config-dir {folder}: {file.relative_to(path)} has the name of a file of lrbench's own, which "
                    "cannot be replaced; rename yours"
                )
    if str(path / "tasks") not in lrbench.tasks.__path__:
        lrbench.tasks.__path__.append(str(path / "tasks"))
    return path
