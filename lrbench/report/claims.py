"""Writes the page of claims: what the folklore says, what was measured, and the rule that decided."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from lrbench.analysis import wording

#: Who said a sentence.
SOURCES = {
    "A": "a course page on choosing between LSTM and GRU",
    "B": "a short guide of a no-code platform",
    "C": "a long practitioner's guide with benchmark tables",
    "D": "a comparison written for users of Keras",
    "lrbench": "a sentence of this project's own",
}
#: Verdicts, in the order in which they are counted; a claim at the scale `smoke` has none.
OUTCOMES = ("supported", "contradicted", "depends", "undecided", "not judged")


@dataclass(frozen=True)
class FactLine:
    """One line of a claim's table of facts, as text."""

    what: str
    value: str
    span: str
    p_value: str
    count: str


@dataclass(frozen=True)
class ClaimPart:
    """One claim as the page shows it.

    Attributes:
        number: of the claim.
        sentence: what is said.
        said_in: the letters of the articles.
        outcome: one of `OUTCOMES`.
        found: what was seen, in words.
        facts: the numbers.
        rule: that decided.
        details: names and values of all else, in their order.
        runs: names of the runs that it rests on.
    """

    number: int
    sentence: str
    said_in: str
    outcome: str
    found: str
    facts: tuple[FactLine, ...]
    rule: str
    details: tuple[tuple[str, str], ...]
    runs: tuple[str, ...]


def write_claims(decisions: list[dict], folder: Path) -> Path:
    """Writes `claims.html`, one page that opens offline, into a folder. The same decisions give the same bytes.

    Args:
        decisions: as `lrbench claims run` writes them, one for each claim, in any order.
        folder: made if need be; an earlier page there is replaced.

    Returns:
        The path of the page.

    Raises:
        ValueError: there are no decisions.
    """
    if not decisions:
        raise ValueError("there are no decisions, so there is no page of claims; run `lrbench claims run` first")
    parts = [_part(one) for one in sorted(decisions, key=lambda one: one["number"])]
    here = resources.files("lrbench.report")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string((here / "claims.html.jinja").read_text(encoding="utf-8"))
    letters = {letter for one in decisions for letter in one["said_in"]}
    page = template.render(
        parts=parts,
        summary=_summary(parts),
        sources=[(letter, SOURCES.get(letter, "")) for letter in sorted(letters)],
        style=Markup((here / "report.css").read_text(encoding="utf-8")),
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "claims.html"
    path.write_text(page, encoding="utf-8")
    return path


def _summary(parts: Sequence[ClaimPart]) -> str:
    """Counts the verdicts in a sentence."""
    counted = [(sum(one.outcome == outcome for one in parts), outcome) for outcome in OUTCOMES]
    words = [f"{number} {outcome}" for number, outcome in counted if number]
    return f"{wording.plural(len(parts), 'claim')}: {wording.listing(words)}."


def _took(seconds: float | None) -> str:
    return "not recorded" if seconds is None else f"{wording.seconds(seconds)}, with all that was missing"


def _part(decision: Mapping[str, Any]) -> ClaimPart:
    seeds = decision["seeds"]
    details = [
        ("Scale", str(decision["scale"])),
        ("Seeds", f"{len(seeds)}: {', '.join(map(str, seeds))}" if seeds else "none: nothing was trained"),
        ("Machine", f"{decision['device']}{_HOLDS_HERE if decision['of_machine'] else ''}"),
        ("Commit", decision["commit"] or "not recorded"),
        ("Training", f"{wording.seconds(decision['training_seconds'])} in all its runs"),
        ("This verdict", _took(decision.get("longest_command_seconds"))),
    ]
    return ClaimPart(
        number=decision["number"],
        sentence=decision["sentence"],
        said_in=", ".join(decision["said_in"]),
        outcome=decision["outcome"] or "not judged",
        found=decision["found"],
        facts=tuple(_line(fact) for fact in decision["facts"]),
        rule=decision["rule"],
        details=tuple(details),
        runs=tuple(decision["runs"]),
    )


#: Beside the machine of a claim about speed or memory.
_HOLDS_HERE = "; the verdict holds for this machine"


def _line(fact: Mapping[str, Any]) -> FactLine:
    low, high = fact["low"], fact["high"]
    return FactLine(
        what=fact["what"],
        value=_number(fact["value"]),
        span="" if low is None or high is None else f"{_number(low)} to {_number(high)}",
        p_value="" if fact["p_value"] is None else f"{fact['p_value']:.3g}",
        count=str(fact["seeds"] or ""),
    )


def _number(value: int | float) -> str:
    """Returns a number in four digits, whole numbers whole; a dash where there is none."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        text = "∞"
    elif abs(value) < 1e15 and value == int(value):
        text = f"{abs(value):,.0f}"
    else:
        text = f"{abs(value):.4g}"
    return f"−{text}" if value < 0 else text
