"""The Parquet table of measured speeds: a row is a contestant at a case, or one fact derived from several."""

import dataclasses
import datetime
import io
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from lrbench.bench.case import label
from lrbench.bench.loaded import Place
from lrbench.runs.folder import write_whole

LETTERS = ("S", "B", "T", "I", "H", "D", "N")

SCHEMA: dict[str, pl.DataType] = {
    "part": pl.String(),  # cores, streaming, training, sampling, sweep or memory
    "measurement": pl.String(),  # lstm, gru, selective_scan, stream_lstm, …; of sampling, the task
    "sizes": pl.String(),  # as a person reads them: B32 T256 I64 H128
    **{letter: pl.Int64() for letter in LETTERS},
    "contestant": pl.String(),
    "implementation": pl.String(),  # which of the contestant's ways
    "seconds": pl.Float64(),  # median
    "seconds_min": pl.Float64(),
    "seconds_max": pl.Float64(),
    "ratio": pl.Float64(),  # median of the pairwise ratios ours / contestant; below 1 ours is faster
    "ratio_low": pl.Float64(),
    "ratio_high": pl.Float64(),
    "compile_seconds": pl.Float64(),
    "deviation": pl.Float64(),  # largest |x - float64| over largest |float64|, worst of outputs and gradients
    "temporary_bytes": pl.Int64(),
    "floor_seconds": pl.Float64(),  # estimated work over this machine's measured ceilings
    "share_of_floor": pl.Float64(),  # floor_seconds / seconds
    "p50": pl.Float64(),  # seconds of a single streaming step
    "p99": pl.Float64(),
    "p99_ratio": pl.Float64(),  # as `ratio`, of the 99th percentiles of the readings
    "p99_ratio_low": pl.Float64(),
    "p99_ratio_high": pl.Float64(),
    "fact": pl.String(),  # what `value` is, where the row is a derived fact
    "value": pl.Float64(),
    "value_low": pl.Float64(),
    "value_high": pl.Float64(),
    "repeats": pl.Int64(),
    "device": pl.String(),
    "devices": pl.Int64(),
    "processor": pl.String(),
    "cores": pl.Int64(),
    "flops": pl.Float64(),  # the measured ceilings of the machine: FLOP/s of a matrix product,
    "bandwidth": pl.Float64(),  # bytes/s of a copy
    "flags": pl.String(),  # JSON
    "versions": pl.String(),  # JSON
    "commit": pl.String(),
    "date": pl.String(),
}


@dataclasses.dataclass(frozen=True)
class Row:
    """What was measured; columns as in `SCHEMA`, None where a number does not exist.

    Attributes:
        place: what the contestant's process computed with and on, the columns "device", "devices", "flags" and
            "versions"; None: the machine's.
    """

    part: str
    measurement: str
    contestant: str
    sizes: dict[str, int] = dataclasses.field(default_factory=dict)
    implementation: str = ""
    seconds: float | None = None
    seconds_min: float | None = None
    seconds_max: float | None = None
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    compile_seconds: float | None = None
    deviation: float | None = None
    temporary_bytes: int | None = None
    floor_seconds: float | None = None
    share_of_floor: float | None = None
    p50: float | None = None
    p99: float | None = None
    p99_ratio: float | None = None
    p99_ratio_low: float | None = None
    p99_ratio_high: float | None = None
    fact: str | None = None
    value: float | None = None
    value_low: float | None = None
    value_high: float | None = None
    repeats: int | None = None
    place: Place | None = None


@dataclasses.dataclass(frozen=True)
class Machine:
    """Where the rows were measured; columns as in `SCHEMA`.

    Attributes:
        platform: "cpu", "gpu" or "tpu".
    """

    platform: str
    device: str
    devices: int
    processor: str
    cores: int
    flops: float
    bandwidth: float
    flags: str
    commit: str


def table(rows: Sequence[Row], machine: Machine) -> pl.DataFrame:
    """Returns the rows with `SCHEMA`'s columns, the machine and today's date in each."""
    here = dataclasses.asdict(machine) | {"date": datetime.datetime.now(datetime.UTC).date().isoformat()}
    del here["platform"]
    lines = [
        {name: value for name, value in dataclasses.asdict(row).items() if name != "place"}
        | {"sizes": label(row.sizes)}
        | {letter: row.sizes.get(letter) for letter in LETTERS}
        | here
        | ({} if row.place is None else dataclasses.asdict(row.place))
        for row in rows
    ]
    return pl.DataFrame(lines, schema=SCHEMA)


def write(rows: pl.DataFrame, path: Path) -> None:
    """Writes the table, whole or not at all."""
    content = io.BytesIO()
    rows.write_parquet(content)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, content.getvalue())
