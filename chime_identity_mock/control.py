"""What there is at ``/_mock/``: a page for people, and JSON to steer and inspect the mock.

=======================  ==========================================================================
``GET /_mock/``          the page
``GET /_mock/health``    that the server is there, and its version
``GET /_mock/places``    the accounts and regions in use
``GET /_mock/state``     what an account keeps in a region, as ``mock.dump()``; with
                         ``?account_id=…&region_name=…`` others than the default
``GET /_mock/calls``     the calls received, as ``mock.calls``
``POST /_mock/reset``    as ``mock.reset()``
``POST /_mock/load``     a state, as ``mock.load()``, with the same query as ``state``
``POST /_mock/faults``   the arguments of ``mock.fail_next()``; an error is a name, or
                         ``{"code": …, "message": …, "status": …}``
``GET /_mock/clock``     the time
``POST /_mock/clock``    the arguments of ``timedelta``, as ``mock.clock.advance()``
=======================  ==========================================================================

An error is ``{"error": text}``. No web page but its own gets at it: browsers name the page that asks,
and the host that it was reached by. That keeps out web pages, not the network: a server whose host is
no address of the loopback opens the API and all this to whoever can reach it.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qsl

from . import __version__
from .backends import backends
from .exceptions import ServiceError
from .mock import ChimeIdentityMock

PATH = "/_mock/"
FOREIGN = (
    f"{PATH} answers where it is reached as localhost, by an address of the loopback or by the name "
    "that the server was given, and no web page but its own. Reach it as localhost, or have the server "
    "go by the name used: serve --host NAME."
)

_BEYOND_ERRORS = 600
_HOST = re.compile(r"(?:\[([^\[\]@]*:[^\[\]@]*)\]|([^\[\]@:]+))(?::[0-9]+)?", re.ASCII)

Answer = tuple[int, str, bytes]
"""Status, type of the content, content."""
Given = dict[str, Any]


def is_admitted(host: str, origin: str | None, own_name: str) -> bool:
    """Whether a request may steer.

    :param host: by which name and port the server was reached
    :param origin: the origin of the web page that asks, if one does
    :param own_name: the name that the server goes by beside those of the loopback
    """
    found = _HOST.fullmatch(host)
    if found is None:
        return False
    name = (found[1] or found[2]).lower()
    is_own = _is_loopback(name) or name == own_name.lower()
    return is_own and origin in (None, f"http://{host}")


def _is_loopback(name: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(name).is_loopback
    return name == "localhost"


def answer(mock: ChimeIdentityMock, method: str, path: str, query: str, body: bytes) -> Answer:
    """Do what a request asks for.

    :param query: percent-encoded
    """
    name = path.removeprefix(PATH)
    if method == "HEAD":
        method = "GET"
    if path == PATH.rstrip("/"):
        return _json(308, {})
    if name == "":
        return _page() if method == "GET" else refusal(405, f"{path} takes GET.")
    if name not in _STEPS:
        known = ", ".join(f"{PATH}{known}" for known in _STEPS)
        return refusal(404, f"There is no {path}; there are {PATH}, {known}.")
    if method not in _STEPS[name]:
        return refusal(405, f"{path} takes {' and '.join(_STEPS[name])}.")
    try:
        return _json(200, _STEPS[name][method](mock, _given(query, body)))
    except (RuntimeError, TypeError, ValueError) as error:
        return refusal(400, str(error))


def _page() -> Answer:
    page = files(__package__).joinpath("page.html").read_bytes()
    return 200, "text/html; charset=utf-8", page


def refusal(status: int, text: str) -> Answer:
    """The answer to what can't be done, and why."""
    return _json(status, {"error": text})


def _json(status: int, value: object) -> Answer:
    return status, "application/json", json.dumps(value, default=datetime.isoformat).encode()


def _given(query: str, body: bytes) -> Given:
    """What a request says: its query, and the members of its JSON object.

    :raises ValueError: it is none
    """
    try:
        given = json.loads(body) if body else {}
    except (RecursionError, ValueError):
        raise ValueError("The body is no JSON.") from None
    if not isinstance(given, dict):
        raise ValueError("The body is no JSON object.")  # noqa: TRY004 - as json's own
    return {**dict(parse_qsl(query)), **given}


def _take(given: Given, *names: str) -> Given:
    """What was given, if it has no other names.

    :raises ValueError: it has
    """
    for name in given:
        if name not in names:
            raise ValueError(f"{name!r} has no place here; there are {', '.join(names) or 'none'}.")
    return given


def _health(mock: ChimeIdentityMock, given: Given) -> object:
    _take(given)
    return {"status": "ok", "version": __version__}


def _places(mock: ChimeIdentityMock, given: Given) -> object:
    _take(given)
    return [
        {"account_id": account_id, "region_name": region_name}
        for (account_id, region_name), _ in backends.in_use()
    ]


def _state(mock: ChimeIdentityMock, given: Given) -> object:
    return mock.dump(**_take(given, "account_id", "region_name"))


def _calls(mock: ChimeIdentityMock, given: Given) -> object:
    _take(given)
    names = ("operation", "params", "response", "error", "status")
    place = ("region_name", "account_id", "access_key", "timestamp")
    return [{name: getattr(call, name) for name in (*names, *place)} for call in mock.calls]


def _reset(mock: ChimeIdentityMock, given: Given) -> object:
    _take(given)
    mock.reset()
    return {}


def _load(mock: ChimeIdentityMock, given: Given) -> object:
    place = {name: given.pop(name) for name in ("account_id", "region_name") if name in given}
    return {"app_instance_arns": mock.load(given, **place)}


def _fail(mock: ChimeIdentityMock, given: Given) -> object:
    fault = dict(_take(given, "operation", "error", "times", "take_effect"))
    error = fault.get("error")
    if isinstance(error, dict):
        names = ("code", "message", "status")
        fault["error"] = ServiceError(**{**dict.fromkeys(names), **_take(error, *names)})
    mock.fail_next(fault.pop("operation", None), fault.pop("error", None), **fault)
    return {}


def _now(mock: ChimeIdentityMock, given: Given) -> object:
    return {"now": mock.clock.now()}


def _advance(mock: ChimeIdentityMock, given: Given) -> object:
    mock.clock.advance(**given)
    return _now(mock, given)


_STEPS: dict[str, dict[str, Callable[[Any, Given], object]]] = {
    "health": {"GET": _health},
    "state": {"GET": _state},
    "calls": {"GET": _calls},
    "places": {"GET": _places},
    "reset": {"POST": _reset},
    "load": {"POST": _load},
    "faults": {"POST": _fail},
    "clock": {"GET": _now, "POST": _advance},
}
