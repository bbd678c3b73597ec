"""What a person at a terminal sees of the command ``parvis``."""

import os
import pty
import re
import select
import signal
import subprocess
import sys

CHILD = """
import fcntl, termios
from parvis.cli import main
fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # the password is read from the controlling terminal
main()
"""


def terminal(*words: str, typed: tuple[tuple[str, str], ...] = (), **variables: str) -> tuple[int, str]:
    """What a person at a terminal sees, who types each answer when its question comes."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120", **variables}
    command = [sys.executable, "-c", CHILD, *words]
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
    ) as process:
        os.close(theirs)
        seen, answers = "", list(typed)
        try:
            while select.select([ours], [], [], 30)[0]:
                try:
                    seen += os.read(ours, 65536).decode()
                except OSError:  # the other side is gone
                    break
                if answers and seen.endswith(answers[0][0]):
                    os.write(ours, answers.pop(0)[1].encode() + b"\n")
        finally:
            os.close(ours)
            if process.poll() is None and answers:
                process.kill()
    return process.returncode, seen


def shown_apart(*words: str, stop_at: str = "") -> tuple[int, str, str]:
    """The exit code, what a terminal on standard error sees, and what goes into a pipe. Ctrl-C comes when the
    terminal has seen ``stop_at``."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120", "NO_COLOR": "1"}
    command = [sys.executable, "-c", "from parvis.cli import main; main()", *words]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs, env=environment, text=True
    ) as process:
        os.close(theirs)
        seen, stopped = "", False
        while select.select([ours], [], [], 30)[0]:
            try:
                seen += os.read(ours, 65536).decode()
            except OSError:  # the other side is gone
                break
            if stop_at and stop_at in seen and not stopped:
                stopped = True
                process.send_signal(signal.SIGINT)
        os.close(ours)
        piped = process.stdout.read()
    return process.returncode, seen, piped


def plain(seen: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen)
