"""The pytest plugin: fixtures, marker, and service under ``mock_aws``, in child runs of pytest."""

from __future__ import annotations

import textwrap
from importlib.metadata import entry_points

import pytest

PLUGIN = "pytest_chime_identity_mock"
IS_INSTALLED = any(entry.value == PLUGIN for entry in entry_points(group="pytest11"))

HEADER = """
import boto3
import pytest


def create(name, client=None):
    client = client or boto3.client("chime-sdk-identity")
    client.create_app_instance(Name=name)


def names(client=None):
    client = client or boto3.client("chime-sdk-identity")
    return [instance["Name"] for instance in client.list_app_instances()["AppInstances"]]


def region():
    return boto3.client("chime-sdk-identity").meta.region_name


def is_on():
    from chime_identity_mock import current_mock

    try:
        current_mock()
    except RuntimeError:
        return False
    return True

"""


# Loaded alone and by its module's name, the plugin needs no installation.
OPTIONS = ("-W", "error", "-p", PLUGIN)


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "MOTO_ACCOUNT_ID"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run(pytester):
    """Run the tests in a source in this process."""

    def run(source, *arguments):
        pytester.makepyfile(HEADER + textwrap.dedent(source))
        return pytester.runpytest(*OPTIONS, *arguments)

    return run


@pytest.fixture
def run_apart(pytester):
    """Run the tests in some files in a process of their own, where nothing is imported yet."""

    def run(options=OPTIONS, **sources):
        pytester.makepyfile(**{name: textwrap.dedent(source) for name, source in sources.items()})
        return pytester.runpytest_subprocess(*options)

    return run


# Fixtures


def test_the_fixture_gives_the_handle(run):
    result = run(
        """
        from chime_identity_mock import ChimeIdentityMock, current_mock

        def test_chat(chime_identity_mock):
            assert isinstance(chime_identity_mock, ChimeIdentityMock)
            assert chime_identity_mock is current_mock()
            create("chat")
            assert "chat" in str(chime_identity_mock)
            chime_identity_mock.reset()
            assert names() == []

        def test_the_mock_is_off_otherwise():
            assert not is_on()
        """
    )

    result.assert_outcomes(passed=2)


def test_the_client_fixture_turns_the_mock_on_for_each_test_apart(run):
    result = run(
        """
        CLIENTS = []

        @pytest.mark.parametrize("number", [1, 2])
        def test_chat(chime_identity_client, number):
            assert names(chime_identity_client) == []
            create("chat", chime_identity_client)
            assert names() == ["chat"]
            assert chime_identity_client.meta.region_name == "us-east-1"
            assert chime_identity_client not in CLIENTS
            CLIENTS.append(chime_identity_client)
        """
    )

    result.assert_outcomes(passed=2)


def test_both_fixtures_and_the_decorator_share_their_data(run):
    result = run(
        """
        from chime_identity_mock import mock_chime_identity

        @pytest.fixture
        def chat(chime_identity_client):
            create("fixture", chime_identity_client)
            yield
            assert names() == ["fixture", "test"]

        @pytest.mark.usefixtures("chat")
        @mock_chime_identity
        def test_chat(chime_identity_mock, chime_identity_client):
            create("test", chime_identity_client)
            assert names() == ["fixture", "test"]

        @mock_chime_identity
        class TestChat:
            def setup_method(self):
                create("set up")

            def test_chat(self, chime_identity_client):
                assert names(chime_identity_client) == ["set up"]
        """
    )

    result.assert_outcomes(passed=2)


@pytest.mark.parametrize("scope", ["function", "module", "session"])
def test_options_are_overridden_in_a_conftest(pytester, run, scope):
    pytester.makeconftest(
        f"""
        import pytest

        @pytest.fixture(scope="{scope}")
        def chime_identity_options():
            return {{"region_name": "eu-central-1", "account_id": "111122223333"}}
        """
    )

    result = run(
        """
        def test_chat(chime_identity_client):
            answer = chime_identity_client.create_app_instance(Name="chat")
            assert ":eu-central-1:111122223333:" in answer["AppInstanceArn"]
        """
    )

    result.assert_outcomes(passed=1)


def test_options_are_overridden_in_a_module_and_in_a_class(run):
    result = run(
        """
        @pytest.fixture
        def chime_identity_options():
            return {"region_name": "eu-central-1"}

        def test_in_module(chime_identity_client):
            assert chime_identity_client.meta.region_name == region() == "eu-central-1"

        class TestInClass:
            @pytest.fixture
            def chime_identity_options(self, chime_identity_options):
                return {**chime_identity_options, "account_id": "111122223333"}

            def test_chat(self, chime_identity_client):
                answer = chime_identity_client.create_app_instance(Name="chat")
                assert ":eu-central-1:111122223333:" in answer["AppInstanceArn"]
        """
    )

    result.assert_outcomes(passed=2)


