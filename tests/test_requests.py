"""Requests sent with ``requests`` and ``urllib3``: answered, refused, or passed on.

All of it is a promise of this package.
"""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from unittest.mock import patch
from uuid import UUID

import pytest
import requests
import responses
import urllib3
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from doubles import http_server
from moto import mock_aws
from requests.adapters import HTTPAdapter
from support import ACCOUNT_ID, MISSING_INSTANCE_ARN, authorization
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from chime_identity_mock import ServiceError, UnmockedServiceError, mock_chime_identity

HOST = "identity-chime.us-east-1.amazonaws.com"
URL = f"https://{HOST}/app-instances"
SIGNED = {"Authorization": authorization()}
CREATE = {"Name": "chat", "ClientRequestToken": "token"}


def create(url=URL, **parameters):
    return requests.post(url, timeout=5, **{"headers": SIGNED, "json": CREATE, **parameters})


def get(url=URL, **parameters):
    return requests.get(url, timeout=5, **{"headers": SIGNED, **parameters})


@contextmanager
def recorded_sends():
    """Put an open end in place of the way to the network; the mock must be turned on inside."""
    sent = []

    def urlopen(pool, method, url, *args, **kwargs):
        sent.append(url if "://" in url else f"{pool.scheme}://{pool.host}{url}")
        return urllib3.HTTPResponse(
            body=io.BytesIO(b"sent"), status=200, preload_content=False, request_url=url
        )

    with patch.object(HTTPConnectionPool, "urlopen", urlopen):
        yield sent


# What is answered


@pytest.mark.rule("hosts")
@pytest.mark.parametrize(
    "host",
    [
        HOST,
        "identity-chime.eu-central-1.amazonaws.com",
        "identity-chime-fips.us-east-1.amazonaws.com",
        "identity-chime.us-east-1.api.aws",
        "identity-chime-fips.us-east-1.api.aws",
        "identity-chime.cn-north-1.amazonaws.com.cn",
        "identity-chime.cn-north-1.api.amazonwebservices.com.cn",
        "vpce-1.identity-chime.us-east-1.vpce.amazonaws.com",
        f"{HOST}:443",
        HOST.upper(),
    ],
)
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_every_host_of_the_service_is_answered(mock, host, scheme):
    created = create(f"{scheme}://{host}/app-instances")

    assert created.status_code == 201
    assert get(f"{scheme}://{host}/app-instances").json()["AppInstances"] == [
        {**created.json(), "Name": "chat"}
    ]


def test_an_answer_is_one_as_from_a_server(mock):
    answer = create()

    assert answer.ok
    assert answer.reason == "Created"
    assert answer.headers["content-type"] == "application/json"
    assert UUID(answer.headers["X-Amzn-RequestId"])
    assert answer.encoding == "utf-8"
    assert answer.json().keys() == {"AppInstanceArn"}
    assert answer.text == answer.content.decode()
    assert timedelta() < answer.elapsed < timedelta(seconds=5)
    assert answer.url == URL
    assert answer.request.method == "POST"
    assert answer.history == []
    assert not answer.is_redirect
    answer.raise_for_status()


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_to_head_has_no_body(mock, stream):
    answer = requests.head(URL, headers=SIGNED, timeout=5, stream=stream)

    assert (answer.status_code, answer.content) == (404, b"")
    assert answer.headers["x-amzn-ErrorType"] == "UnknownOperationException"


def test_an_empty_answer_is_empty(mock):
    arn = create().json()["AppInstanceArn"]

    answer = requests.delete(f"{URL}/{arn}", headers=SIGNED, timeout=5)

    assert (answer.status_code, answer.reason, answer.content) == (204, "No Content", b"")


def test_an_error_is_answered_as_the_service_does(mock):
    answer = get(f"{URL}/{MISSING_INSTANCE_ARN}")

    assert (answer.status_code, answer.reason) == (403, "Forbidden")
    assert answer.headers["x-amzn-ErrorType"] == "ForbiddenException"
    assert answer.json()["Code"] == "Forbidden"
    with pytest.raises(requests.HTTPError):
        answer.raise_for_status()


