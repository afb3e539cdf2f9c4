"""`lrbench new task`: what it writes works, is clean, and replaces nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from driving import lrbench

ROOT = Path(__file__).parents[2]
FIRST_BATCHES = "tests/tasks/first_batches.yaml"
RUFF = [sys.executable, "-m", "ruff"]


def clean(folder: Path) -> None:
    """Ruff finds nothing, neither to say nor to format."""
    rules = ["--extend-select", "B,D,E,F,I,N,RUF,SIM,UP,W", "--config", 'lint.pydocstyle.convention="google"']
    ignored = ["--ignore", "D103,D105,D107,F722,F821", "--no-cache"]
    for words in (["check", *rules, *ignored, "."], ["format", "--check", "--no-cache", "."]):
        done = subprocess.run([*RUFF, *words], cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def python(*words: str, folder: Path, path: str = "") -> str:
    environment = {**os.environ, "PYTHONPATH": path, "COLUMNS": "120"}
    done = subprocess.run(
        [sys.executable, *words], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("name", ["first_last", "x", "echo2_of_something"])
def test_a_package_is_written_clean(name: str, tmp_path: Path) -> None:
    done = lrbench("new", "task", name, "--package", "--folder", "elsewhere", folder=tmp_path)
    assert done.status == 0, done.text
    for path in done.text.splitlines()[:6]:
        assert (tmp_path / path).is_file(), path
    assert f"pip install -e elsewhere/{name}" in done.text
    clean(tmp_path / "elsewhere" / name)


def test_a_package_works_once_it_is_installed(tmp_path: Path) -> None:
    """Built and installed as pip does it, into a folder; nothing is fetched."""
    assert lrbench("new", "task", "first_last", "--package", folder=tmp_path).status == 0
    site = tmp_path / "site"
    offline = ["--no-index", "--no-deps", "--no-build-isolation", "--quiet", "--disable-pip-version-check"]
    python("-m", "pip", "install", *offline, "--target", str(site), "./first_last", folder=tmp_path)
    checked = python("-m", "lrbench.cli", "check", "first_last", folder=tmp_path, path=str(site))
    assert " 0 failed, 0 not tried" in checked
    tested = python("-m", "pytest", "-q", "-p", "no:cacheprovider", "first_last", folder=tmp_path, path=str(site))
    assert "3 passed" in tested
    words = [sys.executable, "-m", "lrbench.cli", "show", "first_last", "symbols=1000000"]
    environment = os.environ | {"PYTHONPATH": str(site)}
    done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert "symbols=1000000 is not a whole number from 2 to 65536; try symbols=65536" in done.stderr


def test_an_editable_package_is_found(tmp_path: Path) -> None:
    """Its folder src stands on the path by a .pth file, its entry point in a record elsewhere."""
    assert lrbench("new", "task", "first_last", "--package", folder=tmp_path).status == 0
    info = tmp_path / "site" / "lrbench_first_last-0.1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: lrbench-first-last\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text("[lrbench.plugins]\nfirst_last = lrbench_first_last\n")
    path = os.pathsep.join([str(tmp_path / "site"), str(tmp_path / "first_last" / "src")])
    code = "from lrbench.plugins.choices import find_choices; print(*find_choices().foreign, *find_choices().flaws)"
    assert python("-c", code, folder=tmp_path, path=path) == "('task', 'first_last')\n"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The places of a clone that files are written to."""
    folder = tmp_path / "clone"
    for part in ("tasks", "conf/task", "tests/tasks", "lrbench/data"):
        (folder / part).mkdir(parents=True)
    for path in (
        "__init__.py",
        "data/__init__.py",
        "data/fields.py",
        "data/limits.py",
        "data/task.py",
    ):  # by which Ruff knows its own
        (folder / "lrbench" / path).write_text('"""A module."""\n')
    (folder / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    (folder / FIRST_BATCHES).write_text((ROOT / FIRST_BATCHES).read_text())
    return folder


def test_in_a_clone_it_is_written_beside_the_others(clone: Path) -> None:
    done = lrbench("new", "task", "first_last", folder=clone)
    assert done.status == 0, done.text
    written = ["tasks/first_last.py", "conf/task/first_last.yaml", "tests/tasks/test_first_last.py", FIRST_BATCHES]
    assert done.text.splitlines()[:5] == [*written, ""]
    sentence = (clone / written[0]).read_text().split('"""')[3].splitlines()[0]
    assert (clone / written[1]).read_text().splitlines()[0] == f"# {sentence}"
    for words in (["check"], ["format", "--check"]):
        ruff = subprocess.run([*RUFF, *words, "."], cwd=clone, capture_output=True, text=True, check=False)
        assert ruff.returncode == 0, ruff.stdout
    # As a folder of one's own the same files can be used at once.
    (clone / "conf" / "tasks").symlink_to(clone / "tasks")
    outside = clone.parent
    shown = python("-m", "lrbench.cli", "show", "first_last", "--config-dir", "clone/conf", folder=outside)
    assert "input " in shown
    test = (
        "import lrbench.tasks, pytest\n"
        "lrbench.tasks.__path__.append('clone/tasks')\n"
        "raise SystemExit(pytest.main(['clone/tests', '-p', 'no:cacheprovider']))"
    )
    assert "5 passed" in python("-c", test, folder=outside)


def test_in_a_clone_the_suite_stays_green(clone: Path) -> None:
    """The first batch is held by the suite's own test, and the lines of the other tasks are untouched."""
    before = (clone / FIRST_BATCHES).read_text()
    assert lrbench("new", "task", "first_last", folder=clone).status == 0
    for name in ("catalogue.py", "test_definition.py"):
        (clone / "tests" / "tasks" / name).write_text((ROOT / "tests" / "tasks" / name).read_text())
    assert (clone / FIRST_BATCHES).read_text().startswith(before)
    # The clone's folders in place of the installed ones: a catalogue of this one task.
    test = "import importlib.util, lrbench, pytest, sys\n"
    for part in ("tasks", "conf"):
        (clone / part / "__init__.py").write_text("")
        test += (
            f"spec = importlib.util.spec_from_file_location('lrbench.{part}', 'clone/{part}/__init__.py')\n"
            f"lrbench.{part} = sys.modules[spec.name] = importlib.util.module_from_spec(spec)\n"
        )
    test += "raise SystemExit(pytest.main(['clone/tests/tasks/test_definition.py', '-p', 'no:cacheprovider']))"
    assert "2 passed" in python("-c", test, folder=clone.parent)


def test_a_line_of_a_first_batch_is_not_doubled(clone: Path) -> None:
    with (clone / FIRST_BATCHES).open("a") as file:
        file.write("first_last: 0\n")
    done = lrbench("new", "task", "first_last", folder=clone)
    assert done.status == 2
    assert f"{FIRST_BATCHES} has a line first_last already" in done.text
    assert list((clone / "tasks").iterdir()) == []


def test_a_task_may_have_the_name_of_what_its_module_imports(tmp_path: Path) -> None:
    """The class is then another one than the import, and is drawn from."""
    written = ("example", "lengths", "tokens", "classes", "generated_task", "family", "array", "class_var", "none")
    run = ["import jax"]
    for name in written:
        assert lrbench("new", "task", name, "--package", folder=tmp_path).status == 0
        conf = (tmp_path / name / "src" / f"lrbench_{name}" / "conf" / "task" / f"{name}.yaml").read_text()
        module, _, kind = conf.split("_target_: ")[1].split()[0].rpartition(".")
        run += [
            f"sys.path.append('{name}/src')",
            f"task = importlib.import_module('{module}').{kind}()",
            "print(task.sample(jax.random.key(0), 8, 8).mask.sum(), check(task, POINTS[:6]))",
        ]
        clean(tmp_path / name)
    code = "import importlib, sys\nfrom lrbench.contract import POINTS, check\n" + "\n".join(run)
    said = python("-c", code, folder=tmp_path).splitlines()
    assert len(said) == len(written)
    for line in said:
        assert line.startswith("1 ")
        assert "failed" not in line, line


def test_nothing_is_overwritten(clone: Path) -> None:
    (clone / "conf" / "task" / "first_last.yaml").write_text("mine")
    done = lrbench("new", "task", "first_last", folder=clone)
    assert done.status == 2
    assert "conf/task/first_last.yaml exists, and is not overwritten" in done.text
    assert list((clone / "tasks").iterdir()) == []
    assert (clone / "conf" / "task" / "first_last.yaml").read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["../x"], "'../x' is no name for a task"),
        (["First"], "'First' is no name"),
        (["class"], "words of Python"),
        (["parity", "--package"], "there is a task parity already, of lrbench"),
        (["first_last"], "is no clone of lrbench; add --package"),
    ],
)
def test_mistakes_are_sentences_and_nothing_is_written(words: list[str], said: str, tmp_path: Path) -> None:
    done = lrbench("new", "task", *words, folder=tmp_path)
    assert done.status == 2
    assert said in done.text
    assert list(tmp_path.iterdir()) == []
