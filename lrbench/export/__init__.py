"""Tasks as files: fixed splits with a card, so that another framework trains and tests on the same examples."""

from lrbench.export.digests import DamagedExport, read_card, verify
from lrbench.export.request import FORMATS, Format, Request
from lrbench.export.write import Outcome, export

__all__ = ["FORMATS", "DamagedExport", "Format", "Outcome", "Request", "export", "read_card", "verify"]
