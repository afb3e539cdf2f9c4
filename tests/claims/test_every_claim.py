"""What holds for every claim: its YAML is whole, and its smoke scale works."""

import json
from pathlib import Path

import pytest

from lrbench.claims import claim_of, numbers
from lrbench.commands.claims import claims, run
from lrbench.runs.errors import ConfigurationError

NUMBERS = [1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 15, 17, 18, 20]
#: One of each kind: counted, measured, trained, read again, and over the runs of others. All together take minutes.
SEEN_TO_WORK = [1, 4, 8, 17, 20]


def test_these_claims_can_be_decided():
    assert numbers() == NUMBERS


@pytest.mark.parametrize("number", NUMBERS)
def test_the_yaml_says_what_a_reader_needs(number):
    claim = claim_of(number)
    assert {"sentence", "said_in", "rule"} <= set(claim.text)
    assert claim.of_machine == (number in (3, 4, 5, 18))


def test_the_smoke_scale_leaves_decisions_and_a_page(tmp_path: Path, capsys):
    assert run([*map(str, SEEN_TO_WORK), "scale=smoke", f"runs={tmp_path}"], None) == 0
    folder = tmp_path / "made" / "claims-smoke"
    decided = [json.loads(path.read_text()) for path in sorted(folder.glob("claim_*.json"))]
    assert [one["number"] for one in decided] == SEEN_TO_WORK
    assert all(one["outcome"] is None and one["found"] and one["device"] for one in decided)
    # Networks of 20 updates keep nothing that rounding could cost them.
    assert [one["number"] for one in decided if not one["facts"]] == [17]
    assert any(path.suffix == ".html" for path in folder.iterdir())
    assert "Claim 20:" in capsys.readouterr().out


def test_the_list_names_every_sentence(capsys):
    assert claims() == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert printed.count("yet)") == 9
    assert all(claim_of(number).text["sentence"].split()[0] in printed for number in NUMBERS)


@pytest.mark.parametrize("word", ["24", "six", "-1"])
def test_a_claim_that_does_not_exist_is_named(word):
    with pytest.raises(ConfigurationError, match=f"there is no claim '{word}'; choose 1, 2"):
        run([word], None)


def test_a_claim_without_an_experiment_is_told_from_one_that_does_not_exist():
    with pytest.raises(ConfigurationError, match="claim 9 has no experiment yet; choose 1, 2"):
        run(["9"], None)
