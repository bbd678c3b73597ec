"""What ``parvis serve`` prints when it is ready: everything a first call needs, each line ready to be pasted."""

from __future__ import annotations

import shlex
import sys

from ...assembly.launch import base_url, everywhere
from ...assembly.server import Start
from ...assembly.serving import Launched
from ...facade.compile import Facade
from ...portal import snippets
from .addresses import address

MOST = 12
"""Operations printed; the rest is on the page."""


def text(launched: Launched) -> str:
    """The whole banner."""
    url, facades, start = base_url(launched.settings, launched.port), launched.facades, launched.start
    lines: list[str] = [""]
    for facade in facades:
        lines += _service(facade, url)
    lines.append(f"  Pages     {url}/")
    lines += _access(start)
    if not start.operator_set:
        lines.append(
            f"  Operator  {url}/operator?link={launched.secrets.link}   (once; or: parvis operator{_data(launched)})"
        )
    if everywhere(launched.settings) and not launched.settings["public_url"] and not launched.settings["hosts"]:
        lines += ["", "  Only 127.0.0.1 and localhost are answered: name the others in `hosts`, or set `public_url`."]
    if launched.local:
        lines += ["", "  Try it: this key works from this machine until the server stops.", ""]
        lines += example(facades, url, launched.secrets.run.text)  # not indented: Python takes it as it is pasted
    lines += ["", "  Ctrl-C stops.", ""]
    return "\n".join(lines)


def _data(launched: Launched) -> str:
    data = launched.settings["data"]
    return "" if launched.settings.values["data"].origin == "default" else f" --data {shlex.quote(data)}"


def _service(facade: Facade, url: str) -> list[str]:
    contract = facade.contract
    lines = [f"  {contract.service} v{contract.version}  {url}{contract.prefix}"]
    operations = list(facade.operations.values())
    for operation in operations[:MOST]:
        lines.append(f"    {operation.spec.name}{operation.spec.signature}")
        lines.append(f"        {address(contract, operation.spec)}")
    if len(operations) > MOST:
        lines.append(f"    ... and {len(operations) - MOST} more: {url}/{contract.service}/")
    if facade.left_out:
        lines.append(f"    left out: {', '.join(item.name for item in facade.left_out)} (parvis describe says why)")
    return [*lines, ""]


def example(facades: list[Facade], url: str, key: str) -> list[str]:
    """The first call, in the shell and in Python, with the key in it."""
    pairs = [(facade.contract, first) for facade in facades if (first := snippets.first_call(facade.contract))]
    if not pairs:
        return [f"export PARVIS_KEY={key}"]
    # The newest version of the first service, which is what `connect` finds at the service's address.
    contract, operation = max((p for p in pairs if p[0].service == pairs[0][0].service), key=lambda p: p[0].version)
    return [
        *snippets.curl(contract, operation, url, key).splitlines(),
        "",
        *snippets.python(contract, operation, url, key).splitlines(),
        "",
        f"export PARVIS_KEY={key}",
    ]


_MODES = {
    "open": "open to everybody",
    "approval": "open; live keys when the operator approves the account",
    "closed": "closed; the operator makes accounts",
}


def _access(start: Start) -> list[str]:
    """Who may register, and what they get."""
    registration = start.registration
    told = _MODES[registration.mode]
    if registration.verifies:
        told += ", e-mails are verified by letter"
        if registration.mode == "open":
            told = "open to everybody; live keys when the e-mail is verified by letter"
    else:
        told += ", e-mails are not verified (`smtp` is not set)"
    return [f"  Register  {told}", f"  Plan      {start.plan.told()}"]


def print_banner(launched: Launched) -> None:
    print(text(launched), file=sys.stdout, flush=True)