def test_options_may_be_parametrised_from_outside(run):
    result = run(
        """
        @pytest.mark.parametrize(
            "chime_identity_options", [{"region_name": "eu-central-1"}, {"account_id": "1" * 12}]
        )
        def test_chat(chime_identity_client, chime_identity_options):
            arn = chime_identity_client.create_app_instance(Name="chat")["AppInstanceArn"]
            assert all(value in arn for value in chime_identity_options.values())
        """
    )

    result.assert_outcomes(passed=2)


def test_an_unknown_option_of_the_fixture_is_an_error(run):
    result = run(
        """
        @pytest.fixture
        def chime_identity_options():
            return {"region": "eu-central-1"}

        def test_chat(chime_identity_mock):
            pass

        def test_the_mock_is_off():
            assert not is_on()
        """
    )

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["E *TypeError: 'region'*'region_name'*"])


def test_a_fixture_of_a_module_may_keep_the_mock_on(run):
    result = run(
        """
        from chime_identity_mock import mock_chime_identity

        @pytest.fixture(scope="module", autouse=True)
        def chat():
            with mock_chime_identity(region_name="eu-central-1") as mock:
                create("chat")
                yield mock
                assert names() == ["chat", "first"]

        def test_first():
            assert names() == ["chat"]
            create("first")

        def test_second(chime_identity_client):
            assert chime_identity_client.meta.region_name == "eu-central-1"
            assert names(chime_identity_client) == ["chat", "first"]

        @pytest.mark.chime_identity_mock(account_id="111122223333")
        def test_third():
            assert names() == []

        def test_fourth():
            assert names() == ["chat", "first"]
        """
    )

    result.assert_outcomes(passed=4)


# The marker


def test_the_marker_alone_turns_the_mock_on(run):
    result = run(
        """
        @pytest.mark.chime_identity_mock
        def test_bare():
            assert is_on()
            assert region() == "us-east-1"

        @pytest.mark.chime_identity_mock(region_name="eu-central-1")
        def test_with_options():
            assert region() == "eu-central-1"

        @pytest.mark.chime_identity_mock
        class TestMarked:
            def setup_method(self):
                create("set up")

            def teardown_method(self):
                assert names() == ["set up"]

            def test_one(self):
                assert names() == ["set up"]

            def test_another(self):
                assert names() == ["set up"]

        @pytest.mark.parametrize("name", [
            pytest.param("us-east-1", marks=pytest.mark.chime_identity_mock),
            pytest.param(
                "eu-central-1",
                marks=pytest.mark.chime_identity_mock(region_name="eu-central-1"),
            ),
        ])
        def test_parametrised(name):
            assert region() == name

        def test_unmarked():
            assert not is_on()
        """,
        "--strict-markers",
    )

    result.assert_outcomes(passed=7)


def test_the_marker_of_a_module_is_for_all_its_tests(run):
    result = run(
        """
        pytestmark = pytest.mark.chime_identity_mock(region_name="eu-central-1")

        def test_chat():
            assert region() == "eu-central-1"

        @pytest.mark.chime_identity_mock(region_name="us-east-1")
        def test_another():
            assert region() == "us-east-1"
        """
    )

    result.assert_outcomes(passed=2)


def test_the_marker_overrides_the_fixture_option_by_option(run):
    result = run(
        """
        @pytest.fixture
        def chime_identity_options():
            return {"region_name": "us-east-1", "account_id": "111122223333"}

        @pytest.mark.chime_identity_mock(region_name="eu-central-1")
        def test_chat(chime_identity_client):
            answer = chime_identity_client.create_app_instance(Name="chat")
            assert ":eu-central-1:111122223333:" in answer["AppInstanceArn"]
        """
    )

    result.assert_outcomes(passed=1)


def test_of_several_markers_the_nearest_wins_option_by_option(run):
    result = run(
        """
        from chime_identity_mock import mock_chime_identity

        pytestmark = pytest.mark.chime_identity_mock(
            region_name="us-east-1", account_id="111122223333", allow_any_region=True
        )

        @pytest.mark.chime_identity_mock(region_name="eu-central-1", account_id="222233334444")
        class TestChat:
            @pytest.mark.chime_identity_mock(account_id="333344445555")
            def test_chat(self, chime_identity_client):
                answer = chime_identity_client.create_app_instance(Name="chat")
                assert ":eu-central-1:333344445555:" in answer["AppInstanceArn"]
                create("chat", boto3.client("chime-sdk-identity", region_name="eu-west-1"))

            @pytest.mark.chime_identity_mock(account_id="444455556666")
            @pytest.mark.chime_identity_mock(account_id="555566667777")
            def test_stacked(self, chime_identity_client):
                answer = chime_identity_client.create_app_instance(Name="chat")
                assert ":555566667777:" in answer["AppInstanceArn"]
        """
    )

    result.assert_outcomes(passed=2)


