"""What a format writes: a named data set of a few splits, read piece by piece."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lrbench.export.columns import Column
from lrbench.export.sequences import Sequences


@dataclass(frozen=True)
class Contents:
    """A data set on its way into files.

    Attributes:
        name: of the data set.
        version: three numbers, as "0.1.0".
        description: in a paragraph.
        citation: of its paper.
        licence: under which the files may be used.
        columns: inputs, targets, mask.
        splits: by name; each can be read once, in order.
    """

    name: str
    version: str
    description: str
    citation: str
    licence: str
    columns: tuple[Column, Column, Column]
    splits: Mapping[str, Iterable[Sequences]]
