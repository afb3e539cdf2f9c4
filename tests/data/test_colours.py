"""The colours of names: told apart with any colour vision, and where they matter."""

import colorsys
from itertools import combinations

import numpy as np
import pytest
from lrbench.tasks.delayed_match import DelayedMatch
from lrbench.tasks.first_symbol_recall import FirstSymbolRecall
from lrbench.tasks.in_context_recall import InContextRecall
from lrbench.tasks.list_ops import ListOps
from lrbench.tasks.memorisation import Memorisation
from lrbench.tasks.modular_arithmetic import ModularArithmetic
from lrbench.tasks.parity import Parity
from lrbench.tasks.string_copy import StringCopy
from lrbench.tasks.temporal_order import TemporalOrder
from matplotlib.colors import to_rgb

from lrbench.data import Task, Tokens
from lrbench.data.colours import BACKGROUND, HUES, INK, SILENT, palette

#: What a colour is like to people without green cones and without red ones, in linear light (Machado et al. 2009).
VISIONS = {
    "all": np.eye(3),
    "deuteranopia": np.array([[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]),
    "protanopia": np.array([[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]),
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def lab(colour: str, vision: str) -> np.ndarray:
    """CIE L*a*b*, in which distances are about those that people see."""
    rgb = np.array(to_rgb(colour))
    light = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    x, y, z = np.cbrt(TO_XYZ @ np.clip(VISIONS[vision] @ light, 0, 1) / (0.9505, 1, 1.089))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("vision", VISIONS)
def test_hues_differ_from_each_other_and_from_the_greys(vision: str) -> None:
    for one, other in combinations([*HUES, INK, BACKGROUND], 2):
        assert np.linalg.norm(lab(one, vision) - lab(other, vision)) > 16, (one, other)


def names(task: Task) -> list[str]:
    assert isinstance(task.inputs, Tokens)
    inputs = [task.input_name(token) for token in range(task.inputs.count)]
    return [*inputs, *(task.output_name(index) for index in range(task.output.count))]


def colours(task: Task) -> dict[str, str]:
    return palette(task, names(task))


def hue(colour: str) -> float:
    return colorsys.rgb_to_hsv(*to_rgb(colour))[0]


@pytest.mark.parametrize("task", [DelayedMatch(), TemporalOrder()])
def test_answers_that_are_no_input_have_colours_of_their_own(task: Task) -> None:
    of = colours(task)
    outputs = [task.output_name(index) for index in range(task.output.count)]
    assert {of[name] for name in outputs} <= set(HUES)
    shown = [colour for name, colour in of.items() if name in names(task) and colour != BACKGROUND]
    assert len(set(shown)) == len(shown)


def test_distractors_are_grey() -> None:
    assert {colours(TemporalOrder())[name] for name in "abcd"} == {BACKGROUND}
    assert {colours(DelayedMatch())[name] for name in "abcdefgh"} == {BACKGROUND}
    first, noisy = colours(FirstSymbolRecall()), colours(InContextRecall(noise=0.2))
    assert [first[name] for name in ("1", "50")] == [BACKGROUND] * 2
    assert BACKGROUND not in (first["x"], first["y"])
    assert {noisy[f"n{number}"] for number in range(16)} == {BACKGROUND}
    assert BACKGROUND not in {noisy[name] for name in names(InContextRecall())}


@pytest.mark.parametrize("task", [ListOps(), ModularArithmetic(form="brackets")])
def test_operators_and_brackets_have_hues_and_digits_a_ramp(task: Task) -> None:
    of = colours(task)
    digits = [of[str(digit)] for digit in range(task.output.count)]
    signs = [of[name] for name in names(task) if not name.isdigit() and name != "="]
    assert len(set(signs)) == len(signs)
    assert set(signs) <= set(HUES)
    brightness = [sum(to_rgb(digit)) for digit in digits]
    assert brightness == sorted(brightness, reverse=True)
    assert len(set(brightness)) == len(digits)
    assert min(abs(hue(sign) - hue(digit)) for sign in signs for digit in digits) > 0.05


def test_keys_and_values_are_two_ramps() -> None:
    for of, keys, values in (
        (colours(InContextRecall()), [f"k{number}" for number in range(8)], [str(number) for number in range(8)]),
        (colours(Memorisation()), ["0", "63", "126"], ["127", "200", "254"]),
    ):
        assert len({of[name] for name in [*keys, *values]}) == len(keys) + len(values)
        assert max(hue(of[name]) for name in values) < 0.15 < min(hue(of[name]) for name in keys)


def test_letters_that_are_too_many_are_a_ramp() -> None:
    task = StringCopy()
    of = colours(task)
    assert len({of[name] for name in names(task)}) == 26 + 1  # the marks share one
    assert of["$"] == of["|"] == INK


def test_few_names_have_the_same_colours_whatever_occurs() -> None:
    task = Parity()
    assert palette(task, []) == palette(task, ["1", "0"])
    assert palette(task, [])["."] == SILENT
