"""Sequences of a task as a picture: inputs, targets and mask over the steps."""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import jax
import matplotlib as mpl
import numpy as np
from jaxtyping import Array, Key
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from lrbench.data.example import Example, Tokens, Values
from lrbench.data.show import draw_example, input_rows, target_rows
from lrbench.data.task import Task

# Okabe and Ito's colours, told apart with any colour vision; their order puts the ones that differ most first.
COLOURS = ("#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#F0E442", "#0072B2", "#D55E00")
INK, FAINT, SILENT = "#333333", "#8A8A8A", "#E6E6E6"
INCHES, EXAMPLES = 9.6, 4

#: Names that say nothing, and names that only mark a place.
SILENCES, MARKS = (".", "-", "_"), ("?", "!", "|", "#", "$", ">", "=")
#: With more names than this, only those that occur get a colour.
MANY = 64


@dataclass(frozen=True)
class Lane:
    """One row of a picture, a cell a step: filled for a name, a bar for a number.

    Attributes:
        label: what the row is.
        texts: what is written in the cells.
        colours: of the cells.
        numbers: how high the bars are, or None for names.
        shown: the cells that are drawn.
    """

    label: str
    texts: list[str]
    colours: list[str]
    numbers: np.ndarray | None
    shown: np.ndarray


