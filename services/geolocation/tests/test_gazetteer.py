from __future__ import annotations

import pytest

from parvis_geolocation.gazetteer import in_speaking_order


@pytest.mark.parametrize(
    ("sorted_name", "said"),
    [
        ("Murcia, Región de", "Región de Murcia"),
        ("wallonne, Région", "Région wallonne"),
        ("Moldova, unitatea din", "Unitatea din Moldova"),
        ("Newry, Mourne and Down", "Newry, Mourne and Down"),
        ("San Andrés, Providencia y Santa Catalina", "San Andrés, Providencia y Santa Catalina"),
        ("Bayern", "Bayern"),
    ],
)
def test_a_name_that_iso_sorts_by_its_second_part_is_turned_round(sorted_name: str, said: str) -> None:
    assert in_speaking_order(sorted_name) == said
