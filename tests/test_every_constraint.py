"""Every constraint of every input member of all operations, broken one at a time and held at its bounds (ledger, in part: requests and errors).

The requests are written by botocore's serialiser with its own validation off and go to the gateway as raw HTTP.
"""

from __future__ import annotations

import copy
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest
from botocore.model import Shape
from botocore.serialize import create_serializer
from support import LEX_CONFIGURATION, MODEL, OPERATIONS, PINPOINT_APP_ARN, Answer, kept, send

SERIALIZER = create_serializer("rest-json", include_validation=False)
EXPIRATION = {"ExpirationDays": 30, "ExpirationCriterion": "CREATED_TIMESTAMP"}
TAGS = [{"Key": "k", "Value": "v"}]

# What breaks a pattern, and nothing else of the member's; a line end breaks all others.
BREAKS_PATTERN = {
    "ClientRequestToken": "a b",
    "NonEmptyResourceName": "\x7f",
    "ResourceName": "\x7f",
    "UserId": "-",
    "UserName": " ",
}
# Lengths that the shape's own pattern rules out: no value of that length could be valid.
RULED_OUT = {
    ("ChimeArn", "min"),
    ("ChimeArn", "max"),
    ("SensitiveChimeArn", "min"),
    ("SensitiveChimeArn", "max"),
    ("LexBotAliasArn", "min"),
    ("LexBotAliasArn", "max"),
}


class Constraint(NamedTuple):
    operation: str
    path: tuple[str | int, ...]
    kind: str
    shape: Shape
    location: str | None

    @property
    def can_be_broken(self) -> bool:
        """Nothing is shorter than nothing, and a part of a path is there even if it is empty."""
        if self.kind == "min":
            return self.shape.metadata["min"] > 0
        return not (self.kind == "required" and self.location == "uri")

    @property
    def name(self) -> str:
        """The path as the service's texts bear it."""
        return ".".join(
            f"{part + 1}.member" if isinstance(part, int) else part[0].lower() + part[1:]
            for part in self.path
        )

    @property
    def sentence(self) -> str:
        value = self.shape.metadata.get(self.kind)
        measured = "value" if self.shape.type_name == "integer" else "length"
        ending = {
            "required": "not be null",
            "min": f"have {measured} greater than or equal to {value}",
            "max": f"have {measured} less than or equal to {value}",
            "pattern": f"satisfy regular expression pattern: {value}",
            "enum": f"satisfy enum value set: [{', '.join(getattr(self.shape, 'enum', []))}]",
        }[self.kind]
        null = "null " if self.kind == "required" else ""
        return f"Value {null}at '{self.name}' failed to satisfy constraint: Member must {ending}"


def constraints_of(
    operation: str,
    shape: Shape,
    path: tuple[str | int, ...] = (),
    location: str | None = None,
    *,
    is_required: bool = False,
) -> Iterator[Constraint]:
    if is_required:
        yield Constraint(operation, path, "required", shape, location)
    for kind in ("min", "max", "pattern"):
        if kind in shape.metadata:
            yield Constraint(operation, path, kind, shape, location)
    if shape.metadata.get("enum"):
        yield Constraint(operation, path, "enum", shape, location)
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield from constraints_of(
                operation,
                member,
                (*path, name),
                location or member.serialization.get("location"),
                is_required=name in shape.required_members,
            )
    elif shape.type_name == "list":
        yield from constraints_of(operation, shape.member, (*path, 0), location)


CONSTRAINTS = [
    constraint
    for operation in OPERATIONS
    for constraint in constraints_of(operation, MODEL.operation_model(operation).input_shape)
]
BREAKABLE = [constraint for constraint in CONSTRAINTS if constraint.can_be_broken]
BOUNDS = [
    constraint
    for constraint in CONSTRAINTS
    if constraint.kind in ("min", "max")
    and (constraint.shape.name, constraint.kind) not in RULED_OUT
]


def ids(constraint: Constraint) -> str:
    return f"{constraint.operation}-{constraint.name}-{constraint.kind}"


