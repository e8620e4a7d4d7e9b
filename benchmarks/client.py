"""A client of its own process: sends one request again and again, and counts the answers.

``python -m benchmarks.client`` takes a JSON object from standard input: ``port``, ``method``,
``path``, ``headers``, ``body``, ``connections`` (one a thread) and ``seconds``; it prints how many
answers came a second.
"""

from __future__ import annotations

import json
import sys
from http.client import HTTPConnection
from threading import Barrier, Thread
from time import perf_counter
from typing import Any


def rate(request: dict[str, Any]) -> float:
    """Answers a second."""
    start = Barrier(request["connections"])
    counted: list[float] = []

    def send() -> None:
        connection = HTTPConnection("127.0.0.1", request["port"])
        answers = 0
        start.wait()
        begun = perf_counter()
        while perf_counter() - begun < request["seconds"]:
            connection.request(
                request["method"], request["path"], request["body"], request["headers"]
            )
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:  # noqa: PLR2004 - HTTP's OK
                raise RuntimeError(f"{request['path']} was answered with {answer.status}.")
            answers += 1
        counted.append(answers / (perf_counter() - begun))
        connection.close()

    threads = [Thread(target=send) for _ in range(request["connections"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(counted) < len(threads):
        raise RuntimeError("A connection failed.")
    return sum(counted)


if __name__ == "__main__":
    print(rate(json.load(sys.stdin)))
