"""The house as `make run` starts it, and Debian's Chromium in front of it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from werkzeug.serving import make_server
from werkzeug.wsgi import ClosingIterator

from tests.conftest import lacking
from tests.service_day import Day

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from playwright.sync_api import Browser, BrowserContext

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# Milliseconds after which a page hangs; a busy machine needs some of them, and no test is decided
# by them.
PATIENCE = 120_000
PICTURES = pytest.StashKey[Path]()
# Chromium looks for its maker's hosts unless it is told not to.
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Lunch:
    """The demonstration that is being served: its address and one link for each role."""

    url: str
    links: dict[str, str]
    day: str
    folder: Path


@pytest.fixture(scope="session")
def lunch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lunch]:
    """A demonstration that the tests share."""
    with serving(tmp_path_factory.mktemp("served")) as lunch:
        yield lunch


@pytest.fixture(scope="module")
def own_lunch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lunch]:
    """A demonstration that one module may use up."""
    with serving(tmp_path_factory.mktemp("served")) as lunch:
        yield lunch


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[Lunch]:
    """Serve an empty folder: database, demonstration, web and worker, as `make run` does; what
    `settings` name is told to them."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    environ = {k: v for k, v in os.environ.items() if not k.startswith("LOCOMOTIVE_")}
    environ |= {
        "LOCOMOTIVE_INSTANCE": str(folder),
        "LOCOMOTIVE_PLANNER_SECONDS": "3",
        "LOCOMOTIVE_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "PYTHONUNBUFFERED": "1",
        **settings,
    }
    output = folder / "output"
    with output.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "wsgi", "serve", "--port", str(port)],
            cwd=ROOT,
            env=environ,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url, process, output)
        said = output.read_text()
        links = dict(re.findall(r"^  (manager|kitchen|rider|farmer)\s+(\S+)$", said, re.M))
        day = re.findall(r"that of (\d{4}-\d\d-\d\d)", said)[0]
        yield Lunch(url, links, day, folder)
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def _whole(app: Flask) -> WSGIApplication:
    """Each answer read whole and closed: this server leaves a file open when a browser goes away
    before its end."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        with closing(ClosingIterator(app(environ, start_response))) as parts:
            return [b"".join(parts)]

    return answer


@contextmanager
def answering(app: Flask) -> Iterator[str]:
    """Serve an application of the tests from a thread; its address."""
    server = make_server("127.0.0.1", 0, _whole(app), threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()


def as_manager(chromium: Browser, day: Day, url: str, **options: object) -> BrowserContext:
    """A browser that is signed in as the manager of such an application."""
    context = chromium.new_context(**options)  # type: ignore[arg-type]
    for cookie in day.signed_in("manager")._cookies.values():
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": url}])
    return context


def _wait(url: str, process: subprocess.Popen[bytes], output: Path) -> None:
    until = monotonic() + 3 * PATIENCE / 1000  # tables and a whole lunch are made first
    while monotonic() < until:
        assert process.poll() is None, output.read_text()
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            sleep(0.2)
    raise AssertionError(output.read_text())


@pytest.fixture(scope="session")
def chromium(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[object]:
    """A headless Chromium; the tests skip visibly where Debian's is not installed."""
    if CHROMIUM is None:
        lacking("Chromium")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    pytestconfig.stash[PICTURES] = tmp_path_factory.mktemp("pictures")

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let a failure name the pictures of the pages that it left open."""
    report = yield
    browser = getattr(item, "funcargs", {}).get("chromium")
    if call.when == "call" and report.failed and browser is not None:
        taken = pictures(browser, item.config.stash[PICTURES], item.name)
        report.sections.append(("Pictures", "\n".join(taken)))
    return report


def pictures(browser: Browser, folder: Path, name: str) -> list[str]:
    """Take a picture of every open page; the files' names."""
    from playwright.sync_api import Error

    taken = []
    for number, page in enumerate(page for context in browser.contexts for page in context.pages):
        path = folder / f"{re.sub(r'[^a-zA-Z0-9]+', '-', name)}-{number}.png"
        try:
            page.screenshot(path=path, timeout=20_000)
        except Error as error:
            taken.append(f"no picture of {page.url}: {error.message.splitlines()[0]}")
        else:
            taken.append(f"{path} of {page.url}")
    return taken


@pytest.fixture(autouse=True)
def _pages_close(request: pytest.FixtureRequest) -> Iterator[None]:
    """Close what a test has opened: its pages would go on asking beside the tests that follow."""
    if "chromium" not in request.fixturenames:
        yield
        return
    browser = request.getfixturevalue("chromium")
    before = list(browser.contexts)
    yield
    for context in browser.contexts:
        if context not in before:
            context.close()
