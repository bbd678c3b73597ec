"""The step *authorise*: the credential holds the operation's right, and a test key goes to the sandbox."""

from __future__ import annotations

from typing import NamedTuple

from ..access.credential import Credential
from ..access.rights import Constraints
from ..contract.outcomes import Refusal
from .object.service import BoundOperation


class Authorised(NamedTuple):
    """What may be called: the operation itself or its twin of the sandbox, and what its arguments must keep to."""

    operation: BoundOperation
    constraints: tuple[Constraints, ...] | None
    """None where the right holds for all arguments."""


def authorise(operation: BoundOperation, credential: Credential) -> Authorised:
    """Raises :class:`Refusal` where the right is missing, or a test key would change something."""
    constraints = held(operation, credential)
    if credential.test and not operation.console and credential.kind != "run":
        if operation.sandbox is not None:
            return Authorised(operation.sandbox, constraints)
        if not operation.read:
            raise Refusal("no-sandbox", f"{operation.name} may change something, and "
                          f"{operation.service.contract.service} has no sandbox for test keys.")  # fmt: skip
    return Authorised(operation, constraints)


def held(operation: BoundOperation, credential: Credential) -> tuple[Constraints, ...] | None:
    """The constraints under which the right is held; None for none. Raises :class:`Refusal` where it is missing."""
    verdict = credential.rights.verdicts[operation.right]
    if verdict is None:
        raise _missing(credential, operation.right)
    return None if verdict is True else verdict


def _missing(credential: Credential, right: str) -> Refusal:
    """Why a right is missing: nobody called, the key was not given it, or the account does not have it."""
    if credential.kind == "anonymous":
        return Refusal("key-missing", f"{right} is not open to callers without a key.")
    state = credential.state
    account_has_it = state is not None and state.rights.verdict(right) is not None
    code = "key-right-missing" if account_has_it and credential.kind in ("key", "token") else "right-missing"
    detail = f"This {credential.kind} does not hold the right {right}."
    return Refusal(code, detail, members={"right": right}, right=right)
