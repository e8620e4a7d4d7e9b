"""The mock over HTTP, for programs in any language: a WSGI application, and a server for it.

Beside the API's own paths there is ``/_mock/``: a page for people, and JSON to steer and inspect.
"""

from __future__ import annotations

import re
import socket
import string
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from email.errors import MissingHeaderBodySeparatorDefect
from http import HTTPStatus
from http.client import responses as reasons
from io import BufferedIOBase
from threading import Lock, Thread
from typing import IO, TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, unquote

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from . import control
from .environment import proxies_but_for, variables_for_others
from .exceptions import SerializationException, ServiceError
from .gateway import Request, Response, error_response, gateway
from .mock import ChimeIdentityMock, current_mock, mock_chime_identity

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from typing_extensions import Self

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 5001
MAX_BODY = 1024 * 1024
"""The longest body of a request to the service that is read, in bytes."""

MAX_STATE = 128 * MAX_BODY
"""The same at ``/_mock/``, where a whole state can come in."""

ENDPOINT_VARIABLE = "AWS_ENDPOINT_URL_CHIME_SDK_IDENTITY"
"""What boto3, the AWS CLI and the SDKs for JavaScript and Go take the endpoint from."""

_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "date, x-amzn-errortype, x-amzn-requestid",
}

_CLOSES = "chime_identity_mock.closes"
"""Set in the environ when a body was not read to its end: the rest would be the next request."""

_MOST_AT_ONCE = 64 * 1024
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,16}(?=[ \t]*(;|$))")
_LONGEST_LINE = 64 * 1024
_MAX_PORT = 0xFFFF
_MOST_SECONDS_TO_END = 5
_MOST_DIGITS = 18
_SCHEME_AND_HOST = re.compile(r"^[^/?]*//[^/?]*")

_NOT_FOR_OTHERS = {
    "Content-Security-Policy": "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
"""Keeps another's web page from laying ours under its own, where a click meant for it would reset."""

Report = Callable[[str, object], None]
"""Takes an operation's name, ``-`` where none answers such a request, and what came of it."""


class _Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


class Application:
    """The mock as a WSGI application.

    :param mock: the one that is steered and inspected at ``/_mock/``; by default the one that is
        on, and where none is, one of its own, which is on from the first request
    :param report: called after each request to the service
    :param host: the name that ``/_mock/`` goes by beside those of this machine's loopback
    """

    def __init__(
        self,
        mock: ChimeIdentityMock | None = None,
        *,
        report: Report | None = None,
        host: str = DEFAULT_HOST,
    ) -> None:
        self._given = mock
        self._report = report
        self._host = host
        self._lock = Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        mock = self._given or self._mock_that_is_on()
        target = _target(environ)
        if f"{target.partition('?')[0]}/".startswith(control.PATH):
            answer = self._steer(mock, environ, target)
        else:
            answer = self._serve(environ, target)
        start_response(
            f"{answer.status} {reasons.get(answer.status, 'Unknown')}", [*answer.headers.items()]
        )
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]

    def _mock_that_is_on(self) -> ChimeIdentityMock:
        with self._lock:
            try:
                return current_mock()
            except RuntimeError:
                return mock_chime_identity(assert_faults_used=False).start()

    def _serve(self, environ: WSGIEnvironment, target: str) -> _Answer:
        method = environ["REQUEST_METHOD"]
        try:
            body = _body(environ, MAX_BODY)
            if method == "OPTIONS":
                return _preflight(environ)
            response = gateway.handle(Request(method, target, _headers(environ), body))
        except ServiceError as error:
            response = error_response(error)
        except NotImplementedError as error:
            response = error_response(ServiceError("NotImplementedException", str(error), 501))
        if self._report is not None:
            self._report(*_told(response))
        if response.raises is not None:
            raise NoAnswer from response.raises
        return _answer_of(response)

    def _steer(self, mock: ChimeIdentityMock, environ: WSGIEnvironment, target: str) -> _Answer:
        host, origin = environ.get("HTTP_HOST", ""), environ.get("HTTP_ORIGIN")
        path, _, query = target.partition("?")
        if control.is_admitted(host, origin, self._host):
            try:
                body = _body(environ, MAX_STATE)
            except ServiceError as error:
                steered = control.refusal(error.status, error.message)
            else:
                steered = control.answer(mock, environ["REQUEST_METHOD"], path, query, body)
        else:
            environ[_CLOSES] = True
            steered = control.refusal(403, control.FOREIGN)
        status, content_type, content = steered
        headers = {"Content-Type": content_type, "Content-Length": str(len(content))}
        if status == HTTPStatus.PERMANENT_REDIRECT:
            headers["Location"] = control.PATH.lstrip("/")  # below whatever it is mounted at
        return _Answer(status, {**headers, **_NOT_FOR_OTHERS}, content)


