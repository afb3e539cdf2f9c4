"""What is wrong with a file is said with its name, the line or row, the column, and what to do."""

import datetime
import io
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from lrbench.tasks.table import Table

from lrbench.data import DataError

#: A file of steps and one of sequences that can be read, to which one mistake is added.
STEPS = "id,time,x,y,label\n" + "".join(f"s{n},{t},{n}.5,{t}.25,{'ab'[n % 2]}\n" for n in range(12) for t in range(3))
TEXTS = "sequence,label\n" + "".join(f"{n} {n + 1} 7,{'ab'[n % 2]}\n" for n in range(12))
LISTS = "".join(f'{{"sequence": [{n}.5, 2, 3], "label": "{"ab"[n % 2]}"}}\n' for n in range(12))
WORDS: dict[str, Any] = {"encoding": "symbols"}

TEXT_MISTAKES: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "empty file": ("a.csv", "", {}, "a.csv is empty"),
    "unknown ending": ("a.txt", STEPS, {}, "a.txt ends in '.txt'; .* one of .csv, .tsv, .parquet"),
    "no ending": ("a", STEPS, {}, "a ends in 'nothing'; "),
    "only names": ("a.csv", "id,x,label\n", {}, "a.csv: it has no rows"),
    "only blank lines": ("a.csv", "\n\n", {}, "a.csv has no line of names"),
    "no line of names": ("a.csv", "1,2.5,3\n4,5,6\n", {}, "a.csv, line 1: '1' is a number and no name"),
    "name twice": ("a.csv", "id,x,x\n1,2,3\n", {}, "a.csv, line 1: column 'x' stands there twice"),
    "two delimiters": ("a.csv", "id;x,y\n1;2,3\n", {}, "a.csv, line 1: .*comma or by semicolon.*task.delimiter=comma"),
    "cell too many": ("a.csv", STEPS + "s3,9,1,2,a,b\n", {}, "a.csv, line 38: 6 cells, where line 1 names 5 columns"),
    "cell too few": ("a.csv", STEPS + "s3,9,1\n" + STEPS[18:40], {}, "a.csv, line 38: 3 cells"),
    "not UTF-8": ("a.csv", STEPS + "\udcff,9,1,2,a\n", {}, "a.csv is no UTF-8 text.*save it as UTF-8"),
    "no such column": ("a.csv", STEPS, {"target": "lable"}, r"no column 'lable' \(task.target\). Did you mean label\?"),
    "no such id": ("a.csv", STEPS, {"id": "nr"}, "no column 'nr' .task.id.*There are: id, time, x, y, label"),
    "a column in two parts": (
        "a.csv",
        STEPS,
        {"columns": ["x", "label"], "target": "label"},
        "'label' is given two parts",
    ),
    "no number": (
        "a.csv",
        STEPS + "s3,9,x1,2,b\n",
        {},
        "a.csv, line 38, column 'x': 'x1' is no number; .*task.columns",
    ),
    "decimal comma": (
        "a.csv",
        STEPS + 's3,9,"1,5",2,b\n',
        {},
        "line 38, column 'x': '1,5' is no number; .*1.5, not 1,5",
    ),
    "decimal commas": (
        "a.csv",
        "id;t;x;label\n" + "".join(f"{n};{t};{n},{t}3;{'ab'[n % 2]}\n" for n in range(9) for t in range(3)),
        {},
        r"line 2, column 'x': '0,03' is no number; mend it \(1.5, not 1,5\).*task.encoding=symbols",
    ),
    "marks between thousands": (
        "a.csv",
        "id,x,label\n"
        + "".join(f"{n},{'7' if n % 2 else chr(34) + '1,100' + chr(34)},{'ab'[n % 3 > 0]}\n" for n in range(9)),
        {},
        "line 2, column 'x': '1,100' is no number; mend it",
    ),
    "decimal commas in a cell": (
        "a.csv",
        "sequence;label\n" + "".join(f"{n},5 0,{n};{'ab'[n % 2]}\n" for n in range(9)),
        {},
        "column 'sequence': the steps may be divided by comma, or by space with decimal commas.*task.between=comma",
    ),
    "decimal commas of a target": (
        "a.csv",
        "id;x;target\n" + "".join(f"{n};{n}.5;{n},5\n" for n in range(9)),
        {},
        r"line 2, column 'target': '0,5' is no number; mend it \(1.5, not 1,5\), or say task.kind=classification",
    ),
    "old Mac": (
        "a.csv",
        STEPS.replace("\n", "\r"),
        {},
        "a.csv has lines that end in a carriage return alone.*save it with line feeds",
    ),
    "old Mac behind the names": (
        "a.csv",
        STEPS.replace("\n", "\r").replace("\r", "\n", 1),
        {},
        "a.csv has lines that end in a carriage return alone",
    ),
    "NA among classes": (
        "a.csv",
        STEPS.replace(",a\n", ",3\n").replace(",b\n", ",4\n") + "s3,9,1,2,NA\n",
        {},
        "line 38, column 'label': the target is missing",
    ),
    "mostly numbers": (
        "a.csv",
        STEPS + "s3,9,x1,2,b\n",
        {"columns": "x"},
        "line 38, column 'x': 'x1' is no number.*or say task.encoding=symbols",
    ),
    "infinite": ("a.csv", STEPS + "s3,9,-inf,2,b\n", {}, "line 38, column 'x': -inf is not finite"),
    "missing value": ("a.csv", STEPS + "s3,9,,2,b\n", {}, "line 38, column 'x': a value is missing.*task.missing=drop"),
    "missing by word": ("a.csv", STEPS + "s3,9,N/A,2,b\n", {}, "line 38, column 'x': a value is missing"),
    "missing target": ("a.csv", STEPS + "s3,9,1,2,\n", {}, "line 38, column 'label': the target is missing; "),
    "missing id": (
        "a.csv",
        STEPS + ",9,1,2,a\n",
        {},
        "line 38, column 'id': the cell is empty; every step needs the id",
    ),
    "missing time": ("a.csv", STEPS + "s3,,1,2,a\n", {}, "line 38, column 'time': the cell is empty; every step needs"),
    "a time twice": (
        "a.csv",
        STEPS + "s3,1,1,2,b\n",
        {},
        r"line 38, column 'time': 1 stands a second time in the sequence 's3' \(first in line 12\)",
    ),
    "no time": (
        "a.csv",
        STEPS + "s3,noon,1,2,b\n",
        {},
        "line 38, column 'time': 'noon' is neither a number nor a date",
    ),
    "no date among dates": (
        "a.csv",
        "id,time,x,label\n"
        + "".join(f"{n},2026-01-0{t},{n}.5,{'ab'[n % 2]}\n" for n in range(9) for t in (1, 2))
        + "3,May,1.5,b\n",
        {},
        "line 20, column 'time': 'May' is neither",
    ),
    "symbols or amounts": (
        "a.csv",
        TEXTS,
        {},
        "column 'sequence': whole numbers.*task.encoding=symbols or task.encoding=numbers",
    ),
    "classes or amounts": (
        "a.csv",
        STEPS.replace("label", "y2").replace(",a\n", ",3\n").replace(",b\n", ",4\n"),
        {"target": "y2"},
        "column 'y2': whole numbers.*task.kind=classification or task.kind=regression",
    ),
    "class with a point": (
        "a.csv",
        STEPS,
        {"target": "y", "kind": "classification", "columns": "x"},
        "line 2, column 'y': 0.25 is no class but an amount; say task.kind=regression",
    ),
    "target no number": (
        "a.csv",
        STEPS,
        {"kind": "regression"},
        "line 2, column 'label': 'a' is no number.*task.kind=classification",
    ),
    "target mostly numbers": (
        "a.csv",
        "id,x,value\n" + "".join(f"{n},{n}.5,{n}.5\n" for n in range(9)) + "9,1.5,high\n",
        {"target": "value"},
        "line 11, column 'value': 'high' is no number, and most of the column are",
    ),
    "target infinite": (
        "a.csv",
        "id,x,value\n" + "".join(f"{n},{n}.5,{n}.5\n" for n in range(9)) + "9,1.5,inf\n",
        {"target": "value"},
        r"line 11, column 'value': \+inf is not finite",
    ),
    "no target": (
        "a.csv",
        STEPS.replace("label", "z"),
        {"kind": "classification"},
        "no column is named target.*say task.target=COLUMN, one of id",
    ),
    "two targets": (
        "a.csv",
        STEPS.replace(",y,", ",class,"),
        {},
        "class and label could each be the target; say which",
    ),
    "two class targets": (
        "a.csv",
        STEPS,
        {"target": ["y", "label"], "kind": "classification"},
        "classification with the targets y, label",
    ),
    "one class": (
        "a.csv",
        STEPS.replace(",b\n", ",a\n"),
        {},
        "column 'label': every answer is 'a', so there is nothing to learn",
    ),
    "one value": (
        "a.csv",
        "id,x,value\n" + "".join(f"{n},{n}.5,2.5\n" for n in range(9)),
        {"target": "value"},
        "column 'value': every answer is the same number",
    ),
    "two sequences": ("a.csv", "sequence,label\nab,x\nba,y\n", {}, "2 sequences can be asked; .* so 3"),
    "what is a row": (
        "a.csv",
        STEPS.replace("id,", "walk,").replace("time", "z"),
        {},
        "it is not clear what a row is; .*task.columns=COLUMN.*task.id=COLUMN",
    ),
    "what is a row of one column": (
        "a.csv",
        STEPS.replace("id,", "walk,").replace("time", "z"),
        {"columns": "x"},
        "say task.layout=sequences where a cell of x is a sequence, or task.id=COLUMN",
    ),
    "no id": (
        "a.csv",
        STEPS.replace("id,", "walk,"),
        {"layout": "steps"},
        "no column tells sequences apart; say task.id=COLUMN, one of walk",
    ),
    "two ids": ("a.csv", STEPS.replace("x,", "group,"), {}, "id and group could each be the id; say which: task.id=id"),
    "which sequences": (
        "a.csv",
        "text,tokens,label\nab,ba,x\n",
        {},
        "which column holds the sequences; say task.columns=COLUMN, one of text, tokens",
    ),
    "time of sequences": (
        "a.csv",
        TEXTS.replace("label", "label,t").replace("a\n", "a,1\n").replace("b\n", "b,2\n"),
        WORDS | {"time": "t"},
        "a row is a sequence, and its steps already stand in order; leave task.time=t out",
    ),
    "only target and id": ("a.csv", "id,label\n1,a\n2,b\n3,a\n", {}, "no column is left to read"),
    "empty sequence": (
        "a.csv",
        TEXTS + ",a\n",
        WORDS,
        "line 14, column 'sequence': the sequence is empty; .*task.missing=drop",
    ),
    "empty brackets": ("a.csv", TEXTS + "[],a\n", WORDS, "line 14, column 'sequence': the sequence is empty"),
    "id of sequences twice": (
        "a.csv",
        "id,sequence,label\n" + "".join(f"{n},ab,{'xy'[n % 2]}\n" for n in range(5)) + "3,ba,x\n",
        {},
        "line 7, column 'id': '3' stands a second time.*task.layout=steps",
    ),
    "two marks": (
        "a.csv",
        'sequence,label\n"1,2",a\n1;2,b\n',
        {},
        "column 'sequence': the steps may be divided by comma or by semicolon; say which: task.between=comma",
    ),
    "one number a cell": (
        "a.csv",
        "sequence,label\n0.5,a\n1.5,b\n",
        {},
        "line 2, column 'sequence': '0.5' is one number and no sequence",
    ),
    "unequal columns": (
        "a.csv",
        "x,y,label\n" + "1.5 2,1.5 2,a\n" * 3 + "1 2 3.5,1.5 2,b\n",
        {"columns": ["x", "y"], "layout": "sequences"},
        "line 5, column 'y': 2 steps, where 'x' has 3",
    ),
    "missing in a cell": (
        "a.csv",
        "x,label\n" + '"1.5,2",a\n' * 3 + '"1,,3.5",b\n',
        {"columns": "x", "layout": "sequences"},
        "line 5, column 'x', step 2: a value is missing",
    ),
    "missing first symbol": (
        "a.csv",
        "x,label\n" + '"p,q",a\n' * 3 + '",p,q",b\n',
        {"columns": "x", "layout": "sequences", "missing": "forward"},
        "line 5, column 'x', step 1: the symbol is missing, and no step before it",
    ),
    "several columns of symbols": ("a.csv", STEPS, WORDS, "task.encoding=symbols with the columns x, y; "),
    "amounts as symbols": (
        "a.jsonl",
        LISTS,
        WORDS,
        "a.jsonl, line 1, column 'sequence', step 1: 0.5 is no symbol but an amount",
    ),
    "column without a value": (
        "a.csv",
        STEPS.replace(".25", "").replace("label", "label,z").replace("a\n", "a,\n").replace("b\n", "b,\n"),
        {},
        "column 'z': the column holds no value",
    ),
    "one step, and no next one": (
        "a.csv",
        "sequence\n" + "abc\nbca\n" * 3 + "a\n",
        {},
        "line 8, column 'sequence': the sequence has one step, and so no next one",
    ),
    "test split of one class": (
        "a.csv",
        "sequence,label\n" + "ab,x\n" * 40 + "ba,y\n",
        {},
        r"the test split \(8 of 41 sequences\) has one answer only.*task.seed",
    ),
    "a quote that is not closed": ("a.csv", 'id,x\n1,"2\n2,3\n', {}, "a.csv cannot be read as CSV .*check its quotes"),
    "quoted line breaks": (
        "a.csv",
        "id,note,x,label\n"
        + "".join(f'{n},"two\nlines",{n}.5,{"ab"[n % 2]}\n' for n in range(9))
        + '9,"two\nlines",z,a\n',
        {"columns": "x"},
        "a.csv, line 20, column 'x': 'z' is no number",
    ),
    "not JSON": ("a.jsonl", LISTS + "{'x': 1}\n", {}, "a.jsonl, line 13: no JSON .*one object a line"),
    "JSON but no object": ("a.jsonl", LISTS + "[1, 2]\n", {}, r"a.jsonl, line 13: \[1, 2\] is no object"),
    "JSON of mixed types": (
        "a.jsonl",
        LISTS + '\n{"sequence": "abc", "label": "a"}\n',
        {},
        "a.jsonl, line 14, column 'sequence': a word, where a list of a number stood before",
    ),
    "JSON list of mixed types": (
        "a.jsonl",
        LISTS + '{"sequence": [1, "b"], "label": "a"}\n',
        {},
        "line 13, column 'sequence': a word, where a number stood before",
    ),
    "JSON label of mixed types": (
        "a.jsonl",
        LISTS + '{"sequence": [1, 2], "label": true}\n',
        {},
        "line 13, column 'label': true or false, where a word stood before",
    ),
    "JSON of objects": (
        "a.jsonl",
        LISTS + '{"sequence": {"a": 1}}\n',
        {},
        "line 13, column 'sequence': .* is an object",
    ),
    "JSON with large numbers": (
        "a.jsonl",
        '{"sequence": [99999999999999999999], "label": "a"}\n',
        {},
        "column 'sequence' cannot be read .*below 2..63",
    ),
    "JSON infinite": (
        "a.jsonl",
        LISTS + '{"sequence": [1, Infinity], "label": "a"}\n',
        {},
        r"line 13, column 'sequence', step 2: \+inf is not finite",
    ),
    "JSON null": (
        "a.jsonl",
        LISTS + '{"sequence": [1, null], "label": "a"}\n',
        {},
        "line 13, column 'sequence', step 2: a value is missing",
    ),
    "JSON without a target": (
        "a.jsonl",
        LISTS + '{"sequence": [1, 2]}\n',
        {},
        "line 13, column 'label': the target is missing",
    ),
    "ragged features": (
        "a.jsonl",
        '{"sequence": [[1, 2], [3, 4]], "label": "a"}\n{"sequence": [[1, 2], [3]], "label": "b"}\n',
        {},
        "line 2, column 'sequence', step 2: 1 numbers, where the first step has 2",
    ),
    "too many or too few targets": (
        "a.jsonl",
        '{"sequence": [1.5, 2], "label": [0, 1]}\n{"sequence": [1, 2], "label": [0, 1, 1]}\n',
        {},
        "line 2, column 'label': 3 targets, where the sequence has 2 steps",
    ),
    "too deep": (
        "a.jsonl",
        '{"sequence": [[[1]], [[2]]], "label": "b"}\n' * 4,
        {},
        "column 'sequence': lists of lists of lists",
    ),
    "too many symbols": (
        "a.jsonl",
        '{"sequence": [' + ", ".join(map(str, range(2**16 + 1))) + "]}\n",
        WORDS,
        "column 'sequence': 65,537 different symbols, more than 65,536; amounts are read with task.encoding=numbers",
    ),
    "JSON that is not UTF-8": ("a.jsonl", LISTS + '{"x": "\udcff"}\n', {}, "line 13: no UTF-8 text .*save it as UTF-8"),
    "JSON of blank lines": ("a.jsonl", "\n \n", {}, "a.jsonl is empty; it must hold a JSON object a line"),
    "JSON with half a letter": (
        "a.jsonl",
        LISTS.replace('"sequence": ', '"sequence": [], "w": ') + '{"w": [1], "label": "\\ud800"}\n',
        {},
        r"line 13, column 'label': '.ud800' is half of a surrogate pair and no letter",
    ),
    "JSON with half a letter in a list": (
        "a.jsonl",
        '{"sequence": ["\\ud83d\\ude00", "\\uD83D"], "label": "a"}\n',
        {},
        r"line 1, column 'sequence': '.ud83d' is half of a surrogate pair",
    ),
    "JSON with half a letter as a name": (
        "a.jsonl",
        '{"\\udfff": [1]}\n',
        {},
        r"line 1, column '.udfff': '.udfff' is half",
    ),
    "list in a row a step": (
        "a.jsonl",
        LISTS,
        {"layout": "steps", "columns": "sequence"},
        "column 'sequence': a row is a step",
    ),
    "an id of lists": (
        "a.jsonl",
        '{"id": [1], "x": 0.5}\n' * 4,
        {"id": "id", "columns": "x"},
        "column 'id': a cell of the id is a list, where every step has one id; choose another column with task.id",
    ),
    "a time of lists": (
        "a.jsonl",
        '{"id": 1, "time": [1], "x": 0.5}\n' * 4,
        {"id": "id", "columns": "x"},
        "column 'time': a cell of the time is a list, .* choose another column with task.time",
    ),
    "infinite symbol": (
        "a.jsonl",
        LISTS.replace(".5", ".0") + '{"sequence": [1, -Infinity], "label": "a"}\n',
        WORDS | {"missing": "drop"},
        "line 13, column 'sequence', step 2: -inf is not finite; mend it",
    ),
    "infinite class": (
        "a.csv",
        STEPS.replace(",a\n", ",3\n").replace(",b\n", ",4\n") + "s3,9,1,2,inf\n",
        {"missing": "drop"},
        r"line 38, column 'label': \+inf is not finite; mend it",
    ),
    "symbol too large": (
        "a.jsonl",
        LISTS.replace(".5", ".0") + '{"sequence": [1e300], "label": "a"}\n',
        WORDS | {"missing": "drop"},
        r"line 13, column 'sequence', step 1: 1e\+300 is too large for a whole number of 64 bits; .*encoding=numbers",
    ),
    "class too large": (
        "a.csv",
        STEPS.replace(",a\n", ",3\n").replace(",b\n", ",4\n") + "s3,9,1,2,1e300\n",
        {"missing": "drop"},
        "line 38, column 'label': 1e300 is too large for a whole number of 64 bits; .*task.kind=regression",
    ),
    "everything missing": (
        "a.csv",
        "id,x,y,label\n" + "".join(f"{n},{n if n % 2 else ''},{'' if n % 2 else n},a\n" for n in range(9)),
        {"missing": "drop"},
        "no sequence is left",
    ),
    "targets of two layouts": (
        "a.jsonl",
        '{"sequence": [1.5, 2], "u": [0.5, 1], "v": 2.5}\n' * 4,
        {"target": ["u", "v"]},
        "column 'v': a target a sequence beside one a step",
    ),
    "targets of lists": (
        "a.jsonl",
        '{"sequence": [1.5, 2], "label": [[0.5], [1]]}\n' * 4,
        {},
        "column 'label': lists of lists; put each value into a column of its own",
    ),
    "target missing at the last step": (
        "a.csv",
        STEPS + "s3,9,1,2,\n",
        {"asked": "last"},
        "line 38, column 'label': the target is missing; ",
    ),
    "number too large": (
        "a.jsonl",
        LISTS + '{"sequence": [1e300, 1], "label": "a"}\n',
        {},
        r"line 13, column 'sequence', step 1: \+1e\+300 is too large for 32 bits; mend it",
    ),
    "target too large": (
        "a.jsonl",
        LISTS.replace('"a"', "1.5").replace('"b"', "2.5") + '{"sequence": [1, 1], "label": -1e300}\n',
        {},
        "line 13, column 'label': -1e.300 is too large for 32 bits; mend it",
    ),
}


