"""What a model asks of an input, and the texts for what breaks it (ledger, in part: requests and errors).

The form of the texts was seen on sibling services. I: what the models' patterns mean.
"""

from __future__ import annotations

import pytest
from botocore.model import ShapeResolver
from support import LEX_CONFIGURATION, MISSING_INSTANCE_ARN, MODEL, send

from chime_identity_mock import BadRequestException
from chime_identity_mock.models import is_arn_of
from chime_identity_mock.wire import Wire
from chime_identity_mock.wire.constraints import compile_check, python_pattern, violations_text

WIRE = Wire(MODEL, is_arn_of)
ARN = MISSING_INSTANCE_ARN
ARN_PATTERN = MODEL.shape_for("ChimeArn").metadata["pattern"]
TOKEN = {"client_request_token": "a-token"}


def broken(shape, value, path="x", lengths=None):
    """The violations of a value."""
    violations = []
    compile_check(shape, lengths or {})(value, path, violations)
    return violations


def shape_of(type_name, **others):
    """A shape that the service's model has not."""
    shapes = {"Thing": {"type": type_name, **others.pop("constraints", {})}, **others}
    return ShapeResolver(shapes).get_shape_by_name("Thing")


def text_of(operation_name, arguments):
    """The text of the answer to arguments that violate constraints."""
    with pytest.raises(BadRequestException) as error:
        WIRE.operation(operation_name).validate(arguments)
    return error.value.message


def at(path, text):
    return f"Value at '{path}' failed to satisfy constraint: Member must {text}"


def null_at(path):
    return f"Value null at '{path}' failed to satisfy constraint: Member must not be null"


@pytest.mark.rule("constraint-text")
def test_text_of_one_violation():
    text = text_of("CreateAppInstance", {"name": "n" * 257, **TOKEN})

    assert text == (
        "1 validation error detected: Value at 'name' failed to satisfy constraint: "
        "Member must have length less than or equal to 256"
    )


@pytest.mark.rule("constraint-text")
def test_text_of_several_violations_in_the_models_order():
    text = text_of("CreateAppInstance", {"metadata": "m" * 1025, "client_request_token": "!"})

    assert text == (
        "4 validation errors detected: "
        "Value null at 'name' failed to satisfy constraint: Member must not be null; "
        "Value at 'metadata' failed to satisfy constraint: "
        "Member must have length less than or equal to 1024; "
        "Value at 'clientRequestToken' failed to satisfy constraint: "
        "Member must have length greater than or equal to 2; "
        "Value at 'clientRequestToken' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: [-_a-zA-Z0-9]*"
    )


@pytest.mark.rule("constraint-text")
def test_order_is_the_models_not_the_requests():
    arguments = {"client_request_token": "", "name": ""}

    text = text_of("CreateAppInstance", arguments)

    assert text == violations_text(
        [
            at("name", "have length greater than or equal to 1"),
            at("clientRequestToken", "have length greater than or equal to 2"),
        ]
    )


LEX = {"lex_bot_alias_arn": LEX_CONFIGURATION["Lex"]["LexBotAliasArn"], "locale_id": "en_US"}
LEX_PATTERN = MODEL.shape_for("LexBotAliasArn").metadata["pattern"]
NAME_PATTERN = MODEL.shape_for("NonEmptyResourceName").metadata["pattern"]
BOT = {"app_instance_arn": ARN, **TOKEN}
USER = {"app_instance_arn": ARN, "app_instance_user_id": "ann", "name": "Ann", **TOKEN}
ENDPOINT = {
    "app_instance_user_arn": f"{ARN}/user/ann",
    "type": "GCM",
    "resource_arn": ARN,
    "endpoint_attributes": {"device_token": "t"},
    **TOKEN,
}


def retention(days):
    return {
        "app_instance_arn": ARN,
        "app_instance_retention_settings": {"channel_retention_settings": {"retention_days": days}},
    }


