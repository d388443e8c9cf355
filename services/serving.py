"""The process that serves: rooms' doors on one port, followers in the background, drained before it stops."""

from __future__ import annotations

import gc
import json
import logging
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from typing import Final

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from pydantic import BaseModel

from services.wiring import Matching, System
from shared.access import Action
from shared.counted import Counted
from shared.door import Door
from shared.errors import Unavailable
from shared.ledger.feed import LedgerFeed
from shared.ledger.follow import Loop
from shared.metrics import text
from shared.openapi import described, publish
from shared.problem import install
from shared.shortcut import Shortcut

log = logging.getLogger(__name__)

ROOMS: Final = ("intake", "dedup", "projections", "matching", "relay")
"""Three with doors; then those that match beside others, and publish, where there is a Kafka."""
DRAIN_SECONDS: Final = 20


class Alive(BaseModel):
    """The process runs."""

    status: str


class Ready(BaseModel):
    """The process can do its work; lag is in positions, by follower."""

    status: str
    head: int
    lag: dict[str, int]


class Serving:
    """One process: which rooms it opens, their loops, and the application that answers."""

    def __init__(self, system: System, rooms: Collection[str]) -> None:
        self.system = system
        self.rooms = rooms
        self.door = Door(
            system.ledger,
            system.directory,
            requests_per_second=system.settings.requests_per_second,
            scribe=system.scribe(),
        )
        self.loops: list[Loop] = []
        if {"dedup", "matching"} & set(rooms):
            system.matching = Matching.WORKS if "matching" in rooms else Matching.LOOKS_ON
            detector = system.detector
            detector.adopt_first_model()
            prepare = self._prepare_work if self._works else detector.prepare
            self._matching = Loop(detector, system.abridged(), prepare=prepare)
            self.loops.append(self._matching)
        if "dedup" in rooms:
            self.loops.append(Loop(system.keeper, system.feed()))
        if "projections" in rooms:
            self.loops.append(Loop(system.projector, system.feed(), prepare=self._catch_up))
        if "relay" in rooms and system.settings.kafka is not None:
            # What is published is the ledger, so this one reads nothing else.
            relay, leads = system.relay, system.leadership("relay")
            self.loops.append(Loop(relay, relay.feed, relay.prepare, leadership=leads))
        system.ledger.after_commit += [loop.wake for loop in self.loops]
        self.app = self._application()

    def _wake(self) -> None:
        """Something was committed, perhaps elsewhere: whoever reads the ledger itself looks now."""
        for loop in self._readers():
            loop.wake()

    def _readers(self) -> list[Loop]:
        return [loop for loop in self.loops if isinstance(loop.feed, LedgerFeed)]

    def _prepare_work(self, stopping: Callable[[], bool]) -> None:
        # While this process reads, the parts are others'; and until some are dealt to it, it reads no further than all
        # have come: a part may begin there.
        self.system.detector.prepare(stopping)
        self.system.group.enter(stopping, lambda: self._matching.failures)

    def _catch_up(self, stopping: Callable[[], bool]) -> None:
        # After an upgrade all views may have to be built anew, which is done faster the longer the way.
        self.system.projector.catch_up(self.system.ledger, stopping=stopping)

    def _application(self) -> FastAPI:
        @asynccontextmanager
        async def running(_: FastAPI) -> AsyncIterator[None]:
            for loop in self.loops:
                loop.start()
            # Where nobody reads the ledger itself, hearing of each commit would only take the processor from whoever serves.
            listener = self.system.listener(self._wake) if self._readers() else None
            if listener is not None:
                listener.start()
            yield
            await self.door.writer.close()
            if listener is not None:
                listener.stop()
            for loop in self.loops:
                loop.leave_off()
            for loop in self.loops:
                loop.stop(DRAIN_SECONDS)
            if self._works:
                # What was compared is on record; now others may have the parts.
                self.system.group.close()
            if {"dedup", "matching"} & set(self.rooms):
                self.system.detector.keep()

        app = FastAPI(
            title="sangkien",
            version="0.1.0",
            description="An event-sourced record of workers' initiatives.",
            lifespan=running,
            # What is measured stands at /metrics; asking on every request whether somebody wants more costs 4 % of it.
            telemetry={"tracing": False, "metrics": False, "logs": False},
            # The pages for people load their scripts from another server, which many a district cannot reach.
            docs_url=None,
            redoc_url=None,
        )
        system, door = self.system, self.door
        install(app, door.caller)
        if "intake" in self.rooms:
            from services.intake import api as ideas
            from services.intake import emulation_api, people_api, programmes_api, units_api

            app.router.routes += ideas.routes(door, system.vault).routes
            app.router.routes += people_api.routes(door, system.vault).routes
            app.router.routes += units_api.routes(door).routes
            app.router.routes += programmes_api.routes(door).routes
            app.router.routes += emulation_api.routes(door).routes
        if "dedup" in self.rooms:
            from services.dedup import api as matching
            from services.dedup import clusters_api

            app.router.routes += matching.routes(door, system.detector).routes
            app.router.routes += clusters_api.routes(door).routes
        if "projections" in self.rooms:
            from services.projections.api import (
                boards,
                comparison,
                courses,
                emulation,
                forecast,
                history,
                honesty,
                public,
                targets,
            )
            from services.projections.api.reader import Reader

            reader = Reader(door, system.views, system.projector)
            for part in (
                boards,
                courses,
                forecast,
                targets,
                history,
                comparison,
                emulation,
                honesty,
                public,
            ):
                app.router.routes += part.routes(reader).routes
        self._operations(app)
        publish(app)
        app.add_middleware(Counted)
        app.middleware_stack = Shortcut(app)
        return app

    def _operations(self, app: FastAPI) -> None:
        @app.get("/livez", tags=["operation"], **described(None, answers={200: Alive}))
        async def livez() -> Response:
            """Whether the process runs."""
            return JSONResponse({"status": "alive"})

        @app.get(
            "/readyz", tags=["operation"], **described(None, answers={200: Ready}, refusals=(503,))
        )
        async def readyz() -> Response:
            """Whether the stores answer and the followers follow."""
            failing = [loop for loop in self.loops if loop.failures]
            if failing:
                # Anybody may ask this: what exactly went wrong stands in the log, which not everybody may read.
                raise Unavailable(
                    "; ".join(
                        f"{loop.follower.name} fails: {loop.last_error.partition(':')[0]}"
                        for loop in failing
                    )
                )
            return JSONResponse(
                {"status": "ready", "head": self.system.ledger.head(), "lag": self._lags()}
            )

        @app.get(
            "/metrics",
            tags=["operation"],
            **described(Action.OBSERVE, answers={200: str}),
        )
        async def metrics(request: Request) -> Response:
            """Counters, and each follower's lag."""
            caller = self.door.caller(request)
            self.door.permit(caller, Action.OBSERVE, None)
            return PlainTextResponse(text(self._gauges()))

    @property
    def _works(self) -> bool:
        """Whether this process shares the matching with others."""
        return "matching" in self.rooms and self.system.settings.kafka is not None

    def _lags(self) -> dict[str, int]:
        head = self.system.ledger.head()
        return {loop.follower.name: loop.lag(head) for loop in self.loops}

    def _gauges(self) -> Mapping[str, tuple[str, Callable[[], Mapping[str, float]], str]]:
        system, ledger = self.system, self.system.ledger
        return {
            "sangkien_ledger_head": (
                "The last position on record.",
                lambda: {"": ledger.head()},
                "",
            ),
            "sangkien_follower_lag": (
                "Positions between the head and what the follower has handled.",
                self._lags,
                "follower",
            ),
            "sangkien_follower_failures": (
                "Failures in a row of the follower's loop.",
                lambda: {loop.follower.name: loop.failures for loop in self.loops},
                "follower",
            ),
            "sangkien_follower_progress_timestamp_seconds": (
                "When the follower handled something last, or began.",
                lambda: {loop.follower.name: loop.progressed for loop in self.loops},
                "follower",
            ),
            "sangkien_matching_parts": (
                "How many parts of the matching are this process's.",
                lambda: {"": len(self.system.group.parts())} if self._works else {},
                "",
            ),
            "sangkien_messages_parked": (
                "How many messages this process could not read and parked since it began.",
                lambda: {"": system.parking.count} if system.parking is not None else {},
                "",
            ),
            "sangkien_follower_leads": (
                "Whether this process does the follower's work: 0 while another one does.",
                lambda: {loop.follower.name: loop.leads for loop in self.loops},
                "follower",
            ),
        }

    def run(self, host: str, port: int) -> None:
        """Serve until told to stop; one line on standard output says where."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as problem:
            listener.close()
            raise PortTaken(host, port, problem.strerror) from problem
        listener.listen(1024)
        chosen = listener.getsockname()[1]
        server = uvicorn.Server(
            uvicorn.Config(
                self.app,
                log_config=None,
                access_log=False,
                proxy_headers=False,
                loop="uvloop",
                http="httptools",
                timeout_graceful_shutdown=DRAIN_SECONDS,
                server_header=False,
                date_header=False,
            )
        )
        sys.stdout.write(
            json.dumps({"serving": f"http://{host}:{chosen}", "rooms": list(self.rooms)}) + "\n"
        )
        sys.stdout.flush()

        def stop(_signal: int, _frame: object) -> None:
            server.should_exit = True

        # The server raises the signal once more when it has drained; without a handler that would end the process
        # before its stores are given back, and as if it had been killed.
        signal.signal(signal.SIGTERM, stop)
        # What stands when serving begins stands to the end; looking through it for garbage would be time lost.
        gc.freeze()
        server.run(sockets=[listener])


class PortTaken(Unavailable):
    code = "port-taken"

    def __init__(self, host: str, port: int, why: str | None) -> None:
        super().__init__(
            f"Port {port} on {host} is taken ({why}). Choose another with --port.", port=port
        )
