"""Published figures, drawn again from runs of one's own, with the published numbers beside ours."""

from lrbench.figures.catalogue import figure_of, names
from lrbench.figures.figure import Number, Published, StudyFigure, Verdict

__all__ = ["Number", "Published", "StudyFigure", "Verdict", "figure_of", "names"]
