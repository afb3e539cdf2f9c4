from benches import CPU, OURS, bench, in_place_of
from hydra.utils import get_class
from omegaconf import OmegaConf

from lrbench.bench import our_sampling
from lrbench.bench.case import Case, arrays
from lrbench.bench.measurements import sampling
from lrbench.bench.process import WorkerError
from lrbench.bench.race import Bench
from lrbench.runs.errors import ConfigurationError

CONFIGS = {
    "adding": OmegaConf.create({"_target_": "lrbench.tasks.adding.Adding"}),
    "mistyped": ConfigurationError("no such key"),
    "parity": OmegaConf.create({"_target_": "lrbench.tasks.parity.Parity"}),
    "table": OmegaConf.create({"_target_": "lrbench.tasks.table.Table"}),
}


class Answers:
    def prepare(self, case):
        if case.task == "adding":
            raise WorkerError("its process was ended by signal 9")
        numbers = {
            "sampling_seconds": 0.001,
            "step_seconds": 0.02,
            "ratio": 0.05,
            "ratio_low": 0.04,
            "ratio_high": 0.07,
        }
        measured = numbers | {"T": 40}
        return {"compile_seconds": 0.5, "measured": measured, "place": CPU}


def test_every_task_has_a_row_and_one_that_dies_is_named(monkeypatch):
    monkeypatch.setattr(Bench, "process", lambda self, contender: in_place_of(Answers()))
    kept = []
    one = bench("sampling")
    one.keep = lambda rows: kept.append(len(rows))
    found = sampling.cases(one)
    monkeypatch.setattr(sampling, "cases", lambda _: found)  # every task is composed for it, which takes its time
    rows = sampling.measure(one)
    tasks = [case.task for case in found]
    assert {"parity", "adding", "copy_memory"} <= set(tasks)
    assert "sequential_mnist" not in tasks, "it is read, not drawn"
    assert [row.measurement for row in rows] == [task for task in tasks if task != "adding"]
    assert kept == list(range(1, len(rows) + 1))
    assert {(row.contestant, row.fact, row.value, row.sizes["T"]) for row in rows} == {
        (OURS.name, sampling.FACT, 0.05, 40)
    }
    assert one.left_out == ["lrbench is left out of sampling adding B64 H64: its process was ended by signal 9"]


def test_a_plugin_that_breaks_is_named_and_the_others_are_measured(monkeypatch):
    def class_of(target):
        if target.endswith("Parity"):
            raise SystemExit("their module ends the process")
        return get_class(target)

    monkeypatch.setattr(sampling, "task_configs", lambda names: {name: CONFIGS[name] for name in CONFIGS})
    monkeypatch.setattr(sampling, "get_class", class_of)
    one = bench("sampling")
    assert [case.task for case in sampling.cases(one)] == ["adding"]
    assert one.left_out == [
        "task mistyped is left out of sampling: no such key",
        "task parity is left out of sampling: it calls sys.exit('their module ends the process')",
    ]


def test_ours_measures_the_share_of_a_real_task():
    case = Case("sampling", {"B": 8, "H": 4}, task="parity")
    assert Case.from_json(case.to_json()) == case
    prepared = our_sampling.sampling(case, arrays(case))
    measured = prepared.measured
    assert measured["T"] == 40
    assert 0 < measured["ratio_low"] <= measured["ratio"] <= measured["ratio_high"]
    assert measured["ratio_low"] <= measured["sampling_seconds"] / measured["step_seconds"] * 2
    prepared.run()
