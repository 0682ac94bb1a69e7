"""F-07: the shipped nginx file in front of a real server, with TLS, hangers-on and a reload."""

from __future__ import annotations

import gzip
import http.client
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.load.house import House, new_house, started

pytestmark = pytest.mark.full
SHIPPED = Path(__file__).parents[2] / "deploy/nginx/locomotive.conf"
SLOW_SOCKETS = 150  # below the shipped limit of connections of one address
NAME = "127.0.0.1"
PATIENCE = 600  # seconds; while gunicorn's new workers load, visitors wait: long on a busy machine


class Answer(NamedTuple):
    """What the proxy said."""

    status: int
    headers: Message
    body: bytes


@dataclass
class Proxy:
    """nginx with the shipped file: its port for TLS, its log, and gunicorn behind it."""

    port: int
    log: Path
    gunicorn: subprocess.Popen[bytes]

    def get(self, path: str, **headers: str) -> Answer:
        """One page over TLS; the certificate is the test's own."""
        connection = http.client.HTTPSConnection(
            NAME, self.port, timeout=PATIENCE, context=ssl._create_unverified_context()
        )
        with closing(connection):
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())


@pytest.fixture
def proxy(
    tmp_path: Path, new_database: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Proxy]:
    if not shutil.which("nginx") or not shutil.which("openssl"):
        pytest.skip("nginx is not installed")
    monkeypatch.setenv("LOCOMOTIVE_PROXIES", "1")
    house: House = new_house(tmp_path, new_database("sqlite"), portions=100)
    gunicorn, behind = started(house, workers=2, threads=4, app="wsgi:app")
    port = _free()
    nginx = subprocess.Popen(["nginx", "-p", tmp_path, "-c", _settings(tmp_path, port, behind)])
    try:
        _until_open(port)
        yield Proxy(port, tmp_path / "locomotive.log", gunicorn)
    finally:
        for process in (nginx, gunicorn):
            process.terminate()
            process.wait(timeout=30)


def _settings(folder: Path, port: int, behind: int) -> Path:
    """The shipped file, whole, with this test's ports, name and certificate."""
    ours = SHIPPED.read_text()
    for before, after in (
        ("127.0.0.1:8000", f"127.0.0.1:{behind}"),
        ("commander.example.org", NAME),
        ("listen 443 ssl", f"listen {NAME}:{port} ssl"),
        ("listen 80", f"listen {NAME}:{_free()}"),
        ("/var/log/nginx", str(folder)),
        ("proxy_read_timeout 60s", f"proxy_read_timeout {PATIENCE}s"),
        (f"/etc/letsencrypt/live/{NAME}", str(folder)),
    ):
        assert before in ours
        ours = ours.replace(before, after)
    ours = re.sub(r"\n *listen \[::\].*", "", ours)
    certificate = (
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={NAME}"),
        *("-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"),
    )
    subprocess.run(certificate, check=True, capture_output=True)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    path = folder / "nginx.conf"
    path.write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log;"
        f"events {{ worker_connections 1024; }} http {{ {temporary}\n{ours}\n}}"
    )
    return path


def _free() -> int:
    with socket.socket() as free:
        free.bind((NAME, 0))
        return int(free.getsockname()[1])


def _until_open(port: int) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex((NAME, port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("nginx did not start")


def test_f07_slow_sockets_keep_no_one_from_the_menu(proxy: Proxy) -> None:
    context = ssl._create_unverified_context()
    with ExitStack() as slow:
        for _ in range(SLOW_SOCKETS):
            raw = socket.create_connection((NAME, proxy.port))
            hanging = slow.enter_context(context.wrap_socket(raw))
            hanging.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-")  # and nothing more
        assert proxy.get("/").status == 200


def test_pages_are_compressed_and_the_log_holds_no_link(proxy: Proxy) -> None:
    answer = proxy.get("/static/style.css", **{"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert b"{" in gzip.decompress(answer.body)
    secret = "s3cretLinkOfAnOrder000000000000000"
    for kind in ("o", "f", "r", "in"):
        assert proxy.get(f"/{kind}/{secret}?from={secret}").status == 404
    assert proxy.get("/o/x/calendar.ics").status == 404
    log = proxy.log.read_text()
    assert "/o/***/calendar.ics" in log
    assert secret not in log


def test_f08_a_reload_under_load_fails_no_request(proxy: Proxy) -> None:
    answers: Counter[int] = Counter()
    stop = threading.Event()

    def visit() -> None:
        while not stop.is_set():
            answers[proxy.get("/healthz").status] += 1

    visitors = [threading.Thread(target=visit) for _ in range(8)]
    for visitor in visitors:
        visitor.start()
    for _ in range(3):
        before = answers.total()
        os.kill(proxy.gunicorn.pid, signal.SIGHUP)
        while answers.total() < before + 100:
            assert all(visitor.is_alive() for visitor in visitors), answers
            time.sleep(0.1)
    stop.set()
    for visitor in visitors:
        visitor.join()
    assert set(answers) == {200}
