"""The answers: frozen values, made of plain types only, so that they print, compare and cross a wire as they are."""

from .about import About, Counts
from .address import AddressKind, Agreement, IPAddress
from .country import Country
from .distance import Distance
from .place import FoundPlace, Kind, MatchType, NearbyPlace, Place, PlaceDetails, ReversePlace
from .postal import PostalCode, PostalPlace
from .row import IPRow, ReverseRow, SearchRow
from .source import Source, SourceKey
from .time_zone import TimeZone, Transition

__all__ = [
    "About",
    "AddressKind",
    "Agreement",
    "Country",
    "Counts",
    "Distance",
    "FoundPlace",
    "IPAddress",
    "IPRow",
    "Kind",
    "MatchType",
    "NearbyPlace",
    "Place",
    "PlaceDetails",
    "PostalCode",
    "PostalPlace",
    "ReversePlace",
    "ReverseRow",
    "SearchRow",
    "Source",
    "SourceKey",
    "TimeZone",
    "Transition",
]
