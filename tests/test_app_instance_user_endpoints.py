"""AppInstanceUserEndpoints: registering, reading, changing, deregistering (ledger: creating).

What a missing endpoint is answered, and what makes its state, rests on evidence I.
"""

from __future__ import annotations

import re

import pytest
from behaviour import (
    UUID4,
    call,
    make_user,
    make_world,
    operations_taking,
    refusal,
    register,
)
from support import ACCOUNT_ID, PINPOINT_APP_ARN, send

TAKING_AN_ENDPOINT = operations_taking("EndpointId")


def describe(client, user_arn, endpoint_id):
    return client.describe_app_instance_user_endpoint(
        AppInstanceUserArn=user_arn, EndpointId=endpoint_id
    )["AppInstanceUserEndpoint"]


def listed(client, user_arn):
    answer = client.list_app_instance_user_endpoints(AppInstanceUserArn=user_arn)
    return answer["AppInstanceUserEndpoints"]


@pytest.mark.rule("admin-endpoint-names")
def test_registering_answers_the_user_and_a_uuid(client, user_arn):
    answer = call(client, "RegisterAppInstanceUserEndpoint", AppInstanceUserArn=user_arn)

    assert answer["AppInstanceUserArn"] == user_arn
    assert re.fullmatch(UUID4, answer["EndpointId"])


@pytest.mark.rule("timestamps", "endpoint-state")
def test_describe_gives_back_what_was_registered(client, user_arn):
    attributes = {"DeviceToken": "device", "VoipDeviceToken": "voip"}
    endpoint_id = client.register_app_instance_user_endpoint(
        AppInstanceUserArn=user_arn,
        Name="phone",
        Type="APNS",
        ResourceArn=PINPOINT_APP_ARN,
        EndpointAttributes=attributes,
        AllowMessages="NONE",
    )["EndpointId"]

    endpoint = describe(client, user_arn, endpoint_id)

    created = endpoint.pop("CreatedTimestamp")
    assert endpoint.pop("LastUpdatedTimestamp") == created
    assert endpoint == {
        "AppInstanceUserArn": user_arn,
        "EndpointId": endpoint_id,
        "Name": "phone",
        "Type": "APNS",
        "ResourceArn": PINPOINT_APP_ARN,
        "EndpointAttributes": attributes,
        "AllowMessages": "NONE",
        "EndpointState": {"Status": "ACTIVE"},
    }


@pytest.mark.rule("absent-not-null")
def test_what_was_not_given_is_absent(client, user_arn):
    endpoint = describe(client, user_arn, register(client, user_arn))

    assert "Name" not in endpoint
    assert endpoint["EndpointAttributes"] == {"DeviceToken": "device"}


# S
@pytest.mark.rule("allow-messages")
def test_all_messages_are_allowed_by_default(client, user_arn):
    assert describe(client, user_arn, register(client, user_arn))["AllowMessages"] == "ALL"


@pytest.mark.rule("endpoint-state")
@pytest.mark.parametrize(
    "resource_arn",
    [PINPOINT_APP_ARN, PINPOINT_APP_ARN.replace("us-east-1", "eu-west-1")],
)
def test_endpoint_of_a_pinpoint_app_is_active(client, user_arn, resource_arn):
    endpoint_id = register(client, user_arn, ResourceArn=resource_arn)

    assert describe(client, user_arn, endpoint_id)["EndpointState"] == {"Status": "ACTIVE"}


@pytest.mark.rule("endpoint-state")
@pytest.mark.parametrize(
    "resource_arn",
    [
        f"arn:aws:sns:us-east-1:{ACCOUNT_ID}:app/GCM/chat",
        PINPOINT_APP_ARN.replace("apps/", "templates/"),
        PINPOINT_APP_ARN.replace(":apps/", ":myapps/"),
        PINPOINT_APP_ARN.partition("apps/")[0] + "apps/",
    ],
)
def test_endpoint_of_anything_else_is_inactive(client, user_arn, resource_arn):
    endpoint_id = register(client, user_arn, ResourceArn=resource_arn)

    state = {"Status": "INACTIVE", "StatusReason": "INVALID_PINPOINT_ARN"}
    assert describe(client, user_arn, endpoint_id)["EndpointState"] == state
    assert [endpoint["EndpointState"] for endpoint in listed(client, user_arn)] == [state]


# S; I: that types don't matter.
@pytest.mark.rule("device-token-conflict")
@pytest.mark.parametrize("endpoint_type", ["GCM", "APNS"])
def test_device_token_that_the_user_has_registered_conflicts(client, user_arn, endpoint_type):
    register(client, user_arn, "device", Type="GCM")

    code = refusal(
        client,
        "RegisterAppInstanceUserEndpoint",
        AppInstanceUserArn=user_arn,
        EndpointAttributes={"DeviceToken": "device"},
        Type=endpoint_type,
    )

    assert code == "ConflictException"
    assert len(listed(client, user_arn)) == 1


