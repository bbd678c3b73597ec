"""The façade that is measured: a read of two numbers that gives a small object, three ways."""

from dataclasses import dataclass


@dataclass
class Report:
    latitude: float
    longitude: float
    temperature: float
    summary: str


class Weather:
    """The weather, which is always the same here."""

    async def at(self, latitude: float, longitude: float) -> Report:
        return Report(latitude, longitude, 21.5, "sunny")

    def at_inline(self, latitude: float, longitude: float) -> Report:
        return Report(latitude, longitude, 21.5, "sunny")

    def at_thread(self, latitude: float, longitude: float) -> Report:
        return Report(latitude, longitude, 21.5, "sunny")
