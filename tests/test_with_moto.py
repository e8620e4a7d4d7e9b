"""Side by side with moto: mock_aws alone, and nested in, around and across this mock.

That two mocks share one data set, which only the outermost start and end reset, is a promise of
this package.
"""

from __future__ import annotations

import os
import unittest
from contextlib import ExitStack
from unittest.mock import patch

import boto3
import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from doubles import (
    recorded_sends,
    run_script,
    session_made_before,
    session_made_now,
    session_with,
)
from moto import mock_aws
from moto.core.base_backend import BackendDict
from moto.core.models import botocore_stubber
from support import ACCOUNT_ID, SERVICE

from chime_identity_mock import current_mock, mock_chime_identity
from chime_identity_mock.backends import backends

BOTH = pytest.mark.parametrize(
    ("outer", "inner"), [(mock_chime_identity, mock_aws), (mock_aws, mock_chime_identity)]
)
EACH = pytest.mark.parametrize("mock", [mock_chime_identity, mock_aws])


def client_of(service, **parameters):
    return session_made_now().client(service, **parameters)


def create():
    client_of(SERVICE).create_app_instance(Name="chat")


def count():
    return len(client_of(SERVICE).list_app_instances()["AppInstances"])


def surroundings():
    names = [name for name in os.environ if name.startswith(("AWS_", "BOTO"))]
    return {name: os.environ[name] for name in names}, boto3.DEFAULT_SESSION


@pytest.fixture(autouse=True)
def kept_apart(monkeypatch):
    """Have a test that fails leave nothing to the next one."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", boto3.DEFAULT_SESSION)
    with patch.dict(os.environ):
        yield


@pytest.fixture
def users_own(monkeypatch):
    """What a user may have set: keys, a region, an empty variable, a default session."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "own-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "own-secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "own-token")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_REGION", "")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session_made_now())
    return surroundings()


@pytest.fixture
def nothing_own(monkeypatch):
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    return surroundings()


# mock_aws alone


def test_mock_aws_alone_serves_this_service():
    with mock_aws():
        client = boto3.client(SERVICE, region_name="us-east-1")
        arn = client.create_app_instance(Name="chat")["AppInstanceArn"]

        assert client.describe_app_instance(AppInstanceArn=arn)["AppInstance"]["Name"] == "chat"


def test_mock_aws_alone_begins_and_ends_without_data():
    for _ in range(2):
        with mock_aws():
            assert count() == 0
            create()


def test_mock_aws_may_decorate():
    @mock_aws
    def sign_up():
        create()
        return count()

    assert sign_up() == sign_up() == 1


def test_mock_aws_in_itself_keeps_the_data():
    with mock_aws():
        create()
        with mock_aws():
            create()
            assert count() == 2

        assert count() == 2


def test_a_reset_of_mock_aws_forgets():
    mock = mock_aws()
    with mock:
        create()

        mock.reset()

        assert count() == 0


def test_mock_aws_alone_is_no_mock_of_ours():
    with mock_aws(), pytest.raises(RuntimeError):
        current_mock()


def test_mock_aws_alone_leaves_other_services_to_moto():
    with mock_aws(), pytest.raises(ClientError) as caught:
        client_of("chime-sdk-messaging").list_channels(
            AppInstanceArn="arn:aws:chime:::app-instance/1", ChimeBearer="bearer"
        )

    assert caught.value.response["Error"]["Code"] == "404"


def test_mock_aws_alone_stops_no_early_client_of_another_service():
    with recorded_sends() as sent, mock_aws():
        session_made_before().client("s3").list_buckets()

    assert len(sent) == 1