RETENTION_PATH = "appInstanceRetentionSettings.channelRetentionSettings.retentionDays"


@pytest.mark.rule("constraints", "constraint-text")
@pytest.mark.parametrize(
    ("operation_name", "arguments", "violations"),
    [
        ("DescribeAppInstance", {}, [null_at("appInstanceArn")]),
        (
            "DescribeAppInstance",
            {"app_instance_arn": ""},
            [
                at("appInstanceArn", "have length greater than or equal to 5"),
                at("appInstanceArn", f"satisfy regular expression pattern: {ARN_PATTERN}"),
            ],
        ),
        (
            "ListAppInstances",
            {"max_results": 51},
            [at("maxResults", "have value less than or equal to 50")],
        ),
        (
            "ListAppInstances",
            {"max_results": 0, "next_token": "t" * 2049},
            [
                at("maxResults", "have value greater than or equal to 1"),
                at("nextToken", "have length less than or equal to 2048"),
            ],
        ),
        ("ListTagsForResource", {}, [null_at("resourceARN")]),
        (
            "TagResource",
            {"resource_arn": ARN, "tags": [{"key": "", "value": "v" * 257}]},
            [
                at("tags.1.member.key", "have length greater than or equal to 1"),
                at("tags.1.member.value", "have length less than or equal to 256"),
            ],
        ),
        (
            "TagResource",
            {"resource_arn": ARN, "tags": [{"key": "k", "value": "v"}, {}, None]},
            [
                null_at("tags.2.member.key"),
                null_at("tags.2.member.value"),
                null_at("tags.3.member"),
            ],
        ),
        ("TagResource", {}, [null_at("resourceARN"), null_at("tags")]),
        (
            "TagResource",
            {"resource_arn": ARN, "tags": []},
            [at("tags", "have length greater than or equal to 1")],
        ),
        (
            "UntagResource",
            {"resource_arn": ARN, "tag_keys": [""] + ["k"] * 50},
            [
                at("tagKeys", "have length less than or equal to 50"),
                at("tagKeys.1.member", "have length greater than or equal to 1"),
            ],
        ),
        (
            "CreateAppInstanceBot",
            {**BOT, "configuration": {}},
            [null_at("configuration.lex")],
        ),
        (
            "CreateAppInstanceBot",
            {**BOT, "configuration": {"lex": {}}},
            [null_at("configuration.lex.lexBotAliasArn"), null_at("configuration.lex.localeId")],
        ),
        (
            "CreateAppInstanceBot",
            {**BOT, "configuration": {"lex": {**LEX, "lex_bot_alias_arn": "arn"}}},
            [
                at(
                    "configuration.lex.lexBotAliasArn",
                    "have length greater than or equal to 15",
                ),
                at(
                    "configuration.lex.lexBotAliasArn",
                    f"satisfy regular expression pattern: {LEX_PATTERN}",
                ),
            ],
        ),
        (
            "CreateAppInstanceBot",
            {**BOT, "configuration": {"lex": {**LEX, "responds_to": "ALL_MESSAGES"}}},
            [at("configuration.lex.respondsTo", "satisfy enum value set: [STANDARD_MESSAGES]")],
        ),
        (
            "CreateAppInstanceBot",
            {
                **BOT,
                "configuration": {"lex": {**LEX, "invoked_by": {"standard_messages": "SOME"}}},
            },
            [
                at(
                    "configuration.lex.invokedBy.standardMessages",
                    "satisfy enum value set: [AUTO, ALL, MENTIONS, NONE]",
                ),
                null_at("configuration.lex.invokedBy.targetedMessages"),
            ],
        ),
        (
            "RegisterAppInstanceUserEndpoint",
            {**ENDPOINT, "type": "gcm", "endpoint_attributes": {}, "allow_messages": ""},
            [
                at("type", "satisfy enum value set: [APNS, APNS_SANDBOX, GCM]"),
                null_at("endpointAttributes.deviceToken"),
                at("allowMessages", "satisfy enum value set: [ALL, NONE]"),
            ],
        ),
        (
            "PutAppInstanceRetentionSettings",
            retention(5476),
            [at(RETENTION_PATH, "have value less than or equal to 5475")],
        ),
        (
            "PutAppInstanceRetentionSettings",
            retention(0),
            [at(RETENTION_PATH, "have value greater than or equal to 1")],
        ),
        (
            "CreateAppInstanceUser",
            {**USER, "name": " ", "expiration_settings": {"expiration_days": -1}},
            [
                at("name", "satisfy regular expression pattern: .*\\S.*"),
                at("expirationSettings.expirationDays", "have value greater than or equal to 1"),
                null_at("expirationSettings.expirationCriterion"),
            ],
        ),
    ],
)
def test_all_violations_are_told_in_one_text(operation_name, arguments, violations):
    assert text_of(operation_name, arguments) == violations_text(violations)


