"""The command ``serve``: the mock at an address, until it is told to end."""

from __future__ import annotations

import argparse
import signal
from contextlib import suppress
from datetime import timedelta
from threading import Event
from typing import Any

from .mock import mock_chime_identity
from .options import DEFAULT_HISTORY
from .server import DEFAULT_HOST, DEFAULT_PORT, ENDPOINT_VARIABLE, Server


def add_command(commands: Any) -> None:
    """Add the command to those of the command line."""
    command: argparse.ArgumentParser = commands.add_parser(
        "serve",
        help="answer AWS SDKs of any language over HTTP",
        description="Answer AWS SDKs of any language over HTTP, from memory. A page for people, and "
        "JSON to steer and inspect, are at /_mock/.",
    )
    command.set_defaults(run=run)
    command.add_argument(
        "--host",
        default=DEFAULT_HOST,
        help="an address other than this machine's own opens the API and /_mock/ to whoever can reach "
        "it; default: %(default)s",
    )
    command.add_argument(
        "--port",
        type=int,
        default=DEFAULT_PORT,
        help="0 for one that is free; default: %(default)s",
    )
    command.add_argument("--verbose", action="store_true", help="print a line for each request")
    command.add_argument("--region-name", help="the region of /_mock/ where none is given")
    command.add_argument(
        "--account-id", help="the account of calls whose access key names no other"
    )
    command.add_argument("--allow-any-region", action="store_true", help="answer in every region")
    command.add_argument(
        "--quota",
        action="append",
        default=[],
        type=_pair,
        metavar="NAME=NUMBER",
        help="how many there can be, e.g. users_per_app_instance=5; can be given again",
    )
    command.add_argument(
        "--expiration-delay",
        type=_hours,
        default=timedelta(),
        metavar="HOURS",
        help="how long an expired user is still there, up to 6",
    )
    command.add_argument("--rate-limits", action="store_true", help="enforce AWS's request rates")
    command.add_argument(
        "--rate-limit",
        action="append",
        default=[],
        type=_pair,
        metavar="OPERATION=RATE",
        help="enforce AWS's request rates, but this for this operation, in requests a second; can "
        "be given again",
    )
    command.add_argument(
        "--history",
        default=DEFAULT_HISTORY,
        type=_history,
        metavar="NUMBER",
        help="how many calls are kept, or: all; default: %(default)s",
    )
    command.add_argument("--seed", type=int, help="makes ids the same in every run")


def run(parsed: argparse.Namespace) -> None:
    """Serve until Ctrl-C or SIGTERM.

    :raises ValueError: an option has a value that it doesn't take
    :raises OSError: the address can't be had
    """
    rates = dict(parsed.rate_limit)
    mock = mock_chime_identity(
        region_name=parsed.region_name,
        account_id=parsed.account_id,
        allow_any_region=parsed.allow_any_region,
        quotas=dict(parsed.quota),
        expiration_delay=parsed.expiration_delay,
        rate_limits=rates or parsed.rate_limits,
        assert_faults_used=False,
        history=parsed.history,
        seed=parsed.seed,
    )
    is_over = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: is_over.set())
    report = _print_request if parsed.verbose else None
    with mock, Server(mock, parsed.host, parsed.port, report) as server:
        print(f"Amazon Chime SDK Identity is mocked at {server.url} (Ctrl-C ends it).")  # noqa: T201
        print(f"export {ENDPOINT_VARIABLE}={server.url}", flush=True)  # noqa: T201
        is_over.wait()


def _print_request(operation_name: str, outcome: object) -> None:
    with suppress(OSError):  # nobody reads it any more; that is nothing to the caller
        print(f"{operation_name} {outcome}", flush=True)  # noqa: T201


def _pair(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        number = float(value)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=NUMBER") from None
    return name, int(number) if number.is_integer() else number


def _hours(text: str) -> timedelta:
    try:
        return timedelta(hours=float(text))
    except (OverflowError, ValueError):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of hours") from None


def _history(text: str) -> int | None:
    try:
        return None if text == "all" else int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of calls, and not: all") from None