def test_mock_aws_may_be_on_when_the_package_is_imported():
    script = """
import json, socket

def refuse(*args, **kwargs):
    raise OSError("no network here")

socket.socket.connect = socket.getaddrinfo = refuse

import boto3
from moto import mock_aws

with mock_aws():
    client = boto3.client("chime-sdk-identity", region_name="us-east-1")
    import chime_identity_mock
    client.create_app_instance(Name="chat")
    with chime_identity_mock.mock_chime_identity():
        counts = [len(client.list_app_instances()["AppInstances"])]
    counts.append(len(client.list_app_instances()["AppInstances"]))
with mock_aws():
    counts.append(len(client.list_app_instances()["AppInstances"]))
print(json.dumps(counts))
"""

    assert run_script(script) == [1, 1, 0]


def test_keys_of_an_assumed_role_name_its_account():
    with mock_aws():
        keys = client_of("sts").assume_role(
            RoleArn="arn:aws:iam::111122223333:role/chat", RoleSessionName="test"
        )["Credentials"]
        session = session_with(
            Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
        )

        arn = session.client(SERVICE).create_app_instance(Name="chat")["AppInstanceArn"]

        assert arn.split(":")[4] == "111122223333"
        assert count() == 0


# Nested


@BOTH
def test_each_serves_its_own_services(outer, inner):
    with outer(), inner():
        create()
        client_of("s3").create_bucket(Bucket="bucket")

        assert count() == 1
        assert [b["Name"] for b in client_of("s3").list_buckets()["Buckets"]] == ["bucket"]
        assert client_of("sts").get_caller_identity()["Account"] == ACCOUNT_ID


@BOTH
def test_an_early_client_of_another_service_is_not_let_out(outer, inner):
    s3 = session_made_before(moto=True).client("s3")

    with outer(), inner(), pytest.raises(RuntimeError, match="moto"):
        s3.list_buckets()


@BOTH
def test_both_have_one_data_set(outer, inner):
    with outer():
        create()
        with inner():
            create()
            assert count() == 2

        assert count() == 2


@BOTH
@pytest.mark.parametrize("later", [mock_chime_identity, mock_aws])
def test_the_outer_end_forgets(outer, inner, later):
    with outer(), inner():
        create()

    with later():
        assert count() == 0


@BOTH
def test_the_outer_end_forgets_when_the_inner_one_has_ended(outer, inner):
    with outer():
        create()
        with inner():
            pass

    assert not backends


@EACH
def test_the_outermost_start_forgets_what_was_left(mock):
    mock_aws_that_leaves_data = mock_aws()
    mock_aws_that_leaves_data.start()
    create()
    mock_aws_that_leaves_data.stop(remove_data=False)

    with mock():
        assert count() == 0


def test_mock_aws_may_come_and_go_inside():
    with mock_chime_identity():
        for number in range(3):
            with mock_aws():
                create()
                client_of("s3").create_bucket(Bucket="bucket")
                assert count() == number + 1
                assert len(client_of("s3").list_buckets()["Buckets"]) == 1

        assert count() == 3


def test_one_mock_aws_may_start_and_stop_again_and_again_inside():
    mock = mock_aws()

    with mock_chime_identity():
        for number in range(3):
            mock.start()
            create()
            mock.stop()
            assert count() == number + 1


def test_our_mock_may_come_and_go_inside_mock_aws():
    with mock_aws():
        client_of("s3").create_bucket(Bucket="bucket")
        for number in range(3):
            with mock_chime_identity():
                create()
                assert count() == number + 1

            assert len(client_of("s3").list_buckets()["Buckets"]) == 1


def test_three_deep():
    with mock_aws():
        create()
        with mock_chime_identity():
            create()
            with mock_aws():
                create()
            assert count() == 3
        with mock_chime_identity(), mock_chime_identity():
            create()

        assert count() == 4


def test_functions_may_be_decorated_with_both():
    @mock_aws
    @mock_chime_identity
    def ours_inside():
        create()
        return count(), len(client_of("s3").list_buckets()["Buckets"])

    @mock_chime_identity
    @mock_aws
    def moto_inside():
        create()
        return count(), len(client_of("s3").list_buckets()["Buckets"])

    assert ours_inside() == moto_inside() == ours_inside() == (1, 0)


