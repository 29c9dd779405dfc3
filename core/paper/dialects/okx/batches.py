"""Many orders in one request: each has a result of its own inside an answer with the HTTP status 200."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.paper.dialects.okx.codes import REFUSALS, WireError, answered
from core.paper.dialects.okx.context import Call
from core.paper.engine.model import Reason, Refusal
from core.paper.wire import Json

PLACED_AT_ONCE, CANCELLED_AT_ONCE, ALGOS_AT_ONCE = 20, 20, 10
TOO_MANY_TO_PLACE = "51111"
TOO_MANY_TO_CANCEL = "51406"
ALL, SOME, NONE = "0", "2", "1"
Words = Mapping[Reason, tuple[str, str]]


def settled(call: Call, work: Callable[[Call], dict[str, Json]], names: Mapping[str, str], own: Words) -> Json:
    """What `work` gives, or its refusal in the same form; `names` says which ids are repeated, by their parameters.

    `own` has the endpoint's words for a refusal of the engine, where they are not those of placing an order.
    """
    try:
        return work(call) | {"sCode": "0", "sMsg": ""}
    except Refusal as refusal:
        code, message = own.get(refusal.reason) or REFUSALS[refusal.reason]
    except WireError as error:
        code, message = error.code, error.message
    told = {field: call.params.get(parameter, "") for field, parameter in names.items()}
    return told | {"sCode": code, "sMsg": message}


def each(
    call: Call,
    work: Callable[[Call], dict[str, Json]],
    names: Mapping[str, str],
    *,
    most: int,
    too_many: str,
    own: Words | None = None,
) -> Json:
    """The answer to a request of one order or of up to `most`."""
    rows = call.rows()
    if not rows:
        raise WireError("50000", "Body for POST request can not be empty.", 400)
    if len(rows) > most:
        raise WireError(too_many, f"Maximum {most} orders at once")
    results = [settled(call.with_params(row), work, names, own or {}) for row in rows]
    done = sum(result["sCode"] == "0" for result in results)
    if done == len(results):
        return answered(results)
    if done:
        return answered(results, SOME, "Bulk operation partially succeeded")
    return answered(results, NONE, "All operations failed")
