"""Sequences of a task as a picture: inputs, targets and mask over the steps."""

import inspect
import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import jax
import matplotlib as mpl
import numpy as np
from jaxtyping import Array, Key
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle
from matplotlib.textpath import TextPath
from matplotlib.ticker import MaxNLocator

from lrbench.data.colours import COLOURS, FAINT, INK, SILENT, palette
from lrbench.data.example import Bits, Example, Tokens, Values
from lrbench.data.show import draw_example, input_rows, target_rows
from lrbench.data.task import Task

INCHES, EXAMPLES = 9.6, 4
FONT = "DejaVu Sans"
#: Points of letters: the most, the least of numbers, for which names go on in a further line, and the least of names.
LARGEST, COMFORTABLE, LEAST = 8.0, 7.5, 5.5
#: A sequence that needs more lines for its letters is drawn without, in one.
LINES = 4
#: Examples by how many lines they take.
EXAMPLES_OF_LINES = {1: EXAMPLES, 2: 3, 3: 2, LINES: 2}
#: Names that stand beside their cells, where cells are too narrow: in a row with at most so many of them.
FEW = 4
#: Rows of numbers: with more steps than the first only their line is drawn, without stems; scales that differ by less
#: than the second factor are made one.
STEMS, ALIKE = 160, 1.6
#: Ticks of the axis, and up to how many steps its first is the first step.
TICKS, READABLE = 16, 64

#: Heights of rows: of names, of numbers, of whole numbers, and of the mask.
NAMED, REAL, WHOLE, SLIM = 1.0, 3.0, 1.9, 0.45
UNIT = 0.26  # inches
TALLEST = 9.0  # inches; of taller examples there are fewer


@dataclass(frozen=True)
class Lane:
    """One row of a picture over the steps: a cell for a name, cells side by side for a set of names, or a number.

    Attributes:
        label: what the row is.
        cells: the names of each step; of a number, how it is written.
        colours: of the cells' parts.
        numbers: or None for names.
        shown: the steps that are drawn.
        height: of the row.
    """

    label: str
    cells: list[tuple[str, ...]]
    colours: list[tuple[str, ...]]
    numbers: np.ndarray | None
    shown: np.ndarray
    height: float

    @property
    def is_whole(self) -> bool:
        """Whether these are numbers, and none has a fraction."""
        return self.numbers is not None and _are_whole(self.numbers)


@dataclass(frozen=True)
class Scale:
    """How numbers become heights in one row, the same in all examples: the least at its bottom, the most at its top.

    Attributes:
        least: at most 0.
        most: at least 0, and more than the least.
    """

    least: float
    most: float

    def place(self, number: float) -> float:
        """Returns where in the row a number stands, from 0 to 1."""
        return (number - self.least) / (self.most - self.least)

    def meets(self, other: "Scale") -> bool:
        """Whether both are about as long."""
        lengths = sorted((self.most - self.least, other.most - other.least))
        return lengths[1] <= ALIKE * lengths[0]

    def joined(self, other: "Scale") -> "Scale":
        """Returns the scale that holds both."""
        return Scale(min(self.least, other.least), max(self.most, other.most))


def draw(task: Task, key: Key[Array, ""], length: int, path: Path) -> None:
    """Draws some sequences to a PNG: a lane for tokens or each feature, for the targets, and for the mask.

    A target is drawn only where it counts. A task that has one sequence a length shows some lengths, this one the last.
    Names are written into their cells. A sequence of tokens that has no room for them goes on in further lines, and
    there are fewer examples; one that would need more than four is drawn in one line without them.

    Args:
        task: what to draw from.
        key: the only source of randomness.
        length: steps of the (longest) sequence.
        path: where to write the PNG.

    Raises:
        ValueError: the task cannot have this length.
    """
    lengths = _lengths(task, length)
    keys = jax.random.split(key, len(lengths))
    examples = [draw_example(task, one, steps) for one, steps in zip(keys, lengths, strict=True)]
    names = [
        cell for example in examples for cells in _names(task, example).values() for part in cells for cell in part
    ]
    colours = palette(task, names)
    # Names are as they are: no mathematics between dollars.
    with mpl.rc_context({"font.family": FONT, "font.size": 9.0, "text.color": INK, "text.parse_math": False}):
        lanes = [_lanes(task, example, colours) for example in examples]
        longest = max(len(example.mask) for example in examples)
        lines = _lines(lanes, longest) if isinstance(task.inputs, Tokens) else 1
        steps = math.ceil(longest / lines)
        panel = UNIT * sum(lane.height for lane in lanes[0]) + (0.3 if lines == 1 else 0.44)
        shown = max(1, min(EXAMPLES_OF_LINES[lines], math.floor(TALLEST / (panel * lines))))
        chosen = range(len(lanes))[-shown:] if task.deterministic else range(shown)
        scales = _scales([lanes[number] for number in chosen])
        panels = [(number, start) for number in chosen for start in range(0, len(examples[number].mask), steps)]
        figure = Figure(figsize=(INCHES, 1.2 + len(panels) * panel), layout="constrained")
        places = figure.subplots(len(panels), 1, squeeze=False)[:, 0]
        for axes, (number, start) in zip(places, panels, strict=True):
            _panel(axes, lanes[number], scales, range(start, start + steps))
            if start == 0:
                heading = f"length {lengths[number]}" if task.deterministic else f"example {number + 1}"
                axes.set_title(heading, loc="left", fontsize=8.5, color=FAINT, pad=3)
            if lines == 1 and axes is not places[-1]:
                axes.tick_params(labelbottom=False)
        places[-1].set_xlabel("step", color=INK)
        sentence = (inspect.getdoc(type(task)) or "").split("\n")[0]
        title = [f"{task}, length {length}, lag {task.lag(length)}", sentence]
        figure.suptitle(
            "\n".join(textwrap.fill(line, 118) for line in title), x=0.01, ha="left", fontsize=10, linespacing=1.6
        )
        figure.savefig(path, dpi=160, metadata={"Software": None})


