"""What can go wrong, split by whose fault it is.

A caller's fault is a plain `ValueError` (a bad argument) or `LookupError` (nothing there): no class of this package.
Everything below is the operator's: the store or the data it is built from.

    GeolocationError
    ├── StoreError
    │   ├── StoreMissingError    nothing has been built there yet
    │   ├── PartMissingError     the places are there, but not the part that was asked for
    │   └── StoreDamagedError    something is there that cannot be used
    └── BuildError
        └── DataMissingError     the data packages are not installed

Every message is a sentence, followed by what to do.
"""

from __future__ import annotations


class GeolocationError(Exception):
    """Base of the errors that an operator, not a caller, can mend."""


class StoreError(GeolocationError):
    """The place store cannot be opened."""


class StoreMissingError(StoreError):
    """No place store has been built at this location."""


class PartMissingError(StoreError, NotImplementedError):
    """The store has no postal codes, or no internet addresses: it was built without them."""


class StoreDamagedError(StoreError):
    """The place store is incomplete, altered, or of another version or kind of machine."""


class BuildError(GeolocationError):
    """The place store cannot be built from this data."""


class DataMissingError(BuildError):
    """The data that the build reads is not there."""
