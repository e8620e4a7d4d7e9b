"""Which clients the mock answers, whenever and however they were made, and that each call runs once.

Evidence: hosts are documented (D); that this service is mocked behind any endpoint is a convention
of this package.
"""

from __future__ import annotations

import functools
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone
from unittest.mock import Mock

import boto3
import pytest
from botocore import UNSIGNED
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.credentials import Credentials, DeferredRefreshableCredentials, RefreshableCredentials
from botocore.exceptions import ClientError, NoCredentialsError
from botocore.httpsession import URLLib3Session
from botocore.signers import RequestSigner
from botocore.stub import Stubber
from conftest import guard_schema
from doubles import (
    http_server,
    recorded_sends,
    run_script,
    session_made_before,
    session_made_now,
    session_with,
)
from moto import mock_aws
from moto.core.models import patch_client
from support import ACCOUNT_ID, CHANNEL_ARN, SERVICE

from chime_identity_mock import mock_chime_identity

MATRIX = """
import json, socket, sys
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone

attempts, refreshes = [], []

def refuse(*args, **kwargs):
    attempts.append(repr(args))
    raise OSError("no network here")

socket.socket.connect = socket.getaddrinfo = refuse

import boto3
import botocore.session
from botocore.credentials import (
    CredentialResolver, DeferredRefreshableCredentials, RefreshableCredentials
)

def refresh():
    refreshes.append(1)
    raise RuntimeError("no refreshing here")

def expired():
    moment = datetime.now(timezone.utc) - timedelta(hours=1)
    return RefreshableCredentials("key", "secret", None, moment, refresh, "test")

def session(credentials):
    made = botocore.session.Session()
    made.register_component("credential_provider", CredentialResolver([]))
    made._credentials = credentials
    return boto3.Session(botocore_session=made, region_name="us-east-1")

def make_clients():
    boto3.setup_default_session(
        aws_access_key_id="key", aws_secret_access_key="secret", region_name="us-east-1"
    )
    clients = {
        "static": boto3.client("chime-sdk-identity"),
        "none": session(None).client("chime-sdk-identity"),
        "refreshable": session(expired()).client("chime-sdk-identity"),
        "deferred": session(DeferredRefreshableCredentials(refresh, "test")).client(
            "chime-sdk-identity"
        ),
    }
    made = {name: (lambda client=client: client) for name, client in clients.items()}
    default_session = boto3.DEFAULT_SESSION
    made["later, of an early session"] = lambda: default_session.client("chime-sdk-identity")
    return made

def import_moto():
    global mock_aws
    from moto import mock_aws

def import_ours():
    global mock_chime_identity
    from chime_identity_mock import mock_chime_identity

when = sys.argv[1]
if when == "before moto":
    clients = make_clients()
    import_moto()
    import_ours()
elif when == "between":
    import_moto()
    clients = make_clients()
    import_ours()
elif when == "after, ours first":
    import_ours()
    import_moto()
    clients = make_clients()
else:
    import_moto()
    import_ours()
    if when == "after":
        clients = make_clients()
    elif when == "in an earlier mock":
        with mock_chime_identity():
            clients = make_clients()
    else:
        with mock_aws():
            clients = make_clients()

modes = {
    "ours": [mock_chime_identity],
    "moto": [mock_aws],
    "moto in ours": [mock_chime_identity, mock_aws],
    "ours in moto": [mock_aws, mock_chime_identity],
}
outcomes = {}
for mode, mocks in modes.items():
    for name, client in clients.items():
        with ExitStack() as stack:
            for mock in mocks:
                stack.enter_context(mock())
            try:
                client().create_app_instance(Name="chat")
                outcome = len(client().list_app_instances()["AppInstances"])
            except Exception as error:
                outcome = repr(error)
        outcomes[f"{mode}, {name}"] = [outcome, attempts[:], len(refreshes)]
        attempts.clear()
        refreshes.clear()

try:
    clients["static"]().list_app_instances()
except Exception as error:
    outcomes["off"] = [type(error).__name__, bool(attempts), 0]
print(json.dumps(outcomes))
"""
WHEN = [
    "before moto",
    "between",
    "after",
    "after, ours first",
    "in an earlier mock",
    "in an earlier mock_aws",
]


