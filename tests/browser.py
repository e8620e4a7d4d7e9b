"""A real browser for the page of the server, and a picture of the page.

``tox run -e picture`` makes the README's picture, docs/page.png.
"""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from itertools import cycle
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from typing import Any

import boto3
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from chime_identity_mock import mock_chime_identity
from chime_identity_mock.demo import LEX_BOT_ALIAS_ARN, PINPOINT_APP_ARN
from chime_identity_mock.server import Server

PROGRAMS = ("chromium", "chromedriver")
FLAGS = (
    "--headless",
    "--no-sandbox",  # which root can't have
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--force-color-profile=srgb",
    "--disable-lcd-text",
    "--hide-scrollbars",
)
SIZE = (1200, 800)


def missing_programs() -> list[str]:
    """Those of the programs that are not installed."""
    return [program for program in PROGRAMS if which(program) is None]


@contextmanager
def open_browser() -> Iterator[Chrome]:
    """Start the browser that is on the path, with a profile of its own."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = ChromeOptions()
        options.binary_location = which("chromium") or ""
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        browser = Chrome(options, ChromeService(which("chromedriver")))
        try:
            yield browser
        finally:
            browser.quit()


def set_size(browser: Chrome, width: int, height: int) -> None:
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
    )


def set_scheme(browser: Chrome, scheme: str) -> None:
    """Prefer ``light`` or ``dark``."""
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def wait_until(browser: Chrome, is_so: Any) -> Any:
    """Wait for something of the page, and give it."""
    return WebDriverWait(browser, 20, poll_frequency=0.02).until(lambda _: is_so())


def picture(browser: Chrome) -> bytes:
    """What is seen of the page, as a PNG."""
    shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
    return base64.b64decode(shot["data"])


def make_chat(client: Any) -> None:
    """Make what a small product may have, by calls as it may make them, one of which is refused."""
    support = client.create_app_instance(
        Name="Aurora support",
        Metadata='{"plan":"business"}',
        Tags=[{"Key": "stage", "Value": "test"}],
    )["AppInstanceArn"]
    users = {
        user_id: client.create_app_instance_user(
            AppInstanceArn=support, AppInstanceUserId=user_id, Name=name, **more
        )["AppInstanceUserArn"]
        for user_id, name, more in (
            ("ann.miller", "Ann Miller", {"Metadata": '{"team":"care","desk":4}'}),
            ("zoe@example.com", "Zoë Laurent", {}),
            ("5021", "Tomáš Novák", {"Tags": [{"Key": "plan", "Value": "trial"}]}),
            (
                "guest-7",
                "Guest",
                {
                    "ExpirationSettings": {
                        "ExpirationDays": 30,
                        "ExpirationCriterion": "CREATED_TIMESTAMP",
                    }
                },
            ),
        )
    }
    client.create_app_instance_admin(
        AppInstanceArn=support, AppInstanceAdminArn=users["ann.miller"]
    )
    client.put_app_instance_retention_settings(
        AppInstanceArn=support,
        AppInstanceRetentionSettings={"ChannelRetentionSettings": {"RetentionDays": 90}},
    )
    bot = client.create_app_instance_bot(
        AppInstanceArn=support,
        Name="Order status",
        Configuration={
            "Lex": {
                "LexBotAliasArn": LEX_BOT_ALIAS_ARN,
                "LocaleId": "en_US",
                "RespondsTo": "STANDARD_MESSAGES",
            }
        },
    )["AppInstanceBotArn"]
    client.create_app_instance_admin(AppInstanceArn=support, AppInstanceAdminArn=bot)
    for name, kind, token in (
        ("Zoë's phone", "GCM", "dG9rZW4tb2Ytem9l"),
        ("Zoë's tablet", "APNS", "740f4707bebcf74f"),
    ):
        client.register_app_instance_user_endpoint(
            AppInstanceUserArn=users["zoe@example.com"],
            Name=name,
            Type=kind,
            ResourceArn=PINPOINT_APP_ARN if kind == "GCM" else LEX_BOT_ALIAS_ARN,
            EndpointAttributes={"DeviceToken": token},
        )
    staff = client.create_app_instance(Name="Staff room")["AppInstanceArn"]
    for user_id, name in (("ann.miller", "Ann Miller"), ("li.wei", "Li Wei")):
        user = client.create_app_instance_user(
            AppInstanceArn=staff, AppInstanceUserId=user_id, Name=name
        )["AppInstanceUserArn"]
    client.create_app_instance_admin(AppInstanceArn=staff, AppInstanceAdminArn=user)
    try:
        client.create_app_instance_user(
            AppInstanceArn=support, AppInstanceUserId="5021", Name="Tomas Novak"
        )
    except client.exceptions.ConflictException:
        client.update_app_instance_user(
            AppInstanceUserArn=users["5021"], Name="Tomáš Novák", Metadata=""
        )
    client.list_app_instance_users(AppInstanceArn=support, MaxResults=2)


def picture_of_chat(browser: Chrome) -> bytes:
    """The page of a server with a chat, as the README shows it."""
    with mock_chime_identity(seed=1) as mock, Server(mock) as server:
        client = boto3.client("chime-sdk-identity", "us-east-1")
        seconds = cycle((2, 7, 3, 11))
        client.meta.events.register(
            "before-call", lambda **_: mock.clock.advance(seconds=next(seconds))
        )
        make_chat(client)
        set_size(browser, *SIZE)
        set_scheme(browser, "light")
        browser.get(f"{server.url}/_mock/")
        wait_until(browser, lambda: browser.find_elements(By.CSS_SELECTOR, "#calls tr"))
        return picture(browser)


def make_picture(path: Path) -> None:
    """Put the picture of a chat in a file, in so few colours that it is small."""
    from PIL import Image  # noqa: PLC0415 - the tests have no need of it

    with open_browser() as browser:
        image = Image.open(BytesIO(picture_of_chat(browser)))
    image.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    make_picture(Path(sys.argv[1]))
