"""Completion in bash, zsh and fish: a script for each, and what it is answered.

Rule: the script hands over the line as it was typed, and gets what to insert, one item a line; which those are is
click's and ``consumer/completion_values.py``'s to say. Nothing that is inserted runs: a shell's signs are quoted, in
bash here, in zsh and fish by the shell.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from itertools import dropwhile
from typing import Any

import click
from click.shell_completion import CompletionItem, FishComplete, ShellComplete, ZshComplete, add_completion_class

from .consumer.completion_values import PART

VARIABLE = "_PARVIS_COMPLETE"
"""Set by the scripts; click's own name for it."""

_ASSIGNED = re.compile(r"\w+=")
"""A variable that is set for one command, before its name."""

# bash splits words at ":", "=" and "@" as well, so it gets what stands behind the last of these.
_BASH = """\
%(complete_func)s() {
    local item
    COMPREPLY=()
    while IFS= read -r item; do
        COMPREPLY+=("$item")
    done < <(COMP_LINE="${COMP_LINE:0:COMP_POINT}" COMP_WORDBREAKS="$COMP_WORDBREAKS" \\
        %(complete_var)s=bash_complete "${1/#\\~/$HOME}" 2>/dev/null)
}
complete -o nospace -o nosort -F %(complete_func)s %(prog_name)s 2>/dev/null ||
    complete -o nospace -F %(complete_func)s %(prog_name)s
"""

_ZSH = """\
#compdef %(prog_name)s
%(complete_func)s() {
    local kind value
    local -a whole parts
    while IFS= read -r kind && IFS= read -r value; do
        if [[ $kind == part ]]; then parts+=("$value"); else whole+=("$value"); fi
    done < <(COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT - 1)) \\
        %(complete_var)s=zsh_complete "${words[1]/#\\~/$HOME}" 2>/dev/null)
    (( $#parts )) && _describe -V %(prog_name)s parts -U -S ''
    (( $#whole )) && _describe -V %(prog_name)s whole -U
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    %(complete_func)s "$@"
else
    compdef %(complete_func)s %(prog_name)s
fi
"""

_FISH = """\
function %(complete_func)s
    set -lx COMP_WORDS (commandline -cp | string collect)
    set -lx COMP_CWORD (commandline -ct | string collect)
    set -lx %(complete_var)s fish_complete
    set -l command (string replace -r '^~' $HOME -- (commandline -po)[1])
    command $command 2>/dev/null
end
complete --no-files --keep-order --command %(prog_name)s --arguments "(%(complete_func)s)"
"""


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of bash up to the cursor: its ``words`` before the one that is being typed, that one as it is meant, and
    the part of it that bash does not replace. ``quote`` is the one that stands open."""

    words: list[str]
    typed: str
    kept: str
    quote: str


def read_line(line: str, breaks: str) -> _Line:
    """Take a line apart as bash does; ``breaks`` are its ``COMP_WORDBREAKS``."""
    words: list[str] = []
    word, kept, quote, inside = "", "", "", False
    signs = iter(line)
    for sign in signs:
        if quote:
            if sign == quote:
                quote = ""
            elif sign == "\\" and quote == '"':
                following = next(signs, "")
                word += following if following in '$`"\\' else sign + following
            else:
                word += sign
        elif sign in "'\"":
            quote, inside, kept = sign, True, word
        elif sign == "\\":
            word, inside = word + next(signs, ""), True
        elif sign.isspace():
            if inside:
                words.append(word)
            word, kept, inside = "", "", False
        else:
            if sign in breaks:
                kept = word if sign == "@" else word + sign  # readline takes an @ for a part of what follows
            word, inside = word + sign, True
    return _Line(words, word, kept, quote)


class Bash(ShellComplete):
    name = "bash"
    source_template = _BASH

    def get_completion_args(self) -> tuple[list[str], str]:
        self._line = read_line(os.environ["COMP_LINE"], os.environ.get("COMP_WORDBREAKS", ""))
        words = list(dropwhile(_ASSIGNED.match, self._line.words))
        return words[1:], self._line.typed

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[str]]:
        found = super().get_completions(args, incomplete)
        # No sign quotes the one for history there.
        return [item for item in found if not (self._line.quote == '"' and "!" in item.value)]

    def format_completion(self, item: CompletionItem[Any]) -> str:
        rest = str(item.value).removeprefix(self._line.kept)
        # An open quote is closed by readline.
        return _quoted(rest, self._line.quote) + ("" if item.type == PART or self._line.quote else " ")


class Zsh(ZshComplete):
    source_template = _ZSH

    def format_completion(self, item: CompletionItem[Any]) -> str:
        value = re.sub(r"([\\:])", r"\\\1", str(item.value))
        return f"{item.type}\n{value}{f':{item.help}' if item.help else ''}"


class Fish(FishComplete):
    source_template = _FISH

    def format_completion(self, item: CompletionItem[Any]) -> str:
        return f"{item.value}\t{item.help}" if item.help else str(item.value)


SHELLS: dict[str, type[ShellComplete]] = {"bash": Bash, "zsh": Zsh, "fish": Fish}


def _quoted(text: str, quote: str) -> str:
    """Text as bash reads it back, behind an open ``quote`` or none."""
    if quote == "'":
        return text.replace("'", "'\\''")
    return re.sub(r'([$`"\\])' if quote else r"([^\w@%+=:,./-])", r"\\\1", text)


def register() -> None:
    """Make click answer the scripts with these."""
    for shell in SHELLS.values():
        add_completion_class(shell)


@click.command()
@click.argument("shell", type=click.Choice(list(SHELLS)))
def completion(shell: str) -> None:
    """Print what makes SHELL complete `parvis`: commands, and the operations, parameters and values of a service.

    \b
    bash   eval "$(parvis completion bash)"       in ~/.bashrc
    zsh    eval "$(parvis completion zsh)"        in ~/.zshrc, behind compinit
    fish   parvis completion fish | source        in ~/.config/fish/config.fish
    """
    commands = click.get_current_context().find_root().command
    click.echo(SHELLS[shell](commands, {}, "parvis", VARIABLE).source(), nl=False)
