"""``parvis describe`` says what test keys reach."""

from __future__ import annotations


def test_each_operation_says_how_it_runs_and_for_how_long_at_most(folder):
    (folder.path / "parvis.toml").write_text(
        "timeout = 9\n[service.shop]\ntarget = 'locked_shop:Shop'\nreads = []\n"
        "run = { order = 'threads:3', find_price = 'inline' }\ntimeout = { order = 2.5, find_price = 9 }\n"
    )
    told = folder.parvis("describe").stdout
    assert "/shop/v1/order   threads:3, timeout 2.5 s\n" in told
    assert "/shop/v1/find_price   inline\n" in told


def test_the_sandbox_is_shown_where_there_is_one(folder):
    (folder.path / "parvis.toml").write_text(
        "[service.shop]\ntarget = 'locked_shop:Shop'\nsandbox = 'locked_shop:Shop'\n"
    )
    assert "test keys reach locked_shop:Shop\n" in folder.parvis("describe").stdout
    assert "test keys" not in folder.parvis("describe", "locked_shop:Order").stdout