def test_mock_aws_answers_in_place_of_what_is_let_through():
    with recorded_sends() as sent, mock_chime_identity(passthrough={"s3"}), mock_aws():
        assert client_of("s3").list_buckets()["Buckets"] == []

    assert sent == []


@BOTH
def test_an_exception_ends_both(outer, inner, users_own):
    def fail():
        create()
        raise KeyError

    with pytest.raises(KeyError), outer(), inner():
        fail()

    assert not backends
    assert not botocore_stubber.enabled
    with pytest.raises(RuntimeError):
        current_mock()


# Classes


def run_tests(test_class):
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(test_class).run(result)
    assert result.testsRun == 2
    return [text for _, text in result.errors + result.failures]


@pytest.mark.parametrize(
    "decorate",
    [
        mock_aws(),
        lambda test_class: mock_aws()(mock_chime_identity(test_class)),
        lambda test_class: mock_chime_identity(mock_aws()(test_class)),
    ],
    ids=["mock_aws", "mock_aws around ours", "ours around mock_aws"],
)
def test_data_of_set_up_is_seen_by_the_test(decorate):
    @decorate
    class Test(unittest.TestCase):
        def setUp(self):
            create()

        def test_first(self):
            create()
            assert count() == 2

        def test_second(self):
            create()
            assert count() == 2

    assert run_tests(Test) == []
    with mock_chime_identity():
        assert count() == 0


@pytest.mark.parametrize(
    "decorate",
    [
        mock_aws(),
        lambda test_class: mock_aws()(mock_chime_identity(test_class)),
        lambda test_class: mock_chime_identity(mock_aws()(test_class)),
    ],
    ids=["mock_aws", "mock_aws around ours", "ours around mock_aws"],
)
def test_tests_of_a_class_without_set_up_see_nothing_of_each_other(decorate):
    @decorate
    class Test(unittest.TestCase):
        def test_first(self):
            create()
            assert count() == 1

        def test_second(self):
            create()
            assert count() == 1

    assert run_tests(Test) == []


@pytest.mark.parametrize(
    ("decorators", "set_up"),
    [
        ("@mock_aws\n@mock_chime_identity", ""),
        ("@mock_chime_identity\n@mock_aws", ""),
        # pytest can't call a setup_method that mock_aws has decorated last.
        ("@mock_chime_identity\n@mock_aws", "def setup_method(self): create()"),
    ],
    ids=["mock_aws around ours", "ours around mock_aws", "ours around mock_aws, set-up"],
)
def test_pytests_classes_may_be_decorated_with_both(pytester, monkeypatch, decorators, set_up):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(
        f"""
import boto3
from moto import mock_aws
from chime_identity_mock import mock_chime_identity

def client():
    return boto3.client("chime-sdk-identity", region_name="us-east-1")

def create():
    client().create_app_instance(Name="chat")

{decorators}
class TestChat:
    {set_up}

    def test_first(self):
        create()
        assert len(client().list_app_instances()["AppInstances"]) == {2 if set_up else 1}

    def test_second(self):
        self.test_first()
"""
    )

    result = pytester.runpytest("-p", "pytest_chime_identity_mock")

    result.assert_outcomes(passed=2)


# Crosswise


@pytest.fixture(params=["nothing_own", "users_own"])
def before(request):
    return request.getfixturevalue(request.param)


@BOTH
def test_crosswise_data_lasts_until_the_last_end(outer, inner):
    first, second = outer(), inner()
    first.start()
    create()
    second.start()
    create()
    first.stop()
    try:
        assert count() == 2
        create()
        assert count() == 3
    finally:
        second.stop()

    assert not backends
    for mock in (mock_chime_identity, mock_aws):
        with mock():
            assert count() == 0


@BOTH
def test_crosswise_surroundings_are_put_back_exactly(outer, inner, before):
    first, second = outer(), inner()
    first.start()
    boto3.client(SERVICE, region_name="us-east-1")
    second.start()
    boto3.client(SERVICE, region_name="us-east-1")
    first.stop()
    boto3.client(SERVICE, region_name="us-east-1")
    second.stop()

    assert surroundings() == before


