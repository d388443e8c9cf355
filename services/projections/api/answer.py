"""How a board is answered over HTTP: as JSON, or in the form that was asked for, as CSV, a workbook or a chart."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Final

from fastapi import Depends, Query, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from pydantic import BaseModel

from services.projections.presentation.export import MEDIA, Form, Style, exported, file_name
from shared.figures import Rounding
from shared.problem import language_of
from shared.written import written

BOARDS: Final = "/boards/"
DRAWN: Final = ("/boards/progress", "/boards/prospect", "/boards/ranks")
"""The boards of which there is a chart."""


class Answer(Response):
    """A board as JSON, instants on the programme's own clock."""

    def __init__(self, board: BaseModel, status: int = 200) -> None:
        super().__init__(written(board), status, media_type=MEDIA[Form.JSON])
        self.board = board


async def asked_form(
    request: Request,
    form: Annotated[
        Form,
        Query(
            alias="format",
            description="json; csv for programs; xlsx for people; svg, where the board has a chart.",
        ),
    ] = Form.JSON,
    rounding: Annotated[
        Rounding | None,
        Query(
            description="How decimals are written in a workbook (default: rounded) or CSV (default: in full); JSON is "
            "never rounded."
        ),
    ] = None,
    decimals: Annotated[
        int | None, Query(ge=0, le=12, description="To how many decimals; 1 unless given.")
    ] = None,
) -> None:
    """The form of a board, and its figures; the language is that of Accept-Language."""
    request.state.form = form
    request.state.style = Style(rounding, decimals, language_of(request))


class BoardRoute(APIRoute):
    """A route whose answer, if it is a board, may be asked for in every form that a board has."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **facts: Any) -> None:  # noqa: ANN401  (whatever a route takes)
        if path.startswith(BOARDS) and 200 in facts["responses"]:
            forms = [form for form in Form if form is not Form.SVG or path in DRAWN]
            facts["dependencies"] = [*(facts.get("dependencies") or ()), Depends(asked_form)]
            facts["responses"] = {
                **facts["responses"],
                200: _documented(facts["responses"][200], forms),
            }
        super().__init__(path, endpoint, **facts)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Answer as ever, then in the form that was asked for."""
        answer = super().get_route_handler()

        async def handle(request: Request) -> Response:
            found = await answer(request)
            form = getattr(request.state, "form", Form.JSON)
            if form is Form.JSON or not isinstance(found, Answer):
                return found
            content = await asyncio.to_thread(exported, found.board, form, request.state.style)
            shown = "inline" if form is Form.SVG else "attachment"
            named = file_name(found.board, f".{form.value}")
            return Response(
                content,
                media_type=MEDIA[form],
                headers={
                    "Content-Disposition": f'{shown}; filename="{named}"',
                    "Vary": "Accept-Language",
                },
            )

        return handle


def _documented(answer: dict[str, Any], forms: list[Form]) -> dict[str, Any]:
    """The answer of a route, with every form that it may have."""
    schemas: dict[Form, dict[str, str]] = {
        Form.CSV: {"type": "string"},
        Form.XLSX: {"type": "string", "format": "binary"},
        Form.SVG: {"type": "string"},
    }
    others = {
        MEDIA[form].split(";")[0]: {"schema": schemas[form]} for form in forms if form in schemas
    }
    return {**answer, "content": {**answer["content"], **others}}
