"""What can be wrong with a start by no fault of Parvis: each says in a sentence what to do, without a traceback.

Imported when something failed, and not before.
"""

from __future__ import annotations

from ..contract.outcomes import Refusal
from ..facade.errors import TargetError
from ..settings import SettingsError
from ..store.journal_format import UnknownFormat
from ..store.lock import DataInUse
from .enforce_lock import LockError

TOLD = (TargetError, LockError, SettingsError, DataInUse, UnknownFormat)


def sentence(error: BaseException) -> str | None:
    """The sentence, or None for what may be a bug: its traceback is what somebody needs."""
    from ..store.migrate import SchemaUnknown

    if isinstance(error, Refusal):
        return error.detail or error.outcome.title
    if isinstance(error, (*TOLD, SchemaUnknown)):
        return str(error)
    if isinstance(error, ModuleNotFoundError) and error.name is None:
        return str(error)  # the store's own, for want of a driver: the import system names the module
    return None
