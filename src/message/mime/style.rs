//! How mail programs write quoted-printable and base64: where each breaks lines, and what it escapes.

/// One way to write quoted-printable (RFC 2045 §6.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QuotedPrintable {
    /// Where long lines are broken.
    pub wrap: Wrap,
    /// What is done with line ends.
    pub line_ends: LineEnds,
    /// Which spaces and tabs before a line end are escaped.
    pub blanks: Blanks,
    /// Whether every tab is escaped.
    pub tabs: bool,
    /// Where the `F` of `From ` is escaped.
    pub from: Froms,
    /// Which dots at the start of a line are escaped.
    pub dots: Dots,
    /// Whether `=` follows a text that does not end in a line end.
    pub closed: bool,
    /// Whether `?` is escaped.
    pub question_marks: bool,
    /// Whether what RFC 2045 §6.7 advises to escape is: characters that EBCDIC has elsewhere.
    pub cautious: bool,
    /// Whether escapes have small letters.
    pub lower_case: bool,
}

/// Where soft line breaks are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrap {
    /// A line is filled: it has at most `width` characters with its `=`.
    Fill {
        width: usize,
        /// What may use the last column in a line that has no `=`.
        last: Last,
    },
    /// Before the next character once a line has this many, whatever its width then is.
    Before(usize),
    /// The same, also before a line end.
    After(usize),
    /// The same as `After`, with spaces, tabs and `F` kept back until the next character is read, as
    /// the iPhone does: only two of these may stand on both sides of a soft break, or neither.
    AfterDeferred(usize),
    /// After the last space of a line that would have more than this many characters; one space
    /// more may stand before the `=`. A line without spaces is filled.
    Words(usize),
    /// As PHP does: a filled line of 75, where the octets of one character stay together if they are
    /// UTF-8.
    Characters,
    /// As Nodemailer does: after the last space or sign of punctuation among the last 25 of 76
    /// characters.
    Nodemailer,
}

/// What may stand in the last column of a line that a line end follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Last {
    /// Nothing.
    Nothing,
    /// An octet that is not escaped.
    Plain,
    /// Anything.
    Anything,
    /// Anything; and a space for whose escape there is no room is followed by a soft break, as the
    /// package `email` of Python does.
    LooseSpace,
}

/// What becomes of a line end in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineEnds {
    /// It is one.
    Kept,
    /// It is one, but counts as three characters of a line that goes on, as in Symfony's mail.
    Counted,
    /// It is escaped.
    Escaped,
}

/// Which spaces and tabs before a line end are escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blanks {
    /// The last one.
    Last,
    /// The last one, but not at the end of the text.
    LastWithin,
    /// The last one, after the lines were broken: the line may become longer than allowed.
    LastUncounted,
    /// All of them.
    All,
}

/// Where the `F` of `From ` is escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Froms {
    /// Nowhere.
    Nowhere,
    /// At the start of a line.
    LineStart,
    /// Everywhere.
    Everywhere,
}

/// Which dots at the start of a line are escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dots {
    /// None.
    No,
    /// One that is alone in its line.
    Alone,
    /// All.
    All,
}

/// As the RFC has it: full lines, and no escape that is not needed.
pub(super) const PLAIN: QuotedPrintable = QuotedPrintable {
    wrap: Wrap::Fill {
        width: 76,
        last: Last::Anything,
    },
    line_ends: LineEnds::Kept,
    blanks: Blanks::Last,
    tabs: false,
    from: Froms::Nowhere,
    dots: Dots::No,
    closed: false,
    question_marks: false,
    cautious: false,
    lower_case: false,
};

/// Gmail, Exchange Online, Amazon SES, Go.
pub(super) const GMAIL: QuotedPrintable = QuotedPrintable {
    wrap: Wrap::Fill {
        width: 76,
        last: Last::Nothing,
    },
    ..PLAIN
};

/// The same with `=` at the end, as some mail through Amazon SES has it.
pub(super) const CLOSED: QuotedPrintable = QuotedPrintable {
    closed: true,
    ..GMAIL
};

/// The same with dots escaped, as other mail through Amazon SES has it.
pub(super) const DOTTED: QuotedPrintable = QuotedPrintable {
    dots: Dots::All,
    ..GMAIL
};

/// JavaMail.
pub(super) const JAVA_MAIL: QuotedPrintable = QuotedPrintable {
    tabs: true,
    ..GMAIL
};

/// Mail on the iPhone.
pub(super) const IPHONE: QuotedPrintable = QuotedPrintable {
    wrap: Wrap::AfterDeferred(76),
    from: Froms::Everywhere,
    closed: true,
    ..PLAIN
};

/// Mail on the Mac.
pub(super) const APPLE_MAIL: QuotedPrintable = QuotedPrintable {
    from: Froms::Everywhere,
    closed: true,
    ..OUTLOOK
};

/// Outlook, where it sends over SMTP.
pub(super) const OUTLOOK: QuotedPrintable = QuotedPrintable {
    wrap: Wrap::Words(72),
    ..PLAIN
};

