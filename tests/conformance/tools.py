"""The tools and, for each, the fault that it must find when it is planted."""

from __future__ import annotations

from conformance import agents, fuzzers, generators, linters
from conformance.tool import Plant, Tool

_DOCUMENT = """

_sound = openapi

def openapi(*arguments, **options):
    document = _sound(*arguments, **options)
    for operation in [operation for item in document["paths"].values() for operation in item.values()]:
        responses = operation["responses"]
        {fault}
    return document
"""


def _in_document(what: str, fault: str, found: str) -> Plant:
    """A fault of every operation in the document: one statement about ``document``, ``operation``, ``responses``."""
    return Plant(what, "contract/openapi/document.py", _DOCUMENT.format(fault=fault), found)


CREATED = "201 is documented as 200"
NO_CREATED = """responses.update({"200": responses.pop("201")} if "201" in responses else {})"""

NO_REQUIRED = """for content in operation.get("requestBody", {}).get("content", {}).values():
            content["schema"].pop("required", None)"""

TOOLS: tuple[Tool, ...] = (
    Tool(
        "openapi-spec-validator", "openapi-spec-validator", ("python",), linters.openapi_spec_validator,
        _in_document(
            "the id in a path is optional",
            """[p.update(required=False) for p in operation.get("parameters", ()) if p.get("in") == "path"]""",
            r"^invalid at market 3\.[01]",
        ),
    ),
    Tool(
        "httplint", "httplint", ("python",), linters.httplint,
        Plant(
            "an entity tag without its quotes",
            "protocol/http/conditions.py",
            "\n_sound = tag\n\ndef tag(*arguments):\n    return _sound(*arguments).strip(b'\"')\n",
            r"ETag",
        ),
    ),
    Tool(
        "redbot", "redbot", ("python",), linters.redbot,
        Plant(
            "If-None-Match is taken no notice of",
            "protocol/http/conditions.py",
            "\n\ndef none_match(field, current):\n    return True\n",
            r"INM",
        ),
    ),
    Tool(
        "schemathesis", "schemathesis", ("python",), fuzzers.schemathesis,
        Plant(
            "a problem is said to be plain JSON",
            "protocol/http/answer.py",
            '\nPROBLEM = (b"content-type", b"application/json")\n',
            r"^content_type_conformance",
        ),
    ),
    Tool(
        "openapi-python-client", "openapi-python-client", ("python",), generators.openapi_python_client,
        _in_document(CREATED, NO_CREATED, r"^call at openapi_python_client.py orders_create"),
    ),
    Tool(
        "redocly", "@redocly/cli", ("python", "node"), linters.redocly,
        _in_document(
            "operations have one name", """operation["operationId"] = "call\"""", r"^operation-operationId-unique"
        ),
    ),
    Tool(
        "spectral", "@stoplight/spectral-cli", ("python", "node"), linters.spectral,
        _in_document(
            "the key travels in a way that OWASP minds",
            """document["components"]["securitySchemes"]["key"]["scheme"] = "negotiate\"""",
            r"^owasp:api2:2023-auth-insecure-schemes",
        ),
    ),
    Tool(
        "openapi-fetch", "openapi-fetch", ("python", "node"), generators.openapi_fetch,
        _in_document(
            "no argument is required",
            NO_REQUIRED,
            r"^TS2578",
        ),
    ),
    Tool(
        "hey-api", "@hey-api/openapi-ts", ("python", "node"), generators.hey_api,
        _in_document(
            "Server-Sent Events are not documented",
            """responses.get("200", {}).get("content", {}).pop("text/event-stream", None)""",
            r"^TS\d+ at hey_api.ts",
        ),
    ),
    Tool(
        "openapi-generator", "openapi-generator-cli", ("python", "java"), generators.openapi_generator,
        _in_document(CREATED, NO_CREATED, r"^call at openapi_generator.py orders_create"),
    ),
    Tool(
        "specmatic", "specmatic", ("python", "node", "java"), fuzzers.specmatic,
        _in_document(CREATED, NO_CREATED, r"at market POST /orders -> 200"),
    ),
    *agents.TOOLS,
)  # fmt: skip

BY_NAME = {tool.name: tool for tool in TOOLS}
