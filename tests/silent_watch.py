"""Somebody who is told how a run goes, and does not care."""

from lrbench.runs.configuration import Run
from lrbench.runs.watch import Progress


class Silent:
    """A watch that says nothing."""

    def begin(self, run: Run) -> None:
        del run

    def progress(self, progress: Progress) -> None:
        del progress

    def note(self, sentence: str) -> None:
        del sentence

    def end(self, sentence: str) -> None:
        del sentence
