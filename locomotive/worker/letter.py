"""Letter: how a task is written into the queue: JSON, which can run nothing when it is read."""

import io
import json
import pickle
from typing import Any

from huey.registry import Message
from huey.serializer import Serializer
from huey.utils import Error

PICKLE = b"\x80"  # the first byte of what versions before wrote


class UnknownLetter(ValueError):
    """What stands in the queue was written by nobody of ours."""


class OldLetter(pickle.Unpickler):
    """Reads the tasks that the version before queued, and calls nothing else by name."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("huey.registry", "Message"):
            return Message
        raise UnknownLetter(f"{module}.{name}")


class Letters(Serializer):
    """Writes tasks and failures as JSON; reads those of before, too."""

    def _serialize(self, data: Any) -> bytes:
        if isinstance(data, Message):
            return json.dumps({"task": data._asdict()}).encode()
        if isinstance(data, Error):
            return json.dumps({"error": data.metadata}).encode()
        return json.dumps({"value": data}).encode()

    def _deserialize(self, data: bytes) -> Any:
        if data.startswith(PICKLE):
            return OldLetter(io.BytesIO(data)).load()
        read = json.loads(data)
        if "task" in read:
            return Message(**read["task"])
        return Error(read["error"]) if "error" in read else read["value"]
