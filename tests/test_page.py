"""The page at /_mock/, in a real browser; skipped where there is none.

With CHIME_IDENTITY_MOCK_BROWSER=required in the environment a missing browser is a failure.
"""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import Any

import boto3
import pytest
from support import LEX_CONFIGURATION, PINPOINT_APP_ARN, SERVICE
from werkzeug import Response
from werkzeug.serving import make_server

from chime_identity_mock.server import ENDPOINT_VARIABLE, Server

IS_REQUIRED = os.environ.get("CHIME_IDENTITY_MOCK_BROWSER") == "required"

if not IS_REQUIRED:
    pytest.importorskip(
        "selenium", reason="selenium is not installed; tox run -e browser installs it"
    )

from browser import (
    SIZE,
    Chrome,
    make_chat,
    missing_programs,
    open_browser,
    picture_of_chat,
    set_scheme,
    set_size,
    wait_until,
)
from selenium.common.exceptions import JavascriptException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

SCRIPT = "<img src=x onerror='hacked = true'><script>hacked = true</script>"
MOST_CHARACTERS = 256
BAD = "rgb(179, 38, 30)"
RIGHT_TO_LEFT = "\N{RIGHT-TO-LEFT OVERRIDE}"
DEVICE_TOKEN, VOIP_TOKEN = "secret-of-a-device", "secret-of-a-telephone"
METADATA = "secret \N{GRINNING FACE}"

# Every text with the contrast to what is under it, by the formula of WCAG 2.
CONTRASTS = """
const parse = (color) => color.match(/[\\d.]+/g).map(Number);
const luminance = (color) => parse(color).slice(0, 3)
  .map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
  .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
const under = (element) => {
  const color = getComputedStyle(element).backgroundColor;
  return (parse(color)[3] ?? 1) === 0 ? under(element.parentElement) : color;
};
const ratio = (one, other) => {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
};
const found = [];
for (const element of document.querySelectorAll("body *")) {
  const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  if (!element.checkVisibility()) continue;
  const isInput = element.matches("input");
  if (hasText || isInput) found.push([element.outerHTML, ratio(getComputedStyle(element).color, under(element))]);
  if (isInput) found.push(["placeholder", ratio(getComputedStyle(element, "::placeholder").color, under(element))]);
}
return found;
"""


@pytest.fixture(scope="module")
def browser_of_all() -> Iterator[Chrome]:
    """A browser, if this machine has one."""
    missing = missing_programs()
    if missing:
        text = f"{' and '.join(missing)} not found; on Debian: apt-get install chromium chromium-driver"
        (pytest.fail if IS_REQUIRED else pytest.skip)(text)
    with open_browser() as browser:
        yield browser


@pytest.fixture
def browser(browser_of_all: Chrome) -> Iterator[Chrome]:
    """A browser with one empty tab, light and wide."""
    set_size(browser_of_all, *SIZE)
    set_scheme(browser_of_all, "light")
    yield browser_of_all
    browser_of_all.get("about:blank")
    browser_of_all.get_log("browser")


class Page:
    """What a person does with the page and sees of it."""

    def __init__(self, browser: Chrome, url: str) -> None:
        self.browser = browser
        self.url = f"{url}/_mock/"

    def open(self) -> Page:
        self.browser.get(self.url)
        self.wait(lambda: self.status == "Live")
        return self

    def find(self, selector: str) -> WebElement:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[WebElement]:
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def texts(self, selector: str) -> list[str]:
        script = "return [...document.querySelectorAll(arguments[0])].map((each) => each.innerText)"
        return self.browser.execute_script(script, selector)

    def run(self, script: str, *arguments: Any) -> Any:
        return self.browser.execute_script(script, *arguments)

    def wait(self, is_so: Callable[[], Any]) -> Any:
        return wait_until(self.browser, is_so)

    def wait_for_rounds(self, count: int = 1) -> None:
        """Wait until the page has asked the server again, which it does when it is looked at."""
        script = """
            document.dispatchEvent(new Event("visibilitychange"));
            return performance.getEntriesByName(location.origin + "/_mock/calls").length;
        """
        # One may be on its way already.
        wanted = self.run(script) + 1 + count
        self.wait(lambda: self.run(script) >= wanted)

    def press(self, *keys: str) -> None:
        self.browser.switch_to.active_element.send_keys(*keys)

    def filter(self, text: str) -> None:
        field = self.find("#filter")
        field.clear()
        field.send_keys(text)

    def reset(self, *, is_meant: bool = True) -> None:
        self.find("#reset").click()
        question = self.browser.switch_to.alert
        (question.accept if is_meant else question.dismiss)()

    @property
    def status(self) -> str:
        return self.find("#status").text

    @property
    def text(self) -> str:
        return self.find("body").text

    @property
    def users(self) -> list[str]:
        return self.texts("details > div > ul > li")

    @property
    def calls(self) -> list[str]:
        return self.texts("#calls tr")


