"""What the tests of the service's behaviour share: a small world, and calls made and refused there."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from support import ACCOUNT_ID, LEX_CONFIGURATION, MODEL, OPERATIONS, PINPOINT_APP_ARN, REGION

from chime_identity_mock import current_mock
from chime_identity_mock.clock import Clock

UUID4 = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
SOON = datetime(2031, 5, 6, 7, 8, 9, 123000, tzinfo=timezone.utc)
LATER = datetime(2032, 10, 11, 12, 13, 14, 567000, tzinfo=timezone.utc)

# Each turns an ARN of the tests' account and region into another's.
FOREIGN = [
    pytest.param((ACCOUNT_ID, "210987654321"), id="account"),
    pytest.param((REGION, "eu-central-1"), id="region"),
    pytest.param(("arn:aws:", "arn:aws-cn:"), id="partition"),
]

_REQUIRED = {
    "AppInstanceRetentionSettings": {},
    "AppInstanceUserId": "new",
    "Configuration": LEX_CONFIGURATION,
    "EndpointAttributes": {"DeviceToken": "new"},
    "Metadata": "new",
    "Name": "New",
    "ResourceArn": PINPOINT_APP_ARN,
    "TagKeys": ["new"],
    "Tags": [{"Key": "new", "Value": "new"}],
    "Type": "GCM",
}


def set_time(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr(Clock, "now", lambda clock: moment)


def operations_taking(member: str) -> list[str]:
    """The operations whose input has this member."""
    return [o for o in OPERATIONS if member in MODEL.operation_model(o).input_shape.members]


def call(client: Any, operation_name: str, **members: Any) -> dict[str, Any]:
    """Call an operation with those of the members that it takes, and all else that it requires."""
    shape = MODEL.operation_model(operation_name).input_shape
    required = {name: _REQUIRED[name] for name in shape.required_members if name in _REQUIRED}
    taken = {name: value for name, value in members.items() if name in shape.members}
    return getattr(client, xform_name(operation_name))(**required | taken)


def refusal(client: Any, operation_name: str, **members: Any) -> str:
    """The error that an operation answers; it must leave all that is kept as it is."""
    before = str(current_mock())

    with pytest.raises(ClientError) as caught:
        call(client, operation_name, **members)

    assert str(current_mock()) == before
    code: str = caught.value.response["Error"]["Code"]
    assert type(caught.value) is getattr(client.exceptions, code)
    return code


def register(client: Any, user_arn: str, device: str = "device", **members: Any) -> str:
    """Register an endpoint, and give its id."""
    answer = call(
        client,
        "RegisterAppInstanceUserEndpoint",
        AppInstanceUserArn=user_arn,
        EndpointAttributes={"DeviceToken": device},
        **members,
    )
    return answer["EndpointId"]


def make_bot(client: Any, app_instance_arn: str, **members: Any) -> str:
    """Create a bot, and give its ARN."""
    answer = call(client, "CreateAppInstanceBot", AppInstanceArn=app_instance_arn, **members)
    return answer["AppInstanceBotArn"]


def make_user(client: Any, app_instance_arn: str, user_id: str = "bob", **members: Any) -> str:
    """Create a user, and give its ARN."""
    answer = call(
        client,
        "CreateAppInstanceUser",
        AppInstanceArn=app_instance_arn,
        AppInstanceUserId=user_id,
        **members,
    )
    return answer["AppInstanceUserArn"]


def make_world(client: Any) -> dict[str, str]:
    """One resource of each kind, by the members that name them; the user is the admin."""
    app_instance_arn = client.create_app_instance(Name="chat")["AppInstanceArn"]
    user_arn = make_user(client, app_instance_arn, "ann", Name="Ann")
    client.create_app_instance_admin(AppInstanceArn=app_instance_arn, AppInstanceAdminArn=user_arn)
    return {
        "AppInstanceArn": app_instance_arn,
        "AppInstanceUserArn": user_arn,
        "AppInstanceAdminArn": user_arn,
        "AppInstanceBotArn": make_bot(client, app_instance_arn),
        "EndpointId": register(client, user_arn),
        "ResourceARN": app_instance_arn,
    }
