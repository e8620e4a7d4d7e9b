"""Tags of AppInstances, users and bots (ledger: tags).

Merging, order, the limit and the refusals rest on evidence I.
"""

from __future__ import annotations

import pytest
from behaviour import FOREIGN, call, make_bot, make_user, make_world, operations_taking, refusal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import CHANNEL_ARN, MISSING_INSTANCE_ARN

TAG_OPERATIONS = operations_taking("ResourceARN")
TAGGABLE = ["AppInstanceArn", "AppInstanceUserArn", "AppInstanceBotArn"]
KEYS = st.sampled_from(["a", "b", "c", "d"])


def tags_of(**values):
    return [{"Key": key, "Value": value} for key, value in values.items()]


def numbered(start, stop):
    return [{"Key": f"k{number}", "Value": "v"} for number in range(start, stop)]


def tags(client, arn):
    return client.list_tags_for_resource(ResourceARN=arn)["Tags"]


@pytest.mark.rule("tags")
@pytest.mark.parametrize("kind", TAGGABLE)
def test_resource_can_be_tagged_and_untagged(client, kind):
    world = make_world(client)
    arn = world[kind]

    client.tag_resource(ResourceARN=arn, Tags=tags_of(a="1", b="2"))
    client.untag_resource(ResourceARN=arn, TagKeys=["a"])

    assert tags(client, arn) == tags_of(b="2")
    assert [tags(client, world[other]) for other in TAGGABLE if other != kind] == [[], []]


def created_instance(client, **members):
    return call(client, "CreateAppInstance", **members)["AppInstanceArn"]


def created_user(client, **members):
    return make_user(client, created_instance(client), **members)


def created_bot(client, **members):
    return make_bot(client, created_instance(client), **members)


@pytest.mark.rule("tags", "tags-merge")
@pytest.mark.parametrize("create", [created_instance, created_user, created_bot])
def test_create_takes_tags(client, create):
    arn = create(client, Tags=tags_of(b="2", a="1"))

    assert tags(client, arn) == tags_of(b="2", a="1")


@pytest.mark.rule("tags-merge")
@pytest.mark.parametrize("create", [created_instance, created_user, created_bot])
def test_create_without_tags_makes_an_empty_list(client, create):
    assert tags(client, create(client)) == []


@pytest.mark.rule("tags-limits")
@pytest.mark.parametrize(
    "wrong",
    [
        [{"Key": "aws:x", "Value": "v"}],
        [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}],
        [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "1"}],
    ],
)
@pytest.mark.parametrize(
    "operation",
    ["CreateAppInstance", "CreateAppInstanceBot", "CreateAppInstanceUser", "TagResource"],
)
def test_reserved_or_double_key_is_a_bad_request(client, operation, wrong):
    world = make_world(client)

    assert refusal(client, operation, **world, Tags=wrong) == "BadRequestException"
    assert [tags(client, world[kind]) for kind in TAGGABLE] == [[], [], []]


@pytest.mark.rule("tags-limits", "atomic")
def test_reserved_key_next_to_good_ones_stores_none(client, app_instance_arn):
    code = refusal(
        client,
        "TagResource",
        ResourceARN=app_instance_arn,
        Tags=[{"Key": "good", "Value": "v"}, {"Key": "aws:x", "Value": "v"}],
    )

    assert code == "BadRequestException"
    assert tags(client, app_instance_arn) == []


@pytest.mark.rule("tags-limits", "atomic")
@pytest.mark.parametrize("keys", [["aws:x"], ["a", "aws:"], ["a", "a"]])
def test_reserved_or_double_key_can_not_be_untagged(client, app_instance_arn, keys):
    client.tag_resource(ResourceARN=app_instance_arn, Tags=tags_of(a="1"))

    code = refusal(client, "UntagResource", ResourceARN=app_instance_arn, TagKeys=keys)

    assert code == "BadRequestException"
    assert tags(client, app_instance_arn) == tags_of(a="1")


@pytest.mark.rule("tags-limits")
@pytest.mark.parametrize("key", ["aws", "xaws:", "a:b", "ünïcode"])
def test_key_that_only_looks_reserved_is_taken(client, app_instance_arn, key):
    client.tag_resource(ResourceARN=app_instance_arn, Tags=tags_of(**{key: "v"}))

    assert tags(client, app_instance_arn) == tags_of(**{key: "v"})


