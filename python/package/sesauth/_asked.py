"""Arguments that several functions have, as the native part takes them."""

from __future__ import annotations

import datetime
import json
from typing import Any, Mapping, Optional, Sequence, Union

Time = Union[str, datetime.datetime]
"""A time: aware, or as `2026-07-01T12:00:00Z`, `2026-07-01`, or Unix seconds."""

Metadata = Union[bytes, str, Mapping[str, Any]]
"""What an export of Amazon SES Mail Manager says of a message, as JSON or as its object."""


def time(at: Optional[Time]) -> Optional[str]:
    """A time as text."""
    if at is None or isinstance(at, str):
        return at
    if at.tzinfo is None:
        raise TypeError("at: a datetime with its time zone is needed, such as datetime.timezone.utc")
    return at.astimezone(datetime.timezone.utc).isoformat()


def metadata(said: Optional[Metadata]) -> Optional[bytes]:
    """Metadata as JSON."""
    if said is None or isinstance(said, bytes):
        return said
    return (said if isinstance(said, str) else json.dumps(said)).encode()


def texts(name: str, values: Sequence[str]) -> list[str]:
    """A list of texts; one text alone is none."""
    if isinstance(values, (str, bytes)):
        raise TypeError(f"{name}: a list is needed, not one {type(values).__name__}")
    return list(values)


def octets(name: str, message: object) -> bytes:
    """The octets of a message."""
    if isinstance(message, bytes):
        return message
    if isinstance(message, (bytearray, memoryview)):
        return bytes(message)
    hint = "; read the file in mode \"rb\"" if isinstance(message, str) else ""
    raise TypeError(f"{name}: the octets of a message are needed, not {type(message).__name__}{hint}")
