"""Clients of aiobotocore: answered, refused and let through as botocore's are.

All of it is a promise of this package.
"""

from __future__ import annotations

import asyncio
import functools
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from unittest.mock import patch

import botocore.handlers
import pytest
from botocore import UNSIGNED
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.loaders import Loader
from conftest import guard_schema
from doubles import KEYS, http_server, run_script
from moto import mock_aws
from support import ACCOUNT_ID, LEX_CONFIGURATION, MISSING_INSTANCE_ARN, OPERATIONS, SERVICE

from chime_identity_mock import ServiceError, UnmockedServiceError, mock_chime_identity

pytest.importorskip("aiobotocore")

import aiobotocore.endpoint
import aiobotocore.httpsession
import aiobotocore.signers
from aiobotocore.awsrequest import AioAWSResponse
from aiobotocore.config import AioConfig
from aiobotocore.credentials import (
    AioCredentialResolver,
    AioCredentials,
    AioDeferredRefreshableCredentials,
    AioRefreshableCredentials,
)
from aiobotocore.session import AioSession
from aiobotocore.utils import AioInstanceMetadataFetcher

MODES = ["legacy", "standard", "adaptive"]

# Nested, an aiobotocore client of this service is answered whichever mock is the outer one.
MOCKS = {
    "ours": [mock_chime_identity],
    "moto": [mock_aws],
    "moto in ours": [mock_chime_identity, mock_aws],
    "ours in moto": [mock_aws, mock_chime_identity],
}

MATRIX = """
import asyncio, json, socket, sys
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone

attempts, refreshes = [], []

def refuse(*args, **kwargs):
    attempts.append(repr(args))
    raise OSError("no network here")

socket.socket.connect = socket.getaddrinfo = refuse

def import_aiobotocore():
    global AioSession, AioRefreshableCredentials, AioCredentialResolver
    from aiobotocore.credentials import AioCredentialResolver, AioRefreshableCredentials
    from aiobotocore.session import AioSession

async def refresh():
    refreshes.append(1)
    raise RuntimeError("no refreshing here")

def session(credentials):
    made = AioSession()
    made.register_component("credential_provider", AioCredentialResolver([]))
    made._credentials = credentials
    return made

def make_sessions():
    static = AioSession()
    static.set_credentials("key", "secret")
    moment = datetime.now(timezone.utc) - timedelta(hours=1)
    expired = AioRefreshableCredentials("key", "secret", None, moment, refresh, "test")
    return {"static": static, "none": session(None), "refreshable": session(expired)}

async def make_clients(stack):
    return {
        name: await stack.enter_async_context(
            made.create_client("chime-sdk-identity", region_name="us-east-1")
        )
        for name, made in make_sessions().items()
    }

def import_moto():
    global mock_aws
    from moto import mock_aws

def import_ours():
    global mock_chime_identity
    from chime_identity_mock import mock_chime_identity

async def main(when):
    from contextlib import AsyncExitStack
    async with AsyncExitStack() as clients_stack:
        clients = None
        if when == "before moto":
            import_aiobotocore()
            clients = await make_clients(clients_stack)
        import_moto()
        if when == "between":
            import_aiobotocore()
            clients = await make_clients(clients_stack)
        import_ours()
        if when == "after":
            import_aiobotocore()
            clients = await make_clients(clients_stack)
        outcomes = {}
        modes = {
            "ours": [mock_chime_identity],
            "moto": [mock_aws],
            "moto in ours": [mock_chime_identity, mock_aws],
            "ours in moto": [mock_aws, mock_chime_identity],
        }
        for mode, mocks in modes.items():
            with ExitStack() as stack:
                for mock in mocks:
                    stack.enter_context(mock())
                if clients is None:
                    import_aiobotocore()
                    clients = await make_clients(clients_stack)
                for name, client in clients.items():
                    try:
                        arn = (await client.create_app_instance(Name="chat"))["AppInstanceArn"]
                        outcome = len((await client.list_app_instances())["AppInstances"])
                        await client.delete_app_instance(AppInstanceArn=arn)
                    except Exception as error:
                        outcome = repr(error)
                    outcomes[f"{mode}, {name}"] = [outcome, attempts[:], len(refreshes)]
                    attempts.clear()
                    refreshes.clear()
        try:
            await clients["static"].list_app_instances()
        except Exception as error:
            outcomes["off"] = [type(error).__name__, bool(attempts), 0]
        print(json.dumps(outcomes))

asyncio.run(main(sys.argv[1]))
"""
WHEN = ["before moto", "between", "after", "imported in the mock"]


