"""What stands between a caller and every operation, whatever the protocol: made once, for all services of a host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..store.in_hand import InHand
from ..store.meter import Meter
from .admit import Admission
from .identify import Identifies
from .logs import Log
from .refuse import Refusals
from .repeat import Idempotency
from .stream_watchdog import StreamWatchdog


@dataclass(slots=True, kw_only=True)
class Guards:
    """``links`` are the addresses that a problem names, by purpose."""

    identifier: Identifies
    log: Log
    links: Mapping[str, str] = field(default_factory=dict)
    admission: Admission | None = None
    """Limits and quotas; None where nobody has any: an object in this process."""
    meter: Meter | None = None
    """None where nothing is recorded."""
    in_hand: InHand | None = None
    """None where no call need outlive its process."""
    idempotency: Idempotency | None = None
    """None where nothing is kept: an object in this process, whose caller has no answer to lose."""
    watchdog: StreamWatchdog = field(default_factory=StreamWatchdog)
    unrouted: dict[int, int] = field(default_factory=dict)
    """Status -> how many requests reached no operation, for the metrics."""
    refusals: Refusals = field(init=False)

    def __post_init__(self) -> None:
        self.refusals = Refusals(self.log, self.links)
