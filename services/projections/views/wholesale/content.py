"""What a declaration brings besides itself: its authors and its benefit, counted in the bytes of the event."""

from __future__ import annotations

from typing import Final

from services.projections.views.wholesale.fields import (
    AUTHORS,
    BENEFIT_CLASS,
    BENEFIT_VND,
    CLOSE_LIST,
    COMMA,
    CONTENT,
    HOLDS_POST,
    OPEN,
    OPEN_LIST,
    WORKER_KIND,
    Inner,
    Places,
    State,
    find,
)
from services.projections.views.wholesale.letters import letters
from services.projections.views.wholesale.row import (
    BENEFIT,
    DIRECT,
    IS_RECOGNISED,
    IS_VERIFIED,
    PEOPLE,
    POSTS,
    SURE,
    Rows,
)
from services.projections.views.wholesale.values import says, whole
from shared.compiled import compiled
from shared.vocabulary import BenefitClass, WorkerKind

TRUE: Final = letters("true")
FALSE: Final = letters("false")
NULL: Final = letters("null")
DIRECT_WORKER: Final = letters(f'"{WorkerKind.DIRECT.value}"')
BENEFIT_RECOGNISED: Final = letters(f'"{BenefitClass.RECOGNISED.value}"')
BENEFIT_VERIFIED: Final = letters(f'"{BenefitClass.VERIFIED.value}"')


@compiled
def is_given(state: State, places: Places, field: int) -> int:
    begin, end = places[0, field], places[1, field]
    return int(begin >= 0 and not says(state, begin, end, NULL))


@compiled
def brings(state: State, places: Places, nested: Inner, stop: int, row: Rows) -> bool:
    """What a declaration brings: its authors and its benefit. False where it is not understood."""
    begin = places[0, CONTENT]
    if begin < 0 or state[begin] != OPEN:
        return False
    inner = nested[CONTENT]
    benefit = 0
    if is_given(state, inner, BENEFIT_VND):
        benefit, fits = whole(state, inner[0, BENEFIT_VND], inner[1, BENEFIT_VND])
        if not fits:
            return False
    row[BENEFIT] = benefit
    begin, end = inner[0, BENEFIT_CLASS], inner[1, BENEFIT_CLASS]
    if begin >= 0:
        if says(state, begin, end, BENEFIT_RECOGNISED):
            row[SURE] = IS_RECOGNISED
        elif says(state, begin, end, BENEFIT_VERIFIED):
            row[SURE] = IS_VERIFIED
    inner = nested[AUTHORS]
    at = places[0, AUTHORS]
    if at < 0 or state[at] != OPEN_LIST:
        return False
    at += 1
    while state[at] != CLOSE_LIST:
        at = find(state, at, stop, inner)
        if at < 0 or at >= stop or inner[0, WORKER_KIND] < 0:
            return False
        begin, end = inner[0, HOLDS_POST], inner[1, HOLDS_POST]
        holds_post = says(state, begin, end, TRUE)
        if not (holds_post or says(state, begin, end, FALSE)):
            return False
        row[PEOPLE] += 1
        row[POSTS] += holds_post
        row[DIRECT] += says(state, inner[0, WORKER_KIND], inner[1, WORKER_KIND], DIRECT_WORKER)
        if state[at] == COMMA:
            at += 1
    return True
