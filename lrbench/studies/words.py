"""The words after `lrbench figure NAME` and `lrbench claims run`: a scale and a folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lrbench.runs.errors import ConfigurationError
from lrbench.studies.study import SCALES, Scale


@dataclass(frozen=True)
class Words:
    """What was asked for.

    Attributes:
        scale: how much is run.
        runs: folder of all runs of figures and claims, which share them.
    """

    scale: Scale
    runs: Path


def read_words(words: Sequence[str]) -> Words:
    """Reads scale=… and runs=…; by default scale=cpu and runs=runs/studies.

    Raises:
        ConfigurationError: another word, or another scale.
    """
    given: dict[str, str] = {}
    for word in words:
        key, sign, value = word.partition("=")
        if key not in ("scale", "runs") or not sign or not value:
            raise ConfigurationError(f"{word!r} is none of: scale=smoke, scale=cpu, scale=paper, runs=FOLDER")
        if key in given:
            raise ConfigurationError(f"{key} is given twice; give it once")
        given[key] = value
    scale = given.get("scale", "cpu")
    if scale not in SCALES:
        raise ConfigurationError(f"scale is {scale!r}; choose {', '.join(SCALES)}")
    return Words(scale, Path(given.get("runs", "runs/studies")))
