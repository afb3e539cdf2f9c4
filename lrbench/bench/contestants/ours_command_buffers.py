"""The cores of lrbench with loops in CUDA's command buffers: the GPU starts the steps of a scan by itself."""

from lrbench.bench.contestant import Contestant
from lrbench.bench.contestants import ours

NAME = "lrbench, loop command buffers"
PACKAGE = None
ENVIRONMENT: dict[str, str] = {"XLA_FLAGS": "--xla_gpu_enable_command_buffer=+WHILE"}
NEEDS_GPU = True

MEASUREMENTS: dict[str, Contestant] = {
    name: ours.MEASUREMENTS[name] for name in ("lstm", "gru", "selective_scan", "seeds_lstm")
}
