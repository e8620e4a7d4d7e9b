"""Held against botocore's data: every operation, resource, error, region and host name."""

from __future__ import annotations

import dataclasses
import inspect
from urllib.parse import urlencode

import boto3
import pytest
from botocore import xform_name
from botocore.serialize import create_serializer
from support import (
    LEX_CONFIGURATION,
    MODEL,
    OPERATIONS,
    PINPOINT_APP_ARN,
    SERVICE,
    authorization,
    send,
)

from chime_identity_mock import exceptions, models, service
from chime_identity_mock.backend import ChimeIdentityBackend

each_operation = pytest.mark.parametrize("operation_name", OPERATIONS)
TOKEN = {"ClientRequestToken": "a-token"}
ENDPOINT = {"Type": "GCM", "ResourceArn": PINPOINT_APP_ARN}
EXPIRATION = {"ExpirationDays": 30, "ExpirationCriterion": "CREATED_TIMESTAMP"}


@pytest.fixture
def parameters(client, app_instance_arn, user_arn):
    """Good parameters for each operation, in an order in which they can all be called."""
    bot_arn = client.create_app_instance_bot(
        AppInstanceArn=app_instance_arn, Configuration=LEX_CONFIGURATION
    )["AppInstanceBotArn"]
    client.create_app_instance_admin(AppInstanceArn=app_instance_arn, AppInstanceAdminArn=user_arn)
    endpoint_id = client.register_app_instance_user_endpoint(
        AppInstanceUserArn=user_arn, **ENDPOINT, EndpointAttributes={"DeviceToken": "first"}
    )["EndpointId"]
    instance = {"AppInstanceArn": app_instance_arn}
    user = {"AppInstanceUserArn": user_arn}
    bot = {"AppInstanceBotArn": bot_arn}
    admin = {**instance, "AppInstanceAdminArn": user_arn}
    endpoint = {**user, "EndpointId": endpoint_id}
    tags = {"Tags": [{"Key": "k", "Value": "v"}]}
    changed = {"Name": "new", "Metadata": "new"}
    page = {"MaxResults": 1}
    return {
        "CreateAppInstance": {"Name": "other", "Metadata": "m", **tags, **TOKEN},
        "DescribeAppInstance": instance,
        "ListAppInstances": page,
        "UpdateAppInstance": {**instance, **changed},
        "PutAppInstanceRetentionSettings": {
            **instance,
            "AppInstanceRetentionSettings": {"ChannelRetentionSettings": {"RetentionDays": 7}},
        },
        "GetAppInstanceRetentionSettings": instance,
        "CreateAppInstanceUser": {
            **instance,
            "AppInstanceUserId": "bob",
            "Name": "Bob",
            "ExpirationSettings": EXPIRATION,
            **tags,
            **TOKEN,
        },
        "DescribeAppInstanceUser": user,
        "ListAppInstanceUsers": {**instance, **page},
        "UpdateAppInstanceUser": {**user, **changed},
        "PutAppInstanceUserExpirationSettings": {**user, "ExpirationSettings": EXPIRATION},
        "CreateAppInstanceBot": {
            **instance,
            "Name": "bot",
            "Configuration": LEX_CONFIGURATION,
            **tags,
            **TOKEN,
        },
        "DescribeAppInstanceBot": bot,
        "ListAppInstanceBots": {**instance, **page},
        "UpdateAppInstanceBot": {**bot, **changed, "Configuration": LEX_CONFIGURATION},
        "CreateAppInstanceAdmin": {**instance, "AppInstanceAdminArn": bot_arn},
        "DescribeAppInstanceAdmin": admin,
        "ListAppInstanceAdmins": {**instance, **page},
        "RegisterAppInstanceUserEndpoint": {
            **user,
            **ENDPOINT,
            "Name": "phone",
            "EndpointAttributes": {"DeviceToken": "second"},
            "AllowMessages": "NONE",
            **TOKEN,
        },
        "DescribeAppInstanceUserEndpoint": endpoint,
        "ListAppInstanceUserEndpoints": {**user, **page},
        "UpdateAppInstanceUserEndpoint": {**endpoint, "Name": "new", "AllowMessages": "ALL"},
        "TagResource": {"ResourceARN": app_instance_arn, **tags},
        "ListTagsForResource": {"ResourceARN": app_instance_arn},
        "UntagResource": {"ResourceARN": app_instance_arn, "TagKeys": ["k"]},
        "DeregisterAppInstanceUserEndpoint": endpoint,
        "DeleteAppInstanceAdmin": admin,
        "DeleteAppInstanceBot": bot,
        "DeleteAppInstanceUser": user,
        "DeleteAppInstance": instance,
    }


