"""Scores over lengths, seen and unseen, read in pieces with a carried state."""

from lrbench.evaluation.questions import Examiner, Questions, make_examiner
from lrbench.evaluation.scores import Scores, scale, score
from lrbench.evaluation.streaming import Reader

__all__ = ["Examiner", "Questions", "Reader", "Scores", "make_examiner", "scale", "score"]
