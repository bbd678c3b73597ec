"""``parvis describe`` says what test keys reach."""

from __future__ import annotations


def test_the_sandbox_is_shown_where_there_is_one(folder):
    (folder.path / "parvis.toml").write_text(
        "[service.shop]\ntarget = 'locked_shop:Shop'\nsandbox = 'locked_shop:Shop'\n"
    )
    assert "test keys reach locked_shop:Shop\n" in folder.parvis("describe").stdout
    assert "test keys" not in folder.parvis("describe", "locked_shop:Order").stdout
