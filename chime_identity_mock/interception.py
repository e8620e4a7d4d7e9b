"""The doors in this process: where requests on their way to AWS are caught.

========================  ==================================================================
door                      whose requests come through it
========================  ==================================================================
``before-send`` events    clients of sessions made after this module was imported
moto's own handler        clients of sessions made after moto was imported, but before this
``URLLib3Session.send``   clients of sessions made before either; every service's way out
``RequestSigner.sign``    nobody's: here requests that have no usable keys are given some
========================  ==================================================================

Each asks whether it is open whenever it is called, so the patches may be taken down in any order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.credentials import Credentials, RefreshableCredentials
from botocore.handlers import BUILTIN_HANDLERS
from botocore.httpsession import URLLib3Session
from botocore.signers import RequestSigner
from moto.backend_index import backend_url_patterns
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.config import (
    default_user_config,
    mock_credentials,
    passthrough_service,
    passthrough_url,
)
from moto.core.models import botocore_stubber

from . import service
from .backoff import backoff
from .exceptions import UnmockedServiceError
from .gateway import Request, caller_of, gateway
from .options import in_force
from .patching import Patch

_EVENT_PREFIX = f"before-send.{service.SERVICE_NAME}."
_KEYS = Credentials("testing", "testing")

Method = Callable[..., Any]


class Doors:
    """Which doors are open, and the patches that make them doors."""

    def __init__(self) -> None:
        self.are_open = False
        """Requests for this service are answered."""
        self.are_guarded = False
        """No request leaves for another service of AWS, but for those that are let through."""
        self._patches = (
            Patch(URLLib3Session, "send", _catch_in),
            Patch(RequestSigner, "sign", _give_keys_in),
        )

    def set(self, *, are_open: bool, are_guarded: bool) -> None:
        if are_open and not self.are_open:
            for patch in self._patches:
                patch.put_up()
            backoff.start()
        if self.are_open and not are_open:
            for patch in self._patches:
                patch.take_down()
            backoff.stop()
        self.are_open = are_open
        self.are_guarded = are_guarded


def _answer_event(event_name: str, request: Any, **kwargs: object) -> AWSResponse | None:
    """The handler of this service's ``before-send`` events."""
    if not doors.are_open:
        return None
    request.event_name = event_name
    return _answer(request, event_name.removeprefix(_EVENT_PREFIX))


def _note_event(event_name: str, request: Any, **kwargs: object) -> None:
    """The handler of all ``before-send`` events: further on nothing tells what a request is for."""
    if doors.are_open:
        request.event_name = event_name


class MotoDoor(BotocoreStubber):
    """moto's own handler and switch, made to leave this service's requests to us.

    The handler sits in every session made since moto was imported, and would answer them with 404
    before anything further on could. The switch is thrown by ``mock_aws``, which serves this
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
        if doors.are_open and event_name.startswith(_EVENT_PREFIX):
            is_answered = hasattr(request, "event_name")
            return None if is_answered else _answer_event(event_name, request)
        return super().__call__(event_name, request, **kwargs)


def _catch_in(send: Method) -> Method:
    def catching_send(session: URLLib3Session, request: AWSPreparedRequest) -> AWSResponse:
        if doors.are_open:
            answer = _catch(request)
            if answer is not None:
                return answer
            if doors.are_guarded:
                _guard(request)
        response: AWSResponse = send(session, request)
        return response

    return catching_send


def _give_keys_in(sign: Method) -> Method:
    """Wrap ``sign``: keys that aren't there would stop it, keys to be refreshed make it call AWS."""

    def giving_sign(
        signer: Any, operation_name: str, request: Any, *args: Any, **kwargs: Any
    ) -> None:
        if doors.are_open and signer._service_id.hyphenize() == service.SERVICE_NAME:
            keys = signer._credentials
            if keys is None or isinstance(keys, RefreshableCredentials):
                request.context.setdefault("signing", {})["request_credentials"] = _KEYS
        sign(signer, operation_name, request, *args, **kwargs)

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
        _Body(response.body),
    )
    if response.is_injected:
        backoff.mark(answer)
    return answer


def _small(request: AWSPreparedRequest) -> Request:
    """A prepared request of botocore's as the gateway takes it."""
    path_and_query = request.url.partition("://")[2].partition("/")[2]
    headers = {
        name.lower(): value.decode(errors="replace") if isinstance(value, bytes) else value
        for name, value in request.headers.items()
    }
    body: Any = request.body or b""
    return Request(
        method=request.method,
        target=f"/{path_and_query}",
        headers=headers,
        body=body.encode() if isinstance(body, str) else body,
    )


class _Body:
    """What botocore reads an answer's body from."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        yield self._body


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


def _guard(request: AWSPreparedRequest) -> None:
    """Keep a request for a service of AWS from leaving, unless it is let through.

    :raises UnmockedServiceError: it is not
    """
    if service.is_metadata_url(request.url) and not in_force.options.passthrough:
        raise UnmockedServiceError(
            "A client made before mock_chime_identity was about to fetch credentials from this "
            "machine's metadata service, and was stopped: make it inside the mock."
        )
    if not service.is_aws_url(request.url):
        return
    url = urlsplit(request.url)
    plain_url = f"{url.scheme}://{url.netloc}{url.path}"
    known_to_moto = [name for name, form in backend_url_patterns if form.match(plain_url)]
    if botocore_stubber.enabled and (
        passthrough_url(plain_url) or any(map(passthrough_service, known_to_moto))
    ):
        return
    _, event_service, operation_name = getattr(request, "event_name", "..").split(".")
    caller = caller_of(_small(request))
    if event_service:
        # The signing name and host are no more than hints: some services share theirs.
        names = [event_service]
    else:
        names = [caller.signing_name] if caller else []
        names.append(url.netloc.partition(".")[0])
    let_through = in_force.options.passthrough
    if all(service.names_of(name).isdisjoint(names) for name in let_through):
        raise UnmockedServiceError(
            _unmocked_text(names[0], operation_name, url.netloc, known_to_moto)
        )


def _unmocked_text(name: str, operation_name: str, host: str, known_to_moto: list[str]) -> str:
    if not known_to_moto:
        cure = "moto has no such service either: answer the call with botocore's Stubber."
    elif botocore_stubber.enabled:
        cure = "mock_aws is on, but the client was made before moto was imported: make it later."
    else:
        cure = "To mock it too, put moto's mock_aws around the test as well."
    return (
        f"{f'{name} {operation_name}'.strip()} was about to be sent to AWS, to {host}, and was "
        f"stopped: mock_chime_identity mocks {service.SERVICE_NAME} only. {cure} "
        f'To let it out to AWS: mock_chime_identity(passthrough={{"{name}"}}).'
    )


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
BUILTIN_HANDLERS.append(("before-send", _note_event))
