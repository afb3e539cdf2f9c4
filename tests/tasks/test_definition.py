"""What every built-in task is, beyond the contract: its YAML says what its class says, its first batch is as ever."""

import hashlib
import inspect
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import yaml
from catalogue import CATALOGUE, ORIGINALS, batch, default, text

FIRST_BATCHES = yaml.safe_load(Path(__file__).with_name("first_batches.yaml").read_text())


@pytest.mark.parametrize("name", ORIGINALS)
def test_yaml_says_what_the_class_says(name: str) -> None:
    task = default(name)
    sentence = (inspect.getdoc(type(task)) or "").splitlines()[0]
    assert text(name).splitlines()[0] == f"# {sentence}"
    written = yaml.safe_load(text(name))
    assert written.pop("_target_") == f"lrbench.tasks.{name}.{type(task).__name__}"
    assert written == asdict(type(task)()), "every field stands in the YAML with its default"


@pytest.mark.parametrize("label", CATALOGUE)
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
