"""Where an operation stands, as the commands print it."""

from __future__ import annotations

from ...contract.model import Contract, Operation


def address(contract: Contract, operation: Operation) -> str:
    """``GET or POST /shop/v1/price``: the methods of the address that the documents name, reading first."""
    path = operation.routes[0].path
    methods = sorted({route.method for route in operation.routes if route.path == path})
    return f"{' or '.join(methods)} {contract.prefix}{path}"
