"""The step *bind*: from JSON to the arguments of the method, with what is bound from outside among them."""

from __future__ import annotations

import json
from dataclasses import astuple
from functools import partial
from typing import Any, BinaryIO, NamedTuple

from ..access.credential import Credential
from ..contract.caller import Caller
from ..contract.outcomes import type_name
from ..facade import files as uploads
from ..facade.operation import Operation
from .request import Request


class Arguments(NamedTuple):
    """What was sent: one JSON object, keyed by parameter name. The content of a file-like parameter may come beside it;
    then the object holds a digest of it."""

    json: bytes
    upload: BinaryIO | None = None


class Bound(NamedTuple):
    """What the method is called with."""

    arguments: tuple[Any, ...]
    keywords: dict[str, Any]


def bind(
    operation: Operation, given: Arguments, credential: Credential, request: Request, files: list[BinaryIO]
) -> Bound:
    """Raises :class:`Refusal` with all that is wrong. ``files`` gets what is opened here, for the call's end."""
    fill = None
    if operation.bound or operation.files:
        fill = partial(_fill, operation, given.upload, credential, request, files)
    try:
        arguments, keywords = operation.arguments.decode(given.json, fill)
    except Exception:
        raise
    except BaseException as error:  # a class of the façade's that cannot be made; it must not end the server
        raise RuntimeError(f"an argument raised {type_name(error)} when it was made") from error
    if operation.caller is not None:
        keywords[operation.caller] = caller(credential, request)
    return Bound(arguments, keywords)


def _fill(
    operation: Operation, upload: BinaryIO | None, credential: Credential, request: Request, files: list[BinaryIO],
    given: dict[str, Any],
) -> None:  # fmt: skip
    """What of the arguments does not stand in the JSON: files that came beside it, and what is bound."""
    for name in operation.files:
        if upload is not None:
            given[name] = upload
        elif given.get(name) is not None:
            given[name] = uploads.opened(given[name])
            files.append(given[name])
    if operation.bound:
        who = caller(credential, request)
        for bound in operation.bound:
            bound.fill(given, who, request.fields)


def beside(operation: Operation, sent: bytes, credential: Credential, request: Request) -> bytes:
    """All that the method is told and that does not stand in the JSON which was ``sent``, the same bytes for the same:
    what is bound, and who calls. Empty for a method that is told nothing of the kind."""
    if not operation.bound and operation.caller is None:
        return b""
    who, own = caller(credential, request), json.loads(sent)
    told: dict[str, Any] = {
        bound.name: bound.rule.read(who, request.fields)
        for bound in operation.bound
        if not (bound.rule.overridable and bound.name in own)
    }
    if operation.caller is not None:
        told[operation.caller] = astuple(who)
    return json.dumps(told, sort_keys=True).encode()


def caller(credential: Credential, request: Request) -> Caller:
    """Who calls, as a façade may be told."""
    shown = credential.key or (credential.id if credential.kind == "run" else None)
    token = credential.id if credential.kind == "token" else None
    return Caller(credential.kind, credential.account, shown, request.address, credential.test, token)
