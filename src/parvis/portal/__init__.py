"""Web pages for people; a client of the console, nothing more.

Rule of this room: it knows contracts, the words of refusals, and the console through one small port. It holds no
state, sets no cookie, and every page works without scripts.
"""

from .app import portal_app
from .console import Console, MemoryConsole, NewAccount, NewKey
from .welcome import Welcome

__all__ = ["Console", "MemoryConsole", "NewAccount", "NewKey", "Welcome", "portal_app"]