@pytest.mark.rule("constraints", "lengths")
@pytest.mark.parametrize(
    ("operation_name", "arguments"),
    [
        ("ListAppInstances", {}),
        ("ListAppInstances", {"max_results": 1, "next_token": ""}),
        ("ListAppInstances", {"max_results": 50}),
        ("CreateAppInstance", {"name": "n", "client_request_token": "ab"}),
        ("CreateAppInstance", {"name": "n" * 256, "metadata": "", **TOKEN}),
        ("CreateAppInstance", {"name": "😀" * 256, "metadata": "m" * 1024, **TOKEN}),
        ("CreateAppInstance", {"name": "n", "client_request_token": "t" * 64}),
        ("CreateAppInstance", {"name": "n", "tags": [{"key": "k", "value": "v"}] * 50, **TOKEN}),
        ("UntagResource", {"resource_arn": ARN, "tag_keys": ["k" * 128] * 50}),
        ("PutAppInstanceRetentionSettings", retention(1)),
        ("PutAppInstanceRetentionSettings", retention(5475)),
        (
            "PutAppInstanceRetentionSettings",
            {**retention(1), "app_instance_retention_settings": {}},
        ),
        ("CreateAppInstanceBot", {**BOT, "configuration": {"lex": LEX}}),
        ("CreateAppInstanceUser", {**USER, "app_instance_user_id": "u" * 64, "name": "n" * 100}),
        ("RegisterAppInstanceUserEndpoint", {**ENDPOINT, "name": "n" * 1600}),
        ("DescribeAppInstanceUserEndpoint", {"app_instance_user_arn": "", "endpoint_id": ""}),
    ],
)
def test_values_at_their_bounds_pass(operation_name, arguments):
    WIRE.operation(operation_name).validate(arguments)


@pytest.mark.rule("constraints")
@pytest.mark.parametrize(
    ("shape_name", "minimum", "maximum"),
    [
        (name, shape.metadata["min"], shape.metadata["max"])
        for name in MODEL.shape_names
        for shape in [MODEL.shape_for(name)]
        if shape.type_name in ("string", "integer") and "max" in shape.metadata
    ],
)
def test_bounds_hold_at_and_beyond(shape_name, minimum, maximum):
    shape = MODEL.shape_for(shape_name)

    def bounds_broken(measure):
        value = "a" * measure if shape.type_name == "string" else measure
        return [text for text in broken(shape, value) if "than or equal to" in text]

    measured = "length" if shape.type_name == "string" else "value"
    assert bounds_broken(minimum) == bounds_broken(maximum) == []
    assert bounds_broken(maximum + 1) == [
        at("x", f"have {measured} less than or equal to {maximum}")
    ]
    assert minimum == 0 or bounds_broken(minimum - 1) == [
        at("x", f"have {measured} greater than or equal to {minimum}")
    ]


