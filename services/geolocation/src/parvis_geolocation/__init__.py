"""Places, postal codes, time zones and internet addresses of the world, on open data, without a network.

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
    PartMissingError,
    StoreDamagedError,
    StoreError,
    StoreMissingError,
)
from .geocodejson import FeatureCollection
from .geolocation import Geolocation
from .values import (
    About,
    Agreement,
    Country,
    Counts,
    Distance,
    FoundPlace,
    IPAddress,
    IPRow,
    NearbyPlace,
    Place,
    PlaceDetails,
    PostalCode,
    PostalPlace,
    ReversePlace,
    ReverseRow,
    SearchRow,
    Source,
    TimeZone,
    Transition,
)
from .version import __version__

__all__ = [
    "About",
    "Agreement",
    "BuildError",
    "Country",
    "Counts",
    "DataMissingError",
    "Distance",
    "FeatureCollection",
    "FoundPlace",
    "Geolocation",
    "GeolocationError",
    "IPAddress",
    "IPRow",
    "NearbyPlace",
    "PartMissingError",
    "Place",
    "PlaceDetails",
    "PostalCode",
    "PostalPlace",
    "ReversePlace",
    "ReverseRow",
    "SearchRow",
    "Source",
    "StoreDamagedError",
    "StoreError",
    "StoreMissingError",
    "TimeZone",
    "Transition",
    "__version__",
]
