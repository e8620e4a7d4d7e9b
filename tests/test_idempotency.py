"""Repeated creations: ClientRequestTokens, and users, who are told apart by their id alone (ledger: creating).

That a token is scoped, never expires and goes with its resource is inferred (I), as is the conflict (declared by the model, I);
that a repetition answers as the first request did, also at the same time, is what AWS's own samples rely on (S).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from time import sleep
from typing import Any

import pytest
from support import LEX_CONFIGURATION, MISSING_INSTANCE_ARN, PINPOINT_APP_ARN

from chime_identity_mock import mock_chime_identity
from chime_identity_mock.clock import clock

THREADS = 40
TAGS = [{"Key": "k", "Value": "v"}]
OTHER_CONFIGURATION = {"Lex": {**LEX_CONFIGURATION["Lex"], "LocaleId": "de_DE"}}
CREATIONS = [
    "create_app_instance",
    "create_app_instance_bot",
    "register_app_instance_user_endpoint",
]


class Creation:
    """One of the operations that heed ClientRequestToken, inside a parent that doesn't change."""

    def __init__(self, client: Any, operation: str, parent: dict[str, str]) -> None:
        self.client, self.operation, self.parent = client, operation, parent
        self.noun = operation.partition("_")[2]
        self.parameters: dict[str, Any] = {"Name": "first", "ClientRequestToken": "token"}
        if operation == "register_app_instance_user_endpoint":
            self.parameters |= {
                "Type": "GCM",
                "ResourceArn": PINPOINT_APP_ARN,
                "EndpointAttributes": {"DeviceToken": "device"},
                "AllowMessages": "NONE",
            }
        else:
            self.parameters |= {"Metadata": "m", "Tags": TAGS}
        if operation == "create_app_instance_bot":
            self.parameters["Configuration"] = LEX_CONFIGURATION

    @property
    def id_member(self) -> str:
        return {
            "app_instance": "AppInstanceArn",
            "app_instance_bot": "AppInstanceBotArn",
            "app_instance_user_endpoint": "EndpointId",
        }[self.noun]

    @property
    def is_endpoint(self) -> bool:
        return self.id_member == "EndpointId"

    def send(self, **changes: Any) -> str:
        """Send the request; gives what names the resource that it is answered with.

        :param changes: parameters that are not the usual; ``None`` leaves one out
        """
        parameters = {**self.parent, **self.parameters, **changes}
        given = {name: value for name, value in parameters.items() if value is not None}
        answer = getattr(self.client, self.operation)(**given)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
        return answer[self.id_member]

    def send_another(self) -> str:
        """Send a request, with a token of its own, that makes another resource."""
        changes: dict[str, Any] = {"ClientRequestToken": "other"}
        if self.is_endpoint:
            changes["EndpointAttributes"] = {"DeviceToken": "other"}
        return self.send(**changes)

    def named(self, made: str) -> dict[str, str]:
        """The parameters that name a resource made."""
        own = {self.id_member: made}
        return {**self.parent, **own} if self.is_endpoint else own

    def all(self) -> list[str]:
        answer = getattr(self.client, f"list_{self.noun}s")(**self.parent)
        members = next(value for value in answer.values() if isinstance(value, list))
        return [member[self.id_member] for member in members]

    def describe(self, made: str) -> dict[str, Any]:
        answer = getattr(self.client, f"describe_{self.noun}")(**self.named(made))
        return {name: value for name, value in answer.items() if name != "ResponseMetadata"}

    def update(self, made: str, name: str) -> None:
        changes = {"Name": name} if self.is_endpoint else {"Name": name, "Metadata": ""}
        getattr(self.client, f"update_{self.noun}")(**self.named(made), **changes)

    def delete(self, made: str) -> None:
        verb = "deregister" if self.is_endpoint else "delete"
        getattr(self.client, f"{verb}_{self.noun}")(**self.named(made))


def create_user(client: Any, app_instance_arn: str, user_id: str = "ann", **changes: Any) -> str:
    parameters = {"AppInstanceUserId": user_id, "Name": "Ann", **changes}
    return client.create_app_instance_user(AppInstanceArn=app_instance_arn, **parameters)[
        "AppInstanceUserArn"
    ]


