"""The verbs as a user drives them."""

import os
import subprocess
import sys
from importlib.resources import files
from io import StringIO
from pathlib import Path

import polars as pl
import pytest
from driving import lrbench
from rich.console import Console

from lrbench.commands.show import published
from lrbench.data import Published

TINY = ["steps=2", "eval_every=1", "batch_size=2", "seeds=1", "eval_examples=4", "model.width=3", "early_stop=false"]


def names(group: str) -> set[str]:
    return {file.name.removesuffix(".yaml") for file in (files("lrbench.conf") / group).iterdir()}


@pytest.mark.parametrize(("verb", "group"), [("models", "model"), ("experiments", "experiment")])
def test_lists_name_everything_with_a_sentence(verb: str, group: str, tmp_path: Path) -> None:
    done = lrbench(verb, folder=tmp_path)
    assert done.status == 0
    listed = dict(line.split(maxsplit=1) for line in done.text.splitlines())
    assert set(listed) == names(group)
    assert all(len(sentence.split()) > 4 for sentence in listed.values())


def test_help_starts_without_jax_or_hydra() -> None:
    code = (
        "import sys; sys.argv = ['lrbench', '--help']\n"
        "from lrbench.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([name for name in ('jax', 'hydra', 'polars', 'matplotlib') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    for verb in (
        "run",
        "tasks",
        "models",
        "experiments",
        "show",
        "check",
        "new",
        "export",
        "report",
        "compare",
        "calibrate",
        "figure",
        "figures",
        "claims",
        "bench",
    ):
        assert f"  {verb} " in done.stdout


#: Tasks over a data set; every other one draws its sequences.
RECORDED = {"sequential_mnist", "sequential_cifar10", "imdb_bytes", "speech_commands", "table"}
#: Those that name a class: the others change its fields.
OF_A_CLASS = sorted(
    name for name in names("task") if "_target_" in (files("lrbench.conf") / "task" / f"{name}.yaml").read_text()
)


@pytest.mark.parametrize("task", OF_A_CLASS)
def test_show_prints_and_draws_every_task(task: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    done = lrbench("show", task, folder=tmp_path)
    if task in RECORDED:
        # Its data are not there: one sentence that says what to do.
        assert done.status == 2
        assert done.text.startswith(f"lrbench: {task}: ")
        assert len(done.text.splitlines()) == 1
        return
    assert done.status == 0, done.text
    assert "paper: " in done.text
    assert done.text.count("mask ") >= 2
    assert (tmp_path / f"{task}.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("width", [80, 160])
def test_published_numbers_stand_under_each_other(width: int) -> None:
    numbers = (
        Published("LSTM", 0.034, "mean squared error", "length 100", "Someone 1999, Table 3"),
        Published(
            "A model of a rather long name", 1.0, "token accuracy", "length 4096, best of 3 seeds", "X 2024", True
        ),
    )
    out = StringIO()
    Console(file=out, width=width).print(published(numbers))
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    assert max(len(line) for line in lines) <= width
    head = next(line for line in lines if line.startswith("model"))
    lstm, other = (next(line for line in lines if line.startswith(start)) for start in ("LSTM", "A model"))
    end = head.index("value") + len("value")
    assert lstm[:end].endswith("0.034")
    assert other[:end].endswith("1")
    everything = " ".join(" ".join(lines).split())
    assert "(recalled)" in everything
    assert "nobody has checked" in everything


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["anbn", "--length", "10"], "anbn cannot have length 10"),
        (["adding", "--length", "3000000000"], "3000000000 steps of adding are too many; it must be at most 1048576"),
        (["adding", "placements=halves"], "Did you mean placement?"),
        (["parrity"], "Did you mean parity?"),
        (["parity", "--picture", "nowhere/x.png"], "nowhere/x.png"),
    ],
)
def test_show_explains_mistakes(words: list[str], said: str, tmp_path: Path) -> None:
    done = lrbench("show", *words, folder=tmp_path)
    assert done.status == 2
    assert said in done.text
    assert list(tmp_path.iterdir()) == []


def test_a_sweep_ends_with_a_table_and_a_report_and_is_skipped_the_second_time(tmp_path: Path) -> None:
    words = ["run", "-m", "task=parity,adding", "model=gru", "train_length=8", "eval_lengths=[8,16]", *TINY]
    first = lrbench(*words, folder=tmp_path)
    assert first.status == 0, first.text
    for part in ("[2/2]", "parity", "adding", "report.html", "score-over-length.png"):
        assert part in first.text
    page = tmp_path / "runs" / "adhoc" / "report" / "report.html"
    assert "lrbench run -m task=parity,adding" in page.read_text()
    results = sorted(tmp_path.glob("runs/adhoc/*/results.parquet"))
    assert len(results) == 2
    written = [path.stat().st_mtime_ns for path in results]
    assert lrbench(*words, folder=tmp_path).status == 0
    assert [path.stat().st_mtime_ns for path in results] == written
    again = lrbench("report", "runs", "--out", "elsewhere", folder=tmp_path)
    assert again.status == 0
    assert pl.read_parquet(tmp_path / "elsewhere" / "table.parquet").height == 4


def test_report_explains_mistakes(tmp_path: Path) -> None:
    assert "does not exist" in lrbench("report", "nothing", folder=tmp_path).text
    (tmp_path / "empty").mkdir()
    done = lrbench("report", "empty", folder=tmp_path)
    assert done.status == 1
    assert "holds no run" in done.text


@pytest.mark.parametrize("words", [["--help"], ["--cfg", "job"], ["--cfg", "job", "--resolve"], ["--hydra-help"]])
def test_hydra_prints_readably_and_nothing_runs(words: list[str], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lrbench.cli", "run", *([] if words == ["--hydra-help"] else ["task=adding"]), *words],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
        env=os.environ,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    if words[0] != "--hydra-help":
        assert "placement: halves" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_folders_of_ones_own_are_searched(tmp_path: Path) -> None:
    (tmp_path / "own" / "experiment").mkdir(parents=True)
    (tmp_path / "own" / "experiment" / "mine.yaml").write_text("# @package _global_\n# My own.\nsteps: 2\n")
    done = lrbench(
        "run", "--config-dir", "own", "experiment=mine", "task=parity", "eval_lengths=[40]", *TINY[1:], folder=tmp_path
    )
    assert done.status == 0, done.text
    assert len(list((tmp_path / "runs" / "mine").glob("parity-gru-*/results.parquet"))) == 1
