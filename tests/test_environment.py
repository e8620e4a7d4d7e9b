"""What botocore reads around it while the mock is on, and that all of it is put back.

All of it is a promise of this package: no test of anyone's reaches for their keys, profiles, files.
"""

from __future__ import annotations

import json
import os
from unittest.mock import patch

import boto3
import botocore.session
import pytest
from botocore.exceptions import NoRegionError, ProfileNotFound
from botocore.loaders import Loader
from support import SERVICE

from chime_identity_mock import mock_chime_identity

# What names keys, or where keys come from, as a user may have it set.
OF_THE_USER = {
    "AWS_ACCESS_KEY_ID": "own-key",
    "AWS_SECRET_ACCESS_KEY": "own-secret",
    "AWS_SESSION_TOKEN": "own-token",
    "AWS_SECURITY_TOKEN": "own-token",
    "AWS_CREDENTIAL_EXPIRATION": "2020-01-01T00:00:00Z",
    "AWS_ACCOUNT_ID": "999988887777",
    "AWS_PROFILE": "missing",
    "AWS_DEFAULT_PROFILE": "missing",
    "AWS_ROLE_ARN": "arn:aws:iam::999988887777:role/own",
    "AWS_ROLE_SESSION_NAME": "own-session",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "/own/token",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/own",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/own",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN": "own-token",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/own/token",
    "AWS_EC2_METADATA_DISABLED": "false",
    "AWS_CREDENTIAL_FILE": "/own/file",
    "AWS_CONFIG_FILE": "/own/config",
    "AWS_SHARED_CREDENTIALS_FILE": "/own/credentials",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_REGION": "eu-west-2",
    "BOTO_CONFIG": "/own/boto.cfg",
}
CONFIG = """
[default]
region = eu-central-1
aws_access_key_id = key-of-the-config-file
aws_secret_access_key = secret
[profile other]
region = eu-central-1
aws_access_key_id = key-of-the-other-profile
aws_secret_access_key = secret
"""
CREDENTIALS = """
[default]
aws_access_key_id = key-of-the-credentials-file
aws_secret_access_key = secret
"""


