"""SMS: one small port: a folder in the demonstration, or one form sent to a provider by https."""

import http.client
from base64 import b64encode
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

SECONDS = 15.0


class SmsRefused(Exception):
    """The provider did not take it."""


def send_sms(url: str, folder: Path, *, name: str, phone: str, text: str) -> None:
    """Write one SMS into the folder ("folder:"), or send the form that the address's query is, with
    {phone} and {text} filled in; `user:password@` of the address sign it (RFC 7617).

    Raises SmsRefused, OSError.
    """
    # No letter of GSM 03.38: one space that keeps words together would halve what an SMS holds.
    text = text.replace("\u00a0", " ")
    if url == "folder:":
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.txt").write_text(f"{phone}\n{text}\n")
        return
    parts = urlsplit(url)
    values = {"{phone}": phone, "{text}": text}
    form = [(field, values.get(value, value)) for field, value in parse_qsl(parts.query)]
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if parts.username:
        signed = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        headers["Authorization"] = f"Basic {b64encode(signed).decode()}"
    connection = http.client.HTTPSConnection(
        parts.hostname or "", parts.port or 443, timeout=SECONDS
    )
    try:
        connection.request("POST", parts.path or "/", body=urlencode(form), headers=headers)
        status = connection.getresponse().status
    finally:
        connection.close()
    if not 200 <= status < 300:
        raise SmsRefused(f"answered {status}")


def international(phone: str) -> str:
    """A French number as providers want it: "06 12 34 56 78" → "+33612345678"."""
    digits = "".join(c for c in phone.replace("(0)", "") if c.isdigit())
    return f"+33{digits[-9:]}"
