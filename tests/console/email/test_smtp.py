"""E-mail by SMTP, handed to a real server in a process of its own."""

import asyncio
import json
import logging
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import SMTP
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parvis.console.email.address import is_address
from parvis.console.email.message import Email, Mailer
from parvis.console.email.smtp import SmtpMailer

SCRIPT = Path(__file__).with_name("smtp_server.py")
SENDER = "Parvis <parvis@example.org>"
TEXT = "Open this:\n\nhttps://api.example.org/verify?token=hush\n"


def email_to(to="ada@example.com", subject="Confirm your e-mail address", text=TEXT):
    return Email(to, subject, text)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return sock.getsockname()[1]


def until(found, seconds=20):
    """Wait for what another process or thread does."""
    end = time.monotonic() + seconds
    while not (result := found()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)
    return result


def text_of(message):
    return message.get_content().replace("\r\n", "\n")


class Inbox:
    """What one mail server took."""

    def __init__(self, folder, port):
        self._folder = folder
        self.port = port

    def reports(self, count=1):
        """So many of them, or more; waits for them."""
        until(lambda: len(list(self._folder.glob("*.json"))) >= count)
        return [json.loads(path.read_text()) for path in sorted(self._folder.glob("*.json"))]

    def messages(self, count=1):
        return [message_from_bytes(r["content"].encode(), policy=SMTP) for r in self.reports(count)]


@contextmanager
def mail_server(folder, *options):
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-W", "ignore", SCRIPT, folder, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            port = process.stdout.readline()
            assert port, "the mail server did not start"
            yield Inbox(folder, int(port))
        finally:
            process.kill()


@pytest.fixture
def inbox(tmp_path):
    with mail_server(tmp_path / "inbox") as inbox:
        yield inbox


@pytest.fixture
def mailer_of():
    """Mailers with short waits, closed when the test is done."""
    made = []

    def make(url, **options):
        mailer = SmtpMailer(url, SENDER, **{"waits": (0.05,) * 4, "timeout": 10} | options)
        made.append(mailer)
        return mailer

    yield make
    for mailer in made:
        mailer.close(0)
        if mailer._thread:
            mailer._thread.join(15)  # its server is down by now, so what it has in hand fails soon


