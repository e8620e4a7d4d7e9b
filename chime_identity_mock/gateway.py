"""Where every request comes in, from whichever door, and every answer goes out."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from inspect import signature
from typing import Any, NamedTuple

from moto.settings import allow_unknown_region

from . import service
from .backend import ChimeIdentityBackend
from .backends import backends
from .clock import clock
from .environment import variable
from .exceptions import (
    ForbiddenException,
    MissingAuthenticationTokenException,
    SerializationException,
    ServiceError,
    UnknownOperationException,
)
from .faults import faults
from .history import Call, history
from .ids import ids
from .models import LENGTHS, is_arn_of
from .options import in_force
from .rates import rate_limits
from .wire import Operation, Texts, Wire, read_query

DEFAULT_ACCOUNT_ID = "123456789012"

_NEWER = (
    "This version of chime-identity-mock has no {}, which the installed botocore knows. "
    "A newer version may: pip install -U chime-identity-mock"
)
_TAG_OPERATIONS = ("ListTagsForResource", "TagResource", "UntagResource")
_ACCOUNT_ID = re.compile(r"[0-9]{12}")
_CREDENTIAL = re.compile(
    r"(?:^|Credential=)(?P<access_key>[^/=\s]+)/[0-9]{8}/(?P<region_name>[^/\s]+)/(?P<signing_name>[^/\s]+)"
    r"/aws4_request"
)


@dataclass(slots=True)
class Request:
    """A request as far as the service looks at it.

    :ivar method: in capitals
    :ivar target: path and query, percent-encoded
    :ivar headers: asked for by their names in lower case
    """

    method: str
    target: str
    headers: Texts
    body: bytes


@dataclass(slots=True)
class Response:
    """An answer of the service.

    :ivar raises: what the client is to meet with in place of this answer
    :ivar is_injected: the error in it is one that the mock was told to answer with
    :ivar call: as it is recorded; ``None`` when no operation answers such a request
    """

    status: int
    headers: dict[str, str]
    body: bytes
    raises: BaseException | None = None
    is_injected: bool = False
    call: Call | None = None


class Caller(NamedTuple):
    """Who sends a request, and to which region, by its signature."""

    access_key: str
    region_name: str
    signing_name: str


def caller_of(request: Request) -> Caller | None:
    """Who signed a request, in its headers or its query; the signature isn't verified."""
    authorization = request.headers.get("authorization")
    if authorization is None:
        return _caller_named_in(_path_and_query(request)[1].get("X-Amz-Credential", ""))
    # It begins with the credential, which is the same in many requests; the signature never is.
    credential = authorization.partition(",")[0]
    return _caller_named_in(credential) or _caller_named_in(authorization)


@lru_cache
def _caller_named_in(text: str) -> Caller | None:
    found = _CREDENTIAL.search(text)
    return found and Caller(**found.groupdict())


def _path_and_query(request: Request) -> tuple[str, dict[str, str]]:
    """The path as it was sent, and the query, decoded."""
    path, _, query = request.target.partition("?")
    return path, read_query(query) if query else {}


@cache
def _unknown_members(operation: Operation) -> frozenset[str]:
    """The members that the operation has in botocore's model, and in the backend doesn't take."""
    method = getattr(ChimeIdentityBackend, operation.method_name)
    return operation.members - signature(method).parameters.keys()


