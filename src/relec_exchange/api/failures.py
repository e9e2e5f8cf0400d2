"""Errors as HTTP answers: one JSON shape, a status per class, never a traceback.

Contract: `client.wire.error_from` reads what `error_body` writes, so that a client raises what
the node raised.
"""

from __future__ import annotations

from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from relec_exchange.errors import (
    Conflict,
    IntegrityFailure,
    InvalidInput,
    Misconfigured,
    NotAuthorised,
    NotFound,
    Refused,
    RelecError,
    Unavailable,
    Unverified,
)

_STATUS: Final[dict[type, int]] = {
    InvalidInput: 400,
    Unverified: 400,
    NotAuthorised: 403,
    NotFound: 404,
    Conflict: 409,
    Refused: 422,
    Unavailable: 503,
    Misconfigured: 500,
    IntegrityFailure: 500,
}
"""Of these classes and of those that are derived from them."""
_HTTP_CODES: Final = {404: "not-found", 413: "invalid-input", 503: "unavailable"}


class Unauthenticated(NotAuthorised):
    """Nobody is known to have sent the request: status 401 instead of 403."""


def error_body(error: RelecError) -> dict[str, str]:
    """The object under `error` in an answer."""
    return {
        "code": error.code,
        "message": error.message if error.code != "unverified" else str(error),
        "field": error.field,
        "rule": error.rule if isinstance(error, Refused) else "",
        "remedy": error.remedy,
    }


def invalid(error: ValidationError | RequestValidationError) -> InvalidInput:
    """A request that does not fit its model: the first fault, without the value given."""
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"]) or "body"
    return InvalidInput(f"{field}: {first['msg']}", field=field, remedy="see schemas/openapi.json")


def install(app: FastAPI) -> None:
    """Translate every exception that a call can raise."""

    @app.exception_handler(RelecError)
    def of_ours(request: Request, error: RelecError) -> JSONResponse:
        return _answer(_status(error), error_body(error))

    @app.exception_handler(RequestValidationError)
    def of_parameters(request: Request, error: RequestValidationError) -> JSONResponse:
        return _answer(400, error_body(invalid(error)))

    @app.exception_handler(HTTPException)
    def of_http(request: Request, error: HTTPException) -> JSONResponse:
        code = _HTTP_CODES.get(error.status_code, "invalid-input")
        answer = _answer(error.status_code, {**_EMPTY, "code": code, "message": str(error.detail)})
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(Exception)
    def unexpected(request: Request, error: Exception) -> JSONResponse:
        structlog.get_logger().error("api.failed", error=type(error).__name__)
        return _answer(500, {**_EMPTY, "code": "internal", "message": "the node failed", **_TELL})


def _status(error: RelecError) -> int:
    if isinstance(error, Unauthenticated):
        return 401
    return next((_STATUS[one] for one in type(error).__mro__ if one in _STATUS), 500)


_EMPTY: Final = {"field": "", "rule": "", "remedy": ""}
_TELL: Final = {"remedy": "read the node's log"}


def _answer(status: int, body: dict[str, Any]) -> JSONResponse:
    return JSONResponse({"error": body}, status_code=status)