@functools.cache
def outcomes(when):
    return run_script(MATRIX, when)


@pytest.mark.parametrize("mode", ["ours", "moto", "moto in ours", "ours in moto"])
@pytest.mark.parametrize(
    "credentials", ["static", "none", "refreshable", "deferred", "later, of an early session"]
)
@pytest.mark.parametrize("when", WHEN)
def test_a_client_is_answered_once_whenever_it_was_made(when, credentials, mode):
    instances, attempts, refreshes = outcomes(when)[f"{mode}, {credentials}"]

    assert instances == 1
    assert attempts == []
    assert refreshes == 0


@pytest.mark.parametrize("when", WHEN)
def test_a_client_goes_to_the_network_when_no_mock_is_on(when):
    error, tried_the_network, _ = outcomes(when)["off"]

    assert error == "EndpointConnectionError"
    assert tried_the_network


# Sessions in this process that stand for those made at other times.

SESSIONS = {
    "early": lambda: session_made_before(moto=True),
    "between": lambda: session_made_before(moto=False),
    "late": session_made_now,
}


@pytest.fixture(params=SESSIONS)
def session(request):
    return SESSIONS[request.param]()


def count_after_a_create(client):
    client.create_app_instance(Name="chat")
    return len(client.list_app_instances()["AppInstances"])


@pytest.mark.rule("hosts")
@pytest.mark.parametrize(
    ("parameters", "host"),
    [
        ({}, "identity-chime.us-east-1.amazonaws.com"),
        ({"region_name": "eu-central-1"}, "identity-chime.eu-central-1.amazonaws.com"),
        (
            {"config": Config(use_dualstack_endpoint=True)},
            "identity-chime.us-east-1.api.aws",
        ),
        (
            {"config": Config(use_fips_endpoint=True)},
            "identity-chime-fips.us-east-1.amazonaws.com",
        ),
        (
            {"config": Config(use_fips_endpoint=True, use_dualstack_endpoint=True)},
            "identity-chime-fips.us-east-1.api.aws",
        ),
        ({"region_name": "cn-north-1"}, "identity-chime.cn-north-1.amazonaws.com.cn"),
        (
            {"region_name": "cn-north-1", "config": Config(use_dualstack_endpoint=True)},
            "identity-chime.cn-north-1.api.amazonwebservices.com.cn",
        ),
        ({"region_name": "us-gov-west-1"}, "identity-chime.us-gov-west-1.amazonaws.com"),
        ({"endpoint_url": "http://127.0.0.1:1"}, "127.0.0.1:1"),
        ({"endpoint_url": "https://chime.example.com"}, "chime.example.com"),
    ],
)
def test_every_host_is_answered(session, parameters, host):
    client = guard_schema(session.client(SERVICE, **parameters))
    assert client.meta.endpoint_url.endswith(f"://{host}")

    with mock_chime_identity(allow_any_region=True):
        assert count_after_a_create(client) == 1


@pytest.mark.rule("arn-form")
def test_an_arn_names_the_partition(make_client):
    with mock_chime_identity(allow_any_region=True):
        arn = make_client(region_name="cn-north-1").create_app_instance(Name="chat")

    assert arn["AppInstanceArn"].startswith(f"arn:aws-cn:chime:cn-north-1:{ACCOUNT_ID}:")


@pytest.mark.rule("hosts")
@pytest.mark.parametrize("kind", ["between", "late"])
def test_an_endpoint_with_a_base_path_is_answered(kind):
    client = SESSIONS[kind]().client(SERVICE, endpoint_url="http://127.0.0.1:1/some/base")

    with mock_chime_identity():
        assert count_after_a_create(client) == 1
        arn = client.list_app_instances()["AppInstances"][0]["AppInstanceArn"]
        assert client.describe_app_instance(AppInstanceArn=arn)["AppInstance"]["Name"] == "chat"