def surroundings():
    names = [name for name in os.environ if name.startswith(("AWS_", "BOTO_"))]
    variables = {name: os.environ[name] for name in names}
    return variables, boto3.DEFAULT_SESSION, botocore.session.create_loader


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch, tmp_path):
    """Nothing of AWS in the environment, a home that is empty, no machine of AWS underneath."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with patch.dict(os.environ):
        for name in {name for name in os.environ if name.startswith(("AWS_", "BOTO_"))}:
            del os.environ[name]
        os.environ["HOME"] = os.environ["USERPROFILE"] = str(tmp_path)
        os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
        yield


@pytest.fixture
def files(tmp_path):
    """The config and the credentials file of a user, in their home."""
    folder = tmp_path / ".aws"
    folder.mkdir()
    (folder / "config").write_text(CONFIG)
    (folder / "credentials").write_text(CREDENTIALS)
    return folder


@pytest.fixture(params=["nothing", "all", "empty"])
def before(request):
    """What may be set before, and a default session."""
    if request.param == "all":
        os.environ.update(OF_THE_USER)
    if request.param == "empty":
        os.environ.update(dict.fromkeys(OF_THE_USER, ""))
    if request.param != "nothing":
        boto3.DEFAULT_SESSION = object()
    return surroundings()


def key_in_use(**parameters):
    return boto3.Session(**parameters).get_credentials().access_key


def region_of_clients():
    return boto3.client(SERVICE).meta.region_name


# Keys, profiles, files


def test_no_keys_of_the_users_are_in_sight(before):
    with mock_chime_identity():
        session = boto3.Session()
        credentials = session.get_credentials()

        assert (credentials.access_key, credentials.secret_key) == ("testing", "testing")
        assert credentials.token is None
        assert credentials.method == "env"
        assert session.available_profiles == []
        assert session.profile_name == "default"
        assert boto3.client(SERVICE).list_app_instances()["AppInstances"] == []
        assert not [name for name, value in os.environ.items() if "own" in value and "AWS" in name]


@pytest.mark.parametrize("variable", ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"])
def test_a_missing_profile_is_none(variable):
    os.environ[variable] = "missing"

    with mock_chime_identity():
        assert boto3.client(SERVICE).list_app_instances()["AppInstances"] == []


@pytest.mark.parametrize("are_named", [False, True])
def test_no_file_of_the_users_is_read(files, are_named):
    if are_named:
        os.environ["AWS_CONFIG_FILE"] = str(files / "config")
        os.environ["AWS_SHARED_CREDENTIALS_FILE"] = str(files / "credentials")
    assert region_of_clients() == "eu-central-1"
    assert key_in_use() == "key-of-the-credentials-file"

    with mock_chime_identity():
        assert region_of_clients() == "us-east-1"
        assert key_in_use() == "testing"
        assert boto3.Session()._session.full_config["profiles"] == {}

    assert region_of_clients() == "eu-central-1"
    assert key_in_use() == "key-of-the-credentials-file"


def test_no_provider_but_the_environment_has_keys(files):
    os.environ.update(OF_THE_USER)

    with mock_chime_identity():
        resolver = boto3.Session()._session.get_component("credential_provider")
        found = {provider.METHOD for provider in resolver.providers if provider.load() is not None}

    assert found == {"env"}


def test_code_that_drops_the_keys_asks_no_metadata_service():
    del os.environ["AWS_EC2_METADATA_DISABLED"]

    with mock_chime_identity():
        del os.environ["AWS_ACCESS_KEY_ID"]

        assert boto3.Session().get_credentials() is None


# Region


@pytest.mark.parametrize(
    ("variables", "options", "region_name"),
    [
        ({}, {}, "us-east-1"),
        ({"AWS_DEFAULT_REGION": "eu-central-1"}, {}, "eu-central-1"),
        ({"AWS_REGION": "eu-central-1"}, {}, "eu-central-1"),
        ({"AWS_DEFAULT_REGION": "eu-central-1", "AWS_REGION": "eu-west-1"}, {}, "eu-central-1"),
        ({"AWS_DEFAULT_REGION": "", "AWS_REGION": "eu-central-1"}, {}, "eu-central-1"),
        ({"AWS_DEFAULT_REGION": ""}, {}, "us-east-1"),
        ({"AWS_DEFAULT_REGION": "", "AWS_REGION": ""}, {}, "us-east-1"),
        ({"AWS_DEFAULT_REGION": "eu-west-1"}, {"region_name": "eu-central-1"}, "eu-central-1"),
        ({"AWS_REGION": "eu-west-1"}, {"region_name": "eu-central-1"}, "eu-central-1"),
        ({}, {"region_name": "eu-central-1"}, "eu-central-1"),
    ],
)
def test_the_region(variables, options, region_name):
    os.environ.update(variables)

    with mock_chime_identity(**options):
        assert region_of_clients() == region_name
        arn = boto3.client(SERVICE).create_app_instance(Name="chat")["AppInstanceArn"]
        assert arn.split(":")[3] == region_name


def test_the_option_is_seen_by_code_that_reads_the_environment():
    os.environ.update({"AWS_DEFAULT_REGION": "eu-west-1", "AWS_REGION": "eu-west-2"})

    with mock_chime_identity(region_name="eu-central-1"):
        assert os.environ["AWS_DEFAULT_REGION"] == os.environ["AWS_REGION"] == "eu-central-1"


def test_a_client_may_name_another_region():
    with mock_chime_identity(region_name="eu-central-1"):
        client = boto3.client(SERVICE, region_name="us-east-1")
        arn = client.create_app_instance(Name="chat")["AppInstanceArn"]

    assert arn.split(":")[3] == "us-east-1"


def test_a_default_session_made_before_lends_no_region():
    boto3.setup_default_session(region_name="eu-west-1")

    with mock_chime_identity():
        assert region_of_clients() == "us-east-1"

    assert region_of_clients() == "eu-west-1"


# Passthrough


def test_passthrough_leaves_keys_profiles_and_files_alone(before):
    left_alone = {name: os.environ.get(name) for name in OF_THE_USER if "REGION" not in name}

    with mock_chime_identity(passthrough={"s3"}):
        assert {name: os.environ.get(name) for name in left_alone} == left_alone


def test_passthrough_takes_keys_from_the_users_files(files):
    with mock_chime_identity(passthrough={"s3"}):
        assert key_in_use() == "key-of-the-credentials-file"
        assert key_in_use(profile_name="other") == "key-of-the-other-profile"
        assert boto3.client(SERVICE).list_app_instances()["AppInstances"] == []


@pytest.mark.parametrize(
    ("variables", "options", "region_name"),
    [
        ({}, {}, "eu-central-1"),
        ({"AWS_PROFILE": "other"}, {}, "eu-central-1"),
        ({"AWS_DEFAULT_REGION": "eu-west-1"}, {}, "eu-west-1"),
        ({"AWS_DEFAULT_REGION": "eu-west-1"}, {"region_name": "us-east-1"}, "us-east-1"),
        ({}, {"region_name": "us-east-1"}, "us-east-1"),
    ],
)
def test_passthrough_takes_the_region_of_the_users_file(files, variables, options, region_name):
    os.environ.update(variables)

    with mock_chime_identity(passthrough={"s3"}, **options):
        assert region_of_clients() == region_name


@pytest.mark.parametrize(
    ("variables", "region_name"), [({}, "us-east-1"), ({"AWS_REGION": "eu-west-1"}, "eu-west-1")]
)
def test_passthrough_has_a_region_where_no_file_sets_one(variables, region_name):
    os.environ.update(variables)

    with mock_chime_identity(passthrough={"s3"}):
        assert region_of_clients() == region_name


def test_passthrough_leaves_a_missing_profile_to_be_reported_by_botocore(files):
    os.environ["AWS_PROFILE"] = "missing"

    with mock_chime_identity(passthrough={"s3"}), pytest.raises(ProfileNotFound):
        boto3.client(SERVICE)


def test_passthrough_leaves_a_broken_file_to_be_reported_by_botocore(files):
    (files / "config").write_text("no section here")

    with mock_chime_identity(passthrough={"s3"}), pytest.raises(Exception, match="config"):
        boto3.client(SERVICE)


# Nested


def test_an_inner_region_ends_with_the_inner_mock():
    with mock_chime_identity(region_name="us-east-1"):
        outer_session = boto3.DEFAULT_SESSION
        with mock_chime_identity(region_name="eu-central-1"):
            assert region_of_clients() == "eu-central-1"

        assert region_of_clients() == "us-east-1"
        assert outer_session is None or boto3.DEFAULT_SESSION is outer_session


def test_an_inner_mock_without_options_changes_nothing():
    with mock_chime_identity(region_name="eu-central-1"):
        boto3.client(SERVICE)
        inside = surroundings()
        with mock_chime_identity():
            assert surroundings() == inside

        assert surroundings() == inside


def test_an_inner_passthrough_has_the_users_keys_and_the_outer_has_not(files):
    with mock_chime_identity():
        with mock_chime_identity(passthrough={"s3"}):
            assert key_in_use() == "key-of-the-credentials-file"

        assert key_in_use() == "testing"


def test_an_inner_passthrough_takes_the_region_of_the_users_file(files):
    with mock_chime_identity(), mock_chime_identity(passthrough={"s3"}):
        assert region_of_clients() == "eu-central-1"


def test_an_inner_passthrough_has_a_region_where_no_file_sets_one():
    with pytest.raises(NoRegionError):
        boto3.client(SERVICE)

    with mock_chime_identity(), mock_chime_identity(passthrough={"s3"}):
        assert region_of_clients() == "us-east-1"


def test_an_inner_mock_shares_an_outer_passthrough(files):
    with mock_chime_identity(passthrough={"s3"}), mock_chime_identity(region_name="us-east-1"):
        assert key_in_use() == "key-of-the-credentials-file"
        assert region_of_clients() == "us-east-1"


def test_an_inner_mock_may_end_passthrough(files):
    with mock_chime_identity(passthrough={"s3"}):
        with mock_chime_identity(passthrough=set()):
            assert key_in_use() == "testing"
            assert region_of_clients() == "us-east-1"

        assert key_in_use() == "key-of-the-credentials-file"


# Crosswise


@pytest.mark.parametrize(
    ("first", "second", "region_name"),
    [
        ({}, {}, "us-east-1"),
        ({"region_name": "eu-central-1"}, {}, "us-east-1"),
        ({}, {"region_name": "eu-central-1"}, "eu-central-1"),
        ({"region_name": "us-east-1"}, {"region_name": "eu-central-1"}, "eu-central-1"),
        ({"passthrough": {"s3"}}, {}, "us-east-1"),
        ({"passthrough": {"s3"}}, {"region_name": "eu-central-1"}, "eu-central-1"),
    ],
)
def test_the_one_that_is_left_keeps_its_surroundings(first, second, region_name):
    os.environ.update(OF_THE_USER)
    del os.environ["AWS_DEFAULT_REGION"], os.environ["AWS_REGION"]
    boto3.DEFAULT_SESSION = object()
    before = surroundings()
    ended, left = mock_chime_identity(**first), mock_chime_identity(**second)

    ended.start()
    left.start()
    ended.stop()
    try:
        assert key_in_use() == "testing"
        assert region_of_clients() == region_name
        assert boto3.client(SERVICE).list_app_instances()["AppInstances"] == []
    finally:
        left.stop()

    assert surroundings() == before


@pytest.mark.parametrize("order", ["0123", "3210", "1302", "2031", "1032"])
def test_many_may_end_in_any_order(order, before):
    mocks = [
        mock_chime_identity(),
        mock_chime_identity(region_name="eu-central-1"),
        mock_chime_identity(),
        mock_chime_identity(passthrough={"s3"}),
    ]
    for mock in mocks:
        mock.start()
    for number in order:
        mocks[int(number)].stop()

    assert surroundings() == before


# Afterwards


def use():
    boto3.client(SERVICE).create_app_instance(Name="chat")
    boto3.setup_default_session(region_name="eu-central-1")
    os.environ["AWS_ACCESS_KEY_ID"] = "111122223333"
    os.environ.pop("AWS_DEFAULT_REGION", None)


def test_everything_is_put_back(before):
    with mock_chime_identity():
        use()

    assert surroundings() == before


def test_everything_is_put_back_after_an_exception(before):
    def fail():
        use()
        raise KeyError

    with pytest.raises(KeyError), mock_chime_identity(region_name="eu-central-1"):
        fail()

    assert surroundings() == before


def test_everything_is_put_back_after_nested_exceptions(before):
    with pytest.raises(KeyError), mock_chime_identity(), mock_chime_identity(passthrough={"s3"}):
        raise KeyError

    assert surroundings() == before


def test_one_mock_may_be_entered_twice(before):
    mock = mock_chime_identity(region_name="eu-central-1")
    with mock:
        with mock:
            use()
        assert key_in_use() != "own-key"

    assert surroundings() == before


def test_one_mock_may_be_used_again_and_again(before):
    mock = mock_chime_identity()
    for _ in range(3):
        with mock:
            use()

        assert surroundings() == before


def test_stopping_what_is_not_on_changes_nothing(before):
    with pytest.raises(RuntimeError):
        mock_chime_identity().stop()

    assert surroundings() == before


@pytest.mark.parametrize("options", [{"regoin": "x"}, {"region_name": ""}])
def test_options_that_are_refused_change_nothing(options, before):
    with pytest.raises((TypeError, ValueError)):
        mock_chime_identity(**options).start()

    assert surroundings() == before


# Sessions and their loader


def test_clients_of_two_tests_share_neither_themselves_nor_their_events():
    heard = []
    clients = []
    for number in range(2):
        with mock_chime_identity():
            client = boto3.client(SERVICE)
            clients.append(client)
            client.meta.events.register(
                "before-call", lambda number=number, **_: heard.append(number)
            )
            client.list_app_instances()

    assert clients[0] is not clients[1]
    assert heard == [0, 1]


def test_events_of_a_default_session_end_with_the_mock():
    heard = []
    with mock_chime_identity():
        boto3.setup_default_session()
        boto3.DEFAULT_SESSION.events.register("before-call", lambda **_: heard.append("event"))
        boto3.client(SERVICE).list_app_instances()

    with mock_chime_identity():
        boto3.client(SERVICE).list_app_instances()

    assert heard == ["event"]


def loader_of(session):
    return session._session.get_component("data_loader")


def model_in(session):
    return loader_of(session).load_service_model(SERVICE, "service-2", api_version=None)


def test_sessions_of_all_tests_share_what_was_loaded():
    models = []
    for _ in range(2):
        with mock_chime_identity():
            boto3.client(SERVICE)
            models += [model_in(boto3.DEFAULT_SESSION), model_in(boto3.Session())]

    assert all(model is models[0] for model in models)
    assert model_in(boto3.Session()) is not models[0]


def test_search_paths_of_the_loader_do_not_grow():
    with mock_chime_identity():
        paths = list(loader_of(boto3.Session()).search_paths)
        for _ in range(3):
            boto3.Session()
        with mock_chime_identity(region_name="eu-central-1"):
            boto3.Session()

        assert loader_of(boto3.Session()).search_paths == paths
        assert len(set(paths)) == len(paths)


def test_the_loader_finds_what_a_loader_of_boto3_finds():
    session = boto3.Session(region_name="us-east-1")
    found = (session.get_available_services(), session.get_available_resources())

    with mock_chime_identity():
        session = boto3.Session()
        assert (session.get_available_services(), session.get_available_resources()) == found
        assert boto3.resource("s3").meta.service_name == "s3"


@pytest.fixture
def models(tmp_path):
    """A folder with the model of a service of the user's own."""
    description = {"metadata": {"serviceId": "widgets"}, "operations": {}}
    folder = tmp_path / "models" / "widgets" / "2020-01-01"
    folder.mkdir(parents=True)
    (folder / "service-2.json").write_text(json.dumps(description))
    return tmp_path / "models"


