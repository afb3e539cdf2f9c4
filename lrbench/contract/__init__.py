"""The contract of a task as a check: `check(task)` says point by point what holds, and what is wrong in a sentence.

It runs on any task, built-in or foreign; `lrbench check TASK` is this check on the command line.
"""

from lrbench.contract.contract import POINTS, basic_failure, check, checking, look
from lrbench.contract.point import ContractError, Point, Result
from lrbench.contract.variants import variants

__all__ = ["POINTS", "ContractError", "Point", "Result", "basic_failure", "check", "checking", "look", "variants"]