@pytest.mark.rule("hosts")
@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL_CHIME_SDK_IDENTITY", "AWS_ENDPOINT_URL"])
def test_an_endpoint_of_the_environment_is_answered(name, monkeypatch):
    monkeypatch.setenv(name, "http://127.0.0.1:1")

    with mock_chime_identity():
        client = boto3.client(SERVICE)
        assert client.meta.endpoint_url == "http://127.0.0.1:1"
        assert count_after_a_create(client) == 1


@pytest.mark.parametrize(
    "config",
    [
        Config(retries={"mode": mode, "max_attempts": 5})
        for mode in ("legacy", "standard", "adaptive")
    ],
)
def test_the_retry_mode_makes_no_difference(session, config):
    client = session.client(SERVICE, config=config)

    with mock_chime_identity():
        answer = client.create_app_instance(Name="chat")

        assert answer["ResponseMetadata"]["RetryAttempts"] == 0
        assert len(client.list_app_instances()["AppInstances"]) == 1


@pytest.mark.parametrize("mocks", [[mock_chime_identity], [mock_aws]])
def test_an_error_is_typed_and_not_retried(session, mocks):
    client = guard_schema(session.client(SERVICE))

    with mocks[0](), pytest.raises(client.exceptions.ForbiddenException) as caught:
        client.describe_app_instance(
            AppInstanceArn=f"arn:aws:chime:us-east-1:{ACCOUNT_ID}:app-instance/nowhere"
        )

    assert caught.value.response["ResponseMetadata"]["RetryAttempts"] == 0


def test_moto_may_have_patched_an_early_client_too():
    client = session_made_before(moto=True).client(SERVICE)
    patch_client(client)

    for mock in (mock_chime_identity, mock_aws):
        with mock():
            assert count_after_a_create(client) == 1


def test_a_stub_on_the_client_wins(session):
    client = session.client(SERVICE)
    arn = f"arn:aws:chime:us-east-1:{ACCOUNT_ID}:app-instance/stubbed"

    with mock_chime_identity():
        with Stubber(client) as stubber:
            stubber.add_response("create_app_instance", {"AppInstanceArn": arn})
            assert client.create_app_instance(Name="chat")["AppInstanceArn"] == arn

        assert client.list_app_instances()["AppInstances"] == []


def test_one_client_may_be_used_from_many_threads(client):
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda number: client.create_app_instance(Name=f"chat {number}"), range(40))
        )

    arns = {answer["AppInstanceArn"] for answer in answers}
    listed = client.list_app_instances(MaxResults=50)["AppInstances"]
    assert {instance["AppInstanceArn"] for instance in listed} == arns
    assert len(arns) == 40


def test_threads_started_in_the_mock_may_make_clients_of_their_own(mock, client):
    def create(_):
        own = boto3.Session(region_name="us-east-1").client(SERVICE)
        return own.create_app_instance(Name="chat")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(create, range(8)))

    assert len(client.list_app_instances()["AppInstances"]) == 8


# Credentials


def expired_credentials(refresh):
    moment = datetime.now(timezone.utc) - timedelta(hours=1)
    return RefreshableCredentials("key", "secret", None, moment, refresh, "test")


@pytest.mark.parametrize("is_made_inside", [False, True])
@pytest.mark.parametrize(
    "make_credentials",
    [
        lambda refresh: None,
        expired_credentials,
        lambda refresh: DeferredRefreshableCredentials(refresh, "test"),
    ],
)
def test_a_session_needs_no_usable_credentials(make_credentials, is_made_inside):
    refresh = Mock()
    session = session_with(make_credentials(refresh))
    client = None if is_made_inside else session.client(SERVICE)

    with mock_chime_identity():
        assert count_after_a_create(client or session.client(SERVICE)) == 1

    refresh.assert_not_called()


def test_static_keys_name_the_account(session):
    client = session.client(SERVICE, aws_access_key_id="111122223333", aws_secret_access_key="s")

    with mock_chime_identity():
        arn = client.create_app_instance(Name="chat")["AppInstanceArn"]

    assert arn.split(":")[4] == "111122223333"