@pytest.fixture(params=CREATIONS)
def creation(request: pytest.FixtureRequest, client: Any) -> Creation:
    parents = {
        "create_app_instance": None,
        "create_app_instance_bot": ("AppInstanceArn", "app_instance_arn"),
        "register_app_instance_user_endpoint": ("AppInstanceUserArn", "user_arn"),
    }
    parent = parents[request.param]
    named = {parent[0]: request.getfixturevalue(parent[1])} if parent else {}
    return Creation(client, request.param, named)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., list[Any]]]:
    """Call a function in 40 threads that start together, with their numbers; gives the results.

    Creations look at the clock in their midst: there each gives way to the others, and none comes.
    """
    looking: list[object] = []
    counts = set()

    class SlowClock:
        def now(self) -> datetime:
            looking.append(self)
            counts.add(len(looking))
            sleep(0.01)
            looking.pop()
            return clock.now()

    monkeypatch.setattr("chime_identity_mock.backend.clock", SlowClock())
    switch_interval = sys.getswitchinterval()
    barrier = Barrier(THREADS)

    def call(function: Callable[[int], Any]) -> list[Any]:
        def wait_and_call(number: int) -> Any:
            barrier.wait()
            return function(number)

        with ThreadPoolExecutor(THREADS) as executor:
            results = list(executor.map(wait_and_call, range(THREADS)))
        assert counts == {1}
        return results

    sys.setswitchinterval(1e-6)
    yield call
    sys.setswitchinterval(switch_interval)


@pytest.mark.rule("token-replay", "check-order")
def test_same_token_and_parameters_make_one_resource(creation):
    first = creation.send()

    second = creation.send()

    assert second == first
    assert creation.all() == [first]


@pytest.mark.rule("token-replay")
def test_repetition_changes_nothing(mock, creation):
    made = creation.send()
    before = creation.describe(made)
    mock.clock.advance(hours=1)

    creation.send()

    assert creation.describe(made) == before


@pytest.mark.rule("token-replay")
def test_other_token_makes_another_resource(creation):
    first = creation.send()

    second = creation.send_another()

    assert creation.all() == [first, second]


@pytest.mark.rule("token-conflict")
@pytest.mark.parametrize(
    ("creation", "member", "value"),
    [
        ("create_app_instance", "Name", "other"),
        ("create_app_instance", "Metadata", "other"),
        ("create_app_instance", "Metadata", ""),
        ("create_app_instance", "Metadata", None),
        ("create_app_instance", "Tags", [{"Key": "k", "Value": "other"}]),
        ("create_app_instance", "Tags", None),
        ("create_app_instance_bot", "Name", "other"),
        ("create_app_instance_bot", "Name", None),
        ("create_app_instance_bot", "Metadata", "other"),
        ("create_app_instance_bot", "Metadata", None),
        ("create_app_instance_bot", "Tags", [{"Key": "other", "Value": "v"}]),
        ("create_app_instance_bot", "Tags", None),
        ("create_app_instance_bot", "Configuration", OTHER_CONFIGURATION),
        ("register_app_instance_user_endpoint", "Name", "other"),
        ("register_app_instance_user_endpoint", "Name", None),
        ("register_app_instance_user_endpoint", "Type", "APNS"),
        ("register_app_instance_user_endpoint", "ResourceArn", f"{PINPOINT_APP_ARN}f"),
        ("register_app_instance_user_endpoint", "AllowMessages", "ALL"),
        ("register_app_instance_user_endpoint", "AllowMessages", None),
        (
            "register_app_instance_user_endpoint",
            "EndpointAttributes",
            {"DeviceToken": "device", "VoipDeviceToken": "voip"},
        ),
        ("register_app_instance_user_endpoint", "EndpointAttributes", {"DeviceToken": "other"}),
    ],
    indirect=["creation"],
)
def test_same_token_with_another_parameter_is_a_conflict(client, creation, member, value):
    made = creation.send()
    before = creation.all(), creation.describe(made)

    with pytest.raises(client.exceptions.ConflictException) as raised:
        creation.send(**{member: value})

    assert raised.value.response["Error"]["Code"] == "ConflictException"
    assert raised.value.response["Code"] == "Conflict"
    assert (creation.all(), creation.describe(made)) == before


@pytest.mark.rule("token-conflict")
@pytest.mark.parametrize(("first", "second"), [(None, "ALL"), ("ALL", None)])
def test_default_left_out_and_given_are_different_requests(client, user_arn, first, second):
    creation = Creation(
        client, "register_app_instance_user_endpoint", {"AppInstanceUserArn": user_arn}
    )
    made = creation.send(AllowMessages=first)

    with pytest.raises(client.exceptions.ConflictException):
        creation.send(AllowMessages=second)

    assert creation.send(AllowMessages=first) == made
    assert creation.describe(made)["AppInstanceUserEndpoint"]["AllowMessages"] == "ALL"