@pytest.mark.rule("tags-merge")
def test_keys_differ_by_case(client, app_instance_arn):
    client.tag_resource(ResourceARN=app_instance_arn, Tags=tags_of(a="1", A="2"))

    client.untag_resource(ResourceARN=app_instance_arn, TagKeys=["a"])

    assert tags(client, app_instance_arn) == tags_of(A="2")


@pytest.mark.rule("tags-merge")
def test_tagging_overwrites_by_key_in_its_place(client, app_instance_arn):
    client.tag_resource(ResourceARN=app_instance_arn, Tags=tags_of(b="1", a="2"))

    client.tag_resource(ResourceARN=app_instance_arn, Tags=tags_of(c="3", b="4"))

    assert tags(client, app_instance_arn) == tags_of(b="4", a="2", c="3")


@pytest.mark.rule("tags-merge")
def test_key_that_was_untagged_comes_back_last(client, app_instance_arn):
    client.tag_resource(ResourceARN=app_instance_arn, Tags=tags_of(b="1", a="2"))
    client.untag_resource(ResourceARN=app_instance_arn, TagKeys=["b"])

    client.tag_resource(ResourceARN=app_instance_arn, Tags=tags_of(b="1"))

    assert tags(client, app_instance_arn) == tags_of(a="2", b="1")


@pytest.mark.rule("tags-merge")
def test_untagging_ignores_keys_that_are_not_there(client, app_instance_arn):
    client.tag_resource(ResourceARN=app_instance_arn, Tags=tags_of(a="1"))

    client.untag_resource(ResourceARN=app_instance_arn, TagKeys=["a", "b"])

    assert tags(client, app_instance_arn) == []


@pytest.mark.rule("tags-limits")
def test_fifty_tags_are_taken(client, app_instance_arn):
    client.tag_resource(ResourceARN=app_instance_arn, Tags=numbered(0, 50))

    assert tags(client, app_instance_arn) == numbered(0, 50)


@pytest.mark.rule("tags-limits", "atomic")
@pytest.mark.parametrize("kind", TAGGABLE)
def test_more_than_fifty_tags_exceed_the_limit_and_store_none(client, kind):
    arn = make_world(client)[kind]
    client.tag_resource(ResourceARN=arn, Tags=numbered(0, 49))

    code = refusal(client, "TagResource", ResourceARN=arn, Tags=numbered(48, 51))

    assert code == "ResourceLimitExceededException"
    assert tags(client, arn) == numbered(0, 49)


@pytest.mark.rule("tags-limits")
def test_full_resource_takes_other_values_of_its_keys(client, app_instance_arn):
    client.tag_resource(ResourceARN=app_instance_arn, Tags=numbered(0, 50))

    client.tag_resource(ResourceARN=app_instance_arn, Tags=tags_of(k7="new"))

    assert len(tags(client, app_instance_arn)) == 50
    assert tags(client, app_instance_arn)[7] == {"Key": "k7", "Value": "new"}


@pytest.mark.rule("tags-limits")
def test_untagging_makes_room(client, app_instance_arn):
    client.tag_resource(ResourceARN=app_instance_arn, Tags=numbered(0, 50))
    client.untag_resource(ResourceARN=app_instance_arn, TagKeys=["k0"])

    client.tag_resource(ResourceARN=app_instance_arn, Tags=tags_of(new="v"))

    assert tags(client, app_instance_arn) == numbered(1, 50) + tags_of(new="v")


# The model lets one request hold 50, so 51 break a constraint before they meet the limit.
@pytest.mark.rule("tags-limits")
@pytest.mark.parametrize(
    "operation",
    ["CreateAppInstance", "CreateAppInstanceBot", "CreateAppInstanceUser", "TagResource"],
)
def test_more_than_fifty_tags_in_a_request_are_a_bad_request(client, operation):
    world = make_world(client)

    assert refusal(client, operation, **world, Tags=numbered(0, 51)) == "BadRequestException"


# D
@pytest.mark.rule("tags")
@pytest.mark.parametrize("kind", ["AppInstance", "AppInstanceUser", "AppInstanceBot"])
def test_describe_and_list_never_have_tags(client, kind):
    world = make_world(client)
    client.tag_resource(ResourceARN=world[f"{kind}Arn"], Tags=tags_of(a="1"))

    described = call(client, f"Describe{kind}", **world)[kind]
    listed = call(client, f"List{kind}s", **world)[f"{kind}s"]

    assert "Tags" not in described
    assert all("Tags" not in summary for summary in listed)


