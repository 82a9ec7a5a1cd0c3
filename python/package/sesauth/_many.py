"""Many messages, as rows."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Iterable, Iterator, Optional, Sequence, Tuple, Union

from . import _asked, _native
from ._dns import Dns, native
from ._types import Effort, Rules

if TYPE_CHECKING:
    import pyarrow  # type: ignore[import-untyped, unused-ignore]

Message = Union[
    bytes,
    Tuple[str, bytes],
    Tuple[str, bytes, Optional[_asked.Metadata]],
    "os.PathLike[str]",
]
"""A message, a message with its name, one with its name and metadata, or a path."""


def inspect_many(
    messages: Iterable[Message],
    *,
    dns: Optional[Dns] = None,
    threads: int = 0,
    batch_rows: int = 1000,
    at: Optional[_asked.Time] = None,
    trusted_hosts: Sequence[str] = (),
    trusted_ids: Sequence[str] = (),
    is_delivery: bool = False,
    side_files: bool = True,
    rules: Rules = "rfc9989",
    advice: bool = True,
    mine: Sequence[str] = (),
    received: bool = False,
    ignore: Sequence[str] = (),
    autopsy: Effort = "off",
    max_size: int = 64 << 20,
) -> pyarrow.RecordBatchReader:
    """Judges any number of messages: one row each, in their order, as `sesauth batch --format parquet`
    writes them.

    `messages` gives, in any mixture:

    - the octets of a message; its `path` in the rows is its number, from 1;
    - a pair of a name and the octets; the name is its `path`. A third value is metadata, as for
      `inspect`, or None;
    - a path (`pathlib.Path`): a file, a folder, a Maildir, an mbox, a tar or zip archive. Each message
      in it has a row.

    They are taken as they are needed and not kept, so memory does not depend on how many there are: at
    most 64 MiB of messages wait, and the rows of one batch. What the iterable raises is raised by the
    reader, after the rows of the messages before. A message that cannot be analysed has a row that says
    why in the column `error`.

    `threads` judge at once; 0 is one for each processor, and more where DNS is asked. They do not need
    the interpreter. A batch has at most `batch_rows` rows. `side_files`: metadata beside a file, such as
    `message.json` beside `message.eml`, is used; one that cannot be read is warned of. The other
    arguments are those of `inspect`.

    Returns a `pyarrow.RecordBatchReader`; its columns were not copied. `schema()` gives the columns
    alone.

    Raises `ImportError` without pyarrow (`pip install 'sesauth[arrow]'`), `BadArgument`, and, after the
    last row, `NoDns` if DNS could not be used.
    """
    pa = _pyarrow()
    if isinstance(messages, (str, bytes, os.PathLike)):
        what = type(messages).__name__
        raise TypeError(f"messages: an iterable of messages is needed, not one {what}: give [message]")
    asked: dict[str, object] = {
        "threads": threads,
        "batch_rows": batch_rows,
        "at": _asked.time(at),
        "trusted_hosts": _asked.texts("trusted_hosts", trusted_hosts),
        "trusted_ids": _asked.texts("trusted_ids", trusted_ids),
        "is_delivery": is_delivery,
        "side_files": side_files,
        "rules": rules,
        "advice": advice,
        "mine": _asked.texts("mine", mine),
        "received": received,
        "ignore": _asked.texts("ignore", ignore),
        "autopsy": autopsy,
        "max_size": max_size,
    }
    rows = _native.Rows(_items(messages), native(dns), asked)
    # A generator, and not the stream of Arrow's C interface: an exception keeps its type through it.
    batches = (pa.record_batch(batch) for batch in rows)
    return pa.RecordBatchReader.from_batches(schema(), batches)


def schema() -> pyarrow.Schema:
    """The columns of the rows, each with what is in it as its metadata `description`.

    Raises `ImportError` without pyarrow.
    """
    return _pyarrow().schema(_native.Schema())


def _items(messages: Iterable[Message]) -> Iterator[Union[str, Tuple[str, bytes, Optional[bytes]]]]:
    """The messages in the form that the native part takes."""
    for number, message in enumerate(messages, 1):
        if isinstance(message, bytes):
            yield (str(number), message, None)
        elif isinstance(message, tuple) and len(message) in (2, 3):
            name, octets = message[:2]
            if not isinstance(name, str):
                raise TypeError(f"message {number}: its name is a text, not {type(name).__name__}")
            metadata = _asked.metadata(message[2]) if len(message) == 3 else None
            yield (name, _asked.octets(f"message {number}", octets), metadata)
        elif isinstance(message, os.PathLike):
            yield os.fspath(message)
        elif isinstance(message, str):
            raise TypeError(f"message {number}: a path is given as pathlib.Path, a message as bytes")
        else:
            yield (str(number), _asked.octets(f"message {number}", message), None)


def _pyarrow() -> Any:
    try:
        import pyarrow
    except ImportError as error:
        why = "rows need pyarrow, which is not installed: pip install 'sesauth[arrow]'"
        raise ImportError(why) from error
    return pyarrow
