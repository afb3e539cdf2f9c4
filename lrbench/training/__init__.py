"""Lanes trained together in one compiled chunk, and their checkpoints."""

from lrbench.training.feed import Feed, make_feed
from lrbench.training.lanes import Lane, Spread, make_lanes, spread_lanes
from lrbench.training.optimizer import Optimizer
from lrbench.training.state import ChunkLog, TrainState
from lrbench.training.trainer import Trainer

__all__ = [
    "ChunkLog",
    "Feed",
    "Lane",
    "Optimizer",
    "Spread",
    "TrainState",
    "Trainer",
    "make_feed",
    "make_lanes",
    "spread_lanes",
]
