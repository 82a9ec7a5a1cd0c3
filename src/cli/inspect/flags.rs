//! The flags of `sesauth inspect`, and its help.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{ArgGroup, ValueEnum};
use sesauth::render::workflow::Escapes;

use super::super::authserv_id::AuthservIdFlag;
use super::super::autopsy::AutopsyFlag;
use super::super::canonical::Canonical;
use super::super::compare::CompareFlag;
use super::super::dns::DnsArguments;
use super::super::expect::{Expected, expected};
use super::super::findings::FindingArguments;
use super::super::flags::{ColorFlag, DetailArgument, ProfileFlag, RulesFlag, size};
use super::super::identity::IdentityFlag;
use super::super::plan::PlanArguments;
use super::super::provider::ProviderFlags;
use super::super::session::SessionArguments;

/// Explain one saved message: what SPF, DKIM and DMARC say of it, and why
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
#[command(
    group = ArgGroup::new("plan")
        .args(["policy", "spf_record", "overlay"])
        .multiple(true)
        .conflicts_with("record")
)]
pub struct Inspect {
    /// The raw message (.eml, .emlx, .msg, packed or not); `-` or nothing reads standard input
    pub(super) message: Option<PathBuf>,

    /// Judge a message that this one carries as an attachment: the first, or the Nth
    #[arg(
        long,
        value_name = "N",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "1"
    )]
    pub(super) attached: Option<NonZeroUsize>,

    /// Refuse a larger message, unpacked or not: bytes, or with K, M or G
    #[arg(long, value_name = "SIZE", default_value = "64M", value_parser = size)]
    pub(super) max_size: usize,

    #[command(flatten)]
    pub(super) session: SessionArguments,

    /// Take client, HELO, MAIL FROM and time from this JSON, as an export of Amazon SES Mail Manager
    /// has it beside each message: {"Envelope": {"Helo", "From"}, "Metadata": {"SenderIpAddress",
    /// "Timestamp"}}. The flags above take precedence
    #[arg(
        long,
        value_name = "FILE",
        help_heading = "Session",
        conflicts_with = "canonical"
    )]
    pub(super) metadata: Option<PathBuf>,

    #[command(flatten)]
    pub(super) dns: DnsArguments,

    #[command(flatten)]
    pub(super) plan: PlanArguments,

    #[command(flatten)]
    pub(super) rules: RulesFlag,

    /// Ask too whether reports may go where the record sends them (rua, ruf), and whether mail is
    /// taken there
    #[arg(long, help_heading = "DMARC")]
    pub(super) reports: bool,

    #[command(flatten)]
    pub(super) findings: FindingArguments,

    #[command(flatten)]
    pub(super) profile: ProfileFlag,

    #[command(flatten)]
    pub(super) identity: IdentityFlag,

    #[command(flatten)]
    pub(super) autopsy: AutopsyFlag,

    #[command(flatten)]
    pub(super) compare: CompareFlag,

    #[command(flatten)]
    pub(super) provider: ProviderFlags,

    #[command(flatten)]
    pub(super) authserv_id: AuthservIdFlag,

    /// How to show the result
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        help_heading = "Output"
    )]
    pub(super) format: InspectFormat,

    /// Show it as it is of the redacted message: other names, addresses and words, the same results;
    /// see `sesauth redact`
    #[arg(
        long,
        conflicts_with_all = ["plan", "record", "compare_with", "canonical"],
        help_heading = "Output"
    )]
    pub(super) redact: bool,

    /// With --redact: what replacements follow from, so that they are the same again
    #[arg(
        long,
        value_name = "TEXT",
        requires = "redact",
        help_heading = "Output"
    )]
    pub(super) seed: Option<String>,

    /// Exit with 1 unless the conclusion is this; "none" and "inconclusive" are not "pass"
    #[arg(long, value_name = "RESULT", help_heading = "Output")]
    pub(super) require: Option<Required>,

    /// Exit with 1 unless each result is this, and say which is not: dmarc=pass, spf=none, dkim=pass,
    /// dkim=pass@example.com; may be given several times, or with commas
    #[arg(
        long,
        value_name = "RESULTS",
        value_delimiter = ',',
        value_parser = expected,
        help_heading = "Output"
    )]
    pub(super) expect: Vec<Expected>,

    /// Write the octets that a signature was made over, byte for byte, and nothing else. SIG is its
    /// number, or its domain (d=). SIG alone is SIG:header, the signed fields and the signature field
    /// without its b=; SIG:body is the body, up to l=. Needs no DNS
    #[arg(
        long,
        value_name = "SIG[:header|:body]",
        value_parser = Canonical::parse,
        conflicts_with_all = OF_RESULTS,
        help_heading = "Output"
    )]
    pub(super) canonical: Option<Canonical>,

    /// Write nothing to standard output: the exit code says it
    #[arg(short, long, help_heading = "Output")]
    pub(super) quiet: bool,

    /// With --require pass, accept a pass on signatures that leave a part of the body unsigned (l=)
    #[arg(long, requires = "require", help_heading = "Output")]
    pub(super) allow_unsigned: bool,

    /// How much the JSON says [default: words]
    #[arg(long, value_name = "DETAIL", help_heading = "Output")]
    pub(super) detail: Option<DetailArgument>,

    /// Show the evidence too: hops, SPF tree, DMARC steps, signed bytes, DNS lookups
    #[arg(short, long, help_heading = "Output")]
    pub(super) verbose: bool,

    #[command(flatten)]
    pub(super) color: ColorFlag,
}

