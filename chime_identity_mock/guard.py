"""The guard: what keeps a request for a service of AWS that nothing mocks from leaving."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import urlsplit

from moto.backend_index import backend_url_patterns
from moto.core.config import passthrough_service, passthrough_url
from moto.core.models import botocore_stubber

from . import service
from .exceptions import UnmockedServiceError
from .options import in_force

_has_passed: ContextVar[bool] = ContextVar("has_passed", default=False)


def check(url: str, names: Sequence[str] = (), operation_name: str = "") -> None:
    """Keep a request from leaving, if it is for AWS and isn't let through.

    :param names: those that its service may go by, the surest first; by default those of moto's
        whose hosts are like its, and what stands in its own
    :raises UnmockedServiceError: it is to be kept
    """
    if service.is_metadata_url(url) and not in_force.options.passthrough:
        raise UnmockedServiceError(
            "Something, usually a client made before the mock, was about to fetch credentials "
            "from this machine's metadata service, and was stopped: make it inside the mock."
        )
    if _has_passed.get() or not service.is_aws_url(url):
        return
    parts = urlsplit(url)
    plain_url = f"{parts.scheme}://{parts.netloc}{parts.path}"
    known_to_moto = [name for name, form in backend_url_patterns if form.match(plain_url)]
    if botocore_stubber.enabled and (
        passthrough_url(plain_url) or any(map(passthrough_service, known_to_moto))
    ):
        return
    stand_in = "the call with botocore's Stubber" if names else "the request with responses"
    # The first that fits may be a bucket's or the like, the last is the service's.
    names = names or [*reversed(known_to_moto), *parts.netloc.split(".")]
    if all(service.names_of(name).isdisjoint(names) for name in in_force.options.passthrough):
        raise UnmockedServiceError(
            _text(names[0], operation_name, parts.netloc, known_to_moto, stand_in)
        )


@contextmanager
def passed() -> Iterator[None]:
    """What leaves inside has been checked by better knowledge than is at hand further on."""
    token = _has_passed.set(True)
    try:
        yield
    finally:
        _has_passed.reset(token)


def _text(
    name: str, operation_name: str, host: str, known_to_moto: list[str], stand_in: str
) -> str:
    if service.is_service_url(f"https://{host}"):
        return (
            f"A request was about to be sent to AWS, to {host}, and was stopped. It is answered "
            "when it is sent with boto3, aiobotocore or requests; this one came past that: sent "
            "with something else, or passed on by a mock of requests (mock_aws, responses) that "
            "was started inside mock_chime_identity. Start that one first."
        )
    if not known_to_moto:
        cure = f"moto has no such service either: answer {stand_in}."
    elif botocore_stubber.enabled:
        cure = "mock_aws is on, but the client was made before moto was imported: make it later."
    else:
        cure = "To mock it too, put moto's mock_aws around the test as well."
    return (
        f"{f'{name} {operation_name}'.strip()} was about to be sent to AWS, to {host}, and was "
        f"stopped: mock_chime_identity mocks {service.SERVICE_NAME} only. {cure} "
        f'To let it out to AWS: mock_chime_identity(passthrough={{"{name}"}}).'
    )
