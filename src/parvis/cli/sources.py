"""What a command is to publish: the target on the command line, else the services of the settings file."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from ..assembly.launch import ServiceSource, options_of
from ..facade.options import Options
from ..settings import Settings, SettingsError, read
from .complaint import Complaint


def settings_of(config: str | None, flags: dict[str, Any]) -> Settings:
    """The settings, or a complaint."""
    try:
        return read(flags, file=Path(config) if config else None)
    except SettingsError as error:
        raise Complaint(str(error)) from None


def sources_of(
    settings: Settings, target: str | None, name: str | None, only: tuple[str, ...] = ()
) -> list[ServiceSource]:
    """The services to serve. A target on the command line takes the section that names the same target."""
    if "" not in sys.path and os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())  # the working directory is importable, as for `python -m`
    sections = {key: values["target"].value for key, values in settings.services.items()}
    if target is None:
        if not sections:
            raise Complaint("say what to publish, `parvis serve module:Class`, or write [service.NAME] in parvis.toml")
        for key, text in sections.items():
            if not text:
                raise Complaint(f'[service.{key}] has no `target`: say `target = "module:Class"`')
        chosen = {key: text for key, text in sections.items() if name in (None, key)}
        return [ServiceSource(text, _made(partial(options_of, settings, key))) for key, text in chosen.items()]
    section = next((key for key, text in sections.items() if text == target and name in (None, key)), None)
    if section is not None:
        options = _made(partial(options_of, settings, section))
    else:
        options = _made(partial(Options, name=name, default_timeout=settings["timeout"]))
    if only:
        options = dataclasses.replace(options, only=only)
    return [ServiceSource(target, options)]


def _made(options: Callable[[], Options]) -> Options:
    try:
        return options()
    except ValueError as error:
        raise Complaint(str(error)) from None
