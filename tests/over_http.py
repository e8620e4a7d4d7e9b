"""Talking to a server that runs in this process, past all that an SDK does."""

from __future__ import annotations

import io
import json
import socket
from http.client import HTTPConnection, HTTPResponse
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from support import authorization


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: Any
    content: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.content)

    @property
    def error(self) -> str | None:
        return self.headers["x-amzn-ErrorType"]


def connect(url: str) -> HTTPConnection:
    return HTTPConnection(urlsplit(url).netloc, timeout=30)


def call(
    connection: HTTPConnection,
    method: str,
    target: str,
    body: Any = None,
    headers: dict[str, str] | None = None,
    **signature: str,
) -> Answer:
    """Send a signed request.

    :param body: bytes as they are, anything else but ``None`` as JSON
    :param headers: beside, or in place of, the one that signs the request
    :param signature: parts of the signature that are not the defaults
    """
    content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    signed = {"Authorization": authorization(**signature)}
    connection.request(method, target, content, {**signed, **(headers or {})})
    return _read(connection.getresponse())


def call_once(
    url: str,
    method: str,
    target: str,
    body: Any = None,
    headers: dict[str, str] | None = None,
    **signature: str,
) -> Answer:
    """The same on a connection of its own."""
    connection = connect(url)
    try:
        return call(connection, method, target, body, headers, **signature)
    finally:
        connection.close()


def exchange(url: str, sent: bytes, *, end: bool = True) -> list[Answer]:
    """Send bytes, and take all the answers there are until the server closes the connection.

    :param end: say at once that nothing more is sent; otherwise the server is to close by itself
    """
    host, port = urlsplit(url).hostname, urlsplit(url).port
    with socket.create_connection((host, port), timeout=30) as connection:
        connection.sendall(sent)
        if end:
            connection.shutdown(socket.SHUT_WR)
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    return parsed(received)


def parsed(received: bytes) -> list[Answer]:
    """The answers that bytes hold."""
    stream = _Unclosed(received)
    answers = []
    while stream.tell() < len(received):
        response = HTTPResponse(_Socket(stream))  # type: ignore[arg-type]
        response.begin()
        answers.append(_read(response))
    return answers


def _read(response: HTTPResponse) -> Answer:
    return Answer(response.status, response.headers, response.read())


class _Unclosed(io.BytesIO):
    """Several responses are read from it, each of which would close it."""

    def close(self) -> None:
        pass


class _Socket(NamedTuple):
    stream: io.BytesIO

    def makefile(self, mode: str) -> io.BytesIO:
        return self.stream


def check_error(answer: Answer, status: int, error: str) -> None:
    """An answer is this error, in the form in which the service answers all errors."""
    assert (answer.status, answer.error) == (status, error)
    check_form(answer)


def check_form(answer: Answer) -> bool:
    assert answer.status >= 400
    assert answer.error
    assert answer.headers["x-amzn-RequestId"]
    assert answer.headers["Content-Type"] == "application/json"
    assert isinstance(answer.body["Message"], str)
    assert answer.body.keys() <= {"Code", "Message"}
    return True
