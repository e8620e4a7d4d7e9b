"""Calls to other services of AWS: stopped with a cure, unless they are let through.

All of it is a promise of this package.
"""

from __future__ import annotations

import re
from datetime import datetime, timezone
from io import BytesIO
from unittest.mock import Mock, patch

import boto3
import pytest
import requests
from botocore import UNSIGNED
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError
from botocore.httpsession import URLLib3Session
from botocore.utils import InstanceMetadataFetcher
from doubles import http_server, recorded_sends, session_made_before, session_made_now, session_with
from moto import mock_aws
from support import SERVICE

from chime_identity_mock import UnmockedServiceError, mock_chime_identity

SESSIONS = {
    "early": session_made_before,
    "between": lambda: session_made_before(moto=False),
    "late": session_made_now,
}
# Whatever is called of them takes no parameters.
CALLS = {
    "s3": "list_buckets",
    "sts": "get_caller_identity",
    "dynamodb": "list_tables",
    "chime-sdk-media-pipelines": "list_media_pipelines",
    "chime-sdk-voice": "list_phone_numbers",
    "apigateway": "get_rest_apis",
    "iot-data": "list_retained_messages",
}
# Where boto3's name isn't the one that botocore makes of the service's id.
ODD_CALLS = {
    "appmesh": "list_meshes",
    "cloudwatch": "list_metrics",
    "config": "describe_config_rules",
    "elbv2": "describe_load_balancers",
    "globalaccelerator": "list_accelerators",
    "iotwireless": "list_destinations",
    "kinesisanalyticsv2": "list_applications",
    "lexv2-models": "list_bots",
    "logs": "describe_log_groups",
    "servicecatalog-appregistry": "list_applications",
    "stepfunctions": "list_state_machines",
}


@pytest.fixture(params=SESSIONS)
def session(request):
    return SESSIONS[request.param]()


def call(session, service, **parameters):
    return getattr(session.client(service, **parameters), (CALLS | ODD_CALLS)[service])()


def stopped(session, service, **parameters):
    with pytest.raises(UnmockedServiceError) as caught:
        call(session, service, **parameters)
    return str(caught.value)


@pytest.mark.parametrize("service", CALLS)
def test_no_call_leaves(session, service):
    with recorded_sends() as sent, mock_chime_identity():
        stopped(session, service)

    assert sent == []


def test_the_error_is_none_of_botocores():
    assert issubclass(UnmockedServiceError, RuntimeError)
    assert not issubclass(UnmockedServiceError, (BotoCoreError, ClientError))


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_no_retry_mode_repeats_the_call(session, mode, monkeypatch):
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: pytest.fail("it slept"))
    config = Config(retries={"mode": mode, "max_attempts": 5})
    client = session.client("s3", config=config)
    attempts = []
    client.meta.events.register("before-send", lambda **_: attempts.append("one"))

    with mock_chime_identity(), pytest.raises(UnmockedServiceError):
        client.list_buckets()

    assert attempts == ["one"]


def test_the_text_names_service_operation_and_cures(mock):
    text = stopped(boto3, "s3")

    assert "s3 ListBuckets" in text
    assert "mock_aws" in text
    assert 'passthrough={"s3"}' in text


def test_the_text_names_the_stubber_where_moto_has_no_such_service(mock):
    with pytest.raises(UnmockedServiceError) as caught:
        boto3.client("chime-sdk-messaging").list_channels(
            AppInstanceArn="arn:aws:chime:::app-instance/1", ChimeBearer="bearer"
        )

    text = str(caught.value)
    assert "chime-sdk-messaging ListChannels" in text
    assert "Stubber" in text
    assert "mock_aws" not in text


def test_the_text_names_responses_where_the_request_was_made_without_botocore(mock):
    with pytest.raises(UnmockedServiceError) as caught:
        requests.get("https://messaging-chime.us-east-1.amazonaws.com/channels", timeout=5)

    assert "responses" in str(caught.value)
    assert "Stubber" not in str(caught.value)


