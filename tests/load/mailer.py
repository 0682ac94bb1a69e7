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
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from locomotive.core.clock import clock
from locomotive.core.db import db
from locomotive.ordering.message import Message, claim_message, mark_sent
from locomotive.worker import mails
from tests.service_day import new_app

MOST = 8  # mails that a worker takes before it is killed


def claims(when: str, told: int) -> Callable[..., Message | None]:
    """Return a claim that tells of itself through the pipe `told`."""

    def claim(session: Session, **more: Any) -> Message | None:
        message = claim_message(session, **more)
        os.write(told, b".")
        if message is not None and when == "claimed":  # the control
            mark_sent(message, now=clock.now())
        return message

    return claim


def main(folder: str, address: str, mail_url: str, kills: int, counts_when: str) -> None:
    app = new_app(Path(folder), address, mail_url=mail_url)
    hears, told = os.pipe()
    mails.claim_message = claims(counts_when, told)
    dice = random.Random(14)
    with app.app_context():
        db.engine.dispose()  # a child opens connections of its own
        for _ in range(kills):
            child = os.fork()
            if child == 0:
                mails.send_mails()
                os._exit(0)
            for _ in range(dice.randint(1, MOST)):
                os.read(hears, 1)
            time.sleep(dice.random() * 0.03)
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


if __name__ == "__main__":
    main(*sys.argv[1:4], int(sys.argv[4]), sys.argv[5])
