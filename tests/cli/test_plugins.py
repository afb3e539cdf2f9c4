"""Packages that declare themselves plugins, sound and broken, and folders of one's own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import lrbench.tasks
import pytest
from driving import Done
from driving import lrbench as command
from foreign import TASK, install, yaml

TINY = ["steps=2", "eval_every=1", "batch_size=2", "seeds=1", "eval_examples=4", "model.width=3", "early_stop=false"]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder on Python's path; what is imported from it is forgotten afterwards."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    before, paths = set(sys.modules), list(lrbench.tasks.__path__)
    yield folder
    lrbench.tasks.__path__[:] = paths
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Where commands are run."""
    folder = tmp_path / "here"
    folder.mkdir()
    return folder


def in_a_process(*words: str, site: Path, folder: Path) -> Done:
    """Runs a command in a process of its own, as a user does."""
    environment = {**os.environ, "PYTHONPATH": str(site), "COLUMNS": "120"}
    done = subprocess.run(
        [sys.executable, "-m", "lrbench.cli", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return Done(done.returncode, done.stdout + done.stderr)


def test_a_package_brings_a_task_that_appears_everywhere(site: Path, here: Path) -> None:
    install(site, "wheels", {"rotation.py": TASK, "conf/task/rotation.yaml": yaml("wheels")})
    listed = command("tasks", folder=here)
    assert listed.status == 0
    (line,) = [line for line in listed.text.splitlines() if line.startswith("rotation ")]
    assert "Does a wheel" in line
    assert "left out" not in listed.text
    misspelt = command("show", "rotatoin", folder=here)
    assert misspelt.status == 2
    assert "Did you mean rotation?" in misspelt.text
    shown = command("show", "rotation", folder=here)
    assert shown.status == 0, shown.text
    assert (here / "rotation.png").is_file()
    printed = in_a_process("run", "--help", site=site, folder=here)
    assert "rotation" in printed.text
    ran = in_a_process("run", "task=rotation", "eval_lengths=[40]", *TINY, site=site, folder=here)
    assert ran.status == 0, ran.text
    assert len(list(here.glob("runs/adhoc/rotation-gru-*/results.parquet"))) == 1


def test_a_package_brings_models_optimizers_and_experiments_too(site: Path, here: Path) -> None:
    model = "# A narrow one.\ndefaults:\n  - gru\n  - _self_\nwidth: 3\n"
    experiment = "# @package _global_\n# A short one.\ndefaults:\n  - override /model: narrow\nsteps: 2\n"
    install(site, "narrow_models", {"conf/model/narrow.yaml": model, "conf/experiment/short.yaml": experiment})
    assert "narrow            A narrow one." in command("models", folder=here).text
    assert "A short one." in command("experiments", folder=here).text
    printed = command("run", "experiment=short", "task=parity", *TINY[1:5], "eval_lengths=[40]", folder=here)
    assert printed.status == 0, printed.text
    assert len(list(here.glob("runs/short/parity-narrow-*/results.parquet"))) == 1


def test_finding_plugins_runs_nothing_of_theirs(site: Path, here: Path) -> None:
    files = {"__init__.py": "raise SystemExit('imported')", "conf/task/rotation.yaml": yaml("eager")}
    install(site, "eager", files)
    code = (
        "import sys; sys.argv = ['lrbench', 'models']\n"
        "from lrbench.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "print([name for name in ('jax', 'hydra', 'eager') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=here,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"
    assert done.stderr == ""


#: Files of a package `wheels`, its entry point, and what is said of it.
BROKEN = {
    "no package": ({}, "nobody_has_this", "there is no package nobody_has_this in this environment"),
    "an attribute": ({}, "wheels:task", "names 'wheels:task', which is no package"),
    "lrbench itself": ({}, "lrbench.tasks", "a package of lrbench itself"),
    "a module": ({"rotation.py": ""}, "wheels.rotation", "it is a single file; a plugin is a package"),
    "a parent that breaks": ({"__init__.py": "import nothing_here"}, "wheels.inner", "No module named 'nothing_here'"),
    "a parent that leaves": ({"__init__.py": "raise SystemExit(3)"}, "wheels.inner", "it calls sys.exit(3)"),
    "no conf": ({}, "wheels", "it has no folder conf beside its __init__.py"),
    "no YAML": (
        {"conf/task/rotation.yaml": "# Sentence.\n_target_: [wheels\n"},
        "wheels",
        "task/rotation.yaml: it is no YAML: line 3: ",
    ),
    "a list": ({"conf/task/rotation.yaml": "- 1\n"}, "wheels", "task/rotation.yaml: it holds no keys"),
    "nothing": ({"conf/task/rotation.yaml": ""}, "wheels", "task/rotation.yaml: it has no _target_"),
    "no target": ({"conf/task/rotation.yaml": "spokes: 4\n"}, "wheels", "task/rotation.yaml: it has no _target_"),
    "foreign code": (
        {"conf/task/rotation.yaml": "_target_: os.system\ncommand: ls\n"},
        "wheels",
        "_target_ is 'os.system'; it may only name a class of wheels or lrbench",
    ),
    "foreign code inside": (
        {"conf/model/round.yaml": "_target_: lrbench.models.Architecture\nlayer:\n  _target_: wheelsandmore.Layer\n"},
        "wheels",
        "model/round.yaml: _target_ is 'wheelsandmore.Layer'",
    ),
    "no name": ({"conf/task/Rotation-1.yaml": yaml("wheels")}, "wheels", "'Rotation-1' is no name"),
    "a path": ({"conf/task/deep/rotation.yaml": yaml("wheels")}, "wheels", "a name has no folder in it"),
    "another ending": ({"conf/task/rotation.yml": yaml("wheels")}, "wheels", "rename it to rotation.yaml"),
    "a name that lrbench has": ({"conf/task/parity.yaml": yaml("wheels")}, "wheels", "lrbench has a task parity"),
}


@pytest.mark.parametrize(("files", "entry", "said"), BROKEN.values(), ids=BROKEN)
def test_a_broken_plugin_is_named_and_the_rest_works(
    files: dict[str, str], entry: str, said: str, site: Path, here: Path
) -> None:
    install(site, "wheels", files, entry=entry)
    install(site, "sound", {"conf/model/narrow.yaml": "# A narrow one.\ndefaults:\n  - gru\n  - _self_\nwidth: 3\n"})
    done = command("models", folder=here)
    assert done.status == 0
    (sentence,) = [line for line in done.text.splitlines() if line.startswith("lrbench: ")]
    assert sentence.startswith(f"lrbench: the plugin {entry} (wheels 1.2), left out: ")
    assert said in sentence
    assert {"gru", "lstm", "narrow"} <= {line.split()[0] for line in done.text.splitlines()}
    assert "round" not in {line.split()[0] for line in done.text.splitlines()}


def test_using_what_is_broken_is_an_error_with_the_reason(site: Path, here: Path) -> None:
    install(site, "wheels", {"conf/task/rotation.yaml": "_target_: os.system\n"})
    for words in (["run", "task=rotation"], ["show", "rotation"], ["check", "rotation"]):
        done = command(*words, folder=here)
        assert done.status == 2
        assert "task=rotation of the plugin wheels (wheels 1.2) cannot be used" in done.text
        assert "os.system" in done.text
    assert list(here.iterdir()) == []


def test_a_built_in_name_stays_what_it_was(site: Path, here: Path) -> None:
    install(site, "wheels", {"rotation.py": TASK, "conf/task/parity.yaml": yaml("wheels")})
    printed = in_a_process("run", "task=parity", "--cfg", "job", site=site, folder=here)
    assert printed.status == 0
    assert "_target_: lrbench.tasks.parity.Parity" in printed.text


def test_two_plugins_with_one_name_are_both_named(site: Path, here: Path) -> None:
    for package in ("wheels", "gears"):
        install(site, package, {"rotation.py": TASK, "conf/task/rotation.yaml": yaml(package)})
    listed = command("models", folder=here)
    said = [line for line in listed.text.splitlines() if line.startswith("lrbench: ")]
    assert len(said) == 2
    for package, other in (("wheels", "gears"), ("gears", "wheels")):
        assert any(
            f"the plugin {package} " in line.split("left out")[0] and f"plugin {other} " in line for line in said
        )
    used = command("run", "task=rotation", folder=here)
    assert used.status == 2
    assert "the plugin gears (gears 1.2) and by the plugin wheels (wheels 1.2)" in used.text


HEAD = '"""Broken."""\n\nfrom dataclasses import dataclass\n\nfrom lrbench.tasks.parity import Parity\n\n\n'
FROZEN = HEAD + "@dataclass(frozen=True)\n"

#: Modules of a package, what their YAML adds, and what is said; they break only when they are used.
BREAK_IN_USE = {
    "absent": ("import nothing_here\n", "", "No module named 'nothing_here'"),
    "leaving": ("import sys\n\nsys.exit()\n", "", "SystemExit: it calls sys.exit()"),
    "leaving_when_made": (
        FROZEN
        + 'class Rotation(Parity):\n    """R."""\n\n    def __post_init__(self):\n        raise SystemExit("flat")\n',
        "",
        "it calls sys.exit('flat')",
    ),
    "leaving_when_asked": (
        FROZEN
        + 'class Rotation(Parity):\n    """R."""\n\n'
        + "    @property\n    def lengths(self):\n        raise SystemExit(3)\n",
        "",
        "lengths raised SystemExit: 3",
    ),
    "misspelt": ("def f(:\n", "", "SyntaxError"),
    "empty": ("", "", "which is no class"),
    "no_task": (HEAD + "class Rotation:\n    pass\n", "", "which is no Task"),
    "undecorated": (HEAD + "class Rotation(Parity):\n    pass\n", "", "Rotation is no frozen dataclass"),
    "undocumented": (FROZEN + "class Rotation(Parity):\n    spokes: int = 1\n", "", "Rotation has no docstring"),
    "missing_field": (FROZEN + 'class Rotation(Parity):\n    """R."""\n\n    spokes: int\n', "", "'spokes'"),
    "unknown_field": (FROZEN + 'class Rotation(Parity):\n    """R."""\n', "spokes: 4\n", "task.spokes does not exist"),
    "other_type": (
        FROZEN + 'class Rotation(Parity):\n    """R."""\n\n    spokes: int = 1\n',
        "spokes: four\n",
        "task.spokes is 'four'; it must be a whole number",
    ),
    "no_family": (FROZEN + 'class Rotation(Parity):\n    """R."""\n\n    family = "x"\n', "", "Rotation.family is 'x'"),
    "wrong_shape": (
        FROZEN
        + 'class Rotation(Parity):\n    """R."""\n\n    def sample(self, key, length, size):\n'
        + "        example = super().sample(key, length, size)\n"
        + "        return example._replace(mask=example.mask[1:])\n",
        "",
        "returned mask of bool[95]",
    ),
    "raising": (
        FROZEN
        + 'class Rotation(Parity):\n    """R."""\n\n    def __post_init__(self):\n        raise OSError("flat tyre")\n',
        "",
        "flat tyre",
    ),
    "abstract": (
        HEAD.replace("tasks.parity import Parity", "data import GeneratedTask")
        + '@dataclass(frozen=True)\nclass Rotation(GeneratedTask):\n    """R."""\n',
        "",
        "abstract",
    ),
}


@pytest.fixture
def breaking(site: Path) -> Path:
    files = {f"{name}.py": text for name, (text, _, _) in BREAK_IN_USE.items()}
    files |= {
        f"conf/task/{name}.yaml": yaml("menagerie", f"{name}.Rotation", more)
        for name, (_, more, _) in BREAK_IN_USE.items()
    }
    install(site, "menagerie", {**files, "rotation.py": TASK, "conf/task/rotation.yaml": yaml("menagerie")})
    return site


@pytest.mark.parametrize("name", BREAK_IN_USE)
def test_a_task_that_breaks_in_use_is_an_error_that_names_the_package(name: str, breaking: Path, here: Path) -> None:
    done = command("run", f"task={name}", folder=here)
    assert done.status == 2, done.text
    assert "Traceback" not in done.text
    assert len(done.text.strip().splitlines()) == 1, done.text
    assert "menagerie" in done.text
    assert BREAK_IN_USE[name][2] in done.text
    assert list(here.iterdir()) == []


def test_the_list_of_tasks_names_those_that_break_and_has_all_others(breaking: Path, here: Path) -> None:
    done = command("tasks", folder=here)
    assert done.status == 0
    said = [line for line in done.text.splitlines() if line.startswith("lrbench: ")]
    assert len(said) == len(BREAK_IN_USE)
    for name, (_, _, reason) in BREAK_IN_USE.items():
        (sentence,) = [line for line in said if line.startswith(f"lrbench: task {name}, left out: ")]
        assert "the plugin menagerie (menagerie 1.2)" in sentence
        assert reason in sentence
    listed = {line.split()[0] for line in done.text.splitlines() if line.strip() and not line.startswith("lrbench: ")}
    assert {"rotation", "parity", "adding"} <= listed
    assert not listed & set(BREAK_IN_USE)


@pytest.fixture
def own(here: Path) -> Path:
    """A folder of one's own, with a task in it."""
    folder = here / "own"
    (folder / "tasks").mkdir(parents=True)
    (folder / "task").mkdir()
    (folder / "tasks" / "rotation.py").write_text(TASK)
    (folder / "task" / "rotation.yaml").write_text(yaml("lrbench.tasks"))
    return folder


def test_a_folder_of_ones_own_brings_a_task(own: Path, here: Path, site: Path) -> None:
    words = ["--config-dir", "own"]
    assert "rotation " in command("tasks", *words, folder=here).text
    shown = command("show", "rotation", *words, folder=here)
    assert shown.status == 0, shown.text
    ran = in_a_process("run", *words, "task=rotation", "eval_lengths=[40]", *TINY, site=site, folder=here)
    assert ran.status == 0, ran.text
    assert command("show", "rotation", folder=here).status == 2


def test_a_folder_of_ones_own_is_there_in_the_process_of_a_launcher(own: Path, here: Path) -> None:
    code = (
        "from lrbench.runs.sweep import admit_own_folder\n"
        "admit_own_folder(['--config-dir', 'own', 'task=rotation', '-m'])\n"
        "from lrbench.tasks.rotation import Rotation"
    )
    subprocess.run([sys.executable, "-c", code], cwd=here, check=True)


#: Files of a folder of one's own that have the name of a built-in one, with words that use it and words that do not.
SHADOWED = {
    "task/parity.yaml": (yaml("lrbench.tasks"), ["show", "parity"], ["show", "rotation"]),
    "tasks/parity.py": (TASK, ["check", "parity"], ["show", "rotation"]),
    "model/gru.yaml": ("_target_: lrbench.models.Architecture\n", ["run", "task=rotation"], ["show", "rotation"]),
    "config.yaml": ("steps: 1\n", ["run", "task=rotation"], ["show", "rotation"]),
    "optimizer/adam.yaml": ("no: [yaml\n", ["run", "task=rotation"], ["tasks"]),
}


@pytest.mark.parametrize(
    ("path", "text", "using", "other"), [(path, *rest) for path, rest in SHADOWED.items()], ids=SHADOWED
)
def test_a_folder_of_ones_own_replaces_nothing(
    path: str, text: str, using: list[str], other: list[str], own: Path, here: Path, site: Path
) -> None:
    """What has the name of a built-in file is named; only a command that would read it stops."""
    (own / path).parent.mkdir(exist_ok=True)
    (own / path).write_text(text)
    left_out = f"lrbench: the folder {own}, left out: {path}: lrbench has a file of this name of its own"
    for words, status in ((using, 2), (other, 0)):
        done = command(*words, "--config-dir", "own", folder=here)
        assert done.status == status, done.text
        assert len([line for line in done.text.splitlines() if line.startswith(left_out)]) == 1, done.text
        assert (f"own/{path} has the name of a file of lrbench's own" in done.text) == (status == 2)
        assert "Traceback" not in done.text


def test_a_file_of_ones_own_that_builds_on_a_replaced_one_is_refused(own: Path, here: Path, site: Path) -> None:
    (own / "task" / "parity.yaml").write_text(yaml("lrbench.tasks"))
    (own / "task" / "heir.yaml").write_text("# An heir.\ndefaults:\n  - parity\n")
    done = command("show", "heir", "--config-dir", "own", folder=here)
    assert done.status == 2
    assert "own/task/parity.yaml has the name" in done.text
    (own / "task" / "parity.yaml").unlink()
    (own / "tasks" / "parity.py").write_text(TASK)
    (own / "task" / "mine.yaml").write_text("# Mine.\n_target_: lrbench.tasks.parity.Parity\n")
    listed = command("tasks", "--config-dir", "own", folder=here)
    assert listed.status == 0
    assert "task mine of the folder" in listed.text
    assert "own/tasks/parity.py has the name" in listed.text
    assert {"parity", "rotation"} <= {line.split()[0] for line in listed.text.splitlines() if line.strip()}


def test_an_unchanged_copy_in_a_folder_of_ones_own_is_no_clash(own: Path, here: Path, site: Path) -> None:
    for package, path in (("lrbench.conf", "task/parity.yaml"), ("lrbench.tasks", "parity.py")):
        copy = own / ("tasks" if package == "lrbench.tasks" else "") / path
        copy.write_bytes(files(package).joinpath(path).read_bytes())
    for words in (["show", "parity"], ["tasks"]):
        done = command(*words, "--config-dir", "own", folder=here)
        assert done.status == 0, done.text
        assert "left out" not in done.text


def test_a_mistake_in_a_folder_of_ones_own_is_a_sentence(own: Path, here: Path, site: Path) -> None:
    (own / "task" / "rotation.yaml").write_text("_target_: [x\n")
    (own / "experiment").mkdir()
    (own / "experiment" / "turning.yaml").write_text("# @package _global_\ndefaults:\n  - override /task: rotation\n")
    for words in (["task=rotation"], ["experiment=turning"]):
        done = command("run", "--config-dir", "own", *words, folder=here)
        assert done.status == 2, done.text
        assert "no YAML" in done.text
        assert "Traceback" not in done.text
