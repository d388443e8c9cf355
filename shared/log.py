"""Logs as JSON lines: a constant message with facts, never the text of an idea or a name."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Final

from pydantic import ValidationError

_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JSONLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and the facts given as `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line.update({k: v for k, v in vars(record).items() if k not in _STANDARD})
        if record.exc_info:
            line["error"] = _told(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


def _told(problem: BaseException | None) -> str:
    """An exception and what it came from, by places and words; of input that did not fit, never what it said."""
    told: list[str] = []
    while problem is not None:
        words = (
            "; ".join(f"{error['loc']}: {error['type']}" for error in problem.errors())
            if isinstance(problem, ValidationError)
            else str(problem)
        )
        place = "".join(traceback.format_tb(problem.__traceback__))
        told.append(f"{place}{type(problem).__name__}: {words}")
        problem = problem.__cause__ or problem.__context__
    return "\n\ncaused by\n\n".join(told)


def start(level: str) -> None:
    """Send everything to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JSONLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("uvicorn", "kafka", "eventsourcing", "psycopg"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
