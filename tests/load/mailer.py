"""A worker that is killed again and again while it sends mails; run as a program of its own.

Arguments: instance folder, database address, mail server, kills, "claimed" or "sent": when a mail
counts as sent.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

from locomotive import jobs
from locomotive.clock import now
from locomotive.db import db
from locomotive.ordering.message import Message, claim_message, mark_sent
from tests.service_day import new_app


def claim_as_sent(session: object, **more: object) -> Message | None:
    """The control: a mail counts as sent once it is taken."""
    message = claim_message(session, **more)  # type: ignore[arg-type]
    if message is not None:
        mark_sent(message, now=now())
    return message


def main(folder: str, address: str, mail_url: str, kills: int, counts_when: str) -> None:
    app = new_app(Path(folder), address, mail_url=mail_url)
    if counts_when == "claimed":
        jobs.claim_message = claim_as_sent
    dice = random.Random(14)
    with app.app_context():
        db.engine.dispose()  # a child opens connections of its own
        for _ in range(kills):
            child = os.fork()
            if child == 0:
                jobs.send_mails()
                os._exit(0)
            time.sleep(0.04 + dice.random() * 0.08)
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


if __name__ == "__main__":
    main(*sys.argv[1:4], int(sys.argv[4]), sys.argv[5])