@pytest.mark.rule("missing-forbidden")
@pytest.mark.parametrize("operation", TAG_OPERATIONS)
@pytest.mark.parametrize("ending", ["/user/nobody", "/bot/b"])
def test_missing_user_or_bot_is_forbidden(client, operation, ending):
    arn = make_world(client)["AppInstanceArn"] + ending

    assert refusal(client, operation, ResourceARN=arn) == "ForbiddenException"


@pytest.mark.rule("missing-forbidden")
@pytest.mark.parametrize("operation", TAG_OPERATIONS)
@pytest.mark.parametrize("ending", ["", "/user/ann", "/bot/b"])
def test_missing_instance_is_forbidden(client, operation, ending):
    code = refusal(client, operation, ResourceARN=MISSING_INSTANCE_ARN + ending)

    assert code == "ForbiddenException"


@pytest.mark.rule("arn-foreign")
@pytest.mark.parametrize("swap", FOREIGN)
@pytest.mark.parametrize("kind", TAGGABLE)
@pytest.mark.parametrize("operation", TAG_OPERATIONS)
def test_resource_of_another_account_is_forbidden(client, operation, kind, swap):
    arn = make_world(client)[kind]

    assert refusal(client, operation, ResourceARN=arn.replace(*swap)) == "ForbiddenException"


@pytest.mark.rule("arn-kind")
@pytest.mark.parametrize("operation", TAG_OPERATIONS)
@pytest.mark.parametrize(
    "arn", [CHANNEL_ARN, f"{MISSING_INSTANCE_ARN}/user", "arn:aws:s3:::bucket"]
)
def test_what_can_have_no_tags_is_a_bad_request(client, operation, arn):
    assert refusal(client, operation, ResourceARN=arn) == "BadRequestException"


@pytest.mark.rule("tags-limits", "check-order")
@pytest.mark.parametrize(
    ("operation", "wrong"),
    [
        ("CreateAppInstanceBot", {"Tags": [{"Key": "aws:x", "Value": "v"}]}),
        ("CreateAppInstanceUser", {"Tags": [{"Key": "aws:x", "Value": "v"}]}),
        ("TagResource", {"Tags": [{"Key": "aws:x", "Value": "v"}]}),
        ("UntagResource", {"TagKeys": ["aws:x"]}),
    ],
)
def test_reserved_key_comes_before_a_missing_resource(client, operation, wrong):
    missing = {"AppInstanceArn": MISSING_INSTANCE_ARN, "ResourceARN": MISSING_INSTANCE_ARN}

    assert refusal(client, operation, **missing, **wrong) == "BadRequestException"


# Both are BadRequestExceptions, so that only the text tells which came first.
@pytest.mark.rule("tags-limits", "check-order")
@pytest.mark.parametrize(
    ("operation", "wrong"),
    [
        ("CreateAppInstance", {"Tags": [{"Key": "aws:x", "Value": "v" * 257}]}),
        ("CreateAppInstanceBot", {"Tags": [{"Key": "aws:x", "Value": "v" * 257}]}),
        ("CreateAppInstanceUser", {"Tags": [{"Key": "aws:x", "Value": "v" * 257}]}),
        ("TagResource", {"Tags": [{"Key": "a", "Value": "v"}, {"Key": "a", "Value": "v" * 257}]}),
        ("UntagResource", {"TagKeys": ["aws:x", "k" * 129]}),
    ],
)
def test_constraints_come_before_reserved_and_double_keys(client, operation, wrong):
    world = make_world(client)

    with pytest.raises(client.exceptions.BadRequestException) as caught:
        call(client, operation, **world, **wrong)

    text = caught.value.response["Error"]["Message"]
    assert text.startswith("1 validation error detected: Value at 'tag")


@pytest.mark.rule("tags-merge")
@settings(
    max_examples=30,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    steps=st.lists(
        st.one_of(
            st.dictionaries(KEYS, st.sampled_from(["1", "2"]), min_size=1),
            st.lists(KEYS, min_size=1, unique=True),
        ),
        max_size=6,
    )
)
def test_tags_are_those_of_a_plain_dict(client, steps):
    arn = created_instance(client)
    expected = {}

    for step in steps:
        if isinstance(step, dict):
            client.tag_resource(ResourceARN=arn, Tags=tags_of(**step))
            expected.update(step)
        else:
            client.untag_resource(ResourceARN=arn, TagKeys=step)
            for key in step:
                expected.pop(key, None)

    assert tags(client, arn) == tags_of(**expected)
