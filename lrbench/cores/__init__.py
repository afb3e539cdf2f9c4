"""The recurrences: pure functions over time, carry in and carry out.

Every core is a module of the same functions:

* `step(params, carry, x) -> (carry, y)`: one time step;
* `scan(params, inputs, carry) -> (carry, outputs)`: all of them, time first, by a chosen `Implementation`;
* `initial_carry(params, batch) -> carry`: zeros;
* `state_size(params) -> int`: the numbers that are carried from step to step, for one sequence.

Scanning the whole equals scanning a part and then the rest with the carry.
"""

from lrbench.cores import elman, gru, lstm, selective_scan
from lrbench.cores.implementation import Implementation
from lrbench.cores.product import product

__all__ = ["Implementation", "elman", "gru", "lstm", "product", "selective_scan"]
