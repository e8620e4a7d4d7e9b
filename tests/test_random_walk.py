"""Random walks over all operations that change something, held against a model of plain dicts.

The model is written from the ledger alone. CHIME_IDENTITY_MOCK_EXAMPLES is the number of walks (100 unless set).
"""

from __future__ import annotations

import os
from collections import Counter
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import (
    CHANNEL_ARN,
    LEX_CONFIGURATION,
    MISSING_INSTANCE_ARN,
    OPERATIONS,
    PINPOINT_APP_ARN,
)

from chime_identity_mock import ChimeIdentityMock, mock_chime_identity

EXAMPLES = int(os.environ.get("CHIME_IDENTITY_MOCK_EXAMPLES", "100"))
STEPS = 50
MUTATING = {name for name in OPERATIONS if not name.startswith(("Describe", "Get", "List"))}
QUOTAS = {
    "app_instances_per_account": 3,
    "users_per_app_instance": 4,
    "admins_per_app_instance": 2,
    "endpoints_per_user": 2,
}
MAX_TAGS = 50
OTHER_REGION_ARN = MISSING_INSTANCE_ARN.replace("us-east-1", "eu-central-1")
# (the ARN, the error of those who are given it)
BAD_INSTANCES = [
    (MISSING_INSTANCE_ARN, "ForbiddenException"),
    (OTHER_REGION_ARN, "ForbiddenException"),
    (CHANNEL_ARN, "BadRequestException"),
    ("arn:aws:s3:::bucket", "BadRequestException"),
]
USER_IDS = ["ann", "bob", "us-east-1:0a", "d.e@example.com", "5"]
NAMES = ["a", "b", "ö 😀"]
USER_NAMES = ["a", "b", "ö"]
METADATA = [None, "", "m", '{"k":1}']
TOKENS = ["t1", "t2", "t3"]
DEVICES = ["d1", "d2", "d3"]
RESOURCES = [PINPOINT_APP_ARN, "arn:aws:sns:us-east-1:123456789012:topic"]
BIG_TAGS = [{"Key": f"big{number}", "Value": "v"} for number in range(49)]
TAGS = [
    None,
    None,
    [{"Key": "k", "Value": "v"}],
    [{"Key": "m", "Value": "v"}],
    [{"Key": "l", "Value": " "}, {"Key": "k", "Value": "w"}],
    [{"Key": "k", "Value": "v"}, {"Key": "k", "Value": "w"}],
    [{"Key": "aws:k", "Value": "v"}],
    BIG_TAGS,
]
TAG_KEYS = [["k"], ["l", "k"], ["none"], ["k", "k"], ["aws:k"], [tag["Key"] for tag in BIG_TAGS]]
DAYS = [None, None, 1, 3, 30]
HOURS = [1, 5, 6, 18, 24, 49]
CONFIGURATIONS = [
    LEX_CONFIGURATION,
    {"Lex": {**LEX_CONFIGURATION["Lex"], "LocaleId": "de_DE", "WelcomeIntent": "Hello"}},
]
RETENTIONS = [
    {"ChannelRetentionSettings": {"RetentionDays": 7}},
    {"ChannelRetentionSettings": {"RetentionDays": 5475}},
    {"ChannelRetentionSettings": {}},
    {},
]
# What makes is drawn more often than what deletes: there is to be something to walk on.
STEP_NAMES = [
    "AdvanceClock",
    *sorted(MUTATING),
    *(["CreateAppInstance"] * 2),
    *(["CreateAppInstanceUser"] * 4),
    *(["CreateAppInstanceAdmin", "CreateAppInstanceBot", "RegisterAppInstanceUserEndpoint"] * 2),
]

Record = dict[str, Any]
Step = tuple[str, int]


def given_only(**parameters: Any) -> Record:
    return {name: value for name, value in parameters.items() if value is not None}


def tags_error(keys: list[str]) -> str | None:
    is_bad = any(key.startswith("aws:") for key in keys) or len(set(keys)) < len(keys)
    return "BadRequestException" if is_bad else None


def as_dict(tags: list[dict[str, str]] | None) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags or []}


