"""What somebody who reads the topics from outside must know, and what the fields of events mean, each in a sentence.

A name means the same wherever it stands; where it does not, it is said here as `Value.name`. A test holds that every field of
every event is here, and nothing else.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from shared.calibration import Calibration
from shared.vocabulary import Ruling


class Meaning(NamedTuple):
    """What a field holds, and a value that it might have where its type does not say enough."""

    said: str
    example: object = None


FIELDS: Final = {
    # What every event holds.
    "recorded": Meaning("When it was put on record, in UTC; it never falls from one position to the next."),
    "by": Meaning("Who did it, in which role, and following from what."),
    "effective": Meaning("When it is true, where that is not when it was recorded."),
    "Actor.name": Meaning("The label of the key that was used, or the name of the follower.", "cong-doan-may-01"),
    "Actor.role": Meaning("The role in which it was done; `system` is a follower of the system itself.", "client"),
    "Actor.source": Meaning("Through which door it came: a room's name, or `cli` for the command line.", "intake"),
    "correlation": Meaning("Shared by everything that one request set in motion."),
    "on_behalf_of": Meaning("The pseudonym of the person for whom it was done."),
    "causation": Meaning("The `ce_id` of the event that led to this one.", "01900000-0000-7000-8000-000000000001/1"),
    # Ideas.
    "sender": Meaning("Who hands ideas in: with `external_id` it names an idea once.", "cong-doan-may-01"),
    "external_id": Meaning("The idea's id at its sender.", "SK-2026-0417"),
    "programme": Meaning("The code of the programme.", "1TSK"),
    "unit": Meaning("The code of the unit concerned.", "CDCS-0101"),
    "filed_at": Meaning("When the declaration was filed, as its sender says."),
    "priority": Meaning("The earlier of filing and first application: of two alike, the one with the earlier priority comes first."),
    "content_hash": Meaning("SHA-256 of what was declared, without anything personal.", "9f2c" * 16),
    "ineligible": Meaning("Why it counts in gross and not in net; empty where it counts in both."),
    "late": Meaning("Whether it says that it was filed more than a day before it was recorded."),
    "entered_by": Meaning("The pseudonym of whoever typed it in for the authors."),
    "entered_by_name": Meaning("That person's name, sealed as the authors' names are."),
    "authors": Meaning("Whose idea it is; shares add to 100."),
    "content": Meaning("The texts and dates, as typed."),
    "title": Meaning("The idea's title.", "Bàn gá xoay cho công đoạn ép nhãn"),
    "situation_before": Meaning("How it was done before.", "Công nhân xoay từng tấm bằng tay."),
    "Content.solution": Meaning("What is new.", "Gắn bàn gá xoay 180 độ, ép hai mặt trong một lần đặt."),
    "applicability": Meaning("Where else it could be applied."),
    "conditions": Meaning("What is needed to apply it."),
    "benefit": Meaning("What it brought, in words."),
    "benefit_vnd": Meaning("What it brings, in VND."),
    "benefit_basis": Meaning("How the benefit was reckoned."),
    "benefit_class": Meaning("Who stands behind the benefit."),
    "field": Meaning("lĩnh vực: the field that the idea belongs to."),
    "first_applied_on": Meaning("The day of first application, at home."),
    "Content.recognition": Meaning("The decision that recognised it, where it was known when it was declared."),
    "RecognitionRecorded.recognition": Meaning("The decision that recognised it."),
    "confidential": Meaning("Which of the texts the declarer wants matched, but not shown: **whoever reads the topic must not show them either**."),
    "person": Meaning("The author's pseudonym: the same for all that one sender hands in for this person."),
    "sealed_name": Meaning("The author's name, encrypted under a key of that person; readers of the topic have no key, and an erased person's is gone.", "bmd1IG3DoQ=="),
    "share_percent": Meaning("The author's share of the idea, a decimal number in percent.", "100"),
    "holds_post": Meaning("Whether the author is a leader or manager."),
    "worker_kind": Meaning("What kind of worker the author is."),
    "form": Meaning("What kind of decision it is."),
    "number": Meaning("The decision's number."),
    "date": Meaning("The day of the decision."),
    "authority": Meaning("Who decided."),
    "reason": Meaning("Why, in the words of whoever did it.", "Trùng giải pháp đã công nhận năm trước."),
    # Suspicions.
    "FlagRaised.idea": Meaning("The later declaration, which is suspected."),
    "FlagRaised.of": Meaning("The earlier declaration, which it may repeat."),
    "idea_version": Meaning("Which version of the later idea was compared.", 1),
    "band": Meaning("How alike the two are, as the machine suspects."),
    "score": Meaning("0 to 1: of pairs that score .8, about eight in ten are duplicates.", 0.91),
    "parts": Meaning("What the score is made of."),
    "tier": Meaning("Where the earlier declaration stands, seen from the later one."),
    "reasons": Meaning("Codes of what a reviewer should know beside the score, such as `same-authors`."),
    "model": Meaning("The id of the model under which it was computed.", "3b7e" * 16),
    "normaliser": Meaning("Which rules for reading words the model was made with.", "1"),
    "rules_version": Meaning("The version of the stream of matching rules that held; 0 before any were adopted.", 2),
    "cut": Meaning("The position up to which earlier declarations were compared: the idea's own less one.", 416),
    "idea_standard": Meaning("The sentences of the later solution, counted from 0, that were standard paragraphs and weighed nothing."),
    "of_standard": Meaning("The same of the earlier solution."),
    "title_cosine": Meaning("Title: the same telling words, with diacritics.", 0.72),
    "title_fuzzy": Meaning("Title: the words stand in the same order.", 0.64),
    "situation_cosine": Meaning("Situation before: the same telling words.", 0.4),
    "solution_cosine": Meaning("Solution: the same telling words, with diacritics.", 0.9),
    "solution_bare_cosine": Meaning("Solution: the same words without diacritics.", 0.93),
    "solution_containment": Meaning("Solution: how much of the shorter stands in the longer.", 0.95),
    "solution_fuzzy": Meaning("Solution: the words stand in the same order.", 0.88),
    "RulesAdopted.rules": Meaning("The rules, written out in full at the time of adoption."),
    "thresholds": Meaning("Where the bands begin."),
    "by_tier": Meaning("The thresholds of tiers that have their own."),
    "calibration": Meaning("What makes a score of a likeness. **Rules without it are older than it: in them a score is the likeness itself.**", Calibration().model_dump()),
    "candidate_cosine": Meaning("From which cosine on a pair is looked at closely."),
    "candidate_containment": Meaning("From which share of the shorter text's rare words on a pair is looked at closely."),
    "short_words": Meaning("Under so many words a text can only be `similar`."),
    "standard_units": Meaning("In so many units a sentence must stand to be a standard paragraph."),
    "most_flags": Meaning("So many flags one text gets at most."),
    "stop_phrases": Meaning("Phrases that weigh nothing, by field."),
    "a": Meaning("Of the calibration."),
    "b": Meaning("Of the calibration."),
    "c": Meaning("Of the calibration."),
    "similar": Meaning("From which score on a pair is `similar`; below, there is no flag."),
    "near": Meaning("From which score on a pair is `near`."),
    "exact": Meaning("From which score on a pair is `exact`."),
    # Cases and rulings.
    "flag": Meaning("The stream of the flag."),
    "members": Meaning("The declarations that are in the case from now on."),
    "HeadsCounted.members": Meaning("How many members the unit has.", 240),
    "MemberJoined.member": Meaning("The declaration that joined."),
    "MemberJoined.of": Meaning("The idea in the case that it was flagged against."),
    "MemberChanged.member": Meaning("The declaration as it is now."),
    "Brought.member": Meaning("The declaration."),
    "member": Meaning("The idea, as a member of the case."),
    "idea": Meaning("The idea: the key of its stream."),
    "by_application": Meaning("Whether the priority is the day of first application, not of filing."),
    "position": Meaning("The position of the declaration, or of its latest amendment.", 417),
    "solution_hash": Meaning("SHA-256 of the solution's normalised words.", "51aa" * 16),
    "canonical": Meaning("The idea that stood first in the case."),
    "ruling": Meaning("How the member was judged."),
    "member_solution": Meaning("The `solution_hash` of the member at that time.", "51aa" * 16),
    "canonical_solution": Meaning("The `solution_hash` of the canonical at that time.", "77d0" * 16),
    "text_changed": Meaning("Whether its text is another than the one that was flagged or judged."),
    "moot": Meaning("Whether nothing is left to decide in the case."),
    "apart": Meaning("Who may not be brought together with it again by the machine until one of the solutions is another."),
    "RulingUndone.apart": Meaning("The two solutions in which member and canonical are distinct again; empty where they are not."),
    "solution": Meaning("The `solution_hash` of those words.", "51aa" * 16),
    "into": Meaning("The case where the members are from now on."),
    "moved": Meaning("The ideas that went."),
    "came_from": Meaning("The case that they came from."),
    "IdeaRerouted.came_from": Meaning("The code of the unit that it had been declared for.", "CDCS-0102"),
    "chosen": Meaning("The member that a person put first."),
    "judged": Meaning("The ruling that stands on the member."),
    "asked_again": Meaning("Whether a person is asked again in spite of the ruling."),
    "left": Meaning("Whether it has left the case."),
    "Judgement.code": Meaning("The ruling's code.", "duplicate-in-unit"),
    "against": Meaning("The canonical that it was judged against."),
    "against_solution": Meaning("The `solution_hash` of that canonical.", "77d0" * 16),
    "event": Meaning("The `ce_id` of the event that gave it.", "01900000-0000-7000-8000-000000000002/2"),
    "RulingUndone.undone": Meaning("The `ce_id` of the ruling that stands no more.", "01900000-0000-7000-8000-000000000002/2"),
    "before": Meaning("The ruling that stands again."),
    "rulings": Meaning("Where each of the rulings is on record."),
    "RulingsUndone.undone": Meaning("Where each of the rulings that were undone is on record."),
    "left_alone": Meaning("Those that were not undone, and why."),
    "LeftAlone.ruling": Meaning("Where the ruling is on record."),
    "why": Meaning("What had become of it."),
    "case": Meaning("The case: the key of its stream."),
    "version": Meaning("The version of the case that the ruling made.", 2),
    # Units, programmes, targets.
    "code": Meaning("The code of what the event is about.", "CDCS-0101"),
    "unit_name": Meaning("The unit's name.", "Công đoàn cơ sở May 01"),
    "level": Meaning("The unit's level in the organisation."),
    "parent": Meaning("The code of the unit above; null for the nation.", "CDCTTT-01"),
    "sector": Meaning("State or not."),
    "unit_kind": Meaning("The unit's kind, in its own words."),
    "valid_from": Meaning("From this day on, at home."),
    "merged_into": Meaning("The code of the unit that it went into; null where it was dissolved.", "CDCS-0103"),
    "members_and_workers": Meaning("How many members and other workers it has.", 310),
    "counted_on": Meaning("The day of the count."),
    "TargetSet.counted_on": Meaning("The day of the count that the percentage was taken of."),
    "cohort_name": Meaning("The cohort's name.", "Cụm thi đua số 1"),
    "programme_name": Meaning("The programme's name.", "1 triệu sáng kiến"),
    "terms": Meaning("The window, the days of application, and the phases."),
    "window": Meaning("When ideas are to be filed."),
    "applied_from": Meaning("From this day of first application on an idea is eligible."),
    "applied_to": Meaning("Before this day of first application an idea is eligible."),
    "phases": Meaning("The phases, of the whole programme or of a unit's subtree."),
    "from": Meaning("The first instant."),
    "to": Meaning("The instant before which it ends."),
    "Wave.name": Meaning("The wave's name.", "Đợt thi đua tháng Năm"),
    "Phase.unit": Meaning("Whose phase it is; without, the whole programme's."),
    "Wave.unit": Meaning("Within whose subtree it is; without, everywhere."),
    "phase": Meaning("The code of the phase; null for the whole programme.", "gd1"),
    "kind": Meaning("Which of the four kinds of target it is."),
    "value": Meaning("How many ideas.", 120),
    "percent": Meaning("The percentage that it was resolved from, a decimal number."),
    "TargetSet.of": Meaning("Of which head count the percentage was taken."),
    "document": Meaning("The document that says so.", "Kế hoạch 12/KH"),
    "dated": Meaning("The day of the document."),
    "split_by": Meaning("How it came of the parent's target; a target without it was given by hand."),
    "wave": Meaning("The wave."),
    "criteria": Meaning("The criteria, written out in full at the time of adoption."),
    "scored": Meaning("What the criterion looks at."),
    "weight": Meaning("Points for reaching `full_at`, a decimal number.", "10"),
    "full_at": Meaning("The value that earns all points, a decimal number.", "50"),
    "cap": Meaning("So many times the points can be had at most, a decimal number."),
    "over": Meaning("Which ideas the criterion looks at."),
    "deduct": Meaning("Whether the points are taken away."),
    # Access, and boards that were frozen.
    "label": Meaning("The key's name.", "cong-doan-may-01"),
    "KeyIssued.role": Meaning("What the key may do.", "client"),
    "key_hash": Meaning("SHA-256 of the key, which itself is kept nowhere.", "0c4e" * 16),
    "board_name": Meaning("The name under which the board was frozen.", "khen-thuong-2026"),
    "board": Meaning("Which board it is.", "leaderboard"),
    "arguments": Meaning("What was asked of the board."),
    "at": Meaning("The moment as of which the board stands."),
    "at_position": Meaning("How far the record was read.", 9_120),
    "axis": Meaning("`known`: by what was on record at that moment. `corrected`: by what was true at it, as is known later.", "known"),
    "known_at": Meaning("Of a corrected board: up to which instant the record was known."),
    "columns": Meaning("The columns that the digest is of."),
    "rows": Meaning("How many rows the board had.", 34),
    "digest": Meaning("The mark of the rule by which it was reckoned, and a SHA-256.", "sha256-2:" + "aa31" * 16),
    "corrects": Meaning("The name of the frozen board that this one stands for instead."),
}  # fmt: skip

_STAYING: Final = ", ".join(f"`{ruling}`" for ruling in Ruling if not ruling.leaves_net)

VALUES: Final = {
    "Level": "The unit's level: the nation, directly below it, above the grassroots, or at the grassroots, where ideas arise.",
    "Sector": "Whether the unit is in a state body or enterprise.",
    "HeadCount": "Which heads are counted: the union's members, or these and the other workers.",
    "WorkerKind": "Someone who works in production or service, one who works in an office, or who works for the union.",
    "BenefitClass": "Who stands behind a benefit: the declarer, the authority that recognised it, or somebody who checked.",
    "RecognitionForm": "What kind of decision recognised the idea.",
    "Ruling": f"kết luận: how a person judged one member. These leave the idea in the net count, all others take it out: {_STAYING}.",
}  # fmt: skip

STREAMS: Final = {
    "unit": "the unit",
    "cohort": "the cohort",
    "programme": "the programme",
    "emulation": "the programme's emulation",
    "ledger": "the ledger itself",
    "idea": "the idea",
    "person": "the person, by pseudonym",
    "person.revealed": "this one reading",
    "key": "the key",
    "matching": "the matching rules and models, one stream for all",
    "flag": "the flag",
    "case": "the case",
    "rulings": "the list of rulings",
    "board": "the register of frozen boards, one stream for all",
}
"""Whose stream a message's key names, by how its topic begins; a whole topic goes first."""

