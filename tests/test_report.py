"""The tree that ``print(mock)`` shows.

What it shows of a thing is pinned, and where; the words around it are not.
"""

from __future__ import annotations

import boto3
import pytest
from support import ACCOUNT_ID, LEX_CONFIGURATION, PINPOINT_APP_ARN, SERVICE

from chime_identity_mock import mock_chime_identity


def lines_with(mock, text):
    return [line for line in str(mock).splitlines() if text in line]


def line_with(mock, text):
    (line,) = lines_with(mock, text)
    return line


def depth(line):
    """How far in the text of a line starts."""
    return len(line) - len(line.lstrip(" │├└─"))


@pytest.fixture
def create_user(client, app_instance_arn):
    def create(user_id, **parameters):
        parameters = {"Name": user_id.title(), **parameters}
        return client.create_app_instance_user(
            AppInstanceArn=app_instance_arn, AppInstanceUserId=user_id, **parameters
        )["AppInstanceUserArn"]

    return create


@pytest.fixture
def bot_arn(client, app_instance_arn):
    return client.create_app_instance_bot(
        AppInstanceArn=app_instance_arn, Name="Helper", Configuration=LEX_CONFIGURATION
    )["AppInstanceBotArn"]


@pytest.fixture
def register(client, user_arn):
    def register(**parameters):
        parameters = {"Type": "GCM", "ResourceArn": PINPOINT_APP_ARN, **parameters}
        return client.register_app_instance_user_endpoint(
            AppInstanceUserArn=user_arn,
            EndpointAttributes={"DeviceToken": "secret-device", "VoipDeviceToken": "secret-voip"},
            **parameters,
        )["EndpointId"]

    return register


@pytest.mark.parametrize("count", [0, 1])
def test_without_app_instances_it_says_so_in_one_line(mock, client, count):
    for _ in range(count):
        arn = client.create_app_instance(Name="chat")["AppInstanceArn"]
        client.delete_app_instance(AppInstanceArn=arn)

    assert str(mock).strip()
    assert len(str(mock).splitlines()) == 1
    assert ACCOUNT_ID not in str(mock)


def test_an_app_instance_stands_under_its_account_and_region(mock, app_instance_arn):
    root, instance = str(mock).splitlines()

    assert ACCOUNT_ID in root
    assert "us-east-1" in root
    assert app_instance_arn in instance
    assert '"chat"' in instance
    assert depth(root) < depth(instance)


def test_every_account_and_region_has_its_part(mock, make_client):
    for region_name in ("us-east-1", "eu-central-1"):
        for account_id in ("111122223333", "444455556666"):
            make_client(
                region_name=region_name,
                aws_access_key_id=account_id,
                aws_secret_access_key="testing",
            ).create_app_instance(Name=f"{account_id} {region_name}")

    lines = str(mock).splitlines()

    assert len(lines) == 8
    for root, instance in zip(lines[::2], lines[1::2], strict=True):
        account_id, region_name = instance.partition('"')[2].partition('"')[0].split()
        assert account_id in root
        assert region_name in root


def test_an_account_and_region_with_nothing_in_it_is_left_out(mock, client, make_client):
    make_client(region_name="eu-central-1").list_app_instances()
    client.create_app_instance(Name="chat")

    assert "eu-central-1" not in str(mock)


def test_users_stand_under_their_app_instance_in_order_of_creation(mock, client, create_user):
    for user_id in ("zoe", "ann", "us-east-1:b.o_b@x"):
        create_user(user_id)
    other_arn = client.create_app_instance(Name="other")["AppInstanceArn"]
    client.create_app_instance_user(
        AppInstanceArn=other_arn, AppInstanceUserId="max", Name="Maxine"
    )

    lines = str(mock).splitlines()

    places = [
        next(place for place, line in enumerate(lines) if text in line)
        for text in ('"chat"', "zoe", "ann", "us-east-1:b.o_b@x", '"other"', "max")
    ]
    assert places == [1, 2, 3, 4, 5, 6]
    instances, users = {depth(lines[i]) for i in (1, 5)}, {depth(lines[i]) for i in (2, 3, 4, 6)}
    assert len(instances) == len(users) == 1
    assert max(instances) < min(users)


def test_a_user_is_shown_by_id_and_name(mock, create_user):
    create_user("ann", Name="Ann Å.")

    assert 'ann, "Ann Å."' in line_with(mock, "user ann")


def test_a_bot_is_shown_by_id_and_name(mock, bot_arn):
    line = line_with(mock, bot_arn.rpartition("/")[2])

    assert "bot" in line
    assert '"Helper"' in line


def test_a_bot_without_a_name_is_shown_without_one(mock, client, app_instance_arn):
    arn = client.create_app_instance_bot(
        AppInstanceArn=app_instance_arn, Configuration=LEX_CONFIGURATION
    )["AppInstanceBotArn"]

    line = line_with(mock, arn.rpartition("/")[2])
    assert '"' not in line
    assert "None" not in line


