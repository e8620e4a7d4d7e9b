"""Beside other runners and plugins: pytest-xdist, pytest-randomly, unittest alone, hypothesis."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap

import boto3
import pytest
from botocore.endpoint import Endpoint
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import SERVICE

from chime_identity_mock import current_mock, mock_chime_identity

OPTIONS = ("-W", "error", "-p", "pytest_chime_identity_mock")


@pytest.fixture
def run(pytester, monkeypatch):
    """Run the tests in a source with pytest in a process of its own."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    def run(source, *arguments):
        pytester.makepyfile(textwrap.dedent(source))
        return pytester.runpytest_subprocess(*OPTIONS, *arguments)

    return run


# pytest-xdist


def test_workers_of_xdist_have_data_of_their_own(run):
    result = run(
        """
        import os
        import time

        import boto3
        import pytest

        @pytest.fixture(scope="session")
        def world():
            from chime_identity_mock import mock_chime_identity

            with mock_chime_identity() as mock:
                yield mock

        @pytest.mark.parametrize("number", range(8))
        def test_chat(world, chime_identity_client, number):
            worker = os.environ["PYTEST_XDIST_WORKER"]
            chime_identity_client.create_app_instance(Name=worker)
            instances = chime_identity_client.list_app_instances()["AppInstances"]
            assert {instance["Name"] for instance in instances} == {worker}
            assert len(world.calls.of("CreateAppInstance")) == len(instances)
        """,
        "-p",
        "xdist",
        "-n",
        "2",
    )

    result.assert_outcomes(passed=8)


def test_the_failure_report_comes_from_the_workers_of_xdist(run):
    result = run(
        """
        import pytest

        @pytest.mark.chime_identity_mock(seed=1)
        @pytest.mark.parametrize("number", range(2))
        def test_chat(chime_identity_client, number):
            chime_identity_client.create_app_instance(Name=f"chat {number}")
            assert False
        """,
        "-p",
        "xdist",
        "-n",
        "2",
    )

    result.assert_outcomes(failed=2)
    text = result.stdout.str()
    for number in range(2):
        assert f'  CreateAppInstance(Name="chat {number}") -> 201' in text
        assert f'bb229c80-6aba-46a2-bfc0-0ac052497706, "chat {number}"' in text


# pytest-randomly


def test_random_orders_and_seeds_change_nothing(run, pytester):
    source = """
        import json
        import pathlib

        import pytest

        @pytest.mark.chime_identity_mock(seed=1)
        @pytest.mark.parametrize("number", range(6))
        def test_chat(chime_identity_mock, chime_identity_client, number):
            client = chime_identity_client
            for name in range(number):
                client.create_app_instance(Name=f"{name}")
            answer = client.list_app_instances()
            ids = [call.response for call in chime_identity_mock.calls]
            ids.append(answer["ResponseMetadata"]["RequestId"])
            with open("order", "a", encoding="utf-8") as file:
                file.write(f"{number}")
            pathlib.Path(f"ids-{number}").write_text(json.dumps(ids), encoding="utf-8")
    """
    orders, ids = [], []

    for seed in (1, 2):
        result = run(source, "-p", "pytest_randomly", f"--randomly-seed={seed}")
        result.assert_outcomes(passed=6)
        order = pytester.path / "order"
        orders.append(order.read_text(encoding="utf-8"))
        order.unlink()
        files = [pytester.path / f"ids-{number}" for number in range(6)]
        ids.append([json.loads(file.read_text(encoding="utf-8")) for file in files])

    assert orders[0] != orders[1]
    assert ids[0] == ids[1]


# unittest alone


