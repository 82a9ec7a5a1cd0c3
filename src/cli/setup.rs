//! `sesauth setup`.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueEnum;
use jiff::Timestamp;
use sesauth::dns::{Evidence, Name, Overlay, RecordChange, RecordSet};
use sesauth::domain::{
    InRegion, Needed, OwnKeyFault, PublishedState, SetUp, check_set_up, own_key_fault,
};
use sesauth::render;
use sesauth::render::text::TextOptions;
use sesauth::render::workflow::Escapes;
use sesauth::ses::Region;
use sesauth::ses::identity::Identity;

use super::dns::{DnsArguments, Load, Published};
use super::flags::ColorFlag;
use super::identity::IdentityFlag;
use super::plan::OverlayArgument;
use super::provider::ProviderFlags;
use super::typed::{Domain, Said, below, domain, region};
use super::{Failure, Status, output, within, written};

/// The most octets of a file with a public key.
const KEY: usize = 64 << 10;

/// Print all records that a domain needs in Amazon SES, and see whether they are published
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct SetupCommand {
    /// The domain in From
    #[arg(value_parser = domain)]
    domain: Domain,

    /// The custom MAIL FROM domain: a name, or the part before the domain
    #[arg(long, value_name = "SUB", help_heading = "Amazon SES")]
    mail_from: Option<String>,

    /// A region of SES, as eu-west-1; may be given several times
    #[arg(long = "region", value_name = "REGION", value_parser = region, help_heading = "Amazon SES")]
    regions: Vec<Region>,

    /// A token of Easy DKIM, of the three that SES shows; with several regions REGION=TOKEN
    #[arg(long = "token", value_name = "TOKEN", help_heading = "Amazon SES")]
    tokens: Vec<String>,

    #[command(flatten)]
    identity: IdentityFlag,

    /// A public key of your own (BYODKIM): its selector, and a PEM file or the base64 text
    #[arg(
        long = "key",
        value_name = "SELECTOR=FILE",
        help_heading = "Amazon SES"
    )]
    keys: Vec<String>,

    /// The mailbox that takes DMARC reports [default: dmarc@DOMAIN]
    #[arg(long, value_name = "ADDRESS")]
    reports: Option<String>,

    /// The domain sends no mail and takes none: close everything
    #[arg(long, conflicts_with_all = ["mail_from", "regions", "tokens", "keys"])]
    parked: bool,

    /// Ask DNS which of the records are published, missing or wrong
    #[arg(long)]
    check: bool,

    /// Ask again and again until all are published, and say what changes; every 30 seconds, or as told
    #[arg(
        long,
        value_name = "SECONDS",
        num_args = 0..=1,
        default_missing_value = "30",
        require_equals = true,
        value_parser = clap::value_parser!(u64).range(1..=86_400)
    )]
    watch: Option<u64>,

    #[command(flatten)]
    dns: DnsArguments,

    #[command(flatten)]
    overlay: OverlayArgument,

    /// How to show the result
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        help_heading = "Output"
    )]
    format: SetupFormat,

    #[command(flatten)]
    provider: ProviderFlags,

    #[command(flatten)]
    color: ColorFlag,
}

/// For whom the output is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum SetupFormat {
    /// For people
    Text,
    /// For programs
    Json,
    /// The records that are not published yet in one document, as --provider takes them, and nothing
    /// else
    Records,
}

const EXAMPLES: &str = "\
Examples:
  sesauth setup --mail-from mail --region eu-west-1 \\
      --token TOKEN1 --token TOKEN2 --token TOKEN3 example.com
  sesauth setup --parked example.net
  sesauth setup --mail-from mail --region eu-west-1 --check example.com
  sesauth setup --mail-from mail --region eu-west-1 --watch example.com

Exit codes:
  0   printed; with --check or --watch, all records are published
  1   with --check or --watch, a record is missing or wrong
  2   usage, unreadable file, or recorded DNS that does not hold what is needed
  75  with --check or --watch, DNS did not answer; try again later";

