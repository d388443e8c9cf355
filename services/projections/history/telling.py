"""What is told of an event in the story of an idea that it concerns: never a text, never a sealed name."""

from __future__ import annotations

from uuid import UUID

from shared.events.case import (
    CanonicalChosen,
    CaseOpened,
    CaseReopened,
    MemberChanged,
    MemberJoined,
    MemberLeft,
    MemberRuled,
)
from shared.events.idea import (
    IdeaAmended,
    IdeaDeclared,
    IdeaRerouted,
    IdeaWithdrawn,
    RecognitionRecorded,
)
from shared.events.matching import FlagRaised
from shared.events.mending import (
    CaseJoined,
    CaseSplit,
    CaseSplitOff,
    CaseTookIn,
    MemberExcluded,
    RulingUndone,
)
from shared.ledger.model import Event
from shared.vocabulary import Member


def told(event: Event, idea: UUID) -> dict[str, object]:
    """What is shown of an event in the story of an idea that it concerns."""
    match event:
        case IdeaDeclared() as e:
            return {
                "programme": e.programme,
                "unit": e.unit,
                "sender": e.sender,
                "external_id": e.external_id,
                "ineligible": e.ineligible,
                "late": e.late,
            }
        case IdeaAmended() as e:
            return {"ineligible": e.ineligible, "content_hash": e.content_hash}
        case IdeaWithdrawn() as e:
            return {"reason": e.reason}
        case IdeaRerouted() as e:
            return {"came_from": e.came_from, "unit": e.unit, "reason": e.reason}
        case RecognitionRecorded() as e:
            form, date = e.recognition.form, e.recognition.date
            return {"form": form, "date": date, "ineligible": e.ineligible}
        case FlagRaised() as e:
            raised = {
                "band": e.band,
                "score": e.score,
                "tier": e.tier,
                "reasons": e.reasons,
                "model": e.model,
            }
            if idea == e.idea.idea:
                return {**raised, "repeats": _shown(e.of)}
            return {**raised, "repeated_by": _shown(e.idea)}
        case CaseOpened() as e:
            return {"band": e.band, "score": e.score}
        case MemberJoined() as e:
            return {"joined": _shown(e.member), "band": e.band, "score": e.score}
        case MemberRuled() as e:
            return {
                "member": e.member,
                "canonical": e.canonical,
                "ruling": e.ruling,
                "leaves_net": e.ruling.leaves_net,
                "reason": e.reason,
            }
        case MemberChanged() as e:
            member = e.member
            return {
                "unit": member.unit,
                "ineligible": member.ineligible,
                "text_changed": e.text_changed,
            }
        case CanonicalChosen() as e:
            return {"canonical": e.member, "reason": e.reason}
        case MemberLeft() as e:
            return {"left": e.member, "moot": e.moot}
        case CaseReopened() as e:
            return {"asked_again": e.member, "reason": e.reason}
        case MemberExcluded() as e:
            return {"excluded": e.member, "reason": e.reason}
        case CaseSplit() as e:
            return {"into": e.into, "moved": e.moved, "reason": e.reason}
        case CaseSplitOff() as e:
            return {"came_from": e.came_from, "reason": e.reason}
        case CaseTookIn() as e:
            joined = [_shown(brought.member) for brought in e.members]
            return {"came_from": e.came_from, "joined": joined, "reason": e.reason}
        case CaseJoined() as e:
            return {"into": e.into, "reason": e.reason}
        case RulingUndone() as e:
            return {
                "member": e.member,
                "canonical": e.canonical,
                "undone": e.undone,
                "ruling": e.before.ruling if e.before is not None else None,
                "leaves_net": e.before is not None and e.before.ruling.leaves_net,
                "reason": e.reason,
            }
        case _:
            return {}


def _shown(member: Member) -> dict[str, object]:
    return {"idea": member.idea, "sender": member.sender, "external_id": member.external_id}
