//! `sesauth inspect`.

use std::fs::File;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{ArgGroup, ValueEnum};
use jiff::Timestamp;
use sesauth::conclusion::{Conclusion, ConclusionResult};
use sesauth::corpus::{Plan, PlanNote, Untouched};
use sesauth::dmarc::DmarcResult;
use sesauth::dns::{Cache, Dns, NoDns, Overlay, Question, Reply, Zone};
use sesauth::message::Opened;
use sesauth::redact::redact;
use sesauth::render::text::TextOptions;
use sesauth::render::workflow::Escapes;
use sesauth::session::{Metadata, MetadataFault};
use sesauth::{Analysis, Error, Inspection, Options, SessionHints, render};

use super::authserv_id::AuthservIdFlag;
use super::autopsy::AutopsyFlag;
use super::canonical::Canonical;
use super::compare::{CompareFlag, Other};
use super::dns::{DnsArguments, Load, Published, say_no_dns};
use super::expect::{Expected, expected};
use super::findings::FindingArguments;
use super::flags::{ColorFlag, DetailArgument, ProfileFlag, RulesFlag, limits, size};
use super::identity::IdentityFlag;
use super::plan::{PlanArguments, note_untouched, say_notes, touches, zone};
use super::provider::ProviderFlags;
use super::redact::{redaction, say_differences};
use super::runner::at_hand;
use super::session::SessionArguments;
use super::{Failure, Status, message, output, within, written};

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
    message: Option<PathBuf>,

    /// Judge a message that this one carries as an attachment: the first, or the Nth
    #[arg(
        long,
        value_name = "N",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "1"
    )]
    attached: Option<NonZeroUsize>,

    /// Refuse a larger message, unpacked or not: bytes, or with K, M or G
    #[arg(long, value_name = "SIZE", default_value = "64M", value_parser = size)]
    max_size: usize,

    #[command(flatten)]
    session: SessionArguments,

    /// Take client, HELO, MAIL FROM and time from this JSON, as an export of Amazon SES Mail Manager
    /// has it beside each message: {"Envelope": {"Helo", "From"}, "Metadata": {"SenderIpAddress",
    /// "Timestamp"}}. The flags above take precedence
    #[arg(
        long,
        value_name = "FILE",
        help_heading = "Session",
        conflicts_with = "canonical"
    )]
    metadata: Option<PathBuf>,

    #[command(flatten)]
    dns: DnsArguments,

    #[command(flatten)]
    plan: PlanArguments,

    #[command(flatten)]
    rules: RulesFlag,

    /// Ask too whether reports may go where the record sends them (rua, ruf), and whether mail is
    /// taken there
    #[arg(long, help_heading = "DMARC")]
    reports: bool,

    #[command(flatten)]
    findings: FindingArguments,

    #[command(flatten)]
    profile: ProfileFlag,

    #[command(flatten)]
    identity: IdentityFlag,

    #[command(flatten)]
    autopsy: AutopsyFlag,

    #[command(flatten)]
    compare: CompareFlag,

    #[command(flatten)]
    provider: ProviderFlags,

    #[command(flatten)]
    authserv_id: AuthservIdFlag,

    /// How to show the result
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        help_heading = "Output"
    )]
    format: InspectFormat,

    /// Show it as it is of the redacted message: other names, addresses and words, the same results;
    /// see `sesauth redact`
    #[arg(
        long,
        conflicts_with_all = ["plan", "record", "compare_with", "canonical"],
        help_heading = "Output"
    )]
    redact: bool,

    /// With --redact: what replacements follow from, so that they are the same again
    #[arg(
        long,
        value_name = "TEXT",
        requires = "redact",
        help_heading = "Output"
    )]
    seed: Option<String>,

    /// Exit with 1 unless the conclusion is this; "none" and "inconclusive" are not "pass"
    #[arg(long, value_name = "RESULT", help_heading = "Output")]
    require: Option<Required>,

    /// Exit with 1 unless each result is this, and say which is not: dmarc=pass, spf=none, dkim=pass,
    /// dkim=pass@example.com; may be given several times, or with commas
    #[arg(
        long,
        value_name = "RESULTS",
        value_delimiter = ',',
        value_parser = expected,
        help_heading = "Output"
    )]
    expect: Vec<Expected>,

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
    canonical: Option<Canonical>,

    /// Write nothing to standard output: the exit code says it
    #[arg(short, long, help_heading = "Output")]
    quiet: bool,

    /// With --require pass, accept a pass on signatures that leave a part of the body unsigned (l=)
    #[arg(long, requires = "require", help_heading = "Output")]
    allow_unsigned: bool,

    /// How much the JSON says [default: words]
    #[arg(long, value_name = "DETAIL", help_heading = "Output")]
    detail: Option<DetailArgument>,

    /// Show the evidence too: hops, SPF tree, DMARC steps, signed bytes, DNS lookups
    #[arg(short, long, help_heading = "Output")]
    verbose: bool,

    #[command(flatten)]
    color: ColorFlag,
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
enum InspectFormat {
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
    fn escapes(self) -> Escapes {
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
enum Required {
    /// DMARC passes
    Pass,
}

/// Why there is nothing to show.
enum Stop {
    /// The message cannot be analysed.
    Message(Error),
    /// What is planned cannot be published.
    Plan(Error),
    /// The plan changes nothing for the message, which has this analysis.
    Untouched(Vec<Untouched>, Box<Analysis>),
}

/// How the message is judged, by whatever DNS.
struct Judging<'j> {
    bytes: &'j [u8],
    hints: &'j SessionHints,
    now: Timestamp,
    options: &'j Options,
    others: &'j [Other],
    /// Whether a question goes over the network.
    is_live: bool,
}

impl Judging<'_> {
    async fn inspect(&self, dns: &impl Dns) -> Result<Inspection, Error> {
        sesauth::inspect_within(self.bytes, self.hints, dns, self.now, self.options).await
    }

