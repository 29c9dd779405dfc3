"""How clients of the real venue are pointed at a local server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def ccxt_settings(url: str, options: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What to merge into the configuration of one of ccxt's Binance classes to make it talk to a server at `url`."""
    socket_url = url.replace("http", "ws", 1)
    rest = {
        "sapi": "/sapi/v1",
        "sapiV2": "/sapi/v2",
        "sapiV3": "/sapi/v3",
        "sapiV4": "/sapi/v4",
        "dapiPublic": "/dapi/v1",
        "dapiPrivate": "/dapi/v1",
        "dapiPrivateV2": "/dapi/v2",
        "dapiData": "/futures/data",
        "eapiPublic": "/eapi/v1",
        "eapiPrivate": "/eapi/v1",
        "fapiPublic": "/fapi/v1",
        "fapiPublicV2": "/fapi/v2",
        "fapiPublicV3": "/fapi/v3",
        "fapiPrivate": "/fapi/v1",
        "fapiPrivateV2": "/fapi/v2",
        "fapiPrivateV3": "/fapi/v3",
        "fapiData": "/futures/data",
        "public": "/api/v3",
        "private": "/api/v3",
        "v1": "/api/v1",
        "papi": "/papi/v1",
        "papiV2": "/papi/v2",
    }
    sockets = dict.fromkeys(("spot", "margin", "linear", "inverse", "stock", "papi"), f"{socket_url}/ws")
    sockets |= {
        "option": f"{socket_url}/public/ws",
        "optionMarket": f"{socket_url}/market/ws",
        "optionPrivate": f"{socket_url}/private/ws",
    }
    api: dict[str, Any] = {name: url + path for name, path in rest.items()}
    calls = {"spot": "/ws-api/v3", "linear": "/ws-fapi/v1", "inverse": "/ws-dapi/v1"}
    api["ws"] = sockets | {"ws-api": {name: socket_url + path for name, path in calls.items()}}
    return {"urls": {"api": api}, "options": dict(options or {})}