class Gateway:
    """The way of a request through the house."""

    @cached_property
    def wire(self) -> Wire:
        return Wire(service.service_model(), is_arn_of, LENGTHS)

    def handle(self, request: Request, operation_name: str | None = None) -> Response:
        """Answer a request, be it good or bad.

        :param operation_name: the operation, where the door knows it; otherwise method, path and
            query tell
        :raises NotImplementedError: botocore's model has the operation, this package not yet
        """
        caller = caller_of(request)
        error: ServiceError | None = None
        if caller is None:
            error = MissingAuthenticationTokenException("The request is not signed.")
        elif caller.region_name not in service.regions():
            error = region_refusal(caller.region_name)
        path, query = _path_and_query(request)
        try:
            operation, labels = self.wire.route(request.method, path, query, operation_name)
        except UnknownOperationException as unknown:
            return error_response(error or unknown)
        if not hasattr(ChimeIdentityBackend, operation.method_name):
            raise NotImplementedError(_NEWER.format(operation.name))
        arguments: dict[str, Any] = {}
        try:
            arguments = operation.parse(labels, query, request.headers, request.body)
        except SerializationException as wrong_type:
            error = error or wrong_type
        call = self._call(operation, arguments, caller)
        if error is not None:
            return _failed(call, error)
        injected, takes_effect = None, True
        if faults.are_armed or in_force.options.rate_limits:
            injected, takes_effect = self._injected(call, arguments)
        if injected is not None and not takes_effect:
            return _failed(call, injected, is_injected=True)
        try:
            return self._perform(call, operation, arguments, lost_to=injected)
        except ServiceError as refusal:
            return _failed(call, injected or refusal, is_injected=injected is not None)

    def perform(
        self, backend: ChimeIdentityBackend, operation: Operation, arguments: dict[str, Any]
    ) -> Any:
        """What an operation answers to arguments, not yet written.

        :raises ServiceError: it refuses them
        """
        operation.validate(arguments)
        unknown = _unknown_members(operation)
        if unknown and not unknown.isdisjoint(arguments):
            members = ", ".join(sorted(unknown.intersection(arguments)))
            raise NotImplementedError(_NEWER.format(f"{operation.name} with {members}"))
        return getattr(backend, operation.method_name)(**arguments)

    def recognise(self, request: Request) -> str | None:
        """The operation of this service that a request is for, ``None`` if it is a sibling's.

        What tells is the signature and the route, which may stand behind the path of an endpoint
        URL. The siblings share the signing name, and the paths of the tag operations: there the ARN
        tells.
        """
        caller = caller_of(request)
        if caller is None or caller.signing_name != service.SIGNING_NAME:
            return None
        path, query = _path_and_query(request)
        parts = path.split("/")
        for start in range(1, len(parts)):
            try:
                inner = "/" + "/".join(parts[start:])
                operation, labels = self.wire.route(request.method, inner, query)
                arguments = operation.parse(labels, query, request.headers, request.body)
            except ServiceError:
                continue
            is_shared = operation.name in _TAG_OPERATIONS
            if not is_shared or is_arn_of("resource_arn", arguments.get("resource_arn", "")):
                return operation.name
        return None

    def _call(self, operation: Operation, arguments: dict[str, Any], caller: Caller | None) -> Call:
        access_key, region_name, account_id = "", "", ""
        if caller is not None:
            access_key, region_name = caller.access_key, caller.region_name
            account_id = self._account_id(access_key)
        return Call(operation, arguments, region_name, account_id, access_key, clock.reading())

    def _injected(self, call: Call, arguments: dict[str, Any]) -> tuple[BaseException | None, bool]:
        """The error that a test asked for, if any, and whether the operation takes effect."""
        fault = faults.take(call)
        if fault is not None:
            return fault.error, fault.takes_effect
        if in_force.options.rate_limits:
            place = (call.account_id, call.region_name)
            excess = rate_limits.excess(*place, call.operation, arguments)
            return excess, excess is None
        return None, True

    def _perform(
        self,
        call: Call,
        operation: Operation,
        arguments: dict[str, Any],
        *,
        lost_to: BaseException | None,
    ) -> Response:
        backend = backends.at(call.account_id, call.region_name)
        # All that could fail comes before the end of the transaction.
        headers = {"x-amzn-RequestId": ids.of_request()}
        with backend.transaction:
            body = operation.serialise(self.perform(backend, operation, arguments))
            # Recorded inside, so that calls stand in the order of their effects.
            if lost_to is None:
                call.succeed(operation.status, body)
            else:
                call.fail(lost_to)
            history.record(call)
        if lost_to is not None:
            return error_response(lost_to, is_injected=True, call=call)
        if body:
            headers["Content-Type"] = "application/json"
        return Response(operation.status, headers, body, call=call)

    def _account_id(self, access_key: str) -> str:
        iam = sys.modules.get("moto.iam.models")
        if iam is not None:
            # As moto itself looks for a key; its own function names its default account for one
            # that it doesn't know, too, and makes backends wherever it looks.
            for account_id, account in list(iam.iam_backends.items()):
                for backend in list(account.values()):
                    if access_key in backend.access_keys:
                        found: str = account_id
                        return found
        if _ACCOUNT_ID.fullmatch(access_key):
            return access_key
        return default_account_id()


def region_refusal(region_name: str) -> ForbiddenException | None:
    """The error that everything is answered with in a region where the service doesn't exist."""
    if (
        region_name in service.regions()
        or in_force.options.allow_any_region
        or allow_unknown_region()
    ):
        return None
    return ForbiddenException(
        f"Amazon Chime SDK Identity does not exist in {region_name}, only in "
        f"{' and '.join(sorted(service.regions()))}. To be answered all the same: "
        "mock_chime_identity(allow_any_region=True), or serve --allow-any-region"
    )


def default_account_id() -> str:
    """The account of calls whose access key names no other."""
    return in_force.options.account_id or variable("MOTO_ACCOUNT_ID") or DEFAULT_ACCOUNT_ID


def _failed(call: Call, error: BaseException, *, is_injected: bool = False) -> Response:
    call.fail(error)
    history.record(call)
    return error_response(error, is_injected=is_injected, call=call)


def error_response(
    error: BaseException, *, is_injected: bool = False, call: Call | None = None
) -> Response:
    """The answer that an error is sent as."""
    headers = {"x-amzn-RequestId": ids.of_request()}
    if not isinstance(error, ServiceError):
        return Response(0, headers, b"", error, is_injected=is_injected, call=call)
    headers["x-amzn-ErrorType"] = error.code
    headers["Content-Type"] = "application/json"
    return Response(error.status, headers, error.body(), is_injected=is_injected, call=call)


gateway = Gateway()
