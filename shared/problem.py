"""Why a request was refused, as problem+json (RFC 9457): every refusal's status, code and sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException

from shared.errors import (
    AlreadyClaimed,
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    Refusal,
    Several,
    Unauthenticated,
    Unavailable,
    VersionConflict,
)
from shared.messages import OF_PYDANTIC, Language, message
from shared.validation import Fault, faults, limited

PROBLEM: Final = "application/problem+json"


class IdempotencyKeyMissing(Invalid):
    code = "idempotency-key-missing"

    def __init__(self) -> None:
        super().__init__(
            "Send an Idempotency-Key header of 1 to 128 printable ASCII characters without spaces, "
            "another one for each request you mean."
        )


class IdempotencyKeyReused(Refusal):
    code = "idempotency-key-reused"

    def __init__(self, key: str) -> None:
        super().__init__(
            f"Idempotency-Key {key} is on record with another request. Use a new key for a new request."
        )


class PreconditionFailed(Refusal):
    code = "precondition-failed"

    def __init__(self, version: int) -> None:
        super().__init__(
            f"The current version is {version}, not the one of If-Match. Load it again."
        )


class TooManyRequests(Refusal):
    code = "too-many-requests"


class PayloadTooLarge(Refusal):
    code = "payload-too-large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"A request holds at most {limit} bytes. Shorten the texts.")


class NotJSON(Refusal):
    """The body says that it is something else than JSON."""

    code = "not-json"

    def __init__(self, given: str) -> None:
        super().__init__(
            f"Bodies are JSON, not {given[:80]!r}. Send Content-Type: application/json."
        )


class FieldRepeated(Invalid):
    """A field stands twice; which of the two was meant, nobody can know."""

    code = "duplicate-field"

    def __init__(self, field: str) -> None:
        super().__init__(f"Field {field} stands twice in the body. Remove one.", field=field)


class ParameterIsUnknown(Invalid):
    """An address is asked with a parameter that it does not have; what was meant by it would silently not count."""

    code = "unknown-field"

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(
            f"There is no parameter {name[:64]!r} here. "
            f"{'Those that there are: ' + ', '.join(known) if known else 'This address takes none'}.",
            field=name[:64],
        )


class BodyIsWrong(Invalid):
    code = "bad-request"

    def __init__(self, error: ValidationError, *, is_text: bool = True) -> None:
        super().__init__(
            "The body does not fit; each error names its field, and what is wrong with it."
        )
        self.error = error
        self.is_text = is_text


STATUS: Final[dict[type[Refusal], int]] = {
    IdempotencyKeyMissing: 400,
    IdempotencyKeyReused: 422,
    PreconditionFailed: 412,
    TooManyRequests: 429,
    PayloadTooLarge: 413,
    NotJSON: 415,
    BodyIsWrong: 422,
    Unauthenticated: 401,
    NotAllowed: 403,
    NotFound: 404,
    VersionConflict: 412,
    AlreadyClaimed: 409,
    Conflict: 409,
    Invalid: 422,
    Unavailable: 503,
    Refusal: 400,
}


class FieldProblem(BaseModel):
    """One fault of a request: which field, a lasting code, and a sentence."""

    model_config = ConfigDict(extra="forbid")

    field: str
    code: str
    message: str


class Problem(BaseModel):
    """Why a request was refused (RFC 9457): `code` lasts, `title` is for people, `detail` says what to do next."""

    model_config = ConfigDict(extra="forbid")

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[FieldProblem] = Field(default_factory=list)


def problems(*statuses: int) -> dict[int | str, dict[str, object]]:
    """The OpenAPI declaration of the refusals that a route may answer with."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {
            "description": _TITLES[status],
            "content": {PROBLEM: {"schema": schema}},
        }
        for status in sorted(statuses)
    }


_TITLES: Final = {
    400: "The request is malformed, or lacks its Idempotency-Key.",
    401: "The key is missing or not valid.",
    403: "The key's role or subtree does not permit this.",
    404: "There is no such thing.",
    409: "It contradicts what is on record.",
    412: "Somebody else changed it in between.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "The content cannot be taken as it is; or the Idempotency-Key was used with another body.",
    429: "Too many requests.",
    500: "Something failed that nobody foresaw; the same request may be sent again.",
    503: "Nothing can be recorded now.",
}


