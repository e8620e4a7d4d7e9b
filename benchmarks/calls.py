"""Calls in this process: against botocore's own floor, and against a service of moto.

The floor is a client of the same configuration, with no handler of this package, whose
``before-send`` handler gives the same status, headers and bytes that the mock gave once: what
botocore itself takes to make a request and to read its answer, which nothing in the process can
go below. The service of moto is ``identitystore``, which keeps users too.

moto is on around our mock while its service is asked in turn with ours, and only then. What the one
then costs the other is an attribute set on the request and one more handler that finds nothing to
do, about a microsecond on either side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from typing import Any
from unittest.mock import patch

import boto3
from botocore import handlers
from botocore.awsrequest import AWSResponse
from moto import mock_aws

from chime_identity_mock import mock_chime_identity
from chime_identity_mock.service import SERVICE_NAME

from .figures import Effort, Figure, Figures, median_of_ratios

FLOOR = "botocore with the answer canned"
IDENTITY_STORE = "moto's identitystore"
REGION = "us-east-1"
STORE = "d-1234567890"
PAIRS = 1000
USERS = 60

Method = Callable[..., Any]


class _Canned:
    """The body of a canned answer."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        yield self._body


def client_at_the_floor(answer: AWSResponse) -> Any:
    """A client of botocore's alone, which gets the same answer to whatever it sends."""
    bare = [
        spec
        for spec in handlers.BUILTIN_HANDLERS
        if not getattr(spec[1], "__module__", "").startswith("chime_identity_mock")
    ]
    with patch.object(handlers, "BUILTIN_HANDLERS", bare):
        client = boto3.Session().client(SERVICE_NAME, REGION)
    status, headers, body = answer.status_code, dict(answer.headers), answer.content

    def canned(request: Any, **_: Any) -> AWSResponse:
        return AWSResponse(request.url, status, headers, _Canned(body))  # type: ignore[arg-type]

    client.meta.events.register("before-send", canned)
    return client


def answer_to(client: Any, call: Callable[[Any], object]) -> AWSResponse:
    """The answer that a client gets to a call, as it came."""
    seen: list[AWSResponse] = []

    def note(http_response: AWSResponse, **_: Any) -> None:
        seen.append(http_response)

    client.meta.events.register("after-call", note)
    call(client)
    client.meta.events.unregister("after-call", note)
    return seen[-1]


class _World:
    """An AppInstance with users, and calls about it."""

    def __init__(self) -> None:
        self.client = boto3.client(SERVICE_NAME, REGION)
        answer = self.client.create_app_instance(Name="chat", Metadata="m" * 100)
        self._arn = answer["AppInstanceArn"]
        self._numbers = count()
        for _ in range(USERS):
            self.create(self.client)

    def describe(self, client: Any) -> object:
        return client.describe_app_instance(AppInstanceArn=self._arn)

    def describe_user(self, client: Any) -> object:
        return client.describe_app_instance_user(AppInstanceUserArn=f"{self._arn}/user/user-0")

    def create(self, client: Any) -> object:
        user_id = f"user-{next(self._numbers)}"
        return client.create_app_instance_user(
            AppInstanceArn=self._arn, AppInstanceUserId=user_id, Name="Somebody"
        )

    def page(self, client: Any) -> object:
        return client.list_app_instance_users(AppInstanceArn=self._arn)


def figures(effort: Effort) -> Figures:
    with mock_chime_identity():
        world = _World()
        for name, call, most in (
            ("describe an instance", world.describe, 1.10),
            ("create a user", world.create, None),
            ("page of 50 users", world.page, 1.20),
        ):
            floor = client_at_the_floor(answer_to(world.client, call))
            ratio = median_of_ratios(
                partial(call, world.client), partial(call, floor), effort.times(PAIRS)
            )
            yield Figure(name, FLOOR, ratio, most=most)
    with mock_aws(), mock_chime_identity():
        world = _World()
        store = boto3.client("identitystore", REGION)
        numbers = count()
        user_ids = [_create_store_user(store, next(numbers))["UserId"] for _ in range(USERS)]
        for name, call, peers in (
            (
                "describe a user",
                world.describe_user,
                lambda: store.describe_user(**_OF_STORE, UserId=user_ids[0]),
            ),
            ("create a user", world.create, lambda: _create_store_user(store, next(numbers))),
            (
                "page of 50 users",
                world.page,
                lambda: store.list_users(**_OF_STORE, MaxResults=50),
            ),
        ):
            ratio = median_of_ratios(partial(call, world.client), peers, effort.times(PAIRS // 4))
            yield Figure(name, IDENTITY_STORE, ratio)


_OF_STORE = {"IdentityStoreId": STORE}


def _create_store_user(store: Any, number: int) -> Any:
    name = f"user-{number}"
    return store.create_user(
        **_OF_STORE,
        UserName=name,
        DisplayName="Somebody",
        Name={"GivenName": name, "FamilyName": name},
    )


def figures_of_tests(effort: Effort) -> Figures:
    def start_and_stop() -> None:
        with mock_chime_identity():
            pass

    def motos_start_and_stop() -> None:
        with mock_aws():
            pass

    yield Figure(
        "start and stop",
        "mock_aws",
        median_of_ratios(start_and_stop, motos_start_and_stop, effort.times(PAIRS)),
        most=0.05,
    )

    @mock_chime_identity
    def test() -> None:
        client = boto3.client(SERVICE_NAME, REGION)
        client.create_app_instance(Name="chat")
        client.list_app_instances()

    @mock_aws
    def motos_test() -> None:
        client = boto3.client("identitystore", REGION)
        client.list_users(**_OF_STORE)
        client.list_groups(**_OF_STORE)

    yield Figure(
        "a whole test: decorator, client, two calls",
        f"the same with {IDENTITY_STORE}",
        median_of_ratios(test, motos_test, effort.times(PAIRS // 4)),
        most=0.125,
    )
