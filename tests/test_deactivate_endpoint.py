"""What the service does by itself when a push to a device fails (ledger: what no operation does)."""

from __future__ import annotations

import re
from typing import Any

import boto3
import pytest
from behaviour import make_user, register
from support import CHANNEL_ARN, MISSING_INSTANCE_ARN, MODEL, REGION, SERVICE, kept

from chime_identity_mock import mock_chime_identity

REASONS = MODEL.shape_for("EndpointStatusReason").enum

pytestmark = pytest.mark.rule("endpoint-deactivated")


@pytest.fixture
def endpoint_id(client: Any, user_arn: str) -> str:
    return register(client, user_arn)


def describe(client, user_arn, endpoint_id):
    return client.describe_app_instance_user_endpoint(
        AppInstanceUserArn=user_arn, EndpointId=endpoint_id
    )["AppInstanceUserEndpoint"]


def test_an_endpoint_becomes_inactive_and_nothing_else_of_it_changes(
    client, mock, user_arn, endpoint_id
):
    before = describe(client, user_arn, endpoint_id)
    mock.clock.advance(hours=1)

    mock.deactivate_endpoint(user_arn, endpoint_id)

    state = {"Status": "INACTIVE", "StatusReason": "INVALID_DEVICE_TOKEN"}
    assert before["EndpointState"] == {"Status": "ACTIVE"}
    assert describe(client, user_arn, endpoint_id) == {**before, "EndpointState": state}


@pytest.mark.parametrize("reason", REASONS)
def test_the_reason_is_any_of_the_models(client, mock, user_arn, endpoint_id, reason):
    mock.deactivate_endpoint(user_arn, endpoint_id, status_reason=reason)

    assert describe(client, user_arn, endpoint_id)["EndpointState"]["StatusReason"] == reason


def test_other_endpoints_stay_active(client, mock, user_arn, endpoint_id):
    other_id = register(client, user_arn, "other")

    mock.deactivate_endpoint(user_arn, endpoint_id)

    found = client.list_app_instance_user_endpoints(AppInstanceUserArn=user_arn)
    states = [endpoint["EndpointState"]["Status"] for endpoint in found["AppInstanceUserEndpoints"]]
    assert states == ["INACTIVE", "ACTIVE"]
    assert describe(client, user_arn, other_id)["EndpointState"] == {"Status": "ACTIVE"}


def test_an_inactive_endpoint_can_be_updated_and_deregistered(client, mock, user_arn, endpoint_id):
    named = {"AppInstanceUserArn": user_arn, "EndpointId": endpoint_id}
    mock.deactivate_endpoint(user_arn, endpoint_id)

    client.update_app_instance_user_endpoint(**named, Name="phone")
    found = describe(client, user_arn, endpoint_id)
    client.deregister_app_instance_user_endpoint(**named)

    assert (found["Name"], found["EndpointState"]["Status"]) == ("phone", "INACTIVE")


def test_the_arn_names_account_and_region(mock):
    client = boto3.client(
        SERVICE,
        region_name="eu-central-1",
        aws_access_key_id="210987654321",
        aws_secret_access_key="secret",
    )
    user_arn = make_user(client, client.create_app_instance(Name="chat")["AppInstanceArn"])
    endpoint_id = register(client, user_arn)

    mock.deactivate_endpoint(user_arn, endpoint_id)

    assert describe(client, user_arn, endpoint_id)["EndpointState"]["Status"] == "INACTIVE"


def test_it_is_no_call(client, mock, user_arn, endpoint_id):
    number = len(mock.calls)

    mock.deactivate_endpoint(user_arn, endpoint_id)

    assert len(mock.calls) == number


@pytest.mark.parametrize("reason", ["BAD_TOKEN", "", "invalid_device_token", None, []])
def test_an_unknown_reason_is_refused_with_the_choices(mock, user_arn, endpoint_id, reason):
    before = kept()

    with pytest.raises(ValueError, match=", ".join(REASONS)):
        mock.deactivate_endpoint(user_arn, endpoint_id, status_reason=reason)

    assert kept() == before


@pytest.mark.parametrize(
    "change",
    [
        ("ann", "bob"),
        ("ann", ""),
        ("/user/", "/bot/"),
        (REGION, "eu-central-1"),
        (":123456789012:", ":210987654321:"),
        ("arn:aws:", "arn:aws-cn:"),
    ],
    ids=str,
)
def test_an_arn_that_leads_nowhere_is_named(mock, user_arn, endpoint_id, change):
    before, wrong = kept(), user_arn.replace(*change)

    with pytest.raises(ValueError, match=re.escape(wrong)):
        mock.deactivate_endpoint(wrong, endpoint_id)

    assert kept() == before


@pytest.mark.parametrize("arn", [MISSING_INSTANCE_ARN, CHANNEL_ARN, "ann", "", None, 5])
def test_what_is_no_arn_of_a_user_is_refused(mock, endpoint_id, arn):
    before = kept()

    with pytest.raises(ValueError, match="no ARN of an app instance user"):
        mock.deactivate_endpoint(arn, endpoint_id)

    assert kept() == before


@pytest.mark.parametrize("unknown", ["", "99999999-9999-4999-8999-999999999999", None])
def test_an_unknown_endpoint_is_named(mock, user_arn, endpoint_id, unknown):
    before = kept()

    with pytest.raises(ValueError, match=re.escape(repr(unknown))):
        mock.deactivate_endpoint(user_arn, unknown)

    assert kept() == before


def test_it_takes_a_mock_that_is_on(user_arn, endpoint_id):
    with pytest.raises(RuntimeError, match="not on"):
        mock_chime_identity().deactivate_endpoint(user_arn, endpoint_id)