@pytest.fixture
def page(browser: Chrome, mock: Any) -> Iterator[Page]:
    """The page of the mock's server, not opened yet."""
    with Server(mock) as server:
        yield Page(browser, server.url)


def create_user(client: Any, app_instance_arn: str, user_id: str, name: str, **more: Any) -> str:
    return client.create_app_instance_user(
        AppInstanceArn=app_instance_arn, AppInstanceUserId=user_id, Name=name, **more
    )["AppInstanceUserArn"]


def register(client: Any, user_arn: str, name: str, **attributes: str) -> str:
    return client.register_app_instance_user_endpoint(
        AppInstanceUserArn=user_arn,
        Name=name,
        Type="APNS",
        ResourceArn=PINPOINT_APP_ARN,
        EndpointAttributes={"DeviceToken": DEVICE_TOKEN, **attributes},
    )["EndpointId"]


def create_bot(client: Any, app_instance_arn: str, name: str) -> str:
    return client.create_app_instance_bot(
        AppInstanceArn=app_instance_arn, Name=name, Configuration=LEX_CONFIGURATION
    )["AppInstanceBotArn"]


def many_users(count: int) -> dict[str, Any]:
    users = [{"AppInstanceUserId": f"user-{i}", "Name": f"User {i}"} for i in range(count)]
    return {"version": 1, "app_instances": [{"Name": "crowd", "AppInstanceUsers": users}]}


# What is shown


def test_it_shows_app_instances_users_admins_bots_and_devices(page, client):
    make_chat(client)

    page.open()

    assert page.texts("h3") == ["us-east-1, account 123456789012"]
    assert page.texts("h4") == ["Aurora support", "Staff room"]
    assert page.texts("summary .count") == [
        "4 users, 1 bot, metadata of 19 characters, 1 tag, retention 90 days",
        "2 users, 0 bots",
    ]
    assert page.texts("h5") == ["USERS (4)", "BOTS (1)", "USERS (2)"]
    ann, zoe, tomas, guest, bot, *staff = page.users
    assert ann == "Ann Miller ann.miller admin metadata of 24 characters"
    assert tomas == "Tomáš Novák 5021 1 tag"
    assert guest == "Guest guest-7 expires after 30 days"
    assert staff == ["Ann Miller ann.miller", "Li Wei li.wei admin"]
    assert bot.startswith("Order status ")
    assert bot.endswith(" admin")
    name, phone, tablet = zoe.splitlines()
    assert name == "Zoë Laurent zoe@example.com"
    assert phone.startswith("Zoë's phone ")
    assert phone.endswith(" GCM, ACTIVE, messages ALL, device token ***")
    assert "APNS, INACTIVE INVALID_PINPOINT_ARN" in tablet


def test_it_shows_whole_arns(page, app_instance_arn, user_arn):
    page.open()

    assert app_instance_arn in page.text
    assert page.find("li code").get_attribute("title") == user_arn


def test_it_shows_the_calls_and_their_outcomes_the_latest_first(page, client, app_instance_arn):
    create_user(client, app_instance_arn, "ann", "Ann")
    with pytest.raises(client.exceptions.ConflictException):
        create_user(client, app_instance_arn, "ann", "Anna")

    page.open()

    instance_id = app_instance_arn.rpartition("/")[2][:8]
    told = [call.partition("\t")[2].replace("\n", " ") for call in page.calls]
    user = f'AppInstanceArn={instance_id}…, AppInstanceUserId="ann", Name='
    assert told == [
        f'409\tCreateAppInstanceUser ConflictException {user}"Anna"',
        f'201\tCreateAppInstanceUser {user}"Ann"',
        '201\tCreateAppInstance Name="chat"',
    ]


