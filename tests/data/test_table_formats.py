"""Ways to write the same sequences, and what is made of what is missing."""

import datetime
import decimal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from lrbench.tasks.table import Table

from lrbench.data import Classes, DataError, Features, Split, Tokens, Values
from lrbench.data.table.scale import scale_of
from lrbench.data.table.split import split_examples


def everything(task: Table) -> dict[Any, list[Any]]:
    """Inputs and targets of every sequence, in names where they have some, by the first input."""
    length = task.lengths.train[1]
    found = {}
    for split in Split:
        (inputs, targets, mask), lengths = task.fetch(split, np.arange(task.examples(split)), length, length)
        for number, steps in enumerate(lengths.tolist()):
            one = inputs[number, :steps].tolist()
            one = [task.input_name(token) for token in one] if isinstance(task.inputs, Tokens) else one
            asked = targets[number][mask[number]].tolist()
            answers = [task.output_name(each) for each in asked] if isinstance(task.output, Classes) else asked
            found[one[0] if isinstance(one[0], str) else one[0][0]] = [one, answers]
    return found


SYMBOLS = {f"s{n}": [[f"s{n}", "q", "r"][: n % 3 + 1], ["no", "yes"][n % 2 : n % 2 + 1]] for n in range(12)}


@pytest.mark.parametrize(
    ("between", "mark"), [("space", " "), ("comma", ","), ("comma", ", "), ("semicolon", ";"), ("bar", " | ")]
)
@pytest.mark.parametrize("said", [False, True])
@pytest.mark.parametrize("brackets", [False, True])
def test_marks_between_steps(tmp_path: Path, between: Any, mark: str, said: bool, brackets: bool) -> None:
    path = tmp_path / "a.csv"
    cells = {name: mark.join(steps) for name, (steps, _) in SYMBOLS.items()}
    frame = {
        "sequence": [f"[{cell}]" if brackets else cell for cell in cells.values()],
        "label": [label[0] for _, label in SYMBOLS.values()],
    }
    pl.DataFrame(frame).write_csv(path, separator="\t")
    task = Table(data=str(path), test=0.4, **({"between": between, "delimiter": "tab"} if said else {}))
    assert everything(task) == SYMBOLS


@pytest.mark.parametrize(("delimiter", "mark"), [("comma", ","), ("semicolon", ";"), ("tab", "\t"), ("bar", "|")])
@pytest.mark.parametrize("said", [False, True])
def test_marks_between_cells(tmp_path: Path, delimiter: Any, mark: str, said: bool) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        mark.join(["sequence", "label"]) + "\n" + "".join(f"{'xy'[n % 2]}ab{mark}{n % 2}\n" for n in range(20))
    )
    task = Table(data=str(path), delimiter=delimiter if said else "auto")
    assert everything(task) == {"x": [["x", "a", "b"], ["0"]], "y": [["y", "a", "b"], ["1"]]}


def test_tsv_byte_order_mark_blanks_and_unnamed_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text(
        "\ufeff\tsequence\t label \r\n" + "".join(f"{n}\t{'xy'[n % 2]},b\t {n % 2}\r\n" for n in range(20)) + "\r\n",
        newline="",
    )
    task = Table(data=str(path))
    assert everything(task) == {"x": [["x", "b"], ["0"]], "y": [["y", "b"], ["1"]]}
    assert {"columns without a name, left out: 1", "blank lines, left out: 1"} <= set(task.profile().notes)