def test_static_keys_with_a_session_token_are_taken():
    client = session_with(Credentials("111122223333", "secret", "token")).client(SERVICE)

    with mock_chime_identity():
        arn = client.create_app_instance(Name="chat")["AppInstanceArn"]

    assert arn.split(":")[4] == "111122223333"


def test_a_client_without_credentials_has_none_again_afterwards():
    client = session_with(None).client(SERVICE)
    with mock_chime_identity():
        client.list_app_instances()

    with pytest.raises(NoCredentialsError):
        client.list_app_instances()


def test_credentials_are_refreshed_again_afterwards():
    refreshed = []

    def refresh():
        refreshed.append("once")
        moment = datetime.now(timezone.utc) + timedelta(hours=1)
        return {
            "access_key": "key",
            "secret_key": "secret",
            "token": "token",
            "expiry_time": moment.isoformat(),
        }

    client = session_with(expired_credentials(refresh)).client(SERVICE)
    with recorded_sends() as sent:
        with mock_chime_identity():
            client.list_app_instances()
        assert refreshed == []

        client.list_app_instances()

    assert refreshed == ["once"]
    assert len(sent) == 1


def test_another_service_keeps_its_own_credentials():
    refreshed = []

    def refresh():
        refreshed.append("once")
        raise RuntimeError

    client = session_with(expired_credentials(refresh)).client("s3")

    with mock_chime_identity(), pytest.raises(RuntimeError):
        client.list_buckets()

    assert refreshed == ["once"]


@pytest.mark.parametrize("mock", [mock_chime_identity, mock_aws])
def test_an_unsigned_call_is_refused(session, mock):
    client = session.client(SERVICE, config=Config(signature_version=UNSIGNED))

    with mock():
        with pytest.raises(ClientError) as caught:
            client.create_app_instance(Name="chat")

        assert session.client(SERVICE).list_app_instances()["AppInstances"] == []

    assert caught.value.response["Error"]["Code"] == "MissingAuthenticationTokenException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


# Siblings that share the signing name, at endpoints that are not AWS


@pytest.mark.parametrize("mocks", [[mock_chime_identity], [mock_aws, mock_chime_identity]])
@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        (
            "list_channels",
            {"AppInstanceArn": "arn:aws:chime:::app-instance/1", "ChimeBearer": "bearer"},
        ),
        (
            "get_messaging_streaming_configurations",
            {"AppInstanceArn": "arn:aws:chime:::app-instance/1"},
        ),
        ("list_tags_for_resource", {"ResourceARN": CHANNEL_ARN}),
        ("tag_resource", {"ResourceARN": CHANNEL_ARN, "Tags": [{"Key": "k", "Value": "v"}]}),
        ("untag_resource", {"ResourceARN": CHANNEL_ARN, "TagKeys": ["k"]}),
    ],
)
def test_a_sibling_at_an_endpoint_of_its_own_passes_untouched(
    session, operation, parameters, mocks
):
    with http_server() as (url, asked), ExitStack() as stack:
        client = session.client("chime-sdk-messaging", endpoint_url=url)
        for mock in mocks:
            stack.enter_context(mock())

        getattr(client, operation)(**parameters)

    assert len(asked) == 1


def test_tags_of_this_service_are_answered_at_an_endpoint_of_its_own(session):
    client = session.client(SERVICE, endpoint_url="http://127.0.0.1:1")

    with mock_chime_identity():
        arn = client.create_app_instance(Name="chat")["AppInstanceArn"]
        client.tag_resource(ResourceARN=arn, Tags=[{"Key": "k", "Value": "v"}])
        client.tag_resource(ResourceARN=arn, Tags=[{"Key": "l", "Value": "w"}])
        client.untag_resource(ResourceARN=arn, TagKeys=["k"])

        tags = client.list_tags_for_resource(ResourceARN=arn)["Tags"]

    assert tags == [{"Key": "l", "Value": "w"}]