@pytest.fixture
def inputs(client: Any, app_instance_arn: str, user_arn: str) -> dict[str, dict[str, Any]]:
    """For each operation an input with all its members that would succeed."""
    bot_arn = client.create_app_instance_bot(
        AppInstanceArn=app_instance_arn, Configuration=LEX_CONFIGURATION
    )["AppInstanceBotArn"]
    client.create_app_instance_admin(AppInstanceArn=app_instance_arn, AppInstanceAdminArn=bot_arn)
    endpoint_id = client.register_app_instance_user_endpoint(
        AppInstanceUserArn=user_arn,
        Type="GCM",
        ResourceArn=PINPOINT_APP_ARN,
        EndpointAttributes={"DeviceToken": "first"},
    )["EndpointId"]
    configuration = copy.deepcopy(LEX_CONFIGURATION)
    configuration["Lex"]["InvokedBy"] = {"StandardMessages": "ALL", "TargetedMessages": "ALL"}
    configuration["Lex"]["WelcomeIntent"] = "Hello"
    instance = {"AppInstanceArn": app_instance_arn}
    user = {"AppInstanceUserArn": user_arn}
    bot = {"AppInstanceBotArn": bot_arn}
    endpoint = {**user, "EndpointId": endpoint_id}
    described = {"Name": "n", "Metadata": "m"}
    made = {**described, "ClientRequestToken": "token", "Tags": TAGS}
    page = {"MaxResults": 5, "NextToken": ""}
    return {
        "CreateAppInstance": made,
        "CreateAppInstanceAdmin": {**instance, "AppInstanceAdminArn": user_arn},
        "CreateAppInstanceBot": {**instance, **made, "Configuration": configuration},
        "CreateAppInstanceUser": {
            **instance,
            **made,
            "AppInstanceUserId": "bob",
            "ExpirationSettings": EXPIRATION,
        },
        "DeleteAppInstance": instance,
        "DeleteAppInstanceAdmin": {**instance, "AppInstanceAdminArn": bot_arn},
        "DeleteAppInstanceBot": bot,
        "DeleteAppInstanceUser": user,
        "DeregisterAppInstanceUserEndpoint": endpoint,
        "DescribeAppInstance": instance,
        "DescribeAppInstanceAdmin": {**instance, "AppInstanceAdminArn": bot_arn},
        "DescribeAppInstanceBot": bot,
        "DescribeAppInstanceUser": user,
        "DescribeAppInstanceUserEndpoint": endpoint,
        "GetAppInstanceRetentionSettings": instance,
        "ListAppInstanceAdmins": {**instance, **page},
        "ListAppInstanceBots": {**instance, **page},
        "ListAppInstanceUserEndpoints": {**user, **page},
        "ListAppInstanceUsers": {**instance, **page},
        "ListAppInstances": page,
        "ListTagsForResource": {"ResourceARN": user_arn},
        "PutAppInstanceRetentionSettings": {
            **instance,
            "AppInstanceRetentionSettings": {"ChannelRetentionSettings": {"RetentionDays": 7}},
        },
        "PutAppInstanceUserExpirationSettings": {**user, "ExpirationSettings": EXPIRATION},
        "RegisterAppInstanceUserEndpoint": {
            **user,
            "Name": "phone",
            "Type": "APNS",
            "ResourceArn": PINPOINT_APP_ARN,
            "EndpointAttributes": {"DeviceToken": "second", "VoipDeviceToken": "third"},
            "ClientRequestToken": "token",
            "AllowMessages": "NONE",
        },
        "TagResource": {"ResourceARN": user_arn, "Tags": TAGS},
        "UntagResource": {"ResourceARN": user_arn, "TagKeys": ["k"]},
        "UpdateAppInstance": {**instance, **described},
        "UpdateAppInstanceBot": {**bot, **described, "Configuration": configuration},
        "UpdateAppInstanceUser": {**user, **described},
        "UpdateAppInstanceUserEndpoint": {**endpoint, "Name": "n", "AllowMessages": "ALL"},
    }


def call(operation: str, parameters: dict[str, Any]) -> Answer:
    request = SERIALIZER.serialize_to_request(parameters, MODEL.operation_model(operation))
    query = urlencode(request["query_string"])
    path = request["url_path"]
    target = path + ("&" if "?" in path else "?") + query if query else path
    return send(request["method"], target, request["body"] or b"")


