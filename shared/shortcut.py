"""The shortcut: what is posted to a fixed address goes straight to its endpoint, past layers that have nothing to do for it.

They look for parameters, files to close and bodies to limit, in a request that its endpoint reads itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from inspect import iscoroutinefunction, signature
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.routing import APIRoute
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp, ExceptionHandler, Receive, Scope, Send

from shared.counted import Counted


class Shortcut:
    """An application as it is served; what the shortcut does not know goes the whole way."""

    def __init__(self, app: FastAPI) -> None:
        """`app` has all its routes already, and counts its requests; nothing else that it is given would see what takes the shortcut."""
        assert len(app.user_middleware) == 1
        self._whole = app.build_middleware_stack()
        refusals = {
            kind: handler
            for kind, handler in app.exception_handlers.items()
            if kind not in {500, Exception}
        }
        self._known = {
            route.path: (route, _served(route.endpoint, refusals))
            # Of two routes at one address the router takes the first.
            for route in reversed(app.routes)
            if isinstance(route, APIRoute) and _reads_its_request_itself(route)
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST" and not scope.get("root_path"):
            known = self._known.get(scope["path"])
            if known is not None:
                scope["route"], served = known
                await served(scope, receive, send)
                return
        await self._whole(scope, receive, send)


def _reads_its_request_itself(route: APIRoute) -> bool:
    """Whether a route only takes what is posted, at one address, and leaves all of it to its endpoint."""
    taken = route.dependant
    looked_for = taken.query_params + taken.header_params + taken.cookie_params + taken.body_params
    return (
        route.methods == {"POST"}
        and not route.param_convertors
        and iscoroutinefunction(route.endpoint)
        and list(signature(route.endpoint).parameters) == [taken.request_param_name]
        and not looked_for
        and not taken.dependencies
        and route.max_body_size is None
    )


def _served(
    endpoint: Callable[[Request], Awaitable[Response]], refusals: Mapping[Any, ExceptionHandler]
) -> ASGIApp:
    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        response = await endpoint(Request(scope, receive, send))
        await response(scope, receive, send)

    return Counted(ExceptionMiddleware(answered, handlers=refusals))
