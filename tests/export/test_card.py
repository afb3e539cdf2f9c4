"""The card says what is there, its digests are true, and damage is noticed."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from exports import READERS, TASKS, Signs, small_request

import lrbench
from lrbench.data import TrainingLengths
from lrbench.export import FORMATS, DamagedExport, export, verify
from lrbench.export.digests import card_digest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    export(small_request("signs"), tmp_path / "signs")
    return tmp_path / "signs"


def card_of(folder: Path) -> dict:
    return json.loads((folder / "card.json").read_text())


@pytest.mark.parametrize("form", FORMATS)
def test_the_digests_are_true(form: str, tmp_path: Path) -> None:
    outcome = export(small_request("parity", form), tmp_path / "parity")
    card = card_of(tmp_path / "parity")
    assert card == json.loads(json.dumps(outcome.card))
    on_disk = {path.name: path.read_bytes() for path in (tmp_path / "parity").iterdir() if path.name != "card.json"}
    assert {name: entry["sha256"] for name, entry in card["files"].items()} == {
        name: hashlib.sha256(content).hexdigest() for name, content in on_disk.items()
    }
    assert {name: entry["bytes"] for name, entry in card["files"].items()} == {
        name: len(content) for name, content in on_disk.items()
    }
    assert verify(tmp_path / "parity") == (len(on_disk) + 1, card["digest"])


def test_the_card_says_what_is_there(folder: Path) -> None:
    card = card_of(folder)
    assert card["definition"]["sentence"].startswith("Which of the two last numbers")
    assert "Attributes:" in card["definition"]["text"]
    assert card["definition"]["class"] == "exports.Signs"
    assert card["fields"] == {"scale": 1.5}
    assert card["citation"] == Signs.paper
    assert card["licence"]["data"].startswith("CC0-1.0")
    assert card["licence"]["definition"].startswith("its author's")
    assert card["versions"]["lrbench"] == lrbench.__version__
    assert card["lengths"] == {"training": [1, 3], "distribution": "uniform", "test": [1, 3, 5]}
    assert card["layout"]["columns"]["targets"] == {
        "dtype": "int32",
        "shape": ["length", 2],
        "meaning": "the bits to answer, 2 a step, each 0 or 1",
    }
    assert card["scoring"]["chance"] == {"1": 0.9, "3": 0.5, "5": 0.5}
    assert card["scoring"]["lag"] == {"1": 0, "3": 1, "5": 1}
    read = {name: READERS["npz"](folder, name, TASKS["signs"]) for name in card["splits"]}
    for name, split in card["splits"].items():
        assert split["examples"] == len(read[name])
        assert split["steps"] == sum(one.length for one in read[name])
        assert split["steps_that_count"] == sum(int(one.mask.sum()) for one in read[name])
        assert split["lengths"] == [min(one.length for one in read[name]), max(one.length for one in read[name])]


def test_the_card_counts_what_also_stands_in_train(tmp_path: Path) -> None:
    export(small_request("parity"), tmp_path / "parity")
    splits = card_of(tmp_path / "parity")["splits"]
    read = {name: READERS["npz"](tmp_path / "parity", name, TASKS["parity"]) for name in splits}
    train = {one.inputs.tobytes() for one in read.pop("train")}
    assert "inputs_also_in_train" not in splits["train"]
    counted = {name: sum(one.inputs.tobytes() in train for one in some) for name, some in read.items()}
    assert {name: splits[name]["inputs_also_in_train"] for name in read} == counted
    assert counted["test-short"] > 0
    assert counted["test-long"] == 0


def test_a_task_of_lrbench_says_its_licence_and_its_names(tmp_path: Path) -> None:
    export(small_request("anbn", train=0, validation=0, lengths=(9,)), tmp_path / "anbn")
    card = card_of(tmp_path / "anbn")
    assert card["licence"]["definition"].startswith("Apache-2.0")
    assert card["layout"]["token_names"] == [
        TASKS["anbn"].input_name(index) for index in range(TASKS["anbn"].inputs.count)
    ]
    assert "judged more strictly" in card["scoring"]["headline"]


def test_fields_and_the_distribution_of_lengths_are_said(tmp_path: Path) -> None:
    task = Signs(scale=2.5)
    training = TrainingLengths(task, 1, 3, "u_shaped")
    export(small_request("signs", task=task, training=training, train=40, test=0), tmp_path / "signs")
    card = card_of(tmp_path / "signs")
    assert card["fields"] == {"scale": 2.5}
    assert card["lengths"]["distribution"] == "u_shaped"
    assert "scale=2.5 " in card["command"]
    assert "--length-distribution u_shaped " in card["command"]
    assert "length_distribution=u_shaped " in card["splits"]["train"]["origin"]
    text = (tmp_path / "signs" / "README.md").read_text()
    assert "with the fields: scale=2.5." in text
    assert "Lengths of training: 1 to 3, u_shaped." in text
    lengths = [one.length for one in READERS["npz"](tmp_path / "signs", "train", task)]
    assert lengths.count(2) < min(lengths.count(1), lengths.count(3))


def test_the_readme_says_it_to_people(folder: Path) -> None:
    text = (folder / "README.md").read_text()
    card = card_of(folder)
    for said in (
        card["command"],
        card["citation"],
        "CC0-1.0",
        "| train | 300 |",
        "| 5 | 0.5 | 1 |",
        "np.load",
        "scale=1.5",
    ):
        assert said in text
    columns = [line.count("|") for line in text.splitlines() if line.startswith("| ")]
    assert set(columns) == {7, 5, 4}


@pytest.mark.parametrize("form", FORMATS)
def test_the_lines_that_read_it_work(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export(small_request("signs", form), tmp_path / "signs")
    monkeypatch.chdir(tmp_path / "signs")
    names: dict = {}
    exec(card_of(tmp_path / "signs")["layout"]["reading"], names)
    first = READERS[form](tmp_path / "signs", "train", TASKS["signs"])[0]
    inputs = names["inputs"] if form == "npz" else names["example"]["inputs"]
    assert first.inputs.tolist() == [list(step) for step in inputs]


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def rewrite(folder: Path, change: Callable[[dict], object], honest: bool = True) -> None:
    card = card_of(folder)
    change(card)
    if honest:
        card["digest"] = card_digest(card)
    (folder / "card.json").write_text(json.dumps(card))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda folder: flip(folder / "train.npz"), "'train.npz' was changed"),
        (lambda folder: flip(folder / "README.md"), "'README.md' was changed"),
        (lambda folder: (folder / "test-long.npz").unlink(), "'test-long.npz' is missing"),
        (lambda folder: (folder / "more.npz").touch(), "'more.npz' is not of the export"),
        (
            lambda folder: rewrite(folder, lambda card: card.update(citation="me"), honest=False),
            "card.json was changed",
        ),
        (lambda folder: rewrite(folder, lambda card: card["files"].update({"../x": {}})), "'../x', which is outside"),
        (lambda folder: rewrite(folder, lambda card: card["files"].update({"/etc/passwd": {}})), "which is outside"),
        (
            lambda folder: rewrite(folder, lambda card: card["files"].update({"train.npz": 3})),
            "'train.npz' was changed",
        ),
        (lambda folder: rewrite(folder, lambda card: card.update(files=[])), "cannot be read as the card"),
        (lambda folder: (folder / "card.json").write_text("[" * 100_000), "cannot be read as the card"),
        (lambda folder: (folder / "card.json").write_bytes(b"\xff\x00"), "cannot be read as the card"),
        (lambda folder: (folder / "card.json").unlink(), "is no export: it has no card.json"),
    ],
)
def test_damage_is_noticed(damage: Callable[[Path], object], said: str, folder: Path) -> None:
    verify(folder)
    damage(folder)
    with pytest.raises(DamagedExport) as error:
        verify(folder)
    assert said in str(error.value)
    assert str(folder) in str(error.value)
