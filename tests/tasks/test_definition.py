"""What every task says about itself: its docstring, its YAML, its first batch."""

import hashlib
import inspect
import re
from dataclasses import asdict, fields
from pathlib import Path

import jax
import numpy as np
import pytest
import yaml
from catalogue import CATALOGUE, ORIGINALS, batch, default, over, text

from lrbench.data import Task
from lrbench.data.show import worked_example

FIRST_BATCHES = yaml.safe_load(Path(__file__).with_name("first_batches.yaml").read_text())
HEADING = re.compile(r"^ +Key (?P<key>\d+), length (?P<length>\d+)(?P<fields>(?:, \w+=[\w.]+)*)::$", re.MULTILINE)


@pytest.mark.parametrize("name", ORIGINALS)
def test_docstring_holds_worked_examples(name: str) -> None:
    task = default(name)
    documentation = inspect.getdoc(type(task)) or ""
    headings = list(HEADING.finditer(documentation))
    assert len(headings) >= 2, "a task's docstring shows at least two worked examples"
    for heading in headings:
        fields = dict(pair.split("=") for pair in heading["fields"].split(", ")[1:])
        shown = type(task)(**{name: yaml.safe_load(value) for name, value in fields.items()})
        example = worked_example(shown, jax.random.key(int(heading["key"])), int(heading["length"]))
        following = documentation[heading.end() :].strip("\n").split("\n\n")[0]
        assert [line.strip() for line in following.splitlines()] == [line.strip() for line in example.splitlines()]


@pytest.mark.parametrize("name", ORIGINALS)
def test_yaml_says_what_the_class_says(name: str) -> None:
    task = default(name)
    sentence = (inspect.getdoc(type(task)) or "").splitlines()[0]
    assert text(name).splitlines()[0] == f"# {sentence}"
    written = yaml.safe_load(text(name))
    assert written.pop("_target_") == f"lrbench.tasks.{name}.{type(task).__name__}"
    assert written == asdict(type(task)()), "every field stands in the YAML with its default"


@pytest.mark.parametrize("label", [label for label in CATALOGUE if label.split("-")[0] in ORIGINALS])
def test_first_batch_is_as_ever(label: str) -> None:
    task = CATALOGUE[label]
    length = task.lengths.evaluation[0]
    digest = hashlib.sha256()
    for leaf in batch(task, length):
        digest.update(np.ascontiguousarray(leaf).astype(leaf.dtype.newbyteorder("<")).tobytes())
    found = digest.hexdigest()
    assert FIRST_BATCHES.get(label) == found, (
        f"{label} draws other sequences than before from the same key. If its definition was not meant to change, this "
        "is a bug: results that were measured no longer compare with new ones. If it was (or the task is new), say so "
        f"where the change is recorded and write '{label}: {found}' into tests/tasks/first_batches.yaml"
    )


@pytest.mark.parametrize("name", ORIGINALS)
def test_values_of_another_kind_are_refused(name: str) -> None:
    """Set behind the type checker's back, as an override on the command line is."""
    for field in fields(default(name)):
        task = default(name)
        object.__setattr__(task, field.name, "unheard-of")
        with pytest.raises(ValueError, match=f"{field.name}='unheard-of'"):
            task.__post_init__()


@pytest.mark.parametrize("task", **over(CATALOGUE))
def test_names_of_tokens_and_classes_differ(task: Task) -> None:
    for count, name in ((task.inputs.count, task.input_name), (task.output.count, task.output_name)):
        assert len({name(index) for index in range(count)}) == count
