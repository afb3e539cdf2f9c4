"""The workers of what lrbench itself brings, in their own processes, as a race drives them."""

import importlib.metadata
import json
import platform
from collections.abc import Iterator

import pytest

from lrbench.bench.case import Case
from lrbench.bench.contender import contenders, reference
from lrbench.bench.contestant import Results
from lrbench.bench.process import Process, WorkerError
from lrbench.bench.race import deviation

CASES = {
    "lstm": Case("lstm", {"B": 2, "T": 5, "I": 3, "H": 4}),
    "gru": Case("gru", {"B": 2, "T": 5, "I": 3, "H": 4}),
    "selective_scan": Case("selective_scan", {"B": 2, "T": 5, "D": 3, "N": 2}),
}


@pytest.fixture(scope="module")
def truths() -> dict[str, Results]:
    """The results of every case in float64."""
    one = reference()
    with Process(one.module, one.environment) as process:
        return {name: _results(process, case) for name, case in CASES.items()}


@pytest.fixture(scope="module")
def ours() -> Iterator[Process]:
    with Process("ours", {}) as process:
        yield process


def _results(process: Process, case: Case) -> Results:
    process.prepare(case)
    return process.results()


@pytest.mark.parametrize("name", list(CASES))
def test_ours_agrees_with_float64(ours: Process, truths: dict[str, Results], name: str) -> None:
    prepared = ours.prepare(CASES[name])
    found = ours.results()
    assert len(found) == (6 if name == "selective_scan" else 4)
    assert deviation(found, truths[name]) < 2e-6
    assert all(leaf.dtype == "float64" for leaf in truths[name].values())
    assert prepared["compile_seconds"] > 0
    place = prepared["place"]
    assert place.device == f"{place.devices} x cpu ({platform.machine()})"
    assert json.loads(place.flags)["JAX_DEFAULT_MATMUL_PRECISION"] == "highest"
    versions = json.loads(place.versions)
    assert versions["python"] == platform.python_version()
    assert versions["jax"] == importlib.metadata.version("jax")
    assert "torch" not in versions
    assert ours.memory() == prepared["temporary_bytes"] > 0
    assert ours.run(2) > 0


def test_the_batch_is_shared_out_over_the_cores_where_it_can_be() -> None:
    with Process("ours", {"JAX_NUM_CPU_DEVICES": "2"}) as process:
        assert process.prepare(CASES["lstm"])["note"] == "sequential, 2 devices"
        odd = Case("lstm", dict(CASES["lstm"].sizes) | {"B": 3})
        assert process.prepare(odd)["note"] == "sequential"


def test_flax_agrees_with_float64(truths: dict[str, Results]) -> None:
    with Process("flax_nnx", {}) as process:
        for name in ("lstm", "gru"):
            found = _results(process, CASES[name])
            assert len(found) == 4
            assert deviation(found, truths[name]) < 2e-6


def test_single_steps_give_the_outputs_of_the_whole(ours: Process, truths: dict[str, Results]) -> None:
    ours.prepare(Case("stream_gru", CASES["gru"].sizes))
    assert deviation(ours.results(), truths["gru"]) < 2e-6
    assert len(ours.latencies(11)) == 11


def test_a_pass_can_follow_single_steps_in_one_process() -> None:
    with Process("ours", {"JAX_NUM_CPU_DEVICES": "-1"}) as process:
        process.prepare(Case("stream_gru", CASES["gru"].sizes))
        assert process.prepare(CASES["gru"])["compile_seconds"] > 0


def test_an_error_is_a_sentence_and_the_worker_goes_on(ours: Process) -> None:
    with pytest.raises(WorkerError, match="KeyError: 'gruu'"):
        ours.prepare(Case("gruu", {"B": 1}))
    with pytest.raises(WorkerError, match="no case was prepared"):
        ours.run()
    assert ours.prepare(CASES["gru"])["compile_seconds"] > 0
    with pytest.raises(WorkerError, match="no single steps"):
        ours.latencies(1)


def test_a_worker_that_ends_is_no_hang() -> None:
    with Process("ours", {"PYTHONPATH": "/nowhere", "PYTHONSTARTUP": "", "PYTHONHOME": "/nowhere"}) as process:
        with pytest.raises(WorkerError, match="its process ended with status 1"):
            process.prepare(CASES["lstm"])
        with pytest.raises(WorkerError, match="its process ended"):
            process.run()


def test_names_that_a_person_may_use() -> None:
    torch = next(one for one in contenders() if one.module == "pytorch")
    assert torch.is_called("torch")
    assert torch.is_called("PyTorch")
    assert not torch.is_called("keras")