@pytest.mark.rule("device-token-conflict")
def test_other_device_token_does_not_conflict(client, user_arn):
    ids = [register(client, user_arn, token) for token in ("device", "Device", "device ")]

    assert [endpoint["EndpointId"] for endpoint in listed(client, user_arn)] == ids


# I: the scope of a token is its user.
@pytest.mark.rule("device-token-conflict")
def test_two_users_can_register_one_device(client, app_instance_arn, user_arn):
    other = make_user(client, app_instance_arn)

    register(client, user_arn, "device")
    register(client, other, "device")

    assert len(listed(client, user_arn)) == len(listed(client, other)) == 1


# I
@pytest.mark.rule("device-token-conflict")
def test_deregistering_frees_the_device_token(client, user_arn):
    first = register(client, user_arn, "device")
    client.deregister_app_instance_user_endpoint(AppInstanceUserArn=user_arn, EndpointId=first)

    second = register(client, user_arn, "device")

    assert [endpoint["EndpointId"] for endpoint in listed(client, user_arn)] == [second]


@pytest.mark.rule("lists")
def test_list_has_summaries(client, user_arn):
    endpoint_id = register(client, user_arn, Name="phone")

    assert listed(client, user_arn) == [
        {
            "AppInstanceUserArn": user_arn,
            "EndpointId": endpoint_id,
            "Name": "phone",
            "Type": "GCM",
            "AllowMessages": "ALL",
            "EndpointState": {"Status": "ACTIVE"},
        }
    ]


@pytest.mark.rule("lists")
def test_empty_list_is_there(client, user_arn):
    assert listed(client, user_arn) == []


@pytest.mark.rule("updates")
@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"Name": "tablet"}, ("tablet", "ALL")),
        ({"Name": ""}, ("", "ALL")),
        ({"AllowMessages": "NONE"}, ("phone", "NONE")),
        ({"Name": "tablet", "AllowMessages": "NONE"}, ("tablet", "NONE")),
        ({}, ("phone", "ALL")),
    ],
)
def test_update_changes_what_was_sent_only(client, user_arn, sent, expected):
    endpoint_id = register(client, user_arn, Name="phone")

    answer = client.update_app_instance_user_endpoint(
        AppInstanceUserArn=user_arn, EndpointId=endpoint_id, **sent
    )

    del answer["ResponseMetadata"]
    assert answer == {"AppInstanceUserArn": user_arn, "EndpointId": endpoint_id}
    endpoint = describe(client, user_arn, endpoint_id)
    assert (endpoint["Name"], endpoint["AllowMessages"]) == expected


@pytest.mark.rule("admin-endpoint-names")
def test_deregistering_leaves_other_endpoints_alone(client, user_arn):
    kept, gone = register(client, user_arn, "kept"), register(client, user_arn, "gone")

    client.deregister_app_instance_user_endpoint(AppInstanceUserArn=user_arn, EndpointId=gone)

    assert [endpoint["EndpointId"] for endpoint in listed(client, user_arn)] == [kept]


@pytest.mark.rule("missing-forbidden", "gone-forbidden")
@pytest.mark.parametrize("operation", TAKING_AN_ENDPOINT)
def test_deregistered_endpoint_is_forbidden(client, operation):
    world = make_world(client)
    call(client, "DeregisterAppInstanceUserEndpoint", **world)

    assert refusal(client, operation, **world) == "ForbiddenException"


@pytest.mark.rule("missing-forbidden")
@pytest.mark.parametrize("operation", TAKING_AN_ENDPOINT)
def test_missing_endpoint_is_forbidden(client, operation):
    world = make_world(client)

    assert refusal(client, operation, **world | {"EndpointId": "e"}) == "ForbiddenException"


@pytest.mark.rule("missing-forbidden", "admin-endpoint-names")
@pytest.mark.parametrize("operation", TAKING_AN_ENDPOINT)
def test_endpoint_of_another_user_is_forbidden(client, operation):
    world = make_world(client)
    other = make_user(client, world["AppInstanceArn"])

    code = refusal(client, operation, AppInstanceUserArn=other, EndpointId=world["EndpointId"])

    assert code == "ForbiddenException"


# I: boto3 sends it, and the path is then that of the list but for a slash.
@pytest.mark.rule("empty-label")
@pytest.mark.parametrize("operation", TAKING_AN_ENDPOINT)
def test_empty_endpoint_id_is_a_missing_endpoint(client, operation):
    world = make_world(client)

    assert refusal(client, operation, **world | {"EndpointId": ""}) == "ForbiddenException"


# The model asks no form of this one member: what is no ARN at all gets as far as the service.
@pytest.mark.rule("arn-kind")
@pytest.mark.parametrize("user_arn", ["", "nonsense", "arn:aws:chime"])
def test_what_is_no_arn_is_a_bad_request(mock, user_arn):
    answer = send("GET", f"/app-instance-users/{user_arn}/endpoints/e")

    assert (answer.status, answer.error) == (400, "BadRequestException")
