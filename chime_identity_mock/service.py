"""What botocore's own data says of the service: its API model, its regions, its DNS names.

All of it is read at the first use, once per process, and shared with the sessions made while the
mock is on; the model is never copied.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape

from .texts import unknown_text

SERVICE_NAME: Final = "chime-sdk-identity"
SIGNING_NAME = "chime"
_METADATA_HOSTS = (
    "169.254.169.254",
    "169.254.170.2",
    "169.254.170.23",
    "fd00:ec2::254",
    "fd00:ec2::23",
)
# As boto3's sessions write it, for theirs to be the same places.
BOTO3_DATA_PATH = os.path.join(os.path.dirname(boto3.__file__), "data")  # noqa: PTH118, PTH120


class SharingLoader(Loader):
    """A loader that shares what it reads with all others that look in the same places.

    Only what botocore and boto3 bring along is shared: a session that is given a folder more, of a
    test's own, neither sees what was found without it nor leaves anything behind.
    """

    _shared: ClassVar[dict[tuple[str, ...], dict[Any, Any]]] = {
        (Loader.CUSTOMER_DATA_PATH, Loader.BUILTIN_DATA_PATH): {},
        (Loader.CUSTOMER_DATA_PATH, Loader.BUILTIN_DATA_PATH, BOTO3_DATA_PATH): {},
    }

    @property
    def _cache(self) -> dict[Any, Any]:
        return self._shared.get(tuple(self.search_paths), self._own)

    @_cache.setter
    def _cache(self, value: dict[Any, Any]) -> None:
        self._own = value


loader = SharingLoader()
loader.search_paths.append(BOTO3_DATA_PATH)


@cache
def service_model() -> ServiceModel:
    """The service's API model, of the latest version that the installed botocore has."""
    # Called as botocore's clients call it, so that the loader reads the file once for both.
    description = loader.load_service_model(SERVICE_NAME, "service-2", api_version=None)
    return ServiceModel(description, SERVICE_NAME)


def check_operation_name(name: object) -> None:
    """Make sure that the service has an operation of this name.

    :raises ValueError: it has none
    """
    names = service_model().operation_names
    if name not in names:
        raise ValueError(f"{unknown_text(name, f'operation of {SERVICE_NAME}', names)}.")


def input_members(operation_name: str) -> Mapping[str, Shape]:
    """The members of an operation's input, by their names."""
    shape = service_model().operation_model(operation_name).input_shape
    return shape.members if shape else {}


@cache
def regions() -> frozenset[str]:
    """The regions in which the service exists."""
    prefix = service_model().endpoint_prefix
    # Called as botocore's sessions call it, for the same reason.
    endpoints, _ = loader.load_data_with_path("endpoints")
    return frozenset(
        region
        for partition in endpoints["partitions"]
        for region in partition["services"].get(prefix, {}).get("endpoints", ())
        if region in partition["regions"]
    )


def is_aws_url(url: str) -> bool:
    """Whether a URL leads to an endpoint of AWS, in any partition."""
    return f".{_host(url)}".endswith(_dns_suffixes())


def is_metadata_url(url: str) -> bool:
    """Whether a URL leads to what hands out credentials on AWS's machines and in its containers."""
    return _host(url) in _METADATA_HOSTS


def is_service_url(url: str) -> bool:
    """Whether a URL leads to this service's own endpoint: of any region, FIPS or dual stack."""
    prefix = service_model().endpoint_prefix
    # An interface endpoint's host has another label before the service's.
    labels = _host(url).split(".")
    return (prefix in labels or f"{prefix}-fips" in labels) and is_aws_url(url)


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").rstrip(".")


@cache
def names_of(name: str) -> frozenset[str]:
    """The names by which requests of a service are known, by its name in boto3."""
    try:
        description = loader.load_service_model(name, "service-2", api_version=None)
    except UnknownServiceError:
        return frozenset({name})
    model = ServiceModel(description, name)
    return frozenset(
        {name, model.service_id.hyphenize(), model.signing_name, model.endpoint_prefix}
    )


@cache
def _dns_suffixes() -> tuple[str, ...]:
    outputs = [partition["outputs"] for partition in loader.load_data("partitions")["partitions"]]
    suffixes = {output[kind] for output in outputs for kind in ("dnsSuffix", "dualStackDnsSuffix")}
    # Of the service's predecessor "chime" botocore knows the host, but not by a partition's suffix.
    return tuple(sorted(f".{suffix}" for suffix in suffixes | {"aws.amazon.com"}))
