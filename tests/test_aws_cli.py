"""The AWS CLI against the server (ledger, in part: requests and errors; lists; tags).

It is the PyPI package awscli; without it these tests are skipped.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from typing import Any

import pytest
from botocore import xform_name
from other_languages import SECONDS, readme_blocks, run, served
from support import LEX_CONFIGURATION, PINPOINT_APP_ARN, SERVICE

pytestmark = pytest.mark.skipif(
    find_spec("awscli") is None, reason="needs the AWS CLI: tox run -e cli"
)


class Cli:
    """The AWS CLI, with these variables in its environment."""

    def __init__(self, env: dict[str, str]) -> None:
        self._env = {**os.environ, **env}

    def run(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the service to its end, whatever that is."""
        return subprocess.run(  # noqa: S603 - the commands are ours
            [sys.executable, "-m", "awscli", SERVICE, command, *arguments],
            env=self._env,
            capture_output=True,
            encoding="utf-8",
            timeout=SECONDS,
            check=False,
        )

    def __call__(self, command: str, *arguments: str, **members: Any) -> Any:
        """What a command prints: JSON, read, or ``None`` when it prints nothing.

        :param members: parameters by AWS's names
        """
        for name, value in members.items():
            text = value if isinstance(value, str) else json.dumps(value)
            arguments += (f"--{xform_name(name, '-')}", text)
        ended = self.run(command, *arguments)
        assert (ended.returncode, ended.stderr) == (0, "")
        return json.loads(ended.stdout) if ended.stdout else None


@pytest.fixture
def server(chime_identity_server):
    return chime_identity_server


@pytest.fixture
def cli(server) -> Cli:
    return Cli(server.env)


@pytest.fixture
def app_instance_arn(server) -> str:
    """An AppInstance with three users: a, b and c."""
    users = [{"AppInstanceUserId": user_id, "Name": user_id.upper()} for user_id in "abc"]
    instance = {"Name": "chat", "AppInstanceUsers": users}
    (arn,) = server.mock.load({"version": 1, "app_instances": [instance]})
    return arn


@pytest.fixture
def user(app_instance_arn) -> dict[str, str]:
    """One of them, as parameters."""
    return {"AppInstanceUserArn": f"{app_instance_arn}/user/a"}


def timeless(answer: dict[str, Any], name: str) -> dict[str, Any]:
    """A described resource without its timestamps, which are in ISO 8601 or seconds."""
    resource = dict(answer[name])
    assert resource.pop("CreatedTimestamp")
    assert resource.pop("LastUpdatedTimestamp")
    return resource


# What a command prints


def test_app_instances(cli):
    instance = cli("create-app-instance", Name="chat 💬", Metadata="é")
    created = {**instance, "Name": "chat 💬", "Metadata": "é"}
    updated = {**instance, "Name": "talk", "Metadata": ""}

    assert timeless(cli("describe-app-instance", **instance), "AppInstance") == created
    assert cli("list-app-instances") == {"AppInstances": [created]}
    assert cli("update-app-instance", **updated) == instance
    assert timeless(cli("describe-app-instance", **instance), "AppInstance") == updated
    assert cli("delete-app-instance", **instance) is None
    assert cli("list-app-instances") == {"AppInstances": []}


def test_retention(cli, app_instance_arn):
    instance = {"AppInstanceArn": app_instance_arn}
    settings = {"ChannelRetentionSettings": {"RetentionDays": 7}}

    put = cli(
        "put-app-instance-retention-settings",
        "--app-instance-retention-settings",
        "ChannelRetentionSettings={RetentionDays=7}",
        **instance,
    )

    assert put["AppInstanceRetentionSettings"] == settings
    assert cli("get-app-instance-retention-settings", **instance) == put


