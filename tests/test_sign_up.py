"""A small sign-up module as a user would write it, and its tests as a user would write them.

That creating the same user again succeeds and another name conflicts, programs rely on (S).
"""

from __future__ import annotations

import asyncio

import boto3
import pytest
from botocore.exceptions import ClientError
from support import MISSING_INSTANCE_ARN, PINPOINT_APP_ARN

from chime_identity_mock import mock_chime_identity

# The module: it knows nothing of any mock.


class SignUp:
    """Who may chat."""

    def __init__(self, app_instance_arn, client=None):
        self._app_instance_arn = app_instance_arn
        self._client = client or boto3.client("chime-sdk-identity")

    def sign_in(self, user_id, name):
        """See to it that a user exists and has the name given; the first becomes admin."""
        try:
            user_arn = self._client.create_app_instance_user(
                AppInstanceArn=self._app_instance_arn, AppInstanceUserId=user_id, Name=name
            )["AppInstanceUserArn"]
        except self._client.exceptions.ConflictException:
            user_arn = f"{self._app_instance_arn}/user/{user_id}"
            self._client.update_app_instance_user(
                AppInstanceUserArn=user_arn, Name=name, Metadata=""
            )
        self._promote_if_first(user_arn)
        return user_arn

    def _promote_if_first(self, user_arn):
        admins = self._client.list_app_instance_admins(AppInstanceArn=self._app_instance_arn)
        if not admins["AppInstanceAdmins"]:
            self._client.create_app_instance_admin(
                AppInstanceArn=self._app_instance_arn, AppInstanceAdminArn=user_arn
            )

    def users(self):
        """All users, however many."""
        parameters = {"AppInstanceArn": self._app_instance_arn, "MaxResults": 3}
        while True:
            page = self._client.list_app_instance_users(**parameters)
            yield from page["AppInstanceUsers"]
            if "NextToken" not in page:
                return
            parameters["NextToken"] = page["NextToken"]

    def add_device(self, user_arn, device_token):
        """Register a phone for push notifications; a phone that is known already stays so."""
        try:
            self._client.register_app_instance_user_endpoint(
                AppInstanceUserArn=user_arn,
                Type="GCM",
                ResourceArn=PINPOINT_APP_ARN,
                EndpointAttributes={"DeviceToken": device_token},
            )
        except self._client.exceptions.ConflictException:
            return False
        return True

    async def sign_in_all(self, names_by_id):
        """Sign in many users at once."""
        await asyncio.gather(
            *(asyncio.to_thread(self.sign_in, *item) for item in names_by_id.items())
        )


# Its tests: with fixtures, the decorator, and a coroutine.


@pytest.fixture
def chat_arn(chime_identity_client):
    return chime_identity_client.create_app_instance(Name="chat")["AppInstanceArn"]


@pytest.fixture
def sign_up(chime_identity_client, chat_arn):
    return SignUp(chat_arn, chime_identity_client)


def test_a_new_user_is_created(sign_up, chime_identity_client):
    arn = sign_up.sign_in("ann", "Ann")

    user = chime_identity_client.describe_app_instance_user(AppInstanceUserArn=arn)
    assert user["AppInstanceUser"]["Name"] == "Ann"


@pytest.mark.rule("user-repeat")
def test_signing_in_again_changes_nothing(sign_up):
    arn = sign_up.sign_in("ann", "Ann")

    assert sign_up.sign_in("ann", "Ann") == arn
    assert [user["Name"] for user in sign_up.users()] == ["Ann"]


@pytest.mark.rule("user-conflict")
def test_a_new_name_is_brought_in_at_sign_in(sign_up):
    arn = sign_up.sign_in("ann", "Ann")

    assert sign_up.sign_in("ann", "Anna") == arn
    assert [user["Name"] for user in sign_up.users()] == ["Anna"]


@pytest.mark.rule("user-repeat", "user-conflict")
def test_a_new_name_sticks(sign_up):
    for name in ("Ann", "Anna", "Anna", "Ann"):
        sign_up.sign_in("ann", name)

    assert [user["Name"] for user in sign_up.users()] == ["Ann"]