class NoAnswer(ConnectionError):
    """The client is to get no answer: the connection is closed."""


application = Application()
"""The mock that is on, or one with no options, as a WSGI application."""


def _told(response: Response) -> tuple[str, object]:
    """What came of a request, as it is reported."""
    if response.call is None:
        return "-", f"{response.status} {response.headers['x-amzn-ErrorType']}"
    return response.call.operation, response.call.error or response.call.status


def _target(environ: WSGIEnvironment) -> str:
    """Path and query as they were sent, as far as the server tells, below where it is mounted."""
    sent: str | None = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    target = _path_and_query(environ) if sent is None else sent
    if not target.startswith("/"):  # to a proxy
        target = _SCHEME_AND_HOST.sub("", target)
    if sent is not None:
        target = _below(environ.get("SCRIPT_NAME", ""), target)
    # Bytes that should have been percent-encoded are, and what is stays as it is.
    return quote(target, safe=string.punctuation, encoding="latin-1")


def _path_and_query(environ: WSGIEnvironment) -> str:
    query = environ.get("QUERY_STRING", "")
    return quote(environ.get("PATH_INFO", ""), encoding="latin-1") + (f"?{query}" if query else "")


def _below(prefix: str, target: str) -> str:
    """A target without the path at its front, which may be encoded in it in any way."""
    path, mark, query = target.partition("?")
    depth = prefix.count("/")
    parts = path.split("/")
    if not depth or unquote("/".join(parts[: depth + 1]), "latin-1") != prefix:
        return target
    return "".join(f"/{part}" for part in parts[depth + 1 :]) + mark + query


def _headers(environ: WSGIEnvironment) -> dict[str, str]:
    return {
        name[5:].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }


def _body(environ: WSGIEnvironment, most: int) -> bytes:
    """The body, whole.

    :param most: how many bytes it may have
    :raises ServiceError: it is too long, or not as long as the request says
    """
    environ[_CLOSES] = True
    is_terminated = environ.get("wsgi.input_terminated", False)  # of chunks, say
    stated = environ.get("CONTENT_LENGTH") or "0"
    is_coded = "HTTP_TRANSFER_ENCODING" in environ
    if not is_terminated and (is_coded or not stated.isdecimal()):
        raise SerializationException("The request does not say how long its body is.")
    # Python makes no number of thousands of digits.
    length = most + 1 if is_terminated or len(stated) > _MOST_DIGITS else int(stated)
    too_long = ServiceError(
        "RequestEntityTooLargeException", f"The body is longer than {most} bytes.", 413
    )
    if length > most and not is_terminated:
        raise too_long
    wrong_length = SerializationException("The body is not as long as the request says.")
    try:
        body = b"".join(_parts(environ["wsgi.input"], length))
    except (OSError, ValueError):
        raise wrong_length from None
    if len(body) > most:
        raise too_long
    if len(body) < length and not is_terminated:
        raise wrong_length
    environ[_CLOSES] = False
    return body