# U+0085 stands in the pattern of names; an emoji is beyond U+FFFF.
@pytest.mark.rule("constraint-patterns")
@pytest.mark.parametrize(
    "name", ["n", "\t\n\r ~", "\x85", "\xa0", "é", "\ud7ff", "\ue000", "\ufffd", "😀", "\U0010ffff"]
)
@pytest.mark.parametrize("shape_name", ["ResourceName", "NonEmptyResourceName"])
def test_names_may_hold_what_their_pattern_lists(shape_name, name):
    assert broken(MODEL.shape_for(shape_name), name) == []


@pytest.mark.rule("constraint-patterns")
@pytest.mark.parametrize(
    "name",
    ["\0", "\x08", "\x0b", "\x1f", "\x7f", "\x84", "\x86", "\x9f", "\uffff", "n\0"],
)
@pytest.mark.parametrize("shape_name", ["ResourceName", "NonEmptyResourceName"])
def test_names_may_hold_nothing_else(shape_name, name):
    assert broken(MODEL.shape_for(shape_name), name) == [
        at("x", f"satisfy regular expression pattern: {NAME_PATTERN}")
    ]


LINE_ENDS = ["\n", "\r", "\r\n", "\x85", "\u2028", "\u2029"]


@pytest.mark.rule("constraint-patterns")
@pytest.mark.parametrize("line_end", LINE_ENDS)
@pytest.mark.parametrize("text", ["{}", "a{}", "{}a", "a{}b"])
@pytest.mark.parametrize("shape_name", ["Metadata", "NextToken", "String64"])
def test_dot_matches_no_line_end(shape_name, text, line_end):
    violations = broken(MODEL.shape_for(shape_name), text.format(line_end))

    assert len(violations) == 1
    assert "regular expression pattern" in violations[0]


@pytest.mark.rule("constraint-patterns")
@pytest.mark.parametrize("text", ["\t", "\x0b\x0c\x1c\x1d\x1e", "\0", "é", "😀", "\x7f"])
def test_dot_matches_all_else(text):
    assert broken(MODEL.shape_for("Metadata"), text) == []


@pytest.mark.rule("constraint-patterns")
def test_indented_json_is_no_metadata():
    text = text_of("CreateAppInstance", {"name": "n", "metadata": '{\n  "k": "v"\n}', **TOKEN})

    assert text == violations_text([at("metadata", "satisfy regular expression pattern: .*")])


@pytest.mark.rule("constraint-patterns")
@pytest.mark.parametrize(
    ("shape_name", "value"),
    [
        ("UserId", "a"),
        ("UserId", "us-east-1:a.b_c@d-e"),
        ("UserId", "5"),
        ("UserName", "n"),
        ("UserName", "  n  "),
        ("UserName", "é"),
        ("ChimeArn", ARN),
        ("ChimeArn", "arn:a::::b"),
        ("ChimeArn", "arn:a.b-c::::\n"),
        ("ClientRequestToken", "-_"),
        ("LexBotAliasArn", LEX["lex_bot_alias_arn"]),
        ("LexIntentName", "a_b_C"),
        ("LexIntentName", "a_"),
    ],
)
def test_values_of_their_pattern_pass(shape_name, value):
    assert broken(MODEL.shape_for(shape_name), value) == []


@pytest.mark.rule("constraint-patterns")
@pytest.mark.parametrize(
    ("shape_name", "value"),
    [
        ("UserId", ":a"),
        ("UserId", "a."),
        ("UserId", "a b"),
        ("UserId", "a/b"),
        ("UserId", "é"),
        ("UserId", "a\n"),
        ("UserId", "٣"),
        ("UserName", "   "),
        ("UserName", "\t"),
        ("UserName", "a\n"),
        ("UserName", "\ra"),
        ("ChimeArn", f"x{ARN}"),
        ("ChimeArn", f"{ARN}\n"),
        ("ChimeArn", ARN.upper()),
        ("ChimeArn", "arn:a:::/b"),
        ("ChimeArn", "arn:a::::/b"),
        ("ChimeArn", "arn:a::::b" + "c" * 1024),
        ("ClientRequestToken", "a b"),
        ("ClientRequestToken", "ab\n"),
        ("LexBotAliasArn", LEX["lex_bot_alias_arn"].replace("123456789012", "٣٣٣٣٣٣٣٣٣٣٣٣")),
        ("LexIntentName", "_a"),
        ("LexIntentName", "a__b"),
        ("LexIntentName", "a1"),
        ("LexIntentName", "ab\n"),
    ],
)
def test_the_whole_value_is_to_match_its_pattern(shape_name, value):
    pattern = MODEL.shape_for(shape_name).metadata["pattern"]

    assert broken(MODEL.shape_for(shape_name), value) == [
        at("x", f"satisfy regular expression pattern: {pattern}")
    ]


