"""A newer model than today's: what it adds is served with no code changed."""

from __future__ import annotations

import copy
import json
from datetime import datetime, timezone
from urllib.parse import quote

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from support import MISSING_INSTANCE_ARN, SERVICE, send

from chime_identity_mock import (
    BadRequestException,
    SerializationException,
    UnknownOperationException,
)
from chime_identity_mock.backend import ChimeIdentityBackend
from chime_identity_mock.gateway import gateway
from chime_identity_mock.models import is_arn_of
from chime_identity_mock.wire import Wire

PATH = f"/app-instances/{quote(MISSING_INSTANCE_ARN, safe='')}/ponies/lucky"
MOMENT = datetime(2026, 1, 1, tzinfo=timezone.utc)
BODY = {
    "StableAddress": {"HouseNumber": 5, "since-when": 1767225600},
    "Riders": [{"RiderName": "Ann"}, {"RiderName": "Bob"}],
    "Weights": {"InApril": 300.5},
}
ARGUMENTS = {
    "app_instance_arn": MISSING_INSTANCE_ARN,
    "pony_id": "lucky",
    "dry_run": True,
    "speed_limit": 30,
    "trace_id": "trace",
    "stable_address": {"house_number": 5, "since": MOMENT},
    "riders": [{"rider_name": "Ann"}, {"rider_name": "Bob"}],
    "weights": {"InApril": 300.5},
}


@pytest.fixture(scope="module")
def description():
    """The service's model with an operation more, and with members more in another."""
    model = copy.deepcopy(Loader().load_service_model(SERVICE, "service-2"))
    model["operations"]["SaddleAppInstancePony"] = {
        "name": "SaddleAppInstancePony",
        "http": {
            "method": "POST",
            "requestUri": "/app-instances/{appInstanceArn}/ponies/{PonyId}?operation=saddle",
            "responseCode": 202,
        },
        "input": {"shape": "SaddleRequest"},
        "output": {"shape": "SaddleResponse"},
        "errors": [{"shape": "BadRequestException"}],
    }
    model["shapes"] |= {
        "SaddleRequest": {
            "type": "structure",
            "required": ["AppInstanceArn", "PonyId", "StableAddress"],
            "members": {
                "AppInstanceArn": {
                    "shape": "ChimeArn",
                    "location": "uri",
                    "locationName": "appInstanceArn",
                },
                "PonyId": {"shape": "PonyId", "location": "uri"},
                "DryRun": {"shape": "Yes", "location": "querystring", "locationName": "dry-run"},
                "SpeedLimit": {
                    "shape": "Speed",
                    "location": "querystring",
                    "locationName": "speed-limit",
                },
                "TraceId": {"shape": "String", "location": "header", "locationName": "X-Trace-Id"},
                "StableAddress": {"shape": "Address"},
                "Riders": {"shape": "RiderList"},
                "Weights": {"shape": "WeightMap"},
            },
        },
        "SaddleResponse": {
            "type": "structure",
            "members": {
                "SaddledAt": {"shape": "Timestamp"},
                "StableAddress": {"shape": "Address"},
                "Riders": {"shape": "RiderList"},
                "Weights": {"shape": "WeightMap"},
            },
        },
        "PonyId": {"type": "string", "min": 1, "max": 8, "pattern": "[a-z]*"},
        "Yes": {"type": "boolean"},
        "Speed": {"type": "long", "max": 70},
        "Address": {
            "type": "structure",
            "required": ["HouseNumber"],
            "members": {
                "HouseNumber": {"shape": "Speed"},
                "Since": {"shape": "Timestamp", "locationName": "since-when"},
            },
        },
        "RiderList": {"type": "list", "member": {"shape": "Rider"}, "max": 2},
        "Rider": {
            "type": "structure",
            "required": ["RiderName"],
            "members": {"RiderName": {"shape": "PonyName"}},
        },
        "PonyName": {"type": "string", "max": 5},
        "WeightMap": {"type": "map", "key": {"shape": "String"}, "value": {"shape": "Weight"}},
        "Weight": {"type": "float"},
    }
    shapes = model["shapes"]
    shapes["CreateAppInstanceRequest"]["members"]["FavouriteColor"] = {"shape": "PonyName"}
    shapes["CreateAppInstanceResponse"]["members"]["FavouriteColor"] = {"shape": "PonyName"}
    shapes["AppInstance"]["members"]["FavouriteColor"] = {"shape": "PonyName"}
    return model


