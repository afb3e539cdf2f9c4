"""The table of tasks: everything in it, readable in a wide and a narrow terminal, and as lines for other programs."""

from importlib.resources import files
from io import StringIO
from pathlib import Path

import pytest
from driving import lrbench
from rich.console import Console

from lrbench.commands.tasks import Line, gather, table

HEADINGS = ("counting", "copy", "recall", "long dependency", "state tracking", "irregular time", "real data")


@pytest.fixture(scope="module")
def lines() -> list[Line]:
    found, left_out = gather(None)
    assert left_out == []
    return found


def printed(lines: list[Line], width: int | None) -> list[str]:
    out = StringIO()
    Console(file=out, width=width or 10_000, highlight=False).print(table(lines, width))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_every_task_has_a_line_of_its_own_when_it_is_piped(tmp_path: Path) -> None:
    done = lrbench("tasks", folder=tmp_path)
    assert done.status == 0
    names = {file.name.removesuffix(".yaml") for file in (files("lrbench.conf") / "task").iterdir()}
    first = [line.split()[0] for line in done.text.splitlines() if line.strip()]
    assert all(first.count(name) == 1 for name in names - {"copy"})
    (parity,) = [line for line in done.text.splitlines() if line.startswith("parity ")]
    for part in ("39", "0.500", "3–40", "40–256", "tokens", "Is the number of ones", "Grazzi et al. 2024"):
        assert part in parity


@pytest.mark.parametrize("width", [80, 100, 139, 140, 160, 220])
def test_no_line_is_longer_than_the_terminal_and_nothing_is_lost(lines: list[Line], width: int) -> None:
    text = printed(lines, width)
    assert max(len(line) for line in text) <= width
    everything = " ".join(" ".join(text).split())
    for line in lines:
        assert any(row.startswith(f"{line.name} ") and line.test in row and line.lag in row for row in text), line.name
        assert all(word in everything for word in line.sentence.split())
    assert "…" not in everything.replace("\N{HORIZONTAL ELLIPSIS} q", "")


@pytest.mark.parametrize("width", [80, 160, None])
def test_families_are_headings_in_their_order(lines: list[Line], width: int | None) -> None:
    text = printed(lines, width)
    present = [heading for heading in HEADINGS if any(line.family == heading for line in lines)]
    assert [row for row in text if row in HEADINGS] == present
    below = text.index("copy")
    assert text.index("counting") < [row.split(" ")[0] for row in text].index("anbn") < below


def test_what_only_the_data_would_tell_is_a_dash(lines: list[Line]) -> None:
    by_name = {line.name: line for line in lines}
    assert by_name["table"].lag == by_name["table"].chance == "–"
    assert by_name["parity"].chance == "0.500"
    assert by_name["anbn"].chance == "0"
