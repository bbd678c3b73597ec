"""The pages' way to the console: calls like any other, with the visitor's rights, limits, log line and audit."""

from __future__ import annotations

import base64
import json
from types import SimpleNamespace
from typing import Any

from starlette.applications import Starlette

from ..console.registration import Registration
from ..contract.model import CONSOLE
from ..local import LocalCalls
from ..portal.app import portal_app
from ..portal.console import Problem, Visitor
from ..portal.welcome import Welcome
from ..server.host import Host
from ..server.request import Request, Whole


def pages(host: Host, registration: Registration, url: str) -> Starlette:
    """The pages of a host's services, at the address ``url``."""
    sandboxes = frozenset(service.contract.prefix for service in host.services if service.sandbox is not None)
    welcome = Welcome(registration.mode, registration.verifies, sandboxes)
    return portal_app(HostedConsole(host), host.contracts, url, welcome)


class HostedConsole:
    """What the pages ask of the console, through the host's own pipeline."""

    def __init__(self, host: Host) -> None:
        console = next(service for service in host.services if service.contract.service == CONSOLE)
        self._host = host
        self._prefix = console.contract.prefix
        self._calls = LocalCalls(console, host.body_limit)

    async def create_account(self, visitor: Visitor, email: str, password: str, name: str) -> Any:
        given = {"email": email, "password": password, "name": name, "language": visitor.language}
        return await self._call("accounts.create", visitor, given)

    async def create_key(self, visitor: Visitor, name: str, password: str, label: str, test: bool) -> Any:
        return await self._call("keys.create", visitor, {"label": label, "test": test}, login=(name, password))

    async def create_operator(self, visitor: Visitor, email: str, password: str, link: str) -> Any:
        return await self._call("operators.create", visitor, {"email": email, "password": password, "link": link})

    async def verify(self, visitor: Visitor, token: str) -> Any:
        return await self._call("accounts.verify", visitor, {"token": token})

    async def request_reset(self, visitor: Visitor, email: str) -> None:
        await self._call("accounts.request_reset", visitor, {"email": email})

    async def reset(self, visitor: Visitor, token: str, password: str) -> None:
        await self._call("accounts.reset", visitor, {"token": token, "password": password})

    async def _call(
        self, operation: str, visitor: Visitor, arguments: dict[str, Any], *, login: tuple[str, str] | None = None
    ) -> Any:
        """The result, by its fields. Raises :class:`Problem`."""
        fields = {b"accept-language": visitor.language.encode()}
        if login is not None:
            fields[b"authorization"] = b"Basic " + base64.b64encode(":".join(login).encode())
        request = Request(
            self._host.new_id(), "PAGE", f"{self._prefix}/{operation}", fields, visitor.address,
            body=Whole(json.dumps(arguments).encode()), session=True,
        )  # fmt: skip
        answer = (await self._host.respond(self._calls, request)).answer
        if not answer.ok:
            raise Problem(json.loads(answer.body))
        return json.loads(answer.body or b"null", object_hook=lambda fields: SimpleNamespace(**fields))