def test_it_shows_an_exception_in_the_clients_place_of_an_answer(page, mock, client):
    mock.fail_next("ListAppInstances", OSError("gone"))
    with pytest.raises(OSError, match="gone"):
        client.list_app_instances()

    page.open()

    assert page.calls[0].partition("\t")[2].startswith("\N{EN DASH}\tListAppInstances OSError")


def test_it_shows_every_account_and_region_in_use(page, make_client):
    for region_name, key in (("us-east-1", "testing"), ("eu-central-1", "111122223333")):
        client = make_client(
            region_name=region_name, aws_access_key_id=key, aws_secret_access_key="testing"
        )
        client.create_app_instance(Name=f"chat of {region_name}")

    page.open()

    assert page.texts("h3") == [
        "us-east-1, account 123456789012",
        "eu-central-1, account 111122223333",
    ]
    assert page.texts("h4") == ["chat of us-east-1", "chat of eu-central-1"]
    assert "CreateAppInstance eu-central-1, 111122223333" in page.calls[0]


def test_it_makes_no_calls_itself(page, mock, app_instance_arn):
    before = len(mock.calls)

    page.open()
    page.wait_for_rounds()

    assert len(mock.calls) == before


def test_empty_it_tells_how_to_call_the_server(page):
    page.open()

    assert f"export {ENDPOINT_VARIABLE}={page.url.removesuffix('/_mock/')}" in page.text
    assert not page.find("#calls-table").is_displayed()
    assert page.texts("h3, h4, h5, li") == []


# Secrets


def test_tokens_are_shown_as_stars_and_metadata_as_its_length(page, client, app_instance_arn):
    ann = create_user(client, app_instance_arn, "ann", "Ann", Metadata=METADATA)
    create_user(client, app_instance_arn, "bob", "Bob")
    register(client, ann, "phone", VoipDeviceToken=VOIP_TOKEN)
    token = client.list_app_instance_users(AppInstanceArn=app_instance_arn, MaxResults=1)[
        "NextToken"
    ]
    client.list_app_instance_users(AppInstanceArn=app_instance_arn, NextToken=token)

    page.open()

    assert "metadata of 8 characters" in page.users[0]
    assert page.users[0].endswith("device token ***, VoIP token ***")
    assert "NextToken=***" in page.calls[0]
    assert "EndpointAttributes={DeviceToken: ***, VoipDeviceToken: ***}" in page.calls[2]
    assert "Metadata=<8 characters>" in page.calls[4]
    everything = page.find("html").get_attribute("outerHTML")
    for secret in (DEVICE_TOKEN, VOIP_TOKEN, METADATA, token):
        assert secret not in everything


# Text is text


@pytest.fixture
def hostile(client):
    """A world in which every text that a program may choose is HTML."""
    instance = client.create_app_instance(
        Name=SCRIPT, Metadata=SCRIPT, Tags=[{"Key": SCRIPT, "Value": SCRIPT}]
    )["AppInstanceArn"]
    user = create_user(client, instance, "ann", SCRIPT[:100], Metadata=SCRIPT)
    create_bot(client, instance, SCRIPT)
    register(client, user, SCRIPT)
    with pytest.raises(client.exceptions.BadRequestException):
        client.describe_app_instance(AppInstanceArn=f"arn:{SCRIPT}")
    return instance


def test_names_are_inserted_as_text_only(page, hostile):
    page.open()

    assert page.texts("h4") == [SCRIPT]
    assert page.users[0].startswith(f"{SCRIPT[:100]} ann")
    assert page.users[0].splitlines()[1].startswith(SCRIPT)
    assert page.users[1].startswith(SCRIPT)
    page.wait_for_rounds()
    assert page.all("img, main script") == []
    assert page.run("return typeof hacked") == "undefined"


def test_the_browser_itself_keeps_text_from_becoming_html(page):
    page.open()

    with pytest.raises(JavascriptException, match="TrustedHTML"):
        page.run("document.body.innerHTML = '<p>text</p>'")


def test_a_name_written_from_right_to_left_turns_nothing_else_round(page, client, app_instance_arn):
    create_user(client, app_instance_arn, "ann", f"{RIGHT_TO_LEFT}Ann")

    page.open()

    name, user_id = page.find("li bdi"), page.find("li code")
    assert name.rect["x"] < user_id.rect["x"]
    assert "\\u202eAnn" in page.calls[0]


