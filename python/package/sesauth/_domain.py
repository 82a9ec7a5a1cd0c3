"""What a domain publishes."""

from __future__ import annotations

import json
from typing import Optional, Sequence, cast

from . import _asked, _native
from ._dns import Dns, native
from ._types import DomainDocument, Rules


class DomainCheck:
    """What a domain publishes for mail, as `domain` gives it.

    What it says is what `sesauth domain` says, byte for byte.
    """

    def __init__(self, native: _native.DomainCheck) -> None:
        self._native = native

    @property
    def grade(self) -> Optional[str]:
        """The grade, from `"A+"` to `"F"`; None if DNS did not answer what it depends on."""
        return self._native.grade

    @property
    def points(self) -> Optional[int]:
        """The points behind it, of 100."""
        return self._native.points

    def to_dict(self) -> DomainDocument:
        """The JSON of `to_json`, read."""
        return cast(DomainDocument, json.loads(self.to_json()))

    def to_json(self) -> str:
        """As `sesauth domain --format json` writes it."""
        return self._native.json()

    def text(self, verbose: bool = False, width: int = 80) -> str:
        """As `sesauth domain` shows it, in 60 to 120 columns; `verbose` has the evidence too."""
        return self._native.text(verbose, width)

    def markdown(self) -> str:
        """For tickets: as `sesauth domain --format markdown`."""
        return self._native.markdown()

    def html(self) -> str:
        """A page that needs nothing else, as `sesauth domain --format html`."""
        return self._native.html()

    def __repr__(self) -> str:
        return f"<sesauth.DomainCheck, {self.grade or 'not graded'}>"


def domain(
    name: str,
    *,
    dns: Optional[Dns] = None,
    mail_from: Optional[str] = None,
    selectors: Sequence[str] = (),
    guess: bool = False,
    region: Optional[str] = None,
    hosts: Sequence[str] = (),
    rules: Rules = "rfc9989",
    bulk: bool = False,
) -> DomainCheck:
    """Looks at what a domain publishes for mail, and grades it, without a message.

    `name` is the domain as it stands behind the @ in From. `dns` answers the questions; without it the
    resolvers of the system are asked. What is known of the domain:

    - `mail_from`: the custom MAIL FROM domain in Amazon SES, a name or the part before the domain;
    - `selectors`: of DKIM, as `s=` in a signature. DNS cannot list them; `guess` also asks for common
      ones;
    - `region`: in which it uses SES, such as `"eu-west-1"`;
    - `hosts`: addresses of hosts that send its mail.

    `rules` are those of DMARC that count, `bulk` also sees what large receivers ask of bulk senders.

    Raises `BadArgument` if a value cannot be used, and `NoDns` if DNS cannot be used.
    """
    if not isinstance(name, str):
        raise TypeError(f"name: a text is needed, not {type(name).__name__}")
    asked: dict[str, object] = {
        "mail_from": mail_from,
        "selectors": _asked.texts("selectors", selectors),
        "guess": guess,
        "region": region,
        "hosts": _asked.texts("hosts", hosts),
        "rules": rules,
        "bulk": bulk,
    }
    return DomainCheck(_native.domain(name, native(dns), asked))