@pytest.fixture
def wire(description):
    return Wire(ServiceModel(description, SERVICE), is_arn_of)


@pytest.fixture
def saddle(wire):
    return wire.operation("SaddleAppInstancePony")


@pytest.mark.parametrize("arn", [MISSING_INSTANCE_ARN, quote(MISSING_INSTANCE_ARN, safe="")])
def test_new_operation_is_routed_and_parsed(wire, arn):
    query = {"operation": "saddle", "dry-run": "true", "speed-limit": "30"}
    headers = {"x-trace-id": "trace", "content-type": "application/json"}

    operation, labels = wire.route("POST", f"/app-instances/{arn}/ponies/lucky", query)

    assert (operation.name, operation.status) == ("SaddleAppInstancePony", 202)
    assert operation.method_name == "saddle_app_instance_pony"
    assert operation.parse(labels, query, headers, json.dumps(BODY).encode()) == ARGUMENTS


@pytest.mark.rule("constraints")
def test_arguments_of_a_new_operation_are_validated(saddle):
    saddle.validate(ARGUMENTS)


@pytest.mark.rule("constraints", "constraint-text")
def test_violations_of_a_new_operation_are_told_by_their_paths(saddle):
    arguments = {
        "pony_id": "Lucky",
        "speed_limit": 71,
        "stable_address": {"house_number": 500},
        "riders": [{"rider_name": "Augustus"}, {}, {}],
    }

    with pytest.raises(BadRequestException) as error:
        saddle.validate(arguments)

    assert error.value.message.startswith("8 validation errors detected: ")
    for path in (
        "appInstanceArn",
        "ponyId",
        "speedLimit",
        "stableAddress.houseNumber",
        "riders",
        "riders.1.member.riderName",
        "riders.2.member.riderName",
        "riders.3.member.riderName",
    ):
        assert f"at '{path}' failed" in error.value.message


@pytest.mark.rule("json-types")
@pytest.mark.parametrize(
    ("query", "body", "path"),
    [
        ({"dry-run": "yes"}, {}, "dryRun"),
        ({"speed-limit": "fast"}, {}, "speedLimit"),
        ({}, {"StableAddress": {"since-when": "2026"}}, "stableAddress.since"),
        ({}, {"Riders": [{"RiderName": 5}]}, "riders.1.member.riderName"),
        ({}, {"Weights": []}, "weights"),
        ({}, {"Weights": {"InApril": "heavy"}}, "weights"),
    ],
)
def test_wrong_types_in_a_new_operation_are_told_by_their_paths(saddle, query, body, path):
    with pytest.raises(SerializationException) as error:
        saddle.parse({}, query, {}, json.dumps(body).encode())

    assert f"'{path}" in error.value.message


def test_result_of_a_new_operation_is_serialised(saddle):
    result = {
        "saddled_at": MOMENT,
        "stable_address": {"house_number": 5, "since": MOMENT},
        "riders": [{"rider_name": "Ann"}],
        "weights": {"InApril": 300.5},
    }

    assert json.loads(saddle.serialise(result)) == {
        "SaddledAt": 1767225600,
        "StableAddress": {"HouseNumber": 5, "since-when": 1767225600},
        "Riders": [{"RiderName": "Ann"}],
        "Weights": {"InApril": 300.5},
    }


def test_new_member_is_parsed_validated_and_serialised(wire):
    operation = wire.operation("CreateAppInstance")

    arguments = operation.parse({}, {}, {}, b'{"Name": "n", "FavouriteColor": "scarlet"}')
    with pytest.raises(BadRequestException) as error:
        operation.validate({**arguments, "client_request_token": "a-token"})

    assert arguments == {"name": "n", "favourite_color": "scarlet"}
    assert "'favouriteColor'" in error.value.message
    assert json.loads(operation.serialise({"favourite_color": "red"})) == {"FavouriteColor": "red"}