@pytest.mark.rule("token-conflict", "atomic")
def test_after_a_conflict_the_token_still_names_the_first_request(client, creation):
    made = creation.send()
    with pytest.raises(client.exceptions.ConflictException):
        creation.send(Name="other")

    assert creation.send() == made


@pytest.mark.rule("token-replay", "token-conflict")
def test_repetition_is_held_against_the_request_not_the_updated_resource(client, creation):
    made = creation.send()
    creation.update(made, name="updated")

    repeated = creation.send()

    assert repeated == made
    assert "updated" in str(creation.describe(made))
    with pytest.raises(client.exceptions.ConflictException):
        creation.send(Name="updated")


@pytest.mark.rule("token-replay")
def test_repetition_does_not_bring_deleted_tags_back(client):
    first = client.create_app_instance(Name="a", Tags=TAGS, ClientRequestToken="token")
    client.untag_resource(ResourceARN=first["AppInstanceArn"], TagKeys=["k"])

    client.create_app_instance(Name="a", Tags=TAGS, ClientRequestToken="token")

    tags = client.list_tags_for_resource(ResourceARN=first["AppInstanceArn"])["Tags"]
    assert tags == []


@pytest.mark.rule("token-replay")
def test_repetition_answers_after_a_bot_has_another_configuration(client, app_instance_arn):
    creation = Creation(client, "create_app_instance_bot", {"AppInstanceArn": app_instance_arn})
    made = creation.send()
    client.update_app_instance_bot(
        AppInstanceBotArn=made, Name="n", Metadata="m", Configuration=OTHER_CONFIGURATION
    )

    assert creation.send() == made


@pytest.mark.rule("token-scope")
@pytest.mark.parametrize("name", ["first", "other"])
def test_token_is_forgotten_with_the_resource_that_it_made(creation, name):
    first = creation.send()
    creation.delete(first)

    second = creation.send(Name=name)

    assert second != first
    assert creation.all() == [second]
    assert creation.send(Name=name) == second


@pytest.mark.rule("token-scope")
def test_token_is_kept_when_another_resource_is_deleted(creation):
    made = creation.send()

    creation.delete(creation.send_another())

    assert creation.send() == made


@pytest.mark.rule("token-scope")
def test_token_is_forgotten_with_the_parent_of_the_resource(client, app_instance_arn, user_arn):
    creation = Creation(
        client, "register_app_instance_user_endpoint", {"AppInstanceUserArn": user_arn}
    )
    first = creation.send()
    client.delete_app_instance_user(AppInstanceUserArn=user_arn)
    create_user(client, app_instance_arn)

    second = creation.send(Name="other")

    assert second != first
    assert creation.all() == [second]


@pytest.mark.rule("token-scope")
def test_token_is_forgotten_with_an_expired_user(mock, client, app_instance_arn):
    expiration = {"ExpirationDays": 1, "ExpirationCriterion": "CREATED_TIMESTAMP"}
    user_arn = create_user(client, app_instance_arn, ExpirationSettings=expiration)
    creation = Creation(
        client, "register_app_instance_user_endpoint", {"AppInstanceUserArn": user_arn}
    )
    first = creation.send()
    mock.clock.advance(days=1)
    create_user(client, app_instance_arn)

    assert creation.send() != first


@pytest.mark.rule("token-scope")
def test_token_is_forgotten_by_reset(mock, client):
    creation = Creation(client, "create_app_instance", {})
    first = creation.send()

    mock.reset()

    assert creation.send(Name="other") != first


@pytest.mark.rule("token-scope")
def test_tokens_do_not_expire(mock, creation):
    made = creation.send()

    mock.clock.advance(days=366)

    assert creation.send() == made
    assert creation.all() == [made]


@pytest.mark.rule("token-replay", "check-order")
@pytest.mark.parametrize(
    ("creation", "quota"),
    [
        ("create_app_instance", "app_instances_per_account"),
        ("register_app_instance_user_endpoint", "endpoints_per_user"),
    ],
    indirect=["creation"],
)
def test_repetition_succeeds_at_a_full_quota(creation, quota):
    made = creation.send()

    with mock_chime_identity(quotas={quota: 1}):
        repeated = creation.send()

    assert repeated == made


