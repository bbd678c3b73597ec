"""What is said of the console's operations beside their signatures: with what each refuses, and a call that works.

Two tables by operation; a test holds that the first is what the code raises, and compiling that the second is taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_ACCOUNT = ("account-needed", "not-found")
"""Of operations on one's own account: a caller may have none, and it may be erased by now."""

REFUSALS: Mapping[str, tuple[str, ...]] = {
    "access.explain": _ACCOUNT,
    "accounts.approve": ("not-found",),
    "accounts.create": ("registration-closed", "account-exists", "too-many-sign-ups"),
    "accounts.erase": _ACCOUNT,
    "accounts.export": _ACCOUNT,
    "accounts.get": _ACCOUNT,
    "accounts.request_reset": ("no-mail",),
    "accounts.reset": ("mail-link-unknown",),
    "accounts.reset_link": ("not-found",),
    "accounts.resume": ("not-found",),
    "accounts.set_password": _ACCOUNT,
    "accounts.suspend": ("not-found",),
    "accounts.update": ("not-found",),
    "accounts.verify": ("mail-link-unknown",),
    "keys.create": ("account-needed", "account-not-approved", "not-found", "too-many-keys"),
    "keys.get": _ACCOUNT,
    "keys.list": ("account-needed",),
    "keys.revoke": _ACCOUNT,
    "keys.rotate": _ACCOUNT,
    "keys.update": _ACCOUNT,
    "limits": _ACCOUNT,
    "operators.create": ("link-unknown", "link-spent", "account-exists", "operator-exists"),
    "operators.set": ("account-exists",),
    "plans.create": ("plan-exists",),
    "plans.delete": ("not-found", "plan-in-use"),
    "plans.get": ("not-found",),
    "plans.update": ("not-found",),
    "usage.calls": _ACCOUNT,
    "usage.deprecated": _ACCOUNT,
    "usage.export": _ACCOUNT,
    "usage.summary": _ACCOUNT,
}
"""Operation -> the codes of its refusals beside those that every operation may answer with."""

_EMAIL = "ada@example.org"
_PASSWORD = "four words of your own"  # noqa: S105
_ACCOUNT_ID = {"id": "acc_7Kq2mX9bTfLw"}
_KEY_ID = {"id": "3fJ8sQ1xZt0B"}
_TOKEN = {"token": "the-part-behind-token-in-the-link"}

EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "access.explain": {"operation": "shop.orders.get"},
    "accounts.approve": _ACCOUNT_ID,
    "accounts.create": {"email": _EMAIL, "password": _PASSWORD, "name": "Ada"},
    "accounts.request_reset": {"email": _EMAIL},
    "accounts.reset": {**_TOKEN, "password": _PASSWORD},
    "accounts.reset_link": _ACCOUNT_ID,
    "accounts.resume": _ACCOUNT_ID,
    "accounts.set_password": {"password": _PASSWORD},
    "accounts.suspend": _ACCOUNT_ID,
    "accounts.update": {**_ACCOUNT_ID, "plan": "large"},
    "accounts.verify": _TOKEN,
    "keys.create": {"label": "my laptop", "rights": ["shop.orders.get"]},
    "keys.get": _KEY_ID,
    "keys.report": {"key": "the whole key, as it was found"},
    "keys.revoke": _KEY_ID,
    "keys.rotate": _KEY_ID,
    "keys.update": {**_KEY_ID, "label": "my old laptop"},
    "operators.backup": {"path": "/backups/parvis.db"},
    "operators.create": {"email": _EMAIL, "password": _PASSWORD, "link": "the-last-part-of-the-link"},
    "operators.set": {"email": _EMAIL, "password": _PASSWORD},
    "plans.create": {"name": "large", "rights": ["shop.*"], "day": 100_000},
    "plans.delete": {"name": "large"},
    "plans.get": {"name": "large"},
    "plans.update": {"name": "large", "day": 200_000},
    "tokens.create": {"scope": ["shop.orders.get"], "seconds": 600},
    "usage.calls": {"failed": True},
    "usage.export": {"what": "day", "format": "csv"},
    "usage.summary": {"by": "hour"},
}
"""Operation -> arguments of a call."""
