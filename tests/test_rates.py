"""How many requests a second the service takes, when asked to mind it (ledger: request rates).

The clock that the mock starts from stands still here, so that no bucket fills by itself.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from threading import Barrier
from urllib.parse import quote

import boto3
import pytest
from behaviour import call, make_world
from botocore.config import Config
from botocore.exceptions import ClientError
from support import ACCOUNT_ID, MISSING_INSTANCE_ARN, OPERATIONS, REGION, SERVICE, kept, send

from chime_identity_mock import mock_chime_identity

MOMENT = datetime(2031, 5, 6, 7, 8, 9, 123000, tzinfo=timezone.utc)
ONCE = Config(retries={"total_max_attempts": 1})
THROTTLED = "ThrottledClientException"
INSTANCES = [MISSING_INSTANCE_ARN, MISSING_INSTANCE_ARN.replace("9999-", "8888-")]
USERS = [f"{arn}/user/{name}" for arn in INSTANCES for name in ("ann", "bob")]

ACCOUNT, INSTANCE, USER = "account", "app instance", "user"
# D: AWS's page of quotas.
RATES = [
    ({"CreateAppInstance", "UpdateAppInstance", "DeleteAppInstance"}, ACCOUNT, 5),
    ({"ListAppInstances"}, ACCOUNT, 10),
    ({"CreateAppInstanceUser", "UpdateAppInstanceUser", "DeleteAppInstanceUser"}, INSTANCE, 10),
    ({"DescribeAppInstance"}, INSTANCE, 20),
    ({"ListAppInstanceUsers"}, INSTANCE, 10),
    ({"DescribeAppInstanceUser"}, USER, 20),
]
ALL = 50
LIMITED = {operation: (scope, rate) for named, scope, rate in RATES for operation in named}
OTHERS = [operation for operation in OPERATIONS if operation not in LIMITED]
FREE = "ListTagsForResource"

own_rates = pytest.mark.parametrize(("named", "scope", "rate"), RATES)


@pytest.fixture(autouse=True)
def still(monkeypatch):
    """Have the machine's clock stand still for the mock's."""

    class Still(datetime):
        @classmethod
        def now(cls, tz=None):
            return MOMENT.astimezone(tz)

    monkeypatch.setattr("chime_identity_mock.clock.datetime", Still)


@pytest.fixture
def mock():
    with mock_chime_identity(rate_limits=True) as mock:
        yield mock


def client_in(**parameters):
    return boto3.client(SERVICE, **{"region_name": REGION, "config": ONCE, **parameters})


@pytest.fixture
def client(mock):
    return client_in()


def members(instance=0, user=0):
    """Members that name what isn't there: such requests are refused, and count all the same."""
    instance_arn, user_arn = INSTANCES[instance], USERS[2 * instance + user]
    return {
        "AppInstanceArn": instance_arn,
        "AppInstanceUserArn": user_arn,
        "AppInstanceAdminArn": user_arn,
        "AppInstanceBotArn": f"{instance_arn}/bot/bot",
        "EndpointId": "endpoint",
        "ResourceARN": instance_arn,
    }


def is_throttled(client, operation, **place):
    try:
        call(client, operation, **members(**place))
    except ClientError as error:
        return error.response["Error"]["Code"] == THROTTLED
    return False


def passed(client, operation, requests, **place):
    """How many of some requests are not throttled."""
    return sum(not is_throttled(client, operation, **place) for _ in range(requests))


def use_up(client, named, rate, **place):
    """Send as many requests as the rate lets through, of each of the operations some."""
    operations = sorted(named)
    for number in range(rate):
        assert not is_throttled(client, operations[number % len(operations)], **place)


def use_up_all():
    """Send as many requests as all operations can have together, without a client for speed."""
    statuses = [send("GET", f"/tags?arn={INSTANCES[0]}").status for _ in range(ALL + 1)]
    assert statuses[-1] == 429


# AWS's rates


@pytest.mark.rule("rates")
@own_rates
def test_operations_have_their_rate_together(client, named, scope, rate):
    use_up(client, named, rate)

    assert all(is_throttled(client, operation) for operation in named)


@pytest.mark.rule("rates")
@own_rates
def test_what_the_rate_is_of_has_it_apart_from_others(client, named, scope, rate):
    use_up(client, named, rate)

    for operation in named:
        assert is_throttled(client, operation, user=1) == (scope != USER)
        assert is_throttled(client, operation, instance=1) == (scope == ACCOUNT)


