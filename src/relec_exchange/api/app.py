"""The FastAPI application: routes, limits and error answers around one node object.

Contract: `create_app` starts nothing. There are no pages that load anything from elsewhere.
"""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from relec_exchange.api import (
    acts,
    alarms,
    auditing,
    audits,
    boxes,
    disputes,
    drafts,
    events,
    evidence,
    extracts,
    imports,
    keeping,
    logs,
    messages,
    notices,
    protection,
    requests,
    sharing,
    statistics,
    threads,
    trusts,
)
from relec_exchange.api.answers import ErrorAnswer
from relec_exchange.api.facade import NodeFacade
from relec_exchange.api.failures import install
from relec_exchange.api.limits import MIB, BodyLimit

BODY_MAX_MIB: Final = 64
_ROUTERS: Final = (
    boxes.router,
    acts.router,
    drafts.router,
    messages.router,
    trusts.router,
    audits.router,
    auditing.router,
    alarms.router,
    logs.router,
    disputes.router,
    events.router,
    extracts.router,
    imports.router,
    sharing.router,
    evidence.router,
    statistics.router,
    threads.router,
    protection.router,
    keeping.router,
    notices.router,
)
_BODIES: Final[dict[str, type[BaseModel]]] = {
    model.__name__: model
    for model in (
        requests.Headers,
        requests.SubmitRequest,
        requests.Signed,
        requests.Question,
        requests.CardImport,
        requests.AgreementImport,
        requests.OfficerChange,
        auditing.Unsealing,
        alarms.AlarmClosing,
        acts.CheckRequest,
        acts.SignedAnswer,
        acts.Comment,
        drafts.DraftDocument,
        extracts.ExtractRequest,
        imports.ImportQuestion,
        protection.RegisterEntry,
        keeping.KeepRequest,
        logs.LogSuccession,
        sharing.ExportRequest,
        sharing.SubjectQuestion,
        evidence.EvidenceRequest,
        notices.NoticeImport,
        notices.ProposalRequest,
    )
}
_ABOUT: Final = (
    "Every request but GET /v1/health is signed by an officer: the four Relec- headers of "
    "docs/reference/api.md. Times are UTC with milliseconds, hashes hex, byte strings base64."
)


def create_app(node: NodeFacade, body_max_mib: int = BODY_MAX_MIB) -> FastAPI:
    """The application of a node; `body_max_mib` bounds one POST /v1/messages."""
    app = FastAPI(
        title="relec-exchange local API",
        description=_ABOUT,
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        separate_input_output_schemas=False,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.node = node
    app.state.streams = events.Streams()
    install(app)
    errors: dict[int | str, dict[str, Any]] = {"default": {"model": ErrorAnswer}}
    for router in _ROUTERS:
        app.include_router(router, responses=errors)
    app.add_middleware(BodyLimit, large_bytes=body_max_mib * MIB)
    return app


def close_streams(app: FastAPI) -> None:
    """Let every event stream end within a second; new ones are refused."""
    streams: events.Streams = app.state.streams
    streams.closing = True


def openapi(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI 3.1 document. Bodies are parsed after the signature, so they are added here."""
    document = app.openapi()
    document["openapi"] = "3.1.0"
    operations = [item for path in document["paths"].values() for item in path.values()]
    bodies = {item["operationId"]: item.pop("x-body") for item in operations if "x-body" in item}
    models = [_BODIES[name] for name in sorted(set(bodies.values()))]
    references, definitions = models_json_schema(
        [(model, "validation") for model in models], ref_template="#/components/schemas/{model}"
    )
    document["components"]["schemas"].update(definitions["$defs"])
    for item in operations:
        item["responses"].pop("422", None)
        for parameter in item.get("parameters", ()):
            if parameter["in"] == "header":  # missing ones are 401, not a malformed request
                parameter["required"] = True
                parameter["schema"].pop("default", None)
        if item["operationId"] in bodies:
            schema = references[(_BODIES[bodies[item["operationId"]]], "validation")]
            content = {"application/json": {"schema": schema}}
            item["requestBody"] = {"required": True, "content": content}
    for unused in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(unused, None)
    return document