def _lengths(task: Task, length: int) -> list[int]:
    """The lengths of the examples; a task that repeats itself at one length shows the lengths just below too."""
    if not task.deterministic:
        return [length] * EXAMPLES
    shorter = [steps for steps in range(1, length) if task.problem(steps) is None]
    return [*shorter[1 - EXAMPLES :], length]


def _names(task: Task, example: Example) -> dict[str, list[tuple[str, ...]]]:
    """The rows that hold names; of a set, each of its members."""
    rows: dict[str, list[tuple[str, ...]]] = {}
    if isinstance(task.inputs, Tokens):
        rows = {label: [(cell,) for cell in cells] for label, cells in input_rows(task, example).items()}
    if isinstance(task.output, Values):
        return rows
    ((label, cells),) = target_rows(task, example).items()
    if not isinstance(task.output, Bits):
        return rows | {label: [(cell,) for cell in cells]}
    members = [task.output_name(index) for index in range(task.output.count)]
    sets = [tuple(name for name, bit in zip(members, bits, strict=True) if bit) for bits in example.targets.tolist()]
    return rows | {label: [one or ("{}",) for one in sets]}


def _lanes(task: Task, example: Example, colours: Mapping[str, str]) -> list[Lane]:
    always, counted = np.ones(len(example.mask), bool), np.asarray(example.mask)
    named = _names(task, example)
    sides = (
        (input_rows(task, example), example.inputs, isinstance(task.inputs, Tokens), COLOURS[5], always),
        (target_rows(task, example), example.targets, not isinstance(task.output, Values), COLOURS[6], counted),
    )
    lanes = []
    for rows, values, is_named, colour, shown in sides:
        for index, (label, written) in enumerate(rows.items()):
            cells: list[tuple[str, ...]] = named[label] if is_named else [(text,) for text in written]
            shades = [tuple(colours[part] for part in cell) if is_named else (colour,) for cell in cells]
            numbers = None if is_named else np.asarray(values)[:, index].astype(float)
            height = NAMED if numbers is None else WHOLE if _are_whole(numbers) else REAL
            lanes.append(Lane(label, cells, shades, numbers, shown, height))
    steps = len(counted)
    return [*lanes, Lane("mask", [("",)] * steps, [(INK,)] * steps, None, counted, SLIM)]


def _are_whole(numbers: np.ndarray) -> bool:
    return bool(np.all(numbers == np.round(numbers)))


def _lines(drawn: Sequence[Sequence[Lane]], length: int) -> int:
    """In how many lines a sequence has room for its names, or 1 if they would be too many."""
    widest = max(_width(cell) for lanes in drawn for lane in lanes if lane.numbers is None for cell in lane.cells)
    lines = math.ceil(length * (COMFORTABLE * widest + 2) / (INCHES * 72 * 0.88))
    return lines if lines <= LINES else 1


@cache
def _width(cell: tuple[str, ...]) -> float:
    """How wide a cell's names are in letters of one point, with a gap between them."""
    font = FontProperties(family=FONT)
    widths = [
        float(TextPath((0, 0), part, size=100, prop=font).get_extents().width) / 100 if part else 0.0 for part in cell
    ]
    return len(cell) * (max(widths) + 0.25) if len(cell) > 1 else widths[0]


def _scales(drawn: Sequence[Sequence[Lane]]) -> list[Scale | None]:
    """The scale of each row of numbers. Rows whose scales are about as long have one, so that copies look alike."""
    scales: list[Scale | None] = []
    whole: list[bool] = []
    for row in zip(*drawn, strict=True):
        numbers = np.concatenate([np.zeros(1), *(lane.numbers[lane.shown] for lane in row if lane.numbers is not None)])
        least, most = float(numbers.min()), float(numbers.max())
        scales.append(None if row[0].numbers is None else Scale(least, most if most > least else least + 1))
        whole.append(all(lane.is_whole for lane in row))
    joined: list[Scale | None] = []
    for one, is_whole in zip(scales, whole, strict=True):
        near = one
        for other, other_is_whole in zip(scales, whole, strict=True):
            if near is not None and other is not None and is_whole == other_is_whole and near.meets(other):
                near = near.joined(other)
        joined.append(near)
    return joined


