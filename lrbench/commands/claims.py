"""`lrbench claims`: sentences of the folklore, and the verdicts that measurements give them."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console, JustifyMethod
from rich.table import Table

from lrbench.analysis import wording
from lrbench.claims import catalogue
from lrbench.claims.claim import Claim
from lrbench.runs.errors import ConfigurationError, RunError
from lrbench.studies.words import Words, read_words

#: Characters of the widest table's lines.
WIDEST = 104


def claims() -> int:
    """Lists the claims; returns the exit status."""
    table = Table(box=None, pad_edge=False)
    table.add_column("", justify="right")
    table.add_column("claim", overflow="fold")
    table.add_column("said in")
    listed = {number: catalogue.claim_of(number).text for number in catalogue.numbers()}
    for number, text in sorted((listed | catalogue.not_tested()).items()):
        known = "" if number in listed else " (no experiment yet)"
        table.add_row(str(number), f"{text['sentence']}{known}", ", ".join(text["said_in"]))
    Console(width=max(Console().width, WIDEST)).print(table)
    return 0


def run(words: Sequence[str], out: Path | None) -> int:
    """Decides claims, after doing the runs that are missing; returns the exit status.

    Args:
        words: numbers of claims (none: all), scale=smoke|cpu|paper and runs=FOLDER.
        out: folder of the page and the decisions; None: one below the folder of runs.

    Raises:
        ConfigurationError: a number or a word that does not exist.
    """
    chosen = read_words([word for word in words if "=" in word])
    asked = _asked([word for word in words if "=" not in word])

    from lrbench.report.claims import write_claims
    from lrbench.runs.devices import prepare_jax
    from lrbench.runs.folder import write_whole

    # A narrower terminal breaks the lines of the widest table.
    console = Console(width=max(Console().width, WIDEST))
    prepare_jax()
    folder = chosen.runs / "made" / f"claims-{chosen.scale}" if out is None else out
    errors: list[RunError] = []
    for number in asked:
        claim = catalogue.claim_of(number)
        console.print(f"Claim {number}: {claim.text['sentence']}", style="bold", highlight=False, markup=False)
        try:
            decided = _decide(claim, chosen, folder, console)
        except RunError as error:
            if error.status != RunError.status:
                raise
            console.print(f"lrbench: {error}", style="yellow", highlight=False, markup=False, soft_wrap=True)
            errors.append(error)
            continue
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / f"{claim.name}.json", json.dumps(decided, indent=1, ensure_ascii=False).encode())
        _print(console, decided)
    known_files = sorted(folder.glob("claim_*.json"))
    if known_files:
        page = write_claims([json.loads(file.read_text()) for file in known_files], folder)
        console.print(str(page), highlight=False, markup=False, soft_wrap=True)
    return max((error.status for error in errors), default=0)


def _asked(words: Sequence[str]) -> list[int]:
    """Returns the numbers of the claims that words name; all where there are none.

    Raises:
        ConfigurationError: a number that does not exist, or that has no experiment.
    """
    known = catalogue.numbers()
    for word in words:
        if not word.isdecimal() or int(word) not in known:
            listed = word.isdecimal() and int(word) in catalogue.not_tested()
            what = f"claim {word} has no experiment yet" if listed else f"there is no claim {word!r}"
            raise ConfigurationError(f"{what}; choose {', '.join(map(str, known))}")
    return sorted({int(word) for word in words}) or known


def _decide(claim: Claim, chosen: Words, folder: Path, console: Console) -> dict[str, Any]:
    """Does the runs of a claim that are missing, and returns its decision with all that it rests on.

    Raises:
        RunError: a run did not come to its end, or a measurement could not be made.
    """
    from lrbench.commands.collect import collect
    from lrbench.runs.provenance import commit, device
    from lrbench.studies.cost import longest
    from lrbench.studies.rates import chosen_rates

    started = time.monotonic()
    results = collect(claim.study, chosen.scale, chosen.runs, folder, console)
    decision = claim.decide(results, claim.measure(results))
    runs = results.rows.unique("run")
    return {
        "number": claim.number,
        "scale": chosen.scale,
        "sentence": claim.text["sentence"],
        "said_in": list(claim.text["said_in"]),
        "rule": claim.text["rule"].strip(),
        "outcome": None if chosen.scale == "smoke" else decision.outcome,
        "found": decision.sentence,
        "facts": [asdict(fact) for fact in decision.facts],
        "runs": sorted(runs["run"].to_list()),
        "seeds": sorted(set(results.rows["seed"].to_list())),
        "rates": chosen_rates(results.rows),
        "trained_on": sorted(set(results.rows["device"])),
        "device": device(),
        "of_machine": claim.of_machine,
        "commit": commit(),
        "training_seconds": float(runs["seconds"].sum()),
        "longest_command_seconds": longest(folder / f"{claim.name}.json", time.monotonic() - started),
    }


def _print(console: Console, decided: dict[str, Any]) -> None:
    """Prints a decision: its numbers, the verdict, the rule, and what it holds for."""
    from lrbench.studies.rates import edge_sentence

    console.print(_table(decided))
    outcome = decided["outcome"] or "not judged (smoke: only seen to work)"
    console.print(f"{outcome.upper()}: {decided['found']}", style="bold", highlight=False, markup=False)
    seeds = f"; {wording.plural(len(decided['seeds']), 'seed')}" if decided["seeds"] else ""
    for sentence in (
        f"The rule, written before the runs: {decided['rule']}",
        edge_sentence(decided["rates"]),
        f"On {decided['device']}, commit {decided['commit'][:8]}{seeds}.",
    ):
        if sentence is not None:
            console.print(sentence, highlight=False, markup=False)


def _table(decided: dict[str, Any]) -> Table:
    """Returns the facts of a decision as a table."""
    table = Table(box=None, pad_edge=False)
    headings: tuple[tuple[str, JustifyMethod], ...] = (
        ("", "left"),
        ("value", "right"),
        ("95 % or range", "right"),
        ("p", "right"),
        ("n", "right"),
    )
    for heading, justify in headings:
        table.add_column(heading, justify=justify, overflow="fold")
    for fact in decided["facts"]:
        span = "" if fact["low"] is None else f"{fact['low']:.3g} to {fact['high']:.3g}"
        p_value = "" if fact["p_value"] is None else f"{fact['p_value']:.3g}"
        value = f"{fact['value']:,.0f}" if float(fact["value"]).is_integer() else f"{fact['value']:.4g}"
        table.add_row(fact["what"], value, span, p_value, str(fact["seeds"] or ""))
    return table
