"""The option ``seed``: ids that are the same in every run; and what ``mock.reset`` begins anew."""

from __future__ import annotations

import re
from threading import Thread

import boto3
import pytest
from behaviour import UUID4, call, make_bot, make_user, make_world, register
from botocore.exceptions import ClientError
from doubles import run_script
from moto import mock_aws
from support import ACCOUNT_ID, MISSING_INSTANCE_ARN, SERVICE, kept

from chime_identity_mock import mock_chime_identity

KINDS = ["app instance", "bot", "endpoint", "request"]


def create(name="chat"):
    return boto3.client(SERVICE).create_app_instance(Name=name)["AppInstanceArn"]


def request_id():
    answer = boto3.client(SERVICE).list_app_instances()
    return answer["ResponseMetadata"]["RequestId"]


def make_ids():
    """An id of each kind that the service makes."""
    client = boto3.client(SERVICE)
    app_instance_arn = create()
    user_arn = make_user(client, app_instance_arn)
    bot_arn = make_bot(client, app_instance_arn)
    ids = (app_instance_arn.rpartition("/")[2], bot_arn.rpartition("/")[2])
    return dict(zip(KINDS, (*ids, register(client, user_arn), request_id()), strict=True))


SCRIPT = """
import json, sys
sys.path.insert(0, "tests")
from test_seed import make_ids, mock_chime_identity

with mock_chime_identity(seed=7):
    print(json.dumps(make_ids()))
"""


def test_ids_repeat_from_run_to_run(request, monkeypatch):
    monkeypatch.chdir(request.config.rootpath)
    with mock_chime_identity(seed=7):
        here = make_ids()

    there = [run_script(SCRIPT, PYTHONHASHSEED=seed) for seed in ("1", "2")]

    assert there == [here, here]


@pytest.mark.parametrize("run", [1, 2])
def test_ids_repeat_from_test_to_test(run):
    with mock_chime_identity(seed=1):
        assert create().endswith("/bb229c80-6aba-46a2-bfc0-0ac052497706")


def test_ids_repeat_from_block_to_block():
    made = []
    for _ in range(2):
        with mock_chime_identity(seed=7):
            made.append([make_ids(), make_ids()])

    assert made[0] == made[1]


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_seed_ids_are_random(kind):
    made = []
    for _ in range(2):
        with mock_chime_identity():
            made += [make_ids()[kind], make_ids()[kind]]

    assert len(set(made)) == 4


def test_another_seed_makes_other_ids():
    made = []
    for seed in (0, 1, -1, 10**30):
        with mock_chime_identity(seed=seed):
            made += make_ids().values()

    assert len(set(made)) == len(made)


@pytest.mark.parametrize("options", [{}, {"seed": 7}])
def test_ids_are_uuids_of_version_4_and_no_two_are_the_same(options):
    with mock_chime_identity(**options):
        made = [made_id for _ in range(20) for made_id in make_ids().values()]

    assert all(re.fullmatch(UUID4, made_id) for made_id in made)
    assert len(set(made)) == len(made)


def test_what_is_read_and_refused_changes_no_ids():
    made = []
    for asks in (False, True):
        with mock_chime_identity(seed=7):
            client = boto3.client(SERVICE)
            ids = [make_ids()]
            if asks:
                client.list_app_instances()
                with pytest.raises(ClientError):
                    client.describe_app_instance(AppInstanceArn=MISSING_INSTANCE_ARN)
                with pytest.raises(ClientError):
                    client.create_app_instance(Name="x" * 257)
            ids.append(make_ids())
        made.append([{k: v for k, v in kinds.items() if k != "request"} for kinds in ids])

    assert made[0] == made[1]


@pytest.mark.parametrize("more", [make_bot, make_user])
def test_resources_of_another_kind_change_no_ids(more):
    def endpoint_id(*, first):
        with mock_chime_identity(seed=7):
            client = boto3.client(SERVICE)
            arn = create()
            if first:
                first(client, arn)
            return register(client, make_user(client, arn, "eve"))

    assert endpoint_id(first=more) == endpoint_id(first=None)


def test_a_seed_is_for_every_account_and_region_together(monkeypatch):
    with mock_chime_identity(seed=7):
        first = create()
        second = boto3.client(SERVICE, "eu-central-1").create_app_instance(Name="chat")

    assert first.rpartition("/")[2] != second["AppInstanceArn"].rpartition("/")[2]