def test_an_unsigned_early_call_to_a_host_that_is_not_aws_passes_untouched():
    config = Config(signature_version=UNSIGNED)

    with http_server() as (url, asked), mock_chime_identity():
        client = session_made_before().client(SERVICE, endpoint_url=url, config=config)
        client.list_app_instances()

    assert asked == ["GET /app-instances"]


# aiobotocore, whose classes have stand-ins here: it asks for a botocore of its own

STAND_INS = """
import asyncio, json, sys
from types import ModuleType, SimpleNamespace

import boto3
from botocore.awsrequest import AWSRequest
from botocore.model import ServiceId

from chime_identity_mock import UnmockedServiceError, mock_chime_identity

sent, signed_with, slept = [], [], []

class Session:
    async def send(self, request):
        sent.append(request.url)
        return "sent"

class Signer:
    def __init__(self, service_id, credentials):
        self._service_id, self._credentials = ServiceId(service_id), credentials

    async def sign(self, operation_name, request):
        keys = request.context.get("signing", {}).get("request_credentials", self._credentials)
        signed_with.append(type(keys).__name__)

class AioCredentials:
    def __init__(self, access_key, secret_key):
        pass

class Asyncio(ModuleType):
    async def sleep(self, seconds):
        slept.append(seconds)

class AioEndpoint:
    async def _sleep(self, seconds):
        await sys.modules["aiobotocore.endpoint"].asyncio.sleep(seconds)

    async def _needs_retry(self, attempts, model, request, response=None, exception=None):
        await self._sleep(attempts)
        return True

class AnyioEndpoint(AioEndpoint):
    async def _sleep(self, seconds):
        slept.append(f"{seconds} of anyio")

def put_in(name, **names):
    module = sys.modules[f"aiobotocore.{name}"] = ModuleType(f"aiobotocore.{name}")
    vars(module).update(names)

def put_all_in():
    put_in("credentials", AioCredentials=AioCredentials)
    put_in("signers", AioRequestSigner=Signer)
    put_in("httpsession", AIOHTTPSession=Session)
    put_in(
        "endpoint", AioEndpoint=AioEndpoint, AioEndpointCreator=None, asyncio=Asyncio("asyncio")
    )
    if sys.argv[1] == "new":
        sys.modules["aiobotocore.endpoint"].AnyioEndpoint = AnyioEndpoint

def request_to(host, path="app-instances"):
    request = AWSRequest("GET", f"https://{host}/{path}")
    request.headers["Authorization"] = (
        "AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/chime/aws4_request, Signature=0"
    )
    return request.prepare()

ours = request_to("identity-chime.us-east-1.amazonaws.com")
others = request_to("s3.amazonaws.com")

async def answered():
    answer = await Session().send(ours)
    headers = {name.decode(): value.decode() for name, value in answer.raw.raw_headers}
    assert headers == answer.headers
    return [answer.status_code, json.loads(await answer.content)]

async def decided_after(response):
    slept.clear()
    for endpoint in (AioEndpoint(), AnyioEndpoint()):
        assert await endpoint._needs_retry(1, None, None, response)
    return slept[:]

def patched():
    module = sys.modules["aiobotocore.endpoint"]
    return Session.send, Signer.sign, AioEndpoint._needs_retry, module.asyncio, AnyioEndpoint._sleep

async def main():
    seen = {}
    with mock_chime_identity() as mock:
        put_all_in()
        original = patched()
        boto3.client("s3")
        seen["answered"] = await answered()
        try:
            await Session().send(others)
        except UnmockedServiceError:
            seen["refused"] = not sent
        await Session().send(request_to("example.com", "bucket"))
        seen["passed"] = sent[:]
        for service, keys in (("Chime SDK Identity", None), ("S3", None), ("S3", "its own")):
            await Signer(service, keys).sign("Anything", SimpleNamespace(context={}))
        await Signer("Chime SDK Identity", "static").sign("Any", SimpleNamespace(context={}))
        seen["signed with"] = signed_with
        for _ in range(2):
            mock.fail_next("ListAppInstances", "ServiceFailureException")
            failed = await Session().send(ours)
        seen["status"] = failed.status_code
        seen["after a fault"] = await decided_after((failed, {}))
        seen["after another"] = await decided_after(None)
        assert sys.modules["aiobotocore.endpoint"].asyncio.__name__ == "asyncio"
        send = Session.send
    seen["put back"] = patched() == original
    sent.clear()
    seen["afterwards"] = await send(Session(), ours)
    with mock_chime_identity():
        seen["again"] = await answered()
    seen["put back again"] = patched() == original
    print(json.dumps(seen))

asyncio.run(main())
"""


