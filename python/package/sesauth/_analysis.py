"""One message."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Optional, Sequence, Union, cast

from . import _asked, _native
from ._dns import Dns, native
from ._types import (
    Conclusion,
    ConclusionResult,
    Detail,
    Dkim,
    Dmarc,
    Document,
    Effort,
    Finding,
    Results,
    Rules,
    Spf,
)


class Analysis:
    """All that is known of one message, as `inspect` gives it.

    What it says is what `sesauth inspect` says of the same message, byte for byte.
    """

    def __init__(self, native: _native.Inspection) -> None:
        self._native = native

    @property
    def result(self) -> ConclusionResult:
        """The outcome in a word: `"pass"`, `"fail"`, `"none"` (no policy), or `"inconclusive"`."""
        return cast(ConclusionResult, self._native.result)

    @property
    def passes(self) -> bool:
        """Whether DMARC passes, on a signature that leaves no part of the body unsigned if it is one."""
        return self._native.passes

    @property
    def missing(self) -> list[str]:
        """The questions that the recording does not hold and a verdict hangs on, such as `"TXT
        _dmarc.example.com"`. Where there are some, the analysis is incomplete."""
        return self._native.missing

    @cached_property
    def _document(self) -> Document:
        return cast(Document, json.loads(self.to_json()))

    @property
    def conclusion(self) -> Conclusion:
        """The outcome, its reason, and a sentence about it."""
        return self._document["conclusion"]

    @property
    def results(self) -> Results:
        """The result of each mechanism in a word, and whether it is aligned."""
        return self._document["results"]

    @property
    def dmarc(self) -> Dmarc:
        """DMARC: the result, its cause, the policy, and the alignment."""
        return self._document["dmarc"]

    @property
    def spf(self) -> Spf:
        """SPF of the envelope sender (`mail_from`) and of HELO (`helo`)."""
        return self._document["spf"]

    @property
    def dkim(self) -> list[Dkim]:
        """The signatures, topmost first; none if the message has none."""
        return self._document.get("dkim", [])

    @property
    def findings(self) -> list[Finding]:
        """What a person should know and do, most severe first."""
        return self._document.get("findings", [])

    def to_dict(self, detail: Detail = "words") -> Document:
        """The JSON of `to_json`, read. Each call gives a new object."""
        return cast(Document, json.loads(self.to_json(detail)))

    def to_json(self, detail: Detail = "words") -> str:
        """As `sesauth inspect --format json` writes it: `"data"` alone, with `"words"`, or `"full"`."""
        return self._native.json(detail)

    def text(self, verbose: bool = False, width: int = 80) -> str:
        """As `sesauth inspect` shows it, in 60 to 120 columns; `verbose` has the evidence too."""
        return self._native.text(verbose, width)

    def markdown(self) -> str:
        """For tickets: as `sesauth inspect --format markdown`."""
        return self._native.markdown()

    def html(self, name: str = "message.eml") -> str:
        """A page that needs nothing else, as `sesauth inspect --format html`; `name` is that of the
        file, for its title."""
        return self._native.html(name)

    def line(self, name: str = "message.eml") -> str:
        """One line to be searched and counted, as `sesauth inspect --format line`."""
        return self._native.line(name)

    def header(self, authserv_id: str) -> str:
        """The results as a field Authentication-Results with its line end, in the name of
        `authserv_id`, such as `"mx.example.org"`.

        Raises `BadArgument` if that is no name.
        """
        return self._native.header(authserv_id)

    def __repr__(self) -> str:
        return f"<sesauth.Analysis, {self.result}>"


def inspect(
    message: Union[bytes, bytearray, memoryview],
    *,
    dns: Optional[Dns] = None,
    client_ip: Optional[str] = None,
    helo: Optional[str] = None,
    mail_from: Optional[str] = None,
    at: Optional[_asked.Time] = None,
    hop: Optional[int] = None,
    metadata: Optional[_asked.Metadata] = None,
    trusted_hosts: Sequence[str] = (),
    trusted_ids: Sequence[str] = (),
    is_delivery: bool = False,
    attached: Optional[int] = None,
    rules: Rules = "rfc9989",
    reports: bool = False,
    advice: bool = True,
    bulk: bool = False,
    mine: Sequence[str] = (),
    received: bool = False,
    ignore: Sequence[str] = (),
    autopsy: Effort = "quick",
    canonical_header: bool = False,
    max_size: int = 64 << 20,
) -> Analysis:
    """Judges one saved message: `.eml`, `.emlx`, `.msg`, packed or not.

    `message` is the octets of the file. `dns` answers the questions; without it the resolvers of the
    system are asked, with one cache for the process. With records from `Dns.with_records` the analysis
    is of what would be.

    Of the session in which the message came, the caller may say what it knows; what it does not say is
    taken from the message:

    - `client_ip`, `helo`, `mail_from` (`""` for the null one), and `at`, the time to judge at;
    - `metadata`, an export of Amazon SES Mail Manager: `{"Envelope": {"Helo", "From"}, "Metadata":
      {"SenderIpAddress", "Timestamp"}}`, as JSON or as an object. The arguments above go before it;
    - `hop`, the Received field to take the session from, 1 is the topmost;
    - `trusted_hosts`, hosts of the receiver or domains of its hosts, and `trusted_ids`, the names under
      which it writes Authentication-Results;
    - `is_delivery`: the octets come from a mail server, and not from a file.

    How it is judged:

    - `attached`: the message that this one carries, 1 is the first;
    - `rules`: those of DMARC that count;
    - `reports`: also ask whether reports may go where the record sends them;
    - `advice`: also ask what only advice needs; no verdict depends on it;
    - `bulk`: also see what large receivers ask of bulk senders;
    - `mine`, domains that the reader runs, or `received`, the reader runs none: for whom advice is;
    - `ignore`: codes of findings to leave out;
    - `autopsy`: how much to try to find out what broke a signature;
    - `canonical_header`: keep the signed bytes for `text(verbose=True)` and `html`;
    - `max_size`: refuse more bytes, unpacked or not.

    Raises `NotAMessage` if the octets are no mail, `BadArgument`, and `NoDns` if DNS cannot be used. A
    fault of the mail, or a question that is not answered, is a result and not an error.
    """
    octets = _asked.octets("message", message)
    asked: dict[str, object] = {
        "client_ip": client_ip,
        "helo": helo,
        "mail_from": mail_from,
        "at": _asked.time(at),
        "hop": hop,
        "metadata": _asked.metadata(metadata),
        "trusted_hosts": _asked.texts("trusted_hosts", trusted_hosts),
        "trusted_ids": _asked.texts("trusted_ids", trusted_ids),
        "is_delivery": is_delivery,
        "attached": attached,
        "rules": rules,
        "reports": reports,
        "advice": advice,
        "bulk": bulk,
        "mine": _asked.texts("mine", mine),
        "received": received,
        "ignore": _asked.texts("ignore", ignore),
        "autopsy": autopsy,
        "canonical_header": canonical_header,
        "max_size": max_size,
    }
    return Analysis(_native.inspect(octets, native(dns), asked))
