"""Requests a second over HTTP: against moto's server, and against werkzeug's with nothing behind it.

Each server runs in a process of its own, and so does the client; they are asked in turn, for a
second each. werkzeug's own server closes every connection, whatever version of HTTP it speaks; ours
keeps them open, as clients ask for.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from time import monotonic, sleep
from typing import Any, NamedTuple
from urllib.parse import quote

import boto3
from werkzeug.serving import WSGIRequestHandler, make_server

from .calls import IDENTITY_STORE, REGION, STORE
from .figures import Effort, Figure, Figures

ROOT = Path(__file__).parent.parent
ROUNDS = 9
SECONDS = 1.0
SECONDS_TO_START = 30
KEYS: dict[str, Any] = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}


class Asked(NamedTuple):
    """A server, and what is asked of it again and again."""

    port: int
    method: str
    path: str
    headers: dict[str, str]
    body: str


def figures(effort: Effort) -> Figures:
    with ExitStack() as stack:
        ours = _ours(stack.enter_context(_serving("-m", "chime_identity_mock", "serve", "--port")))
        peers = {
            "werkzeug's server, as it comes, with the answer canned": (
                ours._replace(port=stack.enter_context(_serving("-m", __name__, "HTTP/1.0"))),
                0.8,
            ),
            "the same, speaking HTTP/1.1": (
                ours._replace(port=stack.enter_context(_serving("-m", __name__, "HTTP/1.1"))),
                0.8,
            ),
        }
        if find_spec("flask_cors") is not None:
            moto = stack.enter_context(_serving("-m", "moto.server", "-p"))
            peers[f"{IDENTITY_STORE} on moto's server"] = _motos(moto), 3.5
        else:
            print("Without moto's server, which takes: pip install 'moto[server]'", file=sys.stderr)
        for connections, clients in ((1, "one client"), (8, "eight clients")):
            ratios: dict[str, list[float]] = {peer: [] for peer in peers}
            for _ in range(effort.times(ROUNDS)):
                of_ours = _rate(ours, connections, effort)
                for peer, (asked, _) in peers.items():
                    ratios[peer].append(of_ours / _rate(asked, connections, effort))
            for peer, (_, least) in peers.items():
                name = f"requests over HTTP, {clients}"
                yield Figure(name, peer, median(ratios[peer]), "x the rate", least=least)


def _rate(asked: Asked, connections: int, effort: Effort) -> float:
    length = max(SECONDS * effort.share, 0.05)
    request = {**asked._asdict(), "connections": connections, "seconds": length}
    finished = subprocess.run(
        [sys.executable, "-m", "benchmarks.client"],
        cwd=ROOT,
        input=json.dumps(request),
        check=True,
        capture_output=True,
        text=True,
    )
    return float(finished.stdout)


def _ours(port: int) -> Asked:
    client = boto3.client(
        "chime-sdk-identity", REGION, endpoint_url=f"http://127.0.0.1:{port}", **KEYS
    )
    arn = client.create_app_instance(Name="chat", Metadata="m" * 100)["AppInstanceArn"]
    path = f"/app-instances/{quote(arn, safe='')}"
    return Asked(port, "GET", path, _signature("chime"), "")


def _motos(port: int) -> Asked:
    client = boto3.client("identitystore", REGION, endpoint_url=f"http://127.0.0.1:{port}", **KEYS)
    user = client.create_user(
        IdentityStoreId=STORE,
        UserName="ann",
        DisplayName="Ann",
        Name={"GivenName": "Ann", "FamilyName": "Smith"},
    )
    headers = {
        **_signature("identitystore"),
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "AWSIdentityStore.DescribeUser",
    }
    body = json.dumps({"IdentityStoreId": STORE, "UserId": user["UserId"]})
    return Asked(port, "POST", "/", headers, body)


def _signature(signing_name: str) -> dict[str, str]:
    credential = f"testing/20260101/{REGION}/{signing_name}/aws4_request"
    return {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, "
        "SignedHeaders=host;x-amz-date, Signature=0",
        "X-Amz-Date": "20260101T000000Z",
    }


@contextmanager
def _serving(*arguments: str) -> Iterator[int]:
    """A server in a process of its own, at a free port, which is its last argument."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    with subprocess.Popen(  # noqa: S603 - this Python
        [sys.executable, *arguments, str(port)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            _wait_for(port)
            yield port
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    end = monotonic() + SECONDS_TO_START
    while not _answers(port):
        if monotonic() > end:
            raise RuntimeError(f"Nothing came to answer at port {port}.")
        sleep(0.05)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


ANSWER = json.dumps(
    {
        "AppInstance": {
            "AppInstanceArn": "arn:aws:chime:us-east-1:123456789012:app-instance/" + "0" * 36,
            "Name": "chat",
            "CreatedTimestamp": 1767225600.123,
            "LastUpdatedTimestamp": 1767225600.123,
            "Metadata": "m" * 100,
        }
    }
).encode()


def _answer(environ: Any, start_response: Any) -> Iterable[bytes]:
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(ANSWER)))]
    start_response("200 OK", headers)
    return [ANSWER]


def _serve(protocol_version: str, port: int) -> None:
    """Serve the canned answer, as werkzeug does unasked."""

    class Handler(WSGIRequestHandler):
        def log_request(self, *_: object) -> None:
            """Write none, as ours doesn't."""

    Handler.protocol_version = protocol_version
    make_server("127.0.0.1", port, _answer, threaded=True, request_handler=Handler).serve_forever()


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]))
