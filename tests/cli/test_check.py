"""`lrbench check`: tables, status, and mistakes."""

from pathlib import Path

import pytest
from driving import lrbench
from foreign import TASK, install, yaml


def test_a_sound_task_has_a_table_and_status_0(tmp_path: Path) -> None:
    done = lrbench("check", "parity", folder=tmp_path)
    assert done.status == 0, done.text
    rows = {line.split()[0]: line for line in done.text.splitlines() if " passed " in line}
    for point in ("declaration", "shapes", "key", "oracle", "baseline", "memory", "learning"):
        assert point in rows
    assert "chance 0.50" in done.text
    assert " 0 failed" in done.text
    assert list(tmp_path.iterdir()) == []


def test_a_broken_plugin_has_status_1_and_the_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / "site"
    wrong = TASK + "\n    def chance(self, length: int) -> float:\n        return 0.9\n"
    install(site, "spinning", {"rotation.py": wrong, "conf/task/rotation.yaml": yaml("spinning")})
    monkeypatch.syspath_prepend(str(site))
    done = lrbench("check", "rotation", folder=tmp_path)
    assert done.status == 1, done.text
    failed = [line for line in done.text.splitlines() if " failed " in line and not line.startswith("1 checked")]
    assert [line.split()[0] for line in failed] == ["baseline", "examples"]
    assert "without memory the score is chance: at length 3 the memoryless" in " ".join(done.text.split())
    assert "chance(3) says 0.9" in " ".join(done.text.split())


def test_every_choice_of_a_field_is_checked_unless_one_is_named(tmp_path: Path) -> None:
    both = lrbench("check", "adding", folder=tmp_path)
    assert both.status == 0, both.text
    assert "adding placement=halves" in both.text
    assert "adding placement=anywhere" in both.text
    one = lrbench("check", "adding", "placement=anywhere", folder=tmp_path)
    assert "1 checked" in one.text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["parrity"], "Did you mean parity?"),
        (["parity", "bits=3"], "bits"),
        (["parity", "adding", "placement=halves"], "placement=halves is a key of one task"),
        (["placement=halves"], "placement=halves is a key of one task"),
        (["--all", "parity"], "leave out parity"),
        (["--config-dir", "nowhere"], "no folder"),
        (["table"], "passed"),
    ],
)
def test_mistakes_are_sentences(words: list[str], said: str, tmp_path: Path) -> None:
    done = lrbench("check", *words, folder=tmp_path)
    assert done.status == (0 if words == ["table"] else 2), done.text
    assert said in done.text
    assert "Traceback" not in done.text


def test_data_that_are_absent_are_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    done = lrbench("check", "sequential_mnist", "order=permuted", folder=tmp_path)
    assert done.status == 0, done.text
    assert "not tried" in done.text
    assert "mnist" in done.text
