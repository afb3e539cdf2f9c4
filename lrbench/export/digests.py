"""Whether a folder still holds what was exported: a SHA-256 of every file, and one over the card that lists them."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from lrbench.runs.errors import RunError

CARD = "card.json"
#: A card is short; a file of this name that is not is no card, and is not read.
CARD_BYTES = 2**24


class DamagedExport(RunError):
    """A folder that does not hold what its card says."""


def file_digest(path: Path) -> str:
    """Returns the SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def card_digest(card: Mapping[str, Any]) -> str:
    """Returns the SHA-256 of a card without its own digest: since a card lists its files' digests, of the whole."""
    rest = {key: value for key, value in card.items() if key != "digest"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def read_card(folder: Path) -> dict[str, Any]:
    """Reads the card of an export.

    Raises:
        DamagedExport: there is none, or it is none that lrbench wrote.
    """
    path = folder / CARD
    if not path.is_file():
        raise DamagedExport(f"{folder} is no export: it has no {CARD}; name the folder that lrbench export wrote")
    try:
        card = json.loads(path.read_bytes()) if path.stat().st_size <= CARD_BYTES else None
    except (ValueError, RecursionError):
        card = None
    if not isinstance(card, dict) or not isinstance(card.get("files"), dict) or "digest" not in card:
        raise DamagedExport(f"{path} cannot be read as the card of an export; get the folder anew, or export again")
    return card


def verify(folder: Path) -> tuple[int, str]:
    """Compares every file of an export with its card.

    Args:
        folder: what `lrbench export` wrote; it may come from anybody.

    Returns:
        How many files there are, and the digest of the whole.

    Raises:
        DamagedExport: something is missing, changed, or too many; the sentence names all of it.
    """
    card = read_card(folder)
    digest = card_digest(card)
    found = [f"{CARD} was changed"] if digest != card["digest"] else []
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()} - {CARD}
    for name, entry in card["files"].items():
        expected = entry.get("sha256") if isinstance(entry, dict) else None
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            found.append(f"{CARD} names {name!r}, which is outside")
        elif not (folder / name).is_file():
            found.append(f"{name!r} is missing")
        elif file_digest(folder / name) != expected:
            found.append(f"{name!r} was changed")
    found += [f"{name!r} is not of the export" for name in sorted(present - card["files"].keys())]
    if found:
        raise DamagedExport(f"{folder} is not what was exported: {', '.join(found)}; export again into another folder")
    return len(card["files"]) + 1, digest
