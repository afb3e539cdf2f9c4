"""Which claims there are: every claim_NN.yaml here has a claim_NN.py beside it with one subclass of Claim."""

import inspect
from importlib import import_module, resources

from lrbench.claims.claim import Claim


def numbers() -> list[int]:
    """Returns the numbers of all claims, sorted."""
    files = [file.name for file in resources.files("lrbench.claims").iterdir()]
    return sorted(int(name[len("claim_") : -len(".yaml")]) for name in files if name.endswith(".yaml"))


def claim_of(number: int) -> Claim:
    """Returns a claim by its number, one of `numbers()`."""
    module = import_module(f"lrbench.claims.claim_{number:02}")
    (found,) = (
        member
        for _, member in inspect.getmembers(module, inspect.isclass)
        if issubclass(member, Claim) and member.__module__ == module.__name__
    )
    return found()
