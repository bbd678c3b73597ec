"""Plans: rights and bounds under a name."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from parvis.access.plans import ANONYMOUS, DEFAULT, Plan

from .. import schema
from ..records import PlanExists, PlanInUse, keepable

PLAN = schema.plan.c
BUILT_IN = (DEFAULT, ANONYMOUS)
"""Plans that every store has; they can be changed, and never deleted."""


def seed(connection: Connection) -> None:
    """Add the plans that must be there."""
    known = set(connection.execute(select(PLAN.name)).scalars())
    for plan in BUILT_IN:
        if plan.name not in known:
            connection.execute(insert(schema.plan), _row(plan))


def every(connection: Connection) -> list[Plan]:
    return [read(row._mapping) for row in connection.execute(select(schema.plan).order_by(PLAN.name))]


def get(connection: Connection, name: str) -> Plan | None:
    row = connection.execute(select(schema.plan).where(PLAN.name == name)).one_or_none() if keepable(name) else None
    return read(row._mapping) if row else None


def add(connection: Connection, plan: Plan) -> Plan:
    if get(connection, plan.name) is not None:
        raise PlanExists(plan.name)
    connection.execute(insert(schema.plan), _row(plan))
    return plan


def change(connection: Connection, name: str, changes: dict[str, Any]) -> Plan | None:
    """The plan with these fields changed; None when there is no such plan."""
    plan = get(connection, name)
    if plan is None:
        return None
    changed = dataclasses.replace(plan, **changes)
    connection.execute(update(schema.plan).where(PLAN.name == name), _row(changed))
    return changed


def remove(connection: Connection, name: str) -> Plan | None:
    plan = get(connection, name)
    if plan is None:
        return None
    users = select(func.count()).select_from(schema.account).where(schema.account.c.plan == name)
    if any(name == built_in.name for built_in in BUILT_IN) or connection.execute(users).scalar():
        raise PlanInUse(name)
    connection.execute(delete(schema.plan).where(PLAN.name == name))
    return plan


def read(row: Any) -> Plan:
    return Plan(name=row[PLAN.name], rights=tuple(json.loads(row[PLAN.rights])), **json.loads(row[PLAN.bounds]))


def _row(plan: Plan) -> dict[str, str]:
    bounds = dataclasses.asdict(plan)
    name, rights = bounds.pop("name"), bounds.pop("rights")
    return {"name": name, "rights": json.dumps(rights), "bounds": json.dumps(bounds)}