def test_new_operation_that_the_backend_lacks_is_said_by_name(mock, monkeypatch, wire):
    monkeypatch.setattr(gateway, "wire", wire)

    with pytest.raises(NotImplementedError, match="SaddleAppInstancePony"):
        send("POST", f"{PATH}?operation=saddle", BODY)


def test_new_operation_that_the_backend_lacks_is_said_before_the_request_is_read(
    mock, monkeypatch, wire
):
    monkeypatch.setattr(gateway, "wire", wire)

    with pytest.raises(NotImplementedError, match="SaddleAppInstancePony"):
        send("POST", f"{PATH}?operation=saddle", b"no JSON")


def test_new_operation_is_served_once_the_backend_has_a_method_of_its_name(mock, monkeypatch, wire):
    def saddle_app_instance_pony(
        backend, *, app_instance_arn, pony_id, riders, stable_address, weights
    ):
        return {"riders": riders[::-1], "saddled_at": MOMENT}

    monkeypatch.setattr(gateway, "wire", wire)
    monkeypatch.setattr(
        ChimeIdentityBackend, "saddle_app_instance_pony", saddle_app_instance_pony, raising=False
    )

    answer = send("POST", f"{PATH}?operation=saddle", BODY)

    assert answer.status == 202
    assert answer.body == {
        "Riders": [{"RiderName": "Bob"}, {"RiderName": "Ann"}],
        "SaddledAt": 1767225600,
    }


def test_operations_of_today_work_with_the_new_model(mock, monkeypatch, wire):
    monkeypatch.setattr(gateway, "wire", wire)

    created = send("POST", "/app-instances", {"Name": "n", "ClientRequestToken": "a-token"})

    described = send("GET", f"/app-instances/{created.body['AppInstanceArn']}")
    assert described.body["AppInstance"]["Name"] == "n"


def test_new_member_that_the_backend_does_not_take_is_said_by_name(mock, monkeypatch, wire):
    monkeypatch.setattr(gateway, "wire", wire)
    body = {"Name": "n", "ClientRequestToken": "a-token", "FavouriteColor": "red"}

    with pytest.raises(NotImplementedError, match=r"FavouriteColor|favourite_color"):
        send("POST", "/app-instances", body)


def test_new_type_that_cannot_be_read_is_said_when_its_operation_is_used(description):
    model = copy.deepcopy(description)
    model["shapes"]["Weight"] = {"type": "blob"}
    wire = Wire(ServiceModel(model, SERVICE), is_arn_of)

    assert wire.route("GET", "/app-instances", {})[0].name == "ListAppInstances"
    with pytest.raises(NotImplementedError, match="Weight"):
        wire.route("POST", PATH, {"operation": "saddle"})


def test_name_without_a_value_in_the_query_of_a_new_path_must_be_there(description):
    model = copy.deepcopy(description)
    model["operations"]["FeedPonies"] = {
        "name": "FeedPonies",
        "http": {"method": "POST", "requestUri": "/ponies?feed"},
    }
    wire = Wire(ServiceModel(model, SERVICE), is_arn_of)

    assert wire.route("POST", "/ponies", {"feed": ""})[0].name == "FeedPonies"
    with pytest.raises(UnknownOperationException):
        wire.route("POST", "/ponies", {})


def test_operation_may_have_no_input(description):
    model = copy.deepcopy(description)
    model["operations"]["CountPonies"] = {
        "name": "CountPonies",
        "http": {"method": "GET", "requestUri": "/ponies"},
    }
    wire = Wire(ServiceModel(model, SERVICE), is_arn_of)

    operation, labels = wire.route("GET", "/ponies", {})

    assert operation.parse(labels, {"x": "y"}, {}, b"not JSON") == {}
    operation.validate({})
    assert (operation.status, operation.serialise(None)) == (200, b"")


def test_known_operation_decides_where_the_routes_of_two_fit(description):
    model = copy.deepcopy(description)
    model["operations"] |= {
        name: {"name": name, "http": {"method": "GET", "requestUri": "/ponies"}}
        for name in ("CountPonies", "ListPonies")
    }
    wire = Wire(ServiceModel(model, SERVICE), is_arn_of)

    names = [
        wire.route("GET", "/ponies", {}, name)[0].name for name in ("CountPonies", "ListPonies")
    ]

    assert names == ["CountPonies", "ListPonies"]
