"""A server on loopback that stands for a venue, and a venue's addresses led to it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from aiohttp import web

Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]


@contextlib.asynccontextmanager
async def served(answer: Answering) -> AsyncIterator[int]:
    """The port at which every path and method is answered so, for as long as this is open."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port: int = runner.addresses[0][1]
        yield port
    finally:
        await runner.cleanup()


def led_to(port: int, addresses: Any) -> Any:
    """Every address of a venue, leading to a port on loopback; what stood for the host begins the path."""
    if isinstance(addresses, dict):
        return {name: led_to(port, inner) for name, inner in addresses.items()}
    if isinstance(addresses, str) and "://" in addresses:
        scheme, _, rest = addresses.partition("://")
        return f"{'ws' if scheme == 'wss' else 'http'}://127.0.0.1:{port}/{rest}"
    return addresses


def path_asked(request: web.Request) -> str:
    """The path as the venue would have seen it, without the host that `led_to` put before it."""
    return "/" + request.path.lstrip("/").partition("/")[2]
