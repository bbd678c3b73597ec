"""The RateLimit fields: what the bounds of who calls are, and what is left of them (draft-ietf-httpapi-ratelimit)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...access.limits import Plan
from ...protocol.http import ratelimit
from ...protocol.http.answer import Headers

if TYPE_CHECKING:
    from ..admission import Admission
    from ..call import Call


class Left:
    """One for all services of an application; ``admission`` is None where nobody has limits."""

    def __init__(self, admission: Admission | None) -> None:
        self._admission = admission
        self._plan: Plan | None = None
        self._policy = b""

    def fields(self, call: Call) -> Headers:
        """The fields of an answer to a caller that has limits."""
        plan, allowance = call.plan, call.allowance
        if plan is None or allowance is None or self._admission is None:
            return []
        if plan is not self._plan:  # of many calls in a row by one plan, its field is looked up for the first
            self._plan, self._policy = plan, ratelimit.policy(plan)
        policy = self._policy
        if not policy:  # no bound that a field could tell
            return []
        return [(ratelimit.POLICY, policy), (ratelimit.STATE, ratelimit.state(plan, allowance, *self._admission.now()))]