@pytest.mark.rule("constraint-patterns")
@pytest.mark.parametrize(
    ("pattern", "matching", "others"),
    [
        (r"a\.b", ["a.b"], ["axb"]),
        (r"[.]", ["."], ["x"]),
        (r"[\].]", [".", "]"], ["x", "\\"]),
        (r"\\.", ["\\x"], ["\\\n", "."]),
        (r"[^/]", ["\n", "x"], ["/"]),
        (r"\u0041", ["A"], ["u0041"]),
        (r"\u1F600", ["😀"], ["\u1f60" + "0"]),
        (r"[\u10000-\u10FFFF]", ["\U00010000", "😀", "\U0010ffff"], ["\u1000", "0", "-", "F"]),
        (r"\d\w\s", ["1a "], ["٣a ", "1é ", "1a\xa0"]),
        (r"a|bc", ["a", "bc"], ["ac", "ab"]),
    ],
)
def test_patterns_mean_what_they_mean_to_the_service(pattern, matching, others):
    match = python_pattern(pattern).fullmatch

    assert [text for text in matching if not match(text)] == []
    assert [text for text in others if match(text)] == []


def test_pattern_beyond_python_is_not_checked():
    shape = shape_of("string", constraints={"pattern": r"[\p{L}]*", "max": 3})

    assert broken(shape, "1") == []
    assert broken(shape, "1234") == [at("x", "have length less than or equal to 3")]


@pytest.mark.rule("constraints")
@pytest.mark.parametrize("type_name", ["integer", "long", "float", "double"])
def test_numbers_have_bounds_of_any_sign(type_name):
    shape = shape_of(type_name, constraints={"min": -2, "max": 0})

    assert broken(shape, -2) == broken(shape, 0) == []
    assert broken(shape, -3) == [at("x", "have value greater than or equal to -2")]
    assert broken(shape, 1) == [at("x", "have value less than or equal to 0")]


@pytest.mark.rule("constraints")
def test_zero_is_a_minimum_of_numbers():
    assert broken(shape_of("integer", constraints={"min": 0}), -1) == [
        at("x", "have value greater than or equal to 0")
    ]


@pytest.mark.parametrize(
    ("type_name", "value"),
    [("string", "\n"), ("integer", -5), ("boolean", False), ("timestamp", None), ("blob", b"")],
)
def test_shape_without_constraints_takes_any_value(type_name, value):
    assert broken(shape_of(type_name), value) == []


def test_structure_of_free_members_takes_any_value():
    flag = {"type": "boolean"}
    shape = shape_of("structure", constraints={"members": {"A": {"shape": "Flag"}}}, Flag=flag)

    assert broken(shape, {"a": True}) == []


@pytest.mark.rule("constraints")
def test_members_may_be_absent_or_none_unless_required():
    text = {"type": "string", "min": 1}
    members = {"A": {"shape": "Text"}, "B": {"shape": "Text"}}
    shape = shape_of("structure", constraints={"members": members, "required": ["B"]}, Text=text)

    assert broken(shape, {"b": "x"}, "") == broken(shape, {"a": None, "b": "x"}, "") == []
    assert broken(shape, {"a": "x"}, "") == [null_at("b")]
    assert broken(shape, {"a": "", "b": None}, "") == [
        at("a", "have length greater than or equal to 1"),
        null_at("b"),
    ]