@pytest.mark.rule("user-id-verbatim")
def test_users(cli, app_instance_arn):
    instance = {"AppInstanceArn": app_instance_arn}
    user = {"AppInstanceUserArn": f"{app_instance_arn}/user/us-east-1:a.b@c.d"}
    ann = {"AppInstanceUserId": "us-east-1:a.b@c.d", "Name": "Ann"}
    updated = {**user, "Name": "Ann Smith", "Metadata": "m"}
    expiration = {"ExpirationDays": 30, "ExpirationCriterion": "CREATED_TIMESTAMP"}

    assert cli("create-app-instance-user", **instance, **ann) == user
    assert cli("update-app-instance-user", **updated) == user
    assert cli(
        "put-app-instance-user-expiration-settings", **user, ExpirationSettings=expiration
    ) == {**user, "ExpirationSettings": expiration}
    described = cli("describe-app-instance-user", **user)
    assert timeless(described, "AppInstanceUser") == {**updated, "ExpirationSettings": expiration}
    assert cli("delete-app-instance-user", **user) is None


def test_bots(cli, app_instance_arn):
    instance = {"AppInstanceArn": app_instance_arn}
    configuration = {"Configuration": LEX_CONFIGURATION}

    bot = cli("create-app-instance-bot", **instance, Name="bot 🤖", **configuration)

    described = cli("describe-app-instance-bot", **bot)
    assert timeless(described, "AppInstanceBot") == {**bot, "Name": "bot 🤖", **configuration}
    assert cli("update-app-instance-bot", **bot, Name="Botty", Metadata="m") == bot
    assert cli("list-app-instance-bots", **instance)["AppInstanceBots"] == [
        {**bot, "Name": "Botty", "Metadata": "m"}
    ]
    assert cli("delete-app-instance-bot", **bot) is None


def test_admins(cli, app_instance_arn, user):
    instance = {"AppInstanceArn": app_instance_arn}
    admin = {**instance, "AppInstanceAdminArn": user["AppInstanceUserArn"]}
    identity = {"Arn": user["AppInstanceUserArn"], "Name": "A"}

    assert cli("create-app-instance-admin", **admin) == {**instance, "AppInstanceAdmin": identity}
    described = cli("describe-app-instance-admin", **admin)["AppInstanceAdmin"]
    assert described["Admin"] == identity
    assert cli("list-app-instance-admins", **instance) == {
        **instance,
        "AppInstanceAdmins": [{"Admin": identity}],
    }
    assert cli("delete-app-instance-admin", **admin) is None


def test_endpoints(cli, user):
    endpoint = cli(
        "register-app-instance-user-endpoint",
        "--type=APNS",
        "--endpoint-attributes=DeviceToken=d,VoipDeviceToken=v",
        **user,
        ResourceArn=PINPOINT_APP_ARN,
    )

    described = cli("describe-app-instance-user-endpoint", **endpoint)["AppInstanceUserEndpoint"]
    assert described["EndpointAttributes"] == {"DeviceToken": "d", "VoipDeviceToken": "v"}
    assert cli("update-app-instance-user-endpoint", **endpoint, AllowMessages="NONE") == endpoint
    (listed,) = cli("list-app-instance-user-endpoints", **user)["AppInstanceUserEndpoints"]
    assert listed["AllowMessages"] == "NONE"
    assert cli("deregister-app-instance-user-endpoint", **endpoint) is None


@pytest.mark.rule("tags-merge")
def test_tags(cli, app_instance_arn):
    resource = {"ResourceARN": app_instance_arn}

    assert (
        cli("tag-resource", "--tags", "Key=team,Value=chat", "Key=cost,Value=1 €", **resource)
        is None
    )
    assert cli("untag-resource", "--tag-keys", "team", "none", **resource) is None

    assert cli("list-tags-for-resource", **resource) == {"Tags": [{"Key": "cost", "Value": "1 €"}]}


# Options


def test_query_picks_text(cli, app_instance_arn):
    ended = cli.run(
        "list-app-instance-users",
        f"--app-instance-arn={app_instance_arn}",
        "--query=AppInstanceUsers[].Name",
        "--output=text",
    )

    assert ended.stdout.split() == ["A", "B", "C"]


