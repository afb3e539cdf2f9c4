"""The environment is completed once, and what the user set in it stays."""

import os
import subprocess
import sys

import pytest

from lrbench.runs import environment

PROGRAM = """
import os
import sys
from lrbench.runs.environment import enter
print("started", flush=True)
words, sys.argv = sys.argv, ["lrbench", "run"]
enter()
sys.argv = words
enter()
print(os.environ["GLIBC_TUNABLES"], os.environ["XLA_FLAGS"])
"""


@pytest.fixture
def known_machine(monkeypatch):
    monkeypatch.setattr(environment, "_is_glibc", lambda: True)
    monkeypatch.setattr(environment, "cpu_features", lambda: "sse2 avx512f avx512vl")


@pytest.mark.usefixtures("known_machine")
def test_what_is_missing_is_advised_and_what_is_there_stays():
    wanted = environment.advised({"XLA_FLAGS": "--xla_dump_to=here"})
    assert wanted["GLIBC_TUNABLES"].count("glibc.malloc.") == 3
    assert wanted["XLA_FLAGS"] == "--xla_dump_to=here --xla_cpu_prefer_vector_width=512"
    mine = {"GLIBC_TUNABLES": "glibc.malloc.arena_max=1", "XLA_FLAGS": "--xla_cpu_prefer_vector_width=128"}
    assert environment.advised(mine) == {}
    assert environment.advised(wanted) == {}


def test_a_machine_without_wide_vectors_is_left_alone(monkeypatch):
    monkeypatch.setattr(environment, "_is_glibc", lambda: False)
    monkeypatch.setattr(environment, "cpu_features", lambda: "sse2 avx2")
    assert environment.advised({}) == {}


@pytest.mark.skipif(not environment._is_glibc(), reason="other systems have other allocators")
def test_the_command_starts_once_more_and_not_twice(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    mine = {key: value for key, value in os.environ.items() if key != "GLIBC_TUNABLES"}
    mine["XLA_FLAGS"] = "--xla_cpu_prefer_vector_width=128"
    done = subprocess.run([sys.executable, program], env=mine, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert lines[:2] == ["started", "started"]
    assert lines[-1].startswith("glibc.malloc")
    assert lines[-1].endswith("--xla_cpu_prefer_vector_width=128")
    assert len(lines) == 3
