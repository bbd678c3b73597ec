"""Distances between two points: over the sphere, which is quick, and over the ellipsoid, which is exact.

The rule: answers about places use the sphere, whose error (0.6% at most) is below what the centre of a place means;
only `geodesic`, which is asked for a distance and nothing else, uses the ellipsoid of WGS 84.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from geographiclib.geodesic import Geodesic  # type: ignore[import-untyped]
from numpy.typing import NDArray

from ..values.distance import Distance

EARTH_RADIUS_KM: Final = 6371.0088
"""Mean radius of the Earth (IUGG)."""

Floats = NDArray[np.float64]


def distance_and_bearing(origin: tuple[float, float], target: tuple[float, float]) -> tuple[float, float]:
    """Great-circle distance in kilometres, and initial bearing in degrees from 0 up to 360, from origin to target."""
    phi1, phi2 = math.radians(origin[0]), math.radians(target[0])
    lam = math.radians(target[1] - origin[1])
    x = math.cos(phi1) * math.sin(phi2) - math.sin(phi1) * math.cos(phi2) * math.cos(lam)
    y = math.cos(phi2) * math.sin(lam)
    z = math.sin(phi1) * math.sin(phi2) + math.cos(phi1) * math.cos(phi2) * math.cos(lam)
    # atan2 keeps its precision where haversine (antipodes) and arccosine (near points) lose theirs.
    distance = EARTH_RADIUS_KM * math.atan2(math.hypot(x, y), z)
    return distance, math.degrees(math.atan2(y, x)) % 360.0 % 360.0


def distances_and_bearings(
    latitudes: Floats, longitudes: Floats, target_latitudes: Floats, target_longitudes: Floats
) -> tuple[Floats, Floats]:
    """The same as `distance_and_bearing`, for many origins and targets."""
    phi1, phi2 = np.radians(latitudes), np.radians(target_latitudes)
    lam = np.radians(target_longitudes - longitudes)
    sin1, cos1, sin2, cos2, cos_lam = np.sin(phi1), np.cos(phi1), np.sin(phi2), np.cos(phi2), np.cos(lam)
    x = cos1 * sin2 - sin1 * cos2 * cos_lam
    y = cos2 * np.sin(lam)
    z = sin1 * sin2 + cos1 * cos2 * cos_lam
    return EARTH_RADIUS_KM * np.arctan2(np.hypot(x, y), z), np.degrees(np.arctan2(y, x)) % 360.0 % 360.0


def unit_vectors(latitude: Floats, longitude: Floats) -> Floats:
    """Points of the unit sphere: straight distances between them order as great-circle distances do."""
    phi, lam = np.radians(latitude), np.radians(longitude)
    return np.column_stack((np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)))


def unit_vector(latitude: float, longitude: float) -> tuple[float, float, float]:
    """The same for one point."""
    phi, lam = math.radians(latitude), math.radians(longitude)
    return math.cos(phi) * math.cos(lam), math.cos(phi) * math.sin(lam), math.sin(phi)


def geodesic(latitude: float, longitude: float, to_latitude: float, to_longitude: float) -> Distance:
    """The shortest way between two points over the ellipsoid (Karney 2013, exact to nanometres)."""
    line = Geodesic.WGS84.Inverse(latitude, longitude, to_latitude, to_longitude, Geodesic.DISTANCE | Geodesic.AZIMUTH)
    bearing = round(line["azi1"], 4) % 360.0 if line["s12"] else 0.0
    return Distance(km=round(line["s12"] / 1000, 6), bearing=bearing)