@pytest.fixture
def logged(caplog):
    """Wait for a line of the mailer's log at a level, and give it. No line may hold what is secret."""
    caplog.set_level(logging.DEBUG, "parvis.mail")

    def lines(level):
        return [r.getMessage() for r in caplog.records if (r.name, r.levelname) == ("parvis.mail", level)]

    def wait(level, count=1):
        return until(lambda: len(found := lines(level)) >= count and found)[count - 1]

    yield wait
    for record in caplog.records:
        said = record.getMessage() + str(record.exc_info or "")
        assert not [secret for secret in ("hush", "ada@", "rené@", "\n") if secret in said]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A file with a key and a certificate that it signed itself, for 127.0.0.1."""
    if not shutil.which("openssl"):
        pytest.skip("needs the openssl command to make a certificate")
    folder = tmp_path_factory.mktemp("certificate")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=mail.test"
    outputs = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "certificate.pem"]
    subprocess.run([*command.split(), *outputs], cwd=folder, check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_text((folder / "certificate.pem").read_text() + (folder / "key.pem").read_text())
    return both


def test_a_letter_arrives_with_all_its_headers(inbox, mailer_of, logged):
    mailer: Mailer = mailer_of(f"smtp://127.0.0.1:{inbox.port}")

    asyncio.run(mailer.send(email_to()))

    (report,), (message,) = inbox.reports(), inbox.messages()
    assert ("parvis@example.org", ["ada@example.com"]) == (report["from"], report["to"])
    assert "example.org" == report["ehlo"]
    assert ("Parvis <parvis@example.org>", "ada@example.com") == (message["From"], message["To"])
    assert "Confirm your e-mail address" == message["Subject"]
    assert "auto-generated" == message["Auto-Submitted"]
    assert message["Message-ID"].endswith("@example.org>")
    assert abs(parsedate_to_datetime(message["Date"]).timestamp() - time.time()) < 60
    assert "text/plain" == message.get_content_type()
    assert TEXT == text_of(message)
    assert "the letter 'Confirm your e-mail address' to somebody at example.com was sent" == logged("INFO")


def test_other_letters_than_ascii_and_long_lines_arrive_as_they_were_written(inbox, mailer_of):
    mailer = mailer_of(f"smtp://127.0.0.1:{inbox.port}")
    text = "L’adresse : été, 用户\n.\n..two\nFrom here\n" + "x" * 2000 + "\n"

    mailer.post(email_to(subject="Vous avez déjà un compte : été 用户 " * 4, text=text))

    (report,), (message,) = inbox.reports(), inbox.messages()
    assert text == text_of(message)
    assert "Vous avez déjà un compte : été 用户 " * 4 == message["Subject"]
    assert report["content"].isascii()
    assert max(map(len, report["content"].splitlines())) <= 78


def test_each_letter_has_a_message_id_of_its_own(inbox, mailer_of):
    mailer = mailer_of(f"smtp://127.0.0.1:{inbox.port}")
    for _ in range(5):
        mailer.post(email_to())

    assert 5 == len({message["Message-ID"] for message in inbox.messages(5)})


addresses = st.builds(
    "{}@{}".format,
    st.text(st.sampled_from("abz09!#$%&'*+-/=?^_`{|}~."), min_size=1, max_size=64),
    st.text(st.sampled_from("abz09-."), min_size=1, max_size=180),
).filter(is_address)
subjects = st.text(min_size=1, max_size=200)


@given(addresses, subjects)
def test_no_letter_has_a_header_that_is_not_ours(to, subject):
    try:
        letter = email_to(to, subject)
    except ValueError:
        return
    message = SmtpMailer("smtp://127.0.0.1", SENDER)._message(letter)
    read = message_from_bytes(message.as_bytes(), policy=SMTP)

    ours = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"}
    assert ours | {"Content-Type", "Content-Transfer-Encoding", "MIME-Version"} == set(read.keys())
    assert len(read.keys()) == len(set(read.keys()))
    assert [to] == [address.addr_spec for address in read["To"].addresses]
    assert TEXT == text_of(read)


def test_a_server_that_asks_for_a_password_is_given_it(tmp_path, mailer_of):
    with mail_server(tmp_path / "inbox", "--auth", "ada:se/hush") as inbox:
        mailer_of(f"smtp://ada:se%2Fhush@127.0.0.1:{inbox.port}").post(email_to())

        assert "ada" == inbox.reports()[0]["user"]


def test_a_wrong_password_is_logged_once_and_not_shown(tmp_path, mailer_of, logged):
    with mail_server(tmp_path / "inbox", "--auth", "ada:right") as inbox:
        mailer = mailer_of(f"smtp://ada:hush@127.0.0.1:{inbox.port}")
        mailer.post(email_to())

        assert "was given up at try 1: the mail server said 535 5.7.8" in logged("ERROR")
        assert "hush" not in repr(mailer)


def test_a_letter_goes_by_starttls(tmp_path, mailer_of, certificate):
    trusting = ssl.create_default_context(cafile=certificate)
    with mail_server(
        tmp_path / "inbox", "--security", "starttls", "--certificate", certificate, "--auth", "ada:hush"
    ) as inbox:
        mailer_of(f"smtp+starttls://ada:hush@127.0.0.1:{inbox.port}", tls=trusting).post(email_to())

        assert (True, "ada") == (inbox.reports()[0]["tls"], inbox.reports()[0]["user"])


def test_a_letter_goes_by_tls(tmp_path, mailer_of, certificate):
    trusting = ssl.create_default_context(cafile=certificate)
    with mail_server(tmp_path / "inbox", "--security", "tls", "--certificate", certificate) as inbox:
        mailer_of(f"smtps://127.0.0.1:{inbox.port}", tls=trusting).post(email_to())

        assert inbox.reports()[0]["tls"]


@pytest.mark.parametrize(("scheme", "security"), [("smtps", "tls"), ("smtp+starttls", "starttls")])
def test_a_certificate_that_nobody_vouches_for_gets_no_letter(
    tmp_path, mailer_of, logged, certificate, scheme, security
):
    with mail_server(tmp_path / "inbox", "--security", security, "--certificate", certificate) as inbox:
        mailer_of(f"{scheme}://ada:hush@127.0.0.1:{inbox.port}").post(email_to())

        assert "was given up at try 5: SSLCertVerificationError" in logged("ERROR")
        assert [] == list((tmp_path / "inbox").iterdir())


def test_a_server_without_starttls_gets_no_letter_in_the_clear(inbox, mailer_of, logged, tmp_path):
    mailer_of(f"smtp+starttls://127.0.0.1:{inbox.port}").post(email_to())

    assert "was given up at try 1: STARTTLS extension not supported by server." in logged("ERROR")
    assert [] == list((tmp_path / "inbox").iterdir())


def test_an_address_beyond_ascii_goes_where_smtputf8_is_known(inbox, mailer_of):
    mailer_of(f"smtp://127.0.0.1:{inbox.port}").post(email_to("rené@例え.jp"))

    (report,), (message,) = inbox.reports(), inbox.messages()
    assert (True, ["rené@例え.jp"]) == (report["utf8"], report["to"])
    assert "rené@例え.jp" == message["To"]


def test_an_address_beyond_ascii_fails_clearly_elsewhere(tmp_path, mailer_of, logged):
    with mail_server(tmp_path / "inbox", "--no-utf8") as inbox:
        mailer = mailer_of(f"smtp://127.0.0.1:{inbox.port}")
        mailer.post(email_to("rené@example.com"))
        mailer.post(email_to())

        line = logged("ERROR")
        assert "to somebody at example.com was given up at try 1" in line
        assert "the address is beyond ASCII and the mail server has no SMTPUTF8" in line
        assert ["ada@example.com"] == inbox.reports()[0]["to"]


def test_a_letter_waits_for_a_server_that_is_down(tmp_path, mailer_of, logged):
    port = free_port()
    mailer_of(f"smtp://127.0.0.1:{port}", waits=(0.05, 0.05, 0.05, 15)).post(email_to())
    assert "is tried again in 0.05 s: ConnectionRefusedError: [Errno " in logged("WARNING")

    # It comes up before the fourth try has failed, or before the fifth.
    with mail_server(tmp_path / "inbox", "--port", str(port)) as inbox:
        assert 1 == len(inbox.reports())


def test_a_letter_is_tried_five_times_with_growing_waits(mailer_of, logged):
    mailer_of(f"smtp://127.0.0.1:{free_port()}", waits=(0.01, 0.02, 0.03, 0.04)).post(email_to())

    for n, wait in enumerate(("0.01", "0.02", "0.03", "0.04"), 1):
        assert f"is tried again in {wait} s" in logged("WARNING", n)
    assert "was given up at try 5: ConnectionRefusedError" in logged("ERROR")


def test_a_letter_that_is_to_come_back_later_holds_up_no_other(tmp_path, mailer_of, logged):
    with mail_server(tmp_path / "inbox", "--defer", "2") as inbox:
        mailer = mailer_of(f"smtp://127.0.0.1:{inbox.port}", waits=(0.5, 0.5))
        mailer.post(email_to("later@example.com"))
        mailer.post(email_to())

        reports = inbox.reports(2)
    assert [["ada@example.com"], ["later@example.com"]] == [report["to"] for report in reports]
    assert "is tried again in 0.5 s: the recipient was refused with 451 4.7.1" in logged("WARNING")


def test_a_recipient_refused_for_good_is_not_tried_again_and_not_named(tmp_path, mailer_of, logged):
    with mail_server(tmp_path / "inbox", "--refuse", "550 5.1.1") as inbox:
        mailer_of(f"smtp://127.0.0.1:{inbox.port}").post(email_to())

        assert logged("ERROR").endswith("was given up at try 1: the recipient was refused with 550 5.1.1")


def test_a_letter_refused_for_good_is_not_quoted(tmp_path, mailer_of, logged):
    with mail_server(tmp_path / "inbox", "--refuse-data", "554 5.7.1") as inbox:
        mailer_of(f"smtp://127.0.0.1:{inbox.port}").post(email_to())

        assert logged("ERROR").endswith("was given up at try 1: the letter was refused with 554 5.7.1")


@pytest.mark.parametrize("where", ["greeting", "data"])
def test_a_server_that_hangs_is_left_after_the_timeout_and_delays_no_caller(tmp_path, mailer_of, logged, where):
    with mail_server(tmp_path / "inbox", "--hang", where) as inbox:
        mailer = mailer_of(f"smtp://127.0.0.1:{inbox.port}", timeout=0.3, waits=())
        before = time.monotonic()
        for _ in range(100):
            mailer.post(email_to())
        spent = time.monotonic() - before

        assert spent < 0.25
        assert "timed out" in logged("ERROR")


def test_a_server_that_hangs_at_the_goodbye_gets_the_letter_once(tmp_path, mailer_of, logged):
    with mail_server(tmp_path / "inbox", "--hang", "quit") as inbox:
        mailer = mailer_of(f"smtp://127.0.0.1:{inbox.port}", timeout=0.3)
        mailer.post(email_to())

        logged("INFO")
        mailer.close()
        assert 1 == len(inbox.reports())


def test_a_full_queue_drops_letters_and_says_so(tmp_path, mailer_of, logged):
    with mail_server(tmp_path / "inbox", "--hang", "greeting") as inbox:
        mailer = mailer_of(f"smtp://127.0.0.1:{inbox.port}", most=3)
        for _ in range(4):
            mailer.post(email_to())

        assert "was dropped: 3 letters wait already" in logged("ERROR")


def test_letters_between_two_tries_count_as_waiting(mailer_of, logged):
    mailer = mailer_of(f"smtp://127.0.0.1:{free_port()}", most=1, waits=(600,))
    mailer.post(email_to())
    logged("WARNING")
    mailer.post(email_to())

    assert "was dropped: 1 letters wait already" in logged("ERROR")


def test_there_is_room_again_when_letters_are_sent_or_given_up(inbox, mailer_of, logged):
    mailer = mailer_of(f"smtp://127.0.0.1:{inbox.port}", most=1)
    for n in range(1, 4):
        until(lambda: mailer._held == 0)
        mailer.post(email_to())
        assert n == len(inbox.reports(n))


def test_closing_sends_what_is_queued(inbox, mailer_of):
    mailer = mailer_of(f"smtp://127.0.0.1:{inbox.port}")
    for _ in range(20):
        mailer.post(email_to())

    mailer.close()

    assert 20 == len(inbox.reports(0))


def test_closing_tries_what_waits_once_more_at_once(tmp_path, mailer_of, logged):
    with mail_server(tmp_path / "inbox", "--defer", "1") as inbox:
        mailer = mailer_of(f"smtp://127.0.0.1:{inbox.port}", waits=(600,))
        mailer.post(email_to("later@example.com"))
        logged("WARNING")

        mailer.close()

        assert 1 == len(inbox.reports(0))


def test_closing_gives_up_in_time_and_says_how_many_letters_were_lost(tmp_path, mailer_of, logged):
    with mail_server(tmp_path / "inbox", "--hang", "greeting") as inbox:
        mailer = mailer_of(f"smtp://127.0.0.1:{inbox.port}")
        for _ in range(3):
            mailer.post(email_to())
        before = time.monotonic()

        mailer.close(0.2)

        assert time.monotonic() - before < 2
        assert "closed with 3 letters that were not sent" == logged("ERROR")


def test_closing_without_a_letter_is_quick_and_closing_twice_is_nothing(mailer_of):
    mailer = mailer_of("smtp://127.0.0.1")
    before = time.monotonic()

    mailer.close()
    mailer.close()

    assert time.monotonic() - before < 1
    assert "parvis-mail" not in {thread.name for thread in threading.enumerate()}


def test_a_closed_mailer_drops_letters_and_says_so(mailer_of, logged):
    mailer = mailer_of("smtp://127.0.0.1")
    mailer.close()
    mailer.post(email_to())

    assert "was dropped: the mailer is closed" in logged("ERROR")


def test_the_thread_outlives_a_letter_that_cannot_be_written(inbox, mailer_of, logged, monkeypatch):
    mailer = mailer_of(f"smtp://127.0.0.1:{inbox.port}")
    written, failed = mailer._message, []

    def failing(letter):
        if not failed:
            failed.append(letter)
            raise RuntimeError(f"a bug with {letter.text}")
        return written(letter)

    monkeypatch.setattr(mailer, "_message", failing)
    mailer.post(email_to())
    mailer.post(email_to())

    assert 1 == len(inbox.reports())
    assert logged("ERROR").endswith("was given up at try 1: RuntimeError")
