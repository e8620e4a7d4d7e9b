"""Listings, in which resources stand, against plain dicts. Rests on nothing of AWS's."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chime_identity_mock.pages import Listing
from chime_identity_mock.transactions import Transaction


@dataclass(frozen=True)
class Thing:
    position: int
    version: int = 0


class ToFail(Exception):
    """What a transaction fails with."""


@pytest.fixture(autouse=True)
def short_pieces(monkeypatch):
    """Have listings be in many pieces with few resources."""
    monkeypatch.setattr("chime_identity_mock.pages._PIECE", 2)


@pytest.fixture
def listing():
    return Listing(Transaction())


def fill(listing, number):
    for position in range(1, number + 1):
        listing.add(str(position), Thing(position))


def remove_in_vain(listing, keys):
    """Take resources out in a transaction that fails."""
    with listing.transaction:
        for key in keys:
            listing.remove(key)
            assert listing.get(key) is None
        raise ToFail


def positions(listing):
    return [thing.position for thing in listing]


def all_pages(listing, size):
    """All pages, and what the tokens between them open to."""
    page, token = listing.page("scope", size, None)
    found = [page]
    while token is not None:
        page, token = listing.page("scope", size, token)
        found.append(page)
    return found


@pytest.mark.parametrize("size", range(1, 12))
def test_pages_go_across_pieces(listing, size):
    fill(listing, 10)

    found = all_pages(listing, size)

    assert [thing.position for page in found for thing in page] == list(range(1, 11))
    assert all(len(page) == size for page in found[:-1])


@pytest.mark.parametrize("size", [1, 3, 7, 50])
def test_pages_go_across_pieces_of_which_little_is_left(listing, size):
    fill(listing, 20)
    left = [1, 4, 5, 11, 20]
    for position in range(1, 21):
        if position not in left:
            listing.remove(str(position))

    assert [thing.position for page in all_pages(listing, size) for thing in page] == left


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("number", [1, 2, 3, 10, 33])
def test_all_taken_out_at_once_are_put_back_in_their_places(listing, number, order):
    fill(listing, number)

    with pytest.raises(ToFail):
        remove_in_vain(listing, [str(p) for p in range(1, number + 1)][::order])

    assert positions(listing) == list(range(1, number + 1))
    assert [thing.position for page in all_pages(listing, 4) for thing in page] == positions(
        listing
    )


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["add", "replace", "remove", "remove what is not there", "undo", "copy"]),
        st.integers(0, 30),
    ),
    max_size=60,
)


@settings(
    max_examples=200,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(changes=CHANGES, size=st.integers(1, 7))
def test_a_listing_is_a_dict_in_order_of_positions(changes, size):
    transaction = Transaction()
    listing, expected, made = Listing(transaction), {}, 0
    for change, number in changes:
        keys = list(expected)
        key = keys[number % len(keys)] if keys else "none"
        if change == "add":
            made += 1
            listing.add(str(made), Thing(made))
            expected[str(made)] = Thing(made)
        elif change == "replace" and keys:
            expected[key] = replace(expected[key], version=expected[key].version + 1)
            listing.replace(key, expected[key])
        elif change == "remove":
            listing.remove(key)
            expected.pop(key, None)
        elif change == "remove what is not there":
            listing.remove("none")
        elif change == "undo":
            with pytest.raises(ToFail):
                remove_in_vain(listing, keys[number % 5 :])
        elif change == "copy":
            left_behind, listing = listing, listing.copy(transaction)
            for other in keys:
                left_behind.remove(other)
        assert list(listing) == list(expected.values())
        assert len(listing) == len(expected)
        assert listing.get(key) == expected.get(key)
    assert [thing for page in all_pages(listing, size) for thing in page] == list(expected.values())
