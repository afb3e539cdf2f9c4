"""A file of one's own sequences, read into a data set."""

from lrbench.data.table.assembly import Opened, open_table
from lrbench.data.table.names import visible
from lrbench.data.table.profile import Profile
from lrbench.data.table.reading import (
    Asked,
    Between,
    Delimiter,
    Encoding,
    Kind,
    Layout,
    Missing,
    Reading,
)

__all__ = [
    "Asked",
    "Between",
    "Delimiter",
    "Encoding",
    "Kind",
    "Layout",
    "Missing",
    "Opened",
    "Profile",
    "Reading",
    "open_table",
    "visible",
]