SERIALIZER = create_serializer("rest-json", include_validation=False)


def send_raw(operation_name, members, **signature):
    """Send what botocore would send, were it not for its checks."""
    operation_model = MODEL.operation_model(operation_name)
    request = SERIALIZER.serialize_to_request(members, operation_model)
    target, query = request["url_path"], request["query_string"]
    if query:
        target += f"?{urlencode(query)}"
    return send(request["method"], target, request["body"] or b"", **signature)


def everything(parameters):
    """All that reading operations answer."""
    return {
        name: send_raw(name, members).body
        for name, members in parameters.items()
        if MODEL.operation_model(name).http["method"] == "GET"
    }


# Operations


@each_operation
def test_backend_has_a_method_of_the_operations_members(operation_name):
    shape = MODEL.operation_model(operation_name).input_shape
    method = getattr(ChimeIdentityBackend, xform_name(operation_name))
    _, *parameters = inspect.signature(method).parameters.values()

    required = {xform_name(name) for name in shape.required_members}
    assert {p.name for p in parameters} == {xform_name(name) for name in shape.members}
    assert {p.kind for p in parameters} <= {inspect.Parameter.KEYWORD_ONLY}
    assert {p.name for p in parameters if p.default is inspect.Parameter.empty} == required


def test_backend_has_no_public_method_that_is_no_operation():
    own = {
        name
        for name, value in vars(ChimeIdentityBackend).items()
        if inspect.isfunction(value) and not name.startswith("_")
    }

    assert own == {xform_name(name) for name in OPERATIONS}


def test_every_operation_answers_in_a_life_cycle(client, parameters):
    called = []
    client.meta.events.register(
        f"after-call.{SERVICE}", lambda model, **_: called.append(model.name)
    )

    for operation_name, members in parameters.items():
        getattr(client, xform_name(operation_name))(**members)

    assert sorted(called) == OPERATIONS


@each_operation
def test_success_has_the_models_status(parameters, operation_name):
    answer = send_raw(operation_name, parameters[operation_name])

    expected = MODEL.operation_model(operation_name).http.get("responseCode", 200)
    assert (answer.status, answer.error) == (expected, None)


@pytest.mark.rule("unsigned", "atomic")
@each_operation
def test_unsigned_request_is_refused_and_changes_nothing(parameters, operation_name):
    before = everything(parameters)

    answer = send_raw(operation_name, parameters[operation_name], headers={})

    assert (answer.status, answer.error) == (403, "MissingAuthenticationTokenException")
    assert everything(parameters) == before


@pytest.mark.rule("regions")
@each_operation
def test_request_to_a_region_without_the_service_is_refused(parameters, operation_name):
    # S: every operation answers ForbiddenException there.
    answer = send_raw(operation_name, parameters[operation_name], region_name="eu-north-1")

    assert (answer.status, answer.error) == (403, "ForbiddenException")
    assert answer.body["Code"] == "Forbidden"


@pytest.mark.rule("apart")
@each_operation
def test_request_of_another_account_leaves_this_ones_data_alone(parameters, operation_name):
    before = everything(parameters)

    send_raw(operation_name, parameters[operation_name], access_key="210987654321")

    assert everything(parameters) == before


REQUIRED = [
    (name, member)
    for name in OPERATIONS
    for member in MODEL.operation_model(name).input_shape.required_members
]


@pytest.mark.rule("constraints", "atomic")
@pytest.mark.parametrize(("operation_name", "member"), REQUIRED)
def test_request_without_a_required_member_is_bad_and_changes_nothing(
    parameters, operation_name, member
):
    members = {**parameters[operation_name]}
    location = MODEL.operation_model(operation_name).input_shape.members[member].serialization
    if location.get("location") == "uri":
        members[member] = ""
    else:
        del members[member]
    before = everything(parameters)

    answer = send_raw(operation_name, members)

    # Ids of endpoints have no minimum in the model, so an empty one names no endpoint.
    error = "ForbiddenException" if member == "EndpointId" else "BadRequestException"
    assert answer.error == error
    assert everything(parameters) == before


@each_operation
def test_client_has_a_method_of_every_operation_that_takes_no_other_members(
    client, parameters, operation_name
):
    assert parameters[operation_name].keys() <= (
        MODEL.operation_model(operation_name).input_shape.members.keys()
    )
    assert callable(getattr(client, xform_name(operation_name)))


# Resources


