"""The reference part of the documents, written from the code: events, settings, commands, endpoints, and the OpenAPI and AsyncAPI files.

python -m tools.reference [--check]
"""

from __future__ import annotations

import ast
import inspect
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin, get_type_hints

import typer
from fastapi import FastAPI
from pydantic import BaseModel
from typer.models import ArgumentInfo, CommandInfo, OptionInfo

from services.cli.app import app as command_line
from services.serving import ROOMS, Serving
from services.wiring import System
from shared import vocabulary
from shared.access import POLICY, Action
from shared.events.register import EVENTS
from shared.ledger.model import Actor, Event
from shared.settings import Settings
from tools import asyncapi

HOME: Final = Path(__file__).parents[1] / "docs" / "reference"
NOTE: Final = "<!-- Written by `python -m tools.reference` (`make reference`). Do not edit. -->\n\n"
METHODS: Final = ("get", "post", "put", "patch", "delete")


def pages() -> dict[str, str]:
    """Each file of the reference by its name, as the code says it now."""
    with (
        tempfile.TemporaryDirectory(prefix="sangkien-reference-") as scratch,
        System(Settings(data=Path(scratch))) as system,
    ):
        rooms = {room: Serving(system, [room]).app for room in ROOMS}
        whole = Serving(system, ROOMS).app
    return {
        "events.md": _page(_events()),
        "settings.md": _page(_settings()),
        "commands.md": _page(_commands()),
        "endpoints.md": _page(_endpoints(rooms)),
        "openapi.json": json.dumps(whole.openapi(), ensure_ascii=False, indent=1) + "\n",
        "asyncapi.yaml": NOTE.replace("<!--", "#").replace(" -->", "")
        + asyncapi.text(whole.version),
    }


def _page(lines: Iterable[str]) -> str:
    return NOTE + "\n".join(lines).rstrip("\n") + "\n"


def _events() -> Iterator[str]:
    yield (
        "# Events\n\n"
        f"The {len(EVENTS)} kinds of fact that the ledger can hold, from `shared/events/`. A topic lasts for ever: a new "
        "field has a default, and any other change is a new topic.\n\n"
        "## What every event holds\n"
    )
    yield from _fields(Event)
    yield f"\n`effective`: {_attribute_docstrings(Event)['effective']}"
    yield f"\n`Actor`: {_sentence(Actor)}\n"
    yield from _fields(Actor)
    for topic, kind in EVENTS.items():
        yield f"\n## `{topic}`\n\n**{kind.__name__}**: {_sentence(kind)}\n"
        yield from _fields(kind)
    yield "\n# Values inside events\n\nFrom `shared/vocabulary.py`.\n"
    for name, value in sorted(_values().items()):
        if issubclass(value, Enum):
            choices = ", ".join(f"`{choice.value}`" for choice in value)
            yield f"## {name}\n\n{_meaning(value)}{choices}\n"
        else:
            yield f"## {name}\n\n{_meaning(value)}"
            yield from _fields(value)
            yield ""


def _fields(kind: type[BaseModel]) -> Iterator[str]:
    """The fields that a class itself declares, or inherits from other values."""
    inherited = set(Event.model_fields) if kind is not Event else set[str]()
    named = [name for name in kind.model_fields if name not in inherited]
    if not named:
        yield "No fields of its own."
        return
    yield "| field | type | where not given |\n|---|---|---|"
    for name in named:
        field = kind.model_fields[name]
        default = "needed" if field.is_required() else f"`{_plain(field.get_default(call_default_factory=True))}`"  # fmt: skip
        yield f"| `{field.alias or name}` | {_escaped(_annotation(kind, name))} | {default} |"


def _annotation(kind: type[BaseModel], name: str) -> str:
    """The type as it is written in the code; a constraint spelled out there is left to the OpenAPI file."""
    for owner in kind.__mro__:
        written = inspect.get_annotations(owner).get(name)
        if isinstance(written, str):
            tree = ast.parse(written, mode="eval").body
            if isinstance(tree, ast.Subscript) and ast.unparse(tree.value) == "Annotated":
                assert isinstance(tree.slice, ast.Tuple)
                tree = tree.slice.elts[0]
            return f"`{ast.unparse(tree)}`"
    raise LookupError(f"{kind.__name__}.{name} has no annotation")