@functools.cache
def outcomes(when):
    return run_script(MATRIX, when)


@pytest.mark.parametrize("mode", MOCKS)
@pytest.mark.parametrize("credentials", ["static", "none", "refreshable"])
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


# One for all, because reading botocore's JSON is most of a session's cost.
LOADER = Loader()


def session_made_now():
    session = AioSession()
    session.register_component("data_loader", LOADER)
    session.set_credentials(KEYS["aws_access_key_id"], KEYS["aws_secret_access_key"])
    return session


def session_made_before():
    handlers = [
        handler
        for handler in botocore.handlers.BUILTIN_HANDLERS
        if not type(handler[1]).__module__.startswith(("moto.", "chime_identity_mock."))
        and getattr(handler[1], "__module__", "") != "chime_identity_mock.interception"
    ]
    with patch.object(botocore.handlers, "BUILTIN_HANDLERS", handlers):
        return session_made_now()


SESSIONS = {"early": session_made_before, "late": session_made_now}


@pytest.fixture(params=SESSIONS)
def session(request):
    return SESSIONS[request.param]()


def client_of(session, service=SERVICE, **parameters):
    return session.create_client(service, **{"region_name": "us-east-1", **parameters})


def run(scenario, session=None, **parameters):
    """Run a scenario with a client whose answers are held against the model."""

    async def main():
        async with client_of(session or session_made_now(), **parameters) as client:
            return await scenario(guard_schema(client))

    return asyncio.run(main())


async def count_after_a_create(client):
    await client.create_app_instance(Name="chat")
    return len((await client.list_app_instances())["AppInstances"])


def answer_to(request, status, body):
    raw = SimpleNamespace(raw_headers=())  # older versions take the headers from there
    answer = AioAWSResponse(request.url, status, {}, raw)
    answer._content = body
    return answer


@contextmanager
def recorded_sends():
    """Put an open end in place of the way to the network; the mock must be turned on inside."""
    sent = []

    async def send(self, request):
        sent.append(request.url)
        return answer_to(request, 200, b"")

    with patch.object(aiobotocore.httpsession.AIOHTTPSession, "send", send):
        yield sent


@contextmanager
def recorded_sleeps():
    """Have nobody sleep, and note how long they would have."""
    slept = []
    sleep = asyncio.sleep

    async def recording(seconds, *args):
        slept.append(seconds)
        await sleep(0)

    with patch("asyncio.sleep", recording):
        yield slept


# What is answered


@pytest.mark.parametrize("mocks", MOCKS.values(), ids=MOCKS)
def test_a_client_is_answered_in_every_nesting(session, mocks):
    with ExitStack() as stack:
        for mock in mocks:
            stack.enter_context(mock())

        assert run(count_after_a_create, session) == 1


def test_the_mock_is_entered_by_async_with():
    async def scenario(client):
        async with mock_chime_identity() as mock:
            count = await count_after_a_create(client)
            return count, len(mock.calls)

    assert run(scenario) == (1, 2)


def test_the_mock_decorates_a_coroutine_function():
    @mock_chime_identity
    async def decorated():
        async with AioSession().create_client(SERVICE, region_name="us-east-1") as client:
            return await count_after_a_create(client)

    assert asyncio.run(decorated()) == 1
    assert asyncio.run(decorated()) == 1


def test_a_session_made_in_the_mock_has_its_keys_and_region(mock):
    async def main():
        async with AioSession().create_client(SERVICE) as client:
            return await client.create_app_instance(Name="chat")

    arn = asyncio.run(main())["AppInstanceArn"]

    assert arn.startswith(f"arn:aws:chime:us-east-1:{ACCOUNT_ID}:app-instance/")


def test_both_sdks_see_the_same_data(mock, client, app_instance_arn):
    async def scenario(other):
        return await other.describe_app_instance(AppInstanceArn=app_instance_arn)

    ours = run(scenario)["AppInstance"]

    assert ours == client.describe_app_instance(AppInstanceArn=app_instance_arn)["AppInstance"]


@pytest.mark.parametrize("endpoint_url", ["http://127.0.0.1:1", "https://chime.example.com"])
def test_an_endpoint_of_ones_own_is_answered(session, endpoint_url, mock):
    assert run(count_after_a_create, session, endpoint_url=endpoint_url) == 1