def draw(task: Task, key: Key[Array, ""], length: int, path: Path) -> None:
    """Draws four sequences to a PNG: a lane for tokens or each feature, for the targets, and for the mask.

    A target is drawn only where it counts. A task that has one sequence a length shows four lengths, this one the last.

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
    palette = _palette(task, examples)
    lanes = [_lanes(task, example, palette) for example in examples]
    scales = _scales(lanes)
    with mpl.rc_context({"font.family": "DejaVu Sans", "font.size": 9.0, "text.color": INK}):
        figure = Figure(figsize=(INCHES, 1.2 + len(lanes) * (0.3 + 0.26 * len(lanes[0]))), layout="constrained")
        panels = figure.subplots(len(lanes), 1, sharex=True, squeeze=False)[:, 0]
        for number, (axes, drawn) in enumerate(zip(panels, lanes, strict=True)):
            _panel(axes, drawn, scales, length)
            heading = f"length {lengths[number]}" if task.deterministic else f"example {number + 1}"
            axes.set_title(heading, loc="left", fontsize=8.5, color=FAINT, pad=3)
        panels[-1].set_xlabel("step", color=INK)
        sentence = (inspect.getdoc(type(task)) or "").split("\n")[0]
        figure.suptitle(
            f"{task}, length {length}, lag {task.lag(length)}\n{sentence}",
            x=0.01,
            ha="left",
            fontsize=10,
            linespacing=1.6,
        )
        figure.savefig(path, dpi=160, metadata={"Software": None})


def _lengths(task: Task, length: int) -> list[int]:
    """The lengths of the examples; a task that repeats itself at one length shows the lengths just below too."""
    if not task.deterministic:
        return [length] * EXAMPLES
    shorter = [steps for steps in range(1, length) if task.problem(steps) is None]
    return [*shorter[1 - EXAMPLES :], length]


def _lanes(task: Task, example: Example, palette: Mapping[str, str]) -> list[Lane]:
    always, counted = np.ones(len(example.mask), bool), np.asarray(example.mask)
    sides = (
        (input_rows(task, example), example.inputs, isinstance(task.inputs, Tokens), COLOURS[0], always),
        (target_rows(task, example), example.targets, not isinstance(task.output, Values), COLOURS[1], counted),
    )
    lanes = []
    for rows, values, named, colour, shown in sides:
        for index, (label, cells) in enumerate(rows.items()):
            colours = [palette[cell] if named else colour for cell in cells]
            lanes.append(Lane(label, cells, colours, None if named else np.asarray(values)[:, index], shown))
    nothing = [""] * len(counted)
    return [*lanes, Lane("mask", nothing, [INK] * len(counted), np.full(len(counted), 0.35), counted)]


def _palette(task: Task, examples: Sequence[Example]) -> dict[str, str]:
    """A colour for each name that occurs, the same in input and target: dots silent, marks ink, the rest coloured.

    Few names keep their colours whether they occur or not.
    """
    names = [task.input_name(token) for token in range(task.inputs.count)] if isinstance(task.inputs, Tokens) else []
    names += [task.output_name(index) for index in range(task.output.count)]
    sides = [input_rows] if isinstance(task.inputs, Tokens) else []
    sides += [] if isinstance(task.output, Values) else [target_rows]
    rows = [rows_of(task, example) for example in examples for rows_of in sides]
    occurring = {cell: None for row in rows for cells in row.values() for cell in cells}
    if len(names) > MANY:
        names = [name for name in names if name in occurring]
    names = [name for name in dict.fromkeys([*names, *occurring]) if name not in SILENCES]
    spoken = [name for name in names if name not in MARKS]
    shades = list(COLOURS)
    if len(spoken) > len(COLOURS):
        shades = [to_hex(shade) for shade in mpl.colormaps["viridis"](np.linspace(0.12, 1, len(spoken)))]
    signs = dict.fromkeys(SILENCES, SILENT) | dict.fromkeys(MARKS, INK)
    return signs | dict(zip(spoken, shades, strict=False))


@dataclass(frozen=True)
class Scale:
    """How numbers become heights in one row, the same in all examples.

    Attributes:
        highest: the magnitude that fills the height, or half of it where there are both signs.
        signed: whether bars stand on a line in the middle, because some hang from it.
    """

    highest: float
    signed: bool

    def bar(self, number: float, height: float) -> tuple[float, float]:
        """Returns where a bar begins above the floor of its cell, and how high it is (down, where negative)."""
        if not self.signed:
            return 0.0, height * number / self.highest
        return height / 2, height / 2 * number / self.highest


def _scales(drawn: list[list[Lane]]) -> list[Scale]:
    """The scale of each row."""
    scales = []
    for row in zip(*drawn, strict=True):
        numbers = np.concatenate([np.ones(1) if lane.numbers is None else lane.numbers[lane.shown] for lane in row])
        scales.append(Scale(max(1.0, float(np.max(np.abs(numbers)))), bool(np.any(numbers < 0))))
    return scales


def _panel(axes: Axes, lanes: list[Lane], scales: list[Scale], length: int) -> None:
    points = INCHES * 72 * 0.88 / length  # width of a cell
    longest = max(len(text) for lane in lanes for text in lane.texts)
    letters = min(8.0, 0.9 * points / (0.62 * longest))  # a digit of DejaVu Sans is 0.62 of its size wide
    written = letters >= 5
    width = 0.92 if points >= 5 else 1.0
    patches, colours = [], []
    for row, (lane, scale) in enumerate(zip(lanes, scales, strict=True)):
        floor = len(lanes) - row - 0.94
        axes.axhline(floor, color=SILENT, linewidth=0.8, zorder=0)
        beside = lane.numbers is not None and written and any(lane.texts)  # numbers stand above their bars
        for step in np.flatnonzero(lane.shown).tolist():
            number = 1.0 if lane.numbers is None else float(lane.numbers[step])
            start, height = scale.bar(number, 0.4 if beside else 0.88)
            patches.append(Rectangle((step - width / 2, floor + start), width, height))
            colours.append(lane.colours[step])
            if written and lane.texts[step] not in ("", "."):
                ink = INK if beside or _luminance(lane.colours[step]) > 0.5 else "white"
                axes.text(
                    step,
                    floor + (0.67 if beside else 0.42),
                    lane.texts[step],
                    ha="center",
                    va="center",
                    fontsize=letters,
                    color=ink,
                )
    axes.add_collection(PatchCollection(patches, facecolors=colours, edgecolors="none", antialiased=points >= 5))
    axes.set(xlim=(-0.8, length - 0.2), ylim=(-0.1, len(lanes) + 0.05))
    axes.set_yticks([len(lanes) - row - 0.5 for row in range(len(lanes))], [lane.label for lane in lanes])
    axes.tick_params(length=0, labelcolor=INK)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=16))
    axes.spines[:].set_visible(False)


def _luminance(colour: str) -> float:
    return float(np.dot(to_rgb(colour), (0.299, 0.587, 0.114)))
