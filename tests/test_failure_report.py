"""The section that pytest's report of a failed test gains, in child runs of pytest.

What it shows is pinned, when there is one, and once its whole text; else the words around are not.
"""

from __future__ import annotations

import textwrap

import pytest

PLUGIN = "pytest_chime_identity_mock"
TITLE = "Amazon Chime SDK Identity, mocked"

HEADER = """
import unittest

import boto3
import pytest
from moto import mock_aws

from chime_identity_mock import current_mock, mock_chime_identity


def client():
    return boto3.client("chime-sdk-identity", region_name="us-east-1")


def create(name, **parameters):
    return client().create_app_instance(Name=name, **parameters)["AppInstanceArn"]


def create_user(arn, user_id, **parameters):
    parameters = {"Name": user_id.title(), **parameters}
    return client().create_app_instance_user(
        AppInstanceArn=arn, AppInstanceUserId=user_id, **parameters
    )["AppInstanceUserArn"]

"""


@pytest.fixture
def run(pytester, monkeypatch):
    """Run the tests in a source in this process, in the order in which they stand there."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    def run(source, *arguments):
        pytester.makepyfile(HEADER + textwrap.dedent(source))
        return pytester.runpytest("-W", "error", "-p", PLUGIN, *arguments)

    return run


def sections(result):
    """The lines of each of our sections."""
    found, lines = [], None
    for line in result.stdout.lines:
        if line.startswith(("----", "====", "____")):
            lines = None
            if TITLE in line:
                lines = []
                found.append(lines)
        elif lines is not None:
            lines.append(line)
    return found


def section(result):
    (lines,) = sections(result)
    return lines


def calls(lines):
    """What the section says of calls."""
    return lines[: lines.index("State:")]


def state(lines):
    """What the section says of the state."""
    return lines[lines.index("State:") + 1 :]


def names(lines):
    """What stands in quotes, whose first letter is small."""
    return [part for line in lines for part in line.split('"')[1::2] if part[:1].islower()]


def is_of(lines, *created):
    """Whether a section tells that these app instances were created, and are there."""
    return names(calls(lines)) == names(state(lines)) == list(created)


def test_the_section_in_full(run):
    result = run(
        """
        LEX_ARN = "arn:aws:lex:us-east-1:123456789012:bot-alias/ABCDEFGHIJ/KLMNOPQRST"

        @pytest.mark.chime_identity_mock(seed=1)
        def test_chat(chime_identity_client):
            arn = create("chat", Metadata="abc", Tags=[{"Key": "team", "Value": "a"}])
            create_user(arn, "ann")
            user_arn = create_user(arn, "bob")
            client().create_app_instance_admin(AppInstanceArn=arn, AppInstanceAdminArn=user_arn)
            client().register_app_instance_user_endpoint(
                AppInstanceUserArn=user_arn,
                Type="GCM",
                ResourceArn="arn:aws:mobiletargeting:us-east-1:1:apps/x",
                EndpointAttributes={"DeviceToken": "secret"},
            )
            client().create_app_instance_bot(
                AppInstanceArn=arn,
                Name="Helper",
                Configuration={"Lex": {"LexBotAliasArn": LEX_ARN, "LocaleId": "en_US"}},
            )
            client().list_app_instances(MaxResults=5)
            create_user(arn, "ann", Name="Another")
        """
    )

    result.assert_outcomes(failed=1)
    assert (
        "\n".join(section(result))
        == """\