async def perform_every_operation(client):
    """Call each operation once or more; gives what the lists show before all is deleted."""
    instance = {
        "AppInstanceArn": (await client.create_app_instance(Name="chat", Metadata="m"))[
            "AppInstanceArn"
        ]
    }
    await client.update_app_instance(**instance, Name="chats", Metadata="")
    await client.put_app_instance_retention_settings(
        **instance,
        AppInstanceRetentionSettings={"ChannelRetentionSettings": {"RetentionDays": 30}},
    )
    await client.get_app_instance_retention_settings(**instance)
    arns = []
    for name in ("ann", "bob", "cay"):
        answer = await client.create_app_instance_user(
            **instance, AppInstanceUserId=name, Name=name
        )
        arns.append(answer["AppInstanceUserArn"])
    user = {"AppInstanceUserArn": arns[0]}
    await client.update_app_instance_user(**user, Name="Ann", Metadata="")
    await client.put_app_instance_user_expiration_settings(
        **user,
        ExpirationSettings={"ExpirationDays": 5, "ExpirationCriterion": "CREATED_TIMESTAMP"},
    )
    admin = {**instance, "AppInstanceAdminArn": arns[0]}
    await client.create_app_instance_admin(**admin)
    bot_answer = await client.create_app_instance_bot(**instance, Configuration=LEX_CONFIGURATION)
    bot = {"AppInstanceBotArn": bot_answer["AppInstanceBotArn"]}
    await client.update_app_instance_bot(**bot, Name="bot", Metadata="")
    endpoint_answer = await client.register_app_instance_user_endpoint(
        **user,
        Type="GCM",
        ResourceArn=f"arn:aws:mobiletargeting:us-east-1:{ACCOUNT_ID}:apps/0123456789abcdef",
        EndpointAttributes={"DeviceToken": "token"},
    )
    endpoint = {**user, "EndpointId": endpoint_answer["EndpointId"]}
    await client.update_app_instance_user_endpoint(**endpoint, Name="phone")
    await client.tag_resource(ResourceARN=arns[0], Tags=[{"Key": "k", "Value": "v"}])
    tags = await client.list_tags_for_resource(ResourceARN=arns[0])
    await client.untag_resource(ResourceARN=arns[0], TagKeys=["k"])
    described = [
        await client.describe_app_instance(**instance),
        await client.describe_app_instance_user(**user),
        await client.describe_app_instance_admin(**admin),
        await client.describe_app_instance_bot(**bot),
        await client.describe_app_instance_user_endpoint(**endpoint),
    ]
    first = await client.list_app_instance_users(**instance, MaxResults=2)
    second = await client.list_app_instance_users(
        **instance, MaxResults=2, NextToken=first["NextToken"]
    )
    shown = {
        "users": [
            u["AppInstanceUserArn"] for page in (first, second) for u in page["AppInstanceUsers"]
        ],
        "is last": "NextToken" not in second,
        "tags": tags["Tags"],
        "names": [
            resource.get("Name")
            for answer in described
            for name, resource in answer.items()
            if name != "ResponseMetadata"
        ],
        "admins": len((await client.list_app_instance_admins(**instance))["AppInstanceAdmins"]),
        "bots": len((await client.list_app_instance_bots(**instance))["AppInstanceBots"]),
        "endpoints": len(
            (await client.list_app_instance_user_endpoints(**user))["AppInstanceUserEndpoints"]
        ),
    }
    await client.deregister_app_instance_user_endpoint(**endpoint)
    await client.delete_app_instance_bot(**bot)
    await client.delete_app_instance_admin(**admin)
    await client.delete_app_instance_user(**user)
    await client.delete_app_instance(**instance)
    shown["left"] = (await client.list_app_instances())["AppInstances"]
    return arns, shown


def test_every_operation_is_answered(mock, session):
    arns, shown = run(perform_every_operation, session)

    assert {call.operation for call in mock.calls} == set(OPERATIONS)
    assert all(call.error is None for call in mock.calls)
    assert shown == {
        "users": arns,
        "is last": True,
        "tags": [{"Key": "k", "Value": "v"}],
        "names": ["chats", "Ann", None, "bot", "phone"],
        "admins": 1,
        "bots": 1,
        "endpoints": 1,
        "left": [],
    }