@pytest.mark.parametrize("version", ["old", "new"])
def test_aiobotocore_imported_in_the_mock_is_met(version):
    seen = run_script(STAND_INS, version, AWS_DEFAULT_REGION="us-east-1")

    assert seen == {
        "answered": [200, {"AppInstances": []}],
        "refused": True,
        "passed": ["https://example.com/bucket"],
        "signed with": ["AioCredentials", "NoneType", "str", "str"],
        "status": 500,
        "after a fault": [] if version == "new" else ["1 of anyio"],
        "after another": [1, "1 of anyio"],
        "put back": True,
        "afterwards": "sent",
        "again": [200, {"AppInstances": []}],
        "put back again": True,
    }


# Afterwards


@pytest.mark.parametrize("mock", [mock_chime_identity, mock_aws])
def test_a_client_goes_back_to_its_endpoint_afterwards(session, mock):
    with http_server() as (url, asked):
        client = session.client(SERVICE, endpoint_url=url)
        with mock():
            assert count_after_a_create(client) == 1
        assert asked == []

        client.list_app_instances()

    assert asked == ["GET /app-instances"]


def test_a_client_made_in_the_mock_goes_out_afterwards():
    with mock_chime_identity():
        client = boto3.client(SERVICE)
        client.list_app_instances()
    with recorded_sends() as sent:
        client.list_app_instances()

    assert sent == ["https://identity-chime.us-east-1.amazonaws.com/app-instances"]


@pytest.mark.parametrize("mock", [mock_chime_identity, mock_aws])
def test_what_was_patched_is_put_back(mock):
    send, sign = URLLib3Session.send, RequestSigner.sign
    with mock():
        assert URLLib3Session.send is not send
        assert RequestSigner.sign is not sign

    assert URLLib3Session.send is send
    assert RequestSigner.sign is sign


def test_another_patch_may_be_taken_down_after_the_mock_has_ended(monkeypatch):
    passed = []
    client = session_made_before().client(SERVICE)

    def count(send):
        def counting_send(session, request):
            passed.append(request.url)
            return send(session, request)

        return counting_send

    with recorded_sends() as sent:
        mock = mock_chime_identity()
        mock.start()
        ours = URLLib3Session.send
        URLLib3Session.send = count(ours)
        assert count_after_a_create(client) == 1
        mock.stop()
        client.list_app_instances()
        URLLib3Session.send = ours
        client.list_app_instances()

        assert len(passed) == 3
        assert len(sent) == 2
        with mock:
            assert count_after_a_create(client) == 1
        assert len(sent) == 2


def test_a_handler_of_the_users_own_sees_the_request_once(client):
    seen = []
    client.meta.events.register(
        f"before-send.{SERVICE}", lambda request, **_: seen.append(request.url)
    )

    client.list_app_instances()

    assert len(seen) == 1


def test_an_answer_of_the_users_own_handler_wins(make_client):
    client = make_client(config=Config(retries={"total_max_attempts": 1}))

    headers = {
        "x-amzn-RequestId": "00000000-0000-4000-8000-000000000000",
        "x-amzn-ErrorType": "ServiceUnavailableException",
    }

    def answer(request, **_):
        return AWSResponse(request.url, 503, headers, raw=_Body())

    client.meta.events.register_first(f"before-send.{SERVICE}.ListAppInstances", answer)

    with pytest.raises(ClientError) as caught:
        client.list_app_instances()

    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503


class _Body:
    def stream(self):
        yield b'{"Code": "ServiceUnavailable", "Message": "Not today."}'