def test_the_users_keys_stay_out_of_sight_when_mock_aws_ends_first(users_own):
    ours, motos = mock_chime_identity(), mock_aws()
    motos.start()
    ours.start()
    motos.stop()
    try:
        assert "own" not in os.environ["AWS_ACCESS_KEY_ID"]
        assert "own" not in os.environ["AWS_SECRET_ACCESS_KEY"]
        assert boto3.client(SERVICE).list_app_instances()["AppInstances"] == []
        assert boto3.DEFAULT_SESSION is not users_own[1]
        with pytest.raises(RuntimeError, match="s3"):
            boto3.client("s3").list_buckets()
    finally:
        ours.stop()

    assert surroundings() == users_own


def test_the_users_keys_stay_out_of_sight_when_ours_ends_first(users_own):
    ours, motos = mock_chime_identity(), mock_aws()
    ours.start()
    motos.start()
    ours.stop()
    try:
        assert "own" not in os.environ["AWS_ACCESS_KEY_ID"]
        assert boto3.client("s3", region_name="us-east-1").list_buckets()["Buckets"] == []
    finally:
        motos.stop()

    assert surroundings() == users_own


@pytest.mark.parametrize(
    "order",
    [
        "o m o- m-",
        "m o m- o-",
        "o m p m- o- p-",
        "o m p o- m- p-",
        "o m p o- p- m-",
        "o m p p- o- m-",
        "m o p m- o- p-",
        "m o p o- m- p-",
        "m o p p- m- o-",
        "o p m o- p- m-",
        "o p m p- o- m-",
        "o p m m- o- p-",
        "o m o- p m- p-",
        "o m o- p p- m-",
        "m o m- p o- p-",
        "m o m- n o- n-",
        "o m n m- o- n-",
        "o m n o- m- n-",
        "o m n o- n- m-",
        "o m m- m o- m-",
        "m o m- m o- m-",
        "m o m- m m- o-",
        "o o m o- m- o-",
        "o m o o- o- m-",
    ],
)
def test_everything_is_put_back_whatever_the_order(order, before):
    mocks = {
        "o": mock_chime_identity(),
        "p": mock_chime_identity(region_name="eu-central-1"),
        "m": mock_aws(),
        "n": mock_aws(),
    }
    for step in order.split():
        mock = mocks[step[0]]
        if len(step) == 1:
            mock.start()
            boto3.client(SERVICE, region_name="us-east-1").create_app_instance(Name="chat")
        else:
            mock.stop()

    assert surroundings() == before
    assert not backends
    assert backends not in BackendDict._instances
    with mock_chime_identity(), mock_aws():
        assert count() == 0
    assert surroundings() == before


# What moto can be configured to do


def with_moto(**core):
    return mock_aws(config={"core": core})


@pytest.mark.parametrize("order", ["o m m- o-", "m o o- m-", "o m o- m-", "m o m- o-"])
def test_the_default_session_may_stay_under_mock_aws(order, users_own):
    mocks = {"o": mock_chime_identity(), "m": with_moto(reset_boto3_session=False)}
    for step in order.split():
        mock = mocks[step[0]]
        if len(step) == 1:
            mock.start()
        else:
            mock.stop()

    assert surroundings() == users_own


def test_a_default_session_made_before_is_answered_under_mock_aws(monkeypatch):
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session_made_before(moto=True))

    with with_moto(reset_boto3_session=False):
        client = boto3.client(SERVICE)
        client.create_app_instance(Name="chat")

        assert len(client.list_app_instances()["AppInstances"]) == 1


