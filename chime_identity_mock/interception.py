"""The doors in this process: where requests on their way to AWS are caught.

========================  ==================================================================
door                      whose requests come through it
========================  ==================================================================
``before-send`` events    clients of sessions made after this module was imported
moto's own handler        clients of sessions made after moto was imported, but before this
``URLLib3Session.send``   clients of sessions made before either; every service's way out
``AIOHTTPSession.send``   the same, of aiobotocore; ``HttpxSession.send`` where that is used
``HTTPAdapter.send``      requests sent with ``requests``
mocks of ``responses``    the same, while one is on that was started inside ours
``RequestSigner.sign``    nobody's: here requests that have no usable keys are given some
``urlopen`` of urllib3    nobody's: here what got past the others is kept from leaving
========================  ==================================================================

Each asks whether it is open whenever it is called, so the patches may be taken down in any order.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Generator, Mapping
from http.client import responses as reasons
from io import BytesIO
from threading import Lock
from typing import Any, ClassVar
from urllib.parse import urlsplit

import requests
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.credentials import Credentials, RefreshableCredentials
from botocore.handlers import BUILTIN_HANDLERS
from botocore.httpsession import URLLib3Session
from botocore.signers import RequestSigner
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.config import default_user_config, mock_credentials
from moto.core.models import botocore_stubber, responses_mock
from requests.adapters import HTTPAdapter
from responses import RequestsMock
from urllib3 import HTTPResponse
from urllib3.connectionpool import HTTPConnectionPool

from . import guard, service
from .backoff import backoff
from .exceptions import UnmockedServiceError
from .gateway import Request, caller_of, gateway
from .patching import Patch

_KNOWS_NOTHING = "Connection refused by Responses"
_EVENT_PREFIX = f"before-send.{service.SERVICE_NAME}."

Method = Callable[..., Any]


class Doors:
    """Which doors are open, and the patches that make them doors."""

    def __init__(self) -> None:
        self.are_open = False
        """Requests for this service are answered."""
        self.are_guarded = False
        """No request leaves for another service of AWS, but for those that are let through."""
        self._patches = [
            Patch(URLLib3Session, "send", _catch_in),
            Patch(RequestSigner, "sign", _give_keys_in),
        ]
        # Not under mock_aws alone, whose own catch-all of requests stands before any of ours.
        self._guarding_patches = [
            Patch(HTTPAdapter, "send", _catch_requests_in),
            Patch(RequestsMock, "_on_request", _catch_in_responses),
            Patch(HTTPConnectionPool, "urlopen", _guard_in),
        ]
        self._unmet = [
            ("aiobotocore.httpsession", "AIOHTTPSession", "send", _catch_async_in),
            ("aiobotocore.httpxsession", "HttpxSession", "send", _catch_async_in),
            ("aiobotocore.signers", "AioRequestSigner", "sign", _give_keys_in),
        ]
        self._lock = Lock()

    def set(self, *, are_open: bool, are_guarded: bool) -> None:
        if are_open and not self.are_open:
            for patch in self._patches:
                patch.put_up()
            self.meet_aiobotocore()
            backoff.start()
        if self.are_open and not are_open:
            for patch in self._patches:
                patch.take_down()
            backoff.stop()
        if are_guarded and not self.are_guarded:
            for patch in self._guarding_patches:
                patch.put_up()
        if self.are_guarded and not are_guarded:
            for patch in self._guarding_patches:
                patch.take_down()
        self.are_open = are_open
        self.are_guarded = are_guarded

    def meet_aiobotocore(self) -> None:
        """Make doors of aiobotocore's classes once they have been imported by anyone."""
        with self._lock:
            for place in list(self._unmet):
                module, owner_name, name, wrap = place
                owner = getattr(sys.modules.get(module), owner_name, None)
                if owner is not None:
                    patch = Patch(owner, name, wrap)
                    patch.put_up()
                    self._patches.append(patch)
                    self._unmet.remove(place)


def _answer_event(event_name: str, request: Any, **kwargs: object) -> AWSResponse | None:
    """The handler of this service's ``before-send`` events."""
    if not doors.are_open:
        return None
    request.event_name = event_name
    return _answer(request, event_name.removeprefix(_EVENT_PREFIX))


def _meet_client(**kwargs: object) -> None:
    """The handler of the events of clients being made: aiobotocore may have been imported."""
    if doors.are_open:
        doors.meet_aiobotocore()