def _values() -> dict[str, type[BaseModel] | type[Enum]]:
    """The values that events are made of, however deep."""
    found: dict[str, type[BaseModel] | type[Enum]] = {}

    def look(annotation: object) -> None:
        for part in get_args(annotation):
            look(part)
        if not isinstance(annotation, type) or annotation.__module__ != vocabulary.__name__:
            return
        if issubclass(annotation, BaseModel | Enum) and annotation.__name__ not in found:
            found[annotation.__name__] = annotation
            if issubclass(annotation, BaseModel):
                for field in annotation.model_fields.values():
                    look(field.annotation)

    for kind in EVENTS.values():
        for field in kind.model_fields.values():
            look(field.annotation)
    return found


def _settings() -> Iterator[str]:
    yield (
        f"# Settings\n\n{_sentence(Settings)}\n\n"
        "Each is an environment variable. `shared/settings.py` is the only reader; a wrong value is refused at start.\n\n"
        "| variable | type | default | meaning |\n|---|---|---|---|"
    )
    prefix = Settings.model_config.get("env_prefix", "")
    meanings = _attribute_docstrings(Settings)
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else f"`{_plain(field.default)}`"
        kind = _escaped(_annotation(Settings, name).replace("SecretStr", "secret"))
        yield f"| `{prefix}{name.upper()}` | {kind} | {default} | {meanings[name]} |"
    yield (
        "\nThe command line also takes `SANGKIEN_DATA` for `--data`, and `SANGKIEN_KEY` for the `--as` of "
        "`sangkien rule`."
    )


def _attribute_docstrings(kind: type) -> dict[str, str]:
    """What stands under each attribute of a class."""
    [body] = [n for n in ast.parse(inspect.getsource(kind)).body if isinstance(n, ast.ClassDef)]
    found = {}
    for attribute, below in zip(body.body, body.body[1:], strict=False):
        if isinstance(attribute, ast.AnnAssign) and isinstance(attribute.target, ast.Name):
            match below:
                case ast.Expr(value=ast.Constant(value=str(said))):
                    found[attribute.target.id] = " ".join(said.split())
    return found


def commands(of: typer.Typer = command_line, path: str = "") -> Iterator[tuple[str, CommandInfo]]:
    """Every command by its full name, groups included."""
    for command in of.registered_commands:
        assert command.callback is not None
        name = command.name or command.callback.__name__.replace("_", "-")
        yield f"{path}{name}", command
    for group in of.registered_groups:
        assert group.typer_instance is not None
        yield from commands(group.typer_instance, f"{path}{group.name} ")


def _commands() -> Iterator[str]:
    yield (
        "# Commands\n\nEvery command of `sangkien`. With `--json` or `--jsonl`, standard output holds only the answer. Exit "
        "codes: 0 done, 1 refused or not true, 2 wrong usage."
    )
    for name, command in sorted(commands()):
        assert command.callback is not None
        said = inspect.getdoc(command.callback) or ""
        yield f"\n## sangkien {name}\n\n{said}\n"
        yield "| argument or option | value | default | meaning |\n|---|---|---|---|"
        hints = get_type_hints(command.callback, include_extras=True)
        for parameter in inspect.signature(command.callback).parameters.values():
            yield _parameter(parameter, hints[parameter.name])


