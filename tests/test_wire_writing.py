"""From results to bodies (ledger, in part: requests and errors; reading, changing, deleting)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from botocore.model import DenormalizedStructureBuilder
from support import MISSING_INSTANCE_ARN, MODEL, OPERATIONS

from chime_identity_mock.models import is_arn_of
from chime_identity_mock.wire import Wire
from chime_identity_mock.wire.writing import compile_writer

WIRE = Wire(MODEL, is_arn_of)


def serialise(operation_name, result):
    return json.loads(WIRE.operation(operation_name).serialise(result))


def write(thing, type_name, /, **description):
    """A value of a type, such as a newer model may have, as it goes into JSON."""
    members = {"Thing": {"type": type_name, "shape_name": "Thing", **description}}
    shape = DenormalizedStructureBuilder().with_members(members).build_model()
    return json.loads(compile_writer(shape)({"thing": thing}))["Thing"]


@dataclass
class Instance:
    app_instance_arn: str
    name: str | None = None
    created_timestamp: Any = None
    tags: Any = None

    @property
    def metadata(self):
        return f"of {self.name}"


def test_dicts_are_written_by_their_members_wire_names():
    result = {"app_instance": {"app_instance_arn": "a", "name": "n"}}

    assert serialise("DescribeAppInstance", result) == {
        "AppInstance": {"AppInstanceArn": "a", "Name": "n"}
    }


def test_dataclasses_are_written_like_dicts_and_their_properties_too():
    result = {"app_instance": Instance("a", "n")}

    assert serialise("DescribeAppInstance", result) == {
        "AppInstance": {"AppInstanceArn": "a", "Name": "n", "Metadata": "of n"}
    }


def test_what_the_shape_has_not_is_left_aside():
    result = {"app_instance": Instance("a", tags={"k": "v"}), "position": 5}

    assert serialise("DescribeAppInstance", result)["AppInstance"].keys() == {
        "AppInstanceArn",
        "Metadata",
    }


@pytest.mark.rule("absent-not-null")
@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({"app_instances": [], "next_token": None}, {"AppInstances": []}),
        ({"app_instances": []}, {"AppInstances": []}),
        (
            {"app_instances": [{"name": None, "metadata": ""}], "next_token": ""},
            {"AppInstances": [{"Metadata": ""}], "NextToken": ""},
        ),
    ],
)
def test_none_is_left_out_and_empty_values_are_not(result, expected):
    assert serialise("ListAppInstances", result) == expected


def test_lists_are_written_from_any_iterable():
    result = {"tags": ({"key": key, "value": "v"} for key in "ab")}

    assert serialise("ListTagsForResource", result) == {
        "Tags": [{"Key": "a", "Value": "v"}, {"Key": "b", "Value": "v"}]
    }


def test_output_that_holds_nothing_is_an_empty_object():
    assert serialise("DescribeAppInstance", {}) == {}


@pytest.mark.parametrize(
    "operation_name", [name for name in OPERATIONS if not MODEL.operation_model(name).output_shape]
)
def test_operation_without_output_has_no_body(operation_name):
    assert WIRE.operation(operation_name).serialise(None) == b""


@pytest.mark.parametrize("operation_name", OPERATIONS)
def test_status_is_the_models(operation_name):
    expected = MODEL.operation_model(operation_name).http.get("responseCode", 200)

    assert WIRE.operation(operation_name).status == expected


@pytest.mark.parametrize("text", ["Zoë 😀", '"\\\n\u2028', "\0\x7f", "</script>"])
def test_any_text_comes_through(text):
    assert serialise("CreateAppInstance", {"app_instance_arn": text}) == {"AppInstanceArn": text}


@pytest.mark.rule("timestamps")
@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2026, 1, 1, tzinfo=timezone.utc), 1767225600),
        (datetime(2026, 1, 1, 0, 0, 0, 123_000, timezone.utc), 1767225600.123),
        (datetime(2026, 1, 1, 0, 0, 0, 123_456, timezone.utc), 1767225600.123),
        (datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=1))), 1767222000),
    ],
)
def test_timestamps_are_epoch_seconds_with_milliseconds(moment, expected):
    # D: the timestamps of the service are JSON numbers.
    instance = {"app_instance_arn": MISSING_INSTANCE_ARN, "created_timestamp": moment}

    written = serialise("DescribeAppInstance", {"app_instance": instance})

    assert written["AppInstance"]["CreatedTimestamp"] == expected


@pytest.mark.rule("timestamps")
@pytest.mark.parametrize("milliseconds", range(0, 1000, 7))
def test_timestamps_are_read_as_they_were_written(milliseconds):
    moment = datetime(2026, 1, 1, 0, 0, 0, milliseconds * 1000, timezone.utc)

    written = write(moment, "timestamp")

    assert round(written * 1000) == 1767225600000 + milliseconds
    assert len(repr(written).partition(".")[2]) <= 3


@pytest.mark.parametrize(
    ("type_name", "value"),
    [
        ("integer", 0),
        ("long", 2**62),
        ("float", 1.5),
        ("double", -0.1),
        ("boolean", False),
        ("boolean", True),
        ("string", ""),
    ],
)
def test_scalars_are_written_as_they_are(type_name, value):
    written = write(value, type_name)

    assert written == value
    assert type(written) is type(value)


def test_maps_are_written_with_their_keys_as_they_are():
    inner = {"type": "structure", "members": {"InnerName": {"type": "string"}}}

    written = write(
        {"some_key": {"inner_name": "a"}, "SomeKey": {}},
        "map",
        key={"type": "string"},
        value=inner,
    )

    assert written == {"some_key": {"InnerName": "a"}, "SomeKey": {}}


def test_type_that_cannot_be_written_is_said_by_name():
    with pytest.raises(NotImplementedError, match=r"Thing.*blob"):
        write(b"", "blob")