def test_a_retry_does_not_take_an_id():
    def second(*, repeated):
        with mock_chime_identity(seed=7):
            client = boto3.client(SERVICE)
            for _ in range(repeated):
                client.create_app_instance(Name="first", ClientRequestToken="token")
            return create("second")

    assert second(repeated=1) == second(repeated=3)


def test_errors_bear_seeded_request_ids_too():
    made = []
    for _ in range(2):
        with mock_chime_identity(seed=7) as mock:
            mock.fail_next("ListAppInstances", "UnauthorizedClientException")
            with pytest.raises(ClientError) as caught:
                boto3.client(SERVICE).list_app_instances()
            made.append(caught.value.response["ResponseMetadata"]["RequestId"])

    assert made[0] == made[1]


def test_threads_share_the_sequences():
    with mock_chime_identity(seed=7):
        expected = {create() for _ in range(40)}
    made = set()

    with mock_chime_identity(seed=7):
        client = boto3.client(SERVICE)
        threads = [
            Thread(
                target=lambda: made.add(client.create_app_instance(Name="chat")["AppInstanceArn"])
            )
            for _ in range(40)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert made == expected


# Blocks one inside the other


def test_an_inner_block_s_seed_ends_with_it():
    def arns(*, inner_seed):
        with mock_chime_identity(seed=1):
            made = [create()]
            with mock_chime_identity(seed=inner_seed):
                made.append(create())
            return [*made, create()]

    with mock_chime_identity(seed=2):
        of_seed_2 = create()
    with mock_chime_identity(seed=1):
        of_seed_1 = [create(), create()]

    assert arns(inner_seed=2) == [of_seed_1[0], of_seed_2, of_seed_1[1]]
    assert of_seed_2 not in of_seed_1
    assert arns(inner_seed=None)[::2] == of_seed_1


def test_an_inner_block_without_a_seed_has_the_outer_one_s():
    with mock_chime_identity(seed=1):
        expected = [create(), create()]

    with mock_chime_identity(seed=1):
        made = [create()]
        with mock_chime_identity(region_name="us-east-1"):
            made.append(create())

    assert made == expected


def test_two_inner_blocks_of_one_seed_make_different_ids():
    with mock_chime_identity():
        arns = set()
        for _ in range(2):
            with mock_chime_identity(seed=1):
                arns.add(create())

    assert len(arns) == 2


def test_a_block_inside_mock_aws_has_its_seed():
    with mock_chime_identity(seed=1):
        expected = create()
    for _ in range(2):
        with mock_aws(), mock_chime_identity(seed=1):
            assert create() == expected


# Beginning anew, and going back


def test_a_reset_begins_the_sequences_anew():
    with mock_chime_identity(seed=7) as mock:
        first = make_ids()
        second = make_ids()

        mock.reset()

        assert make_ids() == first != second


def test_a_restored_snapshot_takes_the_sequences_back():
    with mock_chime_identity(seed=7) as mock:
        make_ids()
        snapshot = mock.snapshot()
        first = make_ids()

        for _ in range(2):
            mock.restore(snapshot)
            assert make_ids() == first


def test_a_snapshot_from_the_start_takes_the_sequences_back_to_it():
    with mock_chime_identity(seed=7) as mock:
        snapshot = mock.snapshot()
        first = make_ids()

        mock.restore(snapshot)

        assert make_ids() == first


def test_a_snapshot_of_one_mock_restored_in_another_brings_the_sequences():
    with mock_chime_identity(seed=7) as mock:
        before = create()
        snapshot = mock.snapshot()
        expected = create()

    with mock_chime_identity(seed=7) as mock:
        mock.restore(snapshot)
        arns = {i["AppInstanceArn"] for i in mock.dump()["app_instances"]}
        assert arns == {before}
        assert create() == expected


# What was loaded may bear ids of the same sequence.


def dumped(*, seed=7):
    """A world of a run before, whose first resource of each kind is gone."""
    with mock_chime_identity(seed=seed) as mock:
        client = boto3.client(SERVICE)
        gone, *_ = [create(name) for name in ("a", "b", "c")]
        arn = create("d")
        user_arn = make_user(client, arn)
        endpoint_ids = [register(client, user_arn, device) for device in "abc"]
        bot_arns = [make_bot(client, arn) for _ in range(3)]
        client.delete_app_instance(AppInstanceArn=gone)
        client.delete_app_instance_bot(AppInstanceBotArn=bot_arns[0])
        client.deregister_app_instance_user_endpoint(
            AppInstanceUserArn=user_arn, EndpointId=endpoint_ids[0]
        )
        return mock.dump(), arn, user_arn


def test_loading_what_the_same_seed_made_loses_nothing():
    state, *_ = dumped()

    with mock_chime_identity(seed=7) as mock:
        mock.load(state)

        assert mock.dump() == state
        kept()


def test_what_is_made_beside_what_was_loaded_takes_the_id_of_none():
    state, arn, user_arn = dumped()

    with mock_chime_identity(seed=7) as mock:
        mock.load(state)
        client = boto3.client(SERVICE)
        for number in range(4):
            create(f"new {number}")
            make_bot(client, arn, Name=f"new {number}")
            register(client, user_arn, f"new {number}")

        after = mock.dump()["app_instances"]
        kept()

    instance = next(i for i in after if i["AppInstanceArn"] == arn)
    (user,) = instance["AppInstanceUsers"]
    assert len({i["AppInstanceArn"] for i in after}) == 3 + 4
    assert len({b["AppInstanceBotArn"] for b in instance["AppInstanceBots"]}) == 2 + 4
    assert len({e["EndpointId"] for e in user["AppInstanceUserEndpoints"]}) == 2 + 4


def test_ids_that_a_load_makes_repeat_too():
    state = {"version": 1, "app_instances": [{"Name": "chat", "AppInstanceUsers": [USER, USER]}]}
    loaded = []
    for _ in range(2):
        with mock_chime_identity(seed=7) as mock:
            mock.load(state)
            (instance,) = mock.dump()["app_instances"]
            ids = [user["AppInstanceUserId"] for user in instance["AppInstanceUsers"]]
            loaded.append((instance["AppInstanceArn"], ids))

    assert loaded[0] == loaded[1]
    assert len(set(loaded[0][1])) == 2


USER = {"Name": "Ann"}


# A reset clears more than ids


def test_a_reset_clears_state_calls_faults_clock_and_rates():
    with mock_chime_identity(rate_limits={"ListAppInstances": 1}) as mock:
        client = boto3.client(SERVICE)
        before = mock.clock.now()
        make_world(client)
        client.list_app_instances()
        mock.clock.advance(days=30)
        mock.fail_next("CreateAppInstance", "UnauthorizedClientException", times=None)
        mock.fail_next(None, "ServiceFailureException", times=100)
        mock.fail_when(lambda call: "ServiceFailureException")

        mock.reset()

        assert len(mock.calls) == 0
        assert mock.dump()["app_instances"] == []
        assert (mock.clock.now() - before).days == 0
        for name in "abc":
            mock.reset()
            client.create_app_instance(Name=name)
            assert [i["Name"] for i in client.list_app_instances()["AppInstances"]] == [name]


def test_a_reset_clears_every_account_and_region():
    with mock_chime_identity() as mock:
        create()
        boto3.client(
            SERVICE,
            "eu-central-1",
            aws_access_key_id="111122223333",
            aws_secret_access_key="testing",
        ).create_app_instance(Name="chat")

        mock.reset()

        assert ACCOUNT_ID not in str(mock)
        assert "111122223333" not in str(mock)


def test_a_reset_forgets_tokens():
    with mock_chime_identity() as mock:
        client = boto3.client(SERVICE)
        arns = []
        for _ in range(2):
            answer = call(client, "CreateAppInstance", ClientRequestToken="token")
            arns.append(answer["AppInstanceArn"])
            mock.reset()

    assert arns[0] != arns[1]


def test_a_reset_keeps_the_options():
    with mock_chime_identity(region_name="eu-central-1", quotas={"app_instances_per_account": 1}):
        with mock_chime_identity() as mock:
            create()
            mock.reset()

        assert ":eu-central-1:" in create()
        with pytest.raises(ClientError, match="ResourceLimitExceeded"):
            create()