class Walk:
    """Sends requests and says, from plain dicts, what is to become of each.

    The time is counted in hours since the walk began: it takes far less than one by itself.
    """

    def __init__(self, client: Any, mock: ChimeIdentityMock, delay_hours: int) -> None:
        self.client, self.mock, self.delay_hours = client, mock, delay_hours
        self.start, self.hour, self.steps_taken = mock.clock.now(), 0, 0
        self.instances: dict[str, Record] = {}
        self.bot_arns: list[str] = []
        self.endpoint_ids: list[str] = []
        self.succeeded: Counter[str] = Counter()

    def take(self, step: Step) -> None:
        name, luck = step
        # Hypothesis favours small numbers and repeats them: of these alone no varied walk is made.
        self.steps_taken += 1
        self.choose = Random(luck + 2**20 * self.steps_taken).choice  # noqa: S311 - no secret
        getattr(self, name)()
        self._let_expire()

    def _let_expire(self) -> None:
        for instance in self.instances.values():
            for user_id, user in list(instance["users"].items()):
                if user["days"] and user["created"] + 24 * user["days"] <= (
                    self.hour - self.delay_hours
                ):
                    self._forget_user(instance, user_id)

    def _forget_user(self, instance: Record, user_id: str) -> None:
        user = instance["users"].pop(user_id)
        instance["admins"].pop(user["arn"], None)

    def _send(self, operation: str, error: str | None, **parameters: Any) -> Record | None:
        """Send a request; gives the answer to one that was to succeed, ``None`` for an error."""
        method = "".join(f"_{c.lower()}" if c.isupper() else c for c in operation).lstrip("_")
        answer, actual_error = None, None
        try:
            answer = getattr(self.client, method)(**given_only(**parameters))
        except self.client.exceptions.ClientError as raised:
            actual_error = raised.response["Error"]["Code"]
        assert actual_error == error, (operation, parameters)
        if answer is None:
            return None
        self.succeeded[operation] += 1
        return {name: value for name, value in answer.items() if name != "ResponseMetadata"}

    # Choosing what a request is about: what is there, what was there, what never was

    def _choose_instance(self) -> tuple[str, Record | None, str | None]:
        is_bad = not self.instances or self.choose(range(12)) == 0
        present = [(arn, None) for arn in self.instances]
        present += present[:1] * 3
        arn, error = self.choose(BAD_INSTANCES if is_bad else present)
        return arn, self.instances.get(arn), error

    def _choose_user(self) -> tuple[str, Record | None, Record | None, str | None]:
        instance_arn, instance, error = self._choose_instance()
        present = list(instance["users"]) if instance else []
        user_id = self.choose(present * 6 + USER_IDS)
        user = instance["users"].get(user_id) if instance else None
        error = error or (None if user else "ForbiddenException")
        return f"{instance_arn}/user/{user_id}", instance, user, error

    def _choose_bot(self) -> tuple[str, Record | None, Record | None, str | None]:
        missing = f"{MISSING_INSTANCE_ARN}/bot/5"
        present = [arn for instance in self.instances.values() for arn in instance["bots"]]
        arn = self.choose([*present * 3, *self.bot_arns[-2:], missing, CHANNEL_ARN])
        instance = self.instances.get(arn.rpartition("/bot/")[0])
        bot = instance["bots"].get(arn) if instance else None
        missing_error = "BadRequestException" if arn == CHANNEL_ARN else "ForbiddenException"
        return arn, instance, bot, None if bot else missing_error

    def _choose_holder(self) -> tuple[str, Record | None, Record | None, str | None]:
        """A user or a bot."""
        return self._choose_user() if self.choose(range(3)) else self._choose_bot()

    def _choose_endpoint(self) -> tuple[Record, Record | None, Record | None, str | None]:
        arn, _, user, error = self._choose_user()
        users = [user for i in self.instances.values() for user in i["users"].values()]
        with_endpoints = [user for user in users if user["endpoints"]]
        if with_endpoints and self.choose(range(4)):
            user, error = self.choose(with_endpoints), None
            arn = user["arn"]
        present = list(user["endpoints"]) if user else []
        endpoint_id = self.choose(present * 4 + self.endpoint_ids[-2:] + ["missing"])
        endpoint = user["endpoints"].get(endpoint_id) if user else None
        parameters = {"AppInstanceUserArn": arn, "EndpointId": endpoint_id}
        return parameters, user, endpoint, error or (None if endpoint else "ForbiddenException")

    def _choose_resource(self) -> tuple[str, Record | None, str | None]:
        """What can have tags."""
        kind = self.choose(["instance", "user", "bot"])
        if kind == "instance":
            arn, resource, error = self._choose_instance()
            return arn, resource, error
        arn, _, resource, error = self._choose_user() if kind == "user" else self._choose_bot()
        return arn, resource, error

    @staticmethod
    def _by_token(things: dict[str, Record], token: str) -> tuple[str | None, Record | None]:
        return next(((key, t) for key, t in things.items() if t["token"] == token), (None, None))

    # AppInstances

    def CreateAppInstance(self) -> None:  # noqa: N802 - AWS's name, as all of these
        request = given_only(
            Name=self.choose(NAMES), Metadata=self.choose(METADATA), Tags=self.choose(TAGS)
        )
        token = self.choose(TOKENS)
        tags = as_dict(request.get("Tags"))
        made_arn, made = self._by_token(self.instances, token)
        error = tags_error([tag["Key"] for tag in request.get("Tags", [])])
        if error is None and made:
            error = None if made["request"] == request else "ConflictException"
        elif error is None and len(self.instances) >= QUOTAS["app_instances_per_account"]:
            error = "ResourceLimitExceededException"
        answer = self._send("CreateAppInstance", error, **request, ClientRequestToken=token)
        if answer is not None and made:
            assert answer == {"AppInstanceArn": made_arn}
        elif answer is not None:
            assert answer["AppInstanceArn"] not in self.instances
            self.instances[answer["AppInstanceArn"]] = {
                "name": request["Name"],
                "metadata": request.get("Metadata"),
                "tags": tags,
                "request": request,
                "token": token,
                "created": self.hour,
                "updated": self.hour,
                "retention": {},
                "retained": None,
                "users": {},
                "bots": {},
                "admins": {},
            }

    def UpdateAppInstance(self) -> None:  # noqa: N802
        arn, instance, error = self._choose_instance()
        self._update("UpdateAppInstance", error, instance, {"AppInstanceArn": arn}, NAMES)

    def _update(
        self,
        operation: str,
        error: str | None,
        resource: Record | None,
        parameters: Record,
        names: list[str],
    ) -> None:
        name, metadata = self.choose(names), self.choose(METADATA) or ""
        answer = self._send(operation, error, **parameters, Name=name, Metadata=metadata)
        if answer is not None:
            arn_member = next(iter(parameters))
            assert answer == {arn_member: parameters[arn_member]}
            resource.update(name=name, metadata=metadata, updated=self.hour)

    def DeleteAppInstance(self) -> None:  # noqa: N802
        arn, instance, error = self._choose_instance()
        if instance and instance["users"] and self.choose(range(3)):
            return
        if self._send("DeleteAppInstance", error, AppInstanceArn=arn) is not None:
            del self.instances[arn]

    def PutAppInstanceRetentionSettings(self) -> None:  # noqa: N802
        arn, instance, error = self._choose_instance()
        settings = self.choose(RETENTIONS)
        answer = self._send(
            "PutAppInstanceRetentionSettings",
            error,
            AppInstanceArn=arn,
            AppInstanceRetentionSettings=settings,
        )
        if answer is not None:
            is_on = bool(settings.get("ChannelRetentionSettings"))
            instance.update(retention=settings, retained=self.hour if is_on else None)
            self._check_retention(answer, instance)

    # Users

    def CreateAppInstanceUser(self) -> None:  # noqa: N802
        instance_arn, instance, error = self._choose_instance()
        user_id = self.choose(USER_IDS)
        name, metadata = self.choose(USER_NAMES[:2]), self.choose(METADATA)
        days, tags = self.choose(DAYS), self.choose(TAGS)
        present = instance["users"].get(user_id) if instance else None
        error = tags_error([tag["Key"] for tag in tags or []]) or error
        if error is None and present:
            is_same = (present["name"], present["metadata"]) == (name, metadata)
            error = None if is_same else "ConflictException"
        elif error is None and len(instance["users"]) >= QUOTAS["users_per_app_instance"]:
            error = "ResourceLimitExceededException"
        answer = self._send(
            "CreateAppInstanceUser",
            error,
            AppInstanceArn=instance_arn,
            AppInstanceUserId=user_id,
            Name=name,
            Metadata=metadata,
            ClientRequestToken=self.choose(TOKENS),
            Tags=tags,
            ExpirationSettings=self._expiration(days),
        )
        arn = f"{instance_arn}/user/{user_id}"
        if answer is not None:
            assert answer == {"AppInstanceUserArn": arn}
            instance["users"][user_id] = present or {
                "arn": arn,
                "name": name,
                "metadata": metadata,
                "days": days,
                "tags": as_dict(tags),
                "created": self.hour,
                "updated": self.hour,
                "endpoints": {},
            }

    @staticmethod
    def _expiration(days: int | None) -> Record | None:
        return days and {"ExpirationDays": days, "ExpirationCriterion": "CREATED_TIMESTAMP"}

    def UpdateAppInstanceUser(self) -> None:  # noqa: N802
        arn, _, user, error = self._choose_user()
        parameters = {"AppInstanceUserArn": arn}
        self._update("UpdateAppInstanceUser", error, user, parameters, USER_NAMES)

    def PutAppInstanceUserExpirationSettings(self) -> None:  # noqa: N802
        arn, _, user, error = self._choose_user()
        days = self.choose(DAYS)
        settings = given_only(ExpirationSettings=self._expiration(days))
        answer = self._send(
            "PutAppInstanceUserExpirationSettings", error, AppInstanceUserArn=arn, **settings
        )
        if answer is not None:
            assert answer == {"AppInstanceUserArn": arn, **settings}
            user["days"] = days

    def DeleteAppInstanceUser(self) -> None:  # noqa: N802
        arn, instance, _, error = self._choose_user()
        if self._send("DeleteAppInstanceUser", error, AppInstanceUserArn=arn) is not None:
            self._forget_user(instance, arn.rpartition("/user/")[2])

    # Admins

    def CreateAppInstanceAdmin(self) -> None:  # noqa: N802
        arn, instance, holder, error = self._choose_holder()
        instance_arn = arn.rpartition("/")[0].rpartition("/")[0]
        if self.choose(range(8)) == 0:
            instance_arn, instance, _ = self._choose_instance()
            is_member = arn.startswith(f"{instance_arn}/")
            error = error if is_member else "BadRequestException"
        if error is None and arn in instance["admins"]:
            error = "ConflictException"
        elif error is None and len(instance["admins"]) >= QUOTAS["admins_per_app_instance"]:
            error = "ResourceLimitExceededException"
        answer = self._send(
            "CreateAppInstanceAdmin", error, AppInstanceArn=instance_arn, AppInstanceAdminArn=arn
        )
        if answer is not None:
            admin = given_only(Arn=arn, Name=holder["name"])
            assert answer == {"AppInstanceArn": instance_arn, "AppInstanceAdmin": admin}
            instance["admins"][arn] = {"holder": holder, "created": self.hour}

    def DeleteAppInstanceAdmin(self) -> None:  # noqa: N802
        arn, instance, _, error = self._choose_holder()
        if instance and instance["admins"] and self.choose(range(3)):
            arn, error = self.choose(list(instance["admins"])), None
        if error is None and arn not in instance["admins"]:
            error = "ForbiddenException"
        instance_arn = arn.rpartition("/")[0].rpartition("/")[0]
        answer = self._send(
            "DeleteAppInstanceAdmin", error, AppInstanceArn=instance_arn, AppInstanceAdminArn=arn
        )
        if answer is not None:
            del instance["admins"][arn]

    # Bots

    def CreateAppInstanceBot(self) -> None:  # noqa: N802
        arn, instance, error = self._choose_instance()
        request = given_only(
            Name=self.choose([None, *NAMES]),
            Metadata=self.choose(METADATA),
            Tags=self.choose(TAGS),
            Configuration=self.choose(CONFIGURATIONS),
        )
        token = self.choose(TOKENS)
        error = tags_error([tag["Key"] for tag in request.get("Tags", [])]) or error
        made_arn, made = self._by_token(instance["bots"] if instance else {}, token)
        if error is None and made and made["request"] != request:
            error = "ConflictException"
        answer = self._send(
            "CreateAppInstanceBot", error, AppInstanceArn=arn, **request, ClientRequestToken=token
        )
        if answer is not None and made:
            assert answer == {"AppInstanceBotArn": made_arn}
        elif answer is not None:
            bot_arn = answer["AppInstanceBotArn"]
            assert bot_arn.startswith(f"{arn}/bot/")
            assert bot_arn not in self.bot_arns
            self.bot_arns.append(bot_arn)
            instance["bots"][bot_arn] = {
                "name": request.get("Name"),
                "metadata": request.get("Metadata"),
                "configuration": request["Configuration"],
                "tags": as_dict(request.get("Tags")),
                "request": request,
                "token": token,
                "created": self.hour,
                "updated": self.hour,
            }

    def UpdateAppInstanceBot(self) -> None:  # noqa: N802
        arn, _, bot, error = self._choose_bot()
        configuration = self.choose([None, *CONFIGURATIONS])
        parameters = {"AppInstanceBotArn": arn, "Configuration": configuration}
        self._update("UpdateAppInstanceBot", error, bot, parameters, NAMES)
        if error is None and configuration:
            bot["configuration"] = configuration

    def DeleteAppInstanceBot(self) -> None:  # noqa: N802
        arn, instance, _, error = self._choose_bot()
        if self._send("DeleteAppInstanceBot", error, AppInstanceBotArn=arn) is not None:
            del instance["bots"][arn]
            instance["admins"].pop(arn, None)

    # Endpoints

    def RegisterAppInstanceUserEndpoint(self) -> None:  # noqa: N802
        arn, _, user, error = self._choose_user()
        device = self.choose(DEVICES)
        request = given_only(
            Name=self.choose([None, *NAMES]),
            Type=self.choose(["GCM", "APNS"]),
            ResourceArn=self.choose(RESOURCES),
            EndpointAttributes={"DeviceToken": device},
            AllowMessages=self.choose([None, "ALL", "NONE"]),
        )
        token = self.choose(TOKENS)
        endpoints = user["endpoints"] if user else {}
        made_id, made = self._by_token(endpoints, token)
        if error is None and made:
            error = None if made["request"] == request else "ConflictException"
        elif error is None and device in [e["device"] for e in endpoints.values()]:
            error = "ConflictException"
        elif error is None and len(endpoints) >= QUOTAS["endpoints_per_user"]:
            error = "ResourceLimitExceededException"
        answer = self._send(
            "RegisterAppInstanceUserEndpoint",
            error,
            AppInstanceUserArn=arn,
            **request,
            ClientRequestToken=token,
        )
        if answer is not None:
            assert answer["AppInstanceUserArn"] == arn
        if answer is not None and made:
            assert answer["EndpointId"] == made_id
        elif answer is not None:
            assert answer["EndpointId"] not in self.endpoint_ids
            self.endpoint_ids.append(answer["EndpointId"])
            endpoints[answer["EndpointId"]] = {
                "device": device,
                "name": request.get("Name"),
                "allow": request.get("AllowMessages", "ALL"),
                "request": request,
                "token": token,
                "created": self.hour,
                "updated": self.hour,
            }

    def UpdateAppInstanceUserEndpoint(self) -> None:  # noqa: N802
        parameters, _, endpoint, error = self._choose_endpoint()
        name, allow = self.choose([None, *NAMES]), self.choose([None, "ALL", "NONE"])
        answer = self._send(
            "UpdateAppInstanceUserEndpoint", error, **parameters, Name=name, AllowMessages=allow
        )
        if answer is not None:
            assert answer == parameters
            endpoint["updated"] = self.hour
            endpoint["name"] = endpoint["name"] if name is None else name
            endpoint["allow"] = allow or endpoint["allow"]

    def DeregisterAppInstanceUserEndpoint(self) -> None:  # noqa: N802
        parameters, user, _, error = self._choose_endpoint()
        answer = self._send("DeregisterAppInstanceUserEndpoint", error, **parameters)
        if answer is not None:
            del user["endpoints"][parameters["EndpointId"]]

    # Tags

    def TagResource(self) -> None:  # noqa: N802
        arn, resource, error = self._choose_resource()
        tags = self.choose(TAGS[2:])
        error = tags_error([tag["Key"] for tag in tags]) or error
        if error is None and len(resource["tags"].keys() | as_dict(tags).keys()) > MAX_TAGS:
            error = "ResourceLimitExceededException"
        if self._send("TagResource", error, ResourceARN=arn, Tags=tags) is not None:
            resource["tags"].update(as_dict(tags))

    def UntagResource(self) -> None:  # noqa: N802
        arn, resource, error = self._choose_resource()
        keys = self.choose(TAG_KEYS)
        error = tags_error(keys) or error
        if self._send("UntagResource", error, ResourceARN=arn, TagKeys=keys) is not None:
            for key in keys:
                resource["tags"].pop(key, None)

    def AdvanceClock(self) -> None:  # noqa: N802
        hours = self.choose(HOURS)
        self.mock.clock.advance(hours=hours)
        self.hour += hours

    # Comparing

    def check(self, max_results: int) -> None:
        """Hold all that the service shows against the model."""
        instances = self._all("app_instances", max_results)
        assert instances == [
            self._summary(AppInstanceArn=arn, **instance)
            for arn, instance in self.instances.items()
        ]
        for arn, instance in self.instances.items():
            self._check_instance(arn, instance, max_results)

    def _check_instance(self, arn: str, instance: Record, max_results: int) -> None:
        parent = {"AppInstanceArn": arn}
        described = self.client.describe_app_instance(**parent)["AppInstance"]
        self._check_times(described, instance)
        assert described == self._summary(**parent, **instance)
        self._check_tags(arn, instance)
        retention = self.client.get_app_instance_retention_settings(**parent)
        self._check_retention(retention, instance)

        assert self._all("app_instance_users", max_results, **parent) == [
            self._summary(AppInstanceUserArn=user["arn"], **user)
            for user in instance["users"].values()
        ]
        assert self._all("app_instance_bots", max_results, **parent) == [
            self._summary(AppInstanceBotArn=bot_arn, **bot)
            for bot_arn, bot in instance["bots"].items()
        ]
        assert self._all("app_instance_admins", max_results, **parent) == [
            {"Admin": given_only(Arn=holder_arn, Name=admin["holder"]["name"])}
            for holder_arn, admin in instance["admins"].items()
        ]
        for user in instance["users"].values():
            self._check_user(user, max_results)
        for bot_arn, bot in instance["bots"].items():
            self._check_bot(bot_arn, bot)
        for holder_arn, admin in instance["admins"].items():
            self._check_admin(arn, holder_arn, admin)

    def _check_user(self, user: Record, max_results: int) -> None:
        arn = {"AppInstanceUserArn": user["arn"]}
        described = self.client.describe_app_instance_user(**arn)["AppInstanceUser"]
        self._check_times(described, user)
        expiration = given_only(ExpirationSettings=self._expiration(user["days"]))
        assert described == {**self._summary(**arn, **user), **expiration}
        self._check_tags(user["arn"], user)

        listed = self._all("app_instance_user_endpoints", max_results, **arn)
        assert [endpoint["EndpointId"] for endpoint in listed] == list(user["endpoints"])
        for summary, endpoint in zip(listed, user["endpoints"].values(), strict=True):
            endpoint_id = summary["EndpointId"]
            described = self.client.describe_app_instance_user_endpoint(
                **arn, EndpointId=endpoint_id
            )["AppInstanceUserEndpoint"]
            self._check_times(described, endpoint)
            is_pinpoint = endpoint["request"]["ResourceArn"] == PINPOINT_APP_ARN
            shown = {
                **arn,
                "EndpointId": endpoint_id,
                **given_only(Name=endpoint["name"]),
                "Type": endpoint["request"]["Type"],
                "AllowMessages": endpoint["allow"],
                "EndpointState": {"Status": "ACTIVE"}
                if is_pinpoint
                else {"Status": "INACTIVE", "StatusReason": "INVALID_PINPOINT_ARN"},
            }
            assert summary == shown
            assert described == {
                **shown,
                "ResourceArn": endpoint["request"]["ResourceArn"],
                "EndpointAttributes": {"DeviceToken": endpoint["device"]},
            }

    def _check_bot(self, arn: str, bot: Record) -> None:
        described = self.client.describe_app_instance_bot(AppInstanceBotArn=arn)["AppInstanceBot"]
        self._check_times(described, bot)
        assert described == {
            **self._summary(AppInstanceBotArn=arn, **bot),
            "Configuration": bot["configuration"],
        }
        self._check_tags(arn, bot)

    def _check_admin(self, instance_arn: str, holder_arn: str, admin: Record) -> None:
        described = self.client.describe_app_instance_admin(
            AppInstanceArn=instance_arn, AppInstanceAdminArn=holder_arn
        )["AppInstanceAdmin"]
        self._check_time(described.pop("CreatedTimestamp"), admin["created"])
        assert described == {
            "Admin": given_only(Arn=holder_arn, Name=admin["holder"]["name"]),
            "AppInstanceArn": instance_arn,
        }

    def _check_tags(self, arn: str, resource: Record) -> None:
        listed = self.client.list_tags_for_resource(ResourceARN=arn)["Tags"]
        assert [(tag["Key"], tag["Value"]) for tag in listed] == list(resource["tags"].items())

    def _check_retention(self, answer: Record, instance: Record) -> None:
        assert answer["AppInstanceRetentionSettings"] == instance["retention"]
        assert ("InitiateDeletionTimestamp" in answer) == (instance["retained"] is not None)
        if instance["retained"] is not None:
            moment = answer["InitiateDeletionTimestamp"] - timedelta(days=30)
            self._check_time(moment, instance["retained"])

    def _check_times(self, described: Record, record: Record) -> None:
        created = described.pop("CreatedTimestamp")
        updated = described.pop("LastUpdatedTimestamp")
        self._check_time(created, record["created"])
        self._check_time(updated, record["updated"])
        assert created <= updated

    def _check_time(self, moment: datetime, hour: int) -> None:
        walked = self.mock.clock.now() - self.start - timedelta(hours=self.hour)
        assert timedelta() <= moment - self.start - timedelta(hours=hour) <= walked

    def _all(self, plural: str, max_results: int, **parent: str) -> list[Record]:
        operation = getattr(self.client, f"list_{plural}")
        member = "".join(word.capitalize() for word in plural.split("_"))
        found: list[Record] = []
        token: Record = {}
        while True:
            answer = operation(**parent, MaxResults=max_results, **token)
            if "NextToken" not in answer:
                return found + answer[member]
            assert len(answer[member]) == max_results
            found += answer[member]
            token = {"NextToken": answer["NextToken"]}

    @staticmethod
    def _summary(*, name: str | None, metadata: str | None, **record: Any) -> Record:
        arn = {member: value for member, value in record.items() if member.endswith("Arn")}
        return {**arn, **given_only(Name=name, Metadata=metadata)}


