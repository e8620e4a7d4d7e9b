"""Pages of all five lists (ledger: reading, changing, deleting). Order, default size and all of tokens: evidence I."""

from __future__ import annotations

from itertools import count, permutations

import pytest
from behaviour import call, make_user, operations_taking, refusal
from botocore import xform_name
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import pages

from chime_identity_mock import mock_chime_identity
from chime_identity_mock.options import QUOTAS

LISTS = operations_taking("NextToken")
LISTS_IN_AN_INSTANCE = [o for o in operations_taking("AppInstanceArn") if o in LISTS]
NAMES = {
    "AppInstance": "AppInstanceArn",
    "AppInstanceAdmin": "AppInstanceAdminArn",
    "AppInstanceBot": "AppInstanceBotArn",
    "AppInstanceUser": "AppInstanceUserArn",
    "AppInstanceUserEndpoint": "EndpointId",
}


class Shelf:
    """A list of the service's, and beside it the plain list that it should be."""

    def __init__(self, client, operation, app_instance_arn=None):
        self.client = client
        self.operation = operation
        self.kind = operation.removeprefix("List").removesuffix("s")
        self.parent = {}
        self.expected = []
        self._numbers = count()
        if self.kind != "AppInstance":
            arn = app_instance_arn or client.create_app_instance(Name="chat")["AppInstanceArn"]
            self.parent["AppInstanceArn"] = arn
        if self.kind == "AppInstanceUserEndpoint":
            self.parent["AppInstanceUserArn"] = make_user(client, arn, "holder")

    def create(self):
        number = next(self._numbers)
        members = {
            "AppInstanceUserId": f"u{number}",
            "EndpointAttributes": {"DeviceToken": f"d{number}"},
            "Name": f"n{number}",
        }
        if self.kind == "AppInstanceAdmin":
            arn = make_user(self.client, self.parent["AppInstanceArn"], f"a{number}")
            members["AppInstanceAdminArn"] = arn
        verb = "Register" if self.kind == "AppInstanceUserEndpoint" else "Create"
        answer = call(self.client, f"{verb}{self.kind}", **self.parent, **members)
        self.expected.append(members.get(NAMES[self.kind]) or answer[NAMES[self.kind]])

    def fill(self, number):
        for _ in range(number):
            self.create()
        return self

    def delete(self, place):
        verb = "Deregister" if self.kind == "AppInstanceUserEndpoint" else "Delete"
        named = {NAMES[self.kind]: self.expected.pop(place)}
        call(self.client, f"{verb}{self.kind}", **self.parent | named)

    def page(self, max_results=None, token=None):
        """What a page has, and the token of the next one."""
        given = {"MaxResults": max_results, "NextToken": token}
        given = {name: value for name, value in given.items() if value is not None}
        answer = call(self.client, self.operation, **self.parent, **given)
        return self.names(answer), answer.get("NextToken")

    def token(self):
        """A token that this list gave."""
        return self.fill(2).page(1)[1]

    def names(self, answer):
        summaries = answer[f"{self.kind}s"]
        if self.kind == "AppInstanceAdmin":
            return [summary["Admin"]["Arn"] for summary in summaries]
        return [summary[NAMES[self.kind]] for summary in summaries]


@pytest.fixture
def mock():
    """The mock with quotas that are no hindrance."""
    with mock_chime_identity(quotas=dict.fromkeys(QUOTAS, 1000)) as mock:
        yield mock


@pytest.fixture(params=LISTS)
def shelf(request, client):
    return Shelf(client, request.param)


@pytest.mark.rule("lists")
def test_empty_list_has_one_empty_page(shelf):
    assert shelf.page() == ([], None)


@pytest.mark.rule("lists")
def test_pages_follow_the_order_of_creation(shelf):
    shelf.fill(5)

    first, token = shelf.page(2)
    second, last_token = shelf.page(2, token)
    third, no_token = shelf.page(2, last_token)

    assert [first, second, third] == [shelf.expected[:2], shelf.expected[2:4], shelf.expected[4:]]
    assert no_token is None


@pytest.mark.rule("lists")
def test_full_last_page_has_no_token(shelf):
    shelf.fill(4)

    _, token = shelf.page(2)

    assert shelf.page(2, token) == (shelf.expected[2:], None)


@pytest.mark.rule("lists")
def test_fifty_are_on_a_page_by_default(shelf):
    shelf.fill(51)

    first, token = shelf.page()

    assert first == shelf.expected[:50]
    assert shelf.page(token=token) == (shelf.expected[50:], None)


@pytest.mark.rule("lists")
def test_fifty_fit_on_the_only_page(shelf):
    shelf.fill(50)

    assert shelf.page() == (shelf.expected, None)


@pytest.mark.rule("next-token")
def test_empty_token_is_the_first_page(shelf):
    shelf.fill(2)

    assert shelf.page(1, "") == shelf.page(1)


@pytest.mark.rule("next-token")
def test_token_can_be_used_again_and_with_another_size(shelf):
    shelf.fill(4)
    _, token = shelf.page(1)

    assert shelf.page(1, token) == shelf.page(1, token)
    assert shelf.page(3, token) == (shelf.expected[1:], None)


@pytest.mark.rule("next-token")
def test_item_that_the_token_points_at_can_be_deleted(shelf):
    shelf.fill(4)
    first, token = shelf.page(2)

    shelf.delete(2)

    assert shelf.page(2, token) == (shelf.expected[2:], None)
    assert first == shelf.expected[:2]


