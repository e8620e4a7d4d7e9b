"""The switch on classes of tests, pytest's and unittest's, run as their runners run them."""

from __future__ import annotations

import asyncio
import importlib.util
import io
import sys
import textwrap
import unittest

import boto3
import pytest
from support import SERVICE

from chime_identity_mock import current_mock, mock_chime_identity

HEADER = """
import unittest

import boto3
import pytest

from chime_identity_mock import current_mock, mock_chime_identity


def is_on():
    try:
        current_mock()
    except RuntimeError:
        return False
    return True


def create(name):
    boto3.client("chime-sdk-identity").create_app_instance(Name=name)


def names():
    answer = boto3.client("chime-sdk-identity").list_app_instances()
    return [instance["Name"] for instance in answer["AppInstances"]]

"""
AND_THEN_THE_MOCK_IS_OFF = """

def test_the_mock_is_off():
    assert not is_on()
"""


def is_on():
    try:
        current_mock()
    except RuntimeError:
        return False
    return True


@pytest.fixture(autouse=True)
def the_mock_is_off_afterwards():
    yield
    left_on = [current_mock().stop() for _ in iter(is_on, False)]
    assert not left_on


@pytest.fixture
def run_by_pytest(pytester, monkeypatch):
    """Run the tests in a source, in their order, warnings being errors; take outcomes."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    def run(source, *arguments, **outcomes):
        pytester.makepyfile(HEADER + textwrap.dedent(source) + AND_THEN_THE_MOCK_IS_OFF)
        result = pytester.runpytest("-p", "pytest_chime_identity_mock", "-W", "error", *arguments)
        outcomes["passed"] = outcomes.get("passed", 0) + 1
        result.assert_outcomes(**outcomes)

    return run


@pytest.fixture
def run_by_unittest(tmp_path, monkeypatch):
    """Run the tests in a source with unittest's own runner, which returns the result."""

    def run(source):
        path = tmp_path / "cases_of_unittest.py"
        path.write_text(HEADER + textwrap.dedent(source), encoding="utf-8")
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, path.stem, module)
        spec.loader.exec_module(module)
        suite = unittest.defaultTestLoader.loadTestsFromModule(module)
        return unittest.TextTestRunner(io.StringIO(), warnings="error").run(suite)

    return run


# pytest's classes


@pytest.mark.parametrize("decorator", ["@mock_chime_identity", "@mock_chime_identity()"])
def test_every_test_of_a_class_starts_with_no_data(run_by_pytest, decorator):
    run_by_pytest(
        f"""
        {decorator}
        class TestChat:
            def test_one(self):
                assert names() == []
                create("one")
                assert names() == ["one"]

            def test_another(self):
                assert names() == []
                create("another")
                assert names() == ["another"]
        """,
        passed=2,
    )


@pytest.mark.parametrize("parameter", ["", ", method"])
def test_tests_see_what_setup_method_made_and_teardown_method_what_they_made(
    run_by_pytest, parameter
):
    run_by_pytest(
        f"""
        @mock_chime_identity(region_name="eu-central-1")
        class TestChat:
            def setup_method(self{parameter}):
                create("set up")

            def teardown_method(self{parameter}):
                assert names() == ["set up", "test"]

            @pytest.mark.parametrize("number", [1, 2])
            def test_chat(self, number):
                assert names() == ["set up"]
                create("test")
        """,
        passed=2,
    )


def test_setup_method_and_teardown_method_get_the_test(run_by_pytest):
    run_by_pytest(
        """
        @mock_chime_identity
        class TestChat:
            def setup_method(self, method):
                assert method == self.test_chat

            def teardown_method(self, method):
                assert method == self.test_chat

            def test_chat(self):
                pass
        """,
        passed=1,
    )


