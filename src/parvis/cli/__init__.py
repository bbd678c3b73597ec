"""The ``parvis`` command. Each command's module is imported when it is run, so that ``parvis --help`` is quick."""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMMANDS = {
    "serve": ("parvis.cli.publisher.serve", "serve", "Serve a class, a module or a function over HTTP."),
    "describe": (
        "parvis.cli.publisher.describe",
        "describe",
        "Print what would be public, and what is left out and why.",
    ),
    "lock": ("parvis.cli.publisher.lock", "lock", "Write the file that names exactly what is public beyond loopback."),
    "diff": ("parvis.cli.publisher.diff", "diff", "Print what differs from the lock, and whether it breaks callers."),
    "config": ("parvis.cli.publisher.config", "config", "Print every setting, its value and where it comes from."),
    "operator": ("parvis.cli.operator.operator", "operator", "Set the operator's e-mail and password."),
    "admin": ("parvis.cli.operator.admin", "admin", "Call an operation of Parvis's own service as the operator."),
    "audit": ("parvis.cli.operator.audit", "audit", "Read the audit, and verify that it is whole."),
    "backup": ("parvis.cli.operator.backup", "backup", "Copy accounts, keys, totals and the audit into a new file."),
    "register": ("parvis.cli.consumer.register", "register", "Register with a server and get a key."),
    "keys": ("parvis.cli.consumer.keys", "keys", "Make, list, rotate and revoke keys."),
    "usage": ("parvis.cli.consumer.usage", "usage", "Print what your account used."),
    "call": ("parvis.cli.consumer.call", "call", "Call an operation of a service."),
    "client": ("parvis.cli.consumer.client", "client", "Write a typed Python package that calls a service."),
    "mcp": ("parvis.cli.consumer.mcp", "mcp", "Give an agent the tools of a server."),
    "completion": ("parvis.cli.completion_scripts", "completion", "Print what makes a shell complete these commands."),
}
"""Name -> (module, attribute, the line of help)."""


class _Lazy(click.Group):
    def main(self, *args: Any, **rest: Any) -> Any:
        if "_PARVIS_COMPLETE" in os.environ:  # a shell asks, by the script of `parvis completion`
            from .completion_scripts import register

            register()
        return super().main(*args, **rest)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        from click.shell_completion import CompletionItem

        found = [CompletionItem(name, help=row[2]) for name, row in COMMANDS.items() if name.startswith(incomplete)]
        return found + click.Command.shell_complete(self, ctx, incomplete)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in COMMANDS.items()])


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="parvis", message="parvis %(version)s")
def main() -> None:
    """Point it at plain Python: it becomes a public API with registration, keys and rights."""