    /// `inspection`, with what others say of the message.
    fn compared(&self, mut inspection: Inspection, dns: &impl Dns) -> Inspection {
        for other in self.others {
            match other {
                Other::Said(opinion) => {
                    let compared = opinion.compare(&inspection.analysis);
                    inspection.second_opinions.push(compared);
                }
                Other::Engine(engine) => {
                    let elsewhere = |question: &Question| match self.is_live {
                        true => Reply::NotRecorded,
                        false => at_hand(dns, question),
                    };
                    let (hints, options) = (self.hints, self.options);
                    let found = &mut inspection;
                    engine.compare(self.bytes, hints, options, self.now, elsewhere, found);
                }
            }
        }
        inspection
    }
}

impl Inspect {
    pub(super) fn run(self) -> Result<Status, Failure> {
        if self.detail.is_some() && !matches!(self.format, InspectFormat::Json) {
            return Err(Failure::new("--detail", "it needs --format json"));
        }
        if self.authserv_id.is_given() && !matches!(self.format, InspectFormat::Header) {
            return Err(Failure::new("--authserv-id", "it needs --format header"));
        }
        let has_no_form = matches!(
            self.format,
            InspectFormat::Line | InspectFormat::Json | InspectFormat::Header
        );
        if has_no_form && self.provider.is_given() {
            let why = "it needs --format text, markdown or records";
            return Err(Failure::new("--provider", why));
        }
        if let Some(canonical) = &self.canonical {
            return self.write_canonical(canonical);
        }
        let options = Options {
            limits: limits(self.max_size),
            attached: self.attached.map(usize::from),
            rules: self.rules.into(),
            reports: self.reports,
            bulk: self.profile.is_bulk(),
            advice: !self.findings.no_advice,
            audience: self.findings.audience(),
            // `Inspection::planned` looks at both, with the plan and without.
            planned: false,
            autopsy: self.autopsy.effort(true),
            identities: self.identity.identities()?,
            canonical_header: self.verbose,
        };
        let others = self.compare.others(&options.limits)?;
        let planned = self.planned()?;
        let published = self.dns.published(Load::One)?;
        let (name, bytes) = message::read(self.message.as_deref(), self.max_size)?;
        let hints = self.hints()?;
        let now = Timestamp::now();
        let judging = Judging {
            bytes: &bytes,
            hints: &hints,
            now,
            options: &options,
            others: &others,
            is_live: matches!(published, Published::Live(_)),
        };
        let judged = self.judge(&judging, &published, planned);
        let (judged, no_dns) = published.block_on(judged)?;
        let no_dns = no_dns.as_ref();
        let (mut inspection, notes) = match judged {
            Ok(judged) => judged,
            Err(Stop::Message(error)) => return Err(Failure::new(&name, error)),
            Err(Stop::Plan(error)) => return Err(self.plan.refused(error)),
            Err(Stop::Untouched(untouched, before)) => {
                return Ok(match no_dns {
                    Some(why) => {
                        say_no_dns(why);
                        Status::TryAgain
                    }
                    None => self.plan.say_untouched(&untouched, &before),
                });
            }
        };
        let mut zone = self.provider.zone().cloned();
        let name = match self.redact {
            true => {
                let mut how = redaction(self.seed.as_deref(), false, self.dns.absent())?;
                how.zone = zone;
                let redacted = redact(&bytes, &hints, now, &options, &inspection, &how);
                let redacted = redacted.map_err(|error| Failure::new(&name, error))?;
                say_differences(&redacted);
                zone = redacted.zone;
                inspection = redacted.inspection;
                "redacted".to_owned()
            }
            false => name,
        };
        self.findings.leave_out(&mut inspection.hits);
        let analysis = &inspection.analysis;
        let hops = analysis.session.hops.len();
        if let Some(hop) = self.session.reading.hop.filter(|hop| hop.get() > hops) {
            let why = format!("there are only {hops} Received fields");
            return Err(Failure::new(format!("--hop {hop}"), why));
        }
        if !self.redact {
            self.findings.say_strangers(analysis);
            self.identity.say_unmet(analysis);
        }
        self.dns
            .record(&published, no_dns, &analysis.lookups, now)?;
        if !self.quiet {
            let provider = match self.redact {
                true => &self.provider.of_zone(zone),
                false => &self.provider,
            };
            self.show(&inspection, &notes, &name, provider)?;
        }
        Ok(self.status(&inspection, no_dns))
    }

