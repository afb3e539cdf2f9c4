import platform

import pytest

from lrbench.bench.case import Case
from lrbench.bench.peak import peak
from lrbench.bench.process import WorkerError
from lrbench.bench.resident import forget_peak, resident

LARGE = Case("gru", {"B": 32, "T": 512, "I": 16, "H": 128})


def test_a_fresh_process_is_seen_to_need_its_temporaries() -> None:
    found = peak(LARGE)
    # The states of every step are kept for the backward pass, whatever else.
    assert found.temporary_bytes > 4 * 32 * 512 * 128
    assert found.device.endswith(f"x cpu ({platform.machine()})")
    if found.resident_before is not None:
        lift = found.resident_peak - found.resident_before
        # With inputs' gradients and outputs it is more, and it is no other order of magnitude.
        assert 0.5 * found.temporary_bytes < lift < 4 * found.temporary_bytes + 2**27


def test_what_cannot_be_done_is_a_sentence() -> None:
    with pytest.raises(WorkerError, match=r"memory of gruu B1 could not be measured: KeyError: 'gruu'"):
        peak(Case("gruu", {"B": 1}))


def test_the_peak_can_be_forgotten() -> None:
    if forget_peak() is None:
        pytest.skip("the system does not tell")
    block = bytearray(2**26)
    block[::4096] = b"1" * len(block[::4096])
    before = resident("VmHWM")
    del block
    assert forget_peak() < before
    assert resident("no such field") is None
