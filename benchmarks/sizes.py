"""What grows: time and memory with the number of users, throughput with that of threads."""

from __future__ import annotations

import gc
import tracemalloc
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from itertools import count
from statistics import median
from threading import Thread
from typing import Any

import boto3

from chime_identity_mock import ChimeIdentityMock, current_mock, mock_chime_identity
from chime_identity_mock.service import SERVICE_NAME

from .calls import REGION
from .figures import Effort, Figure, Figures, median_of_ratios, seconds

PAIRS = 400
ROOM = 50
PROMISED = 100_000
"""The size at which some calls are to take no longer than at the smallest."""

THREADS = 8
CALLS_OF_A_THREAD = 1000
EXPIRE_AT_ONCE = 40_000
LATER = {"ExpirationDays": 5475, "ExpirationCriterion": "CREATED_TIMESTAMP"}
TOMORROW = {"ExpirationDays": 1, "ExpirationCriterion": "CREATED_TIMESTAMP"}


def _load(mock: ChimeIdentityMock, number: int, **members: Any) -> str:
    """An AppInstance with so many users."""
    users = [
        {"AppInstanceUserId": f"user-{n:015}", "Name": f"name-{n:015}", **members}
        for n in range(number)
    ]
    (arn,) = mock.load(
        {"version": 1, "app_instances": [{"Name": "chat", "AppInstanceUsers": users}]},
        region_name=REGION,
    )
    return arn


def figures(effort: Effort) -> Figures:
    smallest = effort.sizes[0]
    for size in effort.sizes[1:]:
        # The quota is 100,000; all users are to expire one day.
        with mock_chime_identity(history=0) as mock:
            small = _load(mock, smallest, ExpirationSettings=LATER)
            large = _load(mock, size - ROOM if size > ROOM else size, ExpirationSettings=LATER)
            client = boto3.client(SERVICE_NAME, REGION)
            times = _times(
                client,
                {
                    small: _last_token(client, small, smallest),
                    large: _last_token(client, large, size),
                },
                effort,
            )
            for name in times[small]:
                ratios = zip(times[large][name], times[small][name], strict=True)
                is_bound = size == PROMISED and name in ("create a user", "describe a user", "page")
                yield Figure(
                    f"{name} among {size:,} users",
                    f"among {smallest:,}",
                    median(of_large / of_small for of_large, of_small in ratios),
                    most=1.2 if is_bound else None,
                    is_charted=size == effort.sizes[-1],
                )
            pages = zip(times[large]["last page"], times[large]["page"], strict=True)
            yield Figure(
                f"last page of {size:,} users",
                "the first",
                median(last / first for last, first in pages),
                most=1.2,
                is_charted=size == effort.sizes[-1],
            )


def _last_token(client: Any, arn: str, size: int) -> str:
    """The token of a list's last full page of 50, or of what there is."""
    token = ""
    for _ in range(0, size - 2 * ROOM, ROOM):
        token = client.list_app_instance_users(AppInstanceArn=arn, NextToken=token)["NextToken"]
    return token


def _times(
    client: Any, last_tokens: dict[str, str], effort: Effort
) -> dict[str, dict[str, list[float]]]:
    """How long each kind of call takes in each AppInstance, in turn."""
    times: dict[str, dict[str, list[float]]] = {arn: defaultdict(list) for arn in last_tokens}
    numbers = count()
    for pair in range(effort.times(PAIRS)):
        for arn in list(last_tokens)[:: 1 if pair % 2 else -1]:
            for name, call in _calls(client, arn, last_tokens[arn], f"new-{next(numbers)}"):
                times[arn][name].append(seconds(call))
    return times