def language_of(request: Request) -> Language:
    """The language a person asked for; Vietnamese unless English is named first."""
    return "en" if request.headers.get("accept-language", "").lower().startswith("en") else "vi"


def problem(refusal: Refusal, language: Language) -> Response:
    """A refusal as an answer."""
    status = next(code for kind, code in STATUS.items() if isinstance(refusal, kind))
    errors: list[FieldProblem] = []
    if isinstance(refusal, BodyIsWrong):
        found = faults(refusal.error, language)
        if not refusal.is_text:
            found = [Fault("", "invalid-utf8", message("invalid-utf8", language))]
        errors = [FieldProblem(**fault._asdict()) for fault in found]
    elif isinstance(refusal, Several):
        errors = [
            FieldProblem(
                field=field, code=one.code, message=message(one.code, language, **one.facts)
            )
            for field, one in refusal.refused.items()
        ]
    elif "field" in refusal.facts:
        errors = [
            FieldProblem(
                field=str(refusal.facts["field"]),
                code=refusal.code,
                message=message(refusal.code, language, **refusal.facts),
            )
        ]
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if status in {429, 503}:
        headers["Retry-After"] = "1"
    return _answer(
        status, refusal.code, message(refusal.code, language), refusal.message, errors, headers
    )


def _answer(
    status: int,
    code: str,
    title: str,
    detail: str,
    errors: list[FieldProblem],
    headers: dict[str, str] | None = None,
) -> Response:
    body = Problem(
        type=f"urn:sangkien:problem:{code}",
        title=title,
        status=status,
        code=code,
        detail=detail,
        errors=errors,
    )
    return Response(body.model_dump_json(), status, headers, PROBLEM)


def unforeseen(language: Language) -> Response:
    """The answer to a request that failed for a reason nobody foresaw; what it was stands in the log."""
    detail = (
        "Nothing is known of what was recorded. Send the same request again, with the same Idempotency-Key; "
        "if it keeps failing, tell the operator when it was."
    )
    return _answer(500, "internal-error", message("internal-error", language), detail, [])


def install(app: FastAPI, authenticate: Callable[[Request], object]) -> None:
    """Answer every refusal and every malformed request as a problem, whatever raised it.

    What is wrong with a request is told only to somebody who may send one: `authenticate` refuses everybody else.
    """

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refusal)
        return problem(error, language_of(request))

    async def malformed(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        language = language_of(request)
        try:
            if not _is_open(request):
                authenticate(request)
        except Refusal as refusal:
            return problem(refusal, language)
        errors = [_of_parameter(e, language) for e in error.errors()]
        return _answer(
            422, "bad-request", message("bad-request", language), "See the errors by field.", errors
        )

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        code = {404: "not-found", 405: "method-not-allowed"}.get(error.status_code, "bad-request")
        headers = dict(error.headers or {})
        if error.status_code == 405:
            # The router names the methods of the first route at this address; there may be several.
            address = getattr(request.scope.get("route"), "path", "")
            methods = app.openapi()["paths"].get(address, {})
            headers["Allow"] = ", ".join(sorted(m.upper() for m in methods)) or headers["Allow"]
        return _answer(
            error.status_code,
            code,
            message(code, language_of(request)),
            str(error.detail),
            [],
            headers,
        )

    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(RequestValidationError, malformed)
    app.add_exception_handler(HTTPException, http)


def _is_open(request: Request) -> bool:
    """Whether the route says that it asks the policy for nothing; one that says nothing is not open."""
    said = getattr(request.scope.get("route"), "openapi_extra", None)
    return isinstance(said, dict) and "x-action" not in said


def _of_parameter(error: Mapping[str, object], language: Language) -> FieldProblem:
    """What is wrong with a parameter of the path or the query, under our own codes."""
    place, context = error["loc"], error.get("ctx")
    assert isinstance(place, tuple)
    facts = dict(context) if isinstance(context, dict) else {}
    limited(facts)
    code = OF_PYDANTIC.get(str(error["type"]), "invalid")
    return FieldProblem(
        field=".".join(str(part) for part in place[1:]),
        code=code,
        message=message(code, language, **facts),
    )