def test_an_error_is_typed_and_not_retried(mock, session):
    async def scenario(client):
        with pytest.raises(client.exceptions.ForbiddenException) as caught:
            await client.describe_app_instance(AppInstanceArn=MISSING_INSTANCE_ARN)
        return caught.value.response

    response = run(scenario, session)

    assert response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert response["ResponseMetadata"]["RetryAttempts"] == 0
    assert len(mock.calls) == 1


def test_an_unsigned_call_is_refused(mock):
    async def scenario(client):
        with pytest.raises(ClientError) as caught:
            await client.list_app_instances()
        return caught.value.response

    response = run(scenario, config=AioConfig(signature_version=UNSIGNED))

    assert response["Error"]["Code"] == "MissingAuthenticationTokenException"


def test_many_creates_at_once_with_one_token_make_one_instance(mock, client):
    async def scenario(client):
        creates = [
            client.create_app_instance(Name="chat", ClientRequestToken="token") for _ in range(40)
        ]
        return {answer["AppInstanceArn"] for answer in await asyncio.gather(*creates)}

    arns = run(scenario)

    listed = client.list_app_instances()["AppInstances"]
    assert {instance["AppInstanceArn"] for instance in listed} == arns
    assert len(arns) == 1


# Credentials


def session_with(credentials):
    session = session_made_now()
    session.register_component("credential_provider", AioCredentialResolver([]))
    session._credentials = credentials
    return session


async def refuse_to_refresh():
    pytest.fail("the credentials were refreshed")


def expired_credentials(refresh):
    moment = datetime.now(timezone.utc) - timedelta(hours=1)
    return AioRefreshableCredentials("key", "secret", None, moment, refresh, "test")


@pytest.mark.parametrize("is_made_inside", [False, True])
@pytest.mark.parametrize(
    "make_credentials",
    [
        lambda: None,
        lambda: expired_credentials(refuse_to_refresh),
        lambda: AioDeferredRefreshableCredentials(refuse_to_refresh, "test"),
    ],
)
def test_a_session_needs_no_usable_credentials(make_credentials, is_made_inside):
    session = session_with(make_credentials())

    async def scenario(client):
        with mock_chime_identity():
            return await count_after_a_create(client)

    if is_made_inside:
        with mock_chime_identity():
            assert run(count_after_a_create, session) == 1
    else:
        assert run(scenario, session) == 1


def test_static_keys_name_the_account(mock, session):
    async def scenario(client):
        return (await client.create_app_instance(Name="chat"))["AppInstanceArn"]

    arn = run(scenario, session_with(AioCredentials("111122223333", "secret", "token")))

    assert arn.split(":")[4] == "111122223333"


def test_credentials_are_refreshed_again_afterwards():
    refreshed = []

    async def refresh():
        refreshed.append("once")
        moment = datetime.now(timezone.utc) + timedelta(hours=1)
        return {
            "access_key": "key",
            "secret_key": "secret",
            "token": "token",
            "expiry_time": moment.isoformat(),
        }

    async def main():
        async with client_of(session_with(expired_credentials(refresh))) as client:
            with mock_chime_identity():
                await client.list_app_instances()
            assert refreshed == []
            await client.list_app_instances()

    with recorded_sends() as sent:
        asyncio.run(main())

    assert refreshed == ["once"]
    assert len(sent) == 1


# Other services


async def list_tables(client):
    return await client.list_tables()


@pytest.mark.parametrize("mode", MODES)
def test_another_service_is_refused_and_the_call_not_repeated(session, mode, mock):
    attempts = []

    async def scenario(client):
        client.meta.events.register("before-send", lambda **_: attempts.append("one"))
        with pytest.raises(UnmockedServiceError) as caught:
            await client.list_tables()
        return str(caught.value)

    config = AioConfig(retries={"mode": mode, "max_attempts": 5})
    with recorded_sleeps() as slept:
        text = run(scenario, session, service="dynamodb", config=config)

    assert attempts == ["one"]
    assert slept == []
    assert text.startswith("dynamodb ")
    assert 'passthrough={"dynamodb"}' in text


def test_what_is_let_through_goes_out(session):
    with recorded_sends() as sent, mock_chime_identity(passthrough={"dynamodb"}):
        run(list_tables, session, service="dynamodb")
        with pytest.raises(UnmockedServiceError):
            run(lambda client: client.list_keys(), session, service="kms")

        assert run(count_after_a_create, session) == 1

    assert len(sent) == 1
    assert "dynamodb" in sent[0]