def _calls(
    client: Any, arn: str, last_token: str, user_id: str
) -> list[tuple[str, Callable[[], object]]]:
    """Calls that leave as many users as there were."""
    user_arn, to_expire = f"{arn}/user/{user_id}", f"{user_id}-to-expire"

    def create(user_id: str, **settings: Any) -> None:
        client.create_app_instance_user(
            AppInstanceArn=arn, AppInstanceUserId=user_id, Name="Somebody", **settings
        )

    def expire() -> None:
        create(to_expire, ExpirationSettings=TOMORROW)
        current_mock().clock.advance(days=1)
        client.describe_app_instance(AppInstanceArn=arn)

    def page(token: str) -> object:
        return client.list_app_instance_users(AppInstanceArn=arn, NextToken=token)

    return [
        ("create a user", lambda: create(user_id)),
        ("describe a user", lambda: client.describe_app_instance_user(AppInstanceUserArn=user_arn)),
        ("page", lambda: page("")),
        ("last page", lambda: page(last_token)),
        ("delete a user", lambda: client.delete_app_instance_user(AppInstanceUserArn=user_arn)),
        ("create a user, and have one expire", expire),
    ]


def figures_of_memory(effort: Effort) -> Figures:
    number = effort.sizes[-1]
    with mock_chime_identity(history=0) as mock:
        _load(mock, 1)
        gc.collect()
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        _load(mock, number)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        yield Figure(
            "memory of a user, id and name of 20 characters",
            "",
            (after - before) / number,
            "bytes",
            most=1024,
        )


def figures_of_deletion(effort: Effort) -> Figures:
    number = effort.sizes[-1]
    with mock_chime_identity(history=0) as mock:
        client = boto3.client(SERVICE_NAME, REGION)
        for name, members, most in (
            (f"delete an instance of {number:,} users", {}, 50),
            ("the same where all are to expire", {"ExpirationSettings": LATER}, None),
        ):
            taken = []
            for _ in range(effort.times(3)):
                delete = partial(
                    client.delete_app_instance, AppInstanceArn=_load(mock, number, **members)
                )
                taken.append(seconds(delete))
            yield Figure(name, "", 1000 * median(taken), "ms", most=most)


def figures_of_expiry(effort: Effort) -> Figures:
    number = min(EXPIRE_AT_ONCE, effort.sizes[-1])
    with mock_chime_identity(history=0) as mock:
        arn = _load(mock, number, ExpirationSettings=TOMORROW)
        client = boto3.client(SERVICE_NAME, REGION)
        mock.clock.advance(days=1)
        taken = seconds(lambda: client.describe_app_instance(AppInstanceArn=arn))
    yield Figure(f"{number:,} users expire at one moment", "", 1000 * taken, "ms")


def figures_of_threads(effort: Effort) -> Figures:
    calls = effort.times(CALLS_OF_A_THREAD)
    with mock_chime_identity():
        clients = [boto3.client(SERVICE_NAME, REGION) for _ in range(THREADS)]
        arns = [client.create_app_instance(Name="chat")["AppInstanceArn"] for client in clients]
        numbers = count()

        def work(client: Any, arn: str) -> None:
            for _ in range(-(-calls // 4)):
                user_id = f"user-{next(numbers)}"
                user_arn = f"{arn}/user/{user_id}"
                client.create_app_instance_user(
                    AppInstanceArn=arn, AppInstanceUserId=user_id, Name="Somebody"
                )
                client.describe_app_instance_user(AppInstanceUserArn=user_arn)
                client.list_app_instance_users(AppInstanceArn=arn, MaxResults=5)
                client.delete_app_instance_user(AppInstanceUserArn=user_arn)

        def at_once() -> None:
            threads = [Thread(target=work, args=pair) for pair in zip(clients, arns, strict=True)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        def in_a_row() -> None:
            for pair in zip(clients, arns, strict=True):
                work(*pair)

        yield Figure(
            f"calls of {THREADS} threads at once",
            "the same calls of one thread",
            1 / median_of_ratios(at_once, in_a_row, effort.times(5)),
            "x the rate",
            least=0.8,
        )