/// Thunderbird up to version 91.
pub(super) const THUNDERBIRD: QuotedPrintable = QuotedPrintable {
    wrap: Wrap::Before(73),
    from: Froms::LineStart,
    dots: Dots::All,
    ..POSTFIX
};

/// Thunderbird since, whose code for it is another.
pub(super) const NEW_THUNDERBIRD: QuotedPrintable = QuotedPrintable {
    wrap: Wrap::After(73),
    ..THUNDERBIRD
};

/// Nodemailer.
pub(super) const NODEMAILER: QuotedPrintable = QuotedPrintable {
    wrap: Wrap::Nodemailer,
    ..PLAIN
};

/// The package `email` of Python: `MIMEText`.
pub(super) const PYTHON: QuotedPrintable = QuotedPrintable {
    wrap: Wrap::Fill {
        width: 76,
        last: Last::LooseSpace,
    },
    ..PLAIN
};

/// The same: `EmailMessage`.
pub(super) const PYTHON_MESSAGE: QuotedPrintable = QuotedPrintable {
    wrap: Wrap::Fill {
        width: 78,
        last: Last::LooseSpace,
    },
    ..PLAIN
};

/// The module `quopri` of Python.
pub(super) const QUOPRI: QuotedPrintable = QuotedPrintable {
    wrap: Wrap::Fill {
        width: 76,
        last: Last::Plain,
    },
    blanks: Blanks::LastUncounted,
    dots: Dots::Alone,
    ..PLAIN
};

/// PHPMailer, and `quoted_printable_encode` of PHP.
pub(super) const PHP: QuotedPrintable = QuotedPrintable {
    wrap: Wrap::Characters,
    blanks: Blanks::LastWithin,
    tabs: true,
    ..PLAIN
};

/// Symfony and Laravel, which give the same function a text whose lines end in LF.
pub(super) const SYMFONY: QuotedPrintable = QuotedPrintable {
    line_ends: LineEnds::Counted,
    blanks: Blanks::LastUncounted,
    ..PHP
};

/// MIME::QuotedPrint of Perl.
pub(super) const PERL: QuotedPrintable = QuotedPrintable {
    blanks: Blanks::All,
    closed: true,
    ..PLAIN
};

/// Amazon WorkMail.
pub(super) const WORK_MAIL: QuotedPrintable = QuotedPrintable {
    wrap: Wrap::After(73),
    line_ends: LineEnds::Escaped,
    tabs: true,
    dots: Dots::All,
    question_marks: true,
    ..PLAIN
};

/// Postfix, where it makes 7-bit mail of 8-bit mail.
pub(super) const POSTFIX: QuotedPrintable = QuotedPrintable {
    wrap: Wrap::Before(73),
    blanks: Blanks::LastUncounted,
    ..PLAIN
};

/// Sendmail, where it does the same.
pub(super) const SENDMAIL: QuotedPrintable = QuotedPrintable {
    dots: Dots::Alone,
    ..POSTFIX
};

/// MimeKit.
pub(super) const MIME_KIT: QuotedPrintable = QuotedPrintable {
    wrap: Wrap::Before(70),
    closed: true,
    ..POSTFIX
};

/// As the RFC advises for mail through EBCDIC.
pub(super) const CAUTIOUS: QuotedPrintable = QuotedPrintable {
    cautious: true,
    ..PLAIN
};

/// The same in lines that leave room for the `=`.
pub(super) const CAUTIOUS_GMAIL: QuotedPrintable = QuotedPrintable {
    cautious: true,
    ..GMAIL
};

/// As the RFC has it, with tabs escaped.
pub(super) const TABS: QuotedPrintable = QuotedPrintable {
    tabs: true,
    ..PLAIN
};

/// As the RFC has it, in shorter lines.
pub(super) const fn narrow(width: usize) -> QuotedPrintable {
    QuotedPrintable {
        wrap: Wrap::Fill {
            width,
            last: Last::Anything,
        },
        ..PLAIN
    }
}

/// The ways of well-known programs, likeliest first, then those that the RFC allows and that programs
/// of one's own have.
pub(crate) const QUOTED_PRINTABLE: &[QuotedPrintable] = &[
    GMAIL,
    IPHONE,
    APPLE_MAIL,
    OUTLOOK,
    JAVA_MAIL,
    CLOSED,
    DOTTED,
    NODEMAILER,
    PHP,
    SYMFONY,
    PYTHON,
    PYTHON_MESSAGE,
    NEW_THUNDERBIRD,
    THUNDERBIRD,
    WORK_MAIL,
    PERL,
    QUOPRI,
    PLAIN,
    MIME_KIT,
    POSTFIX,
    SENDMAIL,
    TABS,
    narrow(75),
    CAUTIOUS,
    narrow(73),
    CAUTIOUS_GMAIL,
    narrow(72),
    narrow(70),
];

/// The lengths of lines of base64, likeliest first: the longest that RFC 2045 §6.8 allows, that of
/// Thunderbird, that of PEM (RFC 7468 §2), a shorter one, all in one line.
pub(crate) const BASE64: &[Option<usize>] = &[Some(76), Some(72), Some(64), Some(60), None];