def test_unittest_alone_runs_decorated_and_started_tests(pytester):
    pytester.makepyfile(
        test_chat="""
        import unittest

        import boto3
        from chime_identity_mock import current_mock, mock_chime_identity

        def names():
            client = boto3.client("chime-sdk-identity")
            return [i["Name"] for i in client.list_app_instances()["AppInstances"]]

        def create(name):
            boto3.client("chime-sdk-identity").create_app_instance(Name=name)

        @mock_chime_identity(seed=1)
        class TestDecorated(unittest.TestCase):
            def setUp(self):
                create("set up")

            def tearDown(self):
                assert names() == ["set up"]

            def test_one(self):
                self.assertEqual(names(), ["set up"])

            def test_another(self):
                self.assertEqual(names(), ["set up"])

            def test_with_an_unused_fault(self):
                current_mock().fail_next("CreateAppInstance", "ForbiddenException")

            def test_that_fails(self):
                current_mock().calls.assert_called("CreateAppInstance", Name="another")

        class TestStarted(unittest.TestCase):
            def setUp(self):
                mock = mock_chime_identity()
                self.mock = mock.start()
                self.addCleanup(mock.stop)

            def test_one(self):
                self.assertEqual(names(), [])
                create("one")
                self.mock.calls.assert_called("CreateAppInstance", Name="one")

        class TestAsynchronous(unittest.IsolatedAsyncioTestCase):
            @mock_chime_identity
            async def test_one(self):
                create("one")
                self.assertEqual(names(), ["one"])

            def test_off(self):
                with self.assertRaises(RuntimeError):
                    current_mock()
        """
    )
    variables = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}

    process = subprocess.run(
        [sys.executable, "-W", "error", "-m", "unittest", "-v"],
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )

    outcomes = dict(re.findall(r"^(\w+) \(.*\.\.\. (\w+)$", process.stderr, re.MULTILINE))
    assert outcomes == {
        "test_one": "ok",
        "test_another": "ok",
        "test_off": "ok",
        "test_that_fails": "FAIL",
        "test_with_an_unused_fault": "FAIL",
    }
    assert "Ran 7 tests" in process.stderr
    assert '"set up"' in process.stderr
    assert "assert_faults_used=False" in process.stderr


# hypothesis


@settings(max_examples=200, deadline=None, database=None)
@given(names=st.lists(st.sampled_from(["ann", "bob", "eve"]), max_size=4), seed=st.integers())
def test_hypothesis_may_enter_the_mock_for_each_example(names, seed):
    untouched = Endpoint._needs_retry

    with mock_chime_identity(seed=seed) as mock:
        client = boto3.client(SERVICE)
        assert client.list_app_instances()["AppInstances"] == []
        for name in names:
            client.create_app_instance(Name=name)

        listed = client.list_app_instances()["AppInstances"]
        assert [instance["Name"] for instance in listed] == names
        assert len(mock.calls) == len(names) + 2

    assert Endpoint._needs_retry is untouched
    with pytest.raises(RuntimeError):
        current_mock()


@settings(
    max_examples=200,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(count=st.integers(0, 3))
def test_hypothesis_may_reset_a_mock_that_stays_on(mock, client, count):
    mock.reset()

    for _ in range(count):
        client.create_app_instance(Name="chat")

    assert len(client.list_app_instances()["AppInstances"]) == count
    assert len(mock.calls) == count + 1


def test_the_failure_report_is_that_of_the_last_example_of_hypothesis(run):
    result = run(
        """
        import boto3
        from chime_identity_mock import mock_chime_identity
        from hypothesis import given, settings, strategies as st

        @settings(database=None, deadline=None, derandomize=True)
        @given(count=st.integers(1, 5))
        def test_chat(count):
            with mock_chime_identity():
                client = boto3.client("chime-sdk-identity")
                for number in range(count):
                    client.create_app_instance(Name=f"chat {number}")
                assert count < 3
        """
    )

    result.assert_outcomes(failed=1)
    text = result.stdout.str().partition("Amazon Chime SDK Identity, mocked")[2]
    instances = re.findall(r'─ app instance .*, "(chat \d)"', text)
    calls = re.findall(r'CreateAppInstance\(Name="(chat \d)"\) -> 201', text)
    assert instances == calls == ["chat 0", "chat 1", "chat 2"]
    assert re.search(r"\(\d+ earlier calls not shown\)", text)


# pytest's own help


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("chime_identity_options", ["Options", "override"]),
        ("chime_identity_mock", ["Mock Amazon Chime SDK Identity", "handle"]),
        ("chime_identity_client", ["boto3 client", "mocked"]),
    ],
)
def test_fixtures_say_what_they_are_for(run, name, words):
    result = run("", "--fixtures")

    described = re.search(rf"^{name} -- .*\n((?: +.*\n|\n)+)", result.stdout.str(), re.MULTILINE)
    text = " ".join(described[1].split())
    assert all(word in text for word in words)


def test_the_marker_names_every_option(run):
    result = run("", "--markers")

    text = result.stdout.str()
    (line,) = [line for line in text.splitlines() if "mark.chime_identity_mock(" in line]
    options = mock_chime_identity.__doc__.count(":param ")
    assert line.partition("(")[2].partition(")")[0].count(",") == options
