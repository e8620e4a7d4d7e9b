"""The guards around every test do guard."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

# An address of the block that is reserved for documentation; nothing is there.
NOWHERE = "192.0.2.1"


def test_no_connection_leaves_the_machine(network_guard):
    with pytest.raises(OSError, match="network guard"), socket.socket() as connection:
        connection.connect((NOWHERE, 80))

    assert network_guard == [str((NOWHERE, 80))]
    network_guard.clear()


@pytest.mark.parametrize("host", ["aws.example", b"aws.example"])
def test_no_name_is_looked_up(network_guard, host):
    with pytest.raises(socket.gaierror, match="network guard"):
        socket.getaddrinfo(host, 443)

    assert network_guard == [str(host)]
    network_guard.clear()


def test_a_connection_within_the_machine_is_let_through():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()


def test_a_swallowed_attempt_fails_the_test(pytester):
    pytester.makeconftest(Path(__file__).with_name("conftest.py").read_text(encoding="utf-8"))
    pytester.makepyfile(
        """
        import socket

        def test_that_hides_it():
            try:
                socket.getaddrinfo("aws.example", 443)
            except OSError:
                pass
        """
    )
    result = pytester.runpytest("-p", "no:randomly")
    result.assert_outcomes(passed=1, errors=1)
