"""Many threads at once, each with a client of its own: nothing is lost, nobody waits for ever."""

from __future__ import annotations

import sys
from collections import Counter
from threading import Thread

import boto3
import pytest
from support import SERVICE, pages

THREADS = 8
CALLS = 1000
SECONDS = 120


@pytest.fixture
def busy_interpreter():
    """Have Python change threads as often as it can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)


def one_round(client, arn, user_id):
    """Ten calls, which leave a user with two tags and a device; of two users one stays."""
    user_arn = f"{arn}/user/{user_id}"
    create = client.create_app_instance_user
    create(AppInstanceArn=arn, AppInstanceUserId=user_id, Name="Ann")
    create(AppInstanceArn=arn, AppInstanceUserId=f"{user_id}-gone", Name="Bob")
    client.update_app_instance_user(AppInstanceUserArn=user_arn, Name=user_id, Metadata="")
    client.tag_resource(ResourceARN=user_arn, Tags=[{"Key": "a", "Value": user_id}])
    client.tag_resource(ResourceARN=user_arn, Tags=[{"Key": "b", "Value": user_id}])
    client.register_app_instance_user_endpoint(
        AppInstanceUserArn=user_arn,
        Type="APNS",
        ResourceArn="arn:aws:mobiletargeting:us-east-1:123456789012:apps/a",
        EndpointAttributes={"DeviceToken": user_id},
    )
    client.describe_app_instance_user(AppInstanceUserArn=user_arn)
    client.list_app_instance_users(AppInstanceArn=arn, MaxResults=5)
    client.list_tags_for_resource(ResourceARN=user_arn)
    client.delete_app_instance_user(AppInstanceUserArn=f"{user_arn}-gone")


def test_nothing_is_lost(mock, client, app_instance_arn, busy_interpreter):
    clients = [boto3.client(SERVICE) for _ in range(THREADS)]
    user_ids = [
        [f"u{thread}-{number}" for number in range(CALLS // 10)] for thread in range(THREADS)
    ]

    def work(thread):
        for user_id in user_ids[thread]:
            one_round(clients[thread], app_instance_arn, user_id)

    threads = [Thread(target=work, args=(thread,), daemon=True) for thread in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert not any(thread.is_alive() for thread in threads), "they wait for each other"

    operations = Counter(call.operation for call in mock.calls)
    assert operations.pop("CreateAppInstance") == 1
    assert operations.total() == THREADS * CALLS
    assert {call.error for call in mock.calls} == {None}
    users = [
        user
        for page in pages(client.list_app_instance_users, AppInstanceArn=app_instance_arn)
        for user in page["AppInstanceUsers"]
    ]
    expected = {user_id for own in user_ids for user_id in own}
    assert len(users) == len(expected)
    assert {user["Name"] for user in users} == expected
    for user in users:
        arn, name = user["AppInstanceUserArn"], user["Name"]
        assert client.list_tags_for_resource(ResourceARN=arn)["Tags"] == [
            {"Key": "a", "Value": name},
            {"Key": "b", "Value": name},
        ]
        (endpoint,) = client.list_app_instance_user_endpoints(AppInstanceUserArn=arn)[
            "AppInstanceUserEndpoints"
        ]
        assert endpoint["AppInstanceUserArn"] == arn
