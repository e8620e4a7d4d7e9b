"""From bodies, queries, headers and labels to arguments (ledger, in part: requests and errors).

I: everything of another type than its member's is a SerializationException. S: what the model
doesn't know is ignored.
"""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest
from botocore.model import DenormalizedStructureBuilder
from support import MISSING_INSTANCE_ARN, MODEL, authorization, send

from chime_identity_mock import BadRequestException, SerializationException
from chime_identity_mock.models import is_arn_of
from chime_identity_mock.wire import Wire
from chime_identity_mock.wire.reading import WrongType, compile_reader, compile_text_reader

WIRE = Wire(MODEL, is_arn_of)


def parse(operation_name, body=b"", *, labels=None, query=None, headers=None):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    operation = WIRE.operation(operation_name)
    return operation.parse(labels or {}, query or {}, headers or {}, content)


def shape_of(type_name, **description):
    """A shape of a type, such as a newer model may have."""
    member = {"type": type_name, "shape_name": "Thing", **description}
    return (
        DenormalizedStructureBuilder()
        .with_members({"Thing": member})
        .build_model()
        .members["Thing"]
    )


LEX = {"LexBotAliasArn": "a", "LocaleId": "en_US"}


@pytest.mark.rule("json-types")
@pytest.mark.parametrize(
    ("operation_name", "body", "path"),
    [
        *(
            ("CreateAppInstance", {"Name": value}, "name")
            for value in (5, 1.5, True, ["a"], {"a": "b"})
        ),
        *(("CreateAppInstance", {"Tags": value}, "tags") for value in ({}, "a", 5, False)),
        ("CreateAppInstance", {"Tags": [5]}, "tags.1.member"),
        ("CreateAppInstance", {"Tags": [None, []]}, "tags.2.member"),
        ("CreateAppInstance", {"Tags": [{"Key": 5}]}, "tags.1.member.key"),
        ("CreateAppInstance", {"Tags": [{}, {"Value": ["a"]}]}, "tags.2.member.value"),
        ("UntagResource", {"TagKeys": ["a", 5]}, "tagKeys.2.member"),
        ("UntagResource", {"ResourceARN": 5}, "resourceARN"),
        *(
            (
                "CreateAppInstanceUser",
                {"ExpirationSettings": {"ExpirationDays": value}},
                "expirationSettings.expirationDays",
            )
            for value in (True, False, 1.5, 1.0, 1e3, "30", "", [], {})
        ),
        *(
            ("CreateAppInstanceBot", {"Configuration": value}, "configuration")
            for value in ([], [LEX], "a", 5)
        ),
        (
            "CreateAppInstanceBot",
            {"Configuration": {"Lex": {**LEX, "LexBotAliasArn": 5}}},
            "configuration.lex.lexBotAliasArn",
        ),
    ],
)
def test_value_of_another_type_is_refused_by_its_path(operation_name, body, path):
    with pytest.raises(SerializationException) as error:
        parse(operation_name, body)

    assert f"'{path}'" in error.value.message


@pytest.mark.rule("json-types")
@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"30.0"])
def test_number_that_is_no_integer_is_refused(number):
    body = b'{"ExpirationSettings": {"ExpirationDays": %s}}' % number

    with pytest.raises(SerializationException):
        parse("CreateAppInstanceUser", body)


BAD_BODIES = {
    "cut off": b'{"Name": "a"',
    "single quotes": b"{'Name': 'a'}",
    "trailing comma": b'{"Name": "a",}',
    "two objects": b"{}{}",
    "form": b"Name=a",
    "xml": b"<Name>a</Name>",
    "blank": b" ",
    "list": b"[]",
    "list of objects": b'[{"Name": "a"}]',
    "string": b'"Name"',
    "number": b"5",
    "true": b"true",
    "null": b"null",
    "NaN": b'{"Unknown": NaN}',
    "nul": b"\0",
    "latin-1": '{"Name": "Zoë"}'.encode("latin-1"),
    "utf-16": '{"Name": "a"}'.encode("utf-16"),
    "utf-16 without mark": '{"Name": "a"}'.encode("utf-16-le"),
    "utf-32": '{"Name": "a"}'.encode("utf-32"),
    "surrogates in bytes": b'{"Name": "\xed\xa0\x80"}',
    "not unicode": b'{"Name": "\xff"}',
    "control character": b'{"Name": "\n"}',
    "deep list": b"[" * 100_000,
    "deep member": b'{"Unknown": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep object": b'{"a":' * 100_000,
    "huge integer": b'{"Unknown": ' + b"9" * 5000 + b"}",
}


@pytest.mark.rule("json-types", "atomic", "error-form")
@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES)
def test_body_that_is_no_json_object_is_refused_and_changes_nothing(mock, body):
    answer = send("POST", "/app-instances", body)

    assert (answer.status, answer.error) == (400, "SerializationException")
    assert answer.body.keys() == {"Message"}
    assert send("GET", "/app-instances").body["AppInstances"] == []


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES)
def test_body_of_an_operation_that_takes_none_is_not_read(body):
    assert parse("DescribeAppInstance", body, labels={"appInstanceArn": "a"}) == {
        "app_instance_arn": "a"
    }