Calls:
  CreateAppInstance(Name="chat", Metadata=<3 characters>, Tags=[{Key: "team", Value: "a"}]) -> 201
  CreateAppInstanceUser(AppInstanceArn="app-instance/bb229c80-6aba-46a2-bfc0-0ac052497706", \
AppInstanceUserId="ann", Name="Ann") -> 201
  CreateAppInstanceUser(AppInstanceArn="app-instance/bb229c80-6aba-46a2-bfc0-0ac052497706", \
AppInstanceUserId="bob", Name="Bob") -> 201
  CreateAppInstanceAdmin(AppInstanceAdminArn="app-instance/bb229c80-6aba-46a2-bfc0-0ac052497706/user/bob", \
AppInstanceArn="app-instance/bb229c80-6aba-46a2… -> 201
  RegisterAppInstanceUserEndpoint(\
AppInstanceUserArn="app-instance/bb229c80-6aba-46a2-bfc0-0ac052497706/user/bob", \
Type="GCM", ResourceArn="arn:aws:mobile… -> 201
  CreateAppInstanceBot(AppInstanceArn="app-instance/bb229c80-6aba-46a2-bfc0-0ac052497706", \
Name="Helper", Configuration={Lex: {LexBotAliasArn: "arn:aws:le… -> 201
  ListAppInstances(MaxResults=5) -> 200
  CreateAppInstanceUser(AppInstanceArn="app-instance/bb229c80-6aba-46a2-bfc0-0ac052497706", \
AppInstanceUserId="ann", Name="Another") -> 409 ConflictException

State:
  account 123456789012, us-east-1
  └─ app instance arn:aws:chime:us-east-1:123456789012:app-instance/\
bb229c80-6aba-46a2-bfc0-0ac052497706, "chat", metadata of 3 characters, 1 tag
     ├─ user ann, "Ann"
     ├─ user bob, "Bob", admin
     │  └─ endpoint c773d48d-d9ec-459e-a304-f24cebb81862, GCM, ACTIVE, messages ALL, device token ***
     └─ bot b5f97d7e-65b0-4ccd-9cf0-df875f250aaf, "Helper\""""
    )


# Wherever the mock is on, whichever way

WAYS = {
    "fixture": """
        def test_chat(chime_identity_mock):
            create("chat")
            assert False
    """,
    "marker": """
        @pytest.mark.chime_identity_mock
        def test_chat():
            create("chat")
            assert False
    """,
    "decorator": """
        @mock_chime_identity
        def test_chat():
            create("chat")
            assert False
    """,
    "class": """
        @mock_chime_identity
        class TestChat:
            def test_chat(self):
                create("chat")
                assert False
    """,
    "with": """
        def test_chat():
            with mock_chime_identity():
                create("chat")
                assert False
    """,
    "after with": """
        def test_chat():
            with mock_chime_identity():
                create("chat")
            assert False
    """,
    "with in with": """
        def test_chat():
            with mock_chime_identity(), mock_chime_identity():
                create("chat")
            assert False
    """,
    "start": """
        def test_chat(request):
            mock = mock_chime_identity()
            mock.start()
            request.addfinalizer(mock.stop)
            create("chat")
            assert False
    """,
    "mock_aws": """
        @mock_aws
        def test_chat():
            create("chat")
            assert False
    """,
    "mock_aws in a fixture": """
        @pytest.fixture
        def aws():
            with mock_aws():
                yield

        def test_chat(aws):
            create("chat")
            assert False
    """,
    "with in mock_aws": """
        @mock_aws
        def test_chat():
            with mock_chime_identity():
                create("chat")
                assert False
    """,
    "with in a fixture of mock_aws": """
        @pytest.fixture
        def aws():
            with mock_aws():
                yield

        def test_chat(aws):
            with mock_chime_identity():
                create("chat")
                assert False
    """,
    "mock_aws in with": """
        def test_chat():
            with mock_chime_identity(), mock_aws():
                create("chat")
                assert False
    """,
    "mock_aws and fixture": """
        @mock_aws
        def test_chat(chime_identity_mock):
            create("chat")
            assert False
    """,
    "unittest, decorated": """
        @mock_chime_identity
        class TestChat(unittest.TestCase):
            def setUp(self):
                create("chat")

            def test_chat(self):
                self.fail()
    """,
    "unittest, started": """
        class TestChat(unittest.TestCase):
            def setUp(self):
                mock = mock_chime_identity()
                mock.start()
                self.addCleanup(mock.stop)
                create("chat")

            def test_chat(self):
                self.fail()
    """,
    "unittest, asynchronous": """
        @mock_chime_identity
        class TestChat(unittest.IsolatedAsyncioTestCase):
            async def test_chat(self):
                create("chat")
                self.fail()
    """,
    "unittest, mock_aws": """
        @mock_aws
        class TestChat(unittest.TestCase):
            def test_chat(self):
                create("chat")
                self.fail()
    """,
    "unittest, class set up": """
        class TestChat(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                mock = mock_chime_identity()
                mock.start()
                cls.addClassCleanup(mock.stop)
                create("chat")

            def test_chat(self):
                self.fail()
    """,
}


@pytest.mark.parametrize("way", WAYS)
def test_there_is_a_section_whichever_way_the_mock_was_turned_on(run, way):
    result = run(WAYS[way])

    result.assert_outcomes(failed=1)
    assert is_of(section(result), "chat")


def test_a_failing_subtest_has_a_section(run):
    result = run(
        """
        @mock_chime_identity
        class TestChat(unittest.TestCase):
            def test_chat(self):
                with self.subTest("sub"):
                    create("chat")
                    self.fail()
        """
    )

    assert result.ret == 1
    assert is_of(sections(result)[0], "chat")


def test_the_state_is_that_of_the_last_block(run):
    result = run(
        """
        def test_chat():
            with mock_chime_identity():
                create("first")
            with mock_chime_identity():
                create("second")
            assert False
        """
    )

    assert names(state(section(result))) == ["second"]
    assert names(calls(section(result))) == ["second"]
    assert any("1 earlier call not shown" in line for line in calls(section(result)))


@pytest.mark.parametrize("create", ["create('second')", "client().list_app_instances()"])
def test_of_a_block_before_the_one_that_is_on_nothing_is_there(run, create):
    result = run(
        f"""
        def test_chat(request):
            with mock_chime_identity():
                create("first")
            mock = mock_chime_identity().start()
            request.addfinalizer(mock.stop)
            {create}
            assert False
        """
    )

    assert "first" not in "\n".join(section(result))


def test_of_a_block_before_mock_aws_nothing_is_there(run):
    result = run(
        """
        @pytest.fixture
        def chat():
            with mock_chime_identity():
                create("first")
            with mock_aws():
                yield

        def test_chat(chat):
            client().list_app_instances()
            assert False
        """
    )

    assert state(section(result)) == ["  no app instances"]


def test_an_unused_fault_has_a_section(run):
    result = run(
        """
        def test_chat():
            with mock_chime_identity() as mock:
                create("chat")
                mock.fail_next("DeleteAppInstance", "ForbiddenException")
        """
    )

    result.assert_outcomes(failed=1)
    assert is_of(section(result), "chat")


# When, and whose


def test_a_fixture_that_fails_in_setting_up_has_a_section(run):
    result = run(
        """
        @pytest.fixture
        def chat(chime_identity_mock):
            create("chat")
            raise RuntimeError

        def test_chat(chat):
            pass
        """
    )

    result.assert_outcomes(errors=1)
    assert is_of(section(result), "chat")


@pytest.mark.parametrize("scope", ["function", "module"])
def test_a_fixture_that_fails_in_tearing_down_has_a_section(run, scope):
    result = run(
        f"""
        @pytest.fixture(scope="{scope}")
        def chat():
            with mock_chime_identity():
                create("chat")
                yield
                raise RuntimeError

        def test_chat(chat):
            pass
        """
    )

    result.assert_outcomes(passed=1, errors=1)
    assert is_of(section(result), "chat")


def test_a_test_and_its_fixture_that_fail_have_a_section_each(run):
    result = run(
        """
        @pytest.fixture
        def chat(chime_identity_mock):
            yield
            create("last")
            raise RuntimeError

        def test_chat(chat):
            create("first")
            assert False
        """
    )

    result.assert_outcomes(failed=1, errors=1)
    first, last = sorted(sections(result), key=len)
    assert is_of(first, "first")
    assert is_of(last, "first", "last")


def test_of_a_mock_of_the_module_only_the_test_s_own_calls_are_shown(run):
    result = run(
        """
        @pytest.fixture(scope="module", autouse=True)
        def world():
            with mock_chime_identity():
                create("world")
                yield

        def test_first():
            create("first")

        def test_second():
            create("second")
            assert False

        def test_third():
            assert False
        """,
        "-p",
        "no:randomly",
    )

    result.assert_outcomes(passed=1, failed=2)
    (second,) = sections(result)  # the third did nothing with the mock
    assert names(calls(second)) == ["second"]
    assert names(state(second)) == ["world", "first", "second"]


def test_the_calls_of_a_fixture_of_the_module_are_those_of_its_first_test(run):
    result = run(
        """
        @pytest.fixture(scope="module")
        def world():
            with mock_chime_identity():
                create("world")
                yield

        def test_first(world):
            assert False

        def test_second(world):
            assert False
        """
    )

    (first,) = sections(result)
    assert is_of(first, "world")


@pytest.mark.parametrize(
    "test",
    [
        "def test_plain():\n    assert False",
        "def test_plain(chime_identity_mock):\n    assert False",
        "@mock_aws\ndef test_plain():\n    assert False",
        "@pytest.fixture\ndef bad():\n    raise RuntimeError\n\n\ndef test_plain(bad):\n    pass",
    ],
)
def test_a_test_that_did_not_use_the_mock_has_no_section(run, test):
    before = """
def test_before(chime_identity_mock):
    create("chat")


@mock_aws
def test_before_with_mock_aws():
    create("chat")


"""

    result = run(before + test)

    assert sum(result.parseoutcomes()[kind] for kind in ("passed",)) == 2
    assert result.ret == 1
    assert sections(result) == []


def test_a_test_that_called_nothing_but_loaded_a_state_has_that_shown(run):
    result = run(
        """
        def test_chat(chime_identity_mock):
            chime_identity_mock.load({"version": 1, "app_instances": [{"Name": "chat"}]})
            assert False
        """
    )

    (section,) = sections(result)
    assert calls(section) == ["No calls.", ""]
    assert names(state(section)) == ["chat"]


def test_passed_skipped_and_expected_to_fail_tests_have_no_section(run, pytester):
    pytester.makeconftest(
        """
        import pathlib

        def pytest_runtest_logreport(report):
            if report.sections:
                pathlib.Path("sections").write_text(str(report.sections), encoding="utf-8")
        """
    )

    result = run(
        """
        def test_passed(chime_identity_mock):
            create("chat")

        def test_skipped(chime_identity_mock):
            create("chat")
            pytest.skip()

        @pytest.mark.xfail
        def test_expected_to_fail(chime_identity_mock):
            create("chat")
            assert False
        """,
        "-rA",
    )

    result.assert_outcomes(passed=1, skipped=1, xfailed=1)
    assert not (pytester.path / "sections").exists()
    result.stdout.no_fnmatch_line(f"*{TITLE}*")


@pytest.mark.parametrize(("value", "count"), [("false", 0), ("true", 1), ("", 1)])
def test_the_configuration_turns_it_off(run, pytester, value, count):
    setting = f"chime_identity_mock_report = {value}" if value else ""
    pytester.makeini(f"[pytest]\n{setting}")

    result = run(WAYS["fixture"])

    result.assert_outcomes(failed=1)
    assert len(sections(result)) == count


def test_the_setting_is_described(run):
    result = run("", "--help")

    text = " ".join(result.stdout.str().split())
    described = text.partition("chime_identity_mock_report (bool)")[2][:200]
    assert "Chime SDK Identity" in described
    assert "default" in described


def test_there_is_a_section_when_the_test_itself_imports_the_package(pytester, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(
        """
        import sys

        def test_chat():
            assert "chime_identity_mock" not in sys.modules
            import boto3
            from chime_identity_mock import mock_chime_identity

            with mock_chime_identity():
                boto3.client("chime-sdk-identity").create_app_instance(Name="chat")
            assert False

        def test_nothing():
            assert False
        """
    )

    result = pytester.runpytest_subprocess("-W", "error", "-p", PLUGIN)

    result.assert_outcomes(failed=2)
    assert is_of(section(result), "chat")


def test_failing_tests_that_do_not_use_the_mock_import_nothing_heavy(pytester, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(
        """
        import sys

        HEAVY = {"boto3", "botocore", "chime_identity_mock", "moto"}

        def test_failing():
            assert False

        def test_skipped():
            import pytest
            pytest.skip()

        def test_nothing_heavy_is_imported():
            assert not HEAVY & sys.modules.keys()
        """
    )

    result = pytester.runpytest_subprocess("-W", "error", "-p", PLUGIN)

    result.assert_outcomes(passed=1, skipped=1, failed=1)
    assert sections(result) == []


# How much, and what not


def test_long_lists_are_cut(run):
    result = run(
        """
        def test_chat(chime_identity_mock):
            arn = create("chat")
            for number in range(60):
                create_user(arn, f"user{number}")
            assert False
        """
    )

    lines = section(result)
    assert len(calls(lines)) == 1 + 1 + 20 + 1
    assert "41 earlier calls not shown" in calls(lines)[1]
    assert "user40" in calls(lines)[2]
    assert "user59" in calls(lines)[-2]
    assert len(state(lines)) == 40 + 1
    assert "user37" in state(lines)[-2]
    assert "22 more lines" in state(lines)[-1]
    assert "print(mock)" in state(lines)[-1]


def test_lists_that_just_fit_are_whole(run):
    result = run(
        """
        def test_chat(chime_identity_mock):
            arn = create("chat")
            for number in range(19):
                create_user(arn, f"user{number}")
            chime_identity_mock.load({"version": 1, "app_instances": [{"Name": "b"}] * 19})
            assert False
        """
    )

    lines = section(result)
    assert len(calls(lines)) == 1 + 20 + 1
    assert len(state(lines)) == 40
    assert not any("shown" in line or "more" in line for line in lines)


def test_a_long_line_is_cut_and_keeps_its_outcome(run):
    result = run(
        """
        def test_chat(chime_identity_mock):
            create("n" * 256)
            create("n" * 257)
        """
    )

    lines = section(result)
    assert max(map(len, lines)) == 2 + 160
    first, second = calls(lines)[1:3]
    assert first.endswith("… -> 201")
    assert second.endswith("… -> 400 BadRequestException")
    assert state(lines)[-1].endswith("…")


def test_calls_that_the_history_does_not_keep_are_counted(run):
    result = run(
        """
        @pytest.mark.chime_identity_mock(history=2)
        def test_some(chime_identity_mock):
            for name in "abcde":
                create(name)
            assert False

        @pytest.mark.chime_identity_mock(history=0)
        def test_none(chime_identity_mock):
            create("chat")
            assert False
        """
    )

    some, none = sections(result)
    assert names(calls(some)) == ["d", "e"]
    assert "3 earlier calls" in calls(some)[1]
    assert names(calls(none)) == []
    assert "1 earlier call" in calls(none)[1]
    assert all("history" in calls(lines)[1] for lines in (some, none))
    assert names(state(none)) == ["chat"]


def test_calls_that_are_kept_and_cut_are_not_said_to_be_dropped(run):
    result = run(
        """
        @pytest.mark.chime_identity_mock(history=25)
        def test_chat():
            for number in range(30):
                create(f"chat{number}")
            assert False
        """
    )

    assert "10 earlier calls not shown" in calls(section(result))[1]


def test_calls_from_before_a_reset_are_counted(run):
    result = run(
        """
        def test_chat(chime_identity_mock):
            create("first")
            create("second")
            chime_identity_mock.reset()
            create("third")
            assert False
        """
    )

    lines = section(result)
    assert is_of(lines, "third")
    assert "2 earlier calls not shown" in calls(lines)[1]
    assert "history" not in calls(lines)[1]


def test_no_secrets_are_shown(run, pytester):
    result = run(
        """
        import pathlib

        def test_chat(chime_identity_mock):
            arn = create("chat", Metadata="secret")
            user_arn = create_user(arn, "ann", Metadata="secret")
            client().register_app_instance_user_endpoint(
                AppInstanceUserArn=user_arn,
                Type="GCM",
                ResourceArn="arn:aws:sns:::x",
                EndpointAttributes={"DeviceToken": "secret", "VoipDeviceToken": "secret"},
            )
            create("other")
            page = client().list_app_instances(MaxResults=1)
            client().list_app_instances(MaxResults=1, NextToken=page["NextToken"])
            client().update_app_instance_user(
                AppInstanceUserArn=user_arn, Name="Ann", Metadata="secret"
            )
            pathlib.Path("token").write_text(page["NextToken"], encoding="utf-8")
            pytest.fail("", pytrace=False)
        """
    )

    text = "\n".join(section(result))
    assert (pytester.path / "token").read_text(encoding="utf-8") not in text
    assert "secret" not in text
    assert "NextToken=***" in text
    assert "Metadata=<6 characters>" in text


def test_a_failed_retry_shows_every_attempt(run):
    result = run(
        """
        def test_chat(chime_identity_mock):
            chime_identity_mock.fail_next(None, "ServiceFailureException", times=None)
            create("chat")
        """
    )

    lines = calls(section(result))[1:-1]
    assert len(lines) > 1
    assert all(line.endswith("-> 500 ServiceFailureException") for line in lines)


def test_an_exception_on_the_client_s_side_is_shown_by_its_class(run):
    result = run(
        """
        def test_chat(chime_identity_mock):
            chime_identity_mock.fail_next("CreateAppInstance", OSError("broken"))
            create("chat")
        """
    )

    assert calls(section(result))[1].endswith("-> OSError")


def test_a_name_with_a_line_end_keeps_to_its_line(run):
    result = run(
        """
        def test_chat(chime_identity_mock):
            create("first\\nsecond")
            create("first\\x1b[31m")
        """
    )

    lines = section(result)
    assert len(lines) == 7
    assert "\x1b" not in "".join(lines)