def _parameter(parameter: inspect.Parameter, annotation: object) -> str:
    info = next(
        (
            extra
            for extra in get_args(annotation)[1:]
            if isinstance(extra, ArgumentInfo | OptionInfo)
        ),
        None,
    )
    kind = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    required = parameter.default is inspect.Parameter.empty
    if info is None or isinstance(info, ArgumentInfo):
        name = f"`{parameter.name.upper()}`"
    else:
        # Inside Annotated, the first name of an option stands where a default would.
        flags = [f for f in (info.default, *(info.param_decls or ())) if isinstance(f, str)]
        name = ", ".join(f"`{f}`" for f in flags or [f"--{parameter.name.replace('_', '-')}"])
    default = "needed" if required else "" if parameter.default in {None, False} else f"`{_plain(parameter.default)}`"  # fmt: skip
    said = (info.help if info is not None else None) or ""
    if info is not None and info.envvar:
        said += f" Or `{info.envvar}`."
    return f"| {name} | {_escaped(_value(kind))} | {default} | {said.strip()} |"


def _value(kind: Any) -> str:  # noqa: ANN401  (whatever a command is annotated with)
    origin, inside = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _value(inside[0])
    if origin in {Union, UnionType}:
        return _value(next(part for part in inside if part is not type(None)))
    if origin is list:
        return f"{_value(inside[0])} …"
    if isinstance(kind, type) and issubclass(kind, Enum):
        return " | ".join(str(choice.value) for choice in kind)
    if kind is bool:
        return ""
    name = str(kind.__name__)
    return {"str": "text", "int": "number", "float": "number"}.get(name, name.lower())


def _endpoints(rooms: Mapping[str, FastAPI]) -> Iterator[str]:
    yield (
        "# Endpoints\n\nEvery route with the action that the policy (`shared/access.py`) is asked for, the roles that may, "
        "and the statuses it may answer with. *Own subtree* means that the key's unit must be above, or the same as, the "
        "unit concerned; auditors read everywhere. Bodies and answers are in [openapi.json](openapi.json). Every unsafe "
        "route takes an `Idempotency-Key`.\n\n"
        "FastAPI adds `/docs`, `/redoc` and `/openapi.json`, which are open to all."
    )
    by_room = {room: dict(_routes(app)) for room, app in rooms.items()}
    every = set.intersection(*(set(routes) for routes in by_room.values()))
    first = next(iter(by_room.values()))
    tables = {f"Room `{room}`": {r: s for r, s in routes.items() if r not in every} for room, routes in by_room.items()}  # fmt: skip
    tables["Every room"] = {route: first[route] for route in first if route in every}
    for title, routes in tables.items():
        yield f"\n## {title}\n\n| route | what it does | action | roles | statuses |\n|---|---|---|---|---|"
        for route, operation in routes.items():
            yield _endpoint(route, operation)


def _routes(app: FastAPI) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path, operations in app.openapi()["paths"].items():
        for method in METHODS:
            if method in operations:
                yield f"{method.upper()} {path}", operations[method]


def _endpoint(route: str, operation: Mapping[str, Any]) -> str:
    action = operation.get("x-action")
    statuses = ", ".join(sorted(operation["responses"]))
    what = str(operation.get("description", ""))
    if action is None:
        return f"| `{route}` | {what} | – | open to all | {statuses} |"
    grant = POLICY[Action(action)]
    roles = ", ".join(sorted(grant.roles)) + (" (own subtree)" if grant.scoped else "")
    return f"| `{route}` | {what} | {action} | {roles} | {statuses} |"


def _sentence(kind: type) -> str:
    return " ".join((inspect.getdoc(kind) or "").split())


def _meaning(kind: type) -> str:
    said = kind.__dict__.get("__doc__")
    return f"{' '.join(inspect.cleandoc(said).split())}\n\n" if said else ""


def _plain(value: object) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    return json.dumps(value, default=str, ensure_ascii=False) if isinstance(value, tuple | dict) else str(value)  # fmt: skip


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> None:
    """Write the files, or with --check only say which of them are not what the code says."""
    HOME.mkdir(parents=True, exist_ok=True)
    stale = {
        name: text
        for name, text in pages().items()
        if not (HOME / name).exists() or (HOME / name).read_text("utf-8") != text
    }
    if "--check" in sys.argv:
        sys.exit(", ".join(stale) or 0)
    for name, text in stale.items():
        (HOME / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
