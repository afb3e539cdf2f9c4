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
        ConfigurationError: it is no folder.
    """
    path = Path(folder).resolve()
    if not path.is_dir():
        raise ConfigurationError(f"--config-dir is {folder}, which is no folder")
    if str(path / "tasks") not in lrbench.tasks.__path__:
        lrbench.tasks.__path__.append(str(path / "tasks"))
    return path


def shadowed(folder: Path) -> dict[str, str]:
    """Returns the files of a folder that are passed over, because lrbench has other ones under their names.

    A copy that was not changed is none of them: it does no harm.

    Returns:
        Each file's path in the folder, by what a configuration calls it: "task/parity", "lrbench.tasks.parity".
    """
    yamls = [("lrbench.conf", folder, file) for file in (*folder.glob("*.yaml"), *folder.glob("*/*.yaml"))]
    modules = [("lrbench.tasks", folder / "tasks", file) for file in (folder / "tasks").glob("*.py")]
    found = {}
    for package, top, file in sorted([*yamls, *modules]):
        inside = file.relative_to(top)
        built_in = files(package).joinpath(*inside.parts)
        if file.name != "__init__.py" and built_in.is_file() and built_in.read_bytes() != file.read_bytes():
            name = inside.with_suffix("").as_posix()
            found[f"{package}.{name}" if package == "lrbench.tasks" else name] = file.relative_to(folder).as_posix()
    return found
