"""Old data comes along: what the user's former systems hold is copied, and nothing of it is ever sent by that."""

from qafila.campaigns.legacy.copying import import_legacy
from qafila.campaigns.legacy.report import Report, Table
from qafila.campaigns.legacy.source import SourceUnreadable

__all__ = ["Report", "SourceUnreadable", "Table", "import_legacy"]
