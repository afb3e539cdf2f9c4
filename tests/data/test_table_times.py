"""Times order the steps exactly: no figure is lost, and no date is guessed."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from lrbench.tasks.table import Table

from lrbench.data import DataError, Split


def read_order(path: Path) -> set[tuple[float, ...]]:
    """The inputs of every sequence, in the order of its steps."""
    task = Table(data=str(path), columns="x", standardise=False, test=0.4)
    length = task.lengths.train[1]
    return {
        tuple(steps)
        for split in Split
        for steps in task.fetch(split, np.arange(task.examples(split)), length, length).example.inputs[..., 0].tolist()
    }


def write_times(path: Path, times: list[str]) -> None:
    """Nine sequences, each with these times; x says at which place of the list a time stands."""
    rows = "".join(f'{n},"{time}",{x}.5,{"ab"[n % 2]}\n' for n in range(9) for x, time in enumerate(times))
    path.write_text("id,time,x,label\n" + rows)


@pytest.mark.parametrize(
    ("times", "order"),
    [
        (["1700000000000000002", "1700000000000000001"], (1, 0)),
        (["9223372036854775809", "9223372036854775808", "-1"], (2, 1, 0)),
        (["1700000000.000000002", "1700000000.000000001", "1e3"], (2, 1, 0)),
        (["10", "9", "+8"], (2, 1, 0)),
        (["0.30000000000000001", "0.3", "0.2"], (2, 1, 0)),
        (["2026-01-01 12:00:00.000000002", "2026-01-01 12:00:00.000000001"], (1, 0)),
        (["2026-02-01", "2026-01-31", "2025-12-31"], (2, 1, 0)),
        (["2026-01-01 12:00", "2026-01-01 11:59:59.5", "2026-01-01T11:59:59,25", "2026-01-01"], (3, 2, 1, 0)),
        (["2026-01-01T12:00:00Z", "2026-01-01T12:30:00+01:00", "2026-01-01T06:00:00-0730"], (1, 0, 2)),
        (["0001-01-01", "9999-12-31 23:59:59.999"], (0, 1)),
    ],
)
def test_text_orders_exactly(tmp_path: Path, times: list[str], order: tuple[int, ...]) -> None:
    path = tmp_path / "a.csv"
    write_times(path, times)
    assert read_order(path) == {tuple(place + 0.5 for place in order)}


@pytest.mark.parametrize(
    ("times", "said"),
    [
        (["01/05/2026", "02/05/2026"], "line 2, column 'time': '01/05/2026' is no date of ISO 8601.*as 2026-01-31"),
        (["13/05/2026 12:00", "02/05/2026 12:00"], "line 2, .*'13/05/2026 12:00' is no date of ISO 8601"),
        (["31.12.2026", "1.1.2027"], "line 2, .*'31.12.2026' is no date of ISO 8601: which figure is the day"),
        (["2026/01/05", "2026/01/06"], "line 2, .*'2026/01/05' is no date of ISO 8601"),
        (["05-01-2026", "06-01-2026"], "line 2, .*'05-01-2026' is no date of ISO 8601"),
        (["2026-01-05", "06/01/2026"], "line 3, .*'06/01/2026' is no date of ISO 8601"),
        (["2026-02-28", "2026-02-30"], "line 3, .*'2026-02-30' is no date or time that there is"),
        (["2026-02-28 25:00", "2026-02-28 23:00"], "line 2, .*'2026-02-28 25:00' is no date or time that there is"),
        (["2026-02-28 12:00Z", "2026-02-28 12:00"], "line 3, .*a time zone all of them, or none"),
        (["2026-02-28", "2026-02-28 00:00"], "line 3, .*stands a second time"),
        (["1", "1.0"], "line 3, .*1.0 stands a second time"),
        (["noon", "midnight"], "line 2, .*'noon' is neither a number nor a date"),
    ],
)
def test_dates_are_never_guessed(tmp_path: Path, times: list[str], said: str) -> None:
    path = tmp_path / "a.csv"
    write_times(path, times)
    with pytest.raises(DataError, match=said) as caught:
        Table(data=str(path), columns="x").prepare()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("ending", ["parquet", "npz"])
@pytest.mark.parametrize(
    "times",
    [
        np.asarray([2**63 + 1, 2**63, 5], np.uint64),
        np.asarray([1, 0, -5], np.int64) + 2**62,
        np.asarray(["2026-01-01T00:00:00.000000002", "2026-01-01T00:00:00.000000001", "1969-01-01"], "M8[ns]"),
    ],
    ids=["unsigned", "signed", "nanoseconds"],
)
def test_numbers_order_exactly(tmp_path: Path, ending: str, times: Any) -> None:
    path = tmp_path / f"a.{ending}"
    columns = {
        "id": np.repeat(np.arange(9), 3),
        "time": np.tile(times, 9),
        "x": np.tile([0.5, 1.5, 2.5], 9),
        "label": np.repeat(np.arange(9) % 2, 3),
    }
    np.savez(path, **columns) if ending == "npz" else pl.DataFrame(columns).write_parquet(path)
    assert read_order(path) == {(2.5, 1.5, 0.5)}
