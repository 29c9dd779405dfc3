"""Whether a request or a login is signed as OKX wants it.

https://www.okx.com/docs-v5/en/#overview-rest-authentication
https://www.okx.com/docs-v5/en/#overview-websocket-login
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
from collections.abc import Mapping

from core.paper.dialects.okx.codes import WireError
from core.paper.engine.account import Account
from core.paper.engine.exchange import Exchange
from core.paper.wire import Json, WireRequest

WINDOW_S = 30.0
"""How far a timestamp may be from the venue's clock."""
LOGIN = "GET/users/self/verify"


def signature(secret: str, text: str) -> str:
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()).decode()


def check_request(exchange: Exchange, request: WireRequest) -> Account:
    """Whose request it is; raises WireError unless key, passphrase, time and signature are right."""
    key = _header(request, "OK-ACCESS-KEY", "50103", 401)
    passphrase = _header(request, "OK-ACCESS-PASSPHRASE", "50104", 400)
    signed = _header(request, "OK-ACCESS-SIGN", "50106", 401)
    stamp = _header(request, "OK-ACCESS-TIMESTAMP", "50107", 401)
    account = exchange.account_of_key(key)
    if account is None:
        raise WireError("50111", "Invalid OK-ACCESS-KEY", 401)
    at_s = _iso_seconds(stamp)
    if at_s is None:
        raise WireError("50112", "Invalid OK-ACCESS-TIMESTAMP", 401)
    if abs(at_s - request.at_s) > WINDOW_S:
        raise WireError("50102", "Timestamp request expired", 401)
    # What a GET asks for stands in its address, what a POST does in its body.
    apart = "?" if request.method == "GET" and request.payload else ""
    covered = f"{stamp}{request.method}{request.path}{apart}{request.payload}"
    if not hmac.compare_digest(signature(account.secret, covered), signed):
        raise WireError("50113", "Invalid Sign", 401)
    if not hmac.compare_digest(account.password.encode(), passphrase.encode()):
        raise WireError("50105", "Request header OK-ACCESS-PASSPHRASE incorrect.", 401)
    return account


def _header(request: WireRequest, name: str, code: str, status: int) -> str:
    value = request.headers.get(name.lower(), "")
    if not value:
        raise WireError(code, f"Request header {name} can not be empty.", status)
    return value


def _iso_seconds(stamp: str) -> float | None:
    try:
        moment = dt.datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return moment.timestamp() if moment.tzinfo else None


def check_login(exchange: Exchange, sent: Mapping[str, Json], at_s: float) -> Account:
    """The same for a login on a stream, whose time is in seconds."""
    account = exchange.account_of_key(str(sent.get("apiKey", "")))
    if account is None:
        raise WireError("60005", "Invalid apiKey")
    stamp = str(sent.get("timestamp", ""))
    if not stamp.isdigit():
        raise WireError("60004", "Invalid timestamp")
    if abs(int(stamp) - at_s) > WINDOW_S:
        raise WireError("60006", "Timestamp request expired")
    if not hmac.compare_digest(signature(account.secret, stamp + LOGIN), str(sent.get("sign", ""))):
        raise WireError("60007", "Invalid sign")
    if not hmac.compare_digest(account.password.encode(), str(sent.get("passphrase", "")).encode()):
        raise WireError("60024", "Wrong passphrase")
    return account
