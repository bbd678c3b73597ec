"""``/metrics`` for Prometheus, drawn when it is asked for: a call only counts integers of its own operation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..store.meter import Meter
from .object.service import ServiceInstance

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

METRICS = {
    "parvis_calls_total": "Calls by service, operation and HTTP status.",
    "parvis_call_seconds_total": "Seconds spent in calls, by service and operation.",
    "parvis_unrouted_requests_total": "Requests that reached no operation, by HTTP status.",
    "parvis_facade_threads": "Threads of a service that can still take calls.",
    "parvis_meter_room": "Records that have their space already: at 0 calls are refused, while there is no disk.",
    "parvis_meter_unfolded": "Records in the journal that are not in the tables yet.",
}


def page(services: Iterable[ServiceInstance], unrouted: dict[int, int], meter: Meter | None) -> bytes:
    """The metrics in the text format of Prometheus, with those of this process."""
    from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest

    registry = CollectorRegistry()
    ProcessCollector(registry=registry)

    class Calls:
        def collect(self) -> Iterator[Metric]:
            yield from _families(services, unrouted)
            if meter is not None:
                yield from _meter(meter.room, meter.unfolded)

    registry.register(Calls())
    return generate_latest(registry)


def _meter(room: int, unfolded: int) -> Iterator[Metric]:
    from prometheus_client.metrics_core import GaugeMetricFamily

    yield GaugeMetricFamily("parvis_meter_room", METRICS["parvis_meter_room"], room)
    yield GaugeMetricFamily("parvis_meter_unfolded", METRICS["parvis_meter_unfolded"], unfolded)


def _families(services: Iterable[ServiceInstance], unrouted: dict[int, int]) -> Iterator[Metric]:
    from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily

    calls = CounterMetricFamily("parvis_calls", METRICS["parvis_calls_total"],
                                labels=["service", "version", "operation", "status"])  # fmt: skip
    seconds = CounterMetricFamily("parvis_call_seconds", METRICS["parvis_call_seconds_total"],
                                  labels=["service", "version", "operation"])  # fmt: skip
    help_text = METRICS["parvis_facade_threads"]
    threads = GaugeMetricFamily("parvis_facade_threads", help_text, labels=["service", "version"])
    for service in services:
        name, version = service.contract.service, str(service.contract.version)
        for operation, bound in service.operations.items():
            ways = [bound] if bound.sandbox is None else [bound, bound.sandbox]  # a test key's calls are calls
            counts = sum((Counter(way.calls) for way in ways), Counter[int]())
            for status, count in counts.items():
                calls.add_metric([name, version, operation, str(status)], count)
            if counts:
                seconds.add_metric([name, version, operation], sum(way.seconds for way in ways))
        if service.pools:
            threads.add_metric([name, version], sum(pool.alive for pool in service.pools.values()))
    lost = CounterMetricFamily("parvis_unrouted_requests", METRICS["parvis_unrouted_requests_total"], labels=["status"])
    for status, count in unrouted.items():
        lost.add_metric([str(status)], count)
    yield from (calls, seconds, lost, threads)
