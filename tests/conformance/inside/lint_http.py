"""httplint over exchanges: JSON lines in, one JSON line of notes out for each. Runs in the tools' own Python."""

import base64
import json
import sys
import time

from httplint.message import HttpRequestLinter, HttpResponseLinter
from httplint.note import levels

MINDED = (levels.BAD, levels.WARN)


def fields(pairs: list[list[str]]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs]


for line in sys.stdin:
    exchange = json.loads(line)
    now = time.time()
    asked = HttpRequestLinter(start_time=now)
    asked.process_request_topline(exchange["method"].encode(), exchange["uri"].encode(), b"1.1")
    asked.process_headers(fields(exchange["asked"]))
    if exchange["sent"]:
        asked.feed_content(base64.b64decode(exchange["sent"]))
    asked.finish_content(True)
    answered = HttpResponseLinter(start_time=now)
    answered.request = asked
    answered.is_head_response = exchange["method"] == "HEAD"
    answered.process_response_topline(b"1.1", str(exchange["status"]).encode(), exchange["reason"].encode())
    answered.process_headers(fields(exchange["fields"]))
    answered.feed_content(base64.b64decode(exchange["body"]))
    answered.finish_content(True)
    found = []
    for note in [*asked.notes, *answered.notes]:
        found += [[type(each).__name__, str(each)] for each in [note, *note.subnotes] if each.level in MINDED]
    print(json.dumps(found))
