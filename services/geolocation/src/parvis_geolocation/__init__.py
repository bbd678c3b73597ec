"""Places, countries and time zones of the world as one plain Python class, on open data, without a network.

with Geolocation() as geolocation:
    geolocation.reverse(48.8566, 2.3522).name         # 'Paris'
    geolocation.search("münchen")[0].country          # 'Germany'
    geolocation.timezone(35.68, 139.69).name          # 'Asia/Tokyo'

The data is built once: `parvis-geolocation build`.
"""

from .errors import (
    BuildError,
    DataMissingError,
    GeolocationError,
    StoreDamagedError,
    StoreError,
    StoreMissingError,
)
from .geolocation import Geolocation
from .values import About, Country, Counts, Place, ReversePlace, Source, TimeZone
from .version import __version__

__all__ = [
    "About",
    "BuildError",
    "Country",
    "Counts",
    "DataMissingError",
    "Geolocation",
    "GeolocationError",
    "Place",
    "ReversePlace",
    "Source",
    "StoreDamagedError",
    "StoreError",
    "StoreMissingError",
    "TimeZone",
    "__version__",
]