def test_nothing_comes_from_elsewhere_and_nothing_is_complained_of(page, hostile):
    page.open()
    page.wait_for_rounds()

    names = page.run("return performance.getEntriesByType('resource').map((each) => each.name)")
    assert names
    assert all(name.startswith(page.url) for name in names)
    assert page.browser.get_log("browser") == []


def test_no_other_page_can_have_it_in_a_frame(page):
    framing = Response(f"<p>other</p><iframe src='{page.url}'></iframe>", mimetype="text/html")
    other = make_server("127.0.0.1", 0, framing)
    Thread(target=other.serve_forever, daemon=True).start()
    page.browser.get(f"http://localhost:{other.server_port}/")
    other.shutdown()
    other.server_close()

    page.browser.switch_to.frame(0)

    assert page.all("#reset") == []


# Live


def test_what_is_made_and_deleted_shows_without_reloading(page, client, app_instance_arn):
    page.open()
    page.run("stays = true")

    user_arn = create_user(client, app_instance_arn, "ann", "Ann")
    page.wait(lambda: page.users == ["Ann ann"])
    client.update_app_instance_user(AppInstanceUserArn=user_arn, Name="Anna", Metadata="")
    page.wait(lambda: page.users == ["Anna ann"])
    client.create_app_instance_admin(AppInstanceArn=app_instance_arn, AppInstanceAdminArn=user_arn)
    page.wait(lambda: page.users == ["Anna ann admin"])
    client.delete_app_instance(AppInstanceArn=app_instance_arn)
    page.wait(lambda: page.texts("h3, h4") == [])

    assert "DeleteAppInstance" in page.calls[0]
    assert page.run("return stays")


def test_while_nothing_changes_nothing_is_touched(page, user_arn):
    page.open()
    page.run(
        "touched = 0; new MutationObserver((all) => { touched += all.length; })"
        ".observe(document, { subtree: true, childList: true, characterData: true, attributes: true })"
    )

    page.wait_for_rounds(2)

    assert page.run("return touched") == 0


def test_a_change_of_one_app_instance_leaves_the_others_as_they_are(page, client, user_arn):
    other = client.create_app_instance(Name="other")["AppInstanceArn"]
    page.open()
    page.run("ann = document.querySelector('li')")

    create_user(client, other, "bob", "Bob")
    page.wait(lambda: page.users == ["Ann ann", "Bob bob"])

    assert page.run("return ann.isConnected")


def test_a_change_leaves_focus_and_closed_app_instances_as_they_are(page, client, app_instance_arn):
    other = client.create_app_instance(Name="other")["AppInstanceArn"]
    page.open()
    page.find("summary").click()
    assert page.run("return document.activeElement.innerText").startswith("chat")

    create_user(client, app_instance_arn, "ann", "Ann")
    create_user(client, other, "bob", "Bob")
    page.wait(lambda: page.texts("summary .count") == ["1 user, 0 bots", "1 user, 0 bots"])

    assert page.run("return document.activeElement.innerText").startswith("chat")
    assert [each.get_attribute("open") for each in page.all("details")] == [None, "true"]
    client.delete_app_instance(AppInstanceArn=other)
    page.wait(lambda: page.texts("h4") == ["chat"])
    assert page.run("return document.activeElement.innerText").startswith("chat")


def test_a_tab_that_is_not_looked_at_asks_for_nothing(page, client):
    page.open()
    page.run(
        "changes = []; document.addEventListener('visibilitychange',"
        " (event) => changes.push([document.hidden, event.timeStamp]))"
    )
    first = page.browser.current_window_handle

    page.browser.switch_to.new_window("tab")
    time.sleep(2.5)
    client.create_app_instance(Name="made meanwhile")
    page.browser.close()
    page.browser.switch_to.window(first)

    page.wait(lambda: page.texts("h4") == ["made meanwhile"])
    (was_hidden, begin), (is_hidden, end) = page.run("return changes")
    assert (was_hidden, is_hidden) == (True, False)
    script = "return performance.getEntriesByName(arguments[0]).map((each) => each.startTime)"
    assert [
        moment for moment in page.run(script, f"{page.url}places") if begin < moment < end
    ] == []


# Reset


def test_reset_forgets_all(page, mock, user_arn):
    page.open()

    page.reset()

    page.wait(lambda: page.texts("h4, #calls tr") == [])
    assert str(mock) == "no app instances"
    assert not mock.calls


def test_a_reset_that_was_not_meant_does_nothing(page, mock, user_arn):
    page.open()

    page.reset(is_meant=False)
    page.wait_for_rounds()

    assert page.users == ["Ann ann"]
    assert len(mock.calls) == 2


