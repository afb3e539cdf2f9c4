"""Checks of a task's fields, so that a value out of range is one clear sentence and not a strange sequence."""


def require_whole(name: str, value: object, least: int, most: int | None = None) -> None:
    """Raises a ValueError unless `value` is a whole number of at least `least` and, if there is a `most`, at most that.

    A field that sizes an array, or enters a product of 32 bits, needs a `most`.
    """
    allowed = f"of at least {least}" if most is None else f"from {least} to {most}"
    nearest = least
    if isinstance(value, int) and not isinstance(value, bool):
        if value >= least and (most is None or value <= most):
            return
        if most is not None and value > most:
            nearest = most
    raise ValueError(f"{name}={value!r} is not a whole number {allowed}; try {name}={nearest}")


def require_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    """Raises a ValueError unless `value` is one of `choices`."""
    if value not in choices:
        raise ValueError(f"{name}={value!r} is unknown; choose one of {', '.join(choices)}")


def require_between(name: str, value: object, low: float, high: float) -> None:
    """Raises a ValueError unless `value` is a number strictly between `low` and `high`."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not low < value < high:
        raise ValueError(f"{name}={value!r} is not a number between {low:g} and {high:g}, ends excluded")
