"""What stands in the section of a service is what the service has."""

from __future__ import annotations

from pathlib import Path

from parvis.assembly.launch import options_of
from parvis.contract.settings import SERVICE_SETTINGS
from parvis.facade.options import Options
from parvis.settings import read

SAID = {
    "name": '"tea"', "version": "2", "title": '"Tea"', "reads": '["find"]', "run": '{ find = "threads:2" }',
    "only": '["find"]', "hidden": '["old"]', "include": '["_odd"]', "timeout": "{ find = 3 }",
    "stream_silence": "60",
    "instances": '"per-call"', "costs": "{ find = 2 }", "rights": '{ find = "tea.read" }', "public": "{ find = 60 }",
    "media": '{ photo = "image/png" }', "deprecated": '{ old = "Use find." }',
    "deprecated_since": '{ old = "2026-01-01" }', "sunset": '{ old = "2027-01-01" }',
    "bind": '{ "find(who)" = "caller.account" }', "examples": "{ find = {} }",
    "settings": "{ size = 1 }", "sandbox": '"tea:Toy"',
}  # fmt: skip


def test_every_setting_of_a_service_reaches_it(tmp_path: Path) -> None:
    file = tmp_path / "parvis.toml"
    file.write_text('[service.shop]\ntarget = "shop:Shop"\n' + "".join(f"{k} = {v}\n" for k, v in SAID.items()))
    assert {"target", *SAID} == {setting.name for setting in SERVICE_SETTINGS}
    made = options_of(read(file=file, environment={}), "shop")
    usual = Options(name="shop")
    assert [] == [name for name in SAID if getattr(made, name) == getattr(usual, name)]
    assert {"photo": "image/png"} == made.media