class MotoDoor(BotocoreStubber):
    """moto's own handler and switch, made to leave this service's requests to us.

    The handler sits in every session made since moto was imported, and would answer them with 404
    before anything further on could. It also notes on requests for other services what they are
    for, which nothing tells further on. The switch is thrown by ``mock_aws``, which serves this
    service too.
    """

    listener: ClassVar[Callable[[bool], None]]

    @property
    def enabled(self) -> bool:
        is_enabled: bool = self.__dict__["enabled"]
        return is_enabled

    @enabled.setter
    def enabled(self, value: bool) -> None:
        self.__dict__["enabled"] = value
        type(self).listener(value)

    def __call__(self, event_name: str, request: Any, **kwargs: Any) -> AWSResponse | None:
        if doors.are_open:
            if event_name.startswith(_EVENT_PREFIX):
                is_answered = hasattr(request, "event_name")
                return None if is_answered else _answer_event(event_name, request)
            request.event_name = event_name
        return super().__call__(event_name, request, **kwargs)


def _catch_in(send: Method) -> Method:
    def catching_send(session: URLLib3Session, request: AWSPreparedRequest) -> AWSResponse:
        if not doors.are_open:
            return _sent(send(session, request))
        answer = _catch(request)
        if answer is not None:
            return answer
        _check(request)
        with guard.passed():
            return _sent(send(session, request))

    return catching_send


def _catch_async_in(send: Method) -> Method:
    async def catching_send(session: Any, request: AWSPreparedRequest) -> AWSResponse:
        if doors.are_open:
            answer = _catch(request)
            if answer is not None:
                return answer
            _check(request)
        return _sent(await send(session, request))

    return catching_send


def _sent(response: Any) -> AWSResponse:
    """What came of a request that was sent."""
    answer: AWSResponse = response
    return answer