steps = st.lists(
    st.tuples(
        st.sampled_from(STEP_NAMES),
        st.integers(0, 2**16),
    ),
    min_size=STEPS,
    max_size=STEPS + 10,
)


@pytest.mark.rule(
    "names-not-unique",
    "arn-kind",
    "arn-foreign",
    "missing-forbidden",
    "token-replay",
    "token-conflict",
    "token-scope",
    "user-repeat",
    "user-conflict",
    "user-id-again",
    "admin-conflict",
    "device-token-conflict",
    "lists",
    "next-token",
    "updates",
    "timestamps",
    "delete-app-instance",
    "delete-cascades",
    "retention",
    "retention-start",
    "expiration",
    "expiration-delay",
    "tags-merge",
    "tags-limits",
    "quotas",
)
def test_random_walks_do_as_plain_dicts_do(mock, client):
    succeeded: Counter[str] = Counter()

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(steps=steps, delay_hours=st.sampled_from([0, 6]), max_results=st.integers(1, 5))
    def walk_on(steps: list[Step], delay_hours: int, max_results: int) -> None:
        mock.reset()
        with mock_chime_identity(quotas=QUOTAS, expiration_delay=timedelta(hours=delay_hours)):
            walk = Walk(client, mock, delay_hours)
            walk.take(("CreateAppInstance", 0))
            for number, step in enumerate(steps, 1):
                walk.take(step)
                if number % 25 == 0:
                    walk.check(max_results)
            walk.check(max_results)
        succeeded.update(walk.succeeded)

    walk_on()

    assert succeeded.keys() == MUTATING