def test_an_answer_can_be_streamed(mock):
    created = create()

    with get(stream=True) as answer:
        content = b"".join(answer.iter_content(7))

    assert created.json()["AppInstanceArn"].encode() in content


def test_a_session_is_answered(mock):
    with requests.Session() as session:
        session.headers.update(SIGNED)
        session.post(URL, json=CREATE, allow_redirects=False)

        assert len(session.get(URL).json()["AppInstances"]) == 1
        assert session.cookies.get_dict() == {}


def test_an_adapter_of_the_users_own_is_answered(mock):
    class Adapter(HTTPAdapter):
        def send(self, request, *args, **kwargs):
            request.headers.update(SIGNED)
            return super().send(request, *args, **kwargs)

    with requests.Session() as session:
        session.mount("https://", Adapter(max_retries=3))

        assert session.get(URL).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b'{"Name": "chat", "ClientRequestToken": "token"}',
        bytearray(b'{"Name": "chat", "ClientRequestToken": "token"}'),
        '{"Name": "chat", "ClientRequestToken": "token"}',
        io.BytesIO(b'{"Name": "chat", "ClientRequestToken": "token"}'),
        io.StringIO('{"Name": "chat", "ClientRequestToken": "token"}'),
        iter([b'{"Name": "chat", ', b'"ClientRequestToken": "token"}']),
    ],
    ids=lambda body: type(body).__name__,
)
def test_a_body_may_be_whatever_requests_takes(mock, body):
    assert create(json=None, data=body).status_code == 201
    assert mock.calls[0].params == CREATE


def test_a_request_without_a_body_lacks_members(mock):
    assert requests.post(URL, headers=SIGNED, timeout=5).json()["Code"] == "BadRequest"


@pytest.mark.parametrize("sign", [SigV4Auth, SigV4QueryAuth])
def test_a_request_that_botocore_signed_is_answered(mock, sign):
    signed = AWSRequest("GET", URL, params={"max-results": 1})
    sign(Credentials("111122223333", "secret"), "chime", "us-east-1").add_auth(signed)
    prepared = signed.prepare()

    answer = requests.get(prepared.url, headers=dict(prepared.headers), timeout=5)

    assert answer.json() == {"AppInstances": []}
    assert mock.calls[0].account_id == "111122223333"


def test_headers_may_be_bytes(mock):
    headers = {name: value.encode() for name, value in SIGNED.items()}

    assert get(headers=headers).status_code == 200


def test_a_request_that_is_not_signed_is_refused(mock):
    answer = create(headers={})

    assert answer.status_code == 403
    assert answer.headers["x-amzn-ErrorType"] == "MissingAuthenticationTokenException"
    assert get().json()["AppInstances"] == []


def test_boto3_sees_the_same_data(mock, client):
    arn = create().json()["AppInstanceArn"]

    instance = client.describe_app_instance(AppInstanceArn=arn)["AppInstance"]

    assert instance["Name"] == "chat"
    assert arn.split(":")[4] == ACCOUNT_ID


def test_a_fault_is_answered(mock):
    mock.fail_next("CreateAppInstance", ServiceError("TeapotException", "tea", 418))

    answer = create()

    assert answer.status_code == 418
    assert answer.headers["x-amzn-ErrorType"] == "TeapotException"
    assert get().json()["AppInstances"] == []


@pytest.mark.parametrize(
    "error", [requests.ConnectTimeout("late"), OSError("broken"), SystemExit()]
)
def test_an_exception_in_place_of_an_answer_is_raised(mock, error):
    mock.fail_next("CreateAppInstance", error, take_effect=True)

    with pytest.raises(type(error)) as caught:
        create()

    assert caught.value is error
    assert len(get().json()["AppInstances"]) == 1


def test_many_creates_at_once_with_one_token_make_one_instance(mock):
    with ThreadPoolExecutor(8) as pool:
        arns = {
            answer.json()["AppInstanceArn"] for answer in pool.map(lambda _: create(), range(40))
        }

    assert len(arns) == 1
    assert len(get().json()["AppInstances"]) == 1