def test_letters_of_a_text_in_any_script(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,label\n" + "0110,even\n001,odd\né⚑1,odd\n" * 5)
    task = Table(data=str(path), test=0.4)
    assert [task.input_name(token) for token in range(task.inputs.count)] == ["0", "1", "é", "⚑"]
    assert everything(task)["é"] == [["é", "⚑", "1"], ["odd"]]


def test_whole_numbers_are_symbols_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("".join(f'{{"tokens": [{n}, 100], "label": {n + 5}}}\n' for n in (10, 2, -3) * 5))
    task = Table(data=str(path), encoding="symbols", test=0.4)
    assert [task.input_name(token) for token in range(4)] == ["-3", "2", "10", "100"]
    assert [task.output_name(one) for one in range(3)] == ["2", "7", "15"]
    assert Table(data=str(path), encoding="numbers").inputs == Features(1)


def test_labels_that_a_missing_one_turned_into_numbers_with_a_point(tmp_path: Path) -> None:
    for ending in ("csv", "parquet"):
        path = tmp_path / f"a.{ending}"
        frame = pl.DataFrame({"id": range(15), "x": [n + 0.5 for n in range(15)], "label": [0.0, 1.0, None] * 5})
        frame.write_csv(path) if ending == "csv" else frame.write_parquet(path)
        task = Table(data=str(path), missing="drop", test=0.4)
        assert [task.output_name(one) for one in range(task.output.count)] == ["0", "1"]
        assert "sequences without any answer, left out: 5" in task.profile().notes
        assert task.profile().missing["the target"] == 5


def test_parquet_categories_decimals_dates_and_truths(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    day = datetime.datetime(2026, 1, 1)
    rows = [
        (name, day - datetime.timedelta(days=t), decimal.Decimal(f"{n}.{t}"), n % 2 == 0)
        for n, name in enumerate("abcdef")
        for t in range(3)
    ]
    frame = pl.DataFrame(rows, schema=["id", "timestamp", "x", "label"], orient="row")
    frame.with_columns(pl.col("id").cast(pl.Categorical)).write_parquet(path)
    task = Table(data=str(path), standardise=False, test=0.4)
    found = everything(task)
    assert found[np.float32(0.2)] == [[[np.float32(0.2)], [np.float32(0.1)], [0.0]], ["true"]]
    assert [task.output_name(one) for one in range(2)] == ["false", "true"]
    assert task.profile().notes == ("rows that did not stand in the order of 'timestamp', put into it: 12",)


def test_parquet_lists_of_categories_and_decimals(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    words = [[f"w{n}", "q", "r"] for n in range(9)]
    for kind in (
        pl.List(pl.Categorical),
        pl.Array(pl.Categorical, 3),
        pl.List(pl.Enum(sorted({word for some in words for word in some}))),
    ):
        frame = pl.DataFrame({"sequence": pl.Series(words, dtype=pl.List(pl.String)), "label": ["a", "b", "a"] * 3})
        frame.with_columns(pl.col("sequence").cast(kind)).write_parquet(path)
        assert everything(Table(data=str(path), test=0.4))["w4"] == [["w4", "q", "r"], ["b"]]
    numbers = pl.Series([[[decimal.Decimal(f"{n}.5"), decimal.Decimal(2)]] for n in range(9)])
    pl.DataFrame({"sequence": numbers, "label": ["a", "b", "a"] * 3}).write_parquet(path)
    assert everything(Table(data=str(path), test=0.4, standardise=False))[4.5] == [[[4.5, 2.0]], ["b"]]


def test_parquet_decimals_keep_every_figure(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    large = [decimal.Decimal(12345678901234567890 + n) for n in range(9)]
    times = [decimal.Decimal(f"1700000000.00000000{figure}") for figure in (1, 3, 2)]
    columns = {
        "id": pl.Series(np.repeat(large, 3).tolist(), dtype=pl.Decimal(20, 0)),
        "time": pl.Series(times * 9, dtype=pl.Decimal(38, 9)),
        "x": [decimal.Decimal(f"{n}.{t}") for n in range(9) for t in (0, 2, 1)],
        "label": np.repeat(np.arange(9) % 2, 3),
    }
    pl.DataFrame(columns).write_parquet(path)
    found = everything(Table(data=str(path), standardise=False, test=0.4))
    assert len(found) == 9, "ids that float64 cannot tell apart"
    assert found[3.0] == [[[3.0], [np.float32(3.1)], [np.float32(3.2)]], ["1"]], "nor times"

    symbols = pl.Series([[large[n], decimal.Decimal(7)] for n in range(9)], dtype=pl.List(pl.Decimal(38, 2)))
    classes = pl.Series([n % 2 for n in range(9)], dtype=pl.Decimal(10, 1))
    pl.DataFrame({"id": pl.Series(large), "sequence": symbols, "label": classes}).write_parquet(path)
    task = Table(data=str(path), encoding="symbols", test=0.4)
    assert [task.input_name(token) for token in range(task.inputs.count)] == ["7", *map(str, large)]
    assert [task.output_name(one) for one in range(task.output.count)] == ["0", "1"]


def test_parquet_decimals_with_a_point_are_no_symbols(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    cells = [[decimal.Decimal("1.0"), decimal.Decimal("1.5")]] * 4
    pl.DataFrame({"sequence": cells, "label": ["a", "b", "a", "b"]}).write_parquet(path)
    with pytest.raises(DataError, match=r"row 1, column 'sequence', step 2: 1\.5 is no symbol but an amount"):
        Table(data=str(path), encoding="symbols").prepare()


def test_bytes_tell_sequences_apart(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    ids = [bytes([255, n]) for n in range(9) for _ in range(2)]
    frame = pl.DataFrame({"id": ids, "x": [n + 0.5 for n in range(18)], "label": np.repeat(np.arange(9) % 2, 2)})
    frame.write_parquet(path)
    assert len(everything(Table(data=str(path), test=0.4, standardise=False))) == 9


def test_markers_of_missing_numbers_are_no_classes(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,x,label\n" + "".join(f"{n},{n}.5,{('0', '1', 'NA', 'n/a')[n % 4]}\n" for n in range(16)))
    task = Table(data=str(path), missing="drop", test=0.4)
    assert [task.output_name(one) for one in range(task.output.count)] == ["0", "1"]
    assert task.profile().missing["the target"] == 8
    path.write_text("sequence,label\n" + "".join(f"{n} NA 7,{'ab'[n % 2]}\n" for n in range(12)))
    task = Table(data=str(path), missing="drop", encoding="symbols", test=0.4)
    assert everything(task)["3"] == [["3", "7"], ["b"]]
    path.write_text("id,x,label\n" + "".join(f"{n},{n}.5,{('EU', 'NA')[n % 2]}\n" for n in range(12)))
    task = Table(data=str(path), test=0.4)
    assert [task.output_name(one) for one in range(task.output.count)] == ["EU", "NA"], "a word among words"


def test_groups_of_digits_are_symbols_where_it_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id;t;x;label\n" + "".join(f"{n};{t};{n},{t};{'ab'[n % 2]}\n" for n in range(9) for t in (1, 2)))
    assert everything(Table(data=str(path), encoding="symbols", test=0.4))["3,1"] == [["3,1", "3,2"], ["b"]]
    path.write_text("id;x;label\n" + "".join(f"{n};{w};{'ab'[n % 2]}\n" for n in range(9) for w in ("1,2", "p", "q")))
    assert everything(Table(data=str(path), test=0.4))["1,2"][0] == ["1,2", "p", "q"], "mostly words"


def test_carriage_returns_within_quotes_are_cells(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = "".join(f'"p\rq",s{n} r,{"ab"[n % 2]}\r\n' for n in range(9))
    path.write_text('"no\rte",sequence,label\r\n' + rows, newline="")
    assert everything(Table(data=str(path), test=0.4))["s3"] == [["s3", "r"], ["b"]]


def test_dates_of_a_text_order_the_steps(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = "".join(f"{n},2026-{month:02}-01,{n}.{month},{'ab'[n % 2]}\n" for n in range(9) for month in (12, 1, 9))
    path.write_text("series,time,x,label\n" + rows)
    found = everything(Table(data=str(path), standardise=False, test=0.4))
    assert found[np.float32(3.1)][0] == [[np.float32(3.1)], [np.float32(3.9)], [np.float32(3.12)]]


def test_rows_of_sequences_between_each_other_keep_their_order(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,x,label\n" + "".join(f"{n},{n}.{t},{'ab'[n % 2]}\n" for t in (3, 1, 2) for n in range(9)))
    task = Table(data=str(path), standardise=False, test=0.4)
    assert everything(task)[np.float32(7.3)][0] == [[np.float32(7 + t / 10)] for t in (3, 1, 2)]
    assert any("stand between each other" in note for note in task.profile().notes)


@pytest.mark.parametrize("kind", [">f4", "<f2", np.longdouble, ">i2", np.uint8])
def test_npz_of_any_numbers(tmp_path: Path, kind: Any) -> None:
    path = tmp_path / "a.npz"
    values = np.arange(24).reshape(8, 3).astype(kind)
    np.savez_compressed(path, sequence=values, label=np.arange(8) % 2)
    found = everything(Table(data=str(path), encoding="numbers", standardise=False, test=0.4))
    assert found[21.0] == [[[21.0], [22.0], [23.0]], ["1"]]


def test_arrays_of_fixed_size(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    values = np.arange(48.0).reshape(8, 3, 2)
    tags = [["N", "V", "N"], ["V", "V", "N"]] * 4
    frame = pl.DataFrame({"sequence": values, "label": pl.Series(tags, dtype=pl.Array(pl.String, 3))})
    frame.write_parquet(path)
    found = everything(Table(data=str(path), standardise=False, test=0.4))
    assert found[42.0] == [[[42.0, 43.0], [44.0, 45.0], [46.0, 47.0]], ["V", "V", "N"]]


def test_dates_of_an_npz_order_the_steps(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    times = np.asarray(["2026-03-01", "2026-01-01"] * 9, "M8[s]")
    np.savez(path, id=np.repeat(np.arange(9), 2), time=times, x=np.arange(18) / 2, label=np.repeat(np.arange(9) % 2, 2))
    assert everything(Table(data=str(path), standardise=False, test=0.4))[3.5] == [[[3.5], [3.0]], ["1"]]


def test_profile_of_many_classes_and_of_one_that_training_lacks(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("sequence,label\n" + "".join(f"s{n} r,c{n}\n" for n in range(50)))
    lines = "\n".join(Table(data=str(path)).describe())
    assert "and 20 more, less frequent" in lines
    assert "15 of them never stand in the training split, as c" in lines


def test_one_target_at_the_last_row_only(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,x,label\n" + "".join(f"{n},{n}.5,\n{n},1.5,{'ab'[n % 2]}\n" for n in range(9)))
    found = everything(Table(data=str(path), standardise=False, test=0.4))
    assert found[3.5] == [[[3.5], [1.5]], ["b"]]


def test_a_target_is_asked_where_it_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,x,label\n" + "".join(f"{n},{n}.5,c\n{n},1.5,{'ab'[n % 2]}\n" for n in range(9)))
    fields: dict[str, Any] = {"data": str(path), "standardise": False, "test": 0.4}
    assert everything(Table(**fields))[3.5] == [[[3.5], [1.5]], ["c", "b"]]
    assert everything(Table(**fields, asked="every"))[3.5] == [[[3.5], [1.5]], ["c", "b"]]
    assert everything(Table(**fields, asked="last"))[3.5] == [[[3.5], [1.5]], ["b"]]
    path = tmp_path / "b.csv"
    path.write_text("sequence,label\n" + "".join(f"s{n} r,{'ab'[n % 2]}\n" for n in range(9)))
    assert everything(Table(data=str(path), test=0.4))["s3"] == [["s3", "r"], ["b"]]
    assert everything(Table(data=str(path), test=0.4, asked="every"))["s3"] == [["s3", "r"], ["b", "b"]]


def test_texts_of_targets(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,label\n" + "abc,XYZ\nca,XX\n" * 6)
    assert everything(Table(test=0.5, data=str(path)))["a"] == [["a", "b", "c"], ["XYZ"]]
    assert everything(Table(test=0.5, data=str(path), asked="every"))["a"] == [["a", "b", "c"], ["X", "Y", "Z"]]
    path.write_text("text,label\n" + "abc,X Y Z\nca,X X\n" * 6)
    assert everything(Table(test=0.5, data=str(path)))["a"] == [["a", "b", "c"], ["X", "Y", "Z"]]
    assert everything(Table(test=0.5, data=str(path), asked="last"))["a"] == [["a", "b", "c"], ["X␣Y␣Z"]]
    path.write_text("text,label\n" + "ab,X Y\nca,X X\n" * 6)
    assert everything(Table(test=0.5, data=str(path)))["a"] == [["a", "b"], ["X␣Y"]]


def test_a_word_is_no_sequence_of_targets_by_accident(tmp_path: Path) -> None:
    """Every label has as many letters as its sequence has steps, and all sequences are alike."""
    path = tmp_path / "a.csv"
    path.write_text("sequence,label\n" + "p q r,yes\nq p r,not\n" * 6)
    assert everything(Table(data=str(path)))["p"] == [["p", "q", "r"], ["yes"]]
    assert everything(Table(data=str(path), asked="every"))["p"] == [["p", "q", "r"], ["y", "e", "s"]]


def test_several_values_are_answered(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,x,u,v\n" + "".join(f"{n},{n}.5,{n},{-n}\n" for n in range(20)))
    task = Table(data=str(path), columns="x", target=["u", "v"], tolerance=0.5)
    assert task.output == Values(2, 0.5)
    assert [task.output_name(one) for one in range(2)] == ["u", "v"]
    for _, ((u, v),) in everything(task).values():
        assert u == pytest.approx(-v, abs=1e-6)


def write_gaps(path: Path) -> None:
    """Twelve sequences of four steps: x is missing at the first or third, the target of the seventh sequence at all."""
    rows = []
    for n in range(12):
        for t in range(4):
            gap = (n == 2 and t == 0) or (n == 5 and t == 2)
            target = None if n == 7 else n + t
            rows.append({"id": n, "time": t, "n": float(n), "x": None if gap else float(10 * n + t), "value": target})
    pl.DataFrame(rows, infer_schema_length=None).write_parquet(path)


def test_policies_for_missing_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    write_gaps(path)
    fields: dict[str, Any] = {"data": str(path), "standardise": False, "kind": "regression", "target": "value"}
    dropped = everything(Table(**fields, missing="drop"))
    assert [x for _, x in dropped[2.0][0]] == [21.0, 22.0, 23.0]
    assert [x for _, x in dropped[5.0][0]] == [50.0, 51.0, 53.0]
    assert len(dropped[5.0][1]) == 3
    assert 7.0 not in dropped
    forward = Table(**fields, missing="forward")
    carried = everything(forward)
    assert [x for _, x in carried[5.0][0]] == [50.0, 51.0, 51.0, 53.0]
    training = [
        x
        for n in {int(one[0][0]) for one in forward.fetch(Split.TRAINING, np.arange(8), 4, 4).example.inputs.tolist()}
        for _, x in carried[float(n)][0][n == 2 :]
    ]
    assert [x for _, x in carried[2.0][0]][1:] == [21.0, 22.0, 23.0]
    assert carried[2.0][0][0][1] == pytest.approx(np.mean(training))
    told = Table(**fields, missing="indicator")
    assert [told.input_name(place) for place in range(3)] == ["n", "x", "x?"]
    flagged = everything(told)
    assert [flag for _, _, flag in flagged[5.0][0]] == [0.0, 0.0, 1.0, 0.0]
    assert [x for _, x, _ in flagged[5.0][0]][3] == 53.0
    assert flagged[5.0][0][2][1] == flagged[2.0][0][0][1], "the training split's mean"
    standardised = Table(**(fields | {"standardise": True}), missing="indicator")
    inputs = standardised.fetch(Split.TRAINING, np.arange(8), 4, 4).example.inputs
    assert set(np.unique(inputs[..., 2]).tolist()) <= {0.0, 1.0}
    assert not inputs[..., 1][inputs[..., 2] == 1].any()
    assert standardised.profile().missing == {"n": 0, "x": 2, "the target": 4}


def test_missing_values_are_never_answers(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    write_gaps(path)
    for policy in ("forward", "indicator"):
        task = Table(data=str(path), columns=("n", "x"), kind="next_step", missing=policy)  # type: ignore[arg-type]
        assert task.output.count == 2
        masks = {}
        for split in Split:
            example = task.fetch(split, np.arange(task.examples(split)), 3, 3).example
            for x, mask in zip(example.inputs[..., 0].tolist(), example.mask.tolist(), strict=True):
                masks[round(x[0], 3)] = mask
        assert sorted(map(sum, masks.values()))[:2] == [2, 3]
        assert [mask for mask in masks.values() if sum(mask) == 2] == [[True, False, True]]


def test_policies_for_missing_symbols(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(
        "".join(
            f'{{"sequence": ["s{n}", {"null" if n == 3 else chr(34) + "r" + chr(34)}, "q"], "label": "{n % 2}"}}\n'
            for n in range(12)
        )
    )
    assert everything(Table(data=str(path), missing="drop"))["s3"][0] == ["s3", "q"]
    assert everything(Table(data=str(path), missing="forward"))["s3"][0] == ["s3", "s3", "q"]
    told = Table(data=str(path), missing="indicator")
    assert everything(told)["s3"][0] == ["s3", "?", "q"]
    assert told.inputs == Tokens(15)


def test_empty_sequences_and_single_steps_are_left_out_where_missing_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("sequence,label\n" + "".join(f"s{n} r,{'ab'[n % 2]}\n" for n in range(9)) + ",a\n")
    task = Table(data=str(path), missing="drop", test=0.4)
    assert len(everything(task)) == 9
    assert task.profile().notes == ("empty sequences, left out: 1",)
    path.write_text("sequence\n" + "abc\nbca\n" * 4 + "a\n")
    task = Table(data=str(path), missing="drop")
    assert sum(task.examples(split) for split in Split) == 8


def test_a_constant_column_keeps_its_size(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,x,y,label\n" + "".join(f"{n},0.1,{n}.5,{'ab'[n % 2]}\n" for n in range(30)))
    task = Table(data=str(path))
    assert not np.any(task.fetch(Split.TRAINING, np.arange(21), 1, 1).example.inputs[..., 0])


def test_split_draws_are_pinned() -> None:
    """Which example is in which part is a part of every result: it may never change."""
    parts = split_examples(10, 0.2, 0.3, 7)
    assert {split.value: members.tolist() for split, members in parts.items()} == {
        "test": [3, 4, 6],
        "validation": [0, 9],
        "train": [1, 2, 5, 7, 8],
    }


@pytest.mark.parametrize("count", [3, 4, 5, 10, 101])
def test_every_part_has_an_example_and_none_is_shared(count: int) -> None:
    for shares in ((0.01, 0.01), (0.1, 0.2), (0.49, 0.5), (0.01, 0.98)):
        parts = split_examples(count, *shares, 0)
        assert all(len(members) for members in parts.values())
        assert sorted(np.concatenate(list(parts.values())).tolist()) == list(range(count))


def test_scale_counts_what_counts() -> None:
    values = np.asarray([[1.0, 5.0], [3.0, 5.0], [np.nan, 5.0], [100.0, 7.0]])
    scale = scale_of(values, np.asarray([True, True, True, False]))
    assert scale.mean.tolist() == [2.0, 5.0]
    assert scale.deviation.tolist() == [1.0, 1.0]
    assert scale.apply(values)[0].tolist() == [-1.0, 0.0]


def test_a_file_that_changes_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv"
    path.write_text("sequence,label\n" + "ab,x\nba,y\n" * 5)
    reader = pl.read_csv

    def read_and_write(*arguments: Any, **named: Any) -> pl.DataFrame:
        frame = reader(*arguments, **named)
        with path.open("a") as file:
            file.write("ab,x\n")
        return frame

    monkeypatch.setattr(pl, "read_csv", read_and_write)
    with pytest.raises(DataError, match="changed while it was read"):
        Table(data=str(path)).prepare()
