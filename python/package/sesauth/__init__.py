"""Explains why a saved mail message passed or failed SPF, DKIM and DMARC.

    import sesauth

    analysis = sesauth.inspect(octets, dns=sesauth.Dns.recording("dns.jsonl"))
    print(analysis.text())

`inspect` judges one message, `inspect_many` any number of them, `domain` looks at what a domain
publishes. They give what the command `sesauth` gives, byte for byte. The interpreter is free for other
threads while they work.
"""

from ._analysis import Analysis, inspect
from ._dns import Dns
from ._domain import DomainCheck, domain
from ._errors import BadArgument, BadRecording, Error, NoDns, NotAMessage
from ._many import Message, inspect_many, schema
from ._native import __version__

__all__ = [
    "Analysis",
    "BadArgument",
    "BadRecording",
    "Dns",
    "DomainCheck",
    "Error",
    "Message",
    "NoDns",
    "NotAMessage",
    "__version__",
    "domain",
    "inspect",
    "inspect_many",
    "schema",
]