def test_models_in_aws_data_path_are_found(models):
    os.environ["AWS_DATA_PATH"] = str(models)

    with mock_chime_identity():
        assert "widgets" in boto3.Session().get_available_services()
        assert boto3.client(SERVICE).list_app_instances()["AppInstances"] == []

    del os.environ["AWS_DATA_PATH"]
    with mock_chime_identity():
        assert "widgets" not in boto3.Session().get_available_services()


def test_a_search_path_added_to_one_session_is_not_seen_by_a_later_test(models):
    with mock_chime_identity():
        session = boto3.Session()
        paths = loader_of(session).search_paths
        paths.append(str(models))
        try:
            assert "widgets" in session.get_available_services()
        finally:
            paths.remove(str(models))

    with mock_chime_identity():
        assert "widgets" not in boto3.Session().get_available_services()


def test_a_loader_of_the_users_own_is_left_alone():
    loader = Loader()
    with mock_chime_identity():
        session = botocore.session.Session()
        session.register_component("data_loader", loader)

        assert loader_of(boto3.Session(botocore_session=session)) is loader


def test_a_loader_of_the_users_own_is_put_back(monkeypatch):
    def create_loader(search_path_string=None):
        """Never called."""

    monkeypatch.setattr(botocore.session, "create_loader", create_loader)

    with mock_chime_identity():
        assert botocore.session.create_loader is not create_loader

    assert botocore.session.create_loader is create_loader


def test_another_loader_put_in_meanwhile_stays(monkeypatch):
    def create_loader(search_path_string=None):
        """Never called."""

    with monkeypatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", botocore.session.create_loader)
        mock = mock_chime_identity().start()
        botocore.session.create_loader = create_loader

        mock.stop()

        assert botocore.session.create_loader is create_loader


def test_a_plain_dict_can_stand_in_for_the_environment(monkeypatch):
    environment = {"AWS_ACCESS_KEY_ID": "own-key", "AWS_REGION": "eu-central-1"}
    monkeypatch.setattr(os, "environ", environment)

    with mock_chime_identity():
        assert boto3.Session().region_name == "eu-central-1"
        assert boto3.Session().get_credentials().access_key == "testing"
        arn = boto3.client(SERVICE).create_app_instance(Name="chat")["AppInstanceArn"]

    assert ":eu-central-1:123456789012:" in arn
    assert environment == {"AWS_ACCESS_KEY_ID": "own-key", "AWS_REGION": "eu-central-1"}
