"""The MCP endpoint of an app, asked by the official client and by hand."""

import asyncio

import httpx
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

PLACE = "/gradio_api/mcp"
ACCEPT = {"Accept": "application/json, text/event-stream"}


def talk(app, conversation, headers=None):
    """What `conversation(session)` returns."""

    async def run():
        async with (
            httpx.AsyncClient(headers=headers, timeout=120) as client,
            streamable_http_client(f"{app.url}{PLACE}/", http_client=client) as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            return await conversation(session)

    return asyncio.run(asyncio.wait_for(run(), 120))


def used(app, name: str, headers=None, progress=None, **arguments):
    """The answer of a tool: `(isError, structured, text, contents)`."""

    async def conversation(session):
        async def noted(percent, total, message):
            progress.append((percent, total, message))

        return await session.call_tool(
            name, arguments, progress_callback=noted if progress is not None else None
        )

    found = talk(app, conversation, headers)
    return found.isError, found.structuredContent, found.content[0].text, found.content


def message(method: str, **params) -> dict:
    """A request as it is posted."""
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
