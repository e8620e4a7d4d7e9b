"""How things are told to people: what is shown of them, and what is kept from view."""

from __future__ import annotations

import pytest

from chime_identity_mock.texts import (
    counted,
    joined,
    quoted,
    shown,
    shown_members,
    unknown_text,
)

KNOWN = ["regions", "region_name_of_clients", "seed"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [("sed", "seed"), ("rigions", "regions"), ("region_", "region_name_of_clients")],
)
def test_of_an_unknown_name_is_told_what_was_meant(name, meant):
    assert f"did you mean {meant!r}?" in unknown_text(name, "option", KNOWN)


@pytest.mark.parametrize("name", ["sed", "xyz", "", 5, None, ["seed"]])
def test_of_an_unknown_name_is_told_what_there_is(name):
    text = unknown_text(name, "option", KNOWN)

    assert text.startswith(f"{name!r} is no option")
    assert text.endswith(", ".join(KNOWN))


@pytest.mark.parametrize(("number", "text"), [(0, "0 calls"), (1, "1 call"), (2, "2 calls")])
def test_a_number_of_things_is_counted(number, text):
    assert counted(number, "call") == text


def test_of_parts_those_are_joined_that_there_are():
    assert joined("a", None, "", "b", 0) == "a, b"
    assert joined("a", "b", separator=" ") == "a b"
    assert joined(None) == ""


@pytest.mark.parametrize("character", ["\n", "\r", "\x1b", "\x85", "\u2028", "\u202e"])
def test_a_quoted_text_holds_nothing_that_steers_a_terminal(character):
    text = quoted(f"a{character}b")

    assert text.isprintable()
    assert text.startswith('"a\\')
    assert text.endswith('b"')


def test_a_quoted_text_is_legible():
    assert quoted("Ann Å. 🙂 it's") == '"Ann Å. 🙂 it\'s"'


@pytest.mark.parametrize("name", ["DeviceToken", "NextToken", "VoipDeviceToken"])
@pytest.mark.parametrize("value", ["secret", 5, None])
def test_of_a_token_only_is_shown_that_there_is_one(name, value):
    assert shown_members({name: value}) == f"{name}=***"


def test_of_metadata_the_length_is_shown():
    assert shown("secret", "Metadata") == "<6 characters>"
    assert shown("s", "Metadata") == "<1 character>"


def test_tokens_and_metadata_are_hidden_however_deep_they_stand():
    params = {"List": [{"DeviceToken": "secret"}, ({"In": {"Metadata": "secret"}},)]}

    text = shown_members(params)

    assert text == "List=[{DeviceToken: ***}, [{In: {Metadata: <6 characters>}}]]"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Ann", '"Ann"'),
        (5, "5"),
        (True, "True"),
        (None, "None"),
        ({}, "{}"),
        ([], "[]"),
        (["a", 1], '["a", 1]'),
        ({"Key": "k", 1: 2}, '{Key: "k", 1: 2}'),
    ],
)
def test_other_values_are_shown_as_they_are(value, text):
    assert shown(value, "Name") == text


def test_members_are_shown_as_in_a_call():
    assert shown_members({"Name": "Ann", "MaxResults": 5}) == 'Name="Ann", MaxResults=5'
    assert shown_members({}) == ""
