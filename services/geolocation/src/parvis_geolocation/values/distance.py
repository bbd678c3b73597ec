"""The way between two points."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Distance:
    """The shortest way between two points over the ellipsoid (WGS 84).

    Attributes:
        km: Length in kilometres.
        bearing: Direction in which it leaves the first point, in degrees clockwise from north, from 0 up to 360.
    """

    km: float
    bearing: float
