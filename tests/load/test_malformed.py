"""Requests that no browser sends: each gets a short answer, none a traceback or a 500."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.load.house import House, new_house, served

pytestmark = pytest.mark.full
HOST = "Host: 127.0.0.1\r\n"
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\n"


def get(path: str, headers: str = "", method: str = "GET", version: str = "HTTP/1.1") -> bytes:
    return f"{method} {path} {version}\r\n{HOST}{headers}\r\n".encode("latin-1")


def post(path: str, body: str, headers: str = FORM) -> bytes:
    length = f"Content-Length: {len(body)}\r\n"
    return f"POST {path} HTTP/1.1\r\n{HOST}{headers}{length}\r\n{body}".encode("latin-1")


def chunks(body: str, headers: str = FORM) -> bytes:
    return f"POST /order HTTP/1.1\r\n{HOST}{headers}{CHUNKED}\r\n{body}".encode("latin-1")


MULTIPART = "Content-Type: multipart/form-data"
# What is wrong → the bytes, and the statuses that are right.
REQUESTS: dict[str, tuple[bytes, set[int]]] = {
    "a line too long": (get("/" + "x" * 9000), {400, 414}),
    "a question too long": (get("/?a=" + "x" * 9000), {400, 414}),
    "a header too long": (get("/", f"X-Long: {'x' * 9000}\r\n"), {400, 431}),
    "too many headers": (get("/", "".join(f"X-{i}: 1\r\n" for i in range(200))), {400, 431}),
    "a header without a colon": (get("/", "nonsense\r\n"), {400}),
    "a header with a space in its name": (get("/", "X Y: 1\r\n"), {400}),
    "a NUL in a header": (get("/", "X-Nul: a\x00b\r\n"), {400}),
    "a NUL in the line": (get("/\x00"), {400, 404}),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", {200, 303, 400}),
    "two hosts": (get("/", "Host: evil.example\r\n"), {400}),
    "an old version": (get("/legal", version="HTTP/1.0"), {200}),
    "a version of the future": (get("/", version="HTTP/7.9"), {400, 505}),
    "no request": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", {400}),
    "a method in small letters": (get("/", method="get"), {400, 405}),
    "an unknown method": (get("/", method="BREW"), {400, 405}),
    "DELETE": (get("/order", method="DELETE"), {405}),
    "TRACE": (get("/", method="TRACE"), {405}),
    "PUT": (get("/basket", method="PUT"), {400, 405}),
    "GET where only POST is": (get("/basket/"), {404, 405}),
    "half a percent sign": (get("/menu/%"), {404}),
    "a percent sign of nonsense": (get("/menu/%zz?day=%zz&%"), {404}),
    "bytes that are no UTF-8": (get("/menu/%ff%fe?day=%ff"), {404}),
    "an encoded NUL": (get("/menu/%00?day=%00"), {404}),
    "an encoded line end": (get("/menu/%0d%0aX: 1"), {400, 404}),
    "way out of the folder": (get("/static/../../../../etc/passwd"), {404}),
    "way out, encoded": (get("/static/%2e%2e/%2e%2e/etc/passwd"), {404}),
    "nonsense for a cookie": (get("/order", "Cookie: session=\xff.a.b;;=;x\r\n"), {200, 303}),
    "nonsense for a language": (get("/legal", "Accept-Language: ;;q=x,\xff\r\n"), {200}),
    "nonsense for a range": (get("/static/style.css", "Range: bytes=9-1,x\r\n"), {200, 404, 416}),
    "nonsense for a date": (get("/static/style.css", "If-Modified-Since: never\r\n"), {200, 404}),
    "nonsense for an etag": (get("/legal", 'If-None-Match: "\xff, W/\r\n'), {200}),
    "a chunk without a size": (chunks("ZZZ\r\nday=1\r\n0\r\n\r\n"), {400}),
    "a chunk of a negative size": (chunks("-5\r\nday=1\r\n0\r\n\r\n"), {400}),
    "a chunk longer than said": (chunks("2\r\nday=1\r\n0\r\n\r\n"), {400}),
    "chunks that end too soon": (chunks("ff\r\nday=1"), {400}),
    "a huge chunk": (chunks("fffffffffffffffff\r\nday=1"), {400, 413}),
    "chunks and a length": (chunks("0\r\n\r\n", f"{FORM}Content-Length: 5\r\n"), {400}),
    "a length that is no number": (get("/order", "Content-Length: x\r\n", "POST"), {400}),
    "a negative length": (get("/order", "Content-Length: -1\r\n", "POST"), {400}),
    "two lengths": (get("/order", "Content-Length: 1\r\nContent-Length: 2\r\n", "POST"), {400}),
    "a length of a whole disk": (get("/order", f"{FORM}Content-Length: 9{'0' * 14}\r\n", "POST"),
                                 {400, 413}),
    "a body that ends too soon": (get("/order", f"{FORM}Content-Length: 50\r\n", "POST"), {400}),
    "JSON for a form": (post("/order", '{"day": 1}', "Content-Type: application/json\r\n"), {400}),
    "broken JSON": (post("/basket", "{", "Content-Type: application/json\r\n"), {400}),
    "XML": (post("/sign-in", "<x/>", "Content-Type: text/xml\r\n"), {400}),
    "no type": (post("/sign-in", "name=x", ""), {400}),
    "parts without a boundary": (post("/order", "x", f"{MULTIPART}\r\n"), {400}),
    "parts that do not end": (
        post("/order", "--b\r\nContent-Disposition: form-data;", f"{MULTIPART}; boundary=b\r\n"),
        {400},
    ),
    "a foreign charset": (
        post("/order", "day=\xff\xfe", FORM.replace("\r\n", "; charset=utf-16\r\n")), {400},
    ),
    "thousands of fields": (post("/order", "&".join(f"f{i}=1" for i in range(5000))), {400, 413}),
}  # fmt: skip


def answer_to(port: int, sent: bytes) -> tuple[int, str]:
    """The status and the body of what a socket gets that sends so many bytes and no more."""
    with socket.create_connection(("127.0.0.1", port), timeout=120) as connection:
        try:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # answered and closed before all was sent
        found = b""
        try:
            while piece := connection.recv(65536):
                found += piece
        except ConnectionResetError:
            pass
    head, _, body = found.partition(b"\r\n\r\n")
    status = re.match(rb"HTTP/1\.[01] (\d{3})", head)
    return int(status[1]) if status else 0, body.decode(errors="replace")


def wrong_answers(port: int) -> Iterator[str]:
    """What is answered otherwise than it should be."""
    for name, (sent, right) in REQUESTS.items():
        status, body = answer_to(port, sent)
        if status not in right:
            yield f"{name}: {status}"
        if "Traceback" in body or "werkzeug" in body:
            yield f"{name}: tells of its inside"


@pytest.fixture
def house(tmp_path: Path, new_database: Callable[[str], str]) -> House:
    return new_house(tmp_path, new_database("sqlite"), portions=10)


def test_a_malformed_request_gets_a_short_answer_and_no_traceback(
    house: House, capfd: pytest.CaptureFixture[str]
) -> None:
    with served(house, workers=1) as port:
        wrong = list(wrong_answers(port))
        assert answer_to(port, get("/legal"))[0] == 200
    said = capfd.readouterr()
    assert "\n".join(wrong) == ""
    assert "Traceback" not in said.out + said.err


def test_the_control_a_program_that_fails_is_found(
    house: House, capfd: pytest.CaptureFixture[str]
) -> None:
    with served(house, workers=1, app="tests.load.failing:app") as port:
        assert {"DELETE: 500", "half a percent sign: 500"} <= set(wrong_answers(port))
    assert "Traceback" in capfd.readouterr().err