def _panel(axes: Axes, lanes: Sequence[Lane], scales: Sequence[Scale | None], steps: range) -> None:
    """Draws the lanes over some steps, the first lane on top."""
    points = INCHES * 72 * 0.88 / len(steps)  # width of a cell
    floor = sum(lane.height for lane in lanes)
    axes.set(xlim=(steps.start - 0.8, steps.stop - 0.2), ylim=(-0.1, floor + 0.05))
    middles = []
    for lane, scale in zip(lanes, scales, strict=True):
        floor -= lane.height
        middles.append(floor + lane.height / 2)
        places = [step for step in np.flatnonzero(lane.shown).tolist() if step in steps]
        if scale is None:
            axes.axhline(floor + 0.05, color=SILENT, linewidth=0.8, zorder=0)
            _draw_names(axes, lane, places, floor + 0.05, points)
        else:
            _draw_numbers(axes, lane, scale, places, floor, points)
    axes.set_yticks(middles, [lane.label for lane in lanes])
    axes.tick_params(length=0, labelcolor=INK)
    if len(steps) <= READABLE:
        axes.set_xticks(steps[:: math.ceil(len(steps) / TICKS)])
    else:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=TICKS))
    axes.spines[:].set_visible(False)


def _draw_names(axes: Axes, lane: Lane, places: Sequence[int], floor: float, points: float) -> None:
    """Draws cells with their names; a set's cell is divided among its members."""
    widest = max(_width(cell) for cell in lane.cells)
    letters = min(LARGEST, 0.92 * points / widest) if widest else LARGEST
    is_written = letters >= LEAST
    width = 0.92 if points >= 5 else 1.0
    if len(places) <= FEW:
        width = max(width, 3 / points)
    height = lane.height - 0.12
    patches, colours = [], []
    for step in places:
        cell, shades = lane.cells[step], lane.colours[step]
        part = width / len(cell)
        for number, (text, colour) in enumerate(zip(cell, shades, strict=True)):
            left = step - width / 2 + number * part
            patches.append(Rectangle((left, floor), part, height))
            colours.append(colour)
            if is_written and text:
                ink = INK if _luminance(colour) > 0.5 else "white"
                axes.text(
                    left + part / 2,
                    floor + height / 2,
                    text,
                    ha="center",
                    va="center_baseline",
                    fontsize=letters,
                    color=ink,
                )
        if not is_written and len(places) <= FEW and any(cell):
            axes.annotate(
                "".join(cell),
                (step - width / 2, floor + height / 2),
                (-3, 0),
                textcoords="offset points",
                ha="right",
                va="center_baseline",
                fontsize=LARGEST,
            )
    axes.add_collection(PatchCollection(patches, facecolors=colours, edgecolors="none", antialiased=points >= 5))


def _draw_numbers(axes: Axes, lane: Lane, scale: Scale, places: Sequence[int], floor: float, points: float) -> None:
    """Draws numbers as stems on a line for 0, joined where they have fractions, with the ends of the scale beside."""
    assert lane.numbers is not None
    longest = max((lane.cells[step] for step in places), key=lambda cell: len(cell[0]), default=("0",))
    letters = min(LARGEST, 0.92 * points / _width(longest))
    is_written = letters >= COMFORTABLE
    bottom, height = floor + 0.25, lane.height - (1.15 if is_written else 0.5)  # numbers stand above the row
    zero = bottom + height * scale.place(0.0)
    axes.axhline(zero, color=FAINT, linewidth=0.6, zorder=0)
    near = 8 / (72 * UNIT)  # two labels that are nearer would touch
    levels = {bottom + height: scale.most, bottom: scale.least}
    if min(abs(zero - level) for level in levels) >= near:
        levels[zero] = 0.0
    for level, number in levels.items():
        axes.annotate(
            f"{number:.2g}",
            (1, level),
            (3, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            va="center",
            fontsize=7,
            color=FAINT,
        )
    colour = lane.colours[0][0]
    heights = [bottom + height * scale.place(float(lane.numbers[step])) for step in places]
    has_stems = len(lane.numbers) <= STEMS or lane.is_whole
    if has_stems:
        axes.vlines(places, zero, heights, color=colour, linewidth=min(2.0, max(0.6, points / 4)), alpha=0.55)
        axes.plot(places, heights, ".", color=colour, markersize=min(6.0, max(1.5, points * 0.6)))
    if not lane.is_whole and len(places) > 1:
        axes.plot(places, heights, "-", color=colour, linewidth=0.7, alpha=0.6 if has_stems else 1)
    if is_written:
        for step in places:
            axes.text(step, floor + lane.height - 0.36, lane.cells[step][0], ha="center", va="center", fontsize=letters)


def _luminance(colour: str) -> float:
    return float(np.dot(to_rgb(colour), (0.299, 0.587, 0.114)))
