"""Which claims there are: every claim_NN.yaml here has a claim_NN.py beside it with one subclass of Claim."""

import inspect
from importlib import import_module, resources
from typing import Any, cast

from omegaconf import OmegaConf

from lrbench.claims.claim import Claim


def numbers() -> list[int]:
    """Returns the numbers of all claims that can be decided, sorted."""
    files = [file.name for file in resources.files("lrbench.claims").iterdir()]
    claims = [name for name in files if name.startswith("claim_") and name.endswith(".yaml")]
    return sorted(int(name[len("claim_") : -len(".yaml")]) for name in claims)


def not_tested() -> dict[int, dict[str, Any]]:
    """Returns the sentences that have no experiment yet: `sentence` and `said_in` by number."""
    text = (resources.files("lrbench.claims") / "not_tested.yaml").read_text(encoding="utf-8")
    return cast(dict[int, dict[str, Any]], OmegaConf.to_container(OmegaConf.create(text)))


def claim_of(number: int) -> Claim:
    """Returns a claim by its number, one of `numbers()`."""
    module = import_module(f"lrbench.claims.claim_{number:02}")
    (found,) = (
        member
        for _, member in inspect.getmembers(module, inspect.isclass)
        if issubclass(member, Claim) and member.__module__ == module.__name__
    )
    return found()
