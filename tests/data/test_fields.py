"""Checks of fields: what passes, and what the sentence says when it does not."""

import pytest

from lrbench.data.fields import require_between, require_choice, require_whole


def test_good_values_pass() -> None:
    require_whole("symbols", 3, 3)
    require_whole("symbols", 10**12, 3)
    require_whole("symbols", 3, 3, 9)
    require_whole("symbols", 9, 3, 9)
    require_between("threshold", 0.1, 0.0, 1.0)
    require_choice("layout", "s4", ("bai", "s4"))


@pytest.mark.parametrize("value", [2, 2.5, "3", None, True])
def test_whole_numbers(value: object) -> None:
    with pytest.raises(ValueError, match="is not a whole number of at least 3; try symbols=3") as error:
        require_whole("symbols", value, 3)
    assert str(error.value).startswith(f"symbols={value!r} ")


@pytest.mark.parametrize(("value", "nearest"), [(2, 3), (-5, 3), (10, 9), (10**12, 9), ("9", 3), (9.0, 3), (True, 3)])
def test_whole_numbers_of_a_range(value: object, nearest: int) -> None:
    with pytest.raises(ValueError, match=f"is not a whole number from 3 to 9; try symbols={nearest}$") as error:
        require_whole("symbols", value, 3, 9)
    assert str(error.value).startswith(f"symbols={value!r} ")


@pytest.mark.parametrize("value", [0.0, 1.0, -2, float("nan"), "0.5", True])
def test_intervals(value: object) -> None:
    with pytest.raises(ValueError, match="is not a number between 0 and 1, ends excluded"):
        require_between("threshold", value, 0.0, 1.0)


@pytest.mark.parametrize("value", ["urnn", 3, None, ["bai"]])
def test_choices(value: object) -> None:
    with pytest.raises(ValueError, match="is unknown; choose one of bai, s4"):
        require_choice("layout", value, ("bai", "s4"))
