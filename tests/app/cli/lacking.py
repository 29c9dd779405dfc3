"""A venue whose rows lack a field: a proxy on loopback between the command and the paper exchange."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import ClientSession, web

from tests.app.cli.desk import Desk
from tests.loopback import served

HOP_BY_HOP = {"host", "content-length", "transfer-encoding", "connection", "content-encoding"}


@contextlib.asynccontextmanager
async def lacking(desk: Desk, venue: str, field: str) -> AsyncIterator[None]:
    """The configuration points `venue` at a proxy that takes `field` out of every row of every list."""
    url = desk.site.venue(venue).url
    async with ClientSession() as session:

        async def forward(request: web.Request) -> web.Response:
            headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP_BY_HOP}
            async with session.request(
                request.method, url + request.raw_path, headers=headers, data=await request.read()
            ) as answer:
                body = _without(json.loads(await answer.read()), field)
                return web.json_response(body, status=answer.status)

        async with served(forward) as port:
            desk.config.write_text(desk.write().replace(url, f"http://127.0.0.1:{port}"))
            yield


def _without(body: Any, field: str) -> Any:
    if isinstance(body, list):
        return [{key: value for key, value in row.items() if key != field} if isinstance(row, dict) else row
                for row in body]  # fmt: skip
    return body