@pytest.mark.rule("rates")
@own_rates
def test_operations_with_another_rate_are_not_throttled(client, named, scope, rate):
    use_up(client, named, rate)

    assert not any(is_throttled(client, o) for o in OPERATIONS if o not in named)


@pytest.mark.rule("rates")
@pytest.mark.parametrize("operation", OTHERS)
def test_an_operation_without_a_rate_of_its_own_has_that_of_all(client, operation):
    assert passed(client, operation, ALL + 10) == ALL


@pytest.mark.rule("rates")
@pytest.mark.parametrize("operation", OPERATIONS)
def test_all_operations_have_a_rate_together(client, operation):
    assert not is_throttled(client, operation)
    assert passed(client, FREE, ALL) == ALL - 1

    assert is_throttled(client, operation)
    assert is_throttled(client, operation, instance=1)


# I: for each region.
@pytest.mark.rule("rates")
@own_rates
@pytest.mark.parametrize(
    "elsewhere",
    [
        {"region_name": "eu-central-1"},
        {"aws_access_key_id": "111122223333", "aws_secret_access_key": "secret"},
    ],
    ids=["region", "account"],
)
def test_accounts_and_regions_have_rates_of_their_own(client, named, scope, rate, elsewhere):
    use_up(client, named, rate)
    use_up_all()

    use_up(client_in(**elsewhere), named, rate)


@pytest.mark.rule("rates")
def test_access_keys_of_one_account_have_one_rate(client):
    named, _, rate = RATES[0]
    use_up(client, named, rate)

    other = client_in(aws_access_key_id="other", aws_secret_access_key="other")

    assert is_throttled(other, "CreateAppInstance")


@pytest.mark.rule("rates")
def test_without_the_option_there_are_no_rates(still):
    with mock_chime_identity():
        assert passed(client_in(), "UpdateAppInstance", 3 * ALL) == 3 * ALL


# One too many


@pytest.mark.rule("rates-exceeded")
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_request_too_many_is_answered_with_the_services_error(mock, client, operation):
    use_up_all()

    with pytest.raises(client.exceptions.ThrottledClientException) as caught:
        call(client, operation, **members())

    # S′: the text of a sibling service
    assert caught.value.response["Error"] == {"Code": THROTTLED, "Message": "Rate exceeded"}
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert (mock.calls[-1].error, mock.calls[-1].status) == (THROTTLED, 429)


@pytest.mark.rule("rates-exceeded")
def test_a_request_too_many_is_answered_in_the_services_form(mock, client):
    use_up_all()

    answer = send("GET", "/app-instances")

    assert answer == (429, THROTTLED, {"Code": "Throttled", "Message": "Rate exceeded"})


@pytest.mark.rule("rates-exceeded")
def test_a_request_too_many_changes_nothing(client):
    world = make_world(client)
    use_up_all()
    before = kept()

    for operation in OPERATIONS:
        with pytest.raises(client.exceptions.ThrottledClientException):
            call(client, operation, **world)

    assert kept() == before


# I: the order
@pytest.mark.rule("rates-exceeded")
def test_the_rate_comes_before_the_constraints(client):
    assert passed(client, "CreateAppInstance", 5) == 5

    with pytest.raises(client.exceptions.ThrottledClientException):
        client.create_app_instance(Name="n" * 257)


@pytest.mark.rule("rates-exceeded")
@pytest.mark.parametrize("arn", ["", "x", "arn:aws:s3:::bucket", "/", "a/b", "é"])
@pytest.mark.parametrize(
    ("method", "path", "rate"),
    [
        ("GET", "/app-instances/{}", 20),
        ("GET", "/app-instance-users/{}", 20),
        ("PUT", "/app-instance-users/{}", 10),
    ],
)
def test_what_a_request_names_need_not_be_an_arn(mock, arn, method, path, rate):
    statuses = [send(method, path.format(quote(arn, safe=""))).status for _ in range(rate + 1)]

    assert statuses == [400] * rate + [429]


@pytest.mark.rule("rates-exceeded")
@pytest.mark.parametrize("body", [b"{}", b'{"Name": "ann"}'])
def test_a_request_without_what_the_rate_is_of_counts_too(mock, body):
    answers = [send("POST", "/app-instance-users", body) for _ in range(11)]

    assert [answer.status for answer in answers] == [400] * 10 + [429]


