"""Where every request comes in, from whichever door, and every answer goes out."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from inspect import signature
from typing import Any, NamedTuple
from urllib.parse import parse_qsl
from uuid import uuid4

from moto.settings import allow_unknown_region

from . import service
from .backend import ChimeIdentityBackend
from .backends import backends
from .exceptions import ForbiddenException, MissingAuthenticationTokenException, ServiceError
from .models import LENGTHS, is_arn_of
from .options import in_force
from .wire import Operation, Wire

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
    :ivar headers: by their names in lower case
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class Response:
    status: int
    headers: dict[str, str]
    body: bytes


class Caller(NamedTuple):
    """Who sends a request, and to which region, by its signature."""

    access_key: str
    region_name: str
    signing_name: str


def caller_of(request: Request) -> Caller | None:
    """Who signed a request, in its headers or its query; the signature isn't verified."""
    credential = request.headers.get("authorization")
    if credential is None:
        credential = _path_and_query(request)[1].get("X-Amz-Credential", "")
    found = _CREDENTIAL.search(credential)
    return found and Caller(**found.groupdict())


def _path_and_query(request: Request) -> tuple[str, dict[str, str]]:
    """The path as it was sent, and the query, decoded."""
    path, _, query = request.target.partition("?")
    return path, dict(parse_qsl(query, keep_blank_values=True)) if query else {}


def _method_of(backend: ChimeIdentityBackend, operation: Operation) -> Callable[..., Any]:
    method: Callable[..., Any] | None = getattr(backend, operation.method_name, None)
    if method is None:
        raise NotImplementedError(_NEWER.format(operation.name))
    return method


@cache
def _members_of(method_name: str) -> frozenset[str]:
    """The members that an operation of the backend takes."""
    return frozenset(signature(getattr(ChimeIdentityBackend, method_name)).parameters)


def _check_members(operation: Operation, arguments: Mapping[str, Any]) -> None:
    known = _members_of(operation.method_name)
    if not arguments.keys() <= known:
        unknown = sorted(arguments.keys() - known)
        raise NotImplementedError(_NEWER.format(f"{operation.name} with {', '.join(unknown)}"))


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
        headers = {"x-amzn-RequestId": str(uuid4())}
        try:
            operation, body = self._perform(request, operation_name)
            status = operation.status
        except ServiceError as error:
            status, body = error.status, error.body()
            headers["x-amzn-ErrorType"] = error.code
        if body:
            headers["Content-Type"] = "application/json"
        return Response(status, headers, body)

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

    def _perform(self, request: Request, operation_name: str | None) -> tuple[Operation, bytes]:
        caller = caller_of(request)
        if caller is None:
            raise MissingAuthenticationTokenException("The request is not signed.")
        self._check_region(caller.region_name)
        operation, labels, query = self._route(request, operation_name)
        backend = backends.at(self._account_id(caller.access_key), caller.region_name)
        method = _method_of(backend, operation)
        arguments = operation.parse(labels, query, request.headers, request.body)
        operation.validate(arguments)
        _check_members(operation, arguments)
        with backend.transaction:
            return operation, operation.serialise(method(**arguments))

    def _route(
        self, request: Request, operation_name: str | None
    ) -> tuple[Operation, Mapping[str, str], Mapping[str, str]]:
        path, query = _path_and_query(request)
        operation, labels = self.wire.route(request.method, path, query, operation_name)
        return operation, labels, query

    def _check_region(self, region_name: str) -> None:
        if (
            region_name in service.regions()
            or in_force.options.allow_any_region
            or allow_unknown_region()
        ):
            return
        raise ForbiddenException(
            f"Amazon Chime SDK Identity does not exist in {region_name}, only in "
            f"{' and '.join(sorted(service.regions()))}. To be answered all the same: "
            "mock_chime_identity(allow_any_region=True)"
        )

    def _account_id(self, access_key: str) -> str:
        iam = sys.modules.get("moto.iam.models")
        if iam is not None:
            account_id: str = iam.get_account_id_from(access_key)
            # moto answers its default account for keys that it doesn't know, too.
            is_known = account_id != DEFAULT_ACCOUNT_ID or any(
                access_key in backend.access_keys
                for backend in iam.iam_backends[DEFAULT_ACCOUNT_ID].values()
            )
            if is_known:
                return account_id
        if _ACCOUNT_ID.fullmatch(access_key):
            return access_key
        return (
            in_force.options.account_id or os.environ.get("MOTO_ACCOUNT_ID") or DEFAULT_ACCOUNT_ID
        )


gateway = Gateway()
