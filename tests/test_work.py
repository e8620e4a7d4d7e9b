"""How much the mock does, in function calls, which are the same on a busy machine.

What is counted are calls made by the package itself, to Python's functions and C's. The bounds lie
a tenth above what was counted when they were set: whoever passes one has added work to what
everybody's tests do all the time, and should know what for.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from support import SERVICE

import chime_identity_mock
from chime_identity_mock import mock_chime_identity

PACKAGE = str(Path(chime_identity_mock.__file__).parent)
GENERATED = "<string>"


def calls_in(function):
    """How many calls code of the package makes while a function runs, once all is compiled."""
    for _ in range(3):
        function()
    made = 0

    # Coverage doesn't see what runs while Python profiles.
    def count(frame, event, arg):  # pragma: no cover
        nonlocal made
        caller = frame if event == "c_call" else frame.f_back
        if event in ("call", "c_call") and caller is not None:
            name = caller.f_code.co_filename
            made += name == GENERATED or name.startswith(PACKAGE)

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        function()
    finally:
        sys.setprofile(before)
    return made


@pytest.fixture
def filled(client, app_instance_arn):
    for number in range(50):
        client.create_app_instance_user(
            AppInstanceArn=app_instance_arn, AppInstanceUserId=f"u{number}", Name="Ann"
        )
    return app_instance_arn


def test_describing(client, app_instance_arn):
    made = calls_in(lambda: client.describe_app_instance(AppInstanceArn=app_instance_arn))

    assert 0 < made <= 120


def test_creating(client, app_instance_arn):
    numbers = iter(range(100))

    made = calls_in(
        lambda: client.create_app_instance_user(
            AppInstanceArn=app_instance_arn, AppInstanceUserId=f"u{next(numbers)}", Name="Ann"
        )
    )

    assert 0 < made <= 190


def test_a_page_takes_little_for_each_resource(client, filled):
    one = calls_in(lambda: client.list_app_instance_users(AppInstanceArn=filled, MaxResults=1))
    all_of_them = calls_in(lambda: client.list_app_instance_users(AppInstanceArn=filled))

    assert 0 < (all_of_them - one) / 49 <= 3


def test_starting_and_stopping():
    def start_and_stop():
        with mock_chime_identity():
            pass

    assert 0 < calls_in(start_and_stop) <= 420


def test_a_call_that_is_not_the_packages_is_not_counted():
    assert calls_in(lambda: len(SERVICE)) == 0
