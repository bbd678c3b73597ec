"""What is to be served, compiled: names, and sandboxes."""

from __future__ import annotations

import pytest

from parvis.assembly.facades import compile_sources
from parvis.assembly.launch import ServiceSource
from parvis.facade.errors import TargetError
from parvis.facade.options import Options
from parvis.protocol.http.addresses import RESERVED


class Shop:
    def price(self, item: str) -> float:
        return 1.5


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_the_addresses_of_parvis_are_no_names_for_a_service(name: str) -> None:
    with pytest.raises(TargetError, match="an address of Parvis's own; give another with --name"):
        compile_sources([ServiceSource(Shop, Options(name=name))])


def test_two_services_do_not_stand_at_one_address() -> None:
    with pytest.raises(TargetError, match="two services stand at /shop/v1"):
        compile_sources([ServiceSource(Shop, Options()), ServiceSource(Shop, Options())])
