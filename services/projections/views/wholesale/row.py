"""The row of numbers that is told of an event: which events compiled code reads, and what each number means."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.events.case import CaseOpened, MemberChanged, MemberJoined, MemberRuled
from shared.events.idea import (
    IdeaAmended,
    IdeaDeclared,
    IdeaRerouted,
    IdeaWithdrawn,
    RecognitionRecorded,
)
from shared.events.matching import FlagRaised
from shared.ledger.model import Event

Rows = NDArray[np.int64]

READ: Final[tuple[type[Event], ...]] = (
    *(IdeaDeclared, RecognitionRecorded, MemberRuled, IdeaAmended, IdeaWithdrawn, IdeaRerouted),
    *(FlagRaised, CaseOpened, MemberJoined, MemberChanged),
)
"""What the compiled code reads: nearly all of every ledger."""
DECLARED, RECOGNISED, RULED, AMENDED, WITHDRAWN, REROUTED, FLAGGED, OPENED, JOINED, CHANGED = range(
    len(READ)
)
OTHER: Final = len(READ)
KINDS: Final = {kind.TOPIC: n for n, kind in enumerate(READ)}

# The columns of what is told of an event.
KIND, RECORDED, ACTOR, FIRST, SECOND, HIGH, LOW, UNDERSTOOD = range(8)
OF_PROGRAMME, FILED, IS_INELIGIBLE, ENTERED, PEOPLE, BENEFIT, POSTS, DIRECT, SURE = range(8, 17)
SENDER_BEGINS, SENDER_ENDS, EXTERNAL_BEGINS, EXTERNAL_ENDS = range(17, 21)
MEMBER_HIGH, MEMBER_LOW, JUDGED, TOPIC, AGAINST_HIGH, AGAINST_LOW = range(21, 27)
COLUMNS: Final = 27
"""What is told of an event: its kind; when it was recorded; who did it; the two units that it is searched by; its stream's
id; whether it was understood; its type. Of a declaration what counts, and where its sender's words stand; of a ruling the member,
the ruling and whom it was judged against. Words are numbers."""
IS_RECOGNISED, IS_VERIFIED = 1, 2
MENTIONED: Final = 4
"""A row for each mention: the event's place in the stretch, the idea, the case, and whether it came."""
MOST_MENTIONS: Final = 64

# The columns of a member of whom an event of a case says something.
OF_EVENT, IDEA_HIGH, IDEA_LOW, OF_UNIT, BY_PRIORITY, BY_POSITION, IS_OUT = range(7)
SEATED: Final = 7
"""The event's place in the stretch, the idea's id, its unit, and what it may be the canonical one by: its priority in
microseconds, its position, and whether it is ineligible."""