@pytest.mark.parametrize("kind", ["classmethod", "staticmethod"])
@pytest.mark.parametrize("takes_method", [True, False])
def test_setup_method_may_be_a_class_or_static_method(run_by_pytest, kind, takes_method):
    parameters = ["cls"] if kind == "classmethod" else []
    parameters += ["method"] if takes_method else []
    check = 'assert method.__name__ == "test_chat"' if takes_method else "pass"
    run_by_pytest(
        f"""
        @mock_chime_identity
        class TestChat:
            @{kind}
            def setup_method({", ".join(parameters)}):
                create("set up")
                {check}

            @{kind}
            def teardown_method({", ".join(parameters)}):
                assert names() == ["set up"]
                {check}

            def test_chat(self):
                assert names() == ["set up"]
        """,
        passed=1,
    )


def test_fixtures_of_a_class_share_the_data_of_the_test(run_by_pytest):
    run_by_pytest(
        """
        @pytest.fixture
        def of_module():
            create("fixture of the module")

        @mock_chime_identity
        class TestChat:
            @pytest.fixture(autouse=True)
            def automatic(self):
                create("automatic")
                yield
                assert names()[-1] == "test"

            @pytest.fixture
            def of_class(self, tmp_path):
                create("fixture of the class")
                yield tmp_path
                assert names()[-1] == "test"

            def setup_method(self):
                create("set up")

            def test_chat(self, of_module, of_class):
                assert of_class.is_dir()
                assert sorted(names()) == [
                    "automatic", "fixture of the class", "fixture of the module", "set up"
                ]
                create("test")
        """,
        passed=1,
    )


def test_nested_classes_of_tests_are_decorated_too(run_by_pytest):
    run_by_pytest(
        """
        @mock_chime_identity
        class TestOuter:
            class TestInner:
                def test_inner(self):
                    assert names() == []
                    create("inner")

                class TestInnermost:
                    def test_innermost(self):
                        assert names() == []

            class Helper:
                def is_on(self):
                    return is_on()

            def test_outer(self):
                assert names() == []

        def test_a_nested_class_of_something_else_is_not_decorated():
            assert not TestOuter.Helper().is_on()
        """,
        passed=4,
    )


# pytest runs the hooks of a test once for each class around it that has such hooks.
def test_hooks_of_a_nested_class_run_once(run_by_pytest):
    run_by_pytest(
        """
        @mock_chime_identity
        class TestOuter:
            class TestInner:
                def setup_method(self):
                    create("set up")

                def teardown_method(self):
                    create("tear down")
                    assert names() == ["set up", "tear down"]

                def test_inner(self):
                    assert names() == ["set up"]

            def test_outer(self):
                assert names() == []
        """,
        passed=2,
    )


def test_a_unittest_class_may_be_nested_in_a_decorated_class(run_by_pytest):
    run_by_pytest(
        """
        @mock_chime_identity
        class TestOuter:
            class TestUnit(unittest.TestCase):
                def setUp(self):
                    create("set up")

                def test_unit(self):
                    self.assertEqual(names(), ["set up"])

            def test_outer(self):
                assert names() == []
        """,
        passed=2,
    )


def test_inherited_tests_run_with_the_mock_on(run_by_pytest):
    run_by_pytest(
        """
        class Base:
            def setup_method(self):
                create("set up")

            def test_base(self):
                assert names() == ["set up"]

        @mock_chime_identity
        class TestOne(Base):
            def test_own(self):
                assert names() == ["set up"]

        @mock_chime_identity
        class TestAnother(Base):
            def setup_method(self):
                super().setup_method()
                create("another")

            def test_base(self):
                assert names() == ["set up", "another"]
        """,
        passed=3,
    )


def test_a_decorated_base_class_is_no_change_for_its_base(run_by_pytest):
    run_by_pytest(
        """
        class TestBase:
            def test_base(self):
                assert not is_on()

        @mock_chime_identity
        class TestDecorated(TestBase):
            def test_base(self):
                assert is_on()
        """,
        passed=2,
    )