@pytest.mark.parametrize("body", [b"", b"{}"])
def test_empty_body_has_no_members(body):
    assert parse("CreateAppInstance", body) == {}


def test_body_may_be_indented_and_escaped():
    body = b'\n{ "Name" :\r\n\t"Zo\\u00eb \\ud83d\\ude00", "Metadata": "Zo\xc3\xab" }\n'

    assert parse("CreateAppInstance", body) == {"name": "Zoë 😀", "metadata": "Zoë"}


def test_of_a_member_given_twice_the_last_counts():
    assert parse("CreateAppInstance", b'{"Name": "a", "Name": "b"}') == {"name": "b"}


@pytest.mark.rule("null-left-out")
def test_null_means_left_out():
    body = {"Name": None, "Tags": None, "Metadata": "m"}

    assert parse("CreateAppInstance", body) == {"metadata": "m"}


@pytest.mark.rule("null-left-out")
def test_null_in_a_nested_object_means_left_out():
    body = {"Configuration": {"Lex": {**LEX, "RespondsTo": None}}}

    lex = parse("CreateAppInstanceBot", body)["configuration"]["lex"]

    assert lex == {"lex_bot_alias_arn": "a", "locale_id": "en_US"}


@pytest.mark.rule("constraints")
@pytest.mark.parametrize(
    ("operation_name", "body"),
    [
        ("TagResource", {"ResourceARN": MISSING_INSTANCE_ARN, "Tags": [None]}),
        ("UntagResource", {"ResourceARN": MISSING_INSTANCE_ARN, "TagKeys": ["a", None]}),
    ],
)
def test_null_in_a_list_is_a_violation(operation_name, body):
    arguments = parse(operation_name, body)

    with pytest.raises(BadRequestException):
        WIRE.operation(operation_name).validate(arguments)


def test_empty_values_are_not_left_out():
    body = {"Name": "", "Metadata": "", "Tags": []}

    assert parse("CreateAppInstance", body) == {"name": "", "metadata": "", "tags": []}


def test_names_are_in_snake_case_at_every_depth():
    body = {
        "ResourceARN": "a",
        "Tags": [{"Key": "k", "Value": "v"}],
    }

    assert parse("TagResource", body) == {
        "resource_arn": "a",
        "tags": [{"key": "k", "value": "v"}],
    }


def test_nested_names_are_in_snake_case():
    body = {
        "AppInstanceRetentionSettings": {"ChannelRetentionSettings": {"RetentionDays": 7}},
    }

    assert parse("PutAppInstanceRetentionSettings", body) == {
        "app_instance_retention_settings": {"channel_retention_settings": {"retention_days": 7}},
    }


@pytest.mark.rule("unknown-ignored")
@pytest.mark.parametrize(
    "extra",
    [
        {"Unknown": 5},
        {"name": 5},
        {"NAME": [None]},
        {"app_instance_arn": "a"},
        {"Tags": [{"Key": "k", "Value": "v", "Color": {}}]},
    ],
)
def test_members_that_the_model_does_not_know_are_ignored(extra):
    arguments = parse("CreateAppInstance", {"Name": "a", **extra})

    assert arguments.pop("tags", [{"key": "k", "value": "v"}]) == [{"key": "k", "value": "v"}]
    assert arguments == {"name": "a"}


@pytest.mark.rule("unknown-ignored")
def test_member_of_the_path_is_not_taken_from_the_body():
    body = {"AppInstanceArn": 5, "Name": "a"}

    assert parse("UpdateAppInstance", body, labels={"appInstanceArn": "b"}) == {
        "app_instance_arn": "b",
        "name": "a",
    }


@pytest.mark.rule("unknown-ignored")
def test_headers_and_query_names_that_the_model_does_not_know_are_ignored(mock):
    # S: AWS's own sample sends the header of messaging along.
    headers = {"authorization": authorization(), "x-amz-chime-bearer": "a", "max-results": "x"}

    answer = send("GET", "/app-instances?MaxResults=x&x=%FF&=&max-results=5", headers=headers)

    assert answer.status == 200


@pytest.mark.rule("unknown-ignored")
def test_query_members_are_read_by_their_wire_names():
    query = {"app-instance-arn": "a", "max-results": "5", "next-token": "t", "MaxResults": "6"}

    assert parse("ListAppInstanceUsers", query=query) == {
        "app_instance_arn": "a",
        "max_results": 5,
        "next_token": "t",
    }


