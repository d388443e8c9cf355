"""The published contract of the doors: every route with its action, body, answers and every refusal it may give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from shared.access import Action
from shared.problem import Problem, problems

REF = "#/components/schemas/{model}"
_PUBLISHED: set[type[BaseModel]] = {Problem}


class Description(TypedDict):
    """What a route's decorator takes."""

    status_code: int
    responses: dict[int | str, dict[str, object]]
    openapi_extra: dict[str, object]


def _schema(kind: type[BaseModel]) -> dict[str, object]:
    _PUBLISHED.add(kind)
    return {"$ref": REF.format(model=kind.__name__)}


def _content(kind: type[BaseModel] | type[str]) -> dict[str, object]:
    if issubclass(kind, BaseModel):
        return {"application/json": {"schema": _schema(kind)}}
    return {"text/plain": {"schema": {"type": "string"}}}


def described(
    action: Action | None,
    *,
    body: type[BaseModel] | None = None,
    answers: Mapping[int, type[BaseModel] | type[str]],
    safe: bool | None = None,
    versioned: bool = False,
    refusals: tuple[int, ...] = (),
) -> Description:
    """The description of a route: its action (None: open to all), its body, its answers; refusals follow from these.

    A route with an answer 201 is unsafe and takes an Idempotency-Key, unless `safe` says otherwise; a versioned one
    holds an If-Match to the version of what it changes.
    """
    unsafe = not safe if safe is not None else 201 in answers
    refused = {422, 500, *refusals}
    if action is not None:
        refused |= {401, 403, 404, 429, 503}
    if unsafe:
        refused |= {400, 409, 412, 413}
    if body is not None:
        refused |= {413, 415}
    responses: dict[int | str, dict[str, object]] = {
        status: {
            "description": (kind.__doc__ or "Done.").split("\n")[0],
            "content": _content(kind),
        }
        for status, kind in answers.items()
    }
    extra: dict[str, object] = {}
    parameters: list[dict[str, object]] = []
    if unsafe:
        parameters.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": True,
                "description": "One of your own for each request you mean; a retry with the same key is harmless.",
                "schema": {"type": "string", "pattern": "^[!-~]{1,128}$"},
            }
        )
    if versioned:
        parameters.append(
            {
                "name": "If-Match",
                "in": "header",
                "required": False,
                "description": "The ETag of the version that you decided from; 412 where that is no longer the current one.",
                "schema": {"type": "string"},
            }
        )
    if parameters:
        extra["parameters"] = parameters
    if body is not None:
        extra["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _schema(body)}},
        }
    if action is not None:
        extra["security"] = [{"key": []}]
        extra["x-action"] = action.value
    return {
        "status_code": next(iter(answers)),
        "responses": {**responses, **problems(*refused)},
        "openapi_extra": extra,
    }


def publish(app: FastAPI) -> None:
    """Serve the contract with every model that a route names."""
    original = app.openapi

    def openapi() -> dict[str, object]:
        if app.openapi_schema is None:
            schema = original()
            components = schema.setdefault("components", {})
            models = sorted(_PUBLISHED, key=lambda m: m.__name__)
            _, definitions = models_json_schema(
                [(m, "validation") for m in models], ref_template=REF
            )
            components.setdefault("schemas", {}).update(definitions["$defs"])
            components["securitySchemes"] = {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "From 'sangkien key create'.",
                }
            }
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
    openapi()
