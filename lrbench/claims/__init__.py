"""Sentences from the literature and from folklore, each with the sweeps and the rule that decide it."""

from lrbench.claims.catalogue import claim_of, numbers
from lrbench.claims.claim import Claim, Decision, Fact

__all__ = ["Claim", "Decision", "Fact", "claim_of", "numbers"]