def test_what_is_made_after_a_reset_shows(page, mock, client, user_arn):
    page.open()
    page.reset()
    page.wait(lambda: page.texts("h4") == [])

    client.create_app_instance(Name="next")

    page.wait(lambda: page.texts("h4") == ["next"])
    assert len(page.calls) == 1


# A server that went away


def test_a_server_that_went_away_is_told_of_and_one_that_is_back_is_found(page_of_server):
    page, stop, start = page_of_server
    boto3.client(SERVICE).create_app_instance(Name="chat")
    page.open()
    page.wait(lambda: page.texts("h4") == ["chat"])

    stop()
    page.wait(lambda: page.status.startswith("No answer from the server since "))

    assert page.texts("h4") == ["chat"]
    assert page.run("return getComputedStyle(document.querySelector('#status')).color") == BAD
    start()
    page.wait(lambda: page.status == "Live")


def test_a_reset_that_met_no_server_is_told_of(page_of_server):
    page, stop, _ = page_of_server
    page.open()
    # The next round would tell in its own words.
    page.run("refresh = async () => {}")
    stop()

    page.reset()

    page.wait(lambda: page.status == "Nothing was reset: no answer from the server")


@pytest.fixture
def page_of_server(browser, mock):
    """A page, what stops its server, and what starts one at the same address again."""
    servers = [Server(mock).start()]
    page = Page(browser, servers[0].url)
    port = int(servers[0].url.rpartition(":")[2])
    yield (
        page,
        lambda: servers.pop().close(),
        lambda: servers.append(Server(mock, port=port).start()),
    )
    for server in servers:
        server.close()


# Many


def test_of_thousands_of_users_some_are_shown_and_the_filter_finds_the_others(page, mock):
    mock.load(many_users(5000))

    page.open()

    assert page.texts("summary .count") == ["5,000 users, 0 bots"]
    assert len(page.users) == 201
    assert page.users[-1] == "and 4,800 more: the filter finds them"
    page.filter("user-499")
    assert page.texts("h5") == ["USERS (11 OF 5,000)"]
    assert page.users[0] == "User 499 user-499"
    page.filter("nobody")
    assert page.texts("h4, li") == []
    assert page.texts("#state-count") == ["0 of 1 found"]


def test_of_many_calls_the_latest_are_shown(page, client, app_instance_arn):
    for _ in range(150):
        client.describe_app_instance(AppInstanceArn=app_instance_arn)

    page.open()

    assert len(page.calls) == 100
    assert page.texts("#calls-count") == ["151, the latest 100 shown"]
    assert all("DescribeAppInstance" in call for call in page.calls)
    page.filter("create")
    assert len(page.calls) == 1
    assert page.texts("#calls-count") == ["1 of 151 found"]


def test_long_parameters_are_cut(page, client):
    client.create_app_instance(
        Name="chat", Tags=[{"Key": f"key{i}", "Value": "v" * 200} for i in range(50)]
    )

    page.open()

    assert page.calls[0].endswith("v…")
    assert len(page.calls[0]) < 500


@pytest.mark.parametrize(
    ("text", "users"),
    [
        ("zoë", ["Zoë Laurent"]),
        ("LI.WEI", ["Li Wei"]),
        ("tablet", ["Zoë Laurent"]),
        ("admin", ["Ann Miller", "Order status", "Li Wei"]),
        ("staff", ["Ann Miller", "Li Wei"]),
        (" order ", ["Order status"]),
    ],
)
def test_the_filter_looks_at_names_ids_devices_and_admins(page, client, text, users):
    make_chat(client)
    page.open()

    page.filter(text)

    assert page.texts("li > .name") == users


def test_the_filter_finds_refused_calls(page, client):
    make_chat(client)
    page.open()

    page.filter("409")

    (call,) = page.calls
    assert "ConflictException" in call


def test_what_is_made_while_a_filter_is_set_is_filtered_too(page, client, app_instance_arn):
    page.open()
    page.filter("ann")

    create_user(client, app_instance_arn, "bob", "Bob")
    create_user(client, app_instance_arn, "ann", "Ann")

    page.wait(lambda: page.users == ["Ann ann"])
    page.press(Keys.ESCAPE)
    assert page.users == ["Bob bob", "Ann ann"]


# For everyone


