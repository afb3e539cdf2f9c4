"""The card of an export, for programs and for people: what the data are, how they lie, and where they come from."""

import inspect
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jax

import lrbench
import lrbench.tasks
from lrbench.data import Bits, Classes, Task, Tokens, Values
from lrbench.export.columns import columns
from lrbench.export.file_format import FileFormat
from lrbench.export.request import Request
from lrbench.export.splits import ExportSplit, tested_lengths
from lrbench.export.tally import Tally

#: Drawn by a program from random numbers: nobody shall need to ask for anything.
DATA_LICENCE = "CC0-1.0"
CODE_LICENCE = "Apache-2.0"

#: With more names than this the card leaves them out.
MANY = 512
#: Lengths in the table for people, about; programs are told of all.
ROWS = 24


def sentence_of(task: Task) -> str:
    """Returns the first line of a task's definition."""
    return (inspect.getdoc(type(task)) or "").split("\n")[0]


def _is_ours(task: Task) -> bool:
    """Whether lrbench itself defines a task; a folder of one's own has modules that are called like ours."""
    return Path(inspect.getfile(type(task))).parent == Path(str(lrbench.tasks.__file__)).parent


def make_card(
    request: Request,
    splits: Sequence[ExportSplit],
    tallies: Mapping[str, Tally],
    form: FileFormat,
) -> dict[str, Any]:
    """Returns the card, without the digests of the files.

    Args:
        request: what was asked for.
        splits: what was written.
        tallies: what went through, by split.
        form: how they were written.
    """
    task = request.task
    code = CODE_LICENCE if _is_ours(task) else "its author's"
    asked = sorted({*request.training.span, *tested_lengths(request)})
    return {
        "name": request.name,
        "definition": {
            "sentence": sentence_of(task),
            "text": inspect.getdoc(type(task)) or "",
            "class": f"{type(task).__module__}.{type(task).__qualname__}",
            "family": task.family,
        },
        "fields": dict(request.fields),
        "citation": task.paper,
        "licence": {
            "data": f"{DATA_LICENCE}: the examples are drawn by a program from random numbers; use them as you like",
            "definition": f"{code}: the text of the definition, and the code that draws the examples",
        },
        "command": request.command,
        "versions": {"lrbench": lrbench.__version__, "jax": jax.__version__}
        | {package: version(package) for package in form.packages},
        "again": _again(task),
        "format": request.format,
        "layout": {
            "files": form.layout,
            "reading": form.reading.format(split=splits[0].name),
            "padding": "none: a sequence has its own length",
            "columns": {
                column.name: {"dtype": column.dtype.name, "shape": ["length", *column.shape], "meaning": column.meaning}
                for column in columns(task)
            }
            | {"length": {"dtype": "int32", "shape": [], "meaning": "how many steps the sequence has"}},
            **_names(task),
        },
        "lengths": {
            "training": list(request.training.span),
            "distribution": request.training.distribution,
            "test": tested_lengths(request),
        },
        "splits": {split.name: _describe(split, tallies) for split in splits},
        "scoring": {
            "headline": _headline(task),
            "chance": {str(length): task.chance(length) for length in asked if task.problem(length) is None},
            "lag": {str(length): task.lag(length) for length in asked if task.problem(length) is None},
            "oracle": "The class's oracle computes every answer from the inputs alone, and must score 1 at every "
            "length. Chance is the score of the best guess that remembers nothing; the scaled score is (score - "
            "chance) / (1 - chance).",
        },
    }


def _again(task: Task) -> str:
    """How alike a second export is; the last bit of a logarithm, say, depends on how it was compiled."""
    said = "The same versions give the same bytes"
    if not _is_ours(task):
        said = "The same versions, and the same package or --config-dir that defines the task, give the same bytes"
    if all(column.dtype.kind != "f" for column in columns(task)):
        return f"{said}."
    return (
        f"{said} on the same kind of processor. Real numbers that need more than sums and products may differ in their "
        "last bit on another, and within lrbench run."
    )


def _describe(split: ExportSplit, tallies: Mapping[str, Tally]) -> dict[str, Any]:
    tally = tallies[split.name]
    described: dict[str, Any] = {
        "examples": tally.examples,
        "steps": tally.steps,
        "steps_that_count": tally.counted,
        "lengths": [tally.shortest, tally.longest],
        "origin": split.origin,
    }
    if split.name != "train" and "train" in tallies:
        described["inputs_also_in_train"] = tally.repeated(tallies["train"])
    return described


