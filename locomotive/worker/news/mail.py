"""A mail: its frame, and handing it to the server."""

import smtplib
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ...web.view import settings


def new_mail(subject: str, text: str, *, to: str, name: str, at: datetime) -> EmailMessage:
    """A mail of the house; its `name` is the same each time that it is sent, and `at` is when what
    it tells happened."""
    house = settings()
    mail = EmailMessage()
    mail["Subject"] = f"{house.restaurant_name} – {subject}"
    mail.set_content(text)
    mail["From"], mail["To"] = house.mail_from, to
    mail["Message-ID"] = f"<{name}@{urlsplit(house.public_url).hostname or 'locomotive'}>"
    mail["Date"] = at
    return mail


def deliver(mail: EmailMessage) -> None:
    """Hand a mail to the server, or write it to the folder of the demonstration.

    Raises OSError or SMTPException when it was not taken.
    """
    server = urlsplit(settings().mail_url)
    if server.scheme == "folder":
        folder = mail_folder()
        folder.mkdir(parents=True, exist_ok=True)
        name = mail["Message-ID"].strip("<>").split("@")[0]
        (folder / f"{name}.eml").write_bytes(mail.as_bytes())
        return
    connect = smtplib.SMTP_SSL if server.scheme == "smtps" else smtplib.SMTP
    with connect(server.hostname or "", server.port or 0, timeout=20) as smtp:
        if server.username:
            if server.scheme == "smtp":
                smtp.starttls()
            smtp.login(unquote(server.username), unquote(server.password or ""))
        smtp.send_message(mail)


def mail_folder() -> Path:
    """Where the demonstration's mails are written."""
    return settings().files / "mails"