@pytest.mark.parametrize("order", ["o m m- o-", "m o o- m-", "o m o- m-", "m o m- o-"])
def test_keys_may_stay_under_mock_aws(order, before):
    mocks = {"o": mock_chime_identity(), "m": with_moto(mock_credentials=False)}
    for step in order.split():
        mock = mocks[step[0]]
        if len(step) == 1:
            mock.start()
        else:
            mock.stop()

    assert surroundings() == before


@pytest.mark.parametrize(
    "passthrough", [{"services": ["s3"]}, {"urls": [r"https://s3\..*amazonaws\.com"]}]
)
@pytest.mark.parametrize("is_outside", [True, False])
@pytest.mark.parametrize("is_early", [True, False])
def test_what_moto_lets_through_goes_out(passthrough, is_outside, is_early):
    config = with_moto(passthrough=passthrough)
    mocks = [config, mock_chime_identity()] if is_outside else [mock_chime_identity(), config]

    with recorded_sends() as sent, ExitStack() as stack:
        session = session_made_before() if is_early else session_made_now()
        s3 = session.client("s3", region_name="us-east-1")
        for mock in mocks:
            stack.enter_context(mock)
        s3.list_buckets()
        create()

        assert count() == 1
        with pytest.raises(RuntimeError, match="sqs"):
            session_made_before().client("sqs").list_queues()

    assert len(sent) == 1
    assert "s3" in sent[0]


def test_what_moto_would_let_through_stays_in_once_mock_aws_is_off():
    with mock_chime_identity():
        with with_moto(passthrough={"services": ["s3"]}):
            pass

        with pytest.raises(RuntimeError, match="s3"):
            client_of("s3").list_buckets()


# moto's bookkeeping


def is_listed():
    return any(listed is backends for listed in BackendDict._instances)


def test_moto_resets_our_data_only_while_it_owns_it():
    with mock_chime_identity():
        create()
        assert not is_listed()
        with mock_aws():
            create()
            client_of(SERVICE, region_name="eu-central-1").create_app_instance(Name="chat")
            assert not is_listed()

    with mock_aws():
        create()
        assert is_listed()
        with mock_chime_identity():
            create()
            assert is_listed()
        assert is_listed()
    assert not is_listed()


def test_moto_goes_on_resetting_our_data_after_ours():
    with mock_chime_identity():
        create()

    with mock_aws():
        create()
        BackendDict.reset()
        assert count() == 0


def test_moto_lists_our_data_once():
    with mock_aws():
        for _ in range(3):
            create()
            with mock_chime_identity():
                create()

        assert sum(listed is backends for listed in BackendDict._instances) == 1


def test_our_start_and_end_reset_none_of_motos_services():
    with mock_aws():
        client_of("s3").create_bucket(Bucket="bucket")
        with mock_chime_identity() as mock:
            mock.reset()

        assert len(client_of("s3").list_buckets()["Buckets"]) == 1


@BOTH
def test_our_reset_forgets_under_both(outer, inner):
    with outer(), inner():
        create()

        current_mock().reset()

        assert count() == 0


def test_moto_counts_its_mocks_as_ever():
    mock = mock_aws()
    with mock_chime_identity():
        pass

    with pytest.raises(RuntimeError):
        mock.stop()
    type(mock)._nested_count = 0


def test_an_inner_mock_leaves_motos_keys_to_what_passes_through(users_own):
    with (
        mock_chime_identity(passthrough={"s3"}),
        mock_aws(),
        mock_chime_identity(region_name="eu-central-1"),
    ):
        assert "own" not in os.environ["AWS_ACCESS_KEY_ID"]
        assert boto3.client("sqs", "us-east-1").list_queues()["ResponseMetadata"]

    assert surroundings() == users_own


def test_mock_aws_may_end_before_a_mock_inside_one_with_passthrough(nothing_own):
    outer, motos = mock_chime_identity(passthrough={"s3"}), mock_aws()
    inner = mock_chime_identity(region_name="eu-central-1")
    outer.start()
    motos.start()
    inner.start()

    motos.stop()
    outer.stop()
    inner.stop()

    assert surroundings() == nothing_own
