"""The errors: their tree, what they say, and that they survive copying and pickling."""

from __future__ import annotations

import copy
import json
import pickle
import re

import pytest
from botocore.exceptions import BotoCoreError, ClientError

import chime_identity_mock
from chime_identity_mock import ServiceError, UnmockedServiceError, exceptions

MODELLED = {
    "BadRequestException": (400, "BadRequest"),
    "ConflictException": (409, "Conflict"),
    "ForbiddenException": (403, "Forbidden"),
    "NotFoundException": (404, "NotFound"),
    "ResourceLimitExceededException": (400, "ResourceLimitExceeded"),
    "ServiceFailureException": (500, "ServiceFailure"),
    "ServiceUnavailableException": (503, "ServiceUnavailable"),
    "ThrottledClientException": (429, "Throttled"),
    "UnauthorizedClientException": (401, "Unauthorized"),
}
UNMODELLED = {
    "MissingAuthenticationTokenException": 403,
    "SerializationException": 400,
    "UnknownOperationException": 404,
}
STATUSES = {**{name: status for name, (status, _) in MODELLED.items()}, **UNMODELLED}
ERRORS = [
    *(getattr(exceptions, name)("a text") for name in STATUSES),
    ServiceError("SomeException", "a text", 418),
]
each_error = pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.code)


def test_every_error_class_is_public_and_known_here():
    classes = {
        name
        for name, value in vars(exceptions).items()
        if isinstance(value, type) and not name.startswith("_")
    }

    assert classes == {*STATUSES, "ServiceError", "UnmockedServiceError"}
    assert classes <= set(chime_identity_mock.__all__)


def test_the_tree_in_the_docstring_is_the_tree():
    drawn = re.findall(r"\* ``(\w+)`` \((\d+)\)", exceptions.__doc__)

    assert {name: int(status) for name, status in drawn} == STATUSES


@each_error
def test_service_errors_are_no_errors_of_botocores(error):
    assert isinstance(error, ServiceError)
    assert not isinstance(error, (BotoCoreError, ClientError))


@pytest.mark.rule("error-status")
@pytest.mark.parametrize(("name", "status"), STATUSES.items())
def test_a_named_error_has_its_name_for_code_and_its_status(name, status):
    error = getattr(exceptions, name)("a text")

    assert (error.code, error.message, error.status) == (name, "a text", status)


@each_error
def test_str_tells_code_status_and_message(error):
    for part in (error.code, str(error.status), error.message):
        assert part in str(error)


@pytest.mark.rule("error-form")
@pytest.mark.parametrize(("name", "expected"), MODELLED.items())
def test_the_body_of_a_modelled_error_holds_code_and_message(name, expected):
    body = json.loads(getattr(exceptions, name)("Zoë").body())

    assert body == {"Code": expected[1], "Message": "Zoë"}


@pytest.mark.rule("error-form")
@pytest.mark.parametrize("name", UNMODELLED)
def test_the_body_of_another_error_holds_a_message_only(name):
    assert json.loads(getattr(exceptions, name)("Zoë").body()) == {"Message": "Zoë"}


def test_the_body_of_a_free_error_holds_a_message_only():
    assert json.loads(ServiceError("SomeException", "Zoë", 418).body()) == {"Message": "Zoë"}


@pytest.mark.parametrize(
    "duplicate",
    [
        copy.copy,
        copy.deepcopy,
        *(
            pytest.param(
                lambda error, protocol=protocol: pickle.loads(  # noqa: S301 - our own pickle
                    pickle.dumps(error, protocol)
                ),
                id=f"pickle {protocol}",
            )
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
        ),
    ],
)
@each_error
def test_copies_and_pickles_are_alike(error, duplicate):
    twin = duplicate(error)

    assert type(twin) is type(error)
    assert (twin.code, twin.message, twin.status) == (error.code, error.message, error.status)
    assert str(twin) == str(error)
    assert twin.body() == error.body()


def test_an_unmocked_service_is_no_error_that_botocore_would_repeat_or_wrap():
    error = pickle.loads(pickle.dumps(UnmockedServiceError("a text")))  # noqa: S301 - our own

    assert isinstance(error, RuntimeError)
    assert not isinstance(error, (BotoCoreError, ClientError, ServiceError))
    assert str(error) == "a text"