def changed(parameters: dict[str, Any], path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    """The parameters with another value at a path, or with nothing there."""
    result = copy.deepcopy(parameters)
    holder: Any = result
    for part in path[:-1]:
        holder = holder[part]
    if value is None:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return result


def value_of_size(constraint: Constraint, size: int) -> Any:
    shape = constraint.shape
    if shape.type_name == "integer":
        return size
    if shape.type_name == "list":
        keys = [f"key{number}" for number in range(size)]
        return [{"Key": key, "Value": "v"} for key in keys] if shape.name == "TagList" else keys
    return "a" * size


def breaking_value(constraint: Constraint) -> Any:
    metadata = constraint.shape.metadata
    makers: dict[str, Callable[[], Any]] = {
        "required": lambda: None,
        "min": lambda: value_of_size(constraint, metadata["min"] - 1),
        "max": lambda: value_of_size(constraint, metadata["max"] + 1),
        "pattern": lambda: BREAKS_PATTERN.get(constraint.shape.name, "line\nend"),
        "enum": lambda: "SOMETHING_ELSE",
    }
    return makers[constraint.kind]()


@pytest.mark.rule("constraints")
def test_valid_inputs_have_every_member_and_succeed(inputs):
    for operation in OPERATIONS:
        members = MODEL.operation_model(operation).input_shape.members
        assert inputs[operation].keys() == members.keys()

    for operation in sorted(OPERATIONS, key=lambda name: name.startswith(("Delete", "Dereg"))):
        if operation not in ("DeleteAppInstance", "DeleteAppInstanceUser"):
            assert call(operation, inputs[operation]).error is None, operation


def test_every_constraint_of_the_model_is_broken_or_cannot_be():
    unbreakable = [constraint for constraint in CONSTRAINTS if not constraint.can_be_broken]
    minimums_of_0 = sum(constraint.kind == "min" for constraint in unbreakable)
    labels = sum(constraint.kind == "required" for constraint in unbreakable)

    sys.stdout.write(
        f"the model has {len(CONSTRAINTS)} constraints; {len(BREAKABLE)} are broken here, "
        f"{minimums_of_0} are minimums of 0, {labels} require what is part of a path\n"
    )

    assert len(BREAKABLE) + minimums_of_0 + labels == len(CONSTRAINTS)
    assert len({ids(constraint) for constraint in CONSTRAINTS}) == len(CONSTRAINTS)


@pytest.mark.rule("constraints", "constraint-text", "atomic")
@pytest.mark.parametrize("constraint", BREAKABLE, ids=ids)
def test_broken_constraint_is_a_bad_request_that_names_it(inputs, constraint):
    parameters = changed(inputs[constraint.operation], constraint.path, breaking_value(constraint))
    before = kept()

    answer = call(constraint.operation, parameters)

    assert (answer.status, answer.error) == (400, "BadRequestException")
    assert answer.body["Code"] == "BadRequest"
    assert re.match(
        r"1 validation error detected: |[2-9] validation errors detected: ", answer.body["Message"]
    )
    assert constraint.sentence in answer.body["Message"].partition(": ")[2].split("; ")
    assert kept() == before


@pytest.mark.rule("constraints")
@pytest.mark.parametrize("constraint", BOUNDS, ids=ids)
def test_value_at_the_bound_is_valid(inputs, constraint):
    value = value_of_size(constraint, constraint.shape.metadata[constraint.kind])

    answer = call(
        constraint.operation, changed(inputs[constraint.operation], constraint.path, value)
    )

    assert "validation error" not in answer.body.get("Message", "")
    # What it names may be missing, or of no kind that leads anywhere; it was read and let through.
    assert answer.error in (
        None,
        "BadRequestException",
        "ForbiddenException",
        "NotFoundException",
        "ResourceLimitExceededException",
    )


@pytest.mark.rule("constraint-text")
@pytest.mark.parametrize("operation", OPERATIONS)
def test_all_violations_come_in_one_answer_in_the_order_of_the_model(inputs, operation):
    broken: dict[str, Constraint] = {}
    parameters = inputs[operation]
    for constraint in BREAKABLE:
        is_top_level = len(constraint.path) == 1 and constraint.operation == operation
        if is_top_level and constraint.kind == "max" and constraint.name not in broken:
            broken[constraint.name] = constraint
            parameters = changed(parameters, constraint.path, breaking_value(constraint))

    message = call(operation, parameters).body["Message"]

    named = re.findall(r"Value at '(\w+)'", message)
    assert list(dict.fromkeys(named)) == list(broken)
    count = len(message.partition(": ")[2].split("; "))
    assert message.startswith(f"{count} validation error{'s' if count > 1 else ''} detected: ")