def test_the_text_says_when_mock_aws_is_on_but_came_too_late():
    with mock_chime_identity(), mock_aws():
        text = stopped(session_made_before(), "s3")

    assert "mock_aws is on" in text


@pytest.mark.parametrize("service", ["s3", "sts", "chime-sdk-voice"])
def test_the_text_names_an_early_clients_service(service, session):
    with mock_chime_identity():
        text = stopped(session, service)

    assert {"s3": "s3", "sts": "sts", "chime-sdk-voice": "chime"}[service] in text.split(" was ")[0]


@pytest.mark.parametrize("service", CALLS | ODD_CALLS)
def test_the_text_is_right_about_how_to_let_a_call_out(session, service):
    parameters = {"region_name": "us-west-2"}
    with mock_chime_identity():
        cure = re.search(r'passthrough={"([^"]+)"}', stopped(session, service, **parameters))[1]

    with recorded_sends() as sent, mock_chime_identity(passthrough={cure}):
        call(session, service, **parameters)

    assert len(sent) == 1


def test_an_error_leaves_the_mock_as_it_was(mock, client, app_instance_arn):
    stopped(boto3, "s3")

    assert len(client.list_app_instances()["AppInstances"]) == 1


@pytest.mark.parametrize(
    "parameters",
    [
        {"config": Config(use_dualstack_endpoint=True)},
        {"config": Config(use_fips_endpoint=True)},
        {"region_name": "cn-north-1"},
        {"region_name": "us-gov-west-1"},
        {"config": Config(signature_version=UNSIGNED)},
        {"endpoint_url": "https://vpce-1.s3.us-east-1.vpce.amazonaws.com"},
        {"endpoint_url": "http://s3.amazonaws.com:8080/base"},
        {"endpoint_url": "https://s3.amazonaws.com."},
        {"endpoint_url": "https://amazonaws.com"},
    ],
)
def test_no_kind_of_endpoint_of_aws_is_reached(session, parameters):
    with recorded_sends() as sent, mock_chime_identity():
        stopped(session, "s3", **parameters)

    assert sent == []


def test_a_presigned_upload_is_stopped_where_the_url_is_signed_in_its_query(session):
    client = session.client("s3")
    client.meta.events.register(
        "choose-signer.s3.ListBuckets", lambda **_: "s3v4-query", unique_id="query"
    )

    with mock_chime_identity(), pytest.raises(UnmockedServiceError, match="s3"):
        client.list_buckets()


# What is let through


@pytest.mark.parametrize("service", CALLS | ODD_CALLS)
def test_a_service_named_as_boto3_names_it_is_let_through(service):
    with recorded_sends() as sent, mock_chime_identity(passthrough={service}):
        call(session_made_now(), service, region_name="us-west-2")

    assert len(sent) == 1


@pytest.mark.parametrize("service", ["s3", "sts", "dynamodb", "logs", "stepfunctions"])
def test_early_clients_are_let_through_too(session, service):
    with recorded_sends() as sent, mock_chime_identity(passthrough={service}):
        call(session, service)

    assert len(sent) == 1


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("list_user_pools", {"MaxResults": 1}),
        # cognito takes these unsigned.
        ("sign_up", {"ClientId": "c", "Username": "ann", "Password": "password"}),
    ],
)
def test_cognito_is_let_through(session, operation, parameters):
    with recorded_sends() as sent, mock_chime_identity(passthrough={"cognito-idp"}):
        getattr(session.client("cognito-idp"), operation)(**parameters)

    assert len(sent) == 1


def test_nothing_but_what_is_named_is_let_through(session):
    with recorded_sends() as sent, mock_chime_identity(passthrough={"s3", "sqs"}):
        stopped(session, "sts")
        stopped(session, "dynamodb")

    assert sent == []


@pytest.mark.parametrize(
    ("passthrough", "service"),
    [
        ("chime", "chime-sdk-voice"),
        ("chime-sdk-voice", "chime-sdk-media-pipelines"),
        ("kinesisanalytics", "kinesisanalyticsv2"),
        ("servicecatalog", "servicecatalog-appregistry"),
    ],
)
def test_a_service_does_not_let_through_another_with_its_signing_name(passthrough, service):
    with recorded_sends() as sent, mock_chime_identity(passthrough={passthrough}):
        stopped(session_made_now(), service)

    assert sent == []


