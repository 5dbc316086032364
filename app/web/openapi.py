"""The description of the API at `/openapi.json`: what FastAPI finds by itself, and the bodies we read ourselves."""

from functools import cache
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from app.nn.optimizers import SETTINGS
from app.nn.spec import SPECS
from app.web import bodies
from app.web.branch_body import Branch
from app.web.problems import MEDIA_TYPE, Problem

REFERENCE = "#/components/schemas/{model}"
ALSO = {403: (507,), 415: (408, 429)}
"""What comes with a refusal: whoever writes may find the store full, whoever sends a body be slow or have too much."""
REASONS = {
    403: "A page of another site asked for it.",
    404: "There is no such session or node.",
    408: "The body did not come in time.",
    409: "The session is at another version, or there is nothing to undo or redo.",
    413: "The body, or what it asks for, is too large.",
    415: "The body is not of type application/json.",
    422: "What was sent is not valid, or beyond a limit.",
    429: "Too many large requests are being answered just now; `Retry-After` says when to come again.",
    503: "The store cannot be reached just now; nothing was changed.",
    507: "The store holds as much as it may; nothing was changed.",
}


def refuses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The refusals that a route may answer."""
    content = {MEDIA_TYPE: {"schema": {"$ref": REFERENCE.format(model="Problem")}}}
    found = sorted({*statuses, *(other for status in statuses for other in ALSO.get(status, ()))})
    return {status: {"description": REASONS[status], "content": content} for status in found}


def accepts(schema: str, required: bool = False) -> dict[str, Any]:
    """A JSON body of one of `schemas`."""
    content = {"application/json": {"schema": {"$ref": REFERENCE.format(model=schema)}}}
    return {"requestBody": {"required": required, "content": content}}


def describe(app: FastAPI) -> None:
    """Make `app` answer the whole description at `/openapi.json`."""

    @cache
    def description() -> dict[str, Any]:
        made = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            description=DESCRIPTION,
            routes=app.routes,
        )
        made["components"]["schemas"].update(schemas())
        _give_examples(made)
        return made

    app.openapi = description


DESCRIPTION = """Numbers are float64; in node values NaN and infinities are strings. `null` means not computed yet.
Errors are RFC 9457 problems; `type` is the same in all languages, the rest in that of `Accept-Language`."""


def schemas() -> dict[str, Any]:
    """The bodies that are read without FastAPI, and the problem, by name."""
    models = [*SPECS.values(), *SETTINGS.values(), bodies.Plain, bodies.Steps, bodies.MoveBy, bodies.MoveTo]
    models += [bodies.NodeEdit, bodies.Run, Branch, Problem]
    _, definitions = models_json_schema([(model, "validation") for model in models], ref_template=REFERENCE)
    made = definitions["$defs"]
    made["Spec"] = _either(made, *(model.__name__ for model in SPECS.values()))
    made["Move"] = _either(made, "MoveBy", "MoveTo")
    made["OptimizerEdit"] = _optimizer_edit(made)
    return made


def _either(made: dict[str, Any], *names: str) -> dict[str, Any]:
    """One of several bodies, with all their examples."""
    examples = [example for name in names for example in made[name].get("examples", [])]
    return {"oneOf": [{"$ref": REFERENCE.format(model=name)} for name in names], "examples": examples}


def _optimizer_edit(made: dict[str, Any]) -> dict[str, Any]:
    """Settings of any kind; what is left unsaid, the kind too, stays as it is."""
    version = made["Plain"]["properties"]["version"]
    options = [
        {
            "type": "object",
            "title": model.__name__.replace("Settings", "Edit"),
            "properties": {**_without_defaults(made[model.__name__]["properties"]), "version": version},
            "additionalProperties": False,
        }
        for model in SETTINGS.values()
    ]
    examples = [
        {"learning_rate": 0.2},
        {"update_order": "sequential"},
        {"kind": "adam", "learning_rate": 0.01, "version": 1},
    ]
    return {"anyOf": options, "examples": examples}


def _without_defaults(properties: dict[str, Any]) -> dict[str, Any]:
    return {name: {key: rule for key, rule in one.items() if key != "default"} for name, one in properties.items()}


def _give_examples(made: dict[str, Any]) -> None:
    """Show each body's examples where the body is asked for."""
    for path in made["paths"].values():
        for operation in path.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                name = content["schema"].get("$ref", "").rpartition("/")[2]
                examples = made["components"]["schemas"].get(name, {}).get("examples", [])
                if examples:
                    content["examples"] = {str(place): {"value": one} for place, one in enumerate(examples, 1)}