def test_the_marker_takes_options_by_name_only(run):
    result = run(
        """
        @pytest.mark.chime_identity_mock("eu-central-1")
        def test_chat():
            pass

        def test_the_mock_is_off():
            assert not is_on()
        """
    )

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["E *TypeError: *by name*"])


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ('region="eu-central-1"', "E *TypeError: 'region'*'region_name'*"),
        ("account_id=1", "E *ValueError: *account_id*"),
    ],
)
def test_a_bad_option_of_the_marker_is_an_error(run, option, told):
    result = run(
        f"""
        @pytest.mark.chime_identity_mock({option})
        def test_chat():
            pass

        def test_the_mock_is_off():
            assert not is_on()
        """
    )

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines([told])


def test_the_marker_works_on_unittest_classes(run):
    result = run(
        """
        import unittest

        @pytest.mark.chime_identity_mock(region_name="eu-central-1")
        class TestUnit(unittest.TestCase):
            def setUp(self):
                self.assertEqual(names(), [])
                create("set up")

            def tearDown(self):
                self.assertEqual(names(), ["set up"])

            def test_one(self):
                self.assertEqual((names(), region()), (["set up"], "eu-central-1"))

            @pytest.mark.chime_identity_mock(region_name="us-east-1")
            def test_another(self):
                self.assertEqual((names(), region()), (["set up"], "us-east-1"))

        @pytest.mark.chime_identity_mock
        class TestAsynchronous(unittest.IsolatedAsyncioTestCase):
            async def asyncSetUp(self):
                create("set up")

            async def test_one(self):
                self.assertEqual(names(), ["set up"])

        @pytest.mark.usefixtures("chime_identity_mock")
        class TestByFixture(unittest.TestCase):
            def test_one(self):
                self.assertEqual(names(), [])
        """
    )

    result.assert_outcomes(passed=4)


def test_the_marker_is_described(pytester):
    result = pytester.runpytest(*OPTIONS, "--markers")

    result.stdout.fnmatch_lines(["@pytest.mark.chime_identity_mock(*region_name*): ?*"])


def test_the_fixtures_are_described(pytester):
    result = pytester.runpytest(*OPTIONS, "--fixtures")

    for name in ("chime_identity_options", "chime_identity_mock", "chime_identity_client"):
        result.stdout.fnmatch_lines([f"{name} *", "    ?*"], consecutive=True)
    assert result.ret == 0
    result.stdout.no_fnmatch_line("_chime_identity*")


# Beside moto's mock_aws


def test_fixtures_and_mock_aws_work_together(run):
    result = run(
        """
        from moto import mock_aws

        def bucket_names():
            return [bucket["Name"] for bucket in boto3.client("s3").list_buckets()["Buckets"]]

        @mock_aws
        def test_mock_aws_inside(chime_identity_client):
            create("chat", chime_identity_client)
            boto3.client("s3").create_bucket(Bucket="attachments")
            assert (bucket_names(), names()) == (["attachments"], ["chat"])

        @pytest.fixture
        def aws():
            with mock_aws():
                yield

        def test_mock_aws_outside(aws, chime_identity_client):
            create("chat", chime_identity_client)
            boto3.client("s3").create_bucket(Bucket="attachments")
            assert (bucket_names(), names()) == (["attachments"], ["chat"])

        @pytest.mark.chime_identity_mock
        def test_mock_aws_in_a_block():
            create("before")
            with mock_aws():
                create("within")
                assert bucket_names() == []
            assert names() == ["before", "within"]

        @mock_aws
        def test_no_data_is_left():
            client = boto3.client("chime-sdk-identity", region_name="us-east-1")
            assert (bucket_names(), names(client)) == ([], [])
        """
    )

    result.assert_outcomes(passed=4)


MOTO_TESTS = """
    import boto3
    from moto import mock_aws

    @mock_aws
    def test_chat():
        client = boto3.client("chime-sdk-identity", region_name="us-east-1")
        client.create_app_instance(Name="chat")
        assert [i["Name"] for i in client.list_app_instances()["AppInstances"]] == ["chat"]

    @mock_aws
    def test_apart():
        client = boto3.client("chime-sdk-identity", region_name="us-east-1")
        assert client.list_app_instances()["AppInstances"] == []
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="attachments")
"""


def test_mock_aws_alone_serves_the_service_too(run_apart):
    result = run_apart(test_chat=MOTO_TESTS)

    result.assert_outcomes(passed=2)


