"""Each of Tomita's languages, and each density of the flip-flop language, is one word on the command line."""

import inspect
from pathlib import Path

import pytest
from driving import lrbench
from lrbench.tasks.flip_flop import FlipFlop
from lrbench.tasks.tomita import Tomita
from lrbench.tasks.tomita_next_set import TomitaNextSet

CHOICES = [
    ("tomita", "language=tomita3", "target"),
    ("tomita_next_set", "language=tomita5", "01E"),
    ("flip_flop", "p_ignore=0.1", "mask"),
]


@pytest.mark.parametrize(("task", "word", "said"), CHOICES)
def test_show(task: str, word: str, said: str, tmp_path: Path) -> None:
    done = lrbench("show", task, word, folder=tmp_path)
    assert done.status == 0, done.text
    assert said in done.text


@pytest.mark.parametrize(
    ("task", "word"),
    [
        ("tomita", "language=tomita7"),
        ("tomita_next_set", "language=tomita3"),
        ("flip_flop", "p_ignore=0.98"),
    ],
)
def test_run(task: str, word: str, tmp_path: Path) -> None:
    done = lrbench("run", f"task={task}", f"task.{word}", "--cfg", "job", folder=tmp_path)
    assert done.status == 0, done.text
    assert word.replace("=", ": ") in done.text


@pytest.mark.parametrize("language", ["tomita1", "tomita2"])
def test_a_language_that_needs_no_memory_is_a_sentence(language: str, tmp_path: Path) -> None:
    done = lrbench("show", "tomita_next_set", f"language={language}", folder=tmp_path)
    assert done.status == 2
    assert f"language='{language}' needs no memory here" in done.text
    assert "Traceback" not in done.text


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Tomita, ("lrbench show tomita language=tomita3", "lrbench run task=tomita task.language=tomita3")),
        (
            TomitaNextSet,
            ("lrbench show tomita_next_set language=tomita5", "task=tomita_next_set task.language=tomita5"),
        ),
        (FlipFlop, ("lrbench show flip_flop p_ignore=0.98", "lrbench run task=flip_flop task.p_ignore=0.98")),
    ],
)
def test_documented(kind: type, words: tuple[str, ...]) -> None:
    documentation = " ".join((inspect.getdoc(kind) or "").split())
    assert all(word in documentation for word in words)
