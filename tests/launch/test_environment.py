"""launch/run.sh and launch/test.sh, with a Python that writes down what it is asked instead of installing."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUNTIME = ["requirements-build.txt", "requirements.txt", "a clone"]
DEVELOPMENT = ["requirements-build.txt", "requirements-dev.txt", "a clone"]

# A Python whose venv and pip leave a trace and nothing else; other calls reach the interpreter that runs the tests.
# Files beside the trace change it: with `fail` pip fails, with `slow` it takes its time; `no-ensurepip` and `no-pip`
# make it a Python as Debian ships it.
STUB = """#!/usr/bin/env bash
traces={traces}
case "$1 $2" in
"-m venv")
  echo "$*" >>"$traces/trace"
  mkdir -p "${{@: -1}}/bin"
  cp "$0" "${{@: -1}}/bin/python" ;;
"-c import ensurepip") [[ ! -e $traces/no-ensurepip ]] ;;
"-c import pip") [[ ! -e $traces/no-pip && ( ! -e $traces/no-ensurepip || $0 != */.venv/* ) ]] ;;
"-m pip")
  echo "$*" >>"$traces/trace"
  target=$0
  [[ $3 != --python ]] || target=$4
  [[ ! -e $traces/fail ]] || {{ echo "ERROR: no such hash"; exit 1; }}
  [[ ! -e $traces/slow ]] || sleep 0.5
  printf '%s\\n' '#!/usr/bin/env bash' 'pwd' 'printf "<%s>\\n" "$@"' >"${{target%/*}}/lrbench"
  chmod +x "${{target%/*}}/lrbench" ;;
"-m pytest")
  pwd
  printf '<%s>\\n' "${{@:3}}" ;;
*) exec {python} "$@" ;;
esac
"""
OLD = """#!/usr/bin/env bash
exec {python} -c 'import sys; sys.version, sys.version_info = "3.10.13", (3, 10, 13); exec(sys.argv[1])' "$2"
"""


@dataclass(frozen=True)
class Clone:
    """A copy of launch/ in a folder with a space, and the folders of the false Pythons and of their traces."""

    folder: Path
    pythons: Path
    traces: Path

    def write_pythons(self, text: str) -> None:
        filled = text.format(traces=shlex.quote(str(self.traces)), python=shlex.quote(sys.executable))
        for name in ("python3", "python3.14", "python3.13", "python3.12", "python3.11"):
            (self.pythons / name).write_text(filled)
            (self.pythons / name).chmod(0o755)

    def start(self, script: str, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        environment = {name: value for name, value in os.environ.items() if name != "PYTHON"} | variables
        environment["PATH"] = f"{self.pythons}{os.pathsep}{environment['PATH']}"
        return subprocess.Popen(
            [str(self.folder / "launch" / script), *arguments],
            cwd=self.traces,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def call(self, script: str, *arguments: str, **variables: str) -> tuple[int, list[str], str]:
        """Status, lines of the output, errors."""
        process = self.start(script, *arguments, **variables)
        output, errors = process.communicate(timeout=30)
        return process.returncode, output.splitlines(), errors

    def installed(self) -> list[str]:
        """What venv and pip were called for since the last look: the last name of each call."""
        trace = self.traces / "trace"
        names = [line.rpartition("/")[2] for line in trace.read_text().splitlines()] if trace.exists() else []
        trace.unlink(missing_ok=True)
        return names


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    made = Clone(tmp_path / "a clone", tmp_path / "pythons", tmp_path / "traces")
    shutil.copytree(ROOT / "launch", made.folder / "launch")
    shutil.copy(ROOT / "pyproject.toml", made.folder)
    made.pythons.mkdir()
    made.traces.mkdir()
    made.write_pythons(STUB)
    return made


def test_arguments_reach_lrbench_unchanged_in_the_callers_folder(clone: Clone) -> None:
    arguments = [
        "run",
        "-m",
        "task=parity,adding",
        "eval_lengths=[8, 16]",
        "name=two words",
        "",
        "$HOME",
        "--cfg",
        "job",
    ]
    status, output, _ = clone.call("run.sh", *arguments)
    assert (status, output) == (0, [str(clone.traces), *(f"<{word}>" for word in arguments)])


def test_without_arguments_the_quickstart_runs_in_the_clone(clone: Clone) -> None:
    status, output, _ = clone.call("run.sh")
    assert (status, output) == (0, [str(clone.folder), "<run>", "<experiment=quickstart>"])


def test_arguments_reach_pytest_unchanged_in_the_clone(clone: Clone) -> None:
    status, output, _ = clone.call("test.sh", "-k", "a or b")
    assert (status, output[0], output[-2:]) == (0, str(clone.folder), ["<-k>", "<a or b>"])
    assert all(word.startswith("<--") for word in output[1:-2]), "our own words come first"


def test_everything_is_installed_by_hash_and_in_order(clone: Clone) -> None:
    clone.call("run.sh", "tasks")
    _, *installs = (clone.traces / "trace").read_text().splitlines()
    assert ["--require-hashes" in install for install in installs] == [True, True, False]
    assert ["--no-build-isolation" in install for install in installs] == [False, True, True]
    assert "--no-deps" in installs[-1]
    assert clone.installed() == [".venv", *RUNTIME]


def test_the_second_call_installs_nothing_and_says_nothing(clone: Clone) -> None:
    clone.call("run.sh", "tasks")
    clone.installed()
    status, output, errors = clone.call("run.sh", "tasks")
    assert (status, output, errors) == (0, [str(clone.traces), "<tasks>"], "")
    assert clone.installed() == []


def test_the_suites_environment_serves_both_scripts(clone: Clone) -> None:
    clone.call("run.sh", "tasks")
    assert clone.installed() == [".venv", *RUNTIME]
    clone.call("test.sh")
    assert clone.installed() == DEVELOPMENT
    clone.call("run.sh", "tasks")
    clone.call("test.sh")
    assert clone.installed() == []


@pytest.mark.parametrize("name", ["launch/requirements-build.txt", "launch/requirements.txt", "pyproject.toml"])
def test_what_changes_is_brought_up_to_date_in_place(clone: Clone, name: str) -> None:
    clone.call("run.sh", "tasks")
    clone.installed()
    with (clone.folder / name).open("a") as file:
        file.write("# another line\n")
    clone.call("run.sh", "tasks")
    assert clone.installed() == RUNTIME


def test_a_moved_clone_is_brought_up_to_date(clone: Clone) -> None:
    clone.call("run.sh", "tasks")
    clone.installed()
    moved = Clone(clone.folder.rename(clone.folder.with_name("another")), clone.pythons, clone.traces)
    assert moved.call("run.sh", "tasks")[0] == 0
    assert moved.installed() == [*RUNTIME[:-1], "another"]


@pytest.mark.parametrize("calls", range(4))
def test_an_installation_that_was_killed_is_made_anew(clone: Clone, calls: int) -> None:
    (clone.traces / "slow").touch()
    process = clone.start("run.sh", "tasks")
    trace = clone.traces / "trace"
    while process.poll() is None and (not trace.exists() or len(trace.read_text().splitlines()) <= calls):
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    (clone.folder / ".venv" / "rest").touch()
    (clone.traces / "slow").unlink()
    clone.installed()
    assert clone.call("run.sh", "tasks")[0] == 0
    assert clone.installed() == [".venv", *RUNTIME]
    assert not (clone.folder / ".venv" / "rest").exists()


def test_a_venv_whose_python_is_gone_is_made_anew(clone: Clone) -> None:
    clone.call("run.sh", "tasks")
    clone.installed()
    (clone.folder / ".venv" / "bin" / "python").unlink()
    assert clone.call("run.sh", "tasks")[0] == 0
    assert clone.installed() == [".venv", *RUNTIME]


def test_two_calls_at_once_install_once(clone: Clone) -> None:
    (clone.traces / "slow").touch()
    first, second = clone.start("run.sh", "tasks"), clone.start("run.sh", "tasks")
    errors = [process.communicate(timeout=30)[1] for process in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0)
    assert clone.installed() == [".venv", *RUNTIME]
    assert sum("waiting for it" in text for text in errors) == 1


def test_pips_error_is_shown_and_the_next_call_goes_on(clone: Clone) -> None:
    (clone.traces / "fail").touch()
    status, output, errors = clone.call("run.sh", "tasks")
    assert (status, output) == (1, [])
    assert "ERROR: no such hash" in errors
    assert "pip could not install requirements.txt" in errors
    (clone.traces / "fail").unlink()
    clone.installed()
    assert clone.call("run.sh", "tasks")[0] == 0
    assert clone.installed() == RUNTIME


def test_without_ensurepip_the_pip_outside_fills_the_venv(clone: Clone) -> None:
    (clone.traces / "no-ensurepip").touch()
    assert clone.call("run.sh", "tasks")[:2] == (0, [str(clone.traces), "<tasks>"])
    made, *installs = (clone.traces / "trace").read_text().splitlines()
    assert "--without-pip" in made
    assert all(install.startswith(f"-m pip --python {clone.folder}/.venv/bin/python install") for install in installs)
    assert clone.installed() == [".venv", *RUNTIME]


def test_a_python_without_ensurepip_and_pip_is_refused_with_the_remedy(clone: Clone) -> None:
    (clone.traces / "no-ensurepip").touch()
    (clone.traces / "no-pip").touch()
    status, _, errors = clone.call("run.sh", "tasks")
    assert status == 1
    assert "python3 has neither ensurepip nor pip" in errors
    assert clone.installed() == []


@pytest.mark.parametrize("script", ["run.sh", "test.sh"])
def test_an_old_python_is_refused(clone: Clone, script: str) -> None:
    clone.write_pythons(OLD)
    status, output, errors = clone.call(script, "tasks")
    assert (status, output) == (1, [])
    assert errors.startswith("lrbench needs Python 3.11 or newer")
    assert len(errors.splitlines()) == 1
    assert not (clone.folder / ".venv").exists()


@pytest.mark.parametrize("named", ["old", "no-such-python"])
def test_a_named_python_that_will_not_do_is_refused(clone: Clone, named: str) -> None:
    clone.call("run.sh", "tasks")
    clone.installed()
    old = clone.traces / "old"
    old.write_text(OLD.format(python=shlex.quote(sys.executable)))
    old.chmod(0o755)
    status, _, errors = clone.call("run.sh", "tasks", PYTHON=str(clone.traces / named))
    assert status == 1
    assert errors.startswith(f"PYTHON={clone.traces / named} does not run as Python 3.11 or newer")
    assert clone.call("run.sh", "tasks")[0] == 0
    assert clone.installed() == []


def test_a_named_python_is_taken_even_where_the_others_are_old(clone: Clone) -> None:
    named = shutil.copy(clone.pythons / "python3", clone.traces / "named")
    clone.write_pythons(OLD)
    assert clone.call("run.sh", "tasks", PYTHON=str(named))[0] == 0
    assert clone.installed() == [".venv", *RUNTIME]
    assert clone.call("run.sh", "tasks", PYTHON=str(named))[0] == 0
    assert clone.call("run.sh", "tasks")[0] == 0
    assert clone.installed() == []
