"""An export is there whole or not at all, comes out the same every time, and overwrites nothing."""

import errno
import os
import platform
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from exports import drawn, small_request

from lrbench.export import FORMATS, Format, export, verify
from lrbench.export.splits import make_splits
from lrbench.runs.errors import ConfigurationError, Interrupted, NoSpace, RunError


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_another_process_writes_the_same_bytes(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from exports import small_request\n"
        "from lrbench.export import FORMATS, export\n"
        "for form in FORMATS:\n"
        "    export(small_request('adding', form), Path(sys.argv[1]) / form)\n"
    )
    # Orders sets and so on otherwise than this process does, whose seed is another.
    environment = {**os.environ, "PYTHONHASHSEED": "1", "PYTHONPATH": str(Path(__file__).parent)}
    words = [sys.executable, "-c", code, str(tmp_path / "there")]
    with subprocess.Popen(words, env=environment, stderr=subprocess.PIPE, text=True) as process:
        for form in FORMATS:
            export(small_request("adding", form), tmp_path / "here" / form)
        _, said = process.communicate()
    assert process.returncode == 0, said
    here, there = bytes_of(tmp_path / "here"), bytes_of(tmp_path / "there")
    assert len(here) == 4 * 6 + 3  # card, README and four splits; TFDS has three files of its own
    assert [name for name in here if here[name] != there[name]] == []
    assert here.keys() == there.keys()


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_export_again_is_left_as_it_is(form: Format, tmp_path: Path) -> None:
    first = export(small_request("parity", form), tmp_path / "parity")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "parity").iterdir()}
    again = export(small_request("parity", form), tmp_path / "parity")
    assert (first.was_there, again.was_there) == (False, True)
    assert first.card == again.card
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "parity").iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["parity"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    export(small_request("parity"), tmp_path / "here")
    verify(tmp_path / "here")


def test_a_folder_that_is_missing_is_made_with_its_parents(tmp_path: Path) -> None:
    export(small_request("parity"), tmp_path / "a" / "b" / "c")
    verify(tmp_path / "a" / "b" / "c")


def test_nothing_of_others_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("x")
    with pytest.raises(ConfigurationError, match=r"mine is not empty.* --out"):
        export(small_request("parity"), tmp_path / "mine")
    (tmp_path / "file").write_text("x")
    with pytest.raises(ConfigurationError, match="file is a file; choose a folder with --out"):
        export(small_request("parity"), tmp_path / "file")
    export(small_request("parity"), tmp_path / "other")
    before = bytes_of(tmp_path)
    with pytest.raises(ConfigurationError, match=r"other holds another export \(lrbench export parity .*--seed 0"):
        export(small_request("parity", seed=1), tmp_path / "other")
    assert bytes_of(tmp_path) == before


def test_a_damaged_export_is_not_taken_for_the_same(tmp_path: Path) -> None:
    export(small_request("parity"), tmp_path / "parity")
    (tmp_path / "parity" / "train.npz").write_bytes(b"no longer")
    with pytest.raises(ConfigurationError, match=r"'train.npz' was changed.*remove it"):
        export(small_request("parity"), tmp_path / "parity")
    assert (tmp_path / "parity" / "train.npz").read_bytes() == b"no longer"


def test_the_same_command_of_another_version_is_not_taken_for_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lrbench.__version__", "0.0.9")
    export(small_request("parity"), tmp_path / "parity")
    monkeypatch.undo()
    with pytest.raises(ConfigurationError, match="another version"):
        export(small_request("parity"), tmp_path / "parity")


@pytest.mark.parametrize("form", FORMATS)
def test_an_interruption_leaves_nothing(form: Format, tmp_path: Path) -> None:
    def stop(split: str, done: int, total: int) -> None:
        if split == "validation":
            raise Interrupted("now")

    with pytest.raises(Interrupted):
        export(small_request("parity", form), tmp_path / "parity", stop)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_cleared_away_and_nothing_else(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        pass
    machine = re.sub(r"[^\w-]", "_", platform.node())
    mine, killed = (f".parity.{machine}.{number}.part" for number in (os.getpid(), gone.pid))
    kept = {
        f".parity.{machine}.{os.getppid()}.part",  # its process lives
        f".parity.another.{gone.pid}.part",  # of another machine, which cannot be asked
        f".adding.{machine}.{gone.pid}.part",  # of another export
        f".parity.{machine}.{gone.pid}.part.mine",
        f".parity.{machine}.x.part",
    }
    for name in (mine, killed, *kept):
        (tmp_path / name).mkdir()
        (tmp_path / name / "train.npz").write_text("half")
    export(small_request("parity"), tmp_path / "parity")
    assert {path.name for path in tmp_path.iterdir()} == {"parity", *kept}
    assert all((tmp_path / name / "train.npz").read_text() == "half" for name in kept)
    verify(tmp_path / "parity")


def test_where_nothing_can_be_written_is_said_by_the_name_asked_for(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "loop").symlink_to("loop")
    for folder in (tmp_path / "file" / "below", tmp_path / "loop", tmp_path / ("x" * 300)):
        with pytest.raises(ConfigurationError) as error:
            export(small_request("parity"), folder)
        assert str(error.value).startswith(f"{folder} ")
        assert str(error.value).endswith("; choose another folder with --out")
        assert ".part" not in str(error.value)
    assert {path.name for path in tmp_path.iterdir()} == {"file", "loop"}


def test_a_device_that_fails_is_said_by_the_name_asked_for(tmp_path: Path) -> None:
    def fail(split: str, done: int, total: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO), str(tmp_path / ".parity.1.part"))

    with pytest.raises(RunError, match=r"/parity was not written: Input/output error; nothing is left of it$"):
        export(small_request("parity"), tmp_path / "parity", fail)
    assert list(tmp_path.iterdir()) == []


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    export(small_request("parity"), tmp_path / "parity", lambda *news: told.append(news))
    assert told == [
        *(("train", 256, 300), ("train", 300, 300), ("validation", 7, 7)),
        *(("test-short", 10, 10), ("test-long", 5, 5)),
    ]


@pytest.mark.parametrize("form", FORMATS)
def test_a_full_disk_is_one_error_and_leaves_nothing(form: Format, tmp_path: Path) -> None:
    request = small_request("adding", form, train=1_500)
    drawn(make_splits(request)[0])  # compiled, so that no other file is written below
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        with pytest.raises(NoSpace) as error:
            export(request, tmp_path / form)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert str(error.value) == (
        f"no space is left for {tmp_path / form}; free some, or choose another place with --out"
    )
    assert list(tmp_path.iterdir()) == []
