"""What a figure and a claim stand on: sweeps at a scale, written down, and what came of them."""

from lrbench.studies.results import Results
from lrbench.studies.study import SCALES, Arm, Scale, Study, read_study

__all__ = ["SCALES", "Arm", "Results", "Scale", "Study", "read_study"]