@pytest.mark.rule("lists")
@pytest.mark.parametrize("count", [0, 1, 3, 4, 7])
def test_all_users_are_listed_in_their_order(sign_up, count):
    names = [f"User {number}" for number in range(count)]
    for number, name in enumerate(names):
        sign_up.sign_in(f"user-{number}", name)

    assert [user["Name"] for user in sign_up.users()] == names


@pytest.mark.rule("admin-shapes")
def test_the_first_user_becomes_admin(sign_up, chime_identity_client, chat_arn):
    first_arn = sign_up.sign_in("ann", "Ann")
    sign_up.sign_in("bob", "Bob")

    admins = chime_identity_client.list_app_instance_admins(AppInstanceArn=chat_arn)
    assert [a["Admin"] for a in admins["AppInstanceAdmins"]] == [{"Arn": first_arn, "Name": "Ann"}]


@pytest.mark.rule("delete-cascades")
def test_when_the_admin_has_left_the_next_becomes_admin(sign_up, chime_identity_client, chat_arn):
    first_arn = sign_up.sign_in("ann", "Ann")
    chime_identity_client.delete_app_instance_user(AppInstanceUserArn=first_arn)

    sign_up.sign_in("bob", "Bob")

    admins = chime_identity_client.list_app_instance_admins(AppInstanceArn=chat_arn)
    assert [a["Admin"]["Name"] for a in admins["AppInstanceAdmins"]] == ["Bob"]


@pytest.mark.rule("device-token-conflict")
def test_a_phone_is_registered_once(sign_up, chime_identity_client):
    arn = sign_up.sign_in("ann", "Ann")

    assert sign_up.add_device(arn, "phone")
    assert not sign_up.add_device(arn, "phone")
    assert sign_up.add_device(arn, "tablet")
    endpoints = chime_identity_client.list_app_instance_user_endpoints(AppInstanceUserArn=arn)
    assert len(endpoints["AppInstanceUserEndpoints"]) == 2


@pytest.mark.rule("missing-forbidden")
def test_a_chat_that_is_gone_is_an_error(chime_identity_client):
    with pytest.raises(ClientError) as caught:
        SignUp(MISSING_INSTANCE_ARN, chime_identity_client).sign_in("ann", "Ann")

    assert caught.value.response["Error"]["Code"] == "ForbiddenException"


@pytest.mark.rule("arn-form")
@pytest.mark.chime_identity_mock(region_name="eu-central-1")
def test_it_works_in_frankfurt():
    client = boto3.client("chime-sdk-identity")
    arn = client.create_app_instance(Name="chat")["AppInstanceArn"]

    assert SignUp(arn).sign_in("ann", "Ann").startswith("arn:aws:chime:eu-central-1:")


@mock_chime_identity
def test_a_sign_up_makes_its_own_client():
    arn = boto3.client("chime-sdk-identity").create_app_instance(Name="chat")["AppInstanceArn"]
    sign_up = SignUp(arn)

    sign_up.sign_in("ann", "Ann")

    assert len(list(sign_up.users())) == 1


def test_many_users_sign_in_at_once():
    names_by_id = {f"user-{number}": f"User {number}" for number in range(10)}

    @mock_chime_identity
    async def sign_in_all():
        client = boto3.client("chime-sdk-identity")
        arn = client.create_app_instance(Name="chat")["AppInstanceArn"]
        sign_up = SignUp(arn, client)
        sign_up.sign_in("ann", "Ann")
        await sign_up.sign_in_all(names_by_id)
        return [user["Name"] for user in sign_up.users()]

    assert sorted(asyncio.run(sign_in_all())) == ["Ann", *sorted(names_by_id.values())]


@mock_chime_identity(region_name="eu-central-1")
class TestSignUp:
    def setup_method(self):
        self.client = boto3.client("chime-sdk-identity")
        arn = self.client.create_app_instance(Name="chat")["AppInstanceArn"]
        self.sign_up = SignUp(arn)

    def test_one_user(self):
        self.sign_up.sign_in("ann", "Ann")

        assert len(list(self.sign_up.users())) == 1

    def test_nobody_is_left_of_another_test(self):
        assert list(self.sign_up.users()) == []
        assert len(self.client.list_app_instances()["AppInstances"]) == 1
