"""A refusal is the same in another process: its kind, what it says, and what it is about."""

from __future__ import annotations

import pickle

import pytest

from services.intake.bulk import DeclaredOtherwise, StoppedMidway
from shared.errors import AlreadyClaimed, Refusal, Unavailable, VersionConflict


@pytest.mark.parametrize(
    "refusal",
    [
        AlreadyClaimed("key\x1fa\x1fb"),
        VersionConflict("Version 3 is on record."),
        DeclaredOtherwise("LD-7"),
        StoppedMidway(12, Unavailable("The disk is full.")),
    ],
)
def test_a_refusal_said_in_another_process_says_the_same(refusal: Refusal) -> None:
    again = pickle.loads(pickle.dumps(refusal))
    assert type(again) is type(refusal)
    assert str(again) == str(refusal)
    assert vars(again) == vars(refusal)
