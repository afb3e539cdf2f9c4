"""From counts to scores: token accuracy, whole-sequence accuracy, loss, the headline and its scaled form."""

import math
from typing import NamedTuple

import numpy as np

from lrbench.data import Metrics, Task


class Scores(NamedTuple):
    """What one lane reached on some sequences.

    Attributes:
        sequences: how many were asked anything.
        token_accuracy: correct steps over steps that count.
        sequence_accuracy: of these, those with every step right (and exact, where the task is stricter on the whole).
        loss: mean cross-entropy (nats) or mean squared error a step.
        score: the task's headline.
    """

    sequences: int
    token_accuracy: float
    sequence_accuracy: float
    loss: float
    score: float


def score(task: Task, metrics: Metrics) -> Scores:
    """Divides the counts of one lane, `[sequences]`, once; NaN where nothing was asked."""
    asked = metrics.count > 0
    count, sequences = int(np.sum(metrics.count)), int(np.sum(asked))
    if not count:
        return Scores(0, math.nan, math.nan, math.nan, math.nan)
    token_accuracy = float(np.sum(metrics.correct)) / count
    sequence_accuracy = float(np.sum(metrics.solved & asked)) / sequences
    loss = float(np.sum(metrics.loss_sum, dtype=np.float64)) / count
    headline = {"token_accuracy": token_accuracy, "sequence_accuracy": sequence_accuracy, "fit": 1.0 - loss}
    return Scores(sequences, token_accuracy, sequence_accuracy, loss, headline[task.score])


def scale(value: float, chance: float) -> float:
    """Returns (score - chance) / (1 - chance): 0 is guessing, 1 is perfect."""
    return (value - chance) / (1.0 - chance)
