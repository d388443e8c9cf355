"""How every door reads a request: bodies held to their models, idempotency keys, ETags."""

from __future__ import annotations

import hashlib
import re
from typing import Final, TypeVar
from uuid import UUID

from fastapi import Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect

from shared.errors import Refusal
from shared.problem import (
    BodyIsWrong,
    FieldRepeated,
    IdempotencyKeyMissing,
    NotJSON,
    ParameterIsUnknown,
    PayloadTooLarge,
    PreconditionFailed,
)
from shared.validation import is_utf8, repeated
from shared.vocabulary import RECORD_LIMIT

TModel = TypeVar("TModel", bound=BaseModel)

IDEMPOTENCY_KEY: Final = re.compile(r"[!-~]{1,128}")


async def raw_body(request: Request) -> bytes:
    """The request's body as it came; what is too long is not taken into memory. Raises PayloadTooLarge."""
    kept: bytes | None = getattr(request.state, "body", None)
    if kept is not None:
        return kept
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > RECORD_LIMIT:
        raise PayloadTooLarge(RECORD_LIMIT)
    raw = bytearray()
    try:
        async for chunk in request.stream():
            raw += chunk
            if len(raw) > RECORD_LIMIT:
                raise PayloadTooLarge(RECORD_LIMIT)
    except ClientDisconnect:
        raise Refusal("The body was not sent to its end.") from None
    request.state.body = bytes(raw)
    return bytes(raw)


async def body_of(request: Request, kind: type[TModel]) -> TModel:
    """The request's body, held strictly to its model. Raises BodyIsWrong, NotJSON, PayloadTooLarge."""
    given = request.headers.get("content-type", "application/json")
    media_type = given.partition(";")[0].strip().lower()
    if media_type != "application/json" and not media_type.endswith("+json"):
        raise NotJSON(given)
    raw = await raw_body(request)
    try:
        body = kind.model_validate_json(raw)
    except ValidationError as error:
        raise BodyIsWrong(error, is_text=is_utf8(raw)) from error
    if (field := repeated(raw, body)) is not None:
        raise FieldRepeated(field)
    return body


_PARAMETERS: Final[dict[str, tuple[str, ...]]] = {}


def expect_known_parameters(request: Request) -> None:
    """Hold the query to the parameters that the address has. Raises ParameterIsUnknown."""
    if not request.scope.get("query_string"):
        return
    known: tuple[str, ...] = ()
    if isinstance(route := request.scope.get("route"), APIRoute):
        known = _PARAMETERS.get(route.unique_id, ())
        if not known:
            fields = get_flat_params(route.dependant)
            known = tuple(field.alias for field in fields if isinstance(field.field_info, Query))
            _PARAMETERS[route.unique_id] = known
    for name in request.query_params:
        if name not in known:
            raise ParameterIsUnknown(name, sorted(known))


def idempotency_key(request: Request) -> str:
    """The key that makes a retry harmless. Raises IdempotencyKeyMissing."""
    key = request.headers.get("idempotency-key", "")
    if IDEMPOTENCY_KEY.fullmatch(key) is None:
        raise IdempotencyKeyMissing
    return key


def key_claim(caller: UUID, key: str) -> str:
    """The name under which a request is on record once: its caller's key, with the idempotency key."""
    return f"key\x1f{caller.hex}\x1f{key}"


def request_digest(request: Request, body: bytes) -> bytes:
    """What tells the same request from another under one idempotency key."""
    return hashlib.sha256(f"{request.method} {request.scope['path']}\n".encode() + body).digest()


def etag(version: int) -> str:
    """A stream's version as an entity tag."""
    return f'"{version}"'


def expect_version(request: Request, version: int) -> None:
    """Hold an If-Match header to the current version. Raises PreconditionFailed."""
    wanted = request.headers.get("if-match")
    if wanted is None:
        return
    if not {"*", etag(version)} & {tag.strip() for tag in wanted.split(",")}:
        raise PreconditionFailed(version)