def _catch_requests_in(send: Method) -> Method:
    def catching_send(
        adapter: HTTPAdapter, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        if _is_answered(request):
            return _answer_requests(adapter, request)
        passed_on: requests.Response = send(adapter, request, *args, **kwargs)
        return passed_on

    return catching_send


def _catch_in_responses(on_request: Method) -> Method:
    """Wrap what mocks of ``responses`` do with a request, one started inside ours among them.

    What such a mock was told to answer it does; what it knows nothing of is ours to answer. moto's
    own takes everything for AWS, so there ours comes first.
    """

    def catching_on_request(
        mocked: RequestsMock, adapter: HTTPAdapter, request: requests.PreparedRequest, **kwargs: Any
    ) -> requests.Response:
        if _is_answered(request):
            if mocked is responses_mock:
                return _answer_requests(adapter, request)
            try:
                return _received(on_request(mocked, adapter, request, **kwargs))
            except UnmockedServiceError:  # it was to be passed on
                return _answer_requests(adapter, request)
            except requests.ConnectionError as error:
                if not str(error).startswith(_KNOWS_NOTHING):
                    raise
                return _answer_requests(adapter, request)
        return _received(on_request(mocked, adapter, request, **kwargs))

    return catching_on_request


def _received(response: Any) -> requests.Response:
    received: requests.Response = response
    return received


def _is_answered(request: requests.PreparedRequest) -> bool:
    return bool(doors.are_guarded and request.url and service.is_service_url(request.url))


def _answer_requests(adapter: HTTPAdapter, request: requests.PreparedRequest) -> requests.Response:
    small = _small(request)
    small.body = _read(small.body)
    response = gateway.handle(small)
    if response.raises is not None:
        raise response.raises.with_traceback(None)
    raw = HTTPResponse(
        body=BytesIO(b"" if request.method == "HEAD" else response.body),
        headers=response.headers,
        status=response.status,
        reason=reasons.get(response.status),
        preload_content=False,
        request_method=request.method,
    )
    return adapter.build_response(request, raw)


def _guard_in(urlopen: Method) -> Method:
    def guarding_urlopen(
        pool: HTTPConnectionPool, method: str, url: str, *args: Any, **kwargs: Any
    ) -> Any:
        if doors.are_guarded:
            # To a proxy the URL is whole, to anyone else it is a path.
            host = f"[{pool.host}]" if ":" in pool.host else pool.host
            guard.check(f"{pool.scheme}://{host}{url}" if url.startswith("/") else url)
        return urlopen(pool, method, url, *args, **kwargs)

    return guarding_urlopen


def _give_keys_in(sign: Method) -> Method:
    """Wrap ``sign``: keys that aren't there would stop it, keys to be refreshed make it call AWS."""

    is_async = inspect.iscoroutinefunction(sign)

    def giving_sign(
        signer: Any, operation_name: str, request: Any, *args: Any, **kwargs: Any
    ) -> Any:
        if doors.are_open and signer._service_id.hyphenize() == service.SERVICE_NAME:
            keys = signer._credentials
            if keys is None or isinstance(keys, RefreshableCredentials):
                kind: Any = Credentials
                if is_async:
                    kind = sys.modules["aiobotocore.credentials"].AioCredentials
                given = kind("testing", "testing")
                request.context.setdefault("signing", {})["request_credentials"] = given
        return sign(signer, operation_name, request, *args, **kwargs)

    return giving_sign


def _answer(request: AWSPreparedRequest, operation_name: str | None = None) -> AWSResponse:
    response = gateway.handle(_small(request), operation_name)
    if response.raises is not None:
        backoff.mark(response.raises)
        raise response.raises.with_traceback(None)
    answer = AWSResponse(
        request.url,
        response.status,
        response.headers,  # type: ignore[arg-type]  # any mapping will do, and a dict is cheaper
        _Raw(response.headers),
    )
    is_awaited = "aiobotocore.httpsession" in sys.modules
    body = _Body(response.body) if is_awaited else response.body
    answer._content = body  # type: ignore[attr-defined]  # read already
    if response.is_injected:
        backoff.mark(answer)
    return answer


def _small(request: Any) -> Request:
    """A prepared request of botocore's, or of requests', as the gateway takes it."""
    path_and_query = request.url.partition("://")[2].partition("/")[2]
    body: Any = request.body or b""
    return Request(
        method=request.method,
        target=f"/{path_and_query}",
        headers=_Headers(request.headers),
        body=body.encode() if isinstance(body, str) else body,
    )


class _Headers:
    """A request's headers, of which hardly any are looked at."""

    __slots__ = ("_sent",)

    def __init__(self, sent: Mapping[str, str | bytes]) -> None:
        self._sent = sent

    def get(self, name: str, /) -> str | None:
        try:
            value = self._sent[name]
        except KeyError:
            return None
        return value.decode(errors="replace") if isinstance(value, bytes) else value


def _read(body: Any) -> bytes:
    """A body as requests takes it: bytes or text, in a file or in pieces."""
    if hasattr(body, "read"):
        body = body.read()
    if isinstance(body, str):
        return body.encode()
    return bytes(body) if isinstance(body, bytes | bytearray) else b"".join(map(_read, body))


class _Raw:
    """An answer as it came, from which older versions of aiobotocore take the headers."""

    __slots__ = ("_headers",)

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers

    @property
    def raw_headers(self) -> list[tuple[bytes, bytes]]:
        return [(name.encode(), value.encode()) for name, value in self._headers.items()]


class _Body(bytes):
    """An answer's body, which aiobotocore awaits and botocore doesn't."""

    __slots__ = ()

    def __await__(self) -> Generator[None, None, bytes]:
        return self
        yield


def _catch(request: AWSPreparedRequest) -> AWSResponse | None:
    """The answer to a request that no handler has answered, if it is for this service."""
    event_name: str | None = getattr(request, "event_name", None)
    if event_name is not None:
        is_ours = event_name.startswith(_EVENT_PREFIX)
        return _answer_event(event_name, request) if is_ours else None
    if service.is_aws_url(request.url):
        return _answer(request) if service.is_service_url(request.url) else None
    operation_name = gateway.recognise(_small(request))
    return None if operation_name is None else _answer(request, operation_name)


def _check(request: AWSPreparedRequest) -> None:
    """Keep a request that nothing has answered from leaving, unless it is let through.

    :raises UnmockedServiceError: it is kept
    """
    if not doors.are_guarded:
        return
    _, event_service, operation_name = getattr(request, "event_name", "..").split(".")
    if event_service:
        # The signing name and host are no more than hints: some services share theirs.
        names = [event_service]
    else:
        caller = caller_of(_small(request))
        names = [caller.signing_name] if caller else []
        names.append((urlsplit(request.url).netloc).partition(".")[0])
    guard.check(request.url, names, operation_name)


def what_moto_replaces() -> dict[str, bool]:
    """What ``mock_aws``, just switched on, has replaced: the ``keys``, the default ``session``."""
    reset_session: bool = default_user_config["core"].get("reset_boto3_session", True)
    return {"keys": mock_credentials(), "session": reset_session}


def on_moto_switch(listener: Callable[[bool], None]) -> None:
    """Have a function called with whether ``mock_aws`` is on: at once, and whenever that changes."""
    MotoDoor.listener = staticmethod(listener)
    botocore_stubber.__class__ = MotoDoor
    listener(botocore_stubber.enabled)


doors = Doors()
BUILTIN_HANDLERS.append((_EVENT_PREFIX.rstrip("."), _answer_event))
BUILTIN_HANDLERS.append(("creating-client-class", _meet_client))