def test_this_service_is_mocked_next_to_what_is_let_through(session):
    with recorded_sends() as sent, mock_chime_identity(passthrough={"s3", "chime"}):
        client = session.client(SERVICE)
        client.create_app_instance(Name="chat")

        assert len(client.list_app_instances()["AppInstances"]) == 1

    assert sent == []


def test_what_an_inner_mock_lets_through_ends_with_it():
    session = session_made_now()
    with recorded_sends() as sent, mock_chime_identity(passthrough={"sts"}):
        with mock_chime_identity(passthrough={"s3"}):
            call(session, "s3")
            stopped(session, "sts")
        call(session, "sts")
        stopped(session, "s3")

    assert len(sent) == 2


def test_what_is_let_through_has_the_users_own_keys(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "own-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "own-secret")
    signed = []

    with recorded_sends(), mock_chime_identity(passthrough={"s3"}):
        client = boto3.client("s3")
        client.meta.events.register(
            "before-send",
            lambda request, **_: signed.append(request.headers["Authorization"]),
        )
        client.list_buckets()

    assert b"Credential=own-key/" in signed[0]


def test_a_file_that_is_let_through_is_left_to_be_read(session):
    client = session.client("s3")
    read = []

    def send(self, request):
        read.append(request.body.read())
        return AWSResponse(request.url, 200, {}, Mock(stream=lambda: iter([b""])))

    with (
        patch.object(URLLib3Session, "send", send),
        mock_chime_identity(passthrough={"s3"}),
    ):
        client.put_object(Bucket="bucket", Key="key", Body=BytesIO(b"the file"))

    assert b"the file" in read[0]


# Endpoints that are not AWS


@pytest.mark.parametrize("service", ["s3", "sts", "chime-sdk-voice"])
def test_an_endpoint_that_is_not_aws_is_reached(session, service):
    with http_server() as (url, asked), mock_chime_identity():
        call(session, service, endpoint_url=url)

    assert len(asked) == 1


def test_an_endpoint_of_the_environment_that_is_not_aws_is_reached(monkeypatch):
    with http_server() as (url, asked):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        with mock_chime_identity():
            call(boto3, "s3")
            assert boto3.client(SERVICE).list_app_instances()["AppInstances"] == []

    assert asked == ["GET /"]


def test_a_host_that_only_looks_like_aws_is_none_of_ours(session):
    with recorded_sends() as sent, mock_chime_identity():
        call(session, "s3", endpoint_url="https://s3.amazonaws.com.example.com")

    assert len(sent) == 1


@pytest.mark.parametrize("mock", [mock_chime_identity, mock_aws])
def test_calls_go_out_again_afterwards(session, mock):
    with recorded_sends() as sent:
        client = session.client("s3")
        with mock():
            pass
        client.list_buckets()

    assert len(sent) == 1


# The metadata service of AWS's machines


def expired_keys_of_the_machine():
    fetcher = InstanceMetadataFetcher(timeout=1, num_attempts=1, env={})
    return RefreshableCredentials(
        "key",
        "secret",
        "token",
        datetime(2020, 1, 1, tzinfo=timezone.utc),
        fetcher.retrieve_iam_role_credentials,
        "iam-role",
    )


def test_no_keys_are_fetched_from_the_machine():
    client = session_with(expired_keys_of_the_machine()).client("s3", "us-east-1")

    with (
        recorded_sends() as sent,
        mock_chime_identity(),
        pytest.raises(UnmockedServiceError, match="usually a client made before"),
    ):
        client.list_buckets()

    assert sent == []


def test_keys_are_fetched_from_the_machine_for_what_is_let_through():
    client = session_with(expired_keys_of_the_machine()).client("s3", "us-east-1")

    with (
        recorded_sends() as sent,
        mock_chime_identity(passthrough={"s3"}),
        pytest.raises(BotoCoreError),
    ):
        client.list_buckets()

    assert any("169.254.169.254" in url for url in sent)
