"""``parvis client``: write a typed package that calls a service.

Rules. Whatever stands in the directory is either left whole or replaced whole: files are written beside it, and two
renames put them in its place. And only what this command wrote itself is ever replaced.
"""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

import click

from ..complaint import Complaint

if TYPE_CHECKING:
    from parvis.contract.model import Contract

LARGEST = 64_000_000
"""Bytes of a contract's file: what an answer may hold, too."""


@click.command()
@click.argument("target")
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help="A directory for the package alone."
)
@click.option("--name", help="What is imported; the service's name when left out.")
@click.option("--key", help="What opens the service; better by PARVIS_KEY, which others on this machine cannot see.")
def client(target: str, output: Path, name: str | None, key: str | None) -> None:
    """Write a typed Python package that calls the service of TARGET: its address, a file that holds its
    contract.json, or module:Class.

    The package has its classes, its exceptions and its methods, sync and async, and needs parvis alone. Run it again
    when the service has changed: what this command wrote is replaced, and nothing else.
    """
    from ...client.package import write
    from ...i18n import language as language_of
    from ..output import reporting_failures
    from .console_client import users_language

    language = users_language()
    with reporting_failures(language_of(language)):
        contract, url = _contract(target, key, language)
        files = write(contract, name=name, url=url, needs=f"parvis>={version('parvis')}")
        try:
            replace(output, files)
        except OSError as error:
            raise Complaint(f"{output} cannot be written: {error.strerror or error}") from None
    methods, types = len(contract.operations), len(contract.types)
    package = next(path.partition("/")[0] for path in files if "/" in path)
    click.echo(
        f"{output}: {package}, {methods} method{'s' if methods != 1 else ''}, {types} type{'s' if types != 1 else ''}. "
        f"Next: `pip install {shlex.quote(str(output))}`, then in Python: `from {package} import connect`."
    )


def _contract(target: str, key: str | None, language: str | None) -> tuple[Contract, str | None]:
    """What is said of the service, and its address where that is known. Raises :class:`Complaint`."""
    from ...contract.model import Contract

    if "://" in target:
        from ...client import connect_url
        from ...client.http.address import ServiceAddress

        with connect_url(target, key, language=language) as service:
            contract: Contract = service.parvis.contract
        return contract, ServiceAddress.parse(target).mount(contract.prefix) + contract.prefix
    if os.path.isfile(target):
        try:
            with open(target, "rb") as file:
                text = file.read(LARGEST + 1)
            if len(text) > LARGEST:
                raise Complaint(f"{target} is larger than {LARGEST} bytes: give the contract.json of a service")
            return Contract.from_json(text), None
        except OSError as error:
            raise Complaint(f"{target} cannot be read: {error.strerror}") from None
        except ValueError:
            raise Complaint(f"{target} holds no contract: give the contract.json of a service") from None
    from ...assembly.facades import compile_sources
    from ...facade.errors import TargetError
    from ..sources import settings_of, sources_of

    try:
        (facade,) = compile_sources(sources_of(settings_of(None, {}), target, None))
    except TargetError as error:
        raise Complaint(str(error)) from None
    # As callers are told it: what is bound for them stays here.
    return Contract.from_json(facade.contract.to_json()), None


def replace(output: Path, files: Mapping[str, str]) -> None:
    """Put files in place of a directory. Raises ``OSError``, and :class:`Complaint` where it holds anything else."""
    place = output.resolve()
    if Path.cwd().is_relative_to(place):
        raise Complaint(f"{output} is where you are: give a directory for the package alone, like ./package")
    foreign = next(_foreign(place), None)
    if foreign is not None:
        raise Complaint(f"{foreign} was not written by this command: give a directory for the package alone")
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh, old = (place.with_name(f".{place.name}.{kind}.{token_hex(4)}") for kind in ("new", "old"))
    try:
        for path, text in files.items():
            file = fresh / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode())
        if place.exists():
            place.rename(old)
        try:
            fresh.rename(place)
        except BaseException:
            if old.exists():
                old.rename(place)
            raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _foreign(place: Path) -> Iterator[Path]:
    """What stands there and is not of this command's making; what Python compiled of it is."""
    if place.is_symlink() or (place.exists() and not place.is_dir()):
        yield place
        return
    for folder, folders, names in os.walk(place):
        here = Path(folder)
        yield from (here / name for name in sorted(folders) if (here / name).is_symlink())
        compiled = here.name == "__pycache__"
        for name in sorted(names):
            if not (name.endswith(".pyc") if compiled else _is_ours(here / name)):
                yield here / name


def _is_ours(file: Path) -> bool:
    from ...client.package.source import MARK

    if file.is_symlink() or not file.is_file():
        return False
    with file.open("rb") as opened:
        return opened.readline() == f"# {MARK}\n".encode() or (file.name == "py.typed" and file.stat().st_size == 0)