    fn write_canonical(&self, canonical: &Canonical) -> Result<Status, Failure> {
        let limits = limits(self.max_size);
        let (name, bytes) = message::read(self.message.as_deref(), self.max_size)?;
        let reading = self.session.hints().reading();
        let attached = self.attached.map(usize::from);
        let opened = Opened::open(&bytes, reading, attached, &limits);
        let opened = opened.map_err(|error| Failure::new(&name, error))?;
        let message = opened.message(&limits);
        let message = message.map_err(|error| Failure::new(&name, error))?;
        canonical.write(&name, &message, &limits)
    }

    /// What is known of the session.
    fn hints(&self) -> Result<SessionHints, Failure> {
        let mut hints = self.session.hints();
        if let Some(path) = &self.metadata {
            let name = path.display();
            let file = File::open(path).and_then(|file| within(file, Metadata::MOST));
            let bytes = file.map_err(|error| Failure::io(&name, &error))?;
            // More than may be read is refused as such.
            let metadata = match bytes {
                Some(bytes) => Metadata::parse(&bytes),
                None => Err(MetadataFault::TooLarge),
            };
            hints.metadata = Some(metadata.map_err(|fault| Failure::new(&name, fault))?);
        }
        Ok(hints)
    }

    /// The plan and the overlay; `None` if nothing is planned.
    fn planned(&self) -> Result<Option<(Plan, Zone)>, Failure> {
        let plan = self.plan.plan()?;
        say_notes(&plan);
        let overlay = self.plan.overlay()?;
        Ok(self.plan.is_given().then_some((plan, overlay)))
    }