def test_all_of_it_works_by_keyboard(page, mock, user_arn):
    page.open()

    page.press(Keys.TAB)
    page.press("nobody")
    page.wait(lambda: page.users == [])
    page.press(Keys.ESCAPE)  # clears a field of this kind
    page.wait(lambda: page.users == ["Ann ann"])
    page.press(Keys.TAB, Keys.TAB)
    page.press(Keys.ENTER)
    assert not page.find("details ul").is_displayed()
    page.press(Keys.SPACE)
    assert page.find("details ul").is_displayed()
    page.press(Keys.SHIFT, Keys.TAB)
    page.press(Keys.ENTER)
    page.browser.switch_to.alert.accept()
    page.wait(lambda: page.texts("h4") == [])

    assert str(mock) == "no app instances"
    assert page.run("return document.activeElement.id") == "reset"


def test_what_has_the_focus_is_outlined(page, user_arn):
    page.open()

    for _ in range(3):
        page.press(Keys.TAB)
        outline = page.run(
            "const style = getComputedStyle(document.activeElement);"
            "return [document.activeElement.tagName, style.outlineStyle, style.outlineWidth]"
        )
        assert outline[1:] == ["solid", "2px"], outline


def test_screen_readers_are_told_roles_and_names(page, client):
    make_chat(client)
    page.open()

    told = [
        (element.aria_role, element.accessible_name)
        for element in page.all("#status, #filter, #reset, main, section, #calls-table, li ul")
    ]

    assert told == [
        ("status", ""),
        ("searchbox", "Filter"),
        ("button", "Reset…"),
        ("main", ""),
        ("region", "App instances"),
        ("list", "Devices of Zoë Laurent"),
        ("region", "Calls"),
        ("table", "Calls, the latest first"),
    ]
    assert page.find("html").get_attribute("lang") == "en"
    assert page.browser.title == "Amazon Chime SDK Identity, mocked"
    assert {each.aria_role for each in page.all("th")} == {"columnheader"}
    levels = [
        int(name[1])
        for name in page.run(
            "return [...document.querySelectorAll('h1, h2, h3, h4, h5')]"
            ".filter((each) => each.checkVisibility()).map((each) => each.tagName)"
        )
    ]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_screen_readers_are_told_what_the_filter_found(page, client):
    make_chat(client)
    page.open()

    page.filter("staff")

    found = page.find("#found")
    assert found.aria_role == "status"
    assert (
        found.get_attribute("textContent") == "App instances: 1 of 2 found. Calls: 1 of 18 found."
    )
    page.find("#filter").send_keys(Keys.ESCAPE)
    assert found.get_attribute("textContent") == ""


@pytest.mark.parametrize("is_gone", [False, True], ids=["live", "gone"])
@pytest.mark.parametrize("is_empty", [False, True], ids=["full", "empty"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_is_enough_for_weak_eyes(page_of_server, client, scheme, is_empty, is_gone):
    page, stop, _ = page_of_server
    if not is_empty:
        make_chat(client)
    set_scheme(page.browser, scheme)
    page.open()
    if is_gone:
        stop()
        page.wait(lambda: page.status != "Live")

    contrasts = page.run(CONTRASTS)

    assert len(contrasts) > 8
    assert [found for found in contrasts if found[1] < 4.5] == []
    ground = page.run("return getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(244, 245, 247)", "dark": "rgb(20, 23, 27)"}[scheme]


@pytest.mark.parametrize("width", [320, 700, 1600])
def test_it_fits_into_any_width(page, client, width):
    make_chat(client)
    long = client.create_app_instance(Name="W" * MOST_CHARACTERS)["AppInstanceArn"]
    user_arn = create_user(client, long, "x" * 64, "W" * 100)
    register(client, user_arn, "W" * MOST_CHARACTERS)
    set_size(page.browser, width, 800)

    page.open()

    assert page.run("return document.documentElement.scrollWidth") == width


# The README's picture


def test_the_picture_can_be_made(browser):
    made = picture_of_chat(browser)

    assert struct.unpack(">4sII", made[12:24]) == (b"IHDR", *SIZE)


def test_the_picture_of_the_readme_is_small():
    picture = Path(__file__).parents[1] / "docs" / "page.png"

    assert struct.unpack(">4sII", picture.read_bytes()[12:24]) == (b"IHDR", *SIZE)
    assert picture.stat().st_size < 150_000
