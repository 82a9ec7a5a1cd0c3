"""Where answers of DNS come from."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Literal, Optional, Sequence, Union

from ._native import Dns as _Dns

Absent = Literal["not-recorded", "nxdomain"]
"""What a question means that a recording does not hold."""

#: The most octets of a file that are read: more is refused by what reads them.
_MOST = (1 << 30) + 1


class Dns:
    """A source of answers of DNS.

    It may be used for any number of messages, by several threads, and in processes that were forked
    after it was made. It cannot be pickled: send the octets of the recording instead, and make it where
    it is used.
    """

    __slots__ = ("_native",)

    _native: _Dns

    def __init__(self) -> None:
        raise TypeError("make one by Dns.recording, Dns.zone or Dns.live")

    @classmethod
    def recording(
        cls, source: Union[str, os.PathLike[str], bytes], absent: Absent = "not-recorded"
    ) -> Dns:
        """Answers from a recording, as `sesauth inspect --record` and `sesauth batch --record` write it.

        `source` is the path of the file, or its octets. `absent` is what a question means that it does
        not hold: `"not-recorded"`, nothing is known and what depends on it is not evaluated; or
        `"nxdomain"`, the name does not exist.

        Raises `BadRecording`, which names the line, and `OSError` if the file cannot be read.
        """
        return cls._of(_Dns.recording(_octets(source), absent))

    @classmethod
    def zone(cls, text: Union[str, bytes], absent: Absent = "not-recorded") -> Dns:
        """Answers from the text of a zone file.

        `absent` is what a question means about a name outside its zones.

        Raises `BadRecording`, which names line and column.
        """
        return cls._of(_Dns.zone(_text(text), absent))

    @classmethod
    def live(
        cls,
        resolvers: Sequence[str] = (),
        *,
        authorities: Optional[bytes] = None,
        timeout: float = 3.0,
        retries: int = 1,
        budget: float = 60.0,
        in_flight: int = 64,
    ) -> Dns:
        """Asks DNS, with a cache for all that is judged by it.

        `resolvers` are such as `"192.0.2.53"`, `"tls://dns.example"` and
        `"https://dns.example/dns-query"`; without one, those of the system are asked. `authorities` are
        certificates in PEM that are trusted too. `timeout` is how many seconds to wait for one answer,
        `retries` how often a server is asked again, `budget` how many seconds all questions about one
        message may take. No more than `in_flight` questions are asked at once. Two with the same
        arguments are the same in one process: they share the cache and the bound.

        Raises `BadArgument`, also if the configuration of the system cannot be read.
        """
        if isinstance(resolvers, (str, bytes)):
            raise TypeError(f"resolvers: a list is needed, not one {type(resolvers).__name__}")
        return cls._of(_live(tuple(resolvers), authorities, timeout, retries, budget, in_flight))

    def with_records(self, text: Union[str, bytes]) -> Dns:
        """The same with planned records over it: what would be if they were published.

        `text` is zone text, or the JSON of a change for Route 53 or Cloudflare.

        Raises `BadRecording`, which says where the text cannot be read.
        """
        return self._of(self._native.with_records(_text(text)))

    @property
    def is_live(self) -> bool:
        """Whether questions go over the network."""
        return self._native.is_live

    @classmethod
    def _of(cls, native: _Dns) -> Dns:
        dns = object.__new__(cls)
        dns._native = native
        return dns

    def __repr__(self) -> str:
        return "<sesauth.Dns, live>" if self.is_live else "<sesauth.Dns, without network>"


def native(dns: Optional[Dns]) -> _Dns:
    """What is asked if the caller gives `dns`: without one the resolvers of the system."""
    if dns is None:
        dns = Dns.live()
    if not isinstance(dns, Dns):
        raise TypeError(f"dns: a sesauth.Dns is needed, not {type(dns).__name__}")
    return dns._native


@lru_cache(maxsize=16)
def _live(
    resolvers: tuple[str, ...],
    authorities: Optional[bytes],
    timeout: float,
    retries: int,
    budget: float,
    in_flight: int,
) -> _Dns:
    return _Dns.live(list(resolvers), authorities, timeout, retries, budget, in_flight)


def _octets(source: Union[str, os.PathLike[str], bytes]) -> bytes:
    if isinstance(source, bytes):
        return source
    with open(source, "rb") as file:
        return file.read(_MOST)


def _text(text: Union[str, bytes]) -> bytes:
    return text.encode() if isinstance(text, str) else text
