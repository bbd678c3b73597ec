"""The floor: the same server, answering the same bytes with the same headers, and nothing else."""

BODY = b'{"latitude":48.85,"longitude":2.35,"temperature":21.5,"summary":"sunny"}'
HEADERS = [
    (b"content-type", b"application/json"),
    (b"vary", b"Accept, Accept-Encoding"),
    (b"etag", b'"077435011275904a2eb6722937b1871c"'),
    (b"content-length", b"%d" % len(BODY)),
    (b"x-request-id", b"0123456789ab"),
    (b"cache-control", b"private, no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"ratelimit-policy", b'"rate";q=1000000;w=1, "day";q=1000000000000;w=86400'),
    (b"ratelimit", b'"rate";r=999999;t=1, "day";r=999999999999;t=43200'),
]


async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": BODY})
    else:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
