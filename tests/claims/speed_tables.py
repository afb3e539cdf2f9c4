"""Made-up tables of times, memory and latencies."""

from pathlib import Path

import polars as pl

from lrbench.studies import Results
from lrbench.studies.gru_against_lstm.latencies import LATENCIES
from lrbench.studies.gru_against_lstm.memory import MEMORY
from lrbench.studies.gru_against_lstm.times import TIMES

WHERE = {"machine": "1 x abacus, 2 cores; jax 0.10.2", "versions": "{}", "load": 0.25}


def nothing(folder: Path = Path("none")) -> Results:
    return Results("cpu", pl.DataFrame(), {}, folder)


def times(equal_width, equal_parameters) -> pl.DataFrame:
    """A table from (ratio, low, high) of each case."""
    rows = []
    for at, timings in (("equal width", equal_width), ("equal parameters", equal_parameters)):
        for place, (ratio, low, high) in enumerate(timings):
            rows.append(
                {
                    "work": "layer" if place else "training step",
                    "B": 32,
                    "T": 256,
                    "I": 64 if place else None,
                    "H": 2**place,
                    "at": at,
                    "lstm_width": 2**place,
                    "gru_parameters": 3,
                    "lstm_parameters": 4,
                    "gru_seconds": 1.0,
                    "lstm_seconds": ratio,
                    "ratio": ratio,
                    "ratio_low": low,
                    "ratio_high": high,
                    "repeats": 7,
                    "deviation": 1e-7,
                    "implementation": "sequential",
                    **WHERE,
                }
            )
    return pl.DataFrame(rows, schema=TIMES)


def memory(pairs) -> pl.DataFrame:
    """A table from the bytes of (GRU, LSTM at equal width, LSTM at equal parameters), temporaries and lift."""
    rows = []
    for place, (temporary, lift) in enumerate(pairs):
        for column, at in enumerate(("equal width", "equal parameters"), start=1):
            rows.append(
                {
                    "work": "layer",
                    "B": 32,
                    "T": 256,
                    "I": 64,
                    "H": 2**place,
                    "at": at,
                    "lstm_width": 2**place,
                    "gru_parameters": 3,
                    "lstm_parameters": 4,
                    "gru_temporary": temporary[0],
                    "lstm_temporary": temporary[column],
                    "gru_lift": lift[0],
                    "lstm_lift": lift[column],
                    "gru_peak": 500,
                    "lstm_peak": 500,
                    **WHERE,
                }
            )
    return pl.DataFrame(rows, schema=MEMORY)


def latencies(steps) -> pl.DataFrame:
    """A table from (ratio, low, high, p99 of the LSTM in seconds) of each width, at equal width."""
    rows = [
        {
            "I": 64,
            "H": 64 * 2**place,
            "at": at,
            "lstm_width": 64 * 2**place,
            "gru_p50": 1e-5,
            "gru_p95": 2e-5,
            "gru_p99": 3e-5,
            "lstm_p50": ratio * 1e-5,
            "lstm_p95": 2e-5,
            "lstm_p99": p99,
            "ratio": ratio,
            "ratio_low": low,
            "ratio_high": high,
            "repeats": 7,
            "steps": 700,
            **WHERE,
        }
        for place, (ratio, low, high, p99) in enumerate(steps)
        for at in ("equal width", "equal parameters")
    ]
    return pl.DataFrame(rows, schema=LATENCIES)
