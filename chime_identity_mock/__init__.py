"""A mock of Amazon Chime SDK Identity for tests, in the style of moto.

Importing the package also has moto's ``mock_aws`` serve Amazon Chime SDK Identity.
"""

from __future__ import annotations

# First, because deep in the chain of our own imports they would take a fifth longer.
import moto.core.models  # noqa: F401

from .exceptions import (
    BadRequestException,
    ConflictException,
    ForbiddenException,
    MissingAuthenticationTokenException,
    NotFoundException,
    ResourceLimitExceededException,
    SerializationException,
    ServiceError,
    ServiceFailureException,
    ServiceUnavailableException,
    ThrottledClientException,
    UnauthorizedClientException,
    UnknownOperationException,
    UnmockedServiceError,
)
from .history import Call
from .mock import ChimeIdentityMock, current_mock, mock_chime_identity
from .snapshots import Snapshot

__all__ = [
    "BadRequestException",
    "Call",
    "ChimeIdentityMock",
    "ConflictException",
    "ForbiddenException",
    "MissingAuthenticationTokenException",
    "NotFoundException",
    "ResourceLimitExceededException",
    "SerializationException",
    "ServiceError",
    "ServiceFailureException",
    "ServiceUnavailableException",
    "Snapshot",
    "ThrottledClientException",
    "UnauthorizedClientException",
    "UnknownOperationException",
    "UnmockedServiceError",
    "current_mock",
    "mock_chime_identity",
]
__version__ = "0.1.0"