def test_subclasses_of_a_decorated_class_are_decorated(run_by_pytest):
    run_by_pytest(
        """
        @mock_chime_identity
        class Base:
            def test_base(self):
                assert is_on()

        class TestOne(Base):
            def test_own(self):
                assert is_on()

        @mock_chime_identity(region_name="eu-central-1")
        class TestAnother(Base):
            def test_region(self):
                assert boto3.client("chime-sdk-identity").meta.region_name == "eu-central-1"
        """,
        passed=4,
    )


@pytest.mark.parametrize("parameter", ["", ", method"])
def test_a_subclass_may_extend_the_hooks_of_a_decorated_class(run_by_pytest, parameter):
    argument = parameter.removeprefix(", ")
    run_by_pytest(
        f"""
        @mock_chime_identity
        class Base:
            def setup_method(self{parameter}):
                create("base")

            def teardown_method(self{parameter}):
                create("base's end")

            def test_base(self):
                assert names()[0] == "base"

        class TestChat(Base):
            def setup_method(self, method):
                super().setup_method({argument})
                create("own")

            def teardown_method(self, method):
                super().teardown_method({argument})

            def test_chat(self):
                assert names() == ["base", "own"]
        """,
        passed=2,
    )


def test_a_decorated_class_may_have_hooks_for_its_subclasses_only(run_by_pytest):
    run_by_pytest(
        """
        @mock_chime_identity
        class Base:
            def setup_method(self):
                create("base")

            def teardown_method(self):
                assert names() == ["base"]

        class TestChat(Base):
            def test_chat(self):
                assert names() == ["base"]
        """,
        passed=1,
    )


@pytest.mark.parametrize("hook", ["setup_method", "teardown_method"])
def test_a_subclass_may_replace_a_hook_of_a_decorated_class(run_by_pytest, hook):
    run_by_pytest(
        f"""
        @mock_chime_identity
        class Base:
            def test_base(self):
                assert names() == []
                create("test")

        class TestChat(Base):
            def {hook}(self):
                pass

            def test_own(self):
                assert names() == []
                create("test")
        """,
        passed=2,
    )


def test_a_decorated_class_may_see_to_its_subclasses_itself(run_by_pytest):
    run_by_pytest(
        """
        @mock_chime_identity
        class Base:
            def __init_subclass__(cls, name):
                cls.name = name

            def setup_method(self):
                create("base")

        class TestChat(Base, name="chat"):
            def setup_method(self):
                super().setup_method()
                create(self.name)

            def test_chat(self):
                assert names() == ["base", "chat"]
        """,
        passed=1,
    )


def test_static_methods_class_methods_and_the_class_as_a_whole_are_left_alone(run_by_pytest):
    run_by_pytest(
        """
        @mock_chime_identity
        class TestChat:
            number = 1

            @classmethod
            def setup_class(cls):
                assert not is_on()
                cls.set_up = True

            @classmethod
            def teardown_class(cls):
                assert not is_on()

            @staticmethod
            def static():
                return is_on()

            @classmethod
            def of_class(cls):
                return cls, is_on()

            @property
            def is_property_on(self):
                return is_on()

            def test_chat(self):
                assert self.set_up
                assert self.number == 1
                assert self.static()
                assert self.of_class() == (TestChat, True)
                assert self.is_property_on

        def test_outside():
            assert not TestChat.static()
            assert TestChat.of_class() == (TestChat, False)
            assert not TestChat().is_property_on
        """,
        passed=2,
    )


def test_options_of_a_method_are_laid_over_those_of_its_class(run_by_pytest):
    run_by_pytest(
        """
        def region():
            return boto3.client("chime-sdk-identity").meta.region_name

        @mock_chime_identity(region_name="eu-central-1")
        class TestChat:
            def setup_method(self):
                create("set up")

            def test_of_class(self):
                assert region() == "eu-central-1"

            @mock_chime_identity(region_name="us-east-1")
            def test_of_method(self):
                assert region() == "us-east-1"
                assert names() == []
        """,
        passed=2,
    )


