"""Retention settings of an AppInstance (ledger: retention and expiration).

The timestamp's presence and what Get answers before any Put rest on evidence I, the rest on D.
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest
from behaviour import LATER, SOON, set_time
from support import send

OFF = [{}, {"ChannelRetentionSettings": {}}]


def days(number):
    return {"ChannelRetentionSettings": {"RetentionDays": number}}


def put(client, arn, settings):
    answer = client.put_app_instance_retention_settings(
        AppInstanceArn=arn, AppInstanceRetentionSettings=settings
    )
    del answer["ResponseMetadata"]
    return answer


def get(client, arn):
    answer = client.get_app_instance_retention_settings(AppInstanceArn=arn)
    del answer["ResponseMetadata"]
    return answer


def path_of(arn):
    return f"/app-instances/{quote(arn, safe='')}/retention-settings"


@pytest.mark.rule("retention-start")
def test_before_any_put_the_settings_are_empty(client, app_instance_arn):
    assert get(client, app_instance_arn) == {"AppInstanceRetentionSettings": {}}


@pytest.mark.rule("retention")
@pytest.mark.parametrize("number", [1, 30, 5475])
def test_put_is_answered_and_read_back_as_sent(client, app_instance_arn, number):
    answer = put(client, app_instance_arn, days(number))

    assert answer["AppInstanceRetentionSettings"] == days(number)
    assert get(client, app_instance_arn) == answer


@pytest.mark.rule("retention-start")
def test_deletion_starts_thirty_days_after_the_put(client, app_instance_arn, monkeypatch):
    set_time(monkeypatch, SOON)

    answer = put(client, app_instance_arn, days(1))

    assert answer["InitiateDeletionTimestamp"] == SOON + timedelta(days=30)


@pytest.mark.rule("retention", "retention-start")
def test_deletion_is_counted_from_the_last_put(client, app_instance_arn, monkeypatch):
    set_time(monkeypatch, SOON)
    put(client, app_instance_arn, days(1))
    set_time(monkeypatch, LATER)

    put(client, app_instance_arn, days(2))

    assert get(client, app_instance_arn) == {
        "AppInstanceRetentionSettings": days(2),
        "InitiateDeletionTimestamp": LATER + timedelta(days=30),
    }


@pytest.mark.rule("retention-start")
def test_reading_moves_nothing(client, app_instance_arn, monkeypatch):
    set_time(monkeypatch, SOON)
    answer = put(client, app_instance_arn, days(1))
    set_time(monkeypatch, LATER)

    assert get(client, app_instance_arn) == answer


@pytest.mark.rule("retention", "retention-start")
@pytest.mark.parametrize("settings", OFF)
def test_put_without_days_turns_retention_off(client, app_instance_arn, settings):
    put(client, app_instance_arn, days(7))

    assert put(client, app_instance_arn, settings) == {"AppInstanceRetentionSettings": settings}
    assert get(client, app_instance_arn) == {"AppInstanceRetentionSettings": settings}


@pytest.mark.rule("retention", "retention-start")
def test_retention_can_be_turned_on_again(client, app_instance_arn):
    put(client, app_instance_arn, days(7))
    put(client, app_instance_arn, {})

    answer = put(client, app_instance_arn, days(8))

    assert get(client, app_instance_arn) == answer
    assert "InitiateDeletionTimestamp" in answer


@pytest.mark.rule("null-left-out")
@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"ChannelRetentionSettings": None}, {}),
        ({"ChannelRetentionSettings": {"RetentionDays": None}}, {"ChannelRetentionSettings": {}}),
    ],
)
def test_null_is_left_out(client, app_instance_arn, sent, expected):
    put(client, app_instance_arn, days(7))

    answer = send("PUT", path_of(app_instance_arn), {"AppInstanceRetentionSettings": sent})

    assert answer.body == {"AppInstanceRetentionSettings": expected}
    assert get(client, app_instance_arn) == {"AppInstanceRetentionSettings": expected}


@pytest.mark.rule("constraints")
@pytest.mark.parametrize("number", [0, -1, 5476])
def test_days_beyond_the_bounds_are_a_bad_request(client, app_instance_arn, number):
    before = put(client, app_instance_arn, days(7))

    answer = send("PUT", path_of(app_instance_arn), {"AppInstanceRetentionSettings": days(number)})

    assert (answer.status, answer.error) == (400, "BadRequestException")
    assert get(client, app_instance_arn) == before


@pytest.mark.rule("constraints")
def test_settings_left_out_are_a_bad_request(client, app_instance_arn):
    before = put(client, app_instance_arn, days(7))

    answer = send("PUT", path_of(app_instance_arn), {})

    assert (answer.status, answer.error) == (400, "BadRequestException")
    assert get(client, app_instance_arn) == before


@pytest.mark.rule("json-types")
def test_days_of_a_text_are_no_integer(client, app_instance_arn):
    answer = send("PUT", path_of(app_instance_arn), {"AppInstanceRetentionSettings": days("30")})

    assert (answer.status, answer.error) == (400, "SerializationException")
    assert get(client, app_instance_arn) == {"AppInstanceRetentionSettings": {}}


@pytest.mark.rule("retention-start")
def test_instances_have_settings_of_their_own(client, app_instance_arn):
    other = client.create_app_instance(Name="other")["AppInstanceArn"]

    put(client, other, days(7))

    assert get(client, app_instance_arn) == {"AppInstanceRetentionSettings": {}}
