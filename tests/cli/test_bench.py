"""`lrbench bench` as a user drives it."""

from pathlib import Path

import polars as pl
import pytest
from driving import lrbench

from lrbench.bench import ceiling
from lrbench.bench.case import Case
from lrbench.bench.measurements import cores
from lrbench.bench.process import WorkerError
from lrbench.bench.race import Bench
from lrbench.bench.rows import SCHEMA, Machine, Row

MISTAKES = [
    (["coress"], ["'coress'", "cores, implementations, seeds, streaming", "H=64,128"]),
    (["cores", "H=64,x"], ["'x'", "whole number"]),
    (["H=0"], ["'0'", "at least 1"]),
    (["H="], ["whole number"]),
    (["H=1", "H=2"], ["H is given twice", "H=64,128"]),
    (["cores", "X=3"], ["X is no size", "cores: "]),
    (["cores", "--peers", "torhc"], ["'torhc'", "pytorch"]),
    (["cores", "--longest", "0"], ["--longest is 0 minutes", "more than 0"]),
    (["cores", "--repeats", "0"], ["--repeats is 0", "at least 1"]),
]


@pytest.mark.parametrize(("words", "said"), MISTAKES, ids=[" ".join(words) for words, _ in MISTAKES])
def test_a_mistake_is_one_sentence(words: list[str], said: list[str], tmp_path: Path) -> None:
    done = lrbench("bench", *words, folder=tmp_path)
    assert done.status == 2, done.text
    assert len(done.text.strip().splitlines()) == 1, done.text
    for part in said:
        assert part in done.text
    assert list(tmp_path.iterdir()) == []


def test_it_prints_a_table_and_writes_parquet_and_a_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine("cpu", "1 x cpu", 1, "", 2, flops=1e11, bandwidth=1e10, flags="{}", commit="")
    monkeypatch.setattr(ceiling, "machine", lambda: machine)
    monkeypatch.setattr(cores, "cases", lambda bench: [Case("lstm", {"B": 2, "T": 5, "I": 3, "H": 4})])
    done = lrbench("bench", "cores", "--peers", "flax_nnx", "--repeats", "2", folder=tmp_path)
    assert done.status == 0, done.text
    assert "B2 T5 I3 H4" in done.text
    assert "flax.nnx.RNN" in done.text
    folder = tmp_path / "runs" / "bench"
    assert str(Path("runs/bench/cores.parquet")) in done.text
    assert (folder / "cores.png").read_bytes().startswith(b"\x89PNG")
    rows = pl.read_parquet(folder / "cores.parquet")
    assert rows.schema == SCHEMA
    assert rows["contestant"].to_list() == ["lrbench", "flax.nnx.RNN"]
    assert "over fewer than 7 rounds says little" in done.text
    assert rows["repeats"].to_list() == [2, 2]
    assert rows["deviation"].max() < 2e-6
    assert rows["compile_seconds"].min() > 0


def test_a_part_that_breaks_off_says_so_and_where_its_finished_cases_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks_off(bench: Bench) -> list[Row]:
        bench.keep([Row("cores", "lstm", "lrbench", {"H": 4}, seconds=1.0)])
        raise WorkerError("its process was ended by signal 9")

    machine = Machine("cpu", "1 x cpu", 1, "", 2, flops=1e11, bandwidth=1e10, flags="{}", commit="")
    monkeypatch.setattr(ceiling, "machine", lambda: machine)
    monkeypatch.setattr(cores, "measure", breaks_off)
    done = lrbench("bench", "cores", folder=tmp_path)
    assert done.status == 1
    assert "cores: broken off, because its process was ended by signal 9" in done.text
    assert "runs/bench/cores.parquet" in done.text
    assert pl.read_parquet(tmp_path / "runs" / "bench" / "cores.parquet")["seconds"].to_list() == [1.0]


def test_a_measured_ceiling_is_this_machines() -> None:
    found = ceiling.measure(side=64, copied=1 << 12)
    assert found.platform == "cpu"
    assert found.flops > 0
    assert found.bandwidth > 0
    assert found.cores >= 1