@pytest.mark.parametrize("error", ["raise KeyError('mine')", "pytest.fail('mine')"])
def test_a_setup_method_that_raises_leaves_the_mock_off(run_by_pytest, error):
    run_by_pytest(
        f"""
        @mock_chime_identity
        class TestChat:
            def setup_method(self):
                {error}

            def test_chat(self):
                pass
        """,
        errors=1,
    )


def test_a_setup_method_that_skips_leaves_the_mock_off(run_by_pytest):
    run_by_pytest(
        """
        @mock_chime_identity
        class TestChat:
            def setup_method(self):
                pytest.skip("not today")

            def test_chat(self):
                pass
        """,
        skipped=1,
    )


def test_a_teardown_method_that_raises_leaves_the_mock_off(run_by_pytest):
    run_by_pytest(
        """
        @mock_chime_identity
        class TestChat:
            def teardown_method(self):
                raise KeyError("mine")

            def test_chat(self):
                pass
        """,
        passed=1,
        errors=1,
    )


def test_a_test_that_fails_leaves_the_mock_off(run_by_pytest):
    run_by_pytest(
        """
        @mock_chime_identity
        class TestChat:
            def test_chat(self):
                assert names() == ["none"]
        """,
        failed=1,
    )


# Other classes


@mock_chime_identity(region_name="eu-central-1")
class Chat:
    """What it says of itself."""

    def __init__(self):
        self.was_on = is_on()

    def __len__(self):
        return is_on()

    def _private(self):
        return is_on()

    def create(self, name, *, metadata="m"):
        client = boto3.client(SERVICE)
        client.create_app_instance(Name=name, Metadata=metadata)
        return [instance["Name"] for instance in client.list_app_instances()["AppInstances"]]

    async def coroutine(self):
        return is_on()

    def generator(self):
        yield is_on()


def test_a_class_of_no_tests_has_the_mock_on_in_each_public_method():
    chat = Chat()

    assert chat.create("chat") == ["chat"]
    assert next(chat.generator())
    assert asyncio.run(chat.coroutine())
    assert not is_on()


def test_special_and_private_methods_are_left_alone():
    chat = Chat()

    assert (chat.was_on, len(chat), chat._private()) == (False, 0, False)


def test_a_decorated_class_is_still_the_class():
    assert isinstance(Chat, type)
    assert (Chat.__name__, Chat.__doc__) == ("Chat", "What it says of itself.")
    assert not hasattr(Chat, "setup_method")


# unittest's classes

