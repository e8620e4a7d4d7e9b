"""What importing the package and its plugin costs and does, and the public names."""

from __future__ import annotations

import pytest
from doubles import run_script

import chime_identity_mock

LIST_MODULES = "import json, sys; print(json.dumps(sorted(sys.modules)))"


def modules_after(script):
    return set(run_script(f"{script}\n{LIST_MODULES}"))


def top_level(modules):
    return {name.partition(".")[0] for name in modules}


def test_the_plugin_imports_nothing_heavy():
    modules = top_level(modules_after("import pytest_chime_identity_mock"))

    assert modules.isdisjoint({"boto3", "botocore", "moto", "responses", "werkzeug"})
    assert "chime_identity_mock" not in modules


def test_the_package_imports_of_web_frameworks_what_moto_imports():
    ours = modules_after("import chime_identity_mock")
    motos = modules_after("import moto.core.models, moto.core.base_backend, moto.backend_index")
    added = {name for name in ours - motos if not name.startswith("chime_identity_mock")}

    assert top_level(added).isdisjoint({"werkzeug", "flask", "jinja2", "cryptography"})
    assert not any(name.startswith("moto.") for name in added - {"moto.settings"})


def test_the_package_imports_no_services_of_moto():
    modules = modules_after("import chime_identity_mock")

    assert not {"moto.iam", "moto.sts", "aiobotocore"} & modules


def test_importing_the_package_reads_none_of_botocores_data():
    script = """
import json
from botocore.loaders import JSONFileLoader, Loader

read = []
for owner, name in [
    (JSONFileLoader, "load_file"),
    (Loader, "load_service_model"),
    (Loader, "load_data"),
    (Loader, "load_data_with_path"),
]:
    setattr(owner, name, lambda *args, name=name, **kwargs: read.append(name))

import chime_identity_mock

print(json.dumps(read))
"""

    assert run_script(script) == []


def test_starting_and_stopping_reads_none_of_botocores_data():
    script = """
import json
from botocore.loaders import JSONFileLoader

read = []
JSONFileLoader.load_file = lambda self, path: read.append(path)

import chime_identity_mock

with chime_identity_mock.mock_chime_identity():
    pass
print(json.dumps(read))
"""

    assert run_script(script) == []


def test_importing_the_package_leaves_everything_off():
    script = """
import json
import boto3
from botocore.httpsession import URLLib3Session
from botocore.signers import RequestSigner
import os

def surroundings():
    return dict(os.environ), boto3.DEFAULT_SESSION, URLLib3Session.send, RequestSigner.sign

before = surroundings()
import chime_identity_mock
print(json.dumps(surroundings() == before))
"""

    assert run_script(script) is True


@pytest.mark.parametrize("when", ["before", "after"])
def test_moto_switches_as_ever_when_the_package_is_imported(when):
    imports = ["import chime_identity_mock", "from moto import mock_aws"]
    script = (
        "\n".join(imports if when == "before" else reversed(imports))
        + """
import json
from moto.core.models import botocore_stubber

states = [botocore_stubber.enabled]
with mock_aws():
    states.append(botocore_stubber.enabled)
states.append(botocore_stubber.enabled)
print(json.dumps(states))
"""
    )

    assert run_script(script) == [False, True, False]


def test_public_names():
    assert chime_identity_mock.__all__ == [
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
    assert all(hasattr(chime_identity_mock, name) for name in chime_identity_mock.__all__)