@pytest.mark.parametrize(("name", "text", "fields", "said"), TEXT_MISTAKES.values(), ids=TEXT_MISTAKES)
def test_mistakes_in_text(tmp_path: Path, name: str, text: str, fields: dict[str, Any], said: str) -> None:
    path = tmp_path / name
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(DataError, match=said) as caught:
        Table(data=str(path), **fields).prepare()
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        b"sequence,label\n" + b"abba,x\nbaab,y\n" * 1500 + b"caf\xe9,x\n",
        b"sequence\n" + b"abba\n" * 4000 + b"caf\xe9\n",
    ],
    ids=["two columns", "one column"],
)
def test_a_foreign_byte_far_behind_the_names_is_found(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(text)
    where = text.index(b"\xe9")
    assert where > 2**14, "behind what is read at once"
    with pytest.raises(DataError, match=f"a.csv is no UTF-8 text: .* at byte {where}; save it as UTF-8"):
        Table(data=str(path)).prepare()


def test_files_without_mistakes_can_be_read(tmp_path: Path) -> None:
    for name, text, fields in (("a.csv", STEPS, {}), ("b.csv", TEXTS, WORDS), ("a.jsonl", LISTS, {})):
        (tmp_path / name).write_text(text)
        Table(data=str(tmp_path / name), **fields).prepare()


NPZ_MISTAKES: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "pickle": ({"sequence": np.asarray([[1], [2, 3]], object)}, {}, "array 'sequence' cannot be read without pickle"),
    "unequal rows": (
        {"sequence": np.zeros((4, 3)), "label": np.zeros(5, int)},
        {},
        r"equally many: sequence \[4, 3\], label \[5\]",
    ),
    "no axis": ({"sequence": np.zeros((4, 3)), "label": np.asarray(1)}, {}, r"the first axis of every array"),
    "too many axes": ({"sequence": np.zeros((4, 3, 2, 1))}, {}, "array 'sequence' is float64 .*at most three axes"),
    "complex": ({"sequence": np.zeros((4, 3), complex)}, {}, "array 'sequence' is complex128"),
    "lengths too large": (
        {"sequence": np.zeros((4, 3)), "lengths": np.asarray([1, 2, 4, 3])},
        {},
        "row 3, array 'lengths': 4 steps, where the arrays hold 0 to 3",
    ),
    "lengths no whole numbers": (
        {"sequence": np.zeros((4, 3)), "lengths": np.ones(4)},
        {},
        "'lengths' must hold a whole number a row",
    ),
    "empty sequence": (
        {"sequence": np.ones((4, 3)), "lengths": np.asarray([1, 0, 2, 3]), "label": np.arange(4)},
        {},
        "row 2, column 'sequence': the sequence is empty",
    ),
    "missing": (
        {"sequence": np.asarray([[1, 2, np.nan]] * 4), "lengths": np.asarray([2, 2, 3, 2]), "label": np.arange(4)},
        {},
        "row 3, column 'sequence', step 3: a value is missing",
    ),
    "infinite feature": (
        {"sequence": np.asarray([[[1, 2], [3, np.inf]]] * 4), "label": np.arange(4)},
        {},
        r"row 1, column 'sequence', step 2: \+inf is not finite",
    ),
    "no array": ({}, {}, "holds no array"),
}


