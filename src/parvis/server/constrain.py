"""The step *constrain*: what could not be judged before the arguments were known, a right's constraints and the plan's
largest page."""

from __future__ import annotations

from ..access.account_state import Bounds
from ..access.rights import Constraints
from ..contract.outcomes import Refusal
from .bind import Bound
from .object.service import BoundOperation


def constrain(
    operation: BoundOperation, constraints: tuple[Constraints, ...] | None, bounds: Bounds | None, bound: Bound
) -> None:
    """Raises :class:`Refusal` for arguments that this caller may not give."""
    if constraints is not None:
        given = operation.named(*bound)
        if not any(each.admits(given) for each in constraints):
            allowed = " or ".join(f"`{each}`" for each in constraints)
            right = f"{operation.right}({constraints[0]})"
            raise Refusal("argument-refused", f"The right {operation.right} is held with {allowed} only.",
                          members={"right": right}, allowed=allowed)  # fmt: skip
    if operation.limited and bounds is not None and bounds.plan.page is not None:
        asked = bound.keywords.get("limit", operation.defaults.get("limit"))
        if type(asked) is int and asked > bounds.plan.page:
            error = {"location": "limit", "message": f"should be at most {bounds.plan.page}, by your plan",
                     "fix": "Ask for less at a time."}  # fmt: skip
            raise Refusal("invalid-arguments", "One argument is not valid.", members={"errors": [error]})
