"""Attributes that are replaced for a while, whoever else replaces them meanwhile."""

from __future__ import annotations

import gc
import weakref

import pytest

from chime_identity_mock.patching import Patch


def original():
    return ["original"]


class Owner:
    pass


@pytest.fixture
def owner():
    Owner.method = staticmethod(original)
    return Owner


def wrap(function):
    def wrapper():
        return ["ours", *function()]

    return wrapper


def others(function):
    def wrapper():
        return ["theirs", *function()]

    return wrapper


@pytest.fixture
def patch(owner):
    return Patch(owner, "method", wrap)


def test_the_attribute_is_replaced_and_put_back(owner, patch):
    patch.put_up()
    during = owner.method()
    patch.take_down()

    assert during == ["ours", "original"]
    assert owner.method is original


def test_it_can_be_put_up_again(owner, patch):
    for _ in range(3):
        patch.put_up()
        assert owner.method() == ["ours", "original"]
        patch.take_down()

    assert owner.method is original


def test_putting_it_up_twice_is_putting_it_up_once(owner, patch):
    patch.put_up()
    patch.put_up()

    assert owner.method() == ["ours", "original"]
    patch.take_down()
    assert owner.method is original


def test_taking_it_down_without_putting_it_up_changes_nothing(owner, patch):
    patch.take_down()

    assert owner.method is original


def test_what_another_put_in_its_place_is_left_there(owner, patch):
    patch.put_up()
    theirs = owner.method = others(owner.method)
    patch.take_down()

    assert owner.method is theirs


def test_what_was_there_before_is_put_back_whoever_put_it_there(owner, patch):
    theirs = owner.method = others(owner.method)
    patch.put_up()
    assert owner.method() == ["ours", "theirs", "original"]
    patch.take_down()

    assert owner.method is theirs


def test_what_another_put_back_too_late_is_cleared_away_the_next_time(owner, patch):
    patch.put_up()
    ours = owner.method
    owner.method = others(ours)
    patch.take_down()
    owner.method = ours

    patch.put_up()
    assert owner.method() == ["ours", "original"]
    patch.take_down()

    assert owner.method is original


def test_what_another_put_back_meanwhile_is_cleared_away_too(owner, patch):
    patch.put_up()
    first = owner.method
    owner.method = others(first)
    patch.take_down()
    patch.put_up()
    owner.method = first

    patch.take_down()

    assert owner.method is original


def test_taken_down_crosswise_again_and_again_it_does_not_pile_up(owner, patch):
    for _ in range(100):
        patch.put_up()
        first = owner.method
        owner.method = others(first)
        patch.take_down()
        patch.put_up()
        second = owner.method
        owner.method = others(second)
        patch.take_down()
        owner.method = first
        patch.put_up()
        owner.method = second
        patch.take_down()
        owner.method = first
        patch.put_up()
        patch.take_down()

        assert owner.method is original


def test_the_same_replacement_serves_again(owner, patch):
    patch.put_up()
    replacement = owner.method
    patch.take_down()
    patch.put_up()

    assert owner.method is replacement


def test_a_replacement_of_what_stands_there_no_more_is_forgotten(owner, patch):
    patch.put_up()
    replacement = weakref.ref(owner.method)
    patch.take_down()
    owner.method = others(owner.method)
    patch.put_up()
    patch.take_down()

    gc.collect()

    assert replacement() is None