# What is refused


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://s3.amazonaws.com/bucket/key", "s3"),
        ("https://bucket.s3.us-west-2.amazonaws.com/key", "s3"),
        ("https://bucket.s3-us-west-2.amazonaws.com/key", "s3"),
        ("https://logs.s3.amazonaws.com/key", "s3"),
        ("https://s3.us-east-1.api.aws/", "s3"),
        ("https://sts.amazonaws.com/", "sts"),
        ("https://dynamodb.cn-north-1.amazonaws.com.cn", "dynamodb"),
        ("https://messaging-chime.us-east-1.amazonaws.com/", "messaging-chime"),
        ("http://s3.amazonaws.com.:8080/", "s3"),
        ("https://s3.amazonaws.com/?next=https://example.com", "s3"),
    ],
)
def test_a_request_to_another_service_is_refused(url, name):
    with recorded_sends() as sent, mock_chime_identity():
        with pytest.raises(UnmockedServiceError) as caught:
            get(url)
        with pytest.raises(UnmockedServiceError):
            urllib3.PoolManager().request("GET", url)

        assert f'passthrough={{"{name}"}}' in str(caught.value)

    with recorded_sends() as let_out, mock_chime_identity(passthrough={name}):
        assert get(url).content == b"sent"

    assert sent == []
    assert len(let_out) == 1


def test_a_sibling_does_not_let_another_out():
    with (
        recorded_sends() as sent,
        mock_chime_identity(passthrough={"sqs"}),
        pytest.raises(UnmockedServiceError),
    ):
        get("https://bucket.s3.amazonaws.com/")

    assert sent == []


def test_the_text_names_host_and_cure(mock):
    with pytest.raises(UnmockedServiceError) as caught:
        get("https://bucket.s3.amazonaws.com/secret-key")

    text = str(caught.value)
    assert text.startswith("s3 ")
    assert "bucket.s3.amazonaws.com" in text
    assert "mock_aws" in text
    assert "secret-key" not in text


def test_retries_of_requests_do_not_repeat_a_refused_request(mock):
    with requests.Session() as session:
        session.mount("https://", HTTPAdapter(max_retries=urllib3.Retry(5, backoff_factor=60)))

        with pytest.raises(UnmockedServiceError):
            session.get("https://s3.amazonaws.com/")


def test_urllib3_itself_is_not_answered_and_the_text_says_why(mock):
    with pytest.raises(UnmockedServiceError, match="requests"):
        urllib3.PoolManager().request("GET", URL, headers=SIGNED)

    assert len(mock.calls) == 0


def test_urllib3_reaches_this_machine(mock):
    with http_server() as (url, asked):
        assert (
            urllib3.PoolManager().request("GET", f"{url}/?u=https://s3.amazonaws.com").status == 200
        )

    assert asked == ["GET /?u=https://s3.amazonaws.com"]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_request_through_a_proxy_is_refused(scheme):
    proxies = {scheme: "http://127.0.0.1:9"}

    with recorded_sends() as sent, mock_chime_identity():
        with pytest.raises(UnmockedServiceError):
            get(f"{scheme}://s3.amazonaws.com/", proxies=proxies)
        get(f"{scheme}://example.com/", proxies=proxies)

        assert get(f"{scheme}://{HOST}/app-instances", proxies=proxies).status_code == 200

    assert sent == [f"{scheme}://example.com/"]


@pytest.mark.parametrize(
    "host",
    ["169.254.169.254", "169.254.170.2", "169.254.170.23", "[fd00:ec2::254]", "[fd00:ec2::23]"],
)
def test_no_keys_are_fetched_from_the_machine(host):
    url = f"http://{host}/latest/meta-data/"

    with recorded_sends() as sent, mock_chime_identity(), pytest.raises(UnmockedServiceError):
        get(url)
    assert sent == []

    with recorded_sends() as sent, mock_chime_identity(passthrough={"s3"}):
        get(url)
    assert len(sent) == 1


def test_an_address_of_version_6_is_reached():
    with recorded_sends() as sent, mock_chime_identity():
        get("http://[::1]:1/path")

    assert sent == ["http://::1/path"]