@pytest.mark.rule("constraints")
def test_list_of_free_elements_has_no_null():
    shape = shape_of("list", constraints={"member": {"shape": "Text"}}, Text={"type": "string"})

    assert broken(shape, [""]) == []
    assert broken(shape, ["", None]) == [null_at("x.2.member")]


TEXT = {"type": "string", "max": 3}


def map_of(**constraints):
    inner = {"type": "structure", "members": {"A": {"shape": "Text"}}, "required": ["A"]}
    kinds = {"key": {"shape": "Text"}, "value": {"shape": "Inner"}}
    return shape_of("map", constraints={**kinds, **constraints}, Text=TEXT, Inner=inner)


@pytest.mark.rule("constraints")
def test_length_of_a_map_is_bounded():
    shape = map_of(min=1, max=2)

    assert broken(shape, {key: {"a": ""} for key in "ab"}) == []
    assert broken(shape, {}) == [at("x", "have length greater than or equal to 1")]
    assert broken(shape, {key: {"a": ""} for key in "abc"}) == [
        at("x", "have length less than or equal to 2")
    ]


@pytest.mark.rule("constraints", "constraint-text")
@pytest.mark.parametrize(
    ("items", "violation"),
    [
        ({"k": {}}, null_at("x.value.a")),
        ({"k": {"a": "long"}}, at("x.value.a", "have length less than or equal to 3")),
        ({"long": {"a": ""}}, at("x.key", "have length less than or equal to 3")),
    ],
)
def test_keys_and_values_of_a_map_are_held_to_their_constraints(items, violation):
    assert broken(map_of(), items) == [violation]


def in_bytes(text):
    return len(text.encode())


@pytest.mark.rule("lengths")
@pytest.mark.parametrize(
    ("shape", "value"),
    [
        (map_of(), {"éé": {"a": ""}}),
        (map_of(), {"k": {"a": "éé"}}),
        (shape_of("list", constraints={"member": {"shape": "Text"}}, Text=TEXT), ["éé"]),
    ],
)
def test_lengths_within_maps_and_lists_may_be_measured_otherwise(shape, value):
    assert len(broken(shape, value, lengths={"Text": in_bytes})) == 1
    assert broken(shape, value, lengths={"Other": in_bytes}) == broken(shape, value) == []


@pytest.mark.rule("lengths")
@pytest.mark.parametrize(
    "members",
    [
        {"Metadata": "\ud800"},
        {"Metadata": "a\udfffb"},
        {"Name": "\ud83d"},
        {"Tags": [{"Key": "\ud800", "Value": "v"}]},
        {"Tags": [{"Key": "k", "Value": "\ud800"}]},
    ],
)
def test_lone_surrogates_are_refused(mock, members):
    body = {"Name": "n", "ClientRequestToken": "a-token", **members}

    answer = send("POST", "/app-instances", body)

    assert (answer.status, answer.error) == (400, "BadRequestException")
    assert send("GET", "/app-instances").body["AppInstances"] == []


@pytest.mark.rule("lengths")
@pytest.mark.parametrize(
    ("metadata", "is_refused"),
    [("é" * 512, False), ("é" * 513, True), ("😀" * 256, False), ("😀" * 257, True)],
)
def test_metadata_is_held_to_1024_bytes(mock, metadata, is_refused):
    body = {"Name": "n", "ClientRequestToken": "a-token", "Metadata": metadata}

    answer = send("POST", "/app-instances", body)

    assert (answer.error == "BadRequestException") == is_refused


@pytest.mark.rule("lengths")
def test_metadata_over_both_limits_is_one_violation(mock):
    body = {"Name": "n", "ClientRequestToken": "a-token", "Metadata": "é" * 1025}

    answer = send("POST", "/app-instances", body)

    assert answer.body["Message"] == violations_text(
        [at("metadata", "have length less than or equal to 1024")]
    )
