"""The pytest plugin of chime-identity-mock: fixtures, a marker, and service under ``mock_aws``.

It stands beside the package so that loading it imports neither boto3 nor moto: the package is
imported when a test uses it, or when moto has been imported by anyone.
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mypy_boto3_chime_sdk_identity import ChimeSDKIdentityClient

    from chime_identity_mock import ChimeIdentityMock
    from chime_identity_mock.server import Server

MARKER = "chime_identity_mock"
SWITCHES_ATTRIBUTE = "_chime_identity_mock_switches"
"""Where decorated tests and classes have them; chime_identity_mock.decorating puts them there."""


REPORT = "chime_identity_mock_report"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(
        REPORT,
        "When a test that used the mock of Amazon Chime SDK Identity fails, show the calls that it "
        "received and what it keeps (default: true).",
        type="bool",
        default=True,
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        f"{MARKER}(*, region_name, account_id, allow_any_region, passthrough, quotas, "
        "expiration_delay, rate_limits, skip_backoff, assert_faults_used, history, seed): mock Amazon Chime SDK Identity for the test, with any of these options, "
        "which are those of mock_chime_identity, over those of the fixture chime_identity_options.",
    )


def pytest_collection_finish() -> None:
    _plug_into_mock_aws()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Generator[None, Any, Any]:
    _plug_into_mock_aws()
    if "chime_identity_mock" in sys.modules:
        from chime_identity_mock.report import recorder  # noqa: PLC0415 - see the module's docstring

        recorder.begin()
    result = yield
    _plug_into_mock_aws()
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.excinfo is not None and "chime_identity_mock" in sys.modules:
        from chime_identity_mock.faults import faults  # noqa: PLC0415 - see the module's docstring
        from chime_identity_mock.report import recorder  # noqa: PLC0415 - see the module's docstring

        # What failed already isn't to fail once more for what it didn't come to.
        faults.excuse()
        text = recorder.failure_text()
        if report.failed and text and item.config.getini(REPORT):
            report.sections.append(("Amazon Chime SDK Identity, mocked", text))
    return report


def _plug_into_mock_aws() -> None:
    """Have ``mock_aws`` serve Amazon Chime SDK Identity, if moto is there to be plugged into."""
    if "moto.core.models" in sys.modules:
        import chime_identity_mock  # noqa: F401, PLC0415 - importing it is what plugs it in


@pytest.fixture
def chime_identity_options() -> Mapping[str, Any]:
    """Options for chime_identity_mock and its marker, none by default; override it to set some.

    In a conftest.py, for example: return {"region_name": "eu-central-1"}.
    """
    return {}


@pytest.fixture
def chime_identity_mock(
    request: pytest.FixtureRequest, chime_identity_options: Mapping[str, Any]
) -> Generator[ChimeIdentityMock, None, None]:
    """Mock Amazon Chime SDK Identity for the test; gives the handle, a ChimeIdentityMock.

    Its options are those of the fixture chime_identity_options, overridden by those of the marker
    @pytest.mark.chime_identity_mock, the nearest marker's first.
    """
    from chime_identity_mock import mock_chime_identity  # noqa: PLC0415 - see the module's docstring

    options = dict(chime_identity_options)
    for marker in reversed(list(request.node.iter_markers(MARKER))):
        if marker.args:
            raise TypeError(
                f"@pytest.mark.{MARKER} takes options by name only, as in "
                f'@pytest.mark.{MARKER}(region_name="eu-central-1").'
            )
        options.update(marker.kwargs)
    with mock_chime_identity(**options) as mock:
        yield mock


@pytest.fixture
def chime_identity_client(chime_identity_mock: ChimeIdentityMock) -> ChimeSDKIdentityClient:
    """A boto3 client of the mocked Amazon Chime SDK Identity, in the region of the options."""
    import boto3  # noqa: PLC0415 - see the module's docstring

    return boto3.client("chime-sdk-identity")


@pytest.fixture
def chime_identity_server(
    chime_identity_mock: ChimeIdentityMock,
) -> Generator[Server, None, None]:
    """Serve the mock over HTTP for the test, to programs in other processes and languages.

    It has url, e.g. http://127.0.0.1:40123; env, variables for a subprocess (a dict) that have AWS's
    SDKs and CLI call it; and mock, the handle. Options are those of the fixture chime_identity_mock.
    """
    from chime_identity_mock.server import Server  # noqa: PLC0415 - see the module's docstring

    with Server(chime_identity_mock) as server:
        yield server


@pytest.fixture(autouse=True)
def _chime_identity_mock_around(request: pytest.FixtureRequest) -> Generator[None, None, None]:
    """Keep the mock on around a test that has the marker, or that is decorated or in such a class.

    So a decorated test's fixtures are inside too: what monkeypatch sets it undoes there.
    """
    with ExitStack() as switches:
        for node in request.node.listchain():
            for switch in getattr(getattr(node, "obj", None), SWITCHES_ATTRIBUTE, ()):
                switches.enter_context(switch)
        if request.node.get_closest_marker(MARKER) is not None:
            request.getfixturevalue("chime_identity_mock")
        yield
