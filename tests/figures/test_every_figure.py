"""What holds for every figure: its YAML is whole, and its smoke scale works."""

import csv
import json
from pathlib import Path

import pytest

from lrbench.commands.figure import figure
from lrbench.figures import figure_of, names
from lrbench.runs.errors import ConfigurationError
from lrbench.studies import SCALES


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Figures share the runs that are the same."""
    return tmp_path_factory.mktemp("studies")


def test_there_are_ten():
    assert len(names()) == 10


@pytest.mark.parametrize("name", names())
def test_the_yaml_says_what_a_reader_needs(name):
    found = figure_of(name)
    assert found.name == name
    assert {"title", "question", "paper", "rule", "published", "deviations"} <= set(found.text)
    assert set(found.text["deviations"]) == set(SCALES)
    assert all(one.source in ("read", "recalled", "measured") for one in found.published)


@pytest.mark.parametrize("name", names())
def test_its_smoke_scale_leaves_a_figure_and_its_numbers(name, runs, capsys):
    assert figure(name, ["scale=smoke", f"runs={runs}"], None, False) == 0
    folder = runs / "made" / f"{name}-smoke"
    assert (folder / f"{name}.png").read_bytes()[:4] == b"\x89PNG"
    assert (folder / f"{name}.pdf").read_bytes()[:4] == b"%PDF"
    rows = list(csv.DictReader((folder / f"{name}.csv").read_text().splitlines()))
    assert {one.key for one in figure_of(name).published} <= {row["key"] for row in rows}
    assert json.loads((folder / "verdict.json").read_text())["outcome"] is None
    assert "Not judged" in capsys.readouterr().out


def test_a_figure_that_does_not_exist_is_named():
    with pytest.raises(ConfigurationError, match="there is no figure 'mona_lisa'; choose "):
        figure("mona_lisa", [], None, False)


def test_commands_are_printed_and_nothing_is_run(tmp_path, capsys):
    name = "adding"
    assert figure(name, ["scale=cpu", f"runs={tmp_path / 'runs'}"], None, True) == 0
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == len(figure_of(name).study.arms["cpu"])
    assert all(line.startswith("lrbench run -m task=") for line in printed)
    assert not (tmp_path / "runs").exists()