@pytest.mark.rule("lists", "next-token")
def test_pages_follow_each_other(cli, app_instance_arn):
    parameters = {"AppInstanceArn": app_instance_arn, "MaxResults": 2}

    first = cli("list-app-instance-users", **parameters)
    second = cli("list-app-instance-users", **parameters, NextToken=first["NextToken"])

    assert [user["Name"] for user in first["AppInstanceUsers"]] == ["A", "B"]
    assert [user["Name"] for user in second["AppInstanceUsers"]] == ["C"]
    assert "NextToken" not in second


def test_parameters_can_be_json(cli, app_instance_arn, tmp_path):
    document = tmp_path / "bot.json"
    bot = {
        "AppInstanceArn": app_instance_arn,
        "Name": "bot",
        "Configuration": LEX_CONFIGURATION,
        "Tags": [{"Key": "team", "Value": "chat"}],
    }
    document.write_text(json.dumps(bot), encoding="utf-8")

    arn = cli("create-app-instance-bot", "--cli-input-json", f"file://{document}")[
        "AppInstanceBotArn"
    ]

    assert cli("list-tags-for-resource", ResourceARN=arn)["Tags"] == bot["Tags"]


@pytest.mark.rule("region-account")
def test_region_is_that_of_the_option(cli):
    arn = cli("create-app-instance", "--region=eu-central-1", Name="Plausch")["AppInstanceArn"]

    assert arn.startswith("arn:aws:chime:eu-central-1:123456789012:app-instance/")
    assert cli("list-app-instances") == {"AppInstances": []}


@pytest.mark.rule("token-replay")
def test_repeated_token_makes_no_second(cli):
    first = cli("create-app-instance", Name="chat", ClientRequestToken="10-42")
    second = cli("create-app-instance", Name="chat", ClientRequestToken="10-42")

    assert first == second


# Errors


def complaint(ended: subprocess.CompletedProcess[str]) -> str:
    """The error that a command ends with, as the service sent it."""
    assert ended.stdout == ""
    # What version 1 of the CLI, the one on PyPI, ends with for any error.
    assert ended.returncode == 255
    return ended.stderr.strip()


@pytest.mark.rule("missing-forbidden")
def test_error_is_told_with_its_name(cli, app_instance_arn):
    ended = cli.run(
        "describe-app-instance-user", f"--app-instance-user-arn={app_instance_arn}/user/x"
    )

    # S′: the text behind the colon.
    assert complaint(ended).endswith(
        "An error occurred (ForbiddenException) when calling the DescribeAppInstanceUser operation: "
        "An invalid app instance user ARN was supplied for the input parameter."
    )


@pytest.mark.parametrize(
    ("command", "arguments", "error"),
    [
        ("create-app-instance", [f"--name={'n' * 257}"], "BadRequestException"),
        ("describe-app-instance-bot", ["--app-instance-bot-arn={}/bot/x"], "NotFoundException"),
        ("describe-app-instance", ["--app-instance-arn={}/user/a"], "BadRequestException"),
        (
            "create-app-instance-user",
            ["--app-instance-arn={}", "--app-instance-user-id=a", "--name=Other"],
            "ConflictException",
        ),
        ("list-app-instances", ["--region=eu-west-1"], "ForbiddenException"),
        ("list-app-instances", ["--no-sign-request"], "MissingAuthenticationTokenException"),
    ],
)
def test_errors_have_their_names(cli, app_instance_arn, command, arguments, error):
    ended = cli.run(command, *[argument.format(app_instance_arn) for argument in arguments])

    assert f"An error occurred ({error}) when calling the " in complaint(ended)


def test_cli_tries_again_after_an_error(cli, server):
    server.mock.fail_next("ListAppInstances", "ServiceUnavailableException")

    assert cli("list-app-instances") == {"AppInstances": []}
    assert [call.status for call in server.mock.calls] == [503, 200]


# The README


def test_example_of_the_readme_runs():
    *_, example = readme_blocks("shell")

    with served() as variables:
        shown = run(example, variables)

    assert shown.endswith('[\n    "Ann"\n]\n')
