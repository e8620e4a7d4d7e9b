"""What botocore's own data says of the service: its API model, its regions, its DNS names.

All of it is read at the first use, once per process, and shared with the sessions made while the
mock is on; the model is never copied.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import boto3
from botocore.loaders import Loader
from botocore.model import ServiceModel

SERVICE_NAME: Final = "chime-sdk-identity"
SIGNING_NAME = "chime"


class _SearchPaths(list[str]):
    """boto3 appends its own folder once per session; a shared loader would collect them."""

    def append(self, path: str) -> None:
        if path not in self:
            super().append(path)


loader = Loader(extra_search_paths=_SearchPaths())
loader.search_paths.append(str(Path(boto3.__file__).with_name("data")))


@cache
def service_model() -> ServiceModel:
    """The service's API model, of the latest version that the installed botocore has."""
    # Called as botocore's clients call it, so that the loader reads the file once for both.
    description = loader.load_service_model(SERVICE_NAME, "service-2", api_version=None)
    return ServiceModel(description, SERVICE_NAME)


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
    return (urlsplit(url).hostname or "").endswith(_dns_suffixes())


def is_service_url(url: str) -> bool:
    """Whether a URL leads to this service's own endpoint: of any region, FIPS or dual stack."""
    prefix = service_model().endpoint_prefix
    host = urlsplit(url).hostname or ""
    return host.partition(".")[0] in (prefix, f"{prefix}-fips") and is_aws_url(url)


@cache
def _dns_suffixes() -> tuple[str, ...]:
    outputs = [partition["outputs"] for partition in loader.load_data("partitions")["partitions"]]
    suffixes = {output[kind] for output in outputs for kind in ("dnsSuffix", "dualStackDnsSuffix")}
    # Of the service's predecessor "chime" botocore knows the host, but not by a partition's suffix.
    return tuple(sorted(f".{suffix}" for suffix in suffixes | {"aws.amazon.com"}))
