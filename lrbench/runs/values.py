"""Values of a configuration: what they may be, and the sentences about those that are not."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from lrbench.runs.errors import ConfigurationError

#: The greatest count: JAX counts in 32 bits.
MOST = 2**31 - 1
#: The greatest length, and the most steps of all sequences that are held at once.
LONGEST, HELD = 2**24, 2**31


def is_number(value: Any) -> bool:
    """Whether a value is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def read_count(plain: Mapping[str, Any], key: str) -> int:
    """Returns the value of a key, a whole number of at least 1.

    Raises:
        ConfigurationError: it is something else.
    """
    value = plain[key]
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST:
        raise ConfigurationError(f"{key} is {value!r}; it must be a whole number from 1 to {MOST:,}")
    return value


def read_whole_numbers(key: str, value: Any, least: int, most: int = LONGEST) -> list[int]:
    """Returns whole numbers between two ends: a list of them, or one.

    Raises:
        ConfigurationError: the value is something else.
    """
    values = value if isinstance(value, list) else [value]
    if not values or not all(isinstance(one, int) and not isinstance(one, bool) and one >= least for one in values):
        raise ConfigurationError(f"{key} is {value!r}; it must be whole numbers of at least {least}, as 64 or [64,128]")
    if max(values) > most:
        raise ConfigurationError(f"{key} is {value!r}; it must be at most {most:,}")
    return values


def read_seeds(value: Any) -> Sequence[int]:
    """Returns the seeds that a count or a list says.

    Raises:
        ConfigurationError: the value is neither, or a seed is too large or stands there twice.
    """
    if isinstance(value, list):
        seeds = read_whole_numbers("seeds", value, 0, most=2**64)
        if len(set(seeds)) < len(seeds):
            raise ConfigurationError(f"seeds is {value}; a seed stands there twice, and would count twice")
        if max(seeds) >= 2**32:
            raise ConfigurationError(f"seeds is {value}; a seed is below 2**32")
        return seeds
    return range(read_whole_numbers("seeds", value, 1)[0])


def read_learning_rates(value: Any) -> Sequence[float]:
    """Returns different rates above 0.

    Raises:
        ConfigurationError: the value is something else.
    """
    rates = value if isinstance(value, list) else [value]
    if not rates or not all(is_number(rate) and 0 < rate < math.inf for rate in rates) or len(set(rates)) < len(rates):
        raise ConfigurationError(f"learning_rates is {value!r}; it must be different numbers above 0, as [0.001,0.003]")
    return [float(rate) for rate in rates]