@pytest.mark.rule("next-token")
def test_page_is_empty_when_all_that_was_left_is_deleted(shelf):
    shelf.fill(3)
    _, token = shelf.page(2)

    shelf.delete(2)

    assert shelf.page(2, token) == ([], None)


@pytest.mark.rule("next-token")
def test_deleting_what_was_seen_skips_nothing(shelf):
    shelf.fill(4)
    _, token = shelf.page(2)

    shelf.delete(0)
    shelf.delete(0)

    assert shelf.page(2, token) == (shelf.expected, None)


@pytest.mark.rule("lists", "next-token")
def test_what_is_created_between_pages_comes_last(shelf):
    shelf.fill(3)
    _, token = shelf.page(2)

    shelf.create()

    assert shelf.page(2, token) == (shelf.expected[2:], None)


@pytest.mark.rule("lists", "next-token")
@pytest.mark.parametrize("piece", [2, 512])
@pytest.mark.parametrize("operation", LISTS)
@settings(
    max_examples=30,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    size=st.integers(0, 6),
    rounds=st.lists(
        st.tuples(
            st.lists(st.sampled_from(["create", "first", "last seen", "next", "last"]), max_size=4),
            st.integers(1, 4),
        ),
        max_size=5,
    ),
)
def test_pages_of_any_size_are_those_of_a_plain_list(  # noqa: PLR0917 - fixtures and examples
    mock, client, operation, piece, monkeypatch, size, rounds
):
    monkeypatch.setattr("chime_identity_mock.pages._PIECE", piece)
    mock.reset()
    shelf = Shelf(client, operation).fill(size)
    unseen, names, token = list(shelf.expected), [], ""
    remaining_rounds = iter(rounds)

    while token is not None:
        changes, max_results = next(remaining_rounds, ([], 50))
        for change in changes:
            if change == "create":
                shelf.create()
                unseen.append(shelf.expected[-1])
            deleted = {
                "first": shelf.expected[:1],
                "last seen": [name for name in shelf.expected if name in names[-1:]],
                "next": unseen[:1],
                "last": shelf.expected[-1:],
            }.get(change, [])
            for name in deleted:
                shelf.delete(shelf.expected.index(name))
            unseen = [name for name in unseen if name not in deleted]
        names, token = shelf.page(max_results, token)
        assert names == unseen[:max_results]
        unseen = unseen[max_results:]
        assert (token is None) == (not unseen)


def damaged(token):
    middle = len(token) // 2
    return [
        token[:-1],
        token[1:],
        token + token,
        f"{token}A",
        f"{token[:middle]}{'A' if token[middle] != 'A' else 'B'}{token[middle + 1 :]}",
        token.swapcase(),
        f" {token}",
    ]


@pytest.mark.rule("next-token")
def test_damaged_token_is_a_bad_request(shelf):
    for token in damaged(shelf.token()):
        code = refusal(shelf.client, shelf.operation, **shelf.parent, NextToken=token)

        assert code == "BadRequestException"


@pytest.mark.rule("next-token")
@pytest.mark.parametrize(
    "token", ["x", "0", "2", "é", "AAAA", "A" * 32, "%", "=", "null", "A" * 2048]
)
def test_token_that_was_never_given_is_a_bad_request(shelf, token):
    shelf.fill(2)

    code = refusal(shelf.client, shelf.operation, **shelf.parent, NextToken=token)

    assert code == "BadRequestException"


@pytest.mark.rule("next-token")
@pytest.mark.parametrize(("operation", "giver"), list(permutations(LISTS, 2)))
def test_token_of_another_operation_is_a_bad_request(client, operation, giver):
    shelf = Shelf(client, operation).fill(2)
    token = Shelf(client, giver, shelf.parent.get("AppInstanceArn")).token()

    code = refusal(client, operation, **shelf.parent, NextToken=token)

    assert code == "BadRequestException"


@pytest.mark.rule("next-token")
@pytest.mark.parametrize("operation", [o for o in LISTS if o != "ListAppInstances"])
def test_token_of_another_parent_is_a_bad_request(client, operation):
    token = Shelf(client, operation).token()
    other = Shelf(client, operation).fill(2)

    assert refusal(client, operation, **other.parent, NextToken=token) == "BadRequestException"


@pytest.mark.rule("next-token")
def test_token_of_another_user_of_the_instance_is_a_bad_request(client):
    shelf = Shelf(client, "ListAppInstanceUserEndpoints")
    other = make_user(client, shelf.parent["AppInstanceArn"])

    code = refusal(client, shelf.operation, AppInstanceUserArn=other, NextToken=shelf.token())

    assert code == "BadRequestException"


@pytest.mark.rule("next-token")
@pytest.mark.parametrize(
    "elsewhere",
    [{"region_name": "eu-central-1"}, {"region_name": "us-east-1", "aws_access_key_id": "1" * 12}],
)
def test_token_of_another_region_or_account_is_a_bad_request(client, make_client, elsewhere):
    other = make_client(aws_secret_access_key="x", **{"aws_access_key_id": "testing"} | elsewhere)
    token = Shelf(client, "ListAppInstances").token()
    Shelf(other, "ListAppInstances").fill(2)

    assert refusal(other, "ListAppInstances", NextToken=token) == "BadRequestException"


@pytest.mark.rule("lists")
@pytest.mark.parametrize("operation", LISTS_IN_AN_INSTANCE)
def test_list_names_its_instance_on_every_page(client, operation):
    shelf = Shelf(client, operation).fill(3)

    answers = pages(getattr(client, xform_name(operation)), **shelf.parent, MaxResults=1)

    assert [answer["AppInstanceArn"] for answer in answers] == [shelf.parent["AppInstanceArn"]] * 3
