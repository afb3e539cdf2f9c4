import numpy as np
import pytest

from lrbench.bench.case import Case, arrays

LSTM = Case("lstm", {"B": 2, "T": 3, "I": 4, "H": 5})
SELECTIVE = Case("selective_scan", {"B": 2, "T": 3, "D": 4, "N": 5})


def test_a_case_survives_its_line() -> None:
    assert Case.from_json(LSTM.to_json()) == LSTM


def test_arrays_have_the_shapes_of_the_cores() -> None:
    shapes = {name: leaf.shape for name, leaf in arrays(LSTM).items()}
    assert shapes == {
        "inputs": (3, 2, 4),
        "input_kernel": (4, 20),
        "recurrent_kernel": (5, 20),
        "bias": (20,),
        "cotangent": (3, 2, 5),
    }
    shapes = {name: leaf.shape for name, leaf in arrays(SELECTIVE).items()}
    assert shapes["B"] == shapes["C"] == (3, 2, 5)
    assert shapes["u"] == shapes["delta"] == shapes["cotangent"] == (3, 2, 4)
    assert shapes["A_log"] == (4, 5)


@pytest.mark.parametrize("case", [LSTM, SELECTIVE])
def test_the_same_case_has_the_same_numbers_and_another_seed_others(case: Case) -> None:
    first, again = arrays(case), arrays(Case.from_json(case.to_json()))
    other = arrays(Case(case.measurement, case.sizes, seed=1))
    for name, leaf in first.items():
        assert leaf.dtype == np.float32
        np.testing.assert_array_equal(leaf, again[name])
    assert not np.array_equal(first["cotangent"], other["cotangent"])


def test_a_stream_has_the_weights_of_its_core_and_no_cotangent() -> None:
    whole, stream = arrays(LSTM), arrays(Case("stream_lstm", LSTM.sizes))
    del whole["cotangent"]
    assert whole.keys() == stream.keys()
    np.testing.assert_array_equal(whole["inputs"], stream["inputs"])


def test_a_measurement_without_arrays_has_none() -> None:
    assert arrays(Case("train_gru", {"B": 2})) == {}