    /// The inspection; if something is planned, both without it and with it, and what is to be known of
    /// the plan.
    async fn judge(
        &self,
        judging: &Judging<'_>,
        published: &Published,
        planned: Option<(Plan, Zone)>,
    ) -> Result<(Inspection, Vec<PlanNote>), Stop> {
        let Some((plan, overlay)) = planned else {
            let inspection = judging.inspect(published).await;
            let inspection = inspection.map_err(Stop::Message)?;
            return Ok((judging.compared(inspection, published), Vec::new()));
        };
        let published = Cache::new(published);
        let before = judging.inspect(&published).await;
        let before = Box::new(before.map_err(Stop::Message)?.analysis);
        let overlay = Overlay::new(overlay, &published);
        overlay.check(&before.lookups).map_err(Stop::Plan)?;
        let places = plan.places(&before);
        let is_met = places.iter().any(Result::is_ok);
        let untouched: Vec<Untouched> = places.into_iter().filter_map(Result::err).collect();
        if !is_met && !touches(&before, &overlay).await {
            return Err(Stop::Untouched(untouched, before));
        }
        note_untouched(&untouched, &before);
        let planned = Overlay::new(zone(&plan.records(&before)), &overlay);
        let after = judging.inspect(&planned).await;
        let after = after.map_err(Stop::Message)?.planned(before);
        Ok((judging.compared(after, &planned), plan.notes(untouched)))
    }

    fn show(
        &self,
        inspection: &Inspection,
        notes: &[PlanNote],
        name: &str,
        flags: &ProviderFlags,
    ) -> Result<(), Failure> {
        let color = self.color.is_wanted(&io::stdout());
        let provider = flags.provider();
        let mut out = output::stdout(self.format.escapes());
        let result = match self.format {
            InspectFormat::Text => {
                let options = TextOptions {
                    verbose: self.verbose,
                    color,
                    columns: output::columns(),
                    provider,
                };
                render::text::write(inspection, options, &mut out)
            }
            InspectFormat::Header => {
                let name = match self.redact {
                    true => self.authserv_id.redacted(),
                    false => self.authserv_id.name(),
                };
                let field = render::auth_results::field(&inspection.analysis, &name);
                render::auth_results::write(&field, "\n", &mut out)
            }
            InspectFormat::Line => render::line::write(inspection, name, &mut out),
            InspectFormat::Markdown => render::markdown::write(inspection, provider, &mut out),
            InspectFormat::Html => {
                render::html::write(inspection, output::file_name(name), provider, &mut out)
            }
            InspectFormat::Records => return flags.write_fixes(inspection),
            InspectFormat::Json => {
                let detail = self.detail.unwrap_or(DetailArgument::Words);
                render::json::write_planned(inspection, notes, detail.into(), &mut out)
            }
        };
        written(result.and_then(|()| out.flush()))
    }

    /// Whether the conclusion is what is required. Says so if not.
    fn is_met(&self, conclusion: &Conclusion) -> bool {
        let is_pass = conclusion.result == ConclusionResult::Pass;
        if is_pass && conclusion.unsigned_body && !self.allow_unsigned {
            eprintln!(
                "sesauth: --require pass: a part of the body is not signed (l=); \
                 --allow-unsigned accepts that"
            );
            return false;
        }
        if !is_pass {
            let result = conclusion.result.as_str();
            eprintln!("sesauth: --require pass: the conclusion is {result}");
        }
        is_pass
    }

    fn status(&self, inspection: &Inspection, no_dns: Option<&NoDns>) -> Status {
        let analysis = &inspection.analysis;
        if analysis.is_recording_incomplete() {
            for lookup in analysis.missing_lookups() {
                let question = &lookup.question;
                let text = format!("{} {}", question.kind, question.name);
                output::say(format!("not in the recorded DNS: {text}"));
            }
            let help = match self.dns.is_recorded() {
                true => "record again with --record, without --dns",
                false => "give recorded DNS with --dns, or leave out --offline",
            };
            output::say(format!("the analysis is incomplete: {help}"));
            return Status::NotAnalysed;
        }
        match self.findings.call_for_failure(&inspection.hits) {
            _ if no_dns.is_some() => Status::TryAgain,
            _ if analysis.dmarc.result == DmarcResult::Temperror => Status::TryAgain,
            _ if self.require.is_some() && !self.is_met(&analysis.conclusion) => Status::Fail,
            _ if !self.expect.iter().all(|one| one.is_met(analysis)) => Status::Fail,
            true => Status::Fail,
            false => Status::Fine,
        }
    }
}
