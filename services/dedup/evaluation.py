"""Evaluation: how many of the known copies the machine suspected, and how often it suspected what is none."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from math import floor
from statistics import fmean
from typing import Final

from services.dedup.labels import Label
from services.dedup.reliability import Reliability, reliability
from services.dedup.truth import Flags, Said, Suspected, Truth
from shared.vocabulary import Band, MatchingRules, Value

BANDS: Final = (Band.EXACT, Band.NEAR, Band.SIMILAR)
UNLABELLED: Final = "unlabelled"


class KindResult(Value):
    """How one kind fared. `found` of `pairs` were flagged, `by_band` in which band; `flags` are all that its ideas got."""

    kind: str
    ideas: int
    pairs: int
    found: int
    recall: float | None
    by_band: dict[Band, int]
    flags: int
    precision: float | None
    false_flags: int
    false_flags_an_idea: float


class BandResult(Value):
    """How one band fared: its flags, and what share of all known pairs stands in it or in a higher one."""

    band: Band
    flags: int
    false: int
    precision: float | None
    recall: float | None


class Point(Value):
    """What would be found, and what wrongly suspected, were flags raised from this score on.

    `likeness` is the least that scores so much; `begins` is the band whose line in force stands here.
    """

    likeness: float
    threshold: float
    begins: Band | None
    macro_recall: float | None
    false_flags_an_idea: float


class Evaluation(Value):
    """What a labelled file says about a matched ledger; false flags of the whole are those of ideas that copy nothing.

    `reliability` holds the score of every flag against whether it is false.
    """

    ideas: int
    flags: int
    macro_recall: float | None
    false_flags_an_idea: float
    kinds: tuple[KindResult, ...]
    bands: tuple[BandResult, ...]
    curve: tuple[Point, ...]
    reliability: Reliability


def evaluate(
    labels: Sequence[Label],
    said: Iterable[Said],
    flags: Iterable[Suspected],
    *,
    rules: MatchingRules,
) -> Evaluation:
    """Hold the flags on record against what is known of the declarations, by the rules in force."""
    latest = {(flag.idea, flag.of): flag for flag in flags}
    truth = Truth(labels, said, latest, rules.standard_units)
    kinds = dict.fromkeys(label.kind for label in labels)
    results = [_kind(kind, labels, latest, truth) for kind in kinds]
    results.append(_unlabelled(labels, latest, truth))
    judged = _judged(labels)
    return Evaluation(
        ideas=truth.ideas,
        flags=len(latest),
        macro_recall=_macro_recall(labels, latest, 0.0),
        false_flags_an_idea=truth.false_flags(judged) / len(judged),
        kinds=tuple(results),
        bands=tuple(_bands(labels, latest, truth)),
        curve=tuple(_curve(labels, latest, truth, judged, rules)),
        reliability=reliability(
            [flag.score for flag in latest.values()], [pair not in truth.false for pair in latest]
        ),
    )


def _found(label: Label, flags: Flags) -> Suspected | None:
    """The flag of a known pair, whichever of the two came later."""
    if label.of is None:
        return None
    return flags.get((label.idea, label.of)) or flags.get((label.of, label.idea))


def _judged(labels: Iterable[Label]) -> list[str]:
    """The ideas whose false flags count for the whole: those that copy nothing, or all where none is known to."""
    labels = list(labels)
    fresh = dict.fromkeys(label.idea for label in labels if label.of is None)
    return list(fresh or dict.fromkeys(label.idea for label in labels))


def _kind(kind: str, labels: Sequence[Label], flags: Flags, truth: Truth) -> KindResult:
    of_kind = [label for label in labels if label.kind == kind]
    pairs = [label for label in of_kind if label.same]
    found = [flag for label in pairs if (flag := _found(label, flags))]
    return _result(kind, {label.idea for label in of_kind}, len(pairs), found, flags, truth)


def _unlabelled(labels: Sequence[Label], flags: Flags, truth: Truth) -> KindResult:
    labelled = {label.idea for label in labels}
    rest = {idea for idea, _ in flags} - labelled
    result = _result(UNLABELLED, rest, 0, [], flags, truth)
    ideas = truth.ideas - len(labelled)
    return result.model_copy(
        update={"ideas": ideas, "false_flags_an_idea": _ratio(result.false_flags, ideas) or 0.0}
    )


def _result(
    kind: str,
    ideas: set[str],
    pairs: int,
    found: Sequence[Suspected],
    flags: Flags,
    truth: Truth,
) -> KindResult:
    raised = [pair for pair in flags if pair[0] in ideas]
    right = sum(1 for pair in raised if pair not in truth.false)
    wrong = truth.false_flags(ideas)
    bands = Counter(flag.band for flag in found)
    return KindResult(
        kind=kind,
        ideas=len(ideas),
        pairs=pairs,
        found=len(found),
        recall=_ratio(len(found), pairs),
        by_band={band: bands[band] for band in BANDS},
        flags=len(raised),
        precision=_ratio(right, len(raised)),
        false_flags=wrong,
        false_flags_an_idea=_ratio(wrong, len(ideas)) or 0.0,
    )


def _bands(labels: Sequence[Label], flags: Flags, truth: Truth) -> Iterable[BandResult]:
    pairs = [label for label in labels if label.same]
    in_band = Counter(flag.band for label in pairs if (flag := _found(label, flags)))
    so_far = 0
    for band in BANDS:
        so_far += in_band[band]
        raised = [pair for pair, flag in flags.items() if flag.band is band]
        false = sum(1 for pair in raised if pair in truth.false)
        yield BandResult(
            band=band,
            flags=len(raised),
            false=false,
            precision=_ratio(len(raised) - false, len(raised)),
            recall=_ratio(so_far, len(pairs)),
        )


def _curve(
    labels: Sequence[Label],
    flags: Flags,
    truth: Truth,
    judged: Sequence[str],
    rules: MatchingRules,
) -> Iterable[Point]:
    """By hundredths of likeness, for scores crowd near 1, and every line in force; from the lowest on record up to 1.

    Under the lowest score on record nothing is known, but for the line in force.
    """
    calibration = rules.calibration
    lowest = calibration.likeness(min((flag.score for flag in flags.values()), default=1.0))
    stops = [hundredth / 100 for hundredth in range(floor(lowest * 100), 101)]
    likeness = {calibration.share(stop): stop for stop in reversed(stops)}
    for lines in (rules.thresholds, *rules.by_tier.values()):
        likeness |= {line: calibration.likeness(line) for line in lines.model_dump().values()}
    begins = {line: Band(name) for name, line in rules.thresholds.model_dump().items()}
    for threshold, alike in sorted(likeness.items()):
        yield Point(
            likeness=alike,
            threshold=threshold,
            begins=begins.get(threshold),
            macro_recall=_macro_recall(labels, flags, threshold),
            false_flags_an_idea=truth.false_flags(judged, threshold) / len(judged),
        )


def _macro_recall(labels: Sequence[Label], flags: Flags, least: float) -> float | None:
    """The mean over the kinds of what was found of each, so that a common kind does not hide a rare one."""
    found: defaultdict[str, list[bool]] = defaultdict(list)
    for label in labels:
        if label.same:
            flag = _found(label, flags)
            found[label.kind].append(flag is not None and flag.score >= least)
    return fmean(map(fmean, found.values())) if found else None


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None
