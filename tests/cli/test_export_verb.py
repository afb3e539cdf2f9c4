"""`lrbench export` as a user drives it."""

import json
import os
import re
import signal
import threading
from pathlib import Path

import numpy as np
import pytest
import yaml
from driving import lrbench

ROOT = Path(__file__).parents[2]
SMALL = ["--train", "20", "--validation", "4", "--test", "3"]


def test_an_export_says_what_it_wrote_and_is_verified(tmp_path: Path) -> None:
    done = lrbench("export", "parity", "--lengths", "10,64", *SMALL, folder=tmp_path)
    assert done.status == 0, done.text
    lines = done.text.splitlines()
    assert [line.split()[:3] for line in lines[:4]] == [
        ["train", "20", "examples"],
        ["validation", "4", "examples"],
        ["test-short", "3", "examples"],
        ["test-long", "3", "examples"],
    ]
    assert lines[2].endswith("length 10")
    folder = tmp_path / "exports" / "npz" / "parity"
    assert lines[4] == f"{folder}: written"
    digest = json.loads((folder / "card.json").read_text())["digest"]
    assert lines[5] == f"SHA-256 of the whole: {digest}"

    checked = lrbench("export", "--verify", str(folder), folder=tmp_path)
    assert (checked.status, digest in checked.text) == (0, True)
    again = lrbench("export", "parity", "--lengths", "10,64", *SMALL, folder=tmp_path)
    assert again.status == 0
    assert "it stood there already, the same to the byte" in again.text

    (folder / "train.npz").write_bytes(b"")
    damaged = lrbench("export", "--verify", str(folder), folder=tmp_path)
    assert damaged.status == 1
    assert "'train.npz' was changed" in damaged.text


