"""Colours for the names of a task: as many as can be told apart with any colour vision, and ramps for the rest."""

import re
from collections.abc import Iterable, Mapping, Sequence

import matplotlib as mpl
from matplotlib.colors import to_hex

from lrbench.data.example import Tokens, Values
from lrbench.data.task import Task

#: Okabe and Ito's colours, told apart with any colour vision; their order puts the ones that differ most first.
COLOURS = ("#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#F0E442", "#0072B2", "#D55E00")
#: With three more, as far from those, from each other and from the greys as those are from each other.
HUES = (*COLOURS, "#332288", "#EEEEAA", "#661100")
INK, FAINT, SILENT = "#333333", "#8A8A8A", "#E6E6E6"
#: Tokens that tell nothing, and names for which no colour is left.
BACKGROUND = "#D0D0D0"

#: Names that say nothing, and names that only mark a place.
SILENCES, MARKS = (".", "-", "_", "{}"), ("?", "!", "|", "#", "$", ">", "=")
#: With more names than this, only those that occur get a colour.
MANY = 64
#: So many numbers are a range.
RANGE = 4
#: The ramp of a range that is alone, and those of ranges that stand beside others: a colour map, and the hues near it.
ALONE = "viridis"
RAMPS = (("Blues", ("#56B4E9", "#0072B2", "#332288")), ("Oranges", ("#E69F00", "#D55E00", "#661100")), ("Greys", ()))


def palette(task: Task, occurring: Iterable[str]) -> dict[str, str]:
    """A colour for each name, the same in input and target.

    Dots are silent, marks are ink, and tokens that are only background are grey. If the rest are few, each has a hue of
    its own. If not, numbers (with the same letters before them) are shades of a ramp, from the least to the greatest,
    and only the other names have hues; if those are still too many, only those that occur, and letters are ramps too.

    Args:
        task: whose names.
        occurring: the names that are drawn. Few names keep their colours whether they occur or not.
    """
    occurring = list(dict.fromkeys(occurring))
    tokens = range(task.inputs.count) if isinstance(task.inputs, Tokens) else range(0)
    inputs = [task.input_name(token) for token in tokens]
    outputs = [] if isinstance(task.output, Values) else [task.output_name(one) for one in range(task.output.count)]
    background = {task.input_name(token) for token in tokens if task.background(token)}
    signs = dict.fromkeys(background, BACKGROUND) | dict.fromkeys(SILENCES, SILENT) | dict.fromkeys(MARKS, INK)
    names = list(dict.fromkeys([*inputs, *outputs, *occurring]))
    kinds = _kinds(names, set(inputs), outputs)
    spoken = [name for name in names if name not in signs]
    if len(spoken) > MANY:
        spoken = [name for name in spoken if name in set(occurring)]
    # What is only answered comes first: answers are few, and are to be seen.
    spoken.sort(key=lambda name: name in inputs or name not in outputs)
    return signs | _coloured(spoken, kinds, set(occurring))


def _coloured(
    names: Sequence[str], kinds: Mapping[str, tuple[str, bool] | None], occurring: set[str]
) -> dict[str, str]:
    if len(names) <= len(COLOURS):
        return dict(zip(names, COLOURS, strict=False))
    ranges: dict[tuple[str, bool], list[str]] = {}
    for name in names:
        kind = kinds[name]
        if kind is not None:
            ranges.setdefault(kind, []).append(name)
    ranges = {kind: members for kind, members in ranges.items() if len(members) >= RANGE}
    words = [name for name in names if kinds[name] not in ranges]
    if len(words) > len(HUES):
        words = [name for name in words if name in occurring]
    if len(words) > len(HUES):
        for case in (str.isupper, str.islower):
            letters = [name for name in words if len(name) == 1 and name.isascii() and case(name)]
            if len(letters) >= RANGE:
                ranges[case.__name__, False] = letters
                words = [name for name in words if name not in letters]
    if not words and len(ranges) == 1:
        return _ramp(ALONE, 0.12, 1.0, *ranges.values())
    colours: dict[str, str] = {}
    taken: set[str] = set()
    ordered = sorted(ranges, key=lambda kind: kind[1])  # numbers that are answers only are the last
    for number, members in enumerate(ranges[kind] for kind in ordered):
        shades, near = RAMPS[min(number, len(RAMPS) - 1)]
        colours |= _ramp(shades, 0.2, 0.95, members)
        taken.update(near)
    free = [hue for hue in HUES if hue not in taken]
    return colours | dict.fromkeys(words, BACKGROUND) | dict(zip(words, free, strict=False))


def _kinds(names: Sequence[str], inputs: set[str], outputs: Sequence[str]) -> dict[str, tuple[str, bool] | None]:
    """What is before the number in a name, and whether it is an answer of another kind than the inputs; None for words.

    Answers that are numbers too, but none of which is an input, are another range.
    """
    numbered = {name: re.fullmatch(r"(\D*)\d+", name) for name in names}
    kinds = {name: None if match is None else (match[1], False) for name, match in numbered.items()}
    shared = {kinds[name] for name in outputs if name in inputs}
    return kinds | {
        name: (kind[0], True)
        for name in outputs
        if (kind := kinds[name]) is not None and name not in inputs and kind not in shared
    }


def _ramp(shades: str, low: float, high: float, names: Sequence[str]) -> dict[str, str]:
    """Shades of a colour map, in the order of the numbers in the names, or of the alphabet."""
    ordered = sorted(names, key=lambda name: (int(re.sub(r"\D", "", name) or 0), name))
    gap = (high - low) / max(1, len(ordered) - 1)
    return {name: to_hex(mpl.colormaps[shades](low + gap * place)) for place, name in enumerate(ordered)}