def _names(task: Task) -> dict[str, list[str]]:
    """What the numbers are called, where they are few enough to list."""
    names = {}
    if task.inputs.count <= MANY:
        key = "token_names" if isinstance(task.inputs, Tokens) else "feature_names"
        names[key] = [task.input_name(index) for index in range(task.inputs.count)]
    if task.output.count <= MANY:
        key = {Classes: "class_names", Bits: "bit_names", Values: "value_names"}[type(task.output)]
        names[key] = [task.output_name(index) for index in range(task.output.count)]
    return names


def _headline(task: Task) -> str:
    right = "the target's class has the highest output"
    if isinstance(task.output, Bits):
        right = "every bit of the target is right"
    elif isinstance(task.output, Values):
        right = f"every value is within {task.output.tolerance:g} of its target"
    said = {
        "token_accuracy": f"token accuracy: of the steps in the mask, the share where {right}",
        "sequence_accuracy": f"sequence accuracy: the share of sequences where at every step in the mask {right}",
        "fit": "fit: 1 - the mean squared error over the steps in the mask",
    }[task.score]
    if type(task).judge is not Task.judge:
        said += "; the task is judged more strictly than that, as its definition says"
    return said


def write_readme(card: Mapping[str, Any]) -> str:
    """Writes a card for people."""
    definition, layout, scoring = card["definition"], card["layout"], card["scoring"]
    lengths = list(scoring["chance"])
    shown_lengths = [*lengths[: -1 : -(-len(lengths) // ROWS)], lengths[-1]]
    fields = ", ".join(f"{name}={value}" for name, value in card["fields"].items()) or "none"
    shown = [
        f"# {card['name']}",
        definition["sentence"],
        f"Examples of a task of lrbench {card['versions']['lrbench']}, family {definition['family']}, with the fields: "
        f"{fields}. The task is from {card['citation']}; please cite it.",
        "## Splits",
        _table(
            ["split", "examples", "steps", "steps that count", "lengths", "inputs also in train"],
            [
                [
                    name,
                    f"{split['examples']:,}",
                    f"{split['steps']:,}",
                    f"{split['steps_that_count']:,}",
                    _span(split["lengths"]),
                    f"{split['inputs_also_in_train']:,}" if "inputs_also_in_train" in split else "",
                ]
                for name, split in card["splits"].items()
            ],
        ),
        f"Lengths of training: {_span(card['lengths']['training'])}, {card['lengths']['distribution']}. test-short "
        "holds the tested lengths up to the longest of training, test-long those beyond it. The splits are drawn from "
        "streams of their own; short sequences may still come up in two of them, as the last column counts.",
        "\n".join(f"- {' and '.join(names)}: {origin}." for origin, names in _by_origin(card["splits"]).items()),
        "## Layout",
        f"{layout['files']} Padding: {layout['padding']}.",
        _table(
            ["column", "type", "shape of an example", "meaning"],
            [
                [name, one["dtype"], f"[{', '.join(map(str, one['shape']))}]", one["meaning"]]
                for name, one in layout["columns"].items()
            ],
        ),
        *(_listed(kind, layout[kind]) for kind in layout if kind.endswith("_names") and _tells(layout[kind])),
        f"```python\n{layout['reading']}\n```",
        "## Scores",
        f"The headline is the {scoring['headline']}.",
        _table(
            ["length", "chance", "lag"],
            [[length, f"{scoring['chance'][length]:.4g}", str(scoring["lag"][length])] for length in shown_lengths],
        ),
        scoring["oracle"],
        "## Definition",
        f"`{definition['class']}`:",
        f"```text\n{definition['text']}\n```",
        "## Licence",
        f"- Data: {card['licence']['data']}.\n- Definition: {card['licence']['definition']}.",
        "## The same files again",
        f"```sh\n{card['command']} --out FOLDER\nlrbench export --verify FOLDER\n```",
        f"Versions: {', '.join(f'{name} {version}' for name, version in card['versions'].items())}. {card['again']} "
        "`card.json` says all this for programs, with the SHA-256 of every file and one of the whole.",
    ]
    return "\n\n".join(shown) + "\n"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _span(lengths: Sequence[int]) -> str:
    shortest, longest = lengths
    return str(longest) if shortest == longest else f"{shortest} to {longest}"


def _by_origin(splits: Mapping[str, Any]) -> dict[str, list[str]]:
    """The splits of each origin: test-short and test-long share theirs."""
    names: dict[str, list[str]] = {}
    for name, split in splits.items():
        names.setdefault(split["origin"], []).append(name)
    return names


def _tells(names: Sequence[str]) -> bool:
    """Whether names say more than numbers."""
    return list(names) != [str(index) for index in range(len(names))]


def _listed(kind: str, names: Sequence[str]) -> str:
    return f"{kind.replace('_', ' ').capitalize()}, from 0: {', '.join(f'`{name}`' for name in names)}."
