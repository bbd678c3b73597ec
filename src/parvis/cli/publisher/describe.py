"""``parvis describe``: what would be public, and what is left out and why, without serving."""

from __future__ import annotations

import json
import sys

import click

from ...assembly.facades import compile_sources
from ...contract.openapi.document import openapi
from ...contract.settings import SILENCE
from ...facade.compile import Facade
from ...facade.errors import TargetError
from ..complaint import Complaint
from ..sources import settings_of, sources_of
from .addresses import address


@click.command()
@click.argument("target", required=False)
@click.option("--name", help="Name of the service.")
@click.option("--config", help="Settings file (parvis.toml).")
@click.option("--only", multiple=True, help="Publish this operation alone; may be repeated.")
@click.option("--strict", is_flag=True, help="Fail when anything is left out because of its types or parameters.")
@click.option(
    "--format", "style", type=click.Choice(["text", "openapi", "contract"]), default="text", show_default=True
)
def describe(
    target: str | None, name: str | None, config: str | None, only: tuple[str, ...], strict: bool, style: str
) -> None:
    """Print what TARGET would publish."""
    settings = settings_of(config, {})
    try:
        facades = compile_sources(sources_of(settings, target, name, only))
    except TargetError as error:
        raise Complaint(str(error)) from None
    for facade in facades:
        if style == "openapi":
            click.echo(json.dumps(openapi(facade.contract, server_url=None), indent=2, ensure_ascii=False))
        elif style == "contract":
            click.echo(facade.contract.to_json())
        else:
            _text(facade)
    refused = [f"{item.name}: {item.reason}" for facade in facades for item in facade.left_out if item.refused]
    if strict and refused:
        raise Complaint("; ".join(refused))


def _text(facade: Facade) -> None:
    from rich.console import Console
    from rich.markup import escape

    out = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    contract = facade.contract
    out.print(f"[bold]{contract.service}[/bold] v{contract.version}  {escape(contract.summary)}".rstrip())
    rows: list[tuple[str, str, str]] = []
    for name, operation in facade.operations.items():
        read = {"listed": "read", "name": "read (by name)", None: ""}[operation.spec.read]
        if operation.spec.result.stream:
            word, seconds, usual = "silence", facade.options.stream_silence, SILENCE
        else:
            word, seconds, usual = "timeout", operation.timeout, facade.options.default_timeout
        limit = f"{word} {seconds:g} s" if seconds != usual else ""
        notes = ", ".join(filter(None, [operation.pool or operation.mode, read, limit]))
        rows.append((name + operation.spec.signature, address(contract, operation.spec), notes))
    for signature, route_text, notes in rows:
        out.print(f"  {escape(signature)}")
        out.print(f"      {escape(route_text)}   [dim]{notes}[/dim]")
    if facade.options.sandbox is not None:
        out.print(f"test keys reach {escape(str(facade.options.sandbox))}")
    if facade.left_out:
        out.print("left out:")
        for item in facade.left_out:
            out.print(f"  {escape(item.name)}: {escape(item.reason)}")
    for warning in facade.warnings:
        out.print(f"[yellow]note[/yellow] {escape(warning)}")