@pytest.mark.rule("rates-exceeded")
def test_what_is_refused_before_counts_for_no_rate(mock, client):
    for _ in range(2 * ALL):
        assert send("GET", "/app-instances", headers={}).status == 403
        assert send("GET", "/app-instances?max-results=x").error == "SerializationException"

    assert passed(client, FREE, ALL) == ALL


@pytest.mark.rule("rates-exceeded")
def test_a_request_that_is_made_to_fail_counts_for_no_rate(mock, client):
    mock.fail_next("CreateAppInstance", "ConflictException", times=2 * ALL)
    passed(client, "CreateAppInstance", 2 * ALL)

    assert passed(client, "CreateAppInstance", ALL) == 5


# Buckets


@pytest.mark.rule("rates-bucket")
@own_rates
def test_a_rate_fills_evenly(mock, client, named, scope, rate):
    use_up(client, named, rate)

    for _ in range(3):
        mock.clock.advance(milliseconds=1000 / rate - 1)
        assert all(is_throttled(client, operation) for operation in named)
        mock.clock.advance(milliseconds=1)
        use_up(client, named, 1)
        assert all(is_throttled(client, operation) for operation in named)


@pytest.mark.rule("rates-bucket")
def test_the_rate_of_all_fills_evenly(mock, client):
    use_up_all()

    mock.clock.advance(milliseconds=100)

    assert passed(client, FREE, ALL) == 5


@pytest.mark.rule("rates-bucket")
@own_rates
def test_a_bucket_holds_one_seconds_requests(mock, client, named, scope, rate):
    use_up(client, named, rate)

    mock.clock.advance(hours=1)

    use_up(client, named, rate)
    assert all(is_throttled(client, operation) for operation in named)


@pytest.mark.rule("rates-bucket")
@own_rates
def test_a_request_that_is_turned_away_takes_nothing_from_its_rate(
    mock, client, named, scope, rate
):
    use_up(client, named, rate)
    assert all(is_throttled(client, operation) for operation in named for _ in range(ALL))

    mock.clock.advance(milliseconds=1000 / rate)

    use_up(client, named, 1)


@pytest.mark.rule("rates-bucket")
@own_rates
def test_a_request_that_is_turned_away_takes_nothing_from_the_rate_of_all(
    client, named, scope, rate
):
    use_up(client, named, rate)
    assert all(is_throttled(client, operation) for operation in named for _ in range(ALL))

    assert passed(client, FREE, 2 * ALL) == ALL - rate


@pytest.mark.rule("rates-bucket")
@own_rates
def test_a_request_over_the_rate_of_all_takes_nothing_from_its_own(
    mock, client, named, scope, rate
):
    use_up_all()
    assert all(is_throttled(client, operation) for operation in named for _ in range(rate))

    mock.clock.advance(milliseconds=1000 * rate / ALL)

    use_up(client, named, rate)


@pytest.mark.rule("rates-bucket")
def test_threads_at_once_have_no_more_than_the_rate(client):
    barrier = Barrier(40)

    def create(number):
        barrier.wait(timeout=30)
        return is_throttled(client, "CreateAppInstance")

    switch_interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(40) as pool:
            throttled = list(pool.map(create, range(40)))
    finally:
        sys.setswitchinterval(switch_interval)

    assert throttled.count(False) == 5
    assert len(kept()[ACCOUNT_ID, REGION]) == 5


@pytest.mark.rule("rates-bucket")
def test_reset_fills_the_buckets(mock, client):
    mock.clock.advance(hours=1)
    use_up_all()

    mock.reset()

    assert passed(client, FREE, 2 * ALL) == ALL


@pytest.mark.rule("rates-bucket")
def test_each_mock_begins_with_full_buckets(still):
    for _ in range(2):
        with mock_chime_identity(rate_limits=True):
            assert passed(client_in(), FREE, 2 * ALL) == ALL


@pytest.mark.rule("rates-bucket")
def test_what_is_rolled_back_has_nothing_used_up(mock, client):
    snapshot = mock.snapshot()
    mock.clock.advance(hours=1)
    assert passed(client, "CreateAppInstance", 6) == 5

    mock.restore(snapshot)

    assert passed(client, "CreateAppInstance", 6) == 5


@pytest.mark.rule("rates-bucket")
def test_a_clock_that_is_put_back_fills_nothing(mock, client):
    mock.clock.advance(hours=1)
    passed(client, "CreateAppInstance", 5)

    mock.clock.reset()

    assert is_throttled(client, "CreateAppInstance")