@pytest.mark.rule("atomic")
def test_request_that_failed_leaves_its_token_unused(client, creation):
    with pytest.raises(client.exceptions.BadRequestException):
        creation.send(Name="n" * 2000)

    made = creation.send()
    assert creation.all() == [made]


@pytest.mark.rule("atomic")
def test_request_over_quota_leaves_its_token_unused(client):
    creation = Creation(client, "create_app_instance", {})
    with (
        mock_chime_identity(quotas={"app_instances_per_account": 0}),
        pytest.raises(client.exceptions.ResourceLimitExceededException),
    ):
        creation.send()

    made = creation.send(Name="other")
    assert creation.all() == [made]


@pytest.mark.rule("check-order")
@pytest.mark.parametrize("creation", CREATIONS[1:], indirect=True)
def test_known_token_does_not_help_where_the_parent_is_gone(client, app_instance_arn, creation):
    creation.send()
    client.delete_app_instance(AppInstanceArn=app_instance_arn)

    with pytest.raises(client.exceptions.ForbiddenException):
        creation.send()


@pytest.mark.rule("token-scope", "apart")
def test_token_is_of_one_account(make_client):
    clients = [
        make_client(aws_access_key_id=account_id, aws_secret_access_key="s")
        for account_id in ("111122223333", "444455556666")
    ]

    first, second = (Creation(client, "create_app_instance", {}) for client in clients)

    made = [first.send(), second.send(Name="other")]
    assert made == [*first.all(), *second.all()]


@pytest.mark.rule("token-scope", "apart")
def test_token_is_of_one_region(make_client):
    regions = [make_client(region_name=name) for name in ("us-east-1", "eu-central-1")]

    first, second = (Creation(client, "create_app_instance", {}) for client in regions)

    made = [first.send(), second.send(Name="other")]
    assert made == [*first.all(), *second.all()]


@pytest.mark.rule("token-scope")
def test_token_is_of_one_app_instance(client):
    arns = [client.create_app_instance(Name="chat")["AppInstanceArn"] for _ in range(2)]

    first, second = (
        Creation(client, "create_app_instance_bot", {"AppInstanceArn": arn}) for arn in arns
    )

    made = [first.send(), second.send(Name="other")]
    assert made == [*first.all(), *second.all()]


@pytest.mark.rule("token-scope")
def test_token_is_of_one_user(client, app_instance_arn):
    arns = [create_user(client, app_instance_arn, user_id) for user_id in ("ann", "bob")]

    first, second = (
        Creation(client, "register_app_instance_user_endpoint", {"AppInstanceUserArn": arn})
        for arn in arns
    )

    made = [first.send(), second.send(Name="other")]
    assert made == [*first.all(), *second.all()]


@pytest.mark.rule("token-scope")
def test_token_is_of_one_operation(client, app_instance_arn, user_arn):
    creations = [
        Creation(client, operation, parent)
        for operation, parent in [
            ("create_app_instance", {}),
            ("create_app_instance_bot", {"AppInstanceArn": app_instance_arn}),
            ("register_app_instance_user_endpoint", {"AppInstanceUserArn": user_arn}),
        ]
    ]

    made = [creation.send() for creation in creations]
    create_user(client, app_instance_arn, "bob", ClientRequestToken="token")

    assert [creation.all()[-1] for creation in creations] == made


@pytest.mark.rule("device-token-conflict")
def test_new_token_does_not_register_a_device_twice(client, user_arn):
    creation = Creation(
        client, "register_app_instance_user_endpoint", {"AppInstanceUserArn": user_arn}
    )
    made = creation.send(ClientRequestToken="token-1")

    with pytest.raises(client.exceptions.ConflictException):
        creation.send(ClientRequestToken="token-2")

    assert creation.all() == [made]


# S: two sign-ups in one minute work, although AWS's sample makes its token of hour and minute.
@pytest.mark.rule("user-repeat")
def test_users_are_told_apart_by_their_ids_not_by_the_token(client, app_instance_arn):
    arns = [
        create_user(client, app_instance_arn, user_id, Name=user_id, ClientRequestToken="1230")
        for user_id in ("ann", "bob")
    ]

    users = client.list_app_instance_users(AppInstanceArn=app_instance_arn)["AppInstanceUsers"]
    assert [user["AppInstanceUserArn"] for user in users] == arns


