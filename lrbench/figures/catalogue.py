"""Which figures there are: every NAME.yaml here has a NAME.py beside it with one subclass of StudyFigure."""

import inspect
from importlib import import_module, resources

from lrbench.figures.figure import StudyFigure


def names() -> list[str]:
    """Returns the names of all figures, sorted."""
    files = resources.files("lrbench.figures").iterdir()
    return sorted(file.name.removesuffix(".yaml") for file in files if file.name.endswith(".yaml"))


def figure_of(name: str) -> StudyFigure:
    """Returns a figure by its name, one of `names()`."""
    module = import_module(f"lrbench.figures.{name}")
    (found,) = (
        member
        for _, member in inspect.getmembers(module, inspect.isclass)
        if issubclass(member, StudyFigure) and member.__module__ == module.__name__
    )
    return found()