def test_an_endpoint_that_is_not_aws_is_reached(session):
    with http_server() as (url, asked), mock_chime_identity():
        run(lambda client: client.list_buckets(), session, service="s3", endpoint_url=url)

    assert asked == ["GET /"]


def test_a_client_goes_back_to_its_endpoint_afterwards(session):
    async def main(url):
        async with client_of(session, endpoint_url=url) as client:
            with mock_chime_identity():
                assert await count_after_a_create(client) == 1
            await client.list_app_instances()

    with http_server() as (url, asked):
        asyncio.run(main(url))

    assert asked == ["GET /app-instances"]


def test_no_keys_are_fetched_from_the_machine():
    fetcher = AioInstanceMetadataFetcher(timeout=1, num_attempts=1, env={})
    session = session_with(expired_credentials(fetcher.retrieve_iam_role_credentials))

    with (
        recorded_sends() as sent,
        mock_chime_identity(),
        pytest.raises(UnmockedServiceError, match="metadata"),
    ):
        run(list_tables, session, service="dynamodb")

    assert sent == []


# Faults, and the pauses after them


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("error", ["ServiceFailureException", "ServiceUnavailableException"])
def test_a_fault_is_retried_without_a_pause(session, mode, error, mock):
    async def scenario(client):
        mock.fail_next("CreateAppInstance", error, times=2)
        return await client.create_app_instance(Name="chat")

    config = AioConfig(retries={"mode": mode, "max_attempts": 4})
    with recorded_sleeps() as slept:
        answer = run(scenario, session, config=config)

    assert answer["ResponseMetadata"]["RetryAttempts"] == 2
    assert slept == []


@pytest.mark.parametrize("mode", MODES)
def test_throttling_is_no_reason_to_pause(mode, mock):
    async def scenario(client):
        mock.fail_next(
            "ListAppInstances", ServiceError("ThrottlingException", "wait", 429), times=3
        )
        return [await client.list_app_instances() for _ in range(3)]

    config = AioConfig(retries={"mode": mode, "max_attempts": 5})
    with recorded_sleeps() as slept:
        answers = run(scenario, config=config)

    assert [answer["ResponseMetadata"]["RetryAttempts"] for answer in answers] == [3, 0, 0]
    assert slept == []


@pytest.mark.parametrize("mode", MODES)
def test_an_exception_in_place_of_an_answer_is_retried_without_a_pause(mode, mock):
    async def scenario(client):
        mock.fail_next(
            "CreateAppInstance", ReadTimeoutError(endpoint_url=""), times=2, take_effect=True
        )
        return await count_after_a_create(client)

    config = AioConfig(retries={"mode": mode, "max_attempts": 4})
    with recorded_sleeps() as slept:
        assert run(scenario, config=config) == 1

    assert slept == []
    assert len(mock.calls) == 4


