"""What sessions share while the mock is on, and what they don't.

All of it rests on how botocore makes sessions and clients.
"""

from __future__ import annotations

import boto3
import pytest
from botocore import handlers
from botocore.hooks import HierarchicalEmitter
from botocore.session import Session
from doubles import run_script
from support import OPERATIONS, SERVICE

EVENTS = [
    *(spec[0] for spec in handlers.BUILTIN_HANDLERS),
    *(f"before-send.{SERVICE}.{name}" for name in OPERATIONS),
    "before-call.s3.PutObject",
    "creating-client-class.chime",
]


def handlers_of(session, event):
    """The handlers that an event of a session goes to, in order."""
    events = session.get_component("event_emitter")
    return list(events._emitter._handlers.prefix_search(events._alias_event_name(event)))


def noted(**kwargs):
    """A handler of a user's."""


def noted_too(**kwargs):
    """Another."""


@pytest.fixture(scope="module")
def plain_session():
    """A session made without the mock."""
    return Session()


@pytest.mark.parametrize("event", EVENTS)
def test_a_session_has_the_handlers_that_any_has(plain_session, mock, event):
    Session()  # from which the next has them

    assert handlers_of(Session(), event) == handlers_of(plain_session, event)


def test_what_is_registered_with_a_session_is_its_own(mock):
    first, second = Session(), Session()

    first.register("before-call", noted)

    assert noted in handlers_of(first, "before-call")
    assert noted not in handlers_of(second, "before-call")
    assert noted not in handlers_of(Session(), "before-call")


def test_what_is_registered_with_a_client_is_its_own(mock):
    calls = []
    first, second = boto3.client(SERVICE), boto3.client(SERVICE)
    first.meta.events.register("before-call", lambda **kwargs: calls.append(kwargs))

    second.list_app_instances()
    boto3.client(SERVICE).list_app_instances()
    assert calls == []

    first.list_app_instances()
    assert len(calls) == 1


def test_handlers_that_come_to_botocores_own_reach_sessions_made_later(mock, monkeypatch):
    Session()
    monkeypatch.setattr(
        handlers,
        "BUILTIN_HANDLERS",
        [*handlers.BUILTIN_HANDLERS, ("before-call", noted), ("before-call", noted_too)],
    )
    assert {noted, noted_too} <= set(handlers_of(Session(), "before-call"))

    handlers.BUILTIN_HANDLERS.remove(("before-call", noted))
    assert {noted, noted_too} & set(handlers_of(Session(), "before-call")) == {noted_too}


def test_a_session_with_handlers_already_keeps_them(mock):
    hooks = HierarchicalEmitter()
    hooks.register("before-call", noted)

    session = Session(event_hooks=hooks)

    assert noted in handlers_of(session, "before-call")
    assert set(handlers_of(Session(), "before-call")) < set(handlers_of(session, "before-call"))


def test_events_of_another_kind_are_filled_by_botocore(plain_session, mock):
    class Emitter(HierarchicalEmitter):
        pass

    session = Session(event_hooks=Emitter())

    assert handlers_of(session, "before-call") == handlers_of(plain_session, "before-call")


def test_a_session_without_botocores_handlers_has_none(mock):
    session = Session(include_builtin_handlers=False)

    assert handlers_of(session, "before-send") == []


def test_old_names_of_events_reach_their_present_ones(mock):
    clients = [boto3.client(SERVICE) for _ in range(2)]
    calls = []
    for client in clients:
        client.meta.events.register("before-call.chime-sdk-identity", lambda **_: calls.append(1))
        client.list_app_instances()

    assert calls == [1, 1]


def test_botocore_is_as_it_was_afterwards():
    script = """
import json
import botocore.session
from botocore.hooks import EventAliaser
from botocore.session import Session

def places():
    return [
        botocore.session.create_loader,
        Session._register_builtin_handlers,
        EventAliaser.__copy__,
    ]

before = places()
from chime_identity_mock import mock_chime_identity
with mock_chime_identity():
    inside = places()
print(json.dumps([before == places(), [a is b for a, b in zip(before, inside)]]))
"""

    assert run_script(script) == [True, [False, False, False]]


def test_each_file_of_botocores_is_read_once():
    script = """
import json
from botocore.loaders import JSONFileLoader

load_file, read = JSONFileLoader.load_file, []

def reading(loader, path):
    content = load_file(loader, path)
    if content is not None:
        read.append(path.replace(chr(92), "/").partition("/data/")[2])
    return content

JSONFileLoader.load_file = reading

import boto3
from chime_identity_mock import mock_chime_identity

for _ in range(2):
    with mock_chime_identity():
        for _ in range(2):
            client = boto3.Session().client("chime-sdk-identity")
            client.create_app_instance(Name="chat")
            client.list_app_instances()
print(json.dumps(read))
"""
    read = run_script(script)

    assert len(read) == len(set(read))
    assert [name for name in read if "service-2" in name] == [
        "chime-sdk-identity/2021-04-20/service-2"
    ]
