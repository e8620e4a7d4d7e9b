"""Quotas: how many there can be of each, as AWS documents it (D), and the option that changes it (ledger: quotas)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from support import LEX_CONFIGURATION, MISSING_INSTANCE_ARN, PINPOINT_APP_ARN

from chime_identity_mock import mock_chime_identity
from chime_identity_mock.options import QUOTAS

EXPIRATION = {"ExpirationDays": 1, "ExpirationCriterion": "CREATED_TIMESTAMP"}


def create_user(client: Any, app_instance_arn: str, user_id: str, **changes: Any) -> str:
    parameters = {"AppInstanceUserId": user_id, "Name": user_id, **changes}
    return client.create_app_instance_user(AppInstanceArn=app_instance_arn, **parameters)[
        "AppInstanceUserArn"
    ]


def create_admin(client: Any, app_instance_arn: str, user_id: str, **changes: Any) -> str:
    user_arn = create_user(client, app_instance_arn, user_id, **changes)
    client.create_app_instance_admin(AppInstanceArn=app_instance_arn, AppInstanceAdminArn=user_arn)
    return user_arn


def register(client: Any, user_arn: str, device: str) -> str:
    return client.register_app_instance_user_endpoint(
        AppInstanceUserArn=user_arn,
        Type="GCM",
        ResourceArn=PINPOINT_APP_ARN,
        EndpointAttributes={"DeviceToken": device},
    )["EndpointId"]


class Quota(NamedTuple):
    """A quota, inside a parent that holds none of what it counts."""

    name: str
    create: Callable[[str], str]
    """Makes one, named differently from the others; gives what it is to be deleted by."""
    count: Callable[[], int]
    delete: Callable[[str], object]


@pytest.fixture(params=QUOTAS)
def quota(request: pytest.FixtureRequest, client: Any) -> Quota:
    if request.param == "app_instances_per_account":
        return Quota(
            request.param,
            lambda name: client.create_app_instance(Name=name)["AppInstanceArn"],
            lambda: len(client.list_app_instances(MaxResults=50)["AppInstances"]),
            lambda arn: client.delete_app_instance(AppInstanceArn=arn),
        )
    instance_arn = request.getfixturevalue("app_instance_arn")
    instance = {"AppInstanceArn": instance_arn}
    if request.param == "users_per_app_instance":
        return Quota(
            request.param,
            lambda name: create_user(client, instance_arn, name),
            lambda: len(client.list_app_instance_users(**instance)["AppInstanceUsers"]),
            lambda arn: client.delete_app_instance_user(AppInstanceUserArn=arn),
        )
    if request.param == "admins_per_app_instance":
        return Quota(
            request.param,
            lambda name: create_admin(client, instance_arn, name),
            lambda: len(client.list_app_instance_admins(**instance)["AppInstanceAdmins"]),
            lambda arn: client.delete_app_instance_admin(**instance, AppInstanceAdminArn=arn),
        )
    user_arn = create_user(client, instance_arn, "ann")
    user = {"AppInstanceUserArn": user_arn}
    return Quota(
        request.param,
        lambda name: register(client, user_arn, name),
        lambda: len(client.list_app_instance_user_endpoints(**user)["AppInstanceUserEndpoints"]),
        lambda made: client.deregister_app_instance_user_endpoint(**user, EndpointId=made),
    )


@pytest.mark.rule("quotas")
def test_defaults_are_those_of_aws():
    assert QUOTAS == {
        "app_instances_per_account": 100,
        "users_per_app_instance": 100_000,
        "admins_per_app_instance": 100,
        "endpoints_per_user": 10,
    }


@pytest.mark.rule("quotas")
@pytest.mark.parametrize("quota", QUOTAS.keys() - {"users_per_app_instance"}, indirect=True)
def test_default_holds_where_none_is_given(client, quota):
    for number in range(QUOTAS[quota.name]):
        quota.create(f"n{number}")

    with pytest.raises(client.exceptions.ResourceLimitExceededException):
        quota.create("more")


@pytest.mark.rule("quotas", "error-form")
def test_one_more_than_the_quota_is_refused_and_not_stored(client, quota):
    with mock_chime_identity(quotas={quota.name: 2}):
        quota.create("a1")
        quota.create("a2")

        with pytest.raises(client.exceptions.ResourceLimitExceededException) as raised:
            quota.create("a3")

    response = raised.value.response
    assert response["Error"]["Code"] == "ResourceLimitExceededException"
    assert response["Code"] == "ResourceLimitExceeded"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert quota.count() == 2


@pytest.mark.rule("quotas")
def test_quota_of_0_refuses_the_first(client, quota):
    with (
        mock_chime_identity(quotas={quota.name: 0}),
        pytest.raises(client.exceptions.ResourceLimitExceededException),
    ):
        quota.create("a1")

    assert quota.count() == 0


@pytest.mark.rule("quotas")
def test_deleting_frees_the_quota(quota):
    with mock_chime_identity(quotas={quota.name: 1}):
        quota.delete(quota.create("a1"))

        quota.create("a2")

    assert quota.count() == 1


@pytest.mark.rule("quotas")
def test_quota_below_what_is_there_refuses_more_and_deletes_nothing(client, quota):
    for name in ("a1", "a2", "a3"):
        quota.create(name)

    with (
        mock_chime_identity(quotas={quota.name: 1}),
        pytest.raises(client.exceptions.ResourceLimitExceededException),
    ):
        quota.create("a4")

    assert quota.count() == 3
    quota.create("a5")


@pytest.mark.rule("quotas", "expiration")
def test_expiry_frees_the_quota_of_users(mock, client, app_instance_arn):
    with mock_chime_identity(quotas={"users_per_app_instance": 1}):
        create_user(client, app_instance_arn, "ann", ExpirationSettings=EXPIRATION)
        mock.clock.advance(days=1)

        create_user(client, app_instance_arn, "bob")


@pytest.mark.rule("quotas", "expiration")
def test_expiry_frees_the_quota_of_admins(mock, client, app_instance_arn):
    with mock_chime_identity(quotas={"admins_per_app_instance": 1}):
        create_admin(client, app_instance_arn, "ann", ExpirationSettings=EXPIRATION)
        mock.clock.advance(days=1)

        create_admin(client, app_instance_arn, "bob")


@pytest.mark.rule("quotas", "delete-cascades")
def test_deleting_a_user_frees_the_quota_of_admins(client, app_instance_arn):
    with mock_chime_identity(quotas={"admins_per_app_instance": 1}):
        arn = create_admin(client, app_instance_arn, "ann")
        client.delete_app_instance_user(AppInstanceUserArn=arn)

        create_admin(client, app_instance_arn, "bob")


@pytest.mark.rule("quotas", "apart")
def test_app_instances_are_counted_by_account_and_region(make_client):
    keys = {"aws_access_key_id": "111122223333", "aws_secret_access_key": "s"}
    places = [{}, {"region_name": "eu-central-1"}, keys]
    clients = [make_client(**place) for place in places]

    with mock_chime_identity(quotas={"app_instances_per_account": 1}):
        for client in clients:
            client.create_app_instance(Name="chat")


@pytest.mark.rule("quotas")
@pytest.mark.parametrize("create", [create_user, create_admin])
def test_users_and_admins_are_counted_by_app_instance(client, create):
    arns = [client.create_app_instance(Name="chat")["AppInstanceArn"] for _ in range(2)]

    with mock_chime_identity(quotas={"users_per_app_instance": 1, "admins_per_app_instance": 1}):
        for arn in arns:
            create(client, arn, "ann")


@pytest.mark.rule("quotas")
def test_endpoints_are_counted_by_user(client, app_instance_arn):
    arns = [create_user(client, app_instance_arn, user_id) for user_id in ("ann", "bob")]

    with mock_chime_identity(quotas={"endpoints_per_user": 1}):
        for arn in arns:
            register(client, arn, "device")


@pytest.mark.rule("quotas")
def test_bots_count_as_admins_when_promoted(client, app_instance_arn):
    instance = {"AppInstanceArn": app_instance_arn}
    bot_arn = client.create_app_instance_bot(**instance, Configuration=LEX_CONFIGURATION)[
        "AppInstanceBotArn"
    ]
    with mock_chime_identity(quotas={"admins_per_app_instance": 1}):
        create_admin(client, app_instance_arn, "ann")

        with pytest.raises(client.exceptions.ResourceLimitExceededException):
            client.create_app_instance_admin(**instance, AppInstanceAdminArn=bot_arn)

    assert len(client.list_app_instance_admins(**instance)["AppInstanceAdmins"]) == 1


@pytest.mark.rule("quotas")
def test_bots_have_no_quota(client, app_instance_arn):
    with mock_chime_identity(quotas=dict.fromkeys(QUOTAS, 0)):
        for _ in range(120):
            client.create_app_instance_bot(
                AppInstanceArn=app_instance_arn, Configuration=LEX_CONFIGURATION
            )


# I: a no-op, like the repetition of a token, comes before the quota.
@pytest.mark.rule("check-order")
def test_creating_a_user_again_succeeds_at_a_full_quota(client, app_instance_arn):
    arn = create_user(client, app_instance_arn, "ann")

    with mock_chime_identity(quotas={"users_per_app_instance": 1}):
        assert create_user(client, app_instance_arn, "ann") == arn


@pytest.mark.rule("check-order")
def test_user_conflict_comes_before_the_quota(client, app_instance_arn):
    create_user(client, app_instance_arn, "ann")

    with (
        mock_chime_identity(quotas={"users_per_app_instance": 1}),
        pytest.raises(client.exceptions.ConflictException),
    ):
        create_user(client, app_instance_arn, "ann", Name="other")


@pytest.mark.rule("check-order")
def test_admin_conflict_comes_before_the_quota(client, app_instance_arn):
    arn = create_admin(client, app_instance_arn, "ann")

    with (
        mock_chime_identity(quotas={"admins_per_app_instance": 1}),
        pytest.raises(client.exceptions.ConflictException),
    ):
        client.create_app_instance_admin(AppInstanceArn=app_instance_arn, AppInstanceAdminArn=arn)


@pytest.mark.rule("check-order")
def test_device_conflict_comes_before_the_quota(client, user_arn):
    register(client, user_arn, "device")

    with (
        mock_chime_identity(quotas={"endpoints_per_user": 1}),
        pytest.raises(client.exceptions.ConflictException),
    ):
        register(client, user_arn, "device")


@pytest.mark.rule("check-order")
def test_token_conflict_comes_before_the_quota(client):
    client.create_app_instance(Name="chat", ClientRequestToken="token")

    with (
        mock_chime_identity(quotas={"app_instances_per_account": 1}),
        pytest.raises(client.exceptions.ConflictException),
    ):
        client.create_app_instance(Name="other", ClientRequestToken="token")


@pytest.mark.rule("check-order")
def test_missing_parent_comes_before_the_quota(client):
    missing_user_arn = f"{MISSING_INSTANCE_ARN}/user/ann"
    with mock_chime_identity(quotas=dict.fromkeys(QUOTAS, 0)):
        for create in (
            lambda: create_user(client, MISSING_INSTANCE_ARN, "ann"),
            lambda: client.create_app_instance_admin(
                AppInstanceArn=MISSING_INSTANCE_ARN, AppInstanceAdminArn=missing_user_arn
            ),
            lambda: register(client, missing_user_arn, "device"),
        ):
            with pytest.raises(client.exceptions.ForbiddenException):
                create()


@pytest.mark.rule("check-order")
def test_constraints_come_before_the_quota(client, quota):
    with (
        mock_chime_identity(quotas={quota.name: 0}),
        pytest.raises(client.exceptions.BadRequestException),
    ):
        quota.create("n" * 2000)


@pytest.mark.rule("quotas")
def test_other_quotas_keep_their_defaults(client, app_instance_arn):
    with mock_chime_identity(quotas={"app_instances_per_account": 0}):
        create_admin(client, app_instance_arn, "ann")


@pytest.mark.rule("quotas")
def test_quotas_end_with_their_block(client):
    with mock_chime_identity(quotas={"app_instances_per_account": 0}):
        pass

    client.create_app_instance(Name="chat")


@pytest.mark.rule("quotas")
def test_inner_quotas_lie_over_the_outer(client, app_instance_arn):
    with (
        mock_chime_identity(quotas={"users_per_app_instance": 0, "endpoints_per_user": 0}),
        mock_chime_identity(quotas={"users_per_app_instance": 1}),
    ):
        arn = create_user(client, app_instance_arn, "ann")

        with pytest.raises(client.exceptions.ResourceLimitExceededException):
            register(client, arn, "device")
        with pytest.raises(client.exceptions.ResourceLimitExceededException):
            create_user(client, app_instance_arn, "bob")


@pytest.mark.rule("quotas")
def test_inner_entry_without_quotas_keeps_the_outer(client):
    with (
        mock_chime_identity(quotas={"app_instances_per_account": 0}),
        mock_chime_identity(region_name="eu-central-1"),
        pytest.raises(client.exceptions.ResourceLimitExceededException),
    ):
        client.create_app_instance(Name="chat")


@pytest.mark.rule("quotas")
@pytest.mark.chime_identity_mock(quotas={"app_instances_per_account": 0})
def test_marker_takes_quotas(chime_identity_client):
    with pytest.raises(chime_identity_client.exceptions.ResourceLimitExceededException):
        chime_identity_client.create_app_instance(Name="chat")


@pytest.mark.rule("quotas")
def test_quotas_given_are_not_changed_by_changing_the_dict_later(client):
    quotas = {"app_instances_per_account": 0}
    with mock_chime_identity(quotas=quotas):
        quotas["app_instances_per_account"] = 5

        with (
            mock_chime_identity(),
            pytest.raises(client.exceptions.ResourceLimitExceededException),
        ):
            client.create_app_instance(Name="chat")


@pytest.mark.rule("quotas")
@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("users", "did you mean 'users_per_app_instance'"),
        ("admins_per_appinstance", "did you mean 'admins_per_app_instance'"),
        ("endpoints", "did you mean 'endpoints_per_user'"),
        ("app_instances", "did you mean 'app_instances_per_account'"),
        (5, "There are app_instances_per_account"),
    ],
)
def test_unknown_quota_is_refused_and_the_nearest_named(name, nearest):
    with pytest.raises(ValueError, match=nearest) as raised:
        mock_chime_identity(quotas={name: 5})

    assert repr(name) in str(raised.value)


@pytest.mark.rule("quotas")
@pytest.mark.parametrize("value", [-1, 1.5, True, "5", None], ids=repr)
def test_quota_that_is_no_count_is_refused(value):
    with pytest.raises(ValueError, match="quotas takes"):
        mock_chime_identity(quotas={"users_per_app_instance": value})


@pytest.mark.rule("quotas")
@pytest.mark.parametrize("value", [5, None, ["users_per_app_instance"], "users"], ids=repr)
def test_quotas_that_are_no_dict_are_refused(value):
    with pytest.raises(ValueError, match="quotas takes"):
        mock_chime_identity(quotas=value)
