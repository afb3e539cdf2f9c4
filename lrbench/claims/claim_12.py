"""Claim 12: equal parameters or equal hidden size, the choice changes the winner. Decided by both, side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from lrbench.analysis.contest import contest
from lrbench.analysis.decision import Decision as Decided
from lrbench.analysis.decision import decide
from lrbench.claims.claim import Claim, Decision, Fact, Outcome
from lrbench.claims.interval import ends
from lrbench.claims.lstm_against_gru import Duel, duels, learned, searched
from lrbench.claims.part import Part, Voice, part
from lrbench.claims.two_matchings import PARAMETERS, WIDTH, with_shared_gru
from lrbench.studies import Results


@dataclass(frozen=True)
class Place:
    """A task and length, with both comparisons against the same GRU.

    Attributes:
        parameters: LSTM against GRU at equal parameters.
        width: at equal width.
        change: LSTM of equal width less LSTM of equal parameters: what the choice changes, as the GRU is the same.
        voice: whether the choice changes the winner.
    """

    parameters: Duel
    width: Duel
    change: Decided
    voice: Voice


class Matching(Claim):
    """LSTM against the same GRU twice: with as many parameters, and with the same width."""

    number = 12

    def decide(self, results: Results, measured: Mapping[str, pl.DataFrame]) -> Decision:
        """Applies the rule."""
        del measured
        places = self._places(results.rows)
        reached = outcome(part([one.voice for one in places]))
        facts = [fact for one in places for fact in (one.parameters.fact(), one.width.fact(), _change(one))]
        return Decision(reached, self._sentence(places, reached), tuple(facts))

    def _places(self, rows: pl.DataFrame) -> list[Place]:
        """Compares at both matchings, at the length of training; the tests of the change are a family of their own."""
        text = self.text
        here = with_shared_gru(rows.filter(pl.col("eval_length") == pl.col("train_length")))
        found = duels(here, level=text["level"], margin=text["margin"])
        by_place = {(duel.arm, duel.task, duel.train_length): duel for duel in found}
        pairs = [(by_place[PARAMETERS, duel.task, duel.train_length], duel) for duel in found if duel.arm == WIDTH]
        # The GRU's score, which both comparisons hold, cancels.
        lstms = searched(here, selected=False).filter(pl.col("model") == "lstm")
        contests = [contest(*(_lanes(lstms, arm, duel) for arm in (WIDTH, PARAMETERS))) for _, duel in pairs]
        changes = decide(contests, text["level"], text["margin"])
        return [
            Place(parameters, width, change, changes_winner(parameters, width, change, text["learned"]))
            for (parameters, width), change in zip(pairs, changes, strict=True)
        ]

    def _sentence(self, places: Sequence[Place], reached: Outcome) -> str:
        """Says what was seen."""
        words = {
            "says": "changed",
            "denies": "not changed",
            "open": "open whether changed",
            "silent": "neither learned",
        }
        seen = "; ".join(
            f"{one.parameters.place}: {_winner(one.parameters)} at equal parameters, {_winner(one.width)} at equal "
            f"width ({words[one.voice]})"
            for one in places
        )
        more = [one.change.seeds_needed for one in places if one.voice == "open"]
        known = [seeds for seeds in more if seeds is not None]
        if reached != "undecided" or not more:
            return f"{seen}."
        return (
            f"{seen}. If the changes seen are the true ones, about {max(known):,} seeds would decide "
            f"{len(known)} of the {len(more)} open ones."
            if known
            else f"{seen}. If the changes seen are the true ones, no number of seeds up to 10,000 would decide."
        )


def _lanes(rows: pl.DataFrame, arm: str, duel: Duel) -> pl.DataFrame:
    """Returns the rows of an arm where a comparison was made."""
    return rows.filter(pl.col("arm") == arm, pl.col("task") == duel.task, pl.col("train_length") == duel.train_length)


def changes_winner(parameters: Duel, width: Duel, change: Decided, least: float) -> Voice:
    """Says whether the choice of the matching changes the winner at a place.

    It does where the established winners differ, having none being one of the three possible results, and the change of
    the LSTM's score between the matchings is itself established and not practically nothing. It does not where the
    same model wins under both, or where the change is practically equal to nothing.
    """
    if not (learned(parameters, least) or learned(width, least)):
        return "silent"
    if parameters.winner != width.winner and change.call.established and change.practical != "equal":
        return "says"
    same = parameters.winner is not None and parameters.winner == width.winner
    return "denies" if same or change.practical == "equal" else "open"


def outcome(found: Part) -> Outcome:
    """Supported where the part holds, contradicted where it fails, depends where it is mixed, undecided otherwise."""
    verdicts: dict[Part, Outcome] = {"holds": "supported", "fails": "contradicted", "mixed": "depends"}
    return verdicts.get(found, "undecided")


def _winner(duel: Duel) -> str:
    return "no established winner" if duel.winner is None else f"{duel.winner} wins"


def _change(one: Place) -> Fact:
    seen = one.change.difference
    low, high = ends(seen)
    return Fact(
        f"{one.parameters.place}: LSTM of equal width less LSTM of equal parameters, scaled score",
        seen.mean,
        low,
        high,
        one.change.call.corrected,
        seen.pairs,
    )
