import dataclasses
from pathlib import Path

import polars as pl
import pytest
from rich.console import Console

from lrbench.bench.figure import ratios, with_ratio
from lrbench.bench.loaded import Place
from lrbench.bench.rows import SCHEMA, Machine, Row, table, write
from lrbench.bench.terminal import amount, duration, tables

MACHINE = Machine("cpu", "2 x cpu (x86_64)", 2, "Abacus 3", 2, flops=4e11, bandwidth=2e10, flags="{}", commit="abc")


def row(contestant: str, width: int, ratio: float) -> Row:
    spread = {"ratio_low": ratio * 0.9, "ratio_high": ratio * 1.2} if ratio != 1 else {"ratio_low": 1, "ratio_high": 1}
    sizes = {"B": 32, "T": 256, "I": 64, "H": width}
    return Row("cores", "lstm", contestant, sizes, seconds=0.02 / ratio, ratio=ratio, deviation=1e-6, **spread)


FACT = Row("memory", "lstm", "lrbench", {"T": 64}, fact="time(4T) / time(T)", value=4.01, value_low=3.9, value_high=4.2)
ROWS = [row("lrbench", 64, 1.0), row("torch", 64, 0.5), row("lrbench", 128, 1.0), row("torch", 128, 2.0), FACT]


def text(rows: list[Row], absent: list[str], left_out: list[str]) -> str:
    console = Console(width=120, record=True, quiet=False)
    with console.capture() as said:
        console.print(tables(table(rows, MACHINE), absent, left_out))
    return said.get()


def test_rows_survive_the_disk_with_their_machine(tmp_path: Path) -> None:
    path = tmp_path / "new" / "cores.parquet"
    write(table(ROWS, MACHINE), path)
    found = pl.read_parquet(path)
    assert found.schema == SCHEMA
    assert found["sizes"].to_list()[1] == "B32 T256 I64 H64"
    assert found["H"].to_list() == [64, 64, 128, 128, None]
    assert found["device"].unique().to_list() == ["2 x cpu (x86_64)"]
    elsewhere = table([*ROWS, dataclasses.replace(FACT, place=Place("1 x GPU", 1, "{}", "{}"))], MACHINE)
    assert elsewhere["device"].to_list()[-2:] == ["2 x cpu (x86_64)", "1 x GPU"]
    assert found["date"].null_count() == 0


def test_the_table_shows_ratios_facts_and_who_is_missing() -> None:
    said = text(ROWS, ["Keras on JAX"], ["mambapy is left out of x: no memory"])
    assert "0.50 [0.45–0.60]" in said
    assert "2.00 [1.80–2.40]" in said
    assert "1.00" not in said
    assert "time(4T) / time(T) 4.01 [3.9–4.2]" in said
    assert "Keras on JAX" in said
    assert "pip install .[peers]" in said
    assert "mambapy is left out of x: no memory" in said
    assert "400 GFLOP/s" in said
    assert "temporary" not in said


def test_a_column_stands_where_somebody_has_its_number() -> None:
    rows = [Row("memory", "selective_scan", "lrbench", {"T": 64}, temporary_bytes=21_000_000)]
    assert "21 MB" in text(rows, [], [])
    assert "pip" not in text(rows, [], [])


def test_the_figure_has_a_panel_a_measurement_and_a_line_at_1() -> None:
    figure = ratios(table(ROWS, MACHINE))
    (panel,) = figure.axes
    assert panel.get_title(loc="left") == "lstm"
    assert [label.get_text() for label in panel.get_xticklabels()] == ["H64", "H128"]
    assert panel.get_yscale() == "log"
    marks = panel.containers[0].lines[0]
    assert marks.get_ydata().tolist() == [0.5, 2.0]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["torch"]


def test_there_is_no_figure_without_a_peer() -> None:
    alone = table([row("lrbench", 64, 1.0)], MACHINE)
    assert with_ratio(alone).is_empty()
    with pytest.raises(ValueError, match="no peer was measured"):
        ratios(alone)


def test_units() -> None:
    assert [duration(value) for value in (2.0, 0.0213, 4.83e-6, 5e-9, None)] == [
        "2 s",
        "21.3 ms",
        "4.83 µs",
        "5 ns",
        "",
    ]
    assert [amount(value) for value in (864_000_000, 21, None)] == ["864 MB", "21 B", ""]
