"""HTTP, whole: requests are made, answered, and served from when it is opened until it is closed.

Whoever carries HTTP stands on this, our own connections or the adapter for ASGI servers.
"""

from __future__ import annotations

from .incoming import Incoming
from .router import Router


class Application:
    """``request(...)`` makes a request, ``answer(request)`` answers it (:meth:`.Incoming.request`,
    :meth:`.Router.answer`)."""

    def __init__(self, router: Router, incoming: Incoming) -> None:
        self.router = router
        self.request = incoming.request
        self.answer = router.answer

    async def open(self, *, persistent: bool = False) -> None:
        """See :meth:`.Host.open`."""
        await self.router.host.open(persistent=persistent)

    async def close(self) -> None:
        await self.router.close()
