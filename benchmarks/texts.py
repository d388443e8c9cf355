"""Declarations for the benchmarks: a small tree, and bodies of about 185 words walked over the sample's sentences."""

from __future__ import annotations

import json
import random
from functools import cache
from importlib.resources import files
from pathlib import Path

UNITS = [
    ("vn", "Tổng Liên đoàn", "nation", None),
    ("p01", "LĐLĐ tỉnh Một", "first", "vn"),
    ("p01-01", "LĐLĐ huyện Một", "upper", "p01"),
    *[(f"p01-01-{n:03d}", f"CĐCS số {n}", "grassroots", "p01-01") for n in range(1, 51)],
]


def units_file(home: Path) -> Path:
    path = home / "units.jsonl"
    rows = [
        {
            "code": code,
            "name": name,
            "level": level,
            "parent": parent,
            "sector": "state",
            "members": 1000,
            "members_and_workers": 1200,
            "counted_on": "2021-12-31",
        }
        for code, name, level, parent in UNITS
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def programme_file(home: Path) -> Path:
    path = home / "programme.json"
    path.write_text(
        json.dumps(
            {
                "code": "1tr",
                "name": "1 triệu sáng kiến",
                "from": "2022-01-08T00:00:00+07:00",
                "to": "2023-09-01T00:00:00+07:00",
                "applied_from": "2021-09-01",
                "applied_to": "2023-09-01",
                "phases": [
                    {
                        "code": "1",
                        "from": "2022-01-08T00:00:00+07:00",
                        "to": "2023-09-01T00:00:00+07:00",
                    }
                ],
                "targets": [],
            }
        )
    )
    return path


@cache
def sentences() -> list[str]:
    sample = files("shared").joinpath("sample/declarations.jsonl").read_text(encoding="utf-8")
    found = []
    for line in sample.splitlines():
        found += [s.strip() for s in json.loads(line)["solution"].split(". ") if len(s.split()) > 5]
    return found


def declaration(name: str) -> dict[str, object]:
    """A declaration that follows from its name."""
    chance = random.Random(name)
    body: list[str] = []
    while sum(len(s.split()) for s in body) < 185:
        body.append(chance.choice(sentences()))
    return {
        "external_id": name,
        "programme": "1tr",
        "unit": f"p01-01-{chance.randrange(1, 51):03d}",
        "title": chance.choice(sentences())[:200],
        "solution": ". ".join(body),
        "authors": [
            {
                "person": f"x{chance.randrange(50_000)}",
                "name": f"Tác giả {chance.randrange(50_000)}",
                "share_percent": 100,
            }
        ],
        "filed_at": f"2022-{chance.randrange(1, 13):02d}-15T08:00:00+07:00",
        "first_applied_on": "2022-01-01",
        "recognition": {
            "form": "recognition decision",
            "number": "1",
            "date": "2022-01-05",
            "authority": "HĐ",
        },
    }
