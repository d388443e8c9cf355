"""Dashboard and alerts ask for what the rooms say: every metric and label is there, every expression parses, every alert says what next."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import promql_parser
import pytest
import yaml
from fastapi.testclient import TestClient

from services.serving import ROOMS, Serving
from services.wiring import System
from shared.access import AccessKey, Role
from shared.ledger.parts import PARTS
from shared.settings import Settings
from tests.places import BY, founding

ROOT: Final = Path(__file__).parents[2]
ALERTS: Final[dict[str, Any]] = yaml.safe_load((ROOT / "deploy/alerts.yml").read_text("utf-8"))
RULES: Final[list[dict[str, Any]]] = [rule for g in ALERTS["groups"] for rule in g["rules"]]
SCRAPING: Final[dict[str, Any]] = yaml.safe_load(
    (ROOT / "deploy/prometheus.yml").read_text("utf-8")
)
DASHBOARD: Final[dict[str, Any]] = json.loads(
    (ROOT / "deploy/grafana/sangkien.json").read_text("utf-8")
)
OF_PROMETHEUS: Final = {"up": frozenset[str]()}
"""What Prometheus itself says of each target."""
OF_A_TARGET: Final = {"job", "instance", "room"}
"""Labels that `deploy/prometheus.yml` puts to everything."""
NOT_SHOWN: Final[dict[str, str]] = {}
"""Metrics that are on no panel, and why."""

Metrics = dict[str, frozenset[str]]


class Question(NamedTuple):
    """An expression, where it stands, and the labels that are shown of its answer."""

    where: str
    expression: str
    shown: frozenset[str]


def questions() -> Iterator[Question]:
    """Every expression of both files."""
    for rule in RULES:
        shown = re.findall(r"\$labels\.(\w+)", " ".join(rule["annotations"].values()))
        yield Question(f"alert {rule['alert']}", rule["expr"], frozenset(shown))
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            shown = re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])
            yield Question(f"panel {panel['title']}", target["expr"], frozenset(shown))


QUESTIONS: Final = list(questions())


@pytest.fixture(scope="module")
def metrics(tmp_path_factory: pytest.TempPathFactory) -> Metrics:
    """What /metrics of all rooms says, each in a process of its own over Kafka: names, and labels by name."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    # Nothing is asked of the broker before the followers run, and they do not.
    settings = Settings(data=tmp_path_factory.mktemp("home"), kafka="127.0.0.1:9")
    with System(settings) as system:
        key, issued = AccessKey.issue(Role.OPERATOR, "vn", label="prometheus", by=BY)
        system.ledger.append(*founding(), issued)
        system.directory.catch_up()
    for room in ROOMS:
        with System(settings) as system:
            http = TestClient(Serving(system, [room]).app)
            http.get("/livez")
            answer = http.get("/metrics", headers={"Authorization": f"Bearer {key}"})
            http.close()
        assert answer.status_code == 200, answer.text
        for name, labels in re.findall(r"^(\w+)(?:\{(.*)\})? \S+$", answer.text, re.MULTILINE):
            found[name] |= set(re.findall(r'(\w+)="', labels))
        described = set(re.findall(r"^# TYPE (\w+) (?!histogram)", answer.text, re.MULTILINE))
        for name in re.findall(r"^# TYPE (\w+) histogram", answer.text, re.MULTILINE):
            described |= {f"{name}_{part}" for part in ("bucket", "sum", "count")}
        assert {name for name in found if name not in described} == set()
    return {name: frozenset(labels) for name, labels in found.items()}


def asked(expression: str) -> tuple[set[str], set[str]]:
    """The metrics of an expression, and all labels that it names."""
    names: set[str] = set()
    labels: set[str] = set()

    def look(part: promql_parser.Expr) -> None:
        match part:
            case promql_parser.VectorSelector():
                names.add(str(part.name))
                labels.update(matcher.name for matcher in part.matchers.matchers)
            case promql_parser.MatrixSelector():
                look(part.vector_selector)
            case promql_parser.AggregateExpr() if part.modifier is not None:
                labels.update(part.modifier.labels)
            case promql_parser.BinaryExpr() if part.modifier is not None:
                labels.update(part.modifier.matching.labels if part.modifier.matching else ())
                labels.update(part.modifier.group_labels or ())

    promql_parser.walk(promql_parser.parse(expression), look)
    return names, labels


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.where)
def test_what_is_asked_for_is_there(question: Question, metrics: Metrics) -> None:
    there = {**metrics, **OF_PROMETHEUS}
    names, labels = asked(question.expression)
    assert names, "an expression that asks for nothing"
    assert names <= set(there)
    known = OF_A_TARGET.union(*(there[name] for name in names))
    assert labels <= known
    assert question.shown <= known


def test_every_metric_is_on_the_dashboard_or_said_why_not(metrics: Metrics) -> None:
    shown = set().union(*(asked(q.expression)[0] for q in QUESTIONS if q.where.startswith("panel")))
    assert set(metrics) - shown == set(NOT_SHOWN)


@pytest.mark.parametrize(
    ("expression", "names", "labels"),
    [
        ('sum by (a) (rate(x{b="c"}[5m])) / on (d) group_left (e) y', {"x", "y"}, {"a", "b", "d", "e"}),
        ("min_over_time(x[15m]) > 1", {"x"}, set()),
        ("max(deriv(x[2m]))", {"x"}, set()),
    ],
)  # fmt: skip
def test_metrics_and_labels_of_an_expression_are_found(
    expression: str, names: set[str], labels: set[str]
) -> None:
    assert asked(expression) == (names, labels)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("sum by (room (up)", "parenthesis"),
        ("rate(up)", "expected"),
        ("up{room=intake}", "unexpected"),
        ("nosuch(up)", "unknown function"),
    ],
)
def test_what_is_no_expression_does_not_parse(wrong: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        promql_parser.parse(wrong)


# Alerts.


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_says_what_is_so_and_what_to_do_next(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"page", "ticket"}
    said = rule["annotations"]
    assert set(said) == {"summary", "next", "how"}
    assert all(len(said[name]) > 20 for name in ("summary", "next"))
    page, _, anchor = said["how"].partition("#")
    headings = re.findall(r"^#+ (.*)$", (ROOT / page).read_text("utf-8"), re.MULTILINE)
    assert anchor == rule["alert"].lower()
    assert anchor in map(str.lower, headings)


def test_every_room_is_scraped_and_missed_when_it_is_down() -> None:
    [job] = SCRAPING["scrape_configs"]
    [names] = [found["names"] for found in job["dns_sd_configs"]]
    assert set(names) == set(ROOMS)
    [down] = [rule["expr"] for rule in RULES if rule["alert"] == "RoomIsDown"]
    assert set(re.findall(r'absent\(up\{job="(\w+)", room="(\w+)"\}\)', down)) == {
        (job["job_name"], room) for room in ROOMS
    }
    assert {label["target_label"] for label in job["relabel_configs"]} == {"room"}


def test_every_part_of_the_matching_is_looked_for() -> None:
    [parts] = [rule for rule in RULES if rule["alert"] == "PartsWithoutWorker"]
    assert parts["expr"].endswith(f"< {PARTS}")
    assert f"of {PARTS} parts" in parts["annotations"]["summary"]


def test_panels_lie_beside_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