# What the topics are, and how they are to be read.

INFO: Final = """\
Every fact that the system records is an event in one ordered ledger: an idea was declared, a flag raised, a member of a
case ruled. A relay publishes the ledger to Kafka, and whoever may read the topic can follow it. The ledger is the truth
and Kafka its transport: what is read here can be asked for again from the system, by position.

**A message.** `ce_type` says which event it is; under that name this document holds its headers, its payload and an
example. The key is the id of the stream: of the one idea, case or unit that the event is about. The value is the event
as it is stored, a JSON object in UTF-8. `recorded` is always its first field. **A field that equals its default is left
out**; the default stands in the schema, and where a schema names none, absent means null or empty. Nothing else
is in the value: which stream it belongs to, and as which version, says `ce_id`.

**Order.** `sangkien.ledger` has one partition. `position` is an event's place in the ledger; positions rise, but may
leave some numbers out. `previous` is the position of the event before. Versions of a stream rise by one.

**Repeats and gaps.** A message is delivered at least once. The relay may publish a stretch again, and a part of a stretch
may come before its beginning. So hold on to the position that you have *seen*, at first 0, and for each message:

0. No `position` or no `previous`: it is not the relay's. Pass over it.
1. `position` at or under *seen*: a repeat. Drop it.
2. `previous` at or under *seen*, and `position` above it: the next event. Take it, and *seen* is its `position`.
3. `previous` above *seen*: something between is missing. Drop it too and read on: what is missing comes, and this again
   after it. If it does not within minutes, tell whoever runs the system: the ledger has it.

Keep *seen* in the same transaction as what you made of the event, with the message's offset to go on from. The offset is a
hint: the topic may be filled anew, and then the same positions have other offsets.

**What stays.** An event is never changed, taken back or deleted; what corrects it is a later event. The ledger's topic is
kept without limit. A kind of event keeps its name and its fields for ever. A new version of the system may add a field,
always with a default, or a kind of event: ignore a field that you do not know, and pass over a `ce_type` that you
do not know once you have counted its position as seen.

**Persons.** Names are sealed and stand here in no readable form; persons are pseudonyms. Texts that are named in
`confidential` are here so that they can be matched, and must not be shown to anybody.

**Instants** are RFC 3339, in UTC unless they say otherwise; days are those of Asia/Ho_Chi_Minh (UTC+7). Decimal numbers are
strings. Where brokers are shared, topics begin with another word than `sangkien` (`SANGKIEN_KAFKA_PREFIX`).
"""

LEDGER: Final = """\
Every event of the ledger, whole and in order: one partition, kept without limit, nothing compacted away. Read it from the
beginning to know everything, and go on for ever.
"""

MATCHING: Final = """\
Which texts are to be compared, for the system's own workers, who share its partitions out among themselves. It carries
nothing that is not in the ledger's topic, is kept for a week, and is in order within a partition only; messages may be
repeated. `ce_type` is that of the event that brought the text. Others need not read it.
"""

PARKED: Final = """\
Copies of messages that the system's own readers could not read, with the reason, each under the place where it was found; of
each place only the latest is kept. For operators (`sangkien parked list`). No fact is missed by whoever does not read it.
"""

POSITION: Final = "The event's place in the ledger, a whole number. At or under the position that you have seen, it is a repeat: drop it."
PREVIOUS: Final = "The position of the event before it in the ledger; 0 before the first. Above the position that you have seen, something is missing."
