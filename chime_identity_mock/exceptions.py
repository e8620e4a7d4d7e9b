"""The errors: what the service answers, and what the library itself raises.

* ``ServiceError``: an answer of the service, sent to the caller as an HTTP error

  * declared by the service's API model

    * ``BadRequestException`` (400)
    * ``ConflictException`` (409)
    * ``ForbiddenException`` (403)
    * ``NotFoundException`` (404)
    * ``ResourceLimitExceededException`` (400)
    * ``ServiceFailureException`` (500)
    * ``ServiceUnavailableException`` (503)
    * ``ThrottledClientException`` (429)
    * ``UnauthorizedClientException`` (401)

  * sent by what stands before every AWS service, declared by none

    * ``MissingAuthenticationTokenException`` (403)
    * ``SerializationException`` (400)
    * ``UnknownOperationException`` (404)

* ``UnmockedServiceError``: a call was about to leave for an AWS service that nothing mocks
"""

from __future__ import annotations

import json


class ServiceError(Exception):
    """An error as the service answers it.

    :param code: what the SDKs show as the error's name, e.g. ``"ForbiddenException"``
    :param message: the text that comes with it
    :param status: the HTTP status
    """

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(code, message, status)
        self.code = code
        self.message = message
        self.status = status

    def __str__(self) -> str:
        return f"{self.code} ({self.status}): {self.message}"

    def body(self) -> bytes:
        """The JSON document sent to the caller."""
        return json.dumps({"Message": self.message}).encode()


class _NamedError(ServiceError):
    """An error whose class name is its code and whose status is known."""

    STATUS: int

    def __init__(self, message: str) -> None:
        super().__init__(type(self).__name__, message, self.STATUS)

    def __reduce__(self) -> tuple[type[_NamedError], tuple[str]]:
        return type(self), (self.message,)


class _ModelledError(_NamedError):
    """An error that the API model declares; its body carries a value of the model's ErrorCode."""

    ERROR_CODE: str

    def body(self) -> bytes:
        return json.dumps({"Code": self.ERROR_CODE, "Message": self.message}).encode()


class BadRequestException(_ModelledError):
    STATUS = 400
    ERROR_CODE = "BadRequest"


class ConflictException(_ModelledError):
    STATUS = 409
    ERROR_CODE = "Conflict"


class ForbiddenException(_ModelledError):
    STATUS = 403
    ERROR_CODE = "Forbidden"


class NotFoundException(_ModelledError):
    STATUS = 404
    ERROR_CODE = "NotFound"


class ResourceLimitExceededException(_ModelledError):
    STATUS = 400
    ERROR_CODE = "ResourceLimitExceeded"


class ServiceFailureException(_ModelledError):
    STATUS = 500
    ERROR_CODE = "ServiceFailure"


class ServiceUnavailableException(_ModelledError):
    STATUS = 503
    ERROR_CODE = "ServiceUnavailable"


class ThrottledClientException(_ModelledError):
    STATUS = 429
    ERROR_CODE = "Throttled"


class UnauthorizedClientException(_ModelledError):
    STATUS = 401
    ERROR_CODE = "Unauthorized"


class MissingAuthenticationTokenException(_NamedError):
    STATUS = 403


class SerializationException(_NamedError):
    STATUS = 400


class UnknownOperationException(_NamedError):
    STATUS = 404


class UnmockedServiceError(RuntimeError):
    """A call was about to leave for an AWS service that nothing mocks; it was not sent.

    It is a ``RuntimeError`` rather than one of botocore's errors, so that no retry mode repeats
    it and no handler of AWS errors swallows it.
    """
