"""Writes an export whole or not at all: beside its place first, then one rename."""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lrbench
from lrbench.export.card import DATA_LICENCE, make_card, sentence_of, write_readme
from lrbench.export.columns import columns
from lrbench.export.contents import Contents
from lrbench.export.digests import CARD, DamagedExport, card_digest, file_digest, read_card, verify
from lrbench.export.file_format import FileFormat, file_format
from lrbench.export.request import Request
from lrbench.export.sequences import Sequences
from lrbench.export.splits import ExportSplit, make_splits
from lrbench.export.tally import Tally
from lrbench.export.unfinished import unfinished, writable
from lrbench.runs.errors import ConfigurationError

README = "README.md"


@dataclass(frozen=True)
class Outcome:
    """What became of an export.

    Attributes:
        folder: where it is.
        card: its card.
        was_there: whether the very same files stood there already.
    """

    folder: Path
    card: dict[str, Any]
    was_there: bool


def export(
    request: Request, folder: Path, watch: Callable[[str, int, int], None] = lambda split, done, total: None
) -> Outcome:
    """Draws the splits and writes them with their card.

    Args:
        request: what to draw.
        folder: where; it must be empty, or not be, or hold the very same export.
        watch: told the split, how many of its examples are drawn, and how many it has.

    Raises:
        ConfigurationError: the folder holds something else or cannot be written, or there is nothing to write.
        NoSpace: the disk is full.
    """
    try:
        folder = folder.resolve()
    except RuntimeError as error:
        raise ConfigurationError(f"{folder} is a link to itself; choose another folder with --out") from error
    with writable(folder):
        _refuse_strangers(request, folder)
    if not (request.train or request.validation or request.test):
        raise ConfigurationError("there is nothing to export: every split has 0 examples; raise --train or --test")
    with unfinished(folder) as part:
        splits = make_splits(request)
        form = file_format(request.format)
        tallies = _write_splits(request, part, splits, form, watch)
        card = _write_card(request, part, splits, form, tallies)
        with writable(folder):
            if not folder.is_dir() or not any(folder.iterdir()):
                part.replace(folder)
                return Outcome(folder, card, was_there=False)
    try:
        digest = verify(folder)[1]
    except DamagedExport as error:
        raise ConfigurationError(f"{error}, or remove it first") from error
    if digest != card["digest"]:
        raise ConfigurationError(
            f"{folder} holds an export of the same command that another version of lrbench or of a library wrote; "
            "remove it, or choose another folder with --out"
        )
    return Outcome(folder, card, was_there=True)


def _refuse_strangers(request: Request, folder: Path) -> None:
    """Raises ConfigurationError where the folder holds something else than this export, before anything is drawn."""
    if folder.exists() and not folder.is_dir():
        raise ConfigurationError(f"{folder} is a file; choose a folder with --out")
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    try:
        command = read_card(folder).get("command")
    except DamagedExport as error:
        raise ConfigurationError(
            f"{folder} is not empty, and nothing in it is overwritten; choose another folder with --out"
        ) from error
    if command != request.command:
        raise ConfigurationError(f"{folder} holds another export ({command}); choose another folder with --out")


def _write_splits(
    request: Request,
    part: Path,
    splits: Sequence[ExportSplit],
    form: FileFormat,
    watch: Callable[[str, int, int], None],
) -> dict[str, Tally]:
    tallies = {split.name: Tally() for split in splits}

    def pieces(split: ExportSplit) -> Iterator[Sequences]:
        tally = tallies[split.name]
        for piece in tally.over(split.pieces()):
            yield piece
            watch(split.name, tally.examples, split.examples)

    contents = Contents(
        name=dataset_name(request),
        version=dataset_version(),
        description=f"{sentence_of(request.task)} README.md says more.",
        citation=request.task.paper,
        licence=DATA_LICENCE,
        columns=columns(request.task),
        splits={split.name: pieces(split) for split in splits},
    )
    form.write(part, contents)
    return tallies


def _write_card(
    request: Request, part: Path, splits: Sequence[ExportSplit], form: FileFormat, tallies: dict[str, Tally]
) -> dict[str, Any]:
    card = make_card(request, splits, tallies, form)
    (part / README).write_text(write_readme(card), encoding="utf-8")
    files = sorted(part.iterdir())
    card["files"] = {path.name: {"bytes": path.stat().st_size, "sha256": file_digest(path)} for path in files}
    card["digest"] = card_digest(card)
    (part / CARD).write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    for path in [*files, part / CARD]:
        with path.open("rb") as file:
            os.fsync(file.fileno())
    return card


def dataset_name(request: Request) -> str:
    """Returns what TFDS calls the data set; its own names stay free."""
    return f"lrbench_{request.name}"


def dataset_version() -> str:
    """Returns the three numbers of lrbench's version, which TFDS asks for."""
    return ".".join(lrbench.__version__.split(".")[:3])