def test_a_redirect_to_another_service_is_refused(mock):
    with responses.RequestsMock() as mocked:
        mocked.get(
            "https://example.com/", status=302, headers={"Location": "https://s3.amazonaws.com/"}
        )
        mocked.add_passthru("https://s3.amazonaws.com/")

        with pytest.raises(UnmockedServiceError):
            get("https://example.com/")


# What was there before


def test_a_server_on_this_machine_is_reached(mock):
    with http_server() as (url, asked):
        assert get(f"{url}/path").status_code == 200

    assert asked == ["GET /path"]


def test_any_other_host_is_passed_on():
    with recorded_sends() as sent, mock_chime_identity():
        assert get("https://example.com/a?b=c").content == b"sent"
        assert get(f"https://{HOST}.example.com/").content == b"sent"

    assert sent == ["https://example.com/a?b=c", f"https://{HOST}.example.com/"]


def example(mocked):
    mocked.get("https://example.com/", body="mocked")
    mocked.get("https://s3.amazonaws.com/", body="mocked, too")


def check_example():
    assert get("https://example.com/").text == "mocked"
    assert get("https://s3.amazonaws.com/").text == "mocked, too"


def test_responses_started_before_are_asked_for_what_is_not_ours():
    with responses.RequestsMock() as mocked:
        example(mocked)
        with mock_chime_identity():
            check_example()
            assert create().status_code == 201


def test_responses_started_inside_are_asked_first(mock):
    with responses.RequestsMock() as mocked:
        example(mocked)
        mocked.get(URL, json={"AppInstances": "theirs"})

        check_example()
        assert get().json() == {"AppInstances": "theirs"}

    assert get().json() == {"AppInstances": []}


def test_what_responses_inside_know_nothing_of_is_answered(mock):
    with responses.RequestsMock():
        assert create().status_code == 201
        with pytest.raises(requests.ConnectionError, match="Responses"):
            get("https://example.com/")

    assert [call.operation for call in mock.calls] == ["CreateAppInstance"]


def test_an_error_that_responses_inside_were_told_of_is_theirs(mock):
    with responses.RequestsMock() as mocked:
        mocked.get(URL, body=requests.ConnectionError("theirs"))

        with pytest.raises(requests.ConnectionError, match="theirs"):
            get()

    assert mock.calls == []


def test_what_responses_pass_on_inside_does_not_leave():
    with recorded_sends() as sent, mock_chime_identity() as mock:
        with responses.RequestsMock() as mocked:
            mocked.add_passthru("http")

            with pytest.raises(UnmockedServiceError):
                get("https://s3.amazonaws.com/")
            get("https://example.com/")
            assert create().status_code == 201

        assert [call.operation for call in mock.calls] == ["CreateAppInstance"]
    assert sent == ["https://example.com/"]


def test_responses_may_be_taken_down_crosswise():
    send = HTTPAdapter.send
    mocked = responses.RequestsMock(assert_all_requests_are_fired=False)
    mock = mock_chime_identity()
    with recorded_sends():
        mock.start()
        mocked.start()
        example(mocked)
        mock.stop()
        check_example()
        mocked.stop()
        assert get("https://s3.amazonaws.com/").text == "sent"
        assert get().text == "sent"
        with mock:
            assert create().status_code == 201

    assert HTTPAdapter.send is send


def test_responses_may_be_taken_down_crosswise_the_other_way():
    send = HTTPAdapter.send
    mocked = responses.RequestsMock(assert_all_requests_are_fired=False)
    mock = mock_chime_identity()
    mocked.start()
    example(mocked)
    mock.start()
    mocked.stop()
    # What they put back is what they found: ours is off its place until the mock is on again.
    with pytest.raises(UnmockedServiceError):
        get()
    mock.stop()

    assert HTTPAdapter.send is send


# moto


def test_mock_aws_around_serves_its_services_and_the_mock_its_own():
    with mock_aws(), mock_chime_identity() as mock:
        made = requests.put("https://bucket.s3.amazonaws.com/", timeout=5)
        listed = get("https://bucket.s3.amazonaws.com/")
        created = create()

        assert [call.operation for call in mock.calls] == ["CreateAppInstance"]

    assert (made.status_code, listed.status_code, created.status_code) == (200, 200, 201)
    assert "<Name>bucket</Name>" in listed.text