@pytest.mark.parametrize(("arrays", "fields", "said"), NPZ_MISTAKES.values(), ids=NPZ_MISTAKES)
def test_mistakes_in_archives(tmp_path: Path, arrays: dict[str, Any], fields: dict[str, Any], said: str) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, **arrays)
    with pytest.raises(DataError, match=said) as caught:
        Table(data=str(path), **fields).prepare()
    assert str(caught.value).startswith(str(path))


def _member(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, array, allow_pickle=True)
    return file.getvalue()


def _claiming(shape: tuple[int, ...]) -> bytes:
    """A header that says this shape, behind which three numbers stand."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": "<f8", "fortran_order": False, "shape": shape})
    return file.getvalue() + bytes(24)


def _archive(member: bytes, compression: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        archive.writestr("sequence.npy", member)
    return file.getvalue()


def _damaged(compression: int) -> bytes:
    whole = _archive(_member(np.random.default_rng(0).normal(size=(50, 20))), compression)
    return whole[:1000] + bytes(byte ^ 0xFF for byte in whole[1000:1040]) + whole[1040:]


def _marked(flags: int, method: int) -> bytes:
    """An archive whose two headers say these flags and this way of compression."""
    whole = bytearray(_archive(_member(np.zeros((4, 3)))))
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = whole.index(signature) + place
        whole[start : start + 4] = flags.to_bytes(2, "little") + method.to_bytes(2, "little")
    return bytes(whole)


ARCHIVE_BYTES: dict[str, tuple[bytes, str]] = {
    "one array": (_member(np.zeros((4, 3))), "a.npz is one array .NPY. and no NPZ archive; write it with numpy.savez"),
    "flipped bytes": (_damaged(zipfile.ZIP_STORED), "array 'sequence' is damaged .*CRC"),
    "flipped and deflated": (_damaged(zipfile.ZIP_DEFLATED), "array 'sequence' is damaged"),
    "flipped and bzip2": (_damaged(zipfile.ZIP_BZIP2), "array 'sequence' is damaged"),
    "flipped and LZMA": (_damaged(zipfile.ZIP_LZMA), "array 'sequence' is damaged"),
    "cut off": (_archive(_member(np.zeros((4, 3))))[:-30], "a.npz is no NPZ archive"),
    "too large a shape": (_archive(_claiming((10**12, 5))), r"'sequence' says .*\[1000000000000, 5\].* and holds 24;"),
    "too small a shape": (_archive(_claiming((2,))), "'sequence' says .* 16 bytes, and holds 24;"),
    "negative shape": (_archive(_claiming((-3,))), "'sequence' says .*and holds 24;"),
    "encrypted": (_marked(1, 0), "array 'sequence' is encrypted; "),
    "unknown compression": (_marked(0, 97), "array 'sequence' is compressed in a way that cannot be read"),
    "no array in it": (_archive(b"some text"), "array 'sequence' is damaged .*magic"),
    "objects": (_archive(_member(np.asarray([[1], [2, 3]], object))), "array 'sequence' cannot be read without pickle"),
}


@pytest.mark.parametrize(("content", "said"), ARCHIVE_BYTES.values(), ids=ARCHIVE_BYTES)
def test_archives_that_are_not_what_they_say(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "a.npz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=said) as caught:
        Table(data=str(path)).prepare()
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)
    assert ("pickle" in str(caught.value)) == (content == ARCHIVE_BYTES["objects"][0])


@pytest.mark.parametrize("name", ["a.npz", "a.parquet"])
def test_files_that_are_something_else(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(STEPS)
    with pytest.raises(DataError, match=rf"{name} is no (NPZ archive|Parquet file)"):
        Table(data=str(path)).prepare()


def test_parquet_names_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    rows = {"sequence": [[1.0, 2.0], [3.0, None], [4.0, 5.0]], "label": ["a", "b", "a"]}
    pl.DataFrame(rows).write_parquet(path)
    with pytest.raises(DataError, match=re.escape("a.parquet, row 2, column 'sequence', step 2: a value is missing")):
        Table(data=str(path)).prepare()
    pl.DataFrame({"id": [1, 2, 3], "x": [1.0, 2.0, 3.0], "when": [None] * 3, "label": ["a", "b", "a"]}).write_parquet(
        path
    )
    with pytest.raises(DataError, match="column 'when': the column holds no value"):
        Table(data=str(path)).prepare()


def test_dates_are_no_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    days = [datetime.date(2026, 1, 1)] * 4
    pl.DataFrame({"id": [1, 2, 3, 4], "day": days, "label": ["a", "b", "a", "b"]}).write_parquet(path)
    with pytest.raises(DataError, match=r"row 1, column 'day': 2026-01-01 \(Date\) is no number"):
        Table(data=str(path)).prepare()
    with pytest.raises(DataError, match=r"column 'day': the target is Date; say task\.kind=classification"):
        Table(data=str(path), columns="label", target="day").prepare()
    records = pl.Series([[{"a": 1}], [{"a": 2}], [{"a": 3}]])
    pl.DataFrame({"sequence": records, "label": ["a", "b", "a"]}).write_parquet(path)
    with pytest.raises(DataError, match="column 'sequence': the column holds Struct"):
        Table(data=str(path), encoding="symbols").prepare()


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none.csv cannot be read \(No such file or directory\)"):
        Table(data=str(tmp_path / "none.csv")).prepare()
    with pytest.raises(DataError, match="is a folder; name a file in it"):
        Table(data=str(tmp_path)).prepare()
    with pytest.raises(
        DataError, match=r"~nobody-of-that-name/a.csv begins in the home folder .*; write the whole path"
    ):
        Table(data="~nobody-of-that-name/a.csv").prepare()
    with pytest.raises(DataError, match="relative to the folder you work in"):
        Table(data="none.csv").prepare()
    (tmp_path / "a.csv").write_text(STEPS)
    with pytest.raises(DataError, match="cannot be read"):
        Table(data=str(tmp_path / "a.csv" / "b.csv")).prepare()


def test_sequences_too_long_to_pad(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    rows = 2**20 + 10
    ids = np.asarray([0] * (rows - 3) + [1, 2, 3])
    np.savez(path, id=ids, x=np.arange(rows) / 2, label=ids % 2)
    with pytest.raises(DataError, match=r"the sequence has 1,048,583 steps, more than 1,048,576; .*task.longest"):
        Table(data=str(path)).prepare()
    assert Table(data=str(path), longest=100, test=0.5).lengths.train == (100, 100)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"data": 3}, "data=3 is no name"),
        ({"data": ""}, "data='' is no name"),
        ({"kind": "guess"}, "kind='guess' is unknown"),
        ({"columns": []}, "columns=.* is no list of different names"),
        ({"columns": ["a", "a"]}, "is no list of different names"),
        ({"target": 3}, "target=3 is no list"),
        ({"missing": "zero"}, "missing='zero' is unknown; choose one of error, drop, forward, indicator"),
        ({"standardise": "unheard-of"}, "standardise='unheard-of' is neither"),
        ({"longest": 0}, "longest=0 is not a whole number"),
        ({"longest": 2**20 + 1}, "longest=1048577 is not a whole number from 1 to 1048576"),
        ({"tolerance": 0}, "tolerance=0 is not a number"),
        ({"test": 0.0}, "test=0.0 is not a number between 0 and 1"),
        ({"test": 0.5, "validation": 0.5}, "validation=0.5 and test=0.5 leave nothing to train on"),
        ({"seed": -1}, "seed=-1 is not a whole number"),
        ({"seed": 2**32}, "seed=4294967296 is too large"),
        ({"kind": "next_step", "target": "x"}, r"target=\['x'\] and kind='next_step' do not go together"),
        ({"kind": "next_step", "asked": "last"}, "asked='last' and kind='next_step' do not go together"),
    ],
)
def test_fields_out_of_range(fields: dict[str, Any], said: str) -> None:
    """Set behind the type checker's back, as an override on the command line is."""
    task = Table()
    for name, value in fields.items():
        object.__setattr__(task, name, value)
    with pytest.raises(ValueError, match=said):
        task.__post_init__()
