import subprocess
import sys

import pytest

HEAVY = ("httpx2", "httpcore2", "pydantic", "pydantic_core", "rich", "click", "asyncio", "typing_extensions", "ssl")


def loaded(statement):
    code = f"import sys; {statement}; print([m for m in {HEAVY!r} if m in sys.modules])"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize(
    "module", ["parvis.client", "parvis.client.connect", "parvis.client.memory", "parvis.client.shell_arguments"]
)
def test_importing_the_client_loads_nothing_heavy(module):
    assert "[]" == loaded(f"import {module}")


def test_every_public_name_is_there():
    import parvis.client

    assert parvis.client.__all__ == sorted(parvis.client.__all__)
    for name in parvis.client.__all__:
        assert getattr(parvis.client, name)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        parvis.client.nothing
