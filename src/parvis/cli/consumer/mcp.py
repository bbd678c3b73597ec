"""``parvis mcp``: the tools of a server for an agent that starts a program and speaks with it over its standard input.

Rule: nothing is decided here. Each request goes to the server's ``/mcp`` with the key, where rights, limits and the
meter are as for every call; what comes back is handed on. Standard output belongs to the protocol, so a failure is told
on standard error at the start, and to the agent in its answer from then on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..output import reporting_failures
from .console_client import address_of

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server

    from parvis.client.tools import RemoteTools


@click.command()
@click.argument("url")
@click.option("--key", help="What opens the services; better by PARVIS_KEY, which others on this machine cannot see.")
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), default=60.0, help="Seconds for one call.")
def mcp(url: str, key: str | None, timeout: float) -> None:
    """Give an agent the tools of the server at URL, over standard input and output.

    All that the key may call, by http://host:8000; those of one service, by http://host:8000/shop. For an agent's
    settings: the command is `parvis`, its arguments `mcp` and the URL.
    """
    from parvis.client import keyring
    from parvis.client.tools import RemoteTools, RpcError

    with reporting_failures():
        address = address_of(url)
        remote = RemoteTools(address, key=keyring.find(address.origin, key), timeout=timeout)
        try:
            about = remote.hello()  # a wrong address or key is told here, where somebody sees it
        except RpcError as error:
            raise click.ClickException(f"{remote.address}: {error.message}") from None
    import anyio

    anyio.run(_serve, remote, about)


async def _serve(remote: RemoteTools, about: dict[str, Any]) -> None:
    from mcp.server.stdio import stdio_server

    server = bridge(remote, about)
    async with stdio_server() as (arriving, leaving):
        await server.run(arriving, leaving, server.create_initialization_options())


def bridge(remote: RemoteTools, about: dict[str, Any]) -> Server[Any]:
    """A server of MCP whose tools are those of ``remote``; ``about`` is what that says of itself."""
    import mcp_types as types
    from anyio.to_thread import run_sync
    from mcp.server.lowlevel import Server
    from mcp.shared.exceptions import MCPError

    from parvis.client import ParvisError
    from parvis.client.tools import RpcError
    from parvis.protocol.mcp import COMPLETE, KEY, failed, listing, refused

    async def list_tools(context: Any, params: types.PaginatedRequestParams) -> dict[str, Any]:
        try:
            return listing(await run_sync(remote.tools, abandon_on_cancel=True))
        except RpcError as error:
            raise MCPError(error.code, error.message, error.data) from None
        except ParvisError as error:
            raise MCPError(types.INTERNAL_ERROR, str(error)) from None

    async def call_tool(context: Any, params: types.CallToolRequestParams) -> dict[str, Any]:
        told = {KEY: context.meta[KEY]} if context.meta and KEY in context.meta else {}
        try:
            result = await run_sync(remote.call_tool, params.name, params.arguments or {}, told, abandon_on_cancel=True)
            return result | COMPLETE
        except RpcError as error:
            raise MCPError(error.code, error.message, error.data) from None
        except ParvisError as error:
            return refused(error.problem) if error.problem else failed(str(error))

    info = about.get("serverInfo") or {}
    server: Server[Any] = Server(
        str(info.get("name", "parvis")), version=str(info.get("version", "")), instructions=about.get("instructions")
    )
    server.middleware.clear()  # traces, which nobody reads here
    server.add_request_handler("tools/list", types.PaginatedRequestParams, list_tools)
    server.add_request_handler("tools/call", types.CallToolRequestParams, call_tool)
    return server
