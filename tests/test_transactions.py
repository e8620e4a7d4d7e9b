"""All or nothing: what a transaction undoes, and that a listing and the expirations can be undone."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chime_identity_mock.models import Expirations
from chime_identity_mock.pages import Listing
from chime_identity_mock.transactions import Transaction

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
FAILURES = [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit]
keys = st.sampled_from("abcde")


class Failure(Exception):
    """What makes a transaction fail."""


@dataclass(frozen=True)
class Resource:
    position: int
    version: int = 0


def moments(number: int) -> datetime:
    return NOON + timedelta(hours=number)


@contextmanager
def failing(transaction: Transaction, failure: type[BaseException] = Failure) -> Iterator[None]:
    """Have a transaction fail after what is done inside."""
    with suppress(failure), transaction:
        yield
        raise failure


def fail(transaction: Transaction, failure: type[BaseException] = Failure) -> None:
    with transaction:
        raise failure


@pytest.mark.parametrize("failure", FAILURES)
def test_the_last_change_is_undone_first(failure):
    transaction, undone = Transaction(), []

    with failing(transaction, failure):
        for number in range(3):
            transaction.note(undone.append, number)

    assert undone == [2, 1, 0]


def test_what_ended_well_is_not_undone():
    transaction, undone = Transaction(), []

    with transaction:
        transaction.note(undone.append, "kept")
    with failing(transaction):
        assert undone == []

    assert undone == []


def test_what_was_undone_is_not_undone_again():
    transaction, undone = Transaction(), []

    with failing(transaction):
        transaction.note(undone.append, "once")
    with failing(transaction):
        assert undone == ["once"]

    assert undone == ["once"]


@pytest.mark.parametrize("failure", FAILURES)
def test_the_failure_goes_on(failure):
    with pytest.raises(failure):
        fail(Transaction(), failure)


def is_free(transaction: Transaction) -> bool:
    with ThreadPoolExecutor(1) as others:
        return others.submit(transaction._lock.acquire, timeout=5).result(timeout=10)


def test_the_lock_is_released_at_the_end():
    transaction = Transaction()

    with transaction:
        pass

    assert is_free(transaction)


@pytest.mark.parametrize("failure", FAILURES)
def test_the_lock_is_released_on_failure(failure):
    transaction = Transaction()

    with failing(transaction, failure):
        pass

    assert is_free(transaction)


def test_the_lock_is_released_when_undoing_fails():
    transaction = Transaction()

    with suppress(ZeroDivisionError), failing(transaction):
        transaction.note(divmod, 1, 0)

    assert is_free(transaction)


def test_one_waits_for_the_other():
    transaction, order, has_begun = Transaction(), [], Event()

    def other():
        has_begun.set()
        with transaction:
            order.append("other")

    with ThreadPoolExecutor(1) as others:
        with transaction:
            waiting = others.submit(other)
            assert has_begun.wait(10)
            order.append("one")
        waiting.result(timeout=10)

    assert order == ["one", "other"]


# Listings


def filled(transaction: Transaction) -> Listing[Resource]:
    listing: Listing[Resource] = Listing(transaction)
    with transaction:
        for position, key in enumerate("bdac", 1):
            listing.add(key, Resource(position), token=f"token-{key}" if key in "ba" else None)
    return listing


def content(listing: Listing[Resource]) -> object:
    by_key = {key: (listing.get(key), listing.made_with(f"token-{key}")) for key in "abcde"}
    return by_key, list(listing), len(listing), listing.page("scope", 2, None)


def apply(listing: Listing[Resource], steps: list[tuple[str, str]]) -> None:
    for number, (step, key) in enumerate(steps, 10):
        resource = listing.get(key)
        if step == "remove":
            listing.remove(key)
        elif resource is None:
            listing.add(key, Resource(number), token=f"token-{key}")
        else:
            listing.replace(key, Resource(resource.position, number))


steps = st.lists(st.tuples(st.sampled_from(["put", "remove"]), keys), max_size=12)


@given(steps=steps)
def test_a_listing_is_as_before_when_its_transaction_fails(steps):
    transaction = Transaction()
    listing = filled(transaction)
    before = content(listing)

    with failing(transaction):
        apply(listing, steps)

    assert content(listing) == before


@given(steps=steps, later=steps)
def test_a_copy_of_a_listing_is_changed_apart(steps, later):
    transaction, others = Transaction(), Transaction()
    listing = filled(transaction)
    copied = listing.copy(others)
    before = content(listing)

    with failing(others):
        apply(copied, steps)
        assert content(listing) == before
        with transaction:
            apply(listing, later)

    assert content(copied) == before


@given(steps=steps)
def test_undoing_bears_being_asked_for_again(steps):
    transaction = Transaction()
    listing = filled(transaction)
    before = content(listing)

    with failing(transaction):
        apply(listing, steps)
        transaction._undo = [note for note in transaction._undo for _ in range(2)]

    assert content(listing) == before


class Interrupted(Resource):
    """One whose addition breaks off when it is to be put in its place."""

    @property
    def position(self) -> int:
        if not self.__dict__.get("was_asked"):
            self.__dict__["was_asked"] = True
            raise Failure
        return 9


def test_an_addition_that_broke_off_is_undone():
    transaction = Transaction()
    listing = filled(transaction)
    before = content(listing)

    with failing(transaction):
        listing.add("e", Interrupted.__new__(Interrupted), token="token-e")

    assert content(listing) == before


def test_what_was_replaced_keeps_its_token_and_place():
    listing = filled(Transaction())

    listing.replace("b", Resource(1, version=2))

    assert (
        listing.made_with("token-b")
        == listing["b"]
        == next(iter(listing))
        == Resource(1, version=2)
    )


def test_removing_what_is_not_there_changes_nothing():
    listing = filled(Transaction())
    before = content(listing)

    listing.remove("e")

    assert content(listing) == before


# Expirations


def all_due(expirations: Expirations) -> list[str]:
    due = []
    while (user_id := expirations.take(moments(99))) is not None:
        due.append(user_id)
    return due


def test_who_is_due_is_taken_first_first_and_once():
    expirations = Expirations(Transaction())
    for number, user_id in [(3, "c"), (1, "a"), (2, "b"), (1, "a")]:
        expirations.add(moments(number), user_id)

    taken = [expirations.take(moments(2)) for _ in range(3)]

    assert taken == ["a", "b", None]
    assert bool(expirations)
    assert all_due(expirations) == ["c"]
    assert not expirations


@given(steps=st.lists(st.tuples(st.sampled_from(["add", "take"]), st.integers(0, 5), keys)))
def test_expirations_are_as_before_when_their_transaction_fails(steps):
    transaction = Transaction()
    expirations = Expirations(transaction)
    for number, user_id in [(3, "c"), (1, "a"), (3, "b")]:
        expirations.add(moments(number), user_id)
    with transaction:
        copied = expirations.copy(Transaction())

    with failing(transaction):
        for step, number, user_id in steps:
            if step == "add":
                expirations.add(moments(number), user_id)
            else:
                expirations.take(moments(number))
        transaction._undo = [note for note in transaction._undo for _ in range(2)]

    assert all_due(copied) == ["a", "b", "c"]
    assert all_due(expirations) == ["a", "b", "c"]


def test_a_transaction_inside_another_is_a_part_of_it():
    transaction = Transaction()
    undone = []

    with failing(transaction):
        transaction.note(undone.append, "outer")
        with transaction:
            transaction.note(undone.append, "inner, ended well")
        with suppress(Failure), transaction:
            transaction.note(undone.append, "inner, failed")
            raise Failure
        assert undone == ["inner, failed"]

    assert undone == ["inner, failed", "inner, ended well", "outer"]
    with transaction:
        transaction.note(undone.append, "kept")
    assert undone[3:] == []