def test_the_command_of_the_card_gives_the_same_again(tmp_path: Path) -> None:
    words = ["copy_memory", "--lengths", "40,30", "--train-length", "25,35", "--length-distribution", "u_shaped"]
    first = lrbench("export", *words, "--seed", "4", "--format", "parquet", *SMALL, "--out", "first", folder=tmp_path)
    assert first.status == 0, first.text
    card = json.loads((tmp_path / "first" / "card.json").read_text())
    assert card["lengths"] == {"training": [25, 35], "distribution": "u_shaped", "test": [30, 40]}
    second = lrbench(*card["command"].split()[1:], "--out", "second", folder=tmp_path)
    assert second.status == 0, second.text
    names = [path.name for path in (tmp_path / "first").iterdir()]
    assert len(names) == 6
    assert all((tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes() for name in names)


def test_tfds_stands_where_it_is_looked_for(tmp_path: Path) -> None:
    done = lrbench("export", "parity", "--lengths", "10", "--format", "tfds", *SMALL, folder=tmp_path)
    assert done.status == 0, done.text
    assert "no test-long: none of --lengths is beyond 40, the longest training length" in done.text
    (folder,) = (tmp_path / "exports" / "tfds" / "lrbench_parity").iterdir()
    assert re.fullmatch(r"\d+\.\d+\.\d+", folder.name)
    assert (folder / "dataset_info.json").is_file()


def test_fields_of_the_task_are_taken(tmp_path: Path) -> None:
    done = lrbench(
        *("export", "selective_copying", "symbols=3", "vocabulary=5", "--lengths", "12", "--train-length", "8"),
        *(*SMALL, "--out", "out"),
        folder=tmp_path,
    )
    assert done.status == 0, done.text
    assert "no test-short: every one of --lengths is beyond 8, the longest training length" in done.text
    with np.load(tmp_path / "out" / "test-long.npz") as arrays:
        assert arrays["inputs"].max() == 4
        assert arrays["mask"].sum() == 3 * 3


def test_the_defaults_are_those_of_a_run(tmp_path: Path) -> None:
    defaults = yaml.safe_load((ROOT / "conf" / "config.yaml").read_text())
    help_text = lrbench("export", "--help", folder=tmp_path).text
    for option in ("validation", "test"):
        (said,) = re.findall(rf"--{option} \S+ .*?\[default:\s+(\d+)\]", help_text, re.DOTALL)
        assert int(said) == defaults["eval_examples"]
    assert "[default: uniform]" in help_text
    assert defaults["length_distribution"] == "uniform"


MISTAKES = [
    (["parrity"], ["parrity", "Did you mean parity?"]),
    (["adding", "placements=halves"], ["placements", "Did you mean placement?"]),
    (["parity", "--format", "hdf5"], ["--format is 'hdf5'", "tfds, npz, jsonl, parquet"]),
    (["parity", "--lengths", "10,x"], ["--lengths is '10,x'", "as 32,64,128"]),
    (["parity", "--lengths", ""], ["--lengths is ''"]),
    (["parity", "--lengths", "0"], ["--lengths: parity cannot have length 0"]),
    (["anbn", "--lengths", "10"], ["--lengths: anbn cannot have length 10"]),
    (["anbn", "--train-length", "3,10"], ["--train-length: anbn cannot have length 10"]),
    (["parity", "--train-length", "9,3"], ["--train-length is 9,3", "as 16,64"]),
    (["parity", "--train-length", "3,4,5"], ["--train-length is 3,4,5"]),
    (["parity", "--length-distribution", "normal"], ["--length-distribution is 'normal'", "u_shaped"]),
    (["parity", "--train", "-1"], ["--train is -1"]),
    (["parity", "--test", str(2**30)], ["--test is 1073741824", "for 4194304 in all at 6 lengths"]),
    (["parity", "--validation", "1000000000"], ["--validation is 1000000000", "and 4194304"]),
    (["parity", "--lengths", "9999999999"], ["--lengths: 9999999999 steps of parity are too many", "1048576"]),
    (["parity", "--train-length", "3000000000"], ["--train-length: 3000000000 steps of parity", "1048576"]),
    (["anbn", "--lengths", "100001"], ["--lengths: 100001 steps of anbn", "16384, for every length"]),
    (["parity", "--out", "/proc/x"], ["/proc/x cannot be written: ", "choose another folder with --out"]),
    (["parity", "--seed", "-1"], ["--seed is -1"]),
    (["parity", "--train", "0", "--validation", "0", "--test", "0"], ["nothing to export"]),
    (["sequential_mnist"], ["sequential_mnist reads a data set", "licence of its own"]),
    ([], ["name a task", "--verify FOLDER"]),
    (["parity", "--verify", "x"], ["--verify takes a folder and no task"]),
]


@pytest.mark.parametrize(("words", "said"), MISTAKES, ids=[" ".join(words) for words, _ in MISTAKES])
def test_a_mistake_is_one_sentence(words: list[str], said: list[str], tmp_path: Path) -> None:
    done = lrbench("export", *words, folder=tmp_path)
    assert done.status == 2, done.text
    assert len(done.text.strip().splitlines()) == 1, done.text
    for part in said:
        assert part in done.text
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_no_export_is_said(tmp_path: Path) -> None:
    done = lrbench("export", "--verify", "nowhere", folder=tmp_path)
    assert (done.status, done.text) == (
        1,
        "lrbench: nowhere is no export: it has no card.json; name the folder that lrbench export wrote\n",
    )


def test_a_request_to_stop_leaves_nothing(tmp_path: Path) -> None:
    ended = threading.Event()

    def stop() -> None:
        while not ended.wait(0.02):
            parts = list(tmp_path.glob("exports/npz/.parity.*.part/*.raw"))
            if parts and parts[0].stat().st_size:  # so the export listens to signals
                os.kill(os.getpid(), signal.SIGTERM)
                return

    stopping = threading.Thread(target=stop)
    stopping.start()
    try:
        done = lrbench("export", "parity", "--train", str(2**26), folder=tmp_path)
    finally:
        ended.set()
        stopping.join()
    assert done.status == 75, done.text
    assert "interrupted; nothing was written" in done.text
    assert list((tmp_path / "exports" / "npz").iterdir()) == []