# S: AWS's sample creates the user at every sign-in.
@pytest.mark.rule("user-repeat")
@pytest.mark.parametrize("token", ["token", "other"])
def test_creating_a_user_again_is_answered_with_the_same_user(client, app_instance_arn, token):
    first = create_user(client, app_instance_arn, Metadata="m", ClientRequestToken="token")

    second = create_user(client, app_instance_arn, Metadata="m", ClientRequestToken=token)

    assert second == first
    users = client.list_app_instance_users(AppInstanceArn=app_instance_arn)["AppInstanceUsers"]
    assert len(users) == 1


@pytest.mark.rule("user-conflict")
@pytest.mark.parametrize("token", ["token", "other"])
@pytest.mark.parametrize(
    "changes", [{"Name": "Other"}, {"Metadata": "other"}, {"Metadata": ""}], ids=str
)
def test_creating_a_user_with_other_data_is_a_conflict(client, app_instance_arn, changes, token):
    arn = create_user(client, app_instance_arn, ClientRequestToken="token")
    before = client.describe_app_instance_user(AppInstanceUserArn=arn)["AppInstanceUser"]

    with pytest.raises(client.exceptions.ConflictException):
        create_user(client, app_instance_arn, **changes, ClientRequestToken=token)

    user = client.describe_app_instance_user(AppInstanceUserArn=arn)["AppInstanceUser"]
    assert user == before


@pytest.mark.rule("user-repeat", "user-conflict")
def test_creating_a_user_again_is_held_against_the_updated_user(client, app_instance_arn):
    arn = create_user(client, app_instance_arn, ClientRequestToken="token")
    client.update_app_instance_user(AppInstanceUserArn=arn, Name="Anna", Metadata="m")

    repeated = create_user(client, app_instance_arn, Name="Anna", Metadata="m")

    assert repeated == arn
    with pytest.raises(client.exceptions.ConflictException):
        create_user(client, app_instance_arn, ClientRequestToken="token")


@pytest.mark.rule("user-repeat")
def test_tags_and_expiration_of_a_repeated_user_are_ignored(mock, client, app_instance_arn):
    arn = create_user(client, app_instance_arn)
    before = client.describe_app_instance_user(AppInstanceUserArn=arn)["AppInstanceUser"]
    mock.clock.advance(hours=1)

    create_user(
        client,
        app_instance_arn,
        Tags=TAGS,
        ExpirationSettings={"ExpirationDays": 1, "ExpirationCriterion": "CREATED_TIMESTAMP"},
    )

    user = client.describe_app_instance_user(AppInstanceUserArn=arn)["AppInstanceUser"]
    assert user == before
    assert client.list_tags_for_resource(ResourceARN=arn)["Tags"] == []


@pytest.mark.rule("constraints")
def test_token_of_a_user_is_checked_for_its_form(client, app_instance_arn):
    with pytest.raises(client.exceptions.BadRequestException):
        create_user(client, app_instance_arn, ClientRequestToken="a b")

    users = client.list_app_instance_users(AppInstanceArn=app_instance_arn)["AppInstanceUsers"]
    assert users == []


@pytest.mark.rule("missing-forbidden")
def test_user_of_a_missing_app_instance_is_refused_with_a_known_token(client, app_instance_arn):
    create_user(client, app_instance_arn, ClientRequestToken="token")

    with pytest.raises(client.exceptions.ForbiddenException):
        create_user(client, MISSING_INSTANCE_ARN, ClientRequestToken="token")


@pytest.mark.rule("token-replay", "atomic")
def test_one_token_sent_at_once_makes_one_resource(creation, at_once):
    made = at_once(lambda _: creation.send())

    assert len(made) == THREADS
    assert set(made) == set(creation.all())
    assert len(creation.all()) == 1


@pytest.mark.rule("user-repeat", "atomic")
def test_one_user_created_at_once_is_one_user(client, app_instance_arn, at_once):
    made = at_once(lambda _: create_user(client, app_instance_arn))

    users = client.list_app_instance_users(AppInstanceArn=app_instance_arn)["AppInstanceUsers"]
    assert [user["AppInstanceUserArn"] for user in users] == list(set(made))


@pytest.mark.rule("atomic")
def test_users_created_at_once_are_all_there(client, app_instance_arn, at_once):
    made = at_once(lambda number: create_user(client, app_instance_arn, f"user-{number}"))

    users = client.list_app_instance_users(AppInstanceArn=app_instance_arn)["AppInstanceUsers"]
    assert len(users) == THREADS
    assert {user["AppInstanceUserArn"] for user in users} == set(made)
