"""What the command that did a study's runs took, kept when the study is drawn or decided again."""

import json
from pathlib import Path


def longest(file: Path, seconds: float) -> float:
    """Returns the longer of the seconds of this command and those that an earlier one left in a file.

    Args:
        file: JSON with `longest_command_seconds`; it may not exist, or be of anybody.
        seconds: of this command.
    """
    try:
        before = float(json.loads(file.read_text())["longest_command_seconds"])
    except (OSError, ValueError, TypeError, KeyError):
        before = 0.0
    return round(max(before, seconds), 1)