def _parts(stream: IO[bytes] | _Chunks, most: int) -> Iterator[bytes]:
    """What a stream holds, up to so many bytes."""
    while most:
        part = stream.read(min(most, _MOST_AT_ONCE))
        if not part:
            return
        most -= len(part)
        yield part


def _answer_of(response: Response) -> _Answer:
    headers = {**response.headers, **_CORS}
    if response.status != HTTPStatus.NO_CONTENT:
        headers["Content-Length"] = str(len(response.body))
    return _Answer(response.status, headers, response.body)


def _preflight(environ: WSGIEnvironment) -> _Answer:
    """What a browser asks before it lets a page call the API."""
    headers = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "*")
    allowed = {
        "Access-Control-Allow-Headers": " ".join(headers.split()),  # they could be folded
        "Access-Control-Allow-Methods": "DELETE, GET, POST, PUT",
        "Access-Control-Max-Age": "600",
    }
    return _Answer(204, {**_CORS, **allowed}, b"")


# The server


class _Handler(WSGIRequestHandler):
    """Keeps connections open, which werkzeug's own handler doesn't, and writes no log.

    The application reads a request's body whole, or has the connection closed.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 60
    has_unread = False

    def parse_request(self) -> bool:
        if not self.raw_requestline.decode("latin-1").strip():  # some send one after a body
            self.close_connection = False
            return False
        return super().parse_request()

    def send_response(self, code: int, message: str | None = None) -> None:
        if self.request_version == "HTTP/0.9":  # which has no status and no headers
            self.request_version = "HTTP/1.0"
        super().send_response(code, message)

    def handle_expect_100(self) -> bool:
        super().handle_expect_100()
        self.wfile.flush()
        return True

    def run_wsgi(self) -> None:
        try:
            environ = self.make_environ()
        except ValueError:
            self.send_error(HTTPStatus.BAD_REQUEST, "Bad request target")
            return
        if any(isinstance(one, MissingHeaderBodySeparatorDefect) for one in self.headers.defects):
            self.send_error(HTTPStatus.BAD_REQUEST, "Bad header line")
            return
        if len({*self.headers.get_all("Content-Length", ())}) > 1:
            self.send_error(HTTPStatus.BAD_REQUEST, "More than one Content-Length")
            return
        environ["RAW_URI"] = self.path
        if "wsgi.input_terminated" in environ:
            # werkzeug's own reads past its memory where a chunk is cut short.
            environ["wsgi.input"] = _Chunks(self.rfile)

        def start_response(status: str, headers: list[tuple[str, str]], *exc_info: object) -> Any:
            code, _, reason = status.partition(" ")
            self.send_response(int(code), reason)
            for name, value in headers:
                self.send_header(name, value)
            if environ[_CLOSES]:
                self.has_unread = True
                self.send_header("Connection", "close")
            elif not self.close_connection and self.request_version == "HTTP/1.0":
                self.send_header("Connection", "keep-alive")
            self.end_headers()

        try:
            self.wfile.write(b"".join(self.server.app(environ, start_response)))
        except NoAnswer:
            self.close_connection = True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what can't be read as HTTP at all."""
        message = message or HTTPStatus(code).phrase
        response = error_response(ServiceError("BadRequestException", message, code))
        self.has_unread = True
        self.send_response(code, message)
        for name, value in {**response.headers, **_CORS, "Connection": "close"}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        self.wfile.write(response.body)

    def finish(self) -> None:
        if self.has_unread:
            # To close on what is unread would take the answer back from who is still sending.
            with suppress(OSError):
                self.wfile.flush()
                self.connection.shutdown(socket.SHUT_WR)
                self.connection.settimeout(1)
                for _ in _parts(self.connection.makefile("rb", 0), MAX_STATE):
                    pass
        super().finish()

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's name
        """Write none."""

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Write none."""


class _Chunks:
    """A body that is sent in chunks."""

    def __init__(self, stream: BufferedIOBase) -> None:
        self._stream = stream
        self._left_of_chunk = 0
        self._is_over = False

    def read(self, most: int) -> bytes:
        """Some of the body, nothing at its end.

        :raises ValueError: it is not in chunks, or cut short
        """
        if not self._left_of_chunk and not self._is_over:
            size = _CHUNK_SIZE.match(self._line())
            if size is None:
                raise ValueError
            self._left_of_chunk = int(size[0], 16)
            if not self._left_of_chunk:
                self._is_over = True
                while self._line():  # headers could stand here
                    pass
        if self._is_over:
            return b""
        part = self._stream.read(min(most, self._left_of_chunk))
        self._left_of_chunk -= len(part)
        if not part or (not self._left_of_chunk and self._line()):
            raise ValueError
        return part

    def _line(self) -> bytes:
        line = self._stream.readline(_LONGEST_LINE)
        if not line.endswith(b"\n"):
            raise ValueError
        return line.rstrip(b"\r\n")


class Server:
    """The mock at an address of this machine, on threads of its own.

    A context manager, which starts and closes it.

    :param mock: the mock that is served; it must stay on while the server runs
    :param host: a name or address of this machine; with another than one of its loopback, whoever
        can reach it can call the API and steer
    :param port: 0 for one that is free
    :raises OSError: there is no such address, or it is in use
    :raises ValueError: host or port can't be that of an address
    """

    def __init__(
        self,
        mock: ChimeIdentityMock,
        host: str = DEFAULT_HOST,
        port: int = 0,
        report: Report | None = None,
    ) -> None:
        self.mock = mock
        if host.startswith("[") and host.endswith("]"):
            host = host[1:-1]
        application = Application(mock, report=report, host=host)
        self._server = _KeepAliveServer(host, port, application, _Handler)
        self._host = host
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._is_started = False

    @property
    def url(self) -> str:
        """Where it answers, e.g. ``http://127.0.0.1:5001``."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._server.port}"

    @property
    def env(self) -> dict[str, str]:
        """Variables that have an AWS SDK or the AWS CLI in another process call it for this service.

        Calls of other services are not stopped there. Keys and region are set, and the user's
        config and credentials files looked past, unless the option ``passthrough`` is in force.
        """
        return {
            ENDPOINT_VARIABLE: self.url,
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
            **variables_for_others(),
            **proxies_but_for(self._host),
        }

    def start(self) -> Self:
        self._thread.start()
        self._is_started = True
        return self

    def close(self) -> None:
        """Stop serving, and close the connections that are open."""
        if self._is_started:
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc_info: object) -> None:
        self.close()


class _KeepAliveServer(ThreadedWSGIServer):
    def __init__(
        self, host: str, port: int, application: Application, handler: type[_Handler]
    ) -> None:
        self._connections: dict[socket.socket, Thread] = {}
        # werkzeug, binding itself, would print an error and end the process.
        with _listener(host, port) as listener:
            super().__init__(host, port, application, handler, fd=listener.fileno())

    def process_request(self, request: Any, client_address: Any) -> None:
        serve = self.process_request_thread
        thread = Thread(target=serve, args=(request, client_address), daemon=True)
        self._connections[request] = thread
        thread.start()

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            del self._connections[request]

    def server_close(self) -> None:
        super().server_close()
        open_now = list(self._connections.items())
        for connection, _ in open_now:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for _, thread in open_now:
            thread.join(_MOST_SECONDS_TO_END)  # what is being answered is still done

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news; anything else is told with its traceback."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


def _listener(host: str, port: int) -> socket.socket:
    if not host:
        raise ValueError("host takes a name or address of this machine.")
    if not 0 <= port <= _MAX_PORT:
        raise ValueError(f"port takes a number up to {_MAX_PORT}, 0 for one that is free.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server(
        (host, port), family=family, backlog=128, dualstack_ipv6=host == "::"
    )
