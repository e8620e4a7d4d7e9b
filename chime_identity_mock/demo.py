"""The life cycle that ``chime-identity-mock demo`` runs, through a real boto3 client."""

from __future__ import annotations

from typing import Any

import boto3

from .mock import mock_chime_identity
from .service import SERVICE_NAME

LEX_BOT_ALIAS_ARN = "arn:aws:lex:us-east-1:123456789012:bot-alias/ABCDEFGHIJ/KLMNOPQRST"
PINPOINT_APP_ARN = "arn:aws:mobiletargeting:us-east-1:123456789012:apps/0123456789abcdef"


def run() -> None:
    """Run the life cycle and print each step, what is there in the end, and its deletion."""
    print("Mocking Amazon Chime SDK Identity: nothing below reaches AWS.\n")
    with mock_chime_identity(region_name="us-east-1") as mock:
        client = boto3.client(SERVICE_NAME)
        instance_arn = _build(client)
        _meet_an_error(client, instance_arn)
        print(f"\nWhat is there now:\n\n{mock}\n")
        _say("delete_app_instance", "with all that belongs to it")
        client.delete_app_instance(AppInstanceArn=instance_arn)
        print(f"\nWhat is there now: {mock}")


def _build(client: Any) -> str:
    _say("create_app_instance", "a chat product")
    instance_arn: str = client.create_app_instance(
        Name="Support chat", Tags=[{"Key": "stage", "Value": "demo"}]
    )["AppInstanceArn"]
    user_arns = {}
    for user_id, name in (("ann", "Ann"), ("bob", "Bob"), ("zoe", "Zoë")):
        _say("create_app_instance_user", name)
        user_arns[user_id] = client.create_app_instance_user(
            AppInstanceArn=instance_arn, AppInstanceUserId=user_id, Name=name
        )["AppInstanceUserArn"]
    _say("create_app_instance_admin", "Ann is promoted")
    client.create_app_instance_admin(
        AppInstanceArn=instance_arn, AppInstanceAdminArn=user_arns["ann"]
    )
    _say("create_app_instance_bot", "a bot that answers for Lex")
    client.create_app_instance_bot(
        AppInstanceArn=instance_arn,
        Name="Helper",
        Configuration={
            "Lex": {
                "LexBotAliasArn": LEX_BOT_ALIAS_ARN,
                "LocaleId": "en_US",
                "RespondsTo": "STANDARD_MESSAGES",
            }
        },
    )
    _say("register_app_instance_user_endpoint", "Bob's phone")
    client.register_app_instance_user_endpoint(
        AppInstanceUserArn=user_arns["bob"],
        Name="Bob's phone",
        Type="GCM",
        ResourceArn=PINPOINT_APP_ARN,
        EndpointAttributes={"DeviceToken": "a-device-token"},
    )
    _say("tag_resource", "Zoë is on trial")
    client.tag_resource(ResourceARN=user_arns["zoe"], Tags=[{"Key": "plan", "Value": "trial"}])
    _say("list_app_instance_users", "in pages of two:")
    for page in _pages(client.list_app_instance_users, AppInstanceArn=instance_arn, MaxResults=2):
        print("    " + ", ".join(user["Name"] for user in page["AppInstanceUsers"]))
    return instance_arn


def _meet_an_error(client: Any, instance_arn: str) -> None:
    _say("create_app_instance_user", "Ann again, by another name:")
    try:
        client.create_app_instance_user(
            AppInstanceArn=instance_arn, AppInstanceUserId="ann", Name="Anna"
        )
    except client.exceptions.ConflictException as error:
        print(f"    {error}")


def _pages(operation: Any, **parameters: Any) -> Any:
    while True:
        page = operation(**parameters)
        yield page
        if "NextToken" not in page:
            return
        parameters["NextToken"] = page["NextToken"]


def _say(operation: str, what: str) -> None:
    print(f"{operation}(): {what}")
