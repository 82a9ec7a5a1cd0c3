"""The objects of the JSON, `sesauth/1`, as far as most programs need them.

`sesauth schema` prints all of it. A key is absent where it would say nothing, so `get` reads what is
not required here. Within a version, keys and words are only added.
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict

ConclusionResult = Literal["pass", "fail", "none", "inconclusive"]
DmarcResult = Literal["pass", "fail", "none", "temperror", "permerror", "inconclusive"]
SpfResult = Literal[
    "none", "neutral", "pass", "fail", "softfail", "temperror", "permerror", "not-evaluated"
]
DkimResult = Literal["pass", "fail", "policy", "neutral", "temperror", "permerror", "not-evaluated"]
Severity = Literal["error", "warning", "notice"]
Rules = Literal["rfc9989", "rfc7489"]
Effort = Literal["off", "quick", "deep"]
Detail = Literal["data", "words", "full"]


class _Conclusion(TypedDict):
    result: ConclusionResult
    reason: str


class Conclusion(_Conclusion, total=False):
    """The outcome, and why."""

    sentence: str
    unsigned_body: bool


class _Spf(TypedDict):
    result: SpfResult
    cause: str


class SpfOf(_Spf, total=False):
    """SPF for one identity."""

    domain: str
    lookup: str
    matched: dict[str, Any]
    lookups: int
    trace: list[dict[str, Any]]
    sentence: str


class Spf(TypedDict):
    """SPF for both identities."""

    mail_from: SpfOf
    helo: SpfOf


class _Dkim(TypedDict):
    canonicalization: str
    result: DkimResult
    cause: str
    body: dict[str, Any]
    header: dict[str, Any]


class Dkim(_Dkim, total=False):
    """One signature."""

    domain: str
    selector: str
    identity: str
    algorithm: str
    signed_at: str
    expires_at: str
    signed_fields: list[str]
    key: dict[str, Any]
    autopsy: dict[str, Any]
    sentence: str


class _Policy(TypedDict):
    domain: str
    requested: Literal["none", "quarantine", "reject"]
    applied: Literal["none", "quarantine", "reject"]


class Policy(_Policy, total=False):
    """The policy that applies."""

    lookup: str
    tag: str
    tags: list[dict[str, Any]]


class _Dmarc(TypedDict):
    rules: Rules
    result: DmarcResult
    cause: str
    alignment: dict[str, Any]


class Dmarc(_Dmarc, total=False):
    """DMARC."""

    author_domain: str
    organizational_domain: str
    policy: Policy
    mechanisms: list[Literal["spf", "dkim"]]
    other_rules: dict[str, Any]
    differences: list[dict[str, Any]]
    steps: list[dict[str, Any]]


class _Results(TypedDict):
    dmarc: DmarcResult
    spf: SpfResult
    spf_aligned: bool
    dkim_aligned: bool


class Results(_Results, total=False):
    """The results that most programs need; `dkim` is the best of all signatures."""

    dkim: DkimResult


_Finding = TypedDict(
    "_Finding",
    {"code": str, "severity": Severity, "class": str, "at": dict[str, Any]},
)


class Finding(_Finding, total=False):
    """What a person should know, and do."""

    values: dict[str, Any]
    message: str
    evidence: list[dict[str, Any]]
    fix: dict[str, Any]


class _Document(TypedDict):
    schema: str
    source: dict[str, Any]
    message: dict[str, Any]
    session: dict[str, Any]
    spf: Spf
    dmarc: Dmarc
    conclusion: Conclusion
    results: Results


class Document(_Document, total=False):
    """All that is known of one message."""

    dkim: list[Dkim]
    arc: dict[str, Any]
    ses: dict[str, Any]
    claims: list[dict[str, Any]]
    only_ours: list[dict[str, Any]]
    junk: list[dict[str, Any]]
    findings: list[Finding]
    rules: list[dict[str, Any]]
    as_of_now: dict[str, Any]
    bulk: list[dict[str, Any]]
    lookups: list[dict[str, Any]]
    notes: list[dict[str, Any]]


class _DomainDocument(TypedDict):
    schema: str
    domain: str
    role: str
    spf: list[dict[str, Any]]
    dmarc: dict[str, Any]
    dkim: list[dict[str, Any]]
    findings: list[Finding]
    lookups: list[dict[str, Any]]


class DomainDocument(_DomainDocument, total=False):
    """All that is known of one domain."""

    exists: bool
    grade: dict[str, Any]
    mx: list[str]
    mail_from: dict[str, Any]
    hosts: list[dict[str, Any]]
    together: dict[str, Any]