@pytest.mark.skipif(not IS_INSTALLED, reason="the package is only on the path here")
def test_the_plugin_loads_by_itself_where_the_package_is_installed(run_apart, monkeypatch):
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")

    result = run_apart(options=(), test_chat=MOTO_TESTS)

    result.assert_outcomes(passed=2)


def test_mock_aws_alone_serves_the_service_when_a_conftest_imported_moto(run_apart):
    result = run_apart(
        conftest="""
            import boto3
            import pytest
            from moto import mock_aws

            CLIENT = boto3.client(
                "chime-sdk-identity",
                region_name="us-east-1",
                aws_access_key_id="testing",
                aws_secret_access_key="testing",
            )

            @pytest.fixture(autouse=True)
            def aws():
                with mock_aws():
                    yield

            @pytest.fixture
            def client():
                return boto3.client("chime-sdk-identity", region_name="us-east-1")

            @pytest.fixture
            def early_client():
                return CLIENT
        """,
        test_chat="""
            def test_chat(client, early_client):
                client.create_app_instance(Name="chat")
                early_client.create_app_instance(Name="early")
                assert len(client.list_app_instances()["AppInstances"]) == 2
        """,
    )

    result.assert_outcomes(passed=1)


def test_mock_aws_alone_serves_the_service_when_a_fixture_imports_moto(run_apart):
    result = run_apart(
        test_chat="""
            import sys

            import pytest

            @pytest.fixture
            def client():
                assert "moto" not in sys.modules
                import boto3
                from moto import mock_aws

                with mock_aws():
                    yield boto3.client("chime-sdk-identity", region_name="us-east-1")

            def test_chat(client):
                client.create_app_instance(Name="chat")
                assert len(client.list_app_instances()["AppInstances"]) == 1
        """
    )

    result.assert_outcomes(passed=1)


def test_mock_aws_alone_serves_the_service_when_a_module_of_another_was_first(run_apart):
    result = run_apart(
        test_a="""
            def test_nothing():
                import moto
        """,
        test_b="""
            def test_chat():
                import boto3
                from moto import mock_aws

                with mock_aws():
                    client = boto3.client("chime-sdk-identity", region_name="us-east-1")
                    assert client.list_app_instances()["AppInstances"] == []
        """,
    )

    result.assert_outcomes(passed=2)


# What it costs those who don't use it

IS_NOTHING_IMPORTED = """
    import sys

    HEAVY = {"boto3", "botocore", "chime_identity_mock", "moto", "requests", "responses"}

    def test_nothing_heavy_is_imported():
        assert not HEAVY & sys.modules.keys()
"""


def test_unused_the_plugin_imports_nothing_heavy(run_apart):
    result = run_apart(test_nothing=IS_NOTHING_IMPORTED)

    result.assert_outcomes(passed=1)


@pytest.mark.skipif(not IS_INSTALLED, reason="the package is only on the path here")
def test_unused_the_installed_plugin_imports_nothing_heavy(run_apart, monkeypatch):
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")

    result = run_apart(options=(), test_nothing=IS_NOTHING_IMPORTED)

    result.assert_outcomes(passed=1)


def test_the_plugin_leaves_boto3_without_moto_alone(run_apart):
    result = run_apart(
        test_nothing="""
            import sys

            import boto3

            def test_chat():
                assert not {"moto", "chime_identity_mock"} & sys.modules.keys()
                assert boto3.DEFAULT_SESSION is None
        """
    )

    result.assert_outcomes(passed=1)


# Beside monkeypatch


@pytest.mark.parametrize("decorated", ["function", "class"])
def test_what_monkeypatch_sets_in_a_decorated_test_is_undone(run, decorated, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    on_function = "@mock_chime_identity" if decorated == "function" else ""
    on_class = "@mock_chime_identity" if decorated == "class" else ""
    result = run(
        f"""
        import os

        from chime_identity_mock import mock_chime_identity

        {on_class}
        class Test:
            {on_function}
            def test_that_sets_a_key(self, monkeypatch):
                monkeypatch.setenv("AWS_ACCESS_KEY_ID", "111122223333")

        def test_that_finds_none():
            assert "AWS_ACCESS_KEY_ID" not in os.environ
        """
    )

    result.assert_outcomes(passed=2)


def test_fixtures_of_a_decorated_test_share_its_data(run):
    result = run(
        """
        from chime_identity_mock import mock_chime_identity

        @pytest.fixture
        def arn():
            return boto3.client("chime-sdk-identity").create_app_instance(Name="chat")

        @mock_chime_identity(region_name="eu-central-1")
        def test_that_finds_what_its_fixture_made(arn):
            instances = boto3.client("chime-sdk-identity").list_app_instances()["AppInstances"]

            assert [instance["AppInstanceArn"] for instance in instances] == [arn["AppInstanceArn"]]
        """
    )

    result.assert_outcomes(passed=1)
