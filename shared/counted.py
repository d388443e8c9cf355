"""Counted: each request and its time by route, for whoever watches the system."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.metrics import REQUEST_SECONDS, REQUESTS
from shared.problem import language_of, unforeseen

log = logging.getLogger(__name__)


class Counted:
    """Counts each request and its time by route; what fails unforeseen is answered as a problem, and told in the log."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status: str | None = None

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception:
            log.exception("A request failed unforeseen", extra={"action": "serve", **_of(scope)})
            if status is not None:
                raise
            status = "500"
            answer = unforeseen(language_of(Request(scope)))
            await answer(scope, receive, send)
        finally:
            method, name = _of(scope).values()
            REQUESTS.inc(method, name, status or "500")
            REQUEST_SECONDS.observe(time.perf_counter() - began, method, name)


def _of(scope: Mapping[str, object]) -> dict[str, str]:
    """Which kind of request it was, without what stood in it."""
    return {
        "method": str(scope["method"]),
        "route": str(getattr(scope.get("route"), "path", "unmatched")),
    }
