"""Programs that are not ours, which say whether strangers can read what the system writes."""

from tests.foreign.document import Document
from tests.foreign.kcat import kcat
from tests.foreign.parser import AsyncApiParser

__all__ = ["AsyncApiParser", "Document", "kcat"]
