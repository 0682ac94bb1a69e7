"""The mails to customers, for the manager."""

import email
import email.policy
from typing import Any

from flask import (
    Blueprint,
    render_template,
)

from ..core.clock import clock
from ..core.db import db
from ..feeds.reader import count_readers
from ..ordering.message import Message, messages
from ..web.audience import audience
from ..web.view import settings

room = Blueprint("mails", __name__)


@room.get("/office/mails")
@audience("manager")
def mails() -> str:
    """The mails to customers: which went, which did not, and whom to call."""
    at = clock.now()
    found = messages(db.session(), now=at)
    return render_template(
        "office/mails.html",
        mails=[(message, written(message)) for message in found],
        now=at,
        readers=count_readers(db.session()),
        is_folder=settings().mail_url.startswith("folder"),
    )


def written(message: Message) -> str:
    """The text of a mail as it lies in the demonstration's folder, else nothing."""
    path = settings().files / "mails" / message.file_name
    if not settings().mail_url.startswith("folder") or not path.exists():
        return ""
    mail: Any = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    return str(mail.get_content())
