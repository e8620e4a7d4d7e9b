"""Stand-ins for what lies around the mock: other import orders, the way out, an HTTP server."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from unittest.mock import patch

import boto3
import botocore.handlers
import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.credentials import CredentialResolver
from botocore.httpsession import URLLib3Session
from botocore.loaders import Loader
from moto.core.models import botocore_stubber

KEYS = {"aws_access_key_id": "an-early-key", "aws_secret_access_key": "an-early-secret"}


# One for all, because reading botocore's JSON is most of a session's cost.
_LOADER = Loader()


def botocore_session() -> botocore.session.Session:
    session = botocore.session.Session()
    session.register_component("data_loader", _LOADER)
    return session


def session_made_before(*, moto: bool = True, **parameters: Any) -> boto3.Session:
    """A session as if it was made before this package was imported, and maybe before moto was."""
    handlers = [
        handler
        for handler in botocore.handlers.BUILTIN_HANDLERS
        if getattr(handler[1], "__module__", "") != "chime_identity_mock.interception"
    ]
    stubber = next(h for h in botocore.handlers.BUILTIN_HANDLERS if h[1] is botocore_stubber)
    handlers = [h for h in handlers if h[1] is not botocore_stubber]
    if not moto:
        handlers.append(stubber)
    with patch.object(botocore.handlers, "BUILTIN_HANDLERS", handlers):
        own = botocore_session()
    return boto3.Session(
        botocore_session=own,
        **{"region_name": "us-east-1", **KEYS, **parameters},
    )


def session_made_now() -> boto3.Session:
    return boto3.Session(botocore_session=botocore_session(), region_name="us-east-1", **KEYS)


def session_with(credentials: Any) -> boto3.Session:
    """A session with these credentials; with none to be found anywhere when they are ``None``."""
    own = botocore_session()
    own.register_component("credential_provider", CredentialResolver([]))
    own._credentials = credentials
    return boto3.Session(botocore_session=own, region_name="us-east-1")


@contextmanager
def recorded_sends() -> Iterator[list[str]]:
    """Put an open end in place of the way to the network; gives the URLs that went out by it.

    A mock must be turned on inside, or it would be what is replaced.
    """
    sent: list[str] = []

    def send(self: URLLib3Session, request: Any) -> AWSResponse:
        sent.append(request.url)
        return AWSResponse(request.url, 200, {}, _Raw(_empty_answer(request.body)))

    with patch.object(URLLib3Session, "send", send):
        yield sent


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        yield self._body


def _empty_answer(request_body: bytes | str | None) -> bytes:
    """An answer that says nothing, as the protocol of the request has it: XML or nothing at all."""
    text = request_body.decode() if isinstance(request_body, bytes) else request_body or ""
    action = re.match(r"Action=(\w+)", text)
    return f"<Answer><{action[1]}Result/></Answer>".encode() if action else b""


@contextmanager
def http_server() -> Iterator[tuple[str, list[str]]]:
    """A server on this machine that answers with nothing; gives its URL and what was asked of it."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do(self) -> None:
            asked.append(f"{self.command} {self.path}")
            answer = _empty_answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_PUT = do_DELETE = do  # noqa: N815 - names the library looks for

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


def run_script(script: str, *arguments: str, **variables: str) -> Any:
    """Run Python of its own, with nothing of AWS in its environment; gives the JSON it printed."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")} | variables
    process = subprocess.run(  # noqa: S603 - the scripts are those of the tests
        [sys.executable, "-c", script, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)
