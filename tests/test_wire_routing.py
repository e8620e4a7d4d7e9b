"""From method, path and query to operation and labels (ledger, in part: requests and errors).

S: a generated client sends ARNs plain. I: what is read where a path can be read in two ways.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, unquote, unquote_to_bytes

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support import CHANNEL_ARN, MISSING_INSTANCE_ARN, MODEL, OPERATIONS, send

from chime_identity_mock import UnknownOperationException
from chime_identity_mock.models import is_arn_of
from chime_identity_mock.wire import Wire, read_query

WIRE = Wire(MODEL, is_arn_of)

INSTANCE_ARN = MISSING_INSTANCE_ARN
USER_ARN = f"{INSTANCE_ARN}/user/ann"
BOT_ARN = f"{INSTANCE_ARN}/bot/11111111-2222-4333-8444-555555555555"
LEX_ARN = "arn:aws:lex:us-east-1:123456789012:bot-alias/B/A"
LABELS = {
    "appInstanceArn": INSTANCE_ARN,
    "appInstanceUserArn": USER_ARN,
    "appInstanceBotArn": BOT_ARN,
    "appInstanceAdminArn": USER_ARN,
    "endpointId": "33333333-4444-4555-8666-777777777777",
}
WITH_LABELS = [name for name in OPERATIONS if "{" in MODEL.operation_model(name).http["requestUri"]]
ADMIN_OPERATIONS = ["DeleteAppInstanceAdmin", "DescribeAppInstanceAdmin"]
USER_OPERATIONS = [
    name
    for name in WITH_LABELS
    if re.search(r"{\w+(User|Admin)Arn}", str(MODEL.operation_model(name).http))
]

# Users may be called as the fixed words of paths are, or as the words within ARNs.
ODD_USER_IDS = [
    "admins",
    "app-instance",
    "app-instance-users",
    "app-instances",
    "arn:aws:chime",
    "bot",
    "endpoints",
    "expiration-settings",
    "retention-settings",
    "user",
]


def encoded(text):
    return quote(text, safe="")


def lower_encoded(text):
    return encoded(text).replace("%3A", "%3a").replace("%2F", "%2f")


def with_colons_encoded(text):
    return quote(text, safe="/")


def with_slashes_encoded(text):
    return quote(text, safe=":@")


def plain(text):
    return text


def as_wsgi_decodes(text):
    return unquote_to_bytes(encoded(text)).decode("latin-1").encode("latin-1").decode()


SPELLINGS = [
    encoded,
    lower_encoded,
    with_colons_encoded,
    with_slashes_encoded,
    plain,
    as_wsgi_decodes,
]
each_spelling = pytest.mark.parametrize("spell", SPELLINGS)


def request_of(operation_name, spell, **labels):
    """Method, path and query of an operation, and its labels as they are to be read."""
    http = MODEL.operation_model(operation_name).http
    path, _, query = http["requestUri"].partition("?")
    names = re.findall(r"{(\w+)}", path)
    wanted = {name: labels.get(name, LABELS[name]) for name in names}
    path = re.sub(r"{(\w+)}", lambda label: spell(wanted[label[1]]), path)
    return http["method"], path, dict([query.split("=")] if query else []), wanted


def route(method, path, query=None, operation_name=None):
    operation, labels = WIRE.route(method, path, query or {}, operation_name)
    return operation.name, labels


@pytest.mark.rule("paths-encoded-or-plain")
@each_spelling
@pytest.mark.parametrize("operation_name", OPERATIONS)
def test_operation_is_found_by_its_route(operation_name, spell):
    method, path, query, labels = request_of(operation_name, spell)

    assert route(method, path, query) == (operation_name, labels)


@pytest.mark.parametrize("operation_name", OPERATIONS)
def test_operation_that_is_known_reads_its_own_path(operation_name):
    method, path, query, labels = request_of(operation_name, encoded)

    assert route(method, path, query, operation_name) == (operation_name, labels)


@pytest.mark.parametrize("operation_name", OPERATIONS)
def test_base_path_is_taken_where_the_operation_is_known(operation_name):
    method, path, query, labels = request_of(operation_name, encoded)

    assert route(method, f"/base/path{path}", query, operation_name) == (operation_name, labels)


@pytest.mark.rule("unknown-operation")
@pytest.mark.parametrize("operation_name", OPERATIONS)
def test_base_path_is_not_taken_where_the_operation_is_not_known(operation_name):
    method, path, query, _ = request_of(operation_name, encoded)

    with pytest.raises(UnknownOperationException):
        route(method, f"/base/path{path}", query)


def test_known_operation_whose_path_is_anothers_gives_way_to_it():
    path = f"/app-instances/{encoded(INSTANCE_ARN)}"

    assert route("GET", path, {}, "ListAppInstances")[0] == "DescribeAppInstance"


@pytest.mark.rule("unknown-operation")
def test_operation_that_the_model_has_not_is_unknown_whoever_names_it():
    with pytest.raises(UnknownOperationException):
        route("GET", "/app-instance-ponies", {}, "ListAppInstancePonies")


def test_compiled_operation_is_kept():
    assert WIRE.operation("TagResource") is WIRE.operation("TagResource")


@pytest.mark.parametrize(
    ("query", "operation_name"),
    [
        ({"operation": "tag-resource"}, "TagResource"),
        ({"operation": "untag-resource"}, "UntagResource"),
        ({"x": "", "operation": "untag-resource", "y": "1"}, "UntagResource"),
    ],
)
def test_query_in_the_models_path_tells_two_operations_of_one_path_apart(query, operation_name):
    assert route("POST", "/tags", query) == (operation_name, {})


@pytest.mark.rule("unknown-operation")
@pytest.mark.parametrize(
    "query", [{}, {"operation": ""}, {"operation": "Tag-Resource"}, {"tag-resource": ""}]
)
def test_query_in_the_models_path_must_be_there(query):
    with pytest.raises(UnknownOperationException):
        route("POST", "/tags", query)


@pytest.mark.rule("unknown-ignored")
def test_query_that_the_model_does_not_know_is_no_hindrance():
    assert route("GET", "/app-instances", {"operation": "tag-resource"})[0] == "ListAppInstances"


@pytest.mark.rule("empty-label")
@pytest.mark.parametrize(
    ("method", "path", "operation_name", "labels"),
    [
        ("GET", "/app-instances/", "DescribeAppInstance", [""]),
        ("PUT", "/app-instances/", "UpdateAppInstance", [""]),
        ("DELETE", "/app-instances/", "DeleteAppInstance", [""]),
        ("GET", "/app-instance-users/", "DescribeAppInstanceUser", [""]),
        ("GET", "/app-instance-bots/", "DescribeAppInstanceBot", [""]),
        ("GET", "/app-instances//admins", "ListAppInstanceAdmins", [""]),
        ("GET", "/app-instances//admins/", "DescribeAppInstanceAdmin", ["", ""]),
        ("PUT", "/app-instances//retention-settings", "PutAppInstanceRetentionSettings", [""]),
        ("GET", "/app-instance-users//endpoints", "ListAppInstanceUserEndpoints", [""]),
        ("GET", "/app-instance-users//endpoints/", "DescribeAppInstanceUserEndpoint", ["", ""]),
    ],
)
def test_empty_label_stays_a_label(method, path, operation_name, labels):
    name, read = route(method, path)

    assert name == operation_name
    assert list(read.values()) == labels


@pytest.mark.rule("empty-label")
@each_spelling
@pytest.mark.parametrize("user_id", ["ann", *ODD_USER_IDS])
def test_describing_an_endpoint_with_an_empty_id_is_never_a_list(user_id, spell):
    arn = f"{INSTANCE_ARN}/user/{user_id}"

    assert route("GET", f"/app-instance-users/{spell(arn)}/endpoints/") == (
        "DescribeAppInstanceUserEndpoint",
        {"appInstanceUserArn": arn, "endpointId": ""},
    )


@pytest.mark.rule("empty-label")
@each_spelling
def test_describing_an_admin_with_an_empty_arn_is_never_a_list(spell):
    path = f"/app-instances/{spell(INSTANCE_ARN)}/admins/"

    assert route("GET", path)[0] != "ListAppInstanceAdmins"


@pytest.mark.rule("empty-label")
@each_spelling
def test_a_trailing_slash_is_never_dropped(mock, spell):
    for target in (
        f"/app-instances/{spell(INSTANCE_ARN)}/",
        f"/app-instances/{spell(INSTANCE_ARN)}/admins/",
        f"/app-instances/{spell(INSTANCE_ARN)}/retention-settings/",
        f"/app-instance-users/{spell(USER_ARN)}/",
        "/app-instances/",
        "/tags/",
    ):
        assert send("GET", target).error in ("BadRequestException", "UnknownOperationException")


@pytest.mark.rule("unknown-operation")
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("GET", "/"),
        ("GET", "//app-instances"),
        ("GET", "app-instances"),
        ("GET", "/App-Instances"),
        ("GET", "/app-instance"),
        ("GET", "/app-instances-x"),
        ("GET", "/channels"),
        ("GET", "/app-instances/a/b"),
        ("GET", f"/app-instances/{encoded(INSTANCE_ARN)}/channels"),
        ("GET", f"/app-instances/{encoded(INSTANCE_ARN)}/admins/{encoded(USER_ARN)}/x"),
        ("GET", f"/app-instance-users/{encoded(USER_ARN)}/expiration-settings"),
        ("DELETE", "/app-instances"),
        ("PATCH", "/app-instances"),
        ("get", "/app-instances"),
        ("HEAD", "/app-instances"),
        ("OPTIONS", "/app-instances"),
        ("POST", f"/app-instances/{encoded(INSTANCE_ARN)}"),
        ("POST", f"/app-instances/{INSTANCE_ARN}"),
        ("PUT", "/tags"),
    ],
)
def test_unknown_path_or_method_is_refused(method, path):
    with pytest.raises(UnknownOperationException) as error:
        route(method, path)

    assert error.value.status == 404


@pytest.mark.rule("paths-encoded-or-plain")
@each_spelling
@pytest.mark.parametrize("user_id", ODD_USER_IDS)
@pytest.mark.parametrize("operation_name", USER_OPERATIONS)
def test_users_may_be_called_as_paths_are(operation_name, user_id, spell):
    arn = f"{INSTANCE_ARN}/user/{user_id}"
    method, path, query, labels = request_of(
        operation_name, spell, appInstanceUserArn=arn, appInstanceAdminArn=arn
    )

    assert route(method, path, query) == (operation_name, labels)


@pytest.mark.rule("paths-encoded-or-plain")
@each_spelling
@pytest.mark.parametrize("word", ["admins", "endpoints", "retention-settings", "user", "bot"])
@pytest.mark.parametrize("operation_name", WITH_LABELS)
def test_ids_of_instances_may_be_any_word(operation_name, word, spell):
    instance_arn = f"arn:aws:chime:us-east-1:123456789012:app-instance/{word}"
    method, path, query, labels = request_of(
        operation_name,
        spell,
        appInstanceArn=instance_arn,
        appInstanceUserArn=f"{instance_arn}/user/ann",
        appInstanceAdminArn=f"{instance_arn}/user/ann",
        appInstanceBotArn=f"{instance_arn}/bot/b",
    )

    assert route(method, path, query) == (operation_name, labels)


@pytest.mark.rule("paths-encoded-or-plain")
@pytest.mark.parametrize("spell_admin", SPELLINGS)
@pytest.mark.parametrize("spell_instance", SPELLINGS)
@pytest.mark.parametrize("operation_name", ADMIN_OPERATIONS)
def test_two_arns_in_a_path_route_in_all_mixes(operation_name, spell_instance, spell_admin):
    admin_arn = f"{INSTANCE_ARN}/user/admins"
    method = MODEL.operation_model(operation_name).http["method"]
    path = f"/app-instances/{spell_instance(INSTANCE_ARN)}/admins/{spell_admin(admin_arn)}"

    assert route(method, path) == (
        operation_name,
        {"appInstanceArn": INSTANCE_ARN, "appInstanceAdminArn": admin_arn},
    )


@pytest.mark.rule("paths-encoded-or-plain")
@each_spelling
def test_plain_path_with_an_encoded_endpoint_id_routes(spell):
    path = f"/app-instance-users/{spell(USER_ARN)}/endpoints/{encoded('a/b')}"

    assert route("GET", path) == (
        "DescribeAppInstanceUserEndpoint",
        {"appInstanceUserArn": USER_ARN, "endpointId": "a/b"},
    )


@pytest.mark.rule("paths-encoded-or-plain")
def test_the_encoded_form_decides():
    # Plain, this would be the retention settings of an instance.
    arn = f"{INSTANCE_ARN}/retention-settings"

    assert route("GET", f"/app-instances/{encoded(arn)}") == (
        "DescribeAppInstance",
        {"appInstanceArn": arn},
    )


@pytest.mark.rule("paths-encoded-or-plain")
@pytest.mark.parametrize(
    "arn",
    [
        CHANNEL_ARN,
        f"{INSTANCE_ARN}/user/endpoints/endpoints",
        LEX_ARN,
        "arn:aws:sns:us-east-1:123456789012:topic",
        "not-an-arn",
        "arn%",
        "a/b",
        "Zoë 😀",
    ],
)
@pytest.mark.parametrize("operation_name", WITH_LABELS)
def test_encoded_arn_of_the_wrong_kind_routes_to_the_same_operation(operation_name, arn):
    labels = {name: arn for name in LABELS if name.endswith("Arn")}
    method, path, query, wanted = request_of(operation_name, encoded, **labels)

    assert route(method, path, query) == (operation_name, wanted)


@pytest.mark.rule("paths-encoded-or-plain")
@pytest.mark.parametrize("arn", [CHANNEL_ARN, LEX_ARN, f"{INSTANCE_ARN}/user/a\nb/c"])
@pytest.mark.parametrize("operation_name", WITH_LABELS)
def test_plain_arn_of_the_wrong_kind_routes_to_the_same_operation(operation_name, arn):
    labels = {name: arn for name in LABELS if name.endswith("Arn")}
    method, path, query, wanted = request_of(operation_name, plain, **labels)

    assert route(method, path, query) == (operation_name, wanted)


WRONG_ARNS = {
    "appInstanceArn": [USER_ARN, BOT_ARN, CHANNEL_ARN],
    "appInstanceUserArn": [INSTANCE_ARN, BOT_ARN, CHANNEL_ARN],
    "appInstanceBotArn": [INSTANCE_ARN, USER_ARN, CHANNEL_ARN],
    "appInstanceAdminArn": [INSTANCE_ARN, CHANNEL_ARN],
}
WITHOUT_BODY = [
    name for name in WITH_LABELS if MODEL.operation_model(name).http["method"] in ("GET", "DELETE")
]


@pytest.mark.rule("arn-kind", "paths-encoded-or-plain")
@each_spelling
@pytest.mark.parametrize(
    ("operation_name", "label", "arn"),
    [
        (name, label, arn)
        for name in WITHOUT_BODY
        for label, arns in WRONG_ARNS.items()
        for arn in (*arns, LEX_ARN)
        if f"{{{label}}}" in MODEL.operation_model(name).http["requestUri"]
    ],
)
def test_arn_of_the_wrong_kind_is_a_bad_request_however_it_is_sent(
    mock, operation_name, label, arn, spell
):
    method, path, _, _ = request_of(operation_name, spell, **{label: arn})

    assert send(method, path).error == "BadRequestException"


user_ids = st.from_regex(MODEL.shape_for("UserId").metadata["pattern"], fullmatch=True)


@pytest.mark.rule("paths-encoded-or-plain")
@given(user_id=user_ids, operation_name=st.sampled_from(USER_OPERATIONS), data=st.data())
@example(user_id="endpoints", operation_name="DescribeAppInstanceUser", data=None)
@settings(deadline=None)
def test_any_user_id_comes_through_every_path(user_id, operation_name, data):
    spell = data.draw(st.sampled_from(SPELLINGS)) if data else plain
    arn = f"{INSTANCE_ARN}/user/{user_id}"

    method, path, query, labels = request_of(
        operation_name, spell, appInstanceUserArn=arn, appInstanceAdminArn=arn
    )

    assert route(method, path, query) == (operation_name, labels)


@pytest.mark.rule("paths-encoded-or-plain")
@given(text=st.text(st.characters(exclude_categories=["Cs"])))
@settings(deadline=None)
def test_any_encoded_label_is_read_as_it_was(text):
    assert route("GET", f"/app-instances/{encoded(text)}") == (
        "DescribeAppInstance",
        {"appInstanceArn": text},
    )


@given(
    path=st.text("aA/%2Fnr:{}?.é\n\0", max_size=40).map(lambda text: f"/app-instances/{text}"),
    method=st.sampled_from(["GET", "PUT", "DELETE", "POST"]),
)
@settings(deadline=None)
def test_any_path_is_read_or_refused(path, method):
    try:
        name, labels = route(method, path)
    except UnknownOperationException:
        return

    segments = MODEL.operation_model(name).http["requestUri"].split("/")
    assert len(labels) == sum("{" in segment for segment in segments)
    assert unquote(path).count("/") >= len(segments) - 1


PIECES_OF_QUERIES = [*"aé=&+%;/:.#? ", "%3A", "%2F", "%2f", "%25", "%C3%A9", "%C3", "%zz"]


@settings(max_examples=500, deadline=None, database=None)
@given(st.lists(st.sampled_from(PIECES_OF_QUERIES)).map("".join))
@example("a=b&a=c")
@example("=&a&a=&%3D=%26")
def test_queries_are_read_as_urllib_reads_them(query):
    assert read_query(query) == dict(parse_qsl(query, keep_blank_values=True))
