"""Whether the GRU is as good up to some length and the LSTM wins beyond it: how the two parts of that fare."""

from collections.abc import Mapping, Sequence

from lrbench.analysis import wording
from lrbench.claims.claim import Decision, Outcome
from lrbench.claims.lstm_against_gru import Duel, State, needed, state
from lrbench.claims.part import Part, Voice, part

#: What a comparison says of the part near and of the part far.
_NEAR: Mapping[State, Voice] = {
    "gru as good": "says",
    "lstm better": "denies",
    "open": "open",
    "not learned": "silent",
}
_FAR: Mapping[State, Voice] = {
    "lstm better": "says",
    "gru as good": "denies",
    "open": "open",
    "not learned": "silent",
}


def judge_advantage(
    near: Sequence[Duel], far: Sequence[Duel], names: tuple[str, str], *, margin: float, least: float, updates: int
) -> Decision:
    """Decides "the GRU is as good up to here, the LSTM wins beyond".

    Args:
        near: the comparisons up to the limit.
        far: those beyond it.
        names: of the two zones, as "up to 300 steps".
        margin: the smallest difference that matters.
        least: the mean scaled score that the better of the two needs to count as having learned a task.
        updates: that every network was trained for.
    """
    zones = [[state(duel, margin=margin, least=least) for duel in zone] for zone in (near, far)]
    parts = part([_NEAR[one] for one in zones[0]]), part([_FAR[one] for one in zones[1]])
    seen = [f"After {updates:,} updates."]
    seen += [_zone(name, zone, states) for name, zone, states in zip(names, (near, far), zones, strict=True)]
    undecided = [
        duel
        for zone, states in zip((near, far), zones, strict=True)
        for duel, found in zip(zone, states, strict=True)
        if found == "open"
    ]
    reached = outcome(*parts)
    if reached == "undecided" and undecided:
        seen.append(f"{needed(undecided)[0].upper()}{needed(undecided)[1:]}.")
    return Decision(reached, " ".join(seen), tuple(duel.fact() for duel in (*near, *far)))


def outcome(near: Part, far: Part) -> Outcome:
    """Decides from the two parts.

    Supported where both hold; contradicted where the far part fails, whatever the near one does; it depends where the
    far part is mixed, or holds although the near part fails or is mixed (the LSTM wins there too, so the length is not
    what decides); undecided otherwise.
    """
    if far == "fails":
        return "contradicted"
    if far == "mixed" or (far == "holds" and near in ("fails", "mixed")):
        return "depends"
    return "supported" if far == "holds" and near == "holds" else "undecided"


def _zone(name: str, zone: Sequence[Duel], states: Sequence[State]) -> str:
    """Says what was seen in a zone, as "Up to 300 steps: LSTM better on …; GRU as good on …"."""
    words = {
        "lstm better": "the LSTM is better on",
        "gru as good": "the GRU is as good or better on",
        "open": "open on",
        "not learned": "neither learned",
    }
    found = []
    for one, said in words.items():
        places = [duel.place for duel, state in zip(zone, states, strict=True) if state == one]
        if places:
            found.append(f"{said} {wording.listing(places)}")
    return f"{name[0].upper()}{name[1:]}: {'; '.join(found) or 'nothing was compared'}."
