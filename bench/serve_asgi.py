"""``serve_asgi.py MODULE:APP PORT``: an ASGI application under uvicorn, with the options that Parvis gives its own."""

import sys

import uvicorn

uvicorn.run(
    sys.argv[1], port=int(sys.argv[2]), access_log=False, server_header=False, proxy_headers=False, ws="none",
    http="httptools", loop="uvloop", log_level="critical",
)  # fmt: skip