def test_mock_aws_around_has_a_service_that_it_does_not_know_answered_as_ever():
    with mock_aws():
        alone = get("https://messaging-chime.us-east-1.amazonaws.com/channels")
        with mock_chime_identity():
            inside = get("https://messaging-chime.us-east-1.amazonaws.com/channels")

    assert (inside.status_code, inside.text) == (alone.status_code, alone.text)


def test_mock_aws_inside_serves_its_services_and_the_mock_its_own(mock):
    with mock_aws():
        made = requests.put("https://bucket.s3.amazonaws.com/", timeout=5)
        created = create()
        listed = get("https://identity-chime.us-east-1.api.aws/app-instances")

    assert (made.status_code, created.status_code) == (200, 201)
    assert len(listed.json()["AppInstances"]) == 1
    assert get().json() == listed.json()


def test_mock_aws_alone_leaves_requests_as_moto_has_them():
    with mock_aws():
        send, urlopen = HTTPAdapter.send, HTTPConnectionPool.urlopen
        with mock_chime_identity():
            assert HTTPAdapter.send is not send
        assert HTTPAdapter.send is send
        assert HTTPConnectionPool.urlopen is urlopen
        assert get().status_code == 400


@pytest.mark.parametrize("order", ["moto first", "ours first"])
def test_mock_aws_may_be_taken_down_crosswise(order):
    send, urlopen = HTTPAdapter.send, HTTPConnectionPool.urlopen
    mocks = [mock_aws(), mock_chime_identity()]
    if order == "ours first":
        mocks.reverse()

    with recorded_sends():
        for mock in mocks:
            mock.start()
        for mock in mocks:
            mock.stop()

        assert get().text == "sent"
        with mock_chime_identity():
            assert get().status_code == 200

    assert HTTPAdapter.send is send
    assert HTTPConnectionPool.urlopen is urlopen


# Afterwards


def depth(function):
    """How many functions stand one inside the other."""
    inner = [cell.cell_contents for cell in function.__closure__ or ()]
    return 1 + max((depth(f) for f in inner if hasattr(f, "__closure__")), default=0)


def test_nothing_stays_patched():
    send, urlopen = HTTPAdapter.send, HTTPConnectionPool.urlopen
    with mock_chime_identity():
        assert HTTPAdapter.send is not send
        assert HTTPSConnectionPool.urlopen is not urlopen

    assert HTTPAdapter.send is send
    assert HTTPSConnectionPool.urlopen is urlopen


@pytest.mark.parametrize("turn", range(3))
def test_any_order_of_ends_leaves_things_as_they_were_a_hundred_times(turn):
    send, urlopen = HTTPAdapter.send, HTTPConnectionPool.urlopen
    for _ in range(100):
        mocks = [
            mock_chime_identity(),
            responses.RequestsMock(assert_all_requests_are_fired=False),
            mock_chime_identity(),
        ]
        for mock in mocks:
            mock.start()
        for mock in mocks[turn:] + mocks[:turn]:
            mock.stop()
        assert depth(HTTPAdapter.send) <= 2

    with ExitStack() as stack:
        stack.enter_context(mock_chime_identity())
        assert create().status_code == 201
    assert HTTPAdapter.send is send
    assert HTTPConnectionPool.urlopen is urlopen


def test_what_another_kept_of_ours_lets_all_out_afterwards():
    with recorded_sends() as sent:
        with mock_chime_identity():
            send, urlopen = HTTPAdapter.send, HTTPConnectionPool.urlopen
        with (
            patch.object(HTTPAdapter, "send", send),
            patch.object(HTTPConnectionPool, "urlopen", urlopen),
        ):
            get()
            get("https://s3.amazonaws.com/")

    assert sent == [URL, "https://s3.amazonaws.com/"]


def test_requests_leave_again_afterwards():
    with recorded_sends() as sent:
        with mock_chime_identity():
            get()
        get()
        get("https://s3.amazonaws.com/")

    assert sent == [URL, "https://s3.amazonaws.com/"]
