"""What several test files use."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, NamedTuple

from botocore.loaders import Loader
from botocore.model import ServiceModel

from chime_identity_mock.backends import backends
from chime_identity_mock.gateway import Request, gateway
from chime_identity_mock.models import (
    AppInstanceAdmin,
    AppInstanceBot,
    AppInstanceUser,
    AppInstanceUserEndpoint,
    Expirations,
)
from chime_identity_mock.pages import Listing

SERVICE = "chime-sdk-identity"
ACCOUNT_ID = "123456789012"
REGION = "us-east-1"

# Read apart from the package's own loader: nothing that a test does to one is seen in the other.
MODEL = ServiceModel(Loader().load_service_model(SERVICE, "service-2"), SERVICE)
OPERATIONS = sorted(MODEL.operation_names)

MISSING_INSTANCE_ARN = (
    f"arn:aws:chime:{REGION}:{ACCOUNT_ID}:app-instance/99999999-9999-4999-8999-999999999999"
)
CHANNEL_ARN = f"{MISSING_INSTANCE_ARN}/channel/99999999-9999-4999-8999-999999999999"
LEX_CONFIGURATION = {
    "Lex": {
        "LexBotAliasArn": f"arn:aws:lex:us-east-1:{ACCOUNT_ID}:bot-alias/ABCDEFGHIJ/KLMNOPQRST",
        "LocaleId": "en_US",
        "RespondsTo": "STANDARD_MESSAGES",
    }
}
PINPOINT_APP_ARN = f"arn:aws:mobiletargeting:us-east-1:{ACCOUNT_ID}:apps/0123456789abcdef"

DATA = Path(__file__).with_name("data")


def raw_requests() -> list[dict[str, Any]]:
    """Requests captured from seven clients, as they went over the wire."""
    lines = (DATA / "raw-requests.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


class Answer(NamedTuple):
    """What the gateway answered."""

    status: int
    error: str | None
    body: dict[str, Any]


def authorization(
    access_key: str = "testing", region_name: str = REGION, signing_name: str = "chime"
) -> str:
    return (
        f"AWS4-HMAC-SHA256 Credential={access_key}/20260101/{region_name}/{signing_name}"
        "/aws4_request, SignedHeaders=host;x-amz-date, Signature=0"
    )


def send(
    method: str,
    target: str,
    body: Any = b"",
    *,
    headers: dict[str, str] | None = None,
    **signature: str,
) -> Answer:
    """Send a raw request to the gateway, past all that an SDK checks; the mock must be on.

    :param body: bytes as they are, anything else as JSON
    :param headers: in place of the one that signs the request
    :param signature: parts of the signature that are not the defaults
    """
    if headers is None:
        headers = {"authorization": authorization(**signature)}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = gateway.handle(Request(method, target, headers, content))
    return Answer(
        response.status,
        response.headers.get("x-amzn-ErrorType"),
        json.loads(response.body) if response.body else {},
    )


def kept() -> Any:
    """All that the mock keeps, in a form that is equal if it is."""
    return {
        (account_id, region_name): [_plain(instance) for instance in instances]
        for account_id, region_name, instances in backends.app_instances()
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Listing):
        assert sorted(value._by_key) == sorted(map(_key, value))
        assert {key: token for token, key in value._keys.items()} == value._tokens
        return [(_plain(resource), value._tokens.get(_key(resource))) for resource in value]
    if isinstance(value, Expirations):
        assert set(value._due) == value._known
        return sorted(value._due)
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return value


def _key(resource: Any) -> str:
    """What a resource goes by in its listing."""
    if isinstance(resource, AppInstanceUserEndpoint):
        return resource.endpoint_id
    if isinstance(resource, AppInstanceAdmin):
        return resource.admin.arn
    arn = getattr(resource, fields(resource)[0].name)
    is_short = isinstance(resource, AppInstanceUser | AppInstanceBot)
    return arn.rpartition("/")[2] if is_short else arn


def pages(operation: Any, **parameters: Any) -> list[dict[str, Any]]:
    """All pages that a list operation gives."""
    answers = [operation(**parameters)]
    while "NextToken" in answers[-1]:
        answers.append(operation(**parameters, NextToken=answers[-1]["NextToken"]))
    return answers