@pytest.mark.parametrize(
    "resource",
    [
        value
        for value in vars(models).values()
        if dataclasses.is_dataclass(value) and value.__module__ == models.__name__
    ],
)
def test_resource_has_every_member_of_its_shape(resource):
    shape = MODEL.shape_for(resource.__name__)
    names = {field.name for field in dataclasses.fields(resource)} | {
        name for name, value in vars(resource).items() if isinstance(value, property)
    }

    assert {xform_name(name) for name in shape.members} <= names


# Errors


def test_error_classes_are_the_models_error_shapes():
    classes = {
        name
        for name, value in vars(exceptions).items()
        if hasattr(value, "ERROR_CODE") and not name.startswith("_")
    }

    assert classes == {shape.name for shape in MODEL.error_shapes}
    assert len(classes) == 9


@pytest.mark.rule("error-form", "error-status")
@pytest.mark.parametrize("shape", MODEL.error_shapes, ids=lambda shape: shape.name)
def test_error_class_has_the_shapes_status_and_a_code_of_the_model(shape):
    error_class = getattr(exceptions, shape.name)

    assert shape.metadata["error"]["httpStatusCode"] == error_class.STATUS
    assert error_class.ERROR_CODE in MODEL.shape_for("ErrorCode").enum
    assert shape.name in (
        f"{error_class.ERROR_CODE}Exception",
        f"{error_class.ERROR_CODE}ClientException",
    )


# Regions, hosts and the model itself


@pytest.mark.rule("regions")
def test_service_exists_in_the_regions_that_botocore_lists():
    session = boto3.Session()
    listed = {
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions(SERVICE, partition)
    }

    assert service.regions() == listed
    assert "us-east-1" in listed


HOSTS = [
    "https://identity-chime.us-east-1.amazonaws.com",
    "https://identity-chime-fips.us-east-1.amazonaws.com/",
    "https://identity-chime.eu-central-1.api.aws/app-instances?x=y",
    "https://identity-chime-fips.us-east-1.api.aws",
    "https://identity-chime.cn-north-1.amazonaws.com.cn",
    "https://identity-chime.us-iso-east-1.c2s.ic.gov",
    "https://IDENTITY-CHIME.us-east-1.AMAZONAWS.com:443/",
]
OTHER_AWS_HOSTS = [
    "https://s3.us-east-1.amazonaws.com/identity-chime.us-east-1.amazonaws.com",
    "https://messaging-chime.us-east-1.amazonaws.com",
    "https://bucket.s3.amazonaws.com",
    "https://service.chime.aws.amazon.com",
]
FOREIGN_HOSTS = [
    "http://localhost:4566",
    "http://127.0.0.1/identity-chime.us-east-1.amazonaws.com",
    "https://identity-chime.example.com",
    "https://amazonaws.com.example.com",
    "https://notamazonaws.com",
    "http://[::1]:80/",
    "",
]


@pytest.mark.rule("hosts")
@pytest.mark.parametrize("url", HOSTS)
def test_own_hosts_are_told(url):
    assert service.is_service_url(url)
    assert service.is_aws_url(url)


@pytest.mark.parametrize("url", OTHER_AWS_HOSTS)
def test_other_hosts_of_aws_are_told(url):
    assert not service.is_service_url(url)
    assert service.is_aws_url(url)


@pytest.mark.parametrize("url", FOREIGN_HOSTS)
def test_foreign_hosts_are_told(url):
    assert not service.is_service_url(url)
    assert not service.is_aws_url(url)


@pytest.mark.rule("hosts")
@pytest.mark.parametrize(
    "options", [{}, {"use_fips_endpoint": True}, {"use_dualstack_endpoint": True}]
)
@pytest.mark.parametrize(
    "region_name", ["us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1"]
)
def test_hosts_that_botocore_builds_are_own(region_name, options):
    config = boto3.session.Config(**options)
    client = boto3.client(
        SERVICE,
        region_name=region_name,
        config=config,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )

    assert service.is_service_url(client.meta.endpoint_url)


def test_the_model_is_read_once_and_is_botocores():
    assert service.service_model() is service.service_model()
    assert service.service_model().metadata == MODEL.metadata
    assert sorted(service.service_model().operation_names) == OPERATIONS


def test_sessions_that_share_the_loader_do_not_pile_up_search_paths(mock):
    before = list(service.loader.search_paths)

    for _ in range(2):
        boto3.Session()

    assert service.loader.search_paths == before
    assert len(set(before)) == len(before)


def test_signature_is_made_for_the_models_signing_name():
    assert MODEL.signing_name == service.SIGNING_NAME
    assert f"/{service.SIGNING_NAME}/aws4_request" in authorization()