def test_an_exception_reaches_the_caller_as_it_is(mock):
    async def scenario(client):
        mock.fail_next("ListAppInstances", KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            await client.list_app_instances()

    run(scenario)


def test_the_pause_is_made_where_it_is_asked_for():
    async def scenario(client):
        with mock_chime_identity(skip_backoff=False) as mock:
            mock.fail_next("ListAppInstances", "ServiceFailureException")
            await client.list_app_instances()

    with recorded_sleeps() as slept:
        run(scenario)

    assert len(slept) == 1


def unavailable(request, **_):
    return answer_to(request, 503, b"{}")


def test_a_pause_that_is_none_of_the_mocks_is_made(mock):
    async def scenario(client):
        mock.fail_next("ListAppInstances", "ServiceFailureException")
        await client.list_app_instances()
        client.meta.events.unregister(f"after-call.{SERVICE}")
        client.meta.events.register_first(f"before-send.{SERVICE}", unavailable)
        with pytest.raises(ClientError):
            await client.list_app_instances()

    async def main():
        config = AioConfig(retries={"mode": "standard", "total_max_attempts": 2})
        async with client_of(session_made_now(), config=config) as client:
            await scenario(client)

    with recorded_sleeps() as slept:
        asyncio.run(main())

    assert len(slept) == 1


def test_what_another_task_sleeps_is_left_alone(mock):
    async def scenario(client):
        async def sleeping():
            for _ in range(5):
                await asyncio.sleep(1)

        mock.fail_next(None, "ServiceFailureException", times=4)
        calls = [client.list_app_instances() for _ in range(4)]
        await asyncio.gather(sleeping(), *calls, asyncio.create_task(sleeping()))

    config = AioConfig(retries={"mode": "standard", "total_max_attempts": 5})
    with recorded_sleeps() as slept:
        run(scenario, config=config)

    assert slept == [1] * 10


def test_tasks_that_pause_and_tasks_that_do_not_keep_apart(mock):
    async def main():
        config = AioConfig(retries={"mode": "standard", "total_max_attempts": 3})
        async with (
            client_of(session_made_now(), config=config) as faulty,
            client_of(session_made_now(), "dynamodb", config=config) as unlucky,
        ):
            unlucky.meta.events.register_first("before-send", unavailable)
            mock.fail_next("ListAppInstances", "ServiceFailureException", times=2)

            async def fail():
                with pytest.raises(ClientError):
                    await unlucky.list_tables()

            await asyncio.gather(fail(), faulty.list_app_instances(), fail())

    with recorded_sleeps() as slept:
        asyncio.run(main())

    assert len(slept) == 4


def test_the_clock_takes_the_pauses_after_a_rate_limit():
    async def scenario(client):
        with mock_chime_identity(rate_limits={"ListAppInstances": 1}) as mock:
            before = mock.clock.now()
            for _ in range(3):
                await client.list_app_instances()
            return mock.clock.now() - before

    config = AioConfig(retries={"mode": "legacy", "max_attempts": 8})
    with recorded_sleeps() as slept:
        assert run(scenario, config=config) > timedelta(seconds=0.9)

    assert slept == []


# Afterwards


def patched():
    endpoint = aiobotocore.endpoint
    return (
        aiobotocore.httpsession.AIOHTTPSession.send,
        aiobotocore.signers.AioRequestSigner.sign,
        endpoint.AioEndpoint._needs_retry,
        endpoint.asyncio,
        getattr(getattr(endpoint, "AnyioEndpoint", None), "_sleep", None),
    )


@pytest.mark.parametrize("mocks", MOCKS.values(), ids=MOCKS)
def test_nothing_stays_patched(mocks):
    before = patched()

    async def scenario(client):
        with ExitStack() as stack:
            for mock in mocks:
                handle = stack.enter_context(mock())
                if mock is mock_chime_identity:
                    handle.fail_next(None, "ServiceFailureException")
            await client.list_app_instances()
            return patched()

    during = run(scenario)

    assert during[:2] != before[:2]
    assert (during[2:4] != before[2:4]) == (mocks != [mock_aws])
    assert patched() == before


def test_a_client_goes_to_the_network_again_afterwards():
    async def scenario(client):
        with mock_chime_identity():
            await count_after_a_create(client)
        await client.list_app_instances()

    async def main():
        async with client_of(session_made_now()) as client:
            await scenario(client)

    with recorded_sends() as sent:
        asyncio.run(main())

    assert sent == ["https://identity-chime.us-east-1.amazonaws.com/app-instances"]


# The backend that sends with httpx


@pytest.fixture
def httpx_config():
    pytest.importorskip("httpx2")
    module = pytest.importorskip("aiobotocore.httpxsession")
    return AioConfig(
        http_session_cls=module.HttpxSession,
        retries={"mode": "standard", "max_attempts": 3},
    )


def test_httpx_is_answered(session, httpx_config, mock):
    assert run(count_after_a_create, session, config=httpx_config) == 1


def test_httpx_is_refused_other_services(session, httpx_config, mock):
    with pytest.raises(UnmockedServiceError):
        run(list_tables, session, service="dynamodb", config=httpx_config)


def test_httpx_makes_no_pause_after_a_fault(httpx_config, mock):
    slept = []

    async def sleep(seconds):
        slept.append(seconds)

    async def scenario(client):
        mock.fail_next("ListAppInstances", "ServiceFailureException", times=2)
        return await client.list_app_instances()

    with patch("anyio.sleep", sleep):
        answer = run(scenario, config=httpx_config)

    assert answer["ResponseMetadata"]["RetryAttempts"] == 2
    assert slept == []


def test_httpx_reaches_an_endpoint_that_is_not_aws(httpx_config):
    with http_server() as (url, asked), mock_chime_identity():
        run(
            lambda client: client.list_buckets(),
            service="s3",
            endpoint_url=url,
            config=httpx_config,
        )

    assert len(asked) == 1
