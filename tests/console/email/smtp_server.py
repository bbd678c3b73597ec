"""A real SMTP server in a process of its own: writes each letter it takes to a folder, as JSON.

Run as ``python smtp_server.py FOLDER [--port N] [...]``; prints its port when it is ready.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import ssl
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult

FOREVER = 3600


class Handler:
    def __init__(self, options):
        self.options = options
        self.folder = Path(options.folder)
        self.deferred: dict[str, int] = {}
        self.taken = 0

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if self.options.refuse:
            # As many servers do, it repeats the address: a log must not.
            return f"{self.options.refuse} <{address}> is not wanted"
        deferred = self.deferred.get(address, 0)
        if address.startswith("later") and deferred < self.options.defer:
            self.deferred[address] = deferred + 1
            return "451 4.7.1 come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.options.hang == "data":
            await asyncio.sleep(FOREVER)
        if self.options.refuse_data:
            return f"{self.options.refuse_data} {envelope.content.decode().split()[-1]} is not wanted"
        self.taken += 1
        report = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "ehlo": session.host_name,
            "tls": session.ssl is not None or self.options.security == "tls",
            "user": session.auth_data,
            "utf8": envelope.smtp_utf8,
            "content": envelope.content.decode("utf-8"),
        }
        draft = self.folder / "draft"
        draft.write_text(json.dumps(report))
        os.replace(draft, self.folder / f"{self.taken:04}.json")
        return "250 OK"

    async def handle_QUIT(self, server, session, envelope):
        if self.options.hang == "quit":
            await asyncio.sleep(FOREVER)
        return "221 Bye"


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--auth", help="user:password, which it then asks for")
    parser.add_argument("--security", choices=["none", "starttls", "tls"], default="none")
    parser.add_argument("--certificate", help="a file with certificate and key")
    parser.add_argument("--no-utf8", action="store_true")
    parser.add_argument("--refuse", help="what every recipient is answered")
    parser.add_argument("--refuse-data", help="what every letter is answered")
    parser.add_argument("--defer", type=int, default=0, help="times that recipients later... are told to come back")
    parser.add_argument("--hang", choices=["greeting", "data", "quit"])
    options = parser.parse_args()

    tls = None
    if options.certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(options.certificate)

    def authenticate(server, session, envelope, mechanism, data):
        shown = f"{data.login.decode()}:{data.password.decode()}"
        return AuthResult(success=shown == options.auth, handled=False, auth_data=data.login.decode())

    handler = Handler(options)

    def smtp():
        return SMTP(
            handler,
            hostname="mail.test",
            enable_SMTPUTF8=not options.no_utf8,
            tls_context=tls if options.security == "starttls" else None,
            require_starttls=options.security == "starttls",
            authenticator=authenticate if options.auth else None,
            auth_required=options.auth is not None,
            auth_require_tls=options.security == "starttls",
        )

    make = asyncio.Protocol if options.hang == "greeting" else smtp
    loop = asyncio.get_running_loop()
    server = await loop.create_server(make, "127.0.0.1", options.port, ssl=tls if options.security == "tls" else None)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
