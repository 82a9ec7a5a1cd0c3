"""What is raised. Anything wrong with a mail itself is a result and not an error."""

from __future__ import annotations


class Error(Exception):
    """Why something could not be analysed, in the words of the command."""


class NotAMessage(Error, ValueError):
    """The octets are not a mail message. The text says what they are, and what to do."""


class BadRecording(Error, ValueError):
    """Recorded DNS, zone text or planned records cannot be read. The text says where."""


class BadArgument(Error, ValueError):
    """The value of an argument cannot be used. The text begins with its name."""


class NoDns(Error):
    """DNS could not be used, so nothing can be concluded: no server answers, or all lie."""