# Other rates than AWS's


@pytest.mark.rule("rates")
@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_can_have_another_rate(operation):
    with mock_chime_identity(rate_limits={operation: 3}) as mock:
        client = client_in()

        assert passed(client, operation, ALL) == 3
        mock.clock.advance(milliseconds=334)
        assert passed(client, operation, ALL) == 1


@pytest.mark.rule("rates")
@pytest.mark.parametrize("operation", OPERATIONS)
def test_another_rate_is_of_what_awss_is_of(operation):
    scope, _ = LIMITED.get(operation, (ACCOUNT, None))

    with mock_chime_identity(rate_limits={operation: 3}):
        client = client_in()
        passed(client, operation, 3)

        assert is_throttled(client, operation, user=1) == (scope != USER)
        assert is_throttled(client, operation, instance=1) == (scope == ACCOUNT)


@pytest.mark.rule("rates")
def test_the_rates_that_are_no_others_stay(still):
    with mock_chime_identity(rate_limits={"CreateAppInstance": 20}):
        client = client_in()

        assert passed(client, "CreateAppInstance", ALL) == 20
        assert passed(client, "UpdateAppInstance", ALL) == 5
        assert is_throttled(client, "DeleteAppInstance")
        assert passed(client, "ListAppInstances", ALL) == 10
        assert passed(client, FREE, ALL) == ALL - 35


@pytest.mark.rule("rates")
def test_with_no_rates_that_are_others_awss_hold(still):
    with mock_chime_identity(rate_limits={}):
        assert passed(client_in(), "CreateAppInstance", ALL) == 5


@pytest.mark.rule("rates-bucket")
def test_a_rate_of_less_than_one_lets_one_request_through_at_first(still):
    with mock_chime_identity(rate_limits={"CreateAppInstance": 0.25}) as mock:
        client = client_in()

        assert passed(client, "CreateAppInstance", 5) == 1
        mock.clock.advance(seconds=3.999)
        assert passed(client, "CreateAppInstance", 5) == 0
        mock.clock.advance(seconds=0.001)
        assert passed(client, "CreateAppInstance", 5) == 1
        mock.clock.advance(hours=1)
        assert passed(client, "CreateAppInstance", 5) == 1


@pytest.mark.rule("rates")
def test_rates_end_with_the_inner_block(still):
    with mock_chime_identity():
        client = client_in()
        with mock_chime_identity(rate_limits={"CreateAppInstance": 1}):
            assert passed(client, "CreateAppInstance", 5) == 1

        assert passed(client, "CreateAppInstance", ALL) == ALL


@pytest.mark.rule("rates")
def test_a_dict_that_changes_later_changes_no_rate(still):
    rates = {"CreateAppInstance": 1}
    with mock_chime_identity(rate_limits=rates):
        rates["CreateAppInstance"] = 50

        assert passed(client_in(), "CreateAppInstance", 5) == 1


@pytest.mark.rule("rates")
@pytest.mark.parametrize(
    "rates",
    [
        *({"CreateAppInstance": rate} for rate in (0, -1, "5", None, True, float("nan"))),
        {"CreateAppInstance": float("inf")},
        {"CreateAppInstance": timedelta(seconds=1)},
        {"CreateAppInstances": 1},
        {"create_app_instance": 1},
        {None: 1},
        ["CreateAppInstance"],
        "CreateAppInstance",
        None,
        5,
    ],
)
def test_rates_that_cannot_be_are_refused(rates):
    with pytest.raises(ValueError, match=r"rate_limits|operation"):
        mock_chime_identity(rate_limits=rates)


@pytest.mark.rule("rates-bucket")
def test_parts_of_a_token_add_up(mock, client):
    passed(client, "CreateAppInstance", 5)

    outcomes = []
    for _ in range(20):
        mock.clock.advance(milliseconds=20)
        outcomes.append(not is_throttled(client, "CreateAppInstance"))

    assert outcomes == ([False] * 9 + [True]) * 2


@pytest.mark.rule("rates-exceeded")
def test_the_arn_in_a_path_may_be_sent_in_either_form(mock):
    plain = f"/app-instances/{INSTANCES[0]}"
    encoded = f"/app-instances/{quote(INSTANCES[0], safe='')}"

    statuses = [send("GET", target).status for target in (plain, encoded) * 11]

    assert statuses == [403] * 20 + [429] * 2
