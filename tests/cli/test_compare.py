"""`lrbench compare` and `lrbench calibrate` as a user drives them."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml
from driving import lrbench
from synthetic_results import lane_rows, sweep, table_of

TINY = ["steps=2", "eval_every=1", "batch_size=2", "eval_examples=4", "model.width=3", "early_stop=false"]


def write_runs(table: pl.DataFrame, folder: Path, state: str = "complete", **config: object) -> None:
    """Leaves the runs of a table on the disk, as `lrbench run` does."""
    for (name,), rows in table.group_by("run"):
        place = folder / str(name)
        place.mkdir(parents=True)
        task = {"task": {"name": rows["task"][0]}, "train_length": [3, rows["train_length"][0]], "steps": 2000}
        (place / "config.yaml").write_text(yaml.safe_dump(task | config))
        (place / "status.json").write_text(json.dumps({"state": state}))
        rows.write_parquet(place / "results.parquet")


def lanes(scores: list[float], model: str = "gru", run: str = "1", offset: int = 0, **changes: object) -> pl.DataFrame:
    """One run, a lane a score."""
    return table_of(
        [
            line
            for lane, score in enumerate(scores)
            for line in lane_rows(
                {40: score}, run=f"parity-{model}-{run}", model=model, lane=lane, seed=lane + offset, **changes
            )
        ]
    )


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    write_runs(sweep(8).filter(pl.col("task") != "anbn"), tmp_path / "runs")
    return tmp_path


def test_runs_are_compared_printed_and_written(runs: Path) -> None:
    done = lrbench("compare", "runs", "--margin", "0.1", "--level", "0.1", folder=runs)
    assert done.status == 0, done.text
    for part in ("adding", "parity", "gru − mamba", "p Holm", "Of 12 comparisons", "diverged", "±0.1"):
        assert part in done.text
    folder = runs / "runs" / "compare"
    assert {path.name for path in folder.iterdir()} == {
        *("comparison.csv", "comparison.parquet", "models.csv", "rates.csv"),
        *("verdict.txt", "differences.png", "differences.svg"),
    }
    for path in folder.iterdir():
        assert f"runs/compare/{path.name}" in done.text
    pairs = pl.read_parquet(folder / "comparison.parquet")
    assert pairs.height == 2 * 3 * 6
    assert pairs.filter("decides").height == 12
    assert pl.read_csv(folder / "comparison.csv").columns == pairs.columns
    assert pl.read_csv(folder / "models.csv").height == 2 * 3 * 6
    assert pl.read_csv(folder / "rates.csv")["selected"].to_list() == [True] * 6
    text = (folder / "verdict.txt").read_text()
    assert text.startswith("Of 12 comparisons, ")
    assert "/work" not in text


def test_every_cell_of_the_tables_is_whole(runs: Path) -> None:
    done = lrbench("compare", "runs", folder=runs)
    tables = done.text[: done.text.index("Comparisons")]
    assert max(len(line) for line in tables.splitlines()) <= 120
    assert "…" not in tables


def test_lengths_can_be_given_in_both_ways_and_the_folder_too(runs: Path) -> None:
    done = lrbench("compare", "runs", "--length", "64,128", "--length", "100", "--out", "there/it", folder=runs)
    assert done.status == 0, done.text
    pairs = pl.read_parquet(runs / "there" / "it" / "comparison.parquet").filter("decides")
    places = pairs.select("task", "eval_length").unique().sort("task", "eval_length")
    assert places.rows() == [("adding", 100), ("parity", 64), ("parity", 128)]


def test_the_same_runs_give_the_same_files(runs: Path) -> None:
    for out in ("a", "b"):
        assert lrbench("compare", "runs", "--out", out, folder=runs).status == 0
    for path in (runs / "a").iterdir():
        assert path.read_bytes() == (runs / "b" / path.name).read_bytes()


def test_a_sweep_is_run_and_compared(tmp_path: Path) -> None:
    words = ["task=parity", "model=gru,elman", "seeds=2", "train_length=8", "eval_lengths=[8]", *TINY]
    done = lrbench("compare", *words, "learning_rates=[0.003,0.01]", "--margin", "0.2", folder=tmp_path)
    assert done.status == 0, done.text
    assert "[2/2]" in done.text
    assert "the largest of the 2 trained" in done.text or "the smallest of the 2 trained" in done.text
    assert (tmp_path / "runs" / "adhoc" / "compare" / "verdict.txt").is_file()
    rates = pl.read_csv(tmp_path / "runs" / "adhoc" / "compare" / "rates.csv")
    assert rates["lanes"].to_list() == [2] * 4
    written = {path: path.stat().st_mtime_ns for path in tmp_path.glob("runs/adhoc/*/results.parquet")}
    assert len(written) == 2
    # The same again trains nothing, and so do its runs by name.
    assert lrbench("compare", "-m", *words, "learning_rates=[0.003,0.01]", folder=tmp_path).status == 0
    assert lrbench("compare", *(str(path.parent) for path in written), "--out", "x", folder=tmp_path).status == 0
    assert {path: path.stat().st_mtime_ns for path in written} == written
    assert (tmp_path / "x" / "differences.png").read_bytes().startswith(b"\x89PNG")


def test_unequal_budgets_and_unfinished_runs_are_told(tmp_path: Path) -> None:
    write_runs(lanes([1.0] * 6), tmp_path / "runs")
    write_runs(lanes([0.5] * 6, "lstm"), tmp_path / "runs", steps=500)
    write_runs(lanes([0.5] * 6, "mamba"), tmp_path / "runs", state="running")
    done = lrbench("compare", "runs", folder=tmp_path)
    assert done.status == 0, done.text
    text = (tmp_path / "runs" / "compare" / "verdict.txt").read_text()
    assert "The runs on parity differ in steps (" in text
    assert "parity-mamba-1 is not complete and not part of this" in text


MISTAKES = [
    (["compare"], 2, ["name runs", "model=gru,lstm"]),
    (["compare", "nowhere"], 1, ["nowhere does not exist"]),
    (["compare", "runs", "--margin", "0"], 2, ["--margin is 0", "between 0 and 1"]),
    (["compare", "runs", "--level", "1.5"], 2, ["--level is 1.5", "between 0 and 1"]),
    (["compare", "runs", "--length", "x"], 2, ["--length is 'x'", "40,80"]),
    (["compare", "runs", "--length", "7"], 2, ["length 7 was not evaluated", "choose from: 40"]),
    (["compare", "runs/parity-gru-1"], 2, ["nothing to compare", "gru on parity", "at least 2 models"]),
    (["compare", "model=gruu,lstm"], 2, ["gruu"]),
    (
        ["compare", "-m", "task=parity", "model=gru", "train_length=8,16", *TINY],
        2,
        ["nothing to compare", "gru on parity (trained to 8) and gru on parity (trained to 16)"],
    ),
    (["compare", "task=parity", "model=gru", *TINY], 2, ["nothing to compare", "gru on parity", "model=gru,lstm"]),
    (["compare", "model=gru,lstm", "--level", "0"], 2, ["--level is 0"]),
    (["compare", "empty"], 1, ["empty holds no run"]),
    (["calibrate", "runs"], 2, ["400 comparisons of 2 × 6 seeds take 4,800 seeds", "enough for 0"]),
    (["calibrate", "--comparisons", "0"], 2, ["--comparisons is 0", "at least 1"]),
    (["calibrate", "--seeds", "1"], 2, ["--seeds is 1", "at least 2"]),
    (["calibrate", "--level", "2"], 2, ["--level is 2"]),
    (["calibrate", "nowhere"], 1, ["nowhere does not exist"]),
]


@pytest.mark.parametrize(("words", "status", "said"), MISTAKES, ids=[" ".join(words) for words, _, _ in MISTAKES])
def test_a_mistake_is_one_sentence(words: list[str], status: int, said: list[str], tmp_path: Path) -> None:
    write_runs(lanes([1.0] * 6), tmp_path / "runs")
    write_runs(lanes([0.5] * 6, "lstm"), tmp_path / "runs")
    (tmp_path / "empty").mkdir()
    before = sorted(tmp_path.rglob("*"))
    done = lrbench(*words, folder=tmp_path)
    assert done.status == status, done.text
    assert len(done.text.strip().splitlines()) == 1, done.text
    for part in said:
        assert part in done.text
    assert sorted(tmp_path.rglob("*")) == before


def test_runs_of_one_model_are_calibrated(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for part in range(2):
        scores = np.where(rng.uniform(size=120) < 0.5, 1.0, rng.uniform(0, 0.3, 120)).tolist()
        write_runs(lanes(scores, run=f"{part}", offset=120 * part), tmp_path / "runs")
    words = ["calibrate", "runs", "--seeds", "6", "--comparisons", "20", "--out", "rates/found.csv"]
    done = lrbench(*words, folder=tmp_path)
    assert done.status == 0, done.text
    assert "gru on parity at 40" in done.text
    assert "Comparing a model with itself" in done.text
    found = pl.read_csv(tmp_path / "rates" / "found.csv")
    assert found["test"].to_list() == ["sign-flip", "t-test", "McNemar", "Fisher"]
    assert found["comparisons"].to_list() == [20] * 4


def test_runs_of_other_budgets_are_not_one_model(tmp_path: Path) -> None:
    write_runs(lanes([0.5] * 20), tmp_path / "runs")
    write_runs(lanes([0.5] * 20, run="2", offset=20), tmp_path / "runs", steps=500)
    done = lrbench("calibrate", "runs", "--comparisons", "3", folder=tmp_path)
    assert done.status == 2
    assert "differ in steps" in done.text


def test_a_broken_calibration_is_told(tmp_path: Path) -> None:
    # The groups differ: every second block of 6 seeds is better, which no fresh seeds of one model are.
    write_runs(lanes([0.9 if seed // 6 % 2 else 0.1 + 0.001 * seed for seed in range(120)]), tmp_path / "runs")
    done = lrbench("calibrate", "runs", "--comparisons", "10", folder=tmp_path)
    assert done.status == 0
    assert "more than chance allows. Do not trust its calls" in done.text


def test_runs_of_several_rates_are_calibrated_with_the_choice(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rates = [lanes(list(rng.uniform(size=60)), learning_rate=rate, validation_score=0.5) for rate in (0.01, 0.1)]
    rates[1] = rates[1].with_columns(lane=pl.col("lane") + 60)
    write_runs(pl.concat(rates), tmp_path / "runs")
    done = lrbench("calibrate", "runs", "--comparisons", "5", "--out", "x.csv", folder=tmp_path)
    assert done.status == 0, done.text
    found = pl.read_csv(tmp_path / "x.csv")
    assert found["test"].to_list() == ["sign-flip", "sign-flip, rates held", "t-test", "McNemar", "Fisher"]
    assert found["outcomes"].unique().to_list() == ["gru on parity at 40, 2 rates: 2 % hold, 120 different scores"]


def test_training_lengths_are_calibrated_apart(tmp_path: Path) -> None:
    for length in (8, 16):
        rows = lanes(list(np.linspace(0, 1, 60)), run=str(length), train_length=length)
        write_runs(rows, tmp_path / "runs", train_length=[3, 16])
    done = lrbench("calibrate", "runs", "--comparisons", "5", "--out", "x.csv", folder=tmp_path)
    assert done.status == 0, done.text
    names = pl.read_csv(tmp_path / "x.csv")["outcomes"].unique(maintain_order=True).to_list()
    assert [name.partition(" at ")[0] for name in names] == [
        f"gru on parity (trained to {length})" for length in (16, 8)
    ]


def test_without_runs_outcomes_are_simulated(tmp_path: Path) -> None:
    done = lrbench("calibrate", "--comparisons", "20", "--out", "x.csv", folder=tmp_path)
    assert done.status == 0, done.text
    found = pl.read_csv(tmp_path / "x.csv")
    assert found.height == 3 * (3 * 4 + 5)  # numbers of seeds; kinds of outcomes and tests, one more with three rates
    kinds = ("continuous", "bimodal", "tied", "three rates")
    assert set(found["outcomes"]) == {f"simulated, {kind}" for kind in kinds}