impl SetupCommand {
    pub(super) fn run(self) -> Result<Status, Failure> {
        self.domain.say();
        let setup = self.setup()?;
        if !self.check && self.watch.is_none() {
            self.show(&setup, &setup.records(), &Evidence::default())?;
            return Ok(Status::Fine);
        }
        let overlay = self.overlay.zone()?;
        let published = self.dns.published(Load::One)?;
        if self.watch.is_some() && !matches!(published, Published::Live(_)) {
            let why = "a recording never changes; --check looks once";
            return Err(Failure::new("--watch", why));
        }
        let now = Timestamp::now();
        let source = Overlay::new(overlay, &published);
        let watched = async {
            let (needed, evidence) = check_set_up(&setup, &source).await;
            if published.no_dns().await.is_none() {
                self.show(&setup, &needed, &evidence)?;
            }
            match self.watch {
                Some(seconds) => self.watch(&setup, &source, needed, seconds).await,
                None => Ok((needed, evidence)),
            }
        };
        let (result, no_dns) = published.block_on(watched)?;
        let (needed, evidence) = result?;
        self.dns
            .record(&published, no_dns.as_ref(), &evidence, now)?;
        let is_unknown = |one: &Needed| one.state == Some(PublishedState::NotChecked);
        Ok(match needed.iter().all(Needed::is_done) {
            _ if no_dns.is_some() => Status::TryAgain,
            true => Status::Fine,
            false if needed.iter().any(is_unknown) => match self.dns.is_recorded() {
                true => Status::NotAnalysed,
                false => Status::TryAgain,
            },
            false => Status::Fail,
        })
    }

    /// Asks until all records are published, and says what changes.
    async fn watch(
        &self,
        setup: &SetUp,
        source: &Overlay<&Published>,
        mut before: Vec<Needed>,
        seconds: u64,
    ) -> Result<(Vec<Needed>, Evidence), Failure> {
        loop {
            if before.iter().all(Needed::is_done) {
                let (needed, evidence) = check_set_up(setup, source).await;
                if needed.iter().all(Needed::is_done) {
                    return Ok((needed, evidence));
                }
            }
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            let (needed, _) = check_set_up(setup, source).await;
            let mut out = output::stdout(Escapes::Text);
            let changes = before
                .iter()
                .zip(&needed)
                .filter(|(old, new)| old.state != new.state);
            for (_, new) in changes {
                written(render::setup::write_change(new, Timestamp::now(), &mut out))?;
            }
            written(out.flush())?;
            before = needed;
        }
    }

    fn setup(&self) -> Result<SetUp, Failure> {
        let domain = self.domain.name.clone();
        let identities = self.identity.identities()?;
        let stated = identities.of_author("postmaster", &domain);
        let stated = stated.map(|stated| stated.identity);
        if stated.is_none() && !identities.is_empty() {
            output::say(format!(
                "--ses-identity: none of these is {domain} or covers it"
            ));
        }
        let mail_from = match &self.mail_from {
            Some(text) => {
                Some(below(text, &domain).map_err(|why| Failure::new("--mail-from", why))?)
            }
            None => {
                let named = stated.as_ref().and_then(Identity::mail_from_domain);
                named.map(|(domain, _)| domain.clone())
            }
        };
        let mut regions: Vec<InRegion> = Vec::new();
        for region in &self.regions {
            regions.push(InRegion {
                region: region.clone(),
                tokens: Vec::new(),
                zone: None,
            });
        }
        for text in &self.tokens {
            let (at, token) = match text.split_once('=') {
                Some((name, token)) => (
                    regions.iter().position(|at| at.region.as_str() == name),
                    token,
                ),
                None => ((regions.len() == 1).then_some(0), text.as_str()),
            };
            let token = token
                .split('.')
                .next()
                .unwrap_or(token)
                .to_ascii_lowercase();
            match at.and_then(|at| regions.get_mut(at)) {
                Some(_) if !is_token(&token) => {
                    let why = "not a token of Easy DKIM: SES shows three, of letters and digits";
                    return Err(Failure::new(format!("--token {text}"), why));
                }
                Some(at) if at.tokens.contains(&token) => (),
                Some(at) => at.tokens.push(token),
                None => {
                    let why = "say which region it is of: --region eu-west-1 --token TOKEN, or with \
                               several regions --token eu-west-1=TOKEN";
                    return Err(Failure::new(format!("--token {text}"), why));
                }
            }
        }
        if let Some(dkim) = stated.as_ref().and_then(|identity| identity.dkim.as_ref()) {
            let zone = dkim.zone.as_ref();
            let of_zone = || {
                let region = Region::of_dkim_target(&format!("token.{}", zone?))?;
                Some(InRegion {
                    region,
                    tokens: Vec::new(),
                    zone: None,
                })
            };
            if regions.is_empty() {
                regions.extend(of_zone());
            }
            match (&mut regions[..], dkim.is_own_key()) {
                // The selector alone: SES does not show the key of a customer's own.
                (_, true) => output::say(format!(
                    "{domain} signs with a key of its own (BYODKIM, selector {}): --key gives its record",
                    dkim.tokens.join(", ")
                )),
                ([only], false) => {
                    only.tokens.extend(dkim.tokens.iter().cloned());
                    only.zone = zone.cloned();
                }
                _ => {
                    let why = "say which region it is of, with one --region";
                    return Err(Failure::new("--ses-identity", why));
                }
            }
        }
        if mail_from.is_some() && regions.is_empty() {
            let why = "the MX record depends on the region: add --region, as --region eu-west-1";
            return Err(Failure::new("--mail-from", why));
        }
        let own_keys: Vec<(Name, String)> = self
            .keys
            .iter()
            .map(|text| own_key(text))
            .collect::<Result<_, _>>()?;
        if regions.is_empty() && own_keys.is_empty() && !self.parked {
            let why = "say in which region of SES it is to send (--region eu-west-1), or that it sends \
                       no mail (--parked)";
            return Err(Failure::new(&domain, why));
        }
        if let Some(mailbox) = &self.reports
            && (!mailbox.contains('@') || mailbox.contains([' ', ';', ',', '!', '"']))
        {
            return Err(Failure::new(
                "--reports",
                "not an address such as dmarc@example.com",
            ));
        }
        Ok(SetUp {
            domain,
            mail_from,
            regions,
            own_keys,
            reports: self.reports.clone(),
            parked: self.parked,
        })
    }

