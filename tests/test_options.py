"""The options: defaults, checks, and where they are written out for users."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import FrozenInstanceError, fields
from datetime import timedelta
from pathlib import Path

import boto3
import pytest
from support import ACCOUNT_ID, SERVICE

import chime_identity_mock.mock
import pytest_chime_identity_mock
from chime_identity_mock import ChimeIdentityMock, mock_chime_identity
from chime_identity_mock.options import Options, overlay

DEFAULTS = {
    "region_name": None,
    "account_id": None,
    "allow_any_region": False,
    "passthrough": frozenset(),
    "quotas": {},
    "expiration_delay": timedelta(),
    "rate_limits": False,
    "skip_backoff": True,
    "assert_faults_used": True,
    "history": 10_000,
    "seed": None,
}
NAMES = list(DEFAULTS)


def create_in(region_name=None):
    client = boto3.client(SERVICE, region_name=region_name)
    return client.create_app_instance(Name="chat")["AppInstanceArn"]


# Values


def test_defaults():
    assert {field.name: getattr(Options(), field.name) for field in fields(Options)} == DEFAULTS


def test_options_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        Options().region_name = "eu-central-1"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("region_name", "eu-central-1"),
        ("region_name", "us-gov-west-1"),
        ("region_name", None),
        ("account_id", "012345678901"),
        ("account_id", None),
        ("allow_any_region", True),
        ("allow_any_region", False),
        ("passthrough", set()),
        ("passthrough", {"s3"}),
        ("passthrough", ["s3", "sts"]),
        ("passthrough", ("s3", "s3")),
        ("passthrough", frozenset({"chime-sdk-messaging"})),
        ("passthrough", {"s3": "a key will do"}.keys()),
    ],
)
def test_good_values(name, value):
    given = getattr(Options(**{name: value}), name)

    assert given == (frozenset(value) if name == "passthrough" else value)
    assert isinstance(mock_chime_identity(**{name: value}), ChimeIdentityMock)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("region_name", ""),
        ("region_name", 1),
        ("region_name", b"eu-central-1"),
        ("region_name", ["eu-central-1"]),
        ("region_name", "eu central 1"),
        ("region_name", "eu-central-1\n"),
        ("region_name", "eu\0central"),
        ("account_id", ""),
        ("account_id", 123456789012),
        ("account_id", "1234-5678-9012"),
        ("account_id", "12345678901"),
        ("account_id", "1234567890123"),
        ("account_id", "123456789012\n"),
        ("account_id", "١٢٣٤٥٦٧٨٩٠١٢"),
        ("allow_any_region", None),
        ("allow_any_region", 1),
        ("allow_any_region", "yes"),
        ("passthrough", None),
        ("passthrough", True),
        ("passthrough", "s3"),
        ("passthrough", b"s3"),
        ("passthrough", {1}),
        ("passthrough", ["s3", None]),
        ("passthrough", {SERVICE}),
        ("passthrough", ["s3", SERVICE]),
    ],
)
def test_bad_values_are_refused_before_anything_runs(name, value):
    with pytest.raises(ValueError, match=name):
        mock_chime_identity(**{name: value})
    with pytest.raises(ValueError, match=name):
        ChimeIdentityMock(**{name: value})


# An iterator can be read once only: checked, it would be empty when the mock starts.
@pytest.mark.parametrize("value", [iter(["s3"]), (name for name in ["s3"]), map(str, ["s3"])])
def test_passthrough_is_no_iterator(value):
    with pytest.raises(ValueError, match="passthrough"):
        mock_chime_identity(passthrough=value)


# Names


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("region", "region_name"),
        ("account", "account_id"),
        ("acount_id", "account_id"),
        ("any_region", "allow_any_region"),
        ("passthru", "passthrough"),
        ("pass_through", "passthrough"),
    ],
)
def test_an_unknown_option_is_refused_with_the_nearest(name, nearest):
    with pytest.raises(TypeError, match=rf"'{name}'.*'{nearest}'"):
        mock_chime_identity(**{name: "x"})
    with pytest.raises(TypeError, match=rf"'{name}'.*'{nearest}'"):
        ChimeIdentityMock(**{name: "x"})


@pytest.mark.parametrize("name", ["zzz", "é", ""])
def test_an_unknown_option_like_none_is_refused_with_the_list_of_all(name):
    with pytest.raises(TypeError, match=", ".join(NAMES)):
        mock_chime_identity(**{name: 1})


def test_a_bad_option_is_refused_when_decorating():
    def never_called(): ...

    with pytest.raises(TypeError, match="region_name"):
        mock_chime_identity(never_called, region="eu-central-1")
    with pytest.raises(ValueError, match="account_id"):
        mock_chime_identity(never_called, account_id="1")


def test_options_are_given_by_name_only():
    with pytest.raises(TypeError):
        mock_chime_identity("eu-central-1", "123456789012")
    with pytest.raises(TypeError):
        ChimeIdentityMock("eu-central-1")


# One over the other


def test_what_is_given_replaces_and_the_rest_stays():
    below = Options(region_name="eu-central-1", account_id="111122223333", passthrough={"s3"})

    above = overlay(below, {"account_id": None, "passthrough": ["sts"]})

    assert above == Options(region_name="eu-central-1", passthrough={"sts"})
    assert below.account_id == "111122223333"


def test_nothing_given_changes_nothing():
    options = Options(region_name="eu-central-1", allow_any_region=True)

    assert overlay(options, {}) == options


def test_overlay_checks_what_is_given():
    with pytest.raises(ValueError, match="account_id"):
        overlay(Options(), {"account_id": "1"})
    with pytest.raises(TypeError, match="region_name"):
        overlay(Options(), {"region": "us-east-1"})


# In force


def test_the_account_is_that_of_the_option(monkeypatch):
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "444455556666")

    with mock_chime_identity(account_id="111122223333"):
        assert ":111122223333:" in create_in()


@pytest.mark.parametrize(
    ("variable", "account_id"), [("444455556666", "444455556666"), ("", ACCOUNT_ID)]
)
def test_the_account_is_otherwise_that_of_the_environment(monkeypatch, variable, account_id):
    monkeypatch.setenv("MOTO_ACCOUNT_ID", variable)

    with mock_chime_identity():
        assert f":{account_id}:" in create_in()


def test_the_account_is_otherwise_the_default(monkeypatch):
    monkeypatch.delenv("MOTO_ACCOUNT_ID", raising=False)

    with mock_chime_identity():
        assert f":{ACCOUNT_ID}:" in create_in()


def test_the_region_is_that_of_clients_that_name_none():
    with mock_chime_identity(region_name="eu-central-1"):
        assert ":eu-central-1:" in create_in()
        assert ":us-east-1:" in create_in("us-east-1")


# Where they are written out


def the_function(name, *, overloaded):
    source = Path(inspect.getfile(chime_identity_mock.mock)).read_text(encoding="utf-8")
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            decorators = [ast.unparse(decorator) for decorator in node.decorator_list]
            if ("overload" in decorators and bool(node.args.kwonlyargs)) == overloaded:
                yield node


def test_the_overload_that_type_checkers_see_has_exactly_the_options():
    (overload,) = the_function("mock_chime_identity", overloaded=True)

    assert [argument.arg for argument in overload.args.kwonlyargs] == NAMES
    assert overload.args.args == overload.args.posonlyargs == []
    assert all(ast.unparse(default) == "..." for default in overload.args.kw_defaults)


@pytest.mark.parametrize(
    ("documented", "field"), [(mock_chime_identity, "param"), (Options, "ivar")]
)
def test_the_documentation_tells_of_exactly_the_options(documented, field):
    assert re.findall(rf":{field} (\w+):", documented.__doc__) == NAMES


def test_the_marker_tells_of_exactly_the_options():
    lines = []

    class Config:
        def addinivalue_line(self, name, line):
            lines.append(line)

    pytest_chime_identity_mock.pytest_configure(Config())

    told = re.match(r"chime_identity_mock\(\*, (.*?)\):", lines[0])[1]
    assert told.split(", ") == NAMES
