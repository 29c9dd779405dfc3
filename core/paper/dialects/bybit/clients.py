"""How clients of the real venue are pointed at a local server."""

from __future__ import annotations

from typing import Any

from core.paper.dialects.bybit.listing import Category


def ccxt_settings(url: str) -> dict[str, Any]:
    """What to merge into the configuration of ccxt's `bybit` to make it talk to a server at `url`."""
    socket_url = url.replace("http", "ws", 1)
    private = f"{socket_url}/v5/private"
    api: dict[str, Any] = dict.fromkeys(("spot", "futures", "v2", "public", "private"), url)
    api["ws"] = {
        "public": {category.value: f"{socket_url}/v5/public/{category.value}" for category in Category},
        "private": {
            "spot": {"unified": private, "nonUnified": private},
            "contract": private,
            "usdc": private,
            "trade": f"{socket_url}/v5/trade",
        },
    }
    return {"urls": {"api": api}}