    fn show(&self, setup: &SetUp, needed: &[Needed], found: &Evidence) -> Result<(), Failure> {
        if self.format == SetupFormat::Records {
            let left = needed.iter().filter(|one| !one.is_done());
            let changes: Vec<RecordChange> = left.map(|one| one.record.clone()).collect();
            return self.provider.write(&RecordSet::after(&changes, found));
        }
        let mut out = output::stdout(match self.format {
            SetupFormat::Json => Escapes::Json,
            _ => Escapes::Text,
        });
        let options = TextOptions {
            verbose: false,
            color: self.color.is_wanted(&io::stdout()),
            columns: output::columns(),
            ..TextOptions::default()
        };
        let result = match self.format {
            SetupFormat::Json => render::json::write_setup(setup, needed, &mut out),
            _ => render::setup::write(setup, needed, options, &mut out),
        };
        written(result.and_then(|()| out.flush()))
    }
}

/// Whether a text may be a token of Easy DKIM.
fn is_token(text: &str) -> bool {
    (1..=63).contains(&text.len()) && text.bytes().all(|octet| octet.is_ascii_alphanumeric())
}

/// Reads SELECTOR=FILE, the file with a public key in PEM, or SELECTOR=BASE64.
fn own_key(text: &str) -> Result<(Name, String), Failure> {
    let what = || format!("--key {text}");
    let Some((selector, rest)) = text.split_once('=') else {
        return Err(Failure::new(what(), "write it as SELECTOR=FILE"));
    };
    let selector = Name::parse(selector).map_err(|error| Failure::new(what(), error))?;
    let path = Path::new(rest);
    let key = match path.is_file() {
        true => pem(&PathBuf::from(path))?,
        false => rest.to_owned(),
    };
    let is_base64 =
        |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'/' | b'=');
    if key.len() < 40 || !key.bytes().all(is_base64) {
        let why = "there is no such file, and it is no key in base64";
        return Err(Failure::new(what(), why));
    }
    if selector.labels().count() > 1 {
        return Err(Failure::new(what(), "SES takes no selector with a dot"));
    }
    let takes = "SES takes RSA keys of 1024 to 2048 bits";
    match own_key_fault(&key) {
        None => Ok((selector, key)),
        Some(OwnKeyFault::Bits(bits)) => {
            Err(Failure::new(what(), format!("it has {bits} bits; {takes}")))
        }
        Some(_) => Err(Failure::new(
            what(),
            format!("no public key of RSA; {takes}"),
        )),
    }
}

/// The base64 text of a public key in PEM.
fn pem(path: &PathBuf) -> Result<String, Failure> {
    let failed = |error: io::Error| Failure::io(path.display(), &error);
    let file = fs::File::open(path).map_err(failed)?;
    let octets = within(file, KEY).map_err(failed)?;
    let octets =
        octets.ok_or_else(|| Failure::new(path.display(), "longer than 64 KiB: not a key"))?;
    let text = String::from_utf8_lossy(&octets);
    if text.contains("PRIVATE KEY") {
        let why = "a private key. It stays secret; DNS has the public one: \
                   openssl pkey -in FILE -pubout -out public.pem";
        return Err(Failure::new(path.display(), why));
    }
    let lines = text.lines().filter(|line| !line.starts_with("-----"));
    Ok(lines.map(str::trim).collect())
}