/// The arguments that say what becomes of a result.
const OF_RESULTS: [&str; 13] = [
    "authserv_id",
    "format",
    "require",
    "expect",
    "quiet",
    "detail",
    "verbose",
    "record",
    "plan",
    "reports",
    "compare_with",
    "provider",
    "zone",
];

const EXAMPLES: &str = "\
Examples:
  sesauth inspect message.eml
      with the system's resolver, and the session as the message tells it
  sesauth inspect --record dns.jsonl message.eml
  sesauth inspect --dns dns.jsonl message.eml
      the same again later, without network
  sesauth inspect --ip 192.0.2.10 --mail-from a@example.com < message.eml
      in a mail pipeline, which knows the session itself
  sesauth inspect --attached forwarded.eml
      the message that was forwarded as an attachment; --attached=2 for the
      second
  sesauth inspect --policy 'p=reject; adkim=s' message.eml
      what would happen if the policy that applies had these tags, beside what
      happens now; 'v=DMARC1; p=reject; adkim=s' is the whole record
  sesauth inspect --spf-record 'v=spf1 include:amazonses.com -all' message.eml
  aws sesv2 get-email-identity --email-identity example.com > example.com.json
  sesauth inspect --ses-identity example.com.json message.eml
      with what SES says of the identity: exact records, and its state in place
      of a guess
  sesauth inspect --compare-with mail-auth message.eml
      where Stalwart's engine says something else, and which clause is behind it
  mailauth report message.eml > peer.json
  sesauth inspect --compare-with peer.json message.eml
      the same for the report of another program
  sesauth inspect --format json message.eml | jq .conclusion
  sesauth inspect --quiet --expect dmarc=pass,dkim=pass@example.com message.eml
      exit code 1, and the result that differs on standard error
  sesauth inspect --redact --format markdown message.eml
      for a public ticket: other names, addresses and words, the same results
  sesauth inspect --format line message.eml
  sesauth inspect --format header --authserv-id mx.example.org message.eml
      as Authentication-Results; sesauth filter puts it on the message
  sesauth inspect --format records --provider route53 message.eml > change.json
  sesauth inspect --overlay change.json message.eml
  aws route53 change-resource-record-sets --hosted-zone-id ID \\
    --change-batch file://change.json
      the records of all fixes, what would happen with them, and then publish
      them
  sesauth inspect --canonical 1:body message.eml |
    openssl dgst -sha256 -binary | base64
      the body hash of signature 1 by another program: bh= if the body is as it
      was signed; --canonical 1 gives the header that b= signs
  sesauth inspect --require pass --ip 192.0.2.10 message.eml
      exit code 1 unless DMARC passes

Exit codes:
  0   analysed, and nothing was found at or above --fail-on
  1   something was found at or above --fail-on, or a result is not the one that
      --require or --expect asks for
  2   not analysed: usage, unreadable file, not a message, a plan that touches
      nothing, or recorded DNS that does not hold what is needed
  75  DNS gave no answer on which the DMARC result hangs, or could not be used;
      try again later";

/// For whom the output is.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum InspectFormat {
    /// For people: the result, and what to do; --verbose has all
    Text,
    /// One line, to be searched and counted
    Line,
    /// For tickets and pull requests
    Markdown,
    /// One page that needs nothing else, for a browser: all there is to say, with the evidence
    Html,
    /// For mail: the results as a field Authentication-Results, in the name of --authserv-id
    Header,
    /// For programs; see `sesauth schema`
    Json,
    /// The records of all fixes in one document, as --provider takes them, and nothing else
    Records,
}

impl InspectFormat {
    /// How it escapes.
    pub(super) fn escapes(self) -> Escapes {
        match self {
            Self::Text | Self::Line | Self::Markdown | Self::Records | Self::Header => {
                Escapes::Text
            }
            Self::Html => Escapes::Xml,
            Self::Json => Escapes::Json,
        }
    }
}

/// What a conclusion can be required to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Required {
    /// DMARC passes
    Pass,
}
