"""What a study is read from, what its words may be, and what it remembers."""

from pathlib import Path

import polars as pl
import pytest

from lrbench.runs.errors import ConfigurationError
from lrbench.runs.table import SCHEMA
from lrbench.studies import Results, read_study
from lrbench.studies.words import read_words

YAML = """
title: A title
scales:
  smoke:
    - {arm: one, run: "task=parity model=gru,lstm 'learning_rates=[0.1, 0.2]'"}
    - {arm: two, run: task=adding}
  cpu: null
  paper: []
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "study.yaml"
    path.write_text(text)
    return path


def test_words_are_read_as_a_shell_reads_them(tmp_path):
    study = read_study("study", write(tmp_path, YAML))
    first, second = study.arms["smoke"]
    assert first.words == ("task=parity", "model=gru,lstm", "learning_rates=[0.1, 0.2]")
    assert first.command == "lrbench run -m task=parity model=gru,lstm 'learning_rates=[0.1, 0.2]'"
    assert (second.name, second.words) == ("two", ("task=adding",))
    assert study.arms["cpu"] == study.arms["paper"] == ()
    assert study.text == {"title": "A title"}


def test_a_missing_scale_is_named(tmp_path):
    with pytest.raises(ValueError, match="study has the scales smoke, cpu; it needs smoke, cpu, paper"):
        read_study("study", write(tmp_path, YAML.replace("  paper: []\n", "")))


def test_scale_and_folder_have_defaults():
    assert (read_words([]).scale, read_words([]).runs) == ("cpu", Path("runs/studies"))
    assert read_words(["runs=elsewhere", "scale=paper"]).scale == "paper"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["scale=huge"], "scale is 'huge'; choose smoke, cpu, paper"),
        (["steps=3"], "'steps=3' is none of"),
        (["smoke"], "'smoke' is none of"),
        (["runs="], "'runs=' is none of"),
        (["scale=cpu", "scale=cpu"], "scale is given twice"),
    ],
)
def test_other_words_are_refused(words, said):
    with pytest.raises(ConfigurationError, match=said):
        read_words(words)


def test_a_measurement_is_made_once_for_the_same_runs(tmp_path):
    made = []

    def measure() -> pl.DataFrame:
        made.append(len(made))
        return pl.DataFrame({"value": [made[-1]]})

    rows = pl.DataFrame(schema=SCHEMA)
    results = Results("smoke", rows, {}, tmp_path)
    assert results.remembered("sizes", measure, of=("a",))["value"].to_list() == [0]
    assert results.remembered("sizes", measure, of=("a",))["value"].to_list() == [0]
    assert results.remembered("sizes", measure, of=("b",))["value"].to_list() == [1]
    assert results.remembered("others", measure, of=("a",))["value"].to_list() == [2]