@pytest.mark.rule("json-types")
@pytest.mark.parametrize(
    "text",
    ["", "five", "1.5", "1e1", " 5", "5 ", "1_0", "0x5", "--5", "٣", "5\n", "true", "9" * 5000],
    ids=lambda text: text[:5],
)
def test_max_results_that_is_no_integer_is_refused(mock, text):
    with pytest.raises(SerializationException) as error:
        parse("ListAppInstances", query={"max-results": text})

    assert "'maxResults'" in error.value.message


@pytest.mark.rule("constraints")
@pytest.mark.parametrize("text", ["0", "-1", "51", "9" * 400], ids=lambda text: text[:5])
def test_max_results_out_of_bounds_is_a_violation_not_a_wrong_type(mock, text):
    assert send("GET", f"/app-instances?max-results={text}").error == "BadRequestException"


@pytest.mark.rule("constraints")
def test_integer_far_out_of_bounds_is_a_violation(client, app_instance_arn):
    body = b'{"AppInstanceRetentionSettings": {"ChannelRetentionSettings": {"RetentionDays": %s}}}'

    answer = send(
        "PUT", f"/app-instances/{app_instance_arn}/retention-settings", body % (b"9" * 400)
    )

    assert (answer.status, answer.error) == (400, "BadRequestException")
    settings = client.get_app_instance_retention_settings(AppInstanceArn=app_instance_arn)
    assert settings["AppInstanceRetentionSettings"] == {}


# Types that the service's model has no members of today.


@pytest.mark.parametrize(
    ("type_name", "value", "expected"),
    [
        ("long", 2**62, 2**62),
        ("float", 1.5, 1.5),
        ("double", 2, 2.0),
        ("boolean", False, False),
        ("boolean", True, True),
    ],
)
def test_scalars_are_read(type_name, value, expected):
    read = compile_reader(shape_of(type_name))(value)

    assert read == expected
    assert type(read) is type(expected)


@pytest.mark.rule("json-types")
@pytest.mark.parametrize(
    ("type_name", "value"),
    [
        ("long", True),
        ("long", 1.0),
        ("float", "1.5"),
        ("float", True),
        ("float", 10**400),
        ("double", 10**400),
        ("double", float("inf")),
        ("boolean", 1),
        ("boolean", "true"),
        ("timestamp", "2026-01-01T00:00:00Z"),
        ("timestamp", True),
        ("timestamp", 1e20),
        ("timestamp", 10**400),
        ("timestamp", float("inf")),
        ("timestamp", -1e15),
    ],
    ids=lambda value: str(value)[:20],
)
def test_scalars_of_another_type_are_refused(type_name, value):
    with pytest.raises(WrongType):
        compile_reader(shape_of(type_name))(value)


@pytest.mark.parametrize(
    ("value", "microsecond"),
    [(1_767_225_600, 0), (1_767_225_600.25, 250_000), (1767225600.123, 123_000)],
)
def test_timestamps_are_epoch_seconds(value, microsecond):
    moment = compile_reader(shape_of("timestamp"))(value)

    assert moment == datetime(2026, 1, 1, microsecond=microsecond, tzinfo=timezone.utc)
    assert moment.utcoffset().total_seconds() == 0


def test_maps_are_read_with_their_keys_as_they_are():
    shape = shape_of(
        "map",
        key={"type": "string"},
        value={"type": "structure", "members": {"InnerName": {"type": "string"}}},
    )

    read = compile_reader(shape)({"SomeKey": {"InnerName": "a"}, "other": None})

    assert read == {"SomeKey": {"inner_name": "a"}}


@pytest.mark.rule("json-types")
@pytest.mark.parametrize("value", [[], "a", 5, {"k": 5}])
def test_maps_of_another_type_are_refused(value):
    shape = shape_of("map", key={"type": "string"}, value={"type": "string"})

    with pytest.raises(WrongType):
        compile_reader(shape)(value)


@pytest.mark.parametrize(
    ("type_name", "text", "expected"),
    [
        ("string", "a", "a"),
        ("integer", "-5", -5),
        ("integer", "+5", 5),
        ("long", "05", 5),
        ("boolean", "true", True),
        ("boolean", "false", False),
    ],
)
def test_texts_are_read(type_name, text, expected):
    assert compile_text_reader(shape_of(type_name))(text) == expected


@pytest.mark.rule("json-types")
@pytest.mark.parametrize("text", ["", "True", "1", "yes"])
def test_text_that_is_no_boolean_is_refused(text):
    with pytest.raises(WrongType):
        compile_text_reader(shape_of("boolean"))(text)


@pytest.mark.parametrize(
    ("compiler", "type_name", "description"),
    [
        (compile_reader, "blob", {}),
        (compile_text_reader, "blob", {}),
        (compile_text_reader, "list", {"member": {"type": "string"}}),
        (compile_text_reader, "timestamp", {}),
    ],
)
def test_type_that_cannot_be_read_is_said_by_name(compiler, type_name, description):
    with pytest.raises(NotImplementedError, match=rf"Thing.*{type_name}"):
        compiler(shape_of(type_name, **description))
