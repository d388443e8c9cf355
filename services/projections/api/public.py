"""The door without a key: the figures that the programme makes public, as JSON and as a page."""

from __future__ import annotations

import asyncio
import time
from enum import StrEnum
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.projections.api.reader import InProgramme, Reader
from services.projections.honesty.public import PublicFigures, public_figures
from services.projections.honesty.public_page import POLICY, page
from shared.openapi import described

KEPT_SECONDS: Final = 30
"""So long an answer is kept here, and as long again by whoever asked: nobody sees what is older than a minute."""


class PublicForm(StrEnum):
    """In which form the public figures are answered."""

    JSON = "json"
    HTML = "html"


def routes(reader: Reader) -> APIRouter:
    """What anybody may read, as often as anybody with a key may ask."""
    router = APIRouter(tags=["public"])
    kept: dict[str, tuple[float, PublicFigures]] = {}
    making = asyncio.Lock()
    contract = described(None, answers={200: PublicFigures}, refusals=(404, 429, 503))
    contract["responses"][200] = {
        **contract["responses"][200],
        "content": {
            **contract["responses"][200]["content"],  # type: ignore[dict-item]
            "text/html": {"schema": {"type": "string"}},
        },
    }

    async def figures(programme: str) -> PublicFigures:
        # Whoever comes while they are made waits for the same ones.
        async with making:
            made, found = kept.get(programme, (0.0, None))
            if found is None or time.monotonic() - made > KEPT_SECONDS:
                found = await asyncio.to_thread(
                    public_figures,
                    reader.views,
                    reader.directory,
                    reader.ledger,
                    programme=programme,
                    at=reader.moment(),
                    matched=reader.ledger.handled("dedup"),
                )
                kept[programme] = time.monotonic(), found
            return found

    @router.get("/public", **contract)
    async def public(
        request: Request,
        form: Annotated[
            PublicForm | None,
            Query(alias="format", description="json or html; else as the Accept header asks."),
        ] = None,
        programme: InProgramme = None,
    ) -> Response:
        """Totals, first units, rules and what came of suspicions: no personal data, no texts, no key needed."""
        reader.door.admit(request)
        await reader.wait()
        found = await figures(reader.programme(programme))
        headers = {
            "Cache-Control": f"public, max-age={KEPT_SECONDS}",
            "Vary": "Accept",
            "X-Content-Type-Options": "nosniff",
        }
        if form is None and "text/html" in request.headers.get("accept", ""):
            form = PublicForm.HTML
        if form is PublicForm.HTML:
            headers |= {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"}
            return Response(page(found), headers=headers, media_type="text/html; charset=utf-8")
        return Response(found.model_dump_json(), headers=headers, media_type="application/json")

    return router
