"""Sequences as text and as pictures."""

import math
import sys
from dataclasses import dataclass
from pathlib import Path
from subprocess import run

import jax
import numpy as np
import pytest
from lrbench.tasks.adding import Adding
from lrbench.tasks.anbn import AnBn
from lrbench.tasks.associative_recall import AssociativeRecall
from lrbench.tasks.compression import Compression
from lrbench.tasks.copy_memory import CopyMemory
from lrbench.tasks.delay import Delay
from lrbench.tasks.dyck import Dyck
from lrbench.tasks.imdb_bytes import ImdbBytes
from lrbench.tasks.irregular_series import IrregularSeries
from lrbench.tasks.parity import Parity
from lrbench.tasks.selective_copying import SelectiveCopying
from lrbench.tasks.sequential_mnist import SequentialMnist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba_array
from matplotlib.figure import Figure
from matplotlib.image import imread

from lrbench.data import Task
from lrbench.data.picture import draw
from lrbench.data.show import draw_example, input_rows, small_length, target_rows, worked_example


def test_rows_stand_under_each_other() -> None:
    rows = ["step    0 1 2 3 4", "input   S a a b b", "target  a a b b E", "mask    * * * * *"]
    assert worked_example(AnBn(), jax.random.key(0), 5).splitlines() == rows


def test_long_sequences_go_on_in_further_blocks() -> None:
    written = worked_example(Parity(), jax.random.key(0), 50, width=60)
    blocks = [block.splitlines() for block in written.split("\n\n")]
    assert all(len(line) <= 60 for block in blocks for line in block)
    assert [int(step) for block in blocks for step in block[0].split()[1:]] == list(range(50))
    bits = [int(bit) for block in blocks for bit in block[1].split()[1:]]
    answers = [answer for block in blocks for answer in block[2].split()[1:]]
    assert answers == ["-"] * 49 + [str(sum(bits) % 2)]
    assert [star for block in blocks for star in block[3].split()[1:]] == ["-"] * 49 + ["*"]


def test_the_middle_of_very_long_sequences_is_left_out() -> None:
    blocks = worked_example(Parity(), jax.random.key(0), 1000, width=60).split("\n\n")
    steps = [int(step) for step in blocks[0].splitlines()[0].split()[1:]]
    assert len(blocks) == 4
    assert steps == list(range(len(steps)))
    assert blocks[3].splitlines()[0].split()[-1] == "999"
    first, last = (int(word) for word in blocks[2].split() if word.isdigit())
    assert first == 2 * len(steps)
    assert last + 1 == int(blocks[3].split()[1])


@pytest.mark.parametrize(
    ("task", "length"),
    [
        (AnBn(), 13),
        (Parity(), 12),
        (CopyMemory(), 42),
        (Adding(), 12),
        (SelectiveCopying(), 48),
        (Compression(), 63),
        (SequentialMnist(), 784),
        (ImdbBytes(), 128),
        (ImdbBytes(longest=100), 100),
    ],
)
def test_small_lengths(task: Task, length: int) -> None:
    assert small_length(task) == length


@dataclass(frozen=True)
class Endless(Parity):
    """Is the number of ones odd?"""

    def problem(self, length: int) -> str | None:
        return None if length > 2**40 else "2^40 steps are not enough"


def test_where_no_length_can_be_drawn_the_search_ends() -> None:
    with pytest.raises(ValueError, match=r"Endless can have no length from 1 to 1048576: 2\^40 steps are not enough"):
        small_length(Endless())


def test_impossible_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match=r"AnBn cannot have length 4: .*try 3 or 5"):
        worked_example(AnBn(), jax.random.key(0), 4)


@pytest.mark.parametrize(("task", "length"), [(AnBn(), 7), (Adding(), 8), (CopyMemory(layout="bai"), 300)])
def test_pictures_are_written(task: Task, length: int, tmp_path: Path) -> None:
    draw(task, jax.random.key(0), length, tmp_path / "picture.png")
    height, width, _ = imread(tmp_path / "picture.png").shape
    assert width >= 1400
    assert height >= 500


def test_a_picture_is_a_function_of_the_key(tmp_path: Path) -> None:
    first, again, other = (tmp_path / name for name in ("first.png", "again.png", "other.png"))
    for path, key in ((first, 0), (again, 0), (other, 1)):
        draw(Parity(), jax.random.key(key), 4, path)
    assert first.read_bytes() == again.read_bytes()
    assert first.read_bytes() != other.read_bytes()


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Figure]:
    """The figures that were saved."""
    saved: list[Figure] = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, *_, **__: saved.append(figure))
    return saved


