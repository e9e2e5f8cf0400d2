"""Who calls: the signature of a request, checked before its body is parsed.

Contract: an endpoint that takes a `Caller` runs only for an officer whose signature the node
accepted and who holds one of the roles; otherwise 401 or 403.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final, TypeVar, cast

from fastapi import Depends, Header, Request
from pydantic import BaseModel, ValidationError

from relec_exchange.api.facade import NodeFacade
from relec_exchange.api.failures import Unauthenticated, invalid
from relec_exchange.api.requests import Signed, bytes_of
from relec_exchange.errors import NotAuthorised
from relec_exchange.trust.officer import Officer, Role
from relec_exchange.trust.request import SignedRequest

M = TypeVar("M", bound=BaseModel)
S = TypeVar("S", bound=Signed)

ANYONE: tuple[Role, ...] = tuple(Role)


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated officer, the request's body, and the node to ask."""

    node: NodeFacade
    officer: Officer
    body: bytes

    def parsed(self, model: type[M]) -> M:
        """The body as a model, or `InvalidInput`."""
        try:
            return model.model_validate_json(self.body)
        except ValidationError as error:
            raise invalid(error) from None

    def must_be(self, officer: str) -> None:
        """Raise `NotAuthorised` unless the signature in the body is by the caller."""
        if officer != self.officer.name:
            raise NotAuthorised(
                "the signature must be that of the officer who sends the request", field="officer"
            )

    def signed(self, model: type[S]) -> tuple[S, bytes]:
        """The body as a model and the signature in it, which must be by the caller."""
        given = self.parsed(model)
        self.must_be(given.officer)
        return given, bytes_of(given.signature, "signature")


def node_of(request: Request) -> NodeFacade:
    """The node that this application serves."""
    return cast(NodeFacade, request.app.state.node)


async def _signed(
    request: Request,
    officer: Annotated[str, Header(alias="Relec-Officer", description="name")] = "",
    time: Annotated[str, Header(alias="Relec-Time", description="now, UTC")] = "",
    nonce: Annotated[str, Header(alias="Relec-Nonce", description="used once")] = "",
    signature: Annotated[str, Header(alias="Relec-Signature", description="base64")] = "",
) -> SignedRequest:
    """Read what was signed. The only step on the event loop; all others run in threads."""
    target = request.scope["raw_path"].decode("latin-1")
    query = request.scope["query_string"].decode("latin-1")
    return SignedRequest(
        request.method,
        f"{target}?{query}" if query else target,
        await request.body(),
        officer,
        time,
        nonce,
        signature,
    )


def allow(*roles: Role) -> Callable[..., Caller]:
    """A dependency that gives the `Caller`, who holds one of the roles."""

    def caller(
        node: Annotated[NodeFacade, Depends(node_of)],
        signed: Annotated[SignedRequest, Depends(_signed)],
    ) -> Caller:
        try:
            officer = node.authenticate(signed)
        except NotAuthorised as error:
            node.denied(signed.officer, _reason(error))
            raise Unauthenticated(error.message, field=error.field, remedy=error.remedy) from None
        try:
            return Caller(node, officer.require(*roles), signed.body)
        except NotAuthorised:
            node.denied(officer.name, "role")
            raise

    return caller


def _reason(error: NotAuthorised) -> str:
    """What was wrong with a request, in one word for the log."""
    return error.field.removeprefix("Relec-").lower() or "signature"


ALARM_WATCHERS: Final = (Role.AUDITOR, Role.SECURITY_OFFICER, Role.OPERATOR)
"""Who may see which alarms stand."""

Anyone = Annotated[Caller, Depends(allow(*ANYONE))]
Auditor = Annotated[Caller, Depends(allow(Role.AUDITOR))]
SecurityOfficer = Annotated[Caller, Depends(allow(Role.SECURITY_OFFICER))]
Submitter = Annotated[Caller, Depends(allow(Role.SUBMITTER, Role.PROTECTION_DESK, Role.SYSTEM))]
Answerer = Annotated[Caller, Depends(allow(Role.SUBMITTER, Role.RELEASER, Role.PROTECTION_DESK))]
Approver = Annotated[Caller, Depends(allow(Role.PROTECTION_DESK))]
Confirmer = Annotated[Caller, Depends(allow(Role.RELEASER))]
Returner = Annotated[Caller, Depends(allow(Role.RELEASER, Role.PROTECTION_DESK))]
Releaser = Annotated[Caller, Depends(allow(Role.RELEASER, Role.SYSTEM))]
Reader = Annotated[
    Caller, Depends(allow(Role.SUBMITTER, Role.RELEASER, Role.PROTECTION_DESK, Role.SYSTEM))
]
QuarantineReader = Annotated[
    Caller, Depends(allow(Role.OPERATOR, Role.AUDITOR, Role.SECURITY_OFFICER))
]
EvidenceReader = Annotated[Caller, Depends(allow(Role.AUDITOR, Role.RELEASER))]
