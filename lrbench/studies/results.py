"""What came of a study's sweeps: rows, the runs, and measurements of what was trained, remembered on the disk."""

import hashlib
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from lrbench.runs.configuration import Run
from lrbench.runs.folder import write_whole
from lrbench.studies.study import Scale


@dataclass(frozen=True)
class Results:
    """What came of a study's sweeps.

    Attributes:
        scale: at which scale.
        rows: the table of all its runs, with a column `arm`, the name of the sweep that a row belongs to; a run that
            belongs to several arms stands there once for each.
        runs: the runs by name.
        folder: where the study keeps what it measures itself.
    """

    scale: Scale
    rows: pl.DataFrame
    runs: Mapping[str, Run]
    folder: Path

    def remembered(
        self, name: str, measure: Callable[[], pl.DataFrame], *, of: tuple[str, ...] | None = None
    ) -> pl.DataFrame:
        """Returns a measurement; makes it only if it is not on the disk, or was made of other runs.

        Args:
            name: of the measurement.
            measure: makes it: a table of plain columns.
            of: what it depends on: names of runs, and whatever else; None: all runs.
        """
        known = sorted(self.runs) if of is None else list(of)
        key = hashlib.sha256(json.dumps(known).encode()).hexdigest()[:8]
        path = self.folder / f"{name}-{key}.parquet"
        if path.is_file():
            try:
                return pl.read_parquet(path)
            except pl.exceptions.PolarsError:
                path.unlink()  # torn by a power cut, say
        measured, content = measure(), io.BytesIO()
        measured.write_parquet(content)
        self.folder.mkdir(parents=True, exist_ok=True)
        write_whole(path, content.getvalue())
        return measured
