import copy

import pytest
from test_report import read

from lrbench.report.claims import write_claims


def fact(what="a difference", value=0.25, low=0.1, high=0.4, p_value=0.031, seeds=6):
    return {"what": what, "value": value, "low": low, "high": high, "p_value": p_value, "seeds": seeds}


def decision(number, outcome="supported", **given):
    return {
        "number": number,
        "scale": "cpu",
        "sentence": f"Sentence {number}.",
        "said_in": ["A", "C"],
        "rule": f"Rule {number}.",
        "outcome": outcome,
        "found": f"Found {number}.",
        "facts": [fact()],
        "runs": ["adding-gru-0000117e"],
        "seeds": [0, 1, 2, 3, 4, 5],
        "device": "2 x cpu (x86_64)",
        "of_machine": False,
        "commit": "0123456789ab",
        "training_seconds": 61.5,
        "longest_command_seconds": 100.2,
    } | given


DECISIONS = [
    decision(12, "depends"),
    decision(
        3, "contradicted", of_machine=True, runs=[], seeds=[], facts=[fact(low=None, high=None, p_value=None, seeds=0)]
    ),
    decision(1, None, scale="smoke"),
]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return write_claims(DECISIONS, tmp_path_factory.mktemp("claims") / "new")


def test_every_claim_is_there_in_order_with_all_that_decides(path):
    page = read(path)
    text = " ".join("".join(page.text).split())
    headings = [heading.split(".")[0] for heading in page.headings if heading[0].isdigit()]
    assert headings == ["1", "3", "12"]
    for number in (1, 3, 12):
        for said in (f"Sentence {number}.", f"Rule {number}.", f"Found {number}."):
            assert said in text
    assert "3 claims: 1 contradicted, 1 depends and 1 not judged." in text
    assert "Verdict: contradicted" in text
    for said in (
        "0.25",
        "0.1 to 0.4",
        "0.031",
        "6: 0, 1, 2, 3, 4, 5",
        "0123456789ab",
        "61.5 s",
        "1 min 40 s",
        "adding-gru-0000117e",
    ):
        assert said in text, said
    assert "none: nothing was trained" in text
    assert text.count("the verdict holds for this machine") == 1
    assert "a course page on choosing between LSTM and GRU" in text
    assert "no-code platform" not in text


def test_it_opens_offline_and_headers_have_scopes(path):
    page = read(path)
    links = [attributes[name] for _, attributes in page.elements for name in ("src", "href") if name in attributes]
    assert sorted(links) == ["#claim-1", "#claim-12", "#claim-3"]
    known = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    assert {link[1:] for link in links} <= known
    assert not {"script", "link", "iframe"} & {tag for tag, _ in page.elements}
    assert all("scope" in attributes for tag, attributes in page.elements if tag == "th")


def test_the_same_decisions_give_the_same_bytes_in_any_order(path, tmp_path):
    given = copy.deepcopy(DECISIONS[::-1])
    assert write_claims(given, tmp_path).read_bytes() == path.read_bytes()
    assert given == DECISIONS[::-1]


def test_everything_is_escaped(tmp_path):
    evil = "<script>alert('x')</script>"
    one = decision(
        1,
        sentence=evil,
        rule=evil,
        found=evil,
        said_in=[evil],
        runs=[evil],
        device=evil,
        commit=evil,
        scale=evil,
        facts=[fact(what=evil)],
    )
    path = write_claims([one], tmp_path)
    assert "<script" not in path.read_text(encoding="utf-8").lower()
    assert "".join(read(path).text).count(evil) > 8


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (295680, "295,680"),
        (-0.05414, "−0.05414"),
        (float("nan"), "–"),
        (1e-7, "1e-07"),
        (0, "0"),
        (float("inf"), "∞"),
        (-3, "−3"),
    ],
)
def test_numbers_as_a_person_reads_them(tmp_path, value, shown):
    page = read(write_claims([decision(1, facts=[fact(value=value)])], tmp_path))
    assert shown in page.text


def test_no_decisions_no_page(tmp_path):
    with pytest.raises(ValueError, match="no decisions"):
        write_claims([], tmp_path / "none")
    assert not (tmp_path / "none").exists()
