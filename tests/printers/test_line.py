"""What a line to a printer says of a printer that goes."""

from __future__ import annotations

import socket
import struct

import pytest

from locomotive.printers.line import LineBroken, open_line


def test_what_was_sent_whole_and_then_thrown_away_may_lie_in_the_tray() -> None:
    """All of it found room in the line, so that no write fails: the reading tells."""
    with socket.create_server(("127.0.0.1", 0)) as door, open_line(door.getsockname()) as line:
        caller, _ = door.accept()
        line.send(b"a label")
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        caller.close()
        with pytest.raises(LineBroken) as broken:
            line.ask(b"", 32)
    assert broken.value.is_begun


def test_a_printer_that_ends_the_call_without_a_word_is_heard_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door, open_line(door.getsockname()) as line:
        caller, _ = door.accept()
        caller.sendall(b"fine")
        caller.close()
        assert line.ask(b"", 32) == b"fine"
