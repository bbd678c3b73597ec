"""``parvis diff``: what `parvis lock` would change, and whether it breaks callers.

Exit codes, for CI: 0 when nothing differs or all is additive, 1 when something breaks callers, 2 when there is nothing
to compare.
"""

from __future__ import annotations

import json

import click

from ...assembly.facades import compile_sources
from ...contract.evolution import diff as contracts
from ...contract.evolution import lock_reader
from ...contract.evolution.changes import Change
from ...contract.model import Contract
from ...facade.errors import TargetError
from ..complaint import Complaint
from ..sources import settings_of, sources_of

BREAKING = 1
UNUSABLE = 2


@click.command()
@click.argument("target", required=False)
@click.option("--against", help="The lock to compare with (parvis.lock); - is standard input.")
@click.option("--name", help="Name of the service.")
@click.option("--config", help="Settings file (parvis.toml).")
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def diff(
    ctx: click.Context, target: str | None, against: str | None, name: str | None, config: str | None, style: str
) -> None:
    """Print how TARGET differs from the lock, what breaks callers first.

    The exit code is 0 when no caller breaks, 1 when one may, and 2 when there is nothing to compare.
    """
    try:
        old, new = _sides(target, against, name, config)
    except Complaint as complaint:
        complaint.show()
        ctx.exit(UNUSABLE)
    changes = sorted(contracts.compare(old, new), key=lambda change: not change.breaking)
    breaking = sum(change.breaking for change in changes)
    if style == "json":
        click.echo(
            json.dumps({"breaking": breaking, "changes": [_row(c) for c in changes]}, ensure_ascii=False, indent=2)
        )
    else:
        for change in changes:
            click.echo(_line(change))
        click.echo(_total(breaking, len(changes) - breaking))
    ctx.exit(BREAKING if breaking else 0)


def _sides(
    target: str | None, against: str | None, name: str | None, config: str | None
) -> tuple[tuple[Contract, ...], list[Contract]]:
    """What the lock says and what the code says. Raises :class:`Complaint`."""
    settings = settings_of(config, {})
    path = against or settings["lock"]
    try:
        with click.open_file(path, encoding="utf-8") as file:
            old = lock_reader.read(file.read())
    except FileNotFoundError:
        raise Complaint(f"there is no {path} to compare with: `parvis lock` writes one") from None
    except (OSError, ValueError) as error:
        raise Complaint(f"{path} cannot be read: {error}") from None
    try:
        return old, [facade.contract for facade in compile_sources(sources_of(settings, target, name))]
    except TargetError as error:
        raise Complaint(str(error)) from None


def _line(change: Change) -> str:
    verdict = "breaking" if change.breaking else "additive"
    subject = f"{change.service} {change.subject}".rstrip()
    return f"{verdict}  {subject}: {change.text} ({change.kind})"


def _row(change: Change) -> dict[str, object]:
    return {
        "breaking": change.breaking,
        "kind": change.kind,
        "service": change.service,
        "subject": change.subject,
        "text": change.text,
    }


def _total(breaking: int, additive: int) -> str:
    if not breaking + additive:
        return "Nothing differs."
    return f"{breaking} breaking, {additive} additive."