def test_admins_are_marked(mock, client, app_instance_arn, create_user, bot_arn):
    user_arn = create_user("ann")
    create_user("bob")
    assert not lines_with(mock, "admin")

    for admin_arn in (user_arn, bot_arn):
        client.create_app_instance_admin(
            AppInstanceArn=app_instance_arn, AppInstanceAdminArn=admin_arn
        )

    assert "admin" in line_with(mock, "user ann")
    assert "admin" in line_with(mock, '"Helper"')
    assert "admin" not in line_with(mock, "user bob")


def test_an_endpoint_stands_under_its_user(mock, create_user, register):
    endpoint_id = register(Name="Ann's phone", AllowMessages="NONE")
    create_user("bob")

    user, endpoint, another_user = str(mock).splitlines()[-3:]

    assert "user ann" in user
    assert "user bob" in another_user
    assert depth(user) < depth(endpoint)
    for text in (endpoint_id, '"Ann\'s phone"', "GCM", "ACTIVE", "NONE"):
        assert text in endpoint


def test_an_inactive_endpoint_is_shown_with_its_reason(mock, register):
    register(ResourceArn=f"arn:aws:sns:us-east-1:{ACCOUNT_ID}:topic")

    assert "INACTIVE INVALID_PINPOINT_ARN" in line_with(mock, "endpoint")


def test_device_tokens_are_never_shown(mock, register):
    register()

    assert "***" in line_with(mock, "endpoint")
    assert "secret" not in str(mock)


def test_of_metadata_only_the_length_is_shown(mock, client, create_user):
    client.create_app_instance(Name="with metadata", Metadata="secret" * 2)
    create_user("bob", Metadata="secret" * 3)
    client.create_app_instance_bot(
        AppInstanceArn=client.list_app_instances()["AppInstances"][0]["AppInstanceArn"],
        Name="Helper",
        Metadata="secret" * 4,
        Configuration=LEX_CONFIGURATION,
    )

    assert "metadata of 12" in line_with(mock, '"with metadata"')
    assert "metadata of 18" in line_with(mock, "user bob")
    assert "metadata of 24" in line_with(mock, '"Helper"')
    assert "secret" not in str(mock)


@pytest.mark.parametrize("parameters", [{}, {"Metadata": ""}])
def test_without_metadata_none_is_shown(mock, create_user, parameters):
    create_user("bob", **parameters)

    assert not lines_with(mock, "metadata")


def test_tags_are_counted(mock, client, app_instance_arn, user_arn, bot_arn):
    assert not lines_with(mock, "tag")

    for count, arn in enumerate((app_instance_arn, user_arn, bot_arn), 2):
        client.tag_resource(
            ResourceARN=arn, Tags=[{"Key": f"{n}", "Value": "secret"} for n in range(count)]
        )

    assert "2 tags" in line_with(mock, '"chat"')
    assert "3 tags" in line_with(mock, "user ann")
    assert "4 tags" in line_with(mock, '"Helper"')
    assert "secret" not in str(mock)


def test_retention_is_shown_while_it_is_on(mock, client, app_instance_arn):
    def put(settings):
        client.put_app_instance_retention_settings(
            AppInstanceArn=app_instance_arn, AppInstanceRetentionSettings=settings
        )

    put({"ChannelRetentionSettings": {"RetentionDays": 365}})
    assert "retention 365 days" in line_with(mock, '"chat"')

    put({"ChannelRetentionSettings": {}})
    assert "retention" not in str(mock)


def test_expiration_is_shown_while_it_is_set(mock, client, create_user):
    expiration = {"ExpirationDays": 30, "ExpirationCriterion": "CREATED_TIMESTAMP"}
    arn = create_user("bob", ExpirationSettings=expiration)
    assert "30 days" in line_with(mock, "user bob")

    client.put_app_instance_user_expiration_settings(AppInstanceUserArn=arn)
    assert "days" not in str(mock)


def test_present_names_are_shown(mock, client, user_arn):
    client.update_app_instance_user(AppInstanceUserArn=user_arn, Name="Anna", Metadata="")

    assert '"Anna"' in line_with(mock, "user ann")


def test_what_was_deleted_is_not_shown(mock, client, user_arn, create_user):
    create_user("bob")

    client.delete_app_instance_user(AppInstanceUserArn=user_arn)

    assert not lines_with(mock, "user ann")
    assert lines_with(mock, "user bob")


# The names of instances and bots may hold line ends: the model's pattern takes them.
@pytest.mark.parametrize("line_end", ["\n", "\r", "\r\n", "\x85"])
def test_a_name_with_a_line_end_keeps_to_its_line(mock, client, line_end):
    client.create_app_instance(Name=f"first{line_end}second")

    assert len(str(mock).splitlines()) == 2
    assert "first" in line_with(mock, "second")


def test_branches_are_drawn_to_the_last_child_only(mock, client, create_user, bot_arn, register):
    register()
    create_user("bob")

    tree = [line[: depth(line)] for line in str(mock).splitlines()]

    assert tree == ["", "└─ ", "   ├─ ", "   │  └─ ", "   ├─ ", "   └─ "]


def test_a_part_of_the_tree_is_no_part_of_another_mock():
    with mock_chime_identity():
        boto3.client(SERVICE).create_app_instance(Name="chat")
    with mock_chime_identity() as mock:
        assert "chat" not in str(mock)