UNITTEST_CASES = {
    "setUp and tearDown": """
        @mock_chime_identity
        class Case(unittest.TestCase):
            def setUp(self):
                self.assertEqual(names(), [])
                create("set up")

            def tearDown(self):
                self.assertEqual(names(), ["set up", "test"])

            def test_one(self):
                self.assertEqual(names(), ["set up"])
                create("test")

            def test_another(self):
                self.assertEqual(names(), ["set up"])
                create("test")
        """,
    "cleanups": """
        @mock_chime_identity(region_name="eu-central-1")
        class Case(unittest.TestCase):
            def setUp(self):
                self.addCleanup(lambda: self.assertEqual(names(), ["test", "tear down"]))

            def tearDown(self):
                create("tear down")

            def test_one(self):
                self.assertEqual(boto3.client("chime-sdk-identity").meta.region_name, "eu-central-1")
                self.addCleanup(names)
                create("test")
        """,
    "the class as a whole": """
        @mock_chime_identity
        class Case(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                cls.was_on = is_on()

            @classmethod
            def tearDownClass(cls):
                assert not is_on()

            @staticmethod
            def static():
                return is_on()

            def test_one(self):
                self.assertFalse(self.was_on)
                self.assertTrue(self.static())
        """,
    "subtests": """
        @mock_chime_identity
        class Case(unittest.TestCase):
            def test_one(self):
                for number in range(3):
                    with self.subTest(number=number):
                        self.assertEqual(len(names()), number)
                        create("chat")
        """,
    "subclasses": """
        @mock_chime_identity
        class Base(unittest.TestCase):
            def setUp(self):
                create("set up")

        class Case(Base):
            def setUp(self):
                super().setUp()
                create("more")

            def test_one(self):
                self.assertEqual(names(), ["set up", "more"])

        class Replaced(Base):
            def setUp(self):
                pass

            def test_one(self):
                self.assertEqual(names(), [])

        @mock_chime_identity(region_name="eu-central-1")
        class Twice(Base):
            def test_one(self):
                self.assertEqual(names(), [])
                self.assertEqual(boto3.client("chime-sdk-identity").meta.region_name, "eu-central-1")

            def setUp(self):
                self.assertEqual(names(), [])
        """,
    "asynchronous": """
        @mock_chime_identity
        class Case(unittest.IsolatedAsyncioTestCase):
            def setUp(self):
                create("set up")

            async def asyncSetUp(self):
                create("asynchronous set up")

            async def asyncTearDown(self):
                self.assertEqual(names()[-1], "test")

            async def test_one(self):
                self.addAsyncCleanup(self.check)
                self.assertEqual(names(), ["set up", "asynchronous set up"])
                create("test")

            async def test_another(self):
                self.assertEqual(names(), ["set up", "asynchronous set up"])
                create("test")

            async def check(self):
                self.assertEqual(names()[-1], "test")
        """,
    "a decorated method": """
        class Case(unittest.TestCase):
            @mock_chime_identity
            def test_one(self):
                create("test")
                self.assertEqual(names(), ["test"])

            def test_another(self):
                self.assertFalse(is_on())

        class Asynchronous(unittest.IsolatedAsyncioTestCase):
            @mock_chime_identity
            async def test_one(self):
                create("test")
                self.assertEqual(names(), ["test"])
        """,
}


@pytest.mark.parametrize("name", UNITTEST_CASES)
def test_unittest_runs_it(run_by_unittest, name):
    result = run_by_unittest(UNITTEST_CASES[name])

    assert result.testsRun > 0
    assert [*result.errors, *result.failures] == []
    assert not is_on()


@pytest.mark.parametrize("name", UNITTEST_CASES)
def test_pytest_runs_it(run_by_pytest, name):
    source = UNITTEST_CASES[name]
    count = source.count("def test_")

    run_by_pytest(source, passed=count)


@pytest.mark.parametrize("method", ["setUp", "test_one", "tearDown"])
def test_a_unittest_that_raises_leaves_the_mock_off(run_by_unittest, method):
    result = run_by_unittest(
        f"""
        @mock_chime_identity
        class Case(unittest.TestCase):
            def test_one(self):
                pass

            def {method}(self):
                assert is_on()
                raise KeyError("mine")
        """
    )

    assert len(result.errors) == 1
    assert "KeyError: 'mine'" in result.errors[0][1]
    assert not is_on()


def test_a_skipped_unittest_leaves_the_mock_off(run_by_unittest):
    result = run_by_unittest(
        """
        @mock_chime_identity
        class Case(unittest.TestCase):
            @unittest.skip("not today")
            def test_one(self):
                pass

            @unittest.expectedFailure
            def test_another(self):
                self.assertFalse(is_on())
        """
    )

    assert (len(result.skipped), len(result.expectedFailures)) == (1, 1)
    assert not is_on()


def test_debugging_a_unittest_has_the_mock_on():
    @mock_chime_identity
    class Case(unittest.TestCase):
        def runTest(self):  # noqa: N802 - unittest's name
            raise KeyError(is_on())

    with pytest.raises(KeyError, match="True"):
        Case().debug()
    assert not is_on()


# Before it enters the debugger, pytest keeps the state of a test by tearing it down only later.
def test_tear_down_that_pytest_has_put_off_has_the_mock_on(run_by_pytest):
    run_by_pytest(
        """
        @mock_chime_identity
        class TestUnit(unittest.TestCase):
            def tearDown(self):
                assert is_on()

            def test_one(self):
                pass
        """,
        "--pdb",
        passed=1,
    )
