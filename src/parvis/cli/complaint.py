"""What a command says in place of a traceback."""

from __future__ import annotations

import sys

import click


class Complaint(click.ClickException):
    """A sentence on standard error and exit code 1: what is wrong and what to do, never a traceback."""

    def show(self, file: object = None) -> None:
        print(f"parvis: {self.message}", file=sys.stderr)
