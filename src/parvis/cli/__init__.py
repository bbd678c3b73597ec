"""The ``parvis`` command. Each command's module is imported when it is run, so that ``parvis --help`` is quick."""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMMANDS = {
    "serve": ("parvis.cli.serve", "serve", "Serve a class, a module or a function over HTTP."),
    "describe": ("parvis.cli.describe", "describe", "Print what would be public, and what is left out and why."),
    "lock": ("parvis.cli.lock", "lock", "Write the file that names exactly what is public beyond loopback."),
    "diff": ("parvis.cli.diff", "diff", "Print what differs from the lock, and whether it breaks callers."),
    "config": ("parvis.cli.config", "config", "Print every setting, its value and where it comes from."),
    "operator": ("parvis.cli.operator", "operator", "Set the operator's e-mail and password."),
    "admin": ("parvis.cli.operator", "admin", "Call an operation of Parvis's own service as the operator."),
    "audit": ("parvis.cli.audit", "audit", "Read the audit, and verify that it is whole."),
    "backup": ("parvis.cli.operator", "backup", "Copy accounts, keys, totals and the audit into a new file."),
    "register": ("parvis.cli.client_commands", "register", "Register with a server and get a key."),
    "keys": ("parvis.cli.keys", "keys", "Make, list, rotate and revoke keys."),
    "usage": ("parvis.cli.usage", "usage", "Print what your account used."),
    "call": ("parvis.cli.client_commands", "call", "Call an operation of a service."),
    "client": ("parvis.cli.client_package", "client", "Write a typed Python package that calls a service."),
    "mcp": ("parvis.cli.mcp", "mcp", "Give an agent the tools of a server."),
    "completion": ("parvis.cli.completion", "completion", "Print what makes a shell complete these commands."),
}
"""Name -> (module, attribute, the line of help)."""


class _Lazy(click.Group):
    def main(self, *args: Any, **rest: Any) -> Any:
        if "_PARVIS_COMPLETE" in os.environ:  # a shell asks, by the script of `parvis completion`
            from .completion import register

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


class Complaint(click.ClickException):
    """A sentence on standard error and exit code 1: what is wrong and what to do, never a traceback."""

    def show(self, file: object = None) -> None:
        print(f"parvis: {self.message}", file=sys.stderr)
