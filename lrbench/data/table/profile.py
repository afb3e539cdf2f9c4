"""What stands in a file, in figures: how many sequences, how long, which classes, what is missing."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from lrbench.data.recorded import Split
from lrbench.data.table.dataset import Dataset

#: Classes that are listed.
MOST_CLASSES = 30


@dataclass(frozen=True)
class Profile:
    """A file's profile.

    Attributes:
        path: of the file.
        layout: what a row is, in words.
        reads: what the model reads, in words.
        answers: what it answers, in words.
        lengths: of all sequences, in steps that the model sees, before they are cut.
        longest: where they are cut; None for nowhere.
        splits: sequences of each part.
        seed: of the split.
        classes: how many answers of each class every part asks for; empty where values are asked for.
        missing: cells missing, by column.
        duplicates: sequences whose inputs another one has too.
        repeated: sequences of validation and test whose inputs the training split has too.
        notes: what was left out or put in order.
    """

    path: str
    layout: str
    reads: str
    answers: str
    lengths: Int[np.ndarray, " sequences"]
    longest: int | None
    splits: Mapping[Split, int]
    seed: int
    classes: Mapping[str, Mapping[Split, int]]
    missing: Mapping[str, int]
    duplicates: int
    repeated: int
    notes: tuple[str, ...]

    def lines(self) -> list[str]:
        """The profile as aligned lines of text."""
        lengths = self.lengths
        rows = [
            ("file", f"{self.path}: {len(lengths):,} sequences, {lengths.sum():,} steps; {self.layout}"),
            ("reads", self.reads),
            ("answers", self.answers),
            (
                "lengths",
                f"min {lengths.min():,}, mean {lengths.mean():,.1f}, max {lengths.max():,}; 95 % have at most "
                f"{np.percentile(lengths, 95, method='inverted_cdf'):,}",
            ),
        ]
        if self.longest is not None:
            rows.append(("", f"{np.sum(lengths > self.longest):,} are cut at {self.longest:,} steps (task.longest)"))
        rows.append(("splits", f"{_by_split(self.splits)} sequences (task.seed={self.seed})"))
        rows += [("classes" if number == 0 else "", text) for number, text in enumerate(self._class_lines())]
        lacking = [f"{name} {count:,}" for name, count in self.missing.items() if count]
        rows.append(("missing", ", ".join(lacking) or "none"))
        rows.append(("copies", self._copies()))
        rows += [("" if number else "notes", note) for number, note in enumerate(self.notes)]
        return [f"{label:<8} {text}" for label, text in rows]

    def _class_lines(self) -> list[str]:
        width = max((len(name) for name in self.classes), default=0)
        total = {name: sum(counts.values()) for name, counts in self.classes.items()}
        shown = sorted(total, key=lambda name: -total[name])[:MOST_CLASSES]
        lines = [f"{name:<{width}}  {total[name]:,} ({_by_split(self.classes[name])})" for name in shown]
        absent = [name for name, counts in self.classes.items() if not counts[Split.TRAINING]]
        if len(self.classes) > len(shown):
            lines.append(f"and {len(self.classes) - len(shown):,} more, less frequent")
        if absent:
            lines.append(f"{len(absent):,} of them never stand in the training split, as {absent[0]}")
        return lines

    def _copies(self) -> str:
        if not self.duplicates:
            return "none: no two sequences have the same inputs"
        leaked = f"{self.repeated:,} of validation and test stand in the training split too"
        return f"{self.duplicates:,} sequences repeat the inputs of another; {leaked}"


def _by_split(counts: Mapping[Split, int]) -> str:
    return ", ".join(f"{counts[split]:,} {split}" for split in Split)


def class_counts(dataset: Dataset) -> dict[str, dict[Split, int]]:
    """Counts the answers of each class that every part asks for, of whole sequences."""
    if not dataset.classes:
        return {}
    counts = {split: dataset.class_counts(split).tolist() for split in Split}
    return {name: {split: counts[split][place] for split in Split} for place, name in enumerate(dataset.output_names)}


def count_copies(dataset: Dataset) -> tuple[int, int]:
    """Counts the sequences whose inputs an earlier one has, and those of validation and test that training has."""
    keys = [
        hashlib.blake2b(dataset.inputs[start : start + length].tobytes(), digest_size=16).digest()
        for start, length in zip(dataset.starts.tolist(), dataset.lengths.tolist(), strict=True)
    ]
    training = {keys[place] for place in dataset.splits[Split.TRAINING].tolist()}
    others = np.concatenate([dataset.splits[Split.VALIDATION], dataset.splits[Split.TEST]])
    return len(keys) - len(set(keys)), sum(keys[place] in training for place in others.tolist())
