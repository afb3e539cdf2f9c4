"""A study: the sweeps of a figure or a claim at each scale, as words that `lrbench run -m` takes."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Any, Literal, cast, get_args

from omegaconf import OmegaConf

#: How much is run: seconds, to see that it works; minutes on two CPU cores; the full protocol, for a GPU or TPU.
Scale = Literal["smoke", "cpu", "paper"]
SCALES: tuple[Scale, ...] = get_args(Scale)


@dataclass(frozen=True)
class Arm:
    """One sweep of a study.

    Attributes:
        name: what tells it apart from the study's other sweeps, as "batch of one"; one name may have several sweeps.
        words: what `lrbench run -m` is given.
    """

    name: str
    words: tuple[str, ...]

    @property
    def command(self) -> str:
        """The command that does this sweep alone, into the default folder."""
        return shlex.join(["lrbench", "run", "-m", *self.words])


@dataclass(frozen=True)
class Study:
    """The sweeps of a figure or a claim.

    Attributes:
        name: of the figure or claim.
        arms: its sweeps at each scale.
        text: all else that its YAML holds, plain values.
    """

    name: str
    arms: Mapping[Scale, tuple[Arm, ...]]
    text: Mapping[str, Any]


def read_study(name: str, file: Traversable) -> Study:
    """Reads a study's YAML.

    Under `scales` it has, for each scale, a list of `arm` (a name) and `run` (words, quoted as in a shell; `null` where
    nothing has to be trained).

    Raises:
        ValueError: a scale is missing or unknown.
    """
    loaded = cast(dict[str, Any], OmegaConf.to_container(OmegaConf.create(file.read_text(encoding="utf-8"))))
    scales = loaded.pop("scales")
    if sorted(scales) != sorted(SCALES):
        raise ValueError(f"{name} has the scales {', '.join(scales)}; it needs {', '.join(SCALES)}")
    arms = {
        scale: tuple(Arm(one["arm"], tuple(shlex.split(one["run"]))) for one in scales[scale] or ()) for scale in SCALES
    }
    return Study(name, arms, loaded)