def words(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


@pytest.mark.parametrize("task", [AssociativeRecall(), Compression(), CopyMemory(), SelectiveCopying()])
def test_every_cell_has_its_name_even_if_that_takes_several_lines(task: Task, figures: list[Figure]) -> None:
    length = small_length(task)
    draw(task, jax.random.key(0), length, Path("unsaved.png"))
    first = figures[0].axes[
        : next((i for i, axes in enumerate(figures[0].axes[1:], 1) if axes.get_title("left")), None)
    ]
    example = draw_example(task, jax.random.split(jax.random.key(0), 4)[0], length)
    rows = {**input_rows(task, example), **target_rows(task, example)}
    counted = [cell for cell, here in zip(rows["target"], example.mask, strict=True) if here]
    assert sorted(name for axes in first for name in words(axes)) == sorted([*rows["input"], *counted])
    assert all(float(text.get_fontsize()) >= 7 for axes in first for text in axes.texts)
    assert [axes.get_xticks()[0] for axes in first] == list(range(0, length, math.ceil(length / len(first))))


def test_dollars_in_names_are_dollars(figures: list[Figure], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Parity, "input_name", lambda _, index: ("$_$", "1")[index])
    draw(Parity(), jax.random.key(0), 8, Path("unsaved.png"))
    figures[0].draw_without_rendering()
    assert "$_$" in words(figures[0].axes[0])


def test_cells_without_room_are_drawn_without_names_in_one_line(figures: list[Figure]) -> None:
    draw(CopyMemory(), jax.random.key(0), 1000, Path("unsaved.png"))
    assert [words(axes) for axes in figures[0].axes] == [[]] * 4


def test_a_lonely_answer_stands_beside_a_narrow_cell(figures: list[Figure]) -> None:
    draw(Parity(), jax.random.key(0), 1000, Path("unsaved.png"))
    for axes in figures[0].axes:
        assert words(axes) in (["0"], ["1"])
        target = axes.collections[1].get_paths()[0].get_extents()
        assert target.width > 3  # a cell of one step could not be seen


def test_members_of_a_set_stand_side_by_side_in_their_own_colours(figures: list[Figure]) -> None:
    draw(Dyck(brackets=1), jax.random.key(0), 12, Path("unsaved.png"))
    inputs, targets = figures[0].axes[0].collections[:2]
    shades = [np.unique(to_rgba_array(cells.get_facecolor()), axis=0).tolist() for cells in (inputs, targets)]
    assert shades[0] == shades[1]
    widths = [path.get_extents().width for path in targets.get_paths()]
    assert widths[0] == pytest.approx(inputs.get_paths()[0].get_extents().width / 2)


def test_a_delayed_copy_looks_like_what_it_copies(figures: list[Figure]) -> None:
    draw(Delay(), jax.random.key(0), 40, Path("unsaved.png"))
    for axes in figures[0].axes:
        drawn = [np.asarray(line.get_ydata()) for line in axes.lines if line.get_linestyle() == "-"]
        signal, delayed = (heights for heights in drawn if len(heights) > 2)
        np.testing.assert_allclose(np.diff(delayed), np.diff(signal[:-16]), atol=1e-6)
    heights = np.concatenate([np.asarray(axes.lines[2].get_ydata()) for axes in figures[0].axes])
    assert np.ptp(heights) > 2  # rows, that is more than half an inch


def test_rows_of_numbers_have_a_scale(figures: list[Figure]) -> None:
    draw(IrregularSeries(), jax.random.key(0), 32, Path("unsaved.png"))
    example = draw_example(IrregularSeries(), jax.random.split(jax.random.key(0), 4)[0], 32)
    labels = words(figures[0].axes[0])
    assert f"{example.inputs[:, 2].max():.1f}" in labels  # the longest gap
    assert labels.count("0") >= 4  # one a row of numbers
    assert sum(float(label) < 0 for label in labels) == 2  # value and answer


def test_tall_pictures_have_fewer_examples(figures: list[Figure]) -> None:
    draw(IrregularSeries(), jax.random.key(0), 32, Path("unsaved.png"))
    assert len(figures[0].axes) == 2
    assert figures[0].get_figheight() < 11


def test_importing_tasks_imports_no_matplotlib() -> None:
    program = "import sys, lrbench.data, lrbench.data.show, lrbench.tasks.anbn; sys.exit('matplotlib' in sys.modules)"
    assert run([sys.executable, "-c", program], check=False).returncode == 0
