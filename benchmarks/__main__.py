"""Speed, as ratios of calls taken in turn, ours and a peer's: ``python -m benchmarks``.

A machine's speed drifts, so what is measured apart can't be compared: each figure is the median of
the ratios of pairs that ran one right after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import median
from time import perf_counter
from typing import Any
from unittest.mock import patch

import boto3
from botocore import handlers
from botocore.awsrequest import AWSResponse
from moto import mock_aws

from chime_identity_mock import mock_chime_identity
from chime_identity_mock.service import SERVICE_NAME

PAIRS = 300

Call = Callable[[], object]


class Canned:
    """The body of a canned answer."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        yield self._body


def ratio(ours: Call, peers: Call) -> float:
    """How many times as long as the peer's call ours takes."""
    ours()
    peers()
    return median(seconds(ours) / seconds(peers) for _ in range(PAIRS))


def seconds(call: Call) -> float:
    start = perf_counter()
    call()
    return perf_counter() - start


def bare_client() -> Any:
    """A client of botocore's alone, with no handler of ours or of moto's."""
    bare = [
        spec
        for spec in handlers.BUILTIN_HANDLERS
        if not getattr(spec[1], "__module__", "").startswith("chime_identity_mock")
    ]
    with patch.object(handlers, "BUILTIN_HANDLERS", bare):
        return boto3.Session().client(SERVICE_NAME)


def describe() -> float:
    with mock_chime_identity():
        client = boto3.client(SERVICE_NAME)
        arn = client.create_app_instance(Name="chat", Metadata="m" * 100)["AppInstanceArn"]
        seen: list[AWSResponse] = []
        client.meta.events.register_first(
            "after-call", lambda http_response, **_: seen.append(http_response)
        )
        client.describe_app_instance(AppInstanceArn=arn)
        status, headers, body = seen[0].status_code, dict(seen[0].headers), seen[0].content
        client = boto3.client(SERVICE_NAME)
        floor = bare_client()
        floor.meta.events.register(
            "before-send",
            lambda request, **_: AWSResponse(request.url, status, headers, Canned(body)),
        )
        return ratio(
            lambda: client.describe_app_instance(AppInstanceArn=arn),
            lambda: floor.describe_app_instance(AppInstanceArn=arn),
        )


def start_and_stop() -> float:
    def ours() -> None:
        with mock_chime_identity():
            pass

    def motos() -> None:
        with mock_aws():
            pass

    return ratio(ours, motos)


def whole_test() -> float:
    @mock_chime_identity
    def ours() -> None:
        client = boto3.client(SERVICE_NAME, "us-east-1")
        client.create_app_instance(Name="chat")
        client.list_app_instances()

    @mock_aws
    def motos() -> None:
        client = boto3.client("identitystore", "us-east-1")
        client.list_users(IdentityStoreId="d-1234567890")
        client.list_groups(IdentityStoreId="d-1234567890")

    return ratio(ours, motos)


FIGURES: dict[str, Callable[[], float]] = {
    "describe_app_instance(), of botocore with the answer canned": describe,
    "start and stop, of mock_aws": start_and_stop,
    "a whole test (decorator, client, two calls), of one with moto's identitystore": whole_test,
}

if __name__ == "__main__":
    for name, measure in FIGURES.items():
        print(f"{measure():6.2f} x {name}")
