"""AppInstances: creating, reading, changing, deleting (ledger: creating; reading)."""

from __future__ import annotations

import re

import pytest
from support import ACCOUNT_ID, REGION


def test_arn_has_the_documented_form(client):
    arn = client.create_app_instance(Name="chat")["AppInstanceArn"]

    uuid4 = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    assert re.fullmatch(f"arn:aws:chime:{REGION}:{ACCOUNT_ID}:app-instance/{uuid4}", arn)


def test_describe_gives_back_what_was_created(client):
    arn = client.create_app_instance(Name="chat", Metadata="m")["AppInstanceArn"]

    instance = client.describe_app_instance(AppInstanceArn=arn)["AppInstance"]

    created = instance.pop("CreatedTimestamp")
    assert instance.pop("LastUpdatedTimestamp") == created
    assert instance == {"AppInstanceArn": arn, "Name": "chat", "Metadata": "m"}


@pytest.mark.parametrize("count", [0, 1])
def test_list_is_never_absent(client, count):
    for _ in range(count):
        client.create_app_instance(Name="chat")

    assert len(client.list_app_instances()["AppInstances"]) == count
