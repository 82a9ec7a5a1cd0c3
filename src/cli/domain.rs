//! `sesauth domain`.

use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::ValueEnum;
use futures_util::StreamExt;
use futures_util::stream;
use jiff::Timestamp;
use sesauth::corpus::Reader;
use sesauth::dns::{
    Absent, AnyDns, Cache, Dns, Evidence, Live, LiveOptions, Name, Overlay, RecordSet, Server,
    Snapshot,
};
use sesauth::domain::{
    SelectorOrigin, WantedSelector, ZoneServers, compare_servers, mend, name_servers,
};
use sesauth::render::text::TextOptions;
use sesauth::render::workflow::Escapes;
use sesauth::ses::Region;
use sesauth::{DomainCheck, DomainQuery, Inspector, Limits, Options, SessionHints, render};

use super::dns::{DnsArguments, Load};
use super::findings::FailFlag;
use super::flags::{ColorFlag, ProfileFlag, RulesFlag};
use super::identity::IdentityFlag;
use super::plan::OverlayArgument;
use super::provider::ProviderFlags;
use super::typed::{Domain, Said, below, domain, region};
use super::{Failure, Status, hint, output, within, written};

/// How many domains are looked at at once.
const AT_ONCE: usize = 8;

/// The most octets of a list of domains.
const LIST: usize = 16 << 20;

/// Check what a domain publishes for mail, and grade it, without a message
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct DomainCommand {
    /// The domains, as they stand behind the @ in From; `-` reads a list from standard input, a domain
    /// on each line
    #[arg(value_name = "DOMAIN", required = true)]
    domains: Vec<String>,

    /// The custom MAIL FROM domain in Amazon SES: a name, or the part before the domain
    #[arg(long, value_name = "SUB", help_heading = "What is known")]
    mail_from: Option<String>,

    /// A DKIM selector, as s= in a signature; may be given several times
    #[arg(long = "selector", value_name = "S", help_heading = "What is known")]
    selectors: Vec<String>,

    /// Ask for selectors too that many domains have, or that services of the domain give to all. DNS
    /// cannot list selectors, so one that is not found may still exist
    #[arg(long, help_heading = "What is known")]
    guess: bool,

    /// The region in which the domain uses SES, as eu-west-1
    #[arg(long, value_name = "REGION", value_parser = region, help_heading = "What is known")]
    region: Option<Region>,

    /// The address of a host that sends mail of the domain: what SPF says of it, and whether its name
    /// leads back to it; may be given several times
    #[arg(long = "ip", value_name = "ADDR", help_heading = "What is known")]
    hosts: Vec<IpAddr>,

    /// Saved mail of the domain: its selectors and its MAIL FROM domain are taken from there
    #[arg(long, value_name = "DIR", help_heading = "What is known")]
    corpus: Option<PathBuf>,

    /// Ask each name server of the zone too, and say where they differ; live only
    #[arg(long, conflicts_with = "dns")]
    each_server: bool,

    /// The port on which the name servers are asked
    #[arg(
        long,
        value_name = "PORT",
        default_value_t = 53,
        requires = "each_server"
    )]
    server_port: u16,

    #[command(flatten)]
    rules: RulesFlag,

    #[command(flatten)]
    profile: ProfileFlag,

    #[command(flatten)]
    dns: DnsArguments,

    #[command(flatten)]
    overlay: OverlayArgument,

    #[command(flatten)]
    identity: IdentityFlag,

    #[command(flatten)]
    fail: FailFlag,

    #[command(flatten)]
    provider: ProviderFlags,

    /// How to show the result; with several domains, JSON is a line for each
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        help_heading = "Output"
    )]
    format: DomainFormat,

    /// Show the evidence too: SPF tree, DMARC steps and tags, DNS lookups
    #[arg(short, long, help_heading = "Output")]
    verbose: bool,

    #[command(flatten)]
    color: ColorFlag,
}

/// For whom the output is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum DomainFormat {
    /// For people
    Text,
    /// For tickets and pull requests
    Markdown,
    /// One page that needs nothing else, for a browser; with several domains, a table of them and each
    /// below it
    Html,
    /// For programs; see `sesauth schema`
    Json,
    /// The records of all fixes together in one document, as --provider takes them, and nothing else
    Records,
}

const EXAMPLES: &str = "\
Examples:
  sesauth domain example.com
  sesauth domain --mail-from mail --selector TOKEN example.com
      with the MAIL FROM domain mail.example.com and a token of Easy DKIM
  sesauth domain --guess --ip 192.0.2.10 example.com
  sesauth domain --corpus saved-mail/ example.com
  sesauth domain --overlay planned.zone example.com
      what the grade would be if these records were published
  sesauth domain --format json - < domains.txt

Exit codes:
  0   checked, and nothing was found at or above --fail-on
  1   something was found at or above --fail-on
  2   not checked: usage, unreadable file, or recorded DNS that does not hold
      what is needed
  75  DNS did not answer; try again later";

/// What saved mail shows of a domain.
#[derive(Default)]
struct Shown {
    selectors: Vec<WantedSelector>,
    mail_from: Option<Name>,
    region: Option<Region>,
}

impl DomainCommand {
    pub(super) fn run(self) -> Result<Status, Failure> {
        let domains = self.domains()?;
        let queries: Vec<DomainQuery> = domains
            .iter()
            .map(|one| self.query(one))
            .collect::<Result<_, _>>()?;
        let overlay = self.overlay.zone()?;
        let published = self.dns.published(Load::One)?;
        let now = Timestamp::now();
        let limits = Limits::default();
        let source = Overlay::new(overlay, Cache::new(&published));
        let several = queries.len() > 1;
        let is_one_page = several && self.format == DomainFormat::Html;
        let mut on_page = Vec::new();
        let mut status = Status::Fine;
        let mut evidence = Evidence::default();
        let checks = async {
            let checks = stream::iter(&queries)
                .map(|query| sesauth::check_domain(query, &source, now, &limits))
                .buffered(AT_ONCE);
            let mut checks = std::pin::pin!(checks.enumerate());
            while let Some((index, check)) = checks.next().await {
                let mut check =
                    check.map_err(|error| Failure::new(&queries[index].domain, error))?;
                if self.each_server {
                    check.servers = self.servers(&check, &source).await?;
                }
                if published.no_dns().await.is_some() {
                    // Nothing is concluded from such answers; the reason is said at the end.
                    break;
                }
                let dns = AnyDns::new(&source);
                let mended = mend(&check, &queries[index], &dns, now, &limits).await;
                check.together =
                    mended.map_err(|error| Failure::new(&queries[index].domain, error))?;
                status = status.max(self.status(&check));
                evidence.0.extend(check.lookups.0.iter().cloned());
                match is_one_page {
                    true => on_page.push(check),
                    false => self.show(&check, index, several)?,
                }
            }
            Ok::<(), Failure>(())
        };
        let (done, no_dns) = published.block_on(checks)?;
        done?;
        if is_one_page && no_dns.is_none() {
            let mut out = output::stdout(Escapes::Xml);
            let page = render::html::write_domains(&on_page, &mut out);
            written(page.and_then(|()| out.flush()))?;
        }
        self.dns
            .record(&published, no_dns.as_ref(), &evidence, now)?;
        Ok(if no_dns.is_some() {
            Status::TryAgain
        } else {
            status
        })
    }

    /// The domains of the arguments and of the list on standard input.
    fn domains(&self) -> Result<Vec<Name>, Failure> {
        let mut domains = Vec::new();
        for text in &self.domains {
            if text == "-" {
                let list = within(io::stdin().lock(), LIST);
                let list = list.map_err(|error| Failure::io("standard input", &error))?;
                let list = list.ok_or_else(|| {
                    Failure::new("standard input", "the list is longer than 16 MiB")
                })?;
                let list = String::from_utf8_lossy(&list);
                let lines = (1..).zip(list.lines());
                for (number, line) in lines {
                    let line = line.split('#').next().unwrap_or_default().trim();
                    if !line.is_empty() {
                        let place = format!("standard input, line {number}");
                        domains.push(named(line, &place)?);
                    }
                }
            } else {
                domains.push(named(text, text)?);
            }
        }
        if domains.is_empty() {
            return Err(Failure::new(
                "standard input",
                "there is no domain in the list",
            ));
        }
        Ok(domains)
    }

    fn query(&self, domain: &Name) -> Result<DomainQuery, Failure> {
        let shown = match &self.corpus {
            Some(path) => shown(path, domain)?,
            None => Shown::default(),
        };
        let mut query = DomainQuery::new(domain.clone());
        query.mail_from = match &self.mail_from {
            Some(text) => {
                Some(below(text, domain).map_err(|why| Failure::new("--mail-from", why))?)
            }
            None => shown.mail_from,
        };
        for text in &self.selectors {
            let read = WantedSelector::given(text, domain);
            let read = read.map_err(|error| Failure::new("--selector", error))?;
            query.selectors.push(read);
        }
        let is_known = |one: &WantedSelector, all: &[WantedSelector]| {
            all.iter()
                .any(|known| known.selector == one.selector && known.domain == one.domain)
        };
        for one in shown.selectors {
            if !is_known(&one, &query.selectors) {
                query.selectors.push(one);
            }
        }
        query.guess = self.guess;
        query.region = self.region.clone().or(shown.region);
        query.hosts = self.hosts.iter().map(IpAddr::to_canonical).collect();
        query.rules = self.rules.into();
        query.bulk = self.profile.is_bulk();
        query.identities = self.identity.identities()?;
        Ok(query)
    }

    /// Asks each name server of the zone of a domain; `None` if there are none.
    async fn servers(
        &self,
        check: &DomainCheck,
        dns: &impl Dns,
    ) -> Result<Option<ZoneServers>, Failure> {
        let Some((zone, servers)) = name_servers(&check.domain, dns).await else {
            return Ok(None);
        };
        let mut at = Vec::new();
        for server in servers {
            let address = SocketAddr::new(server.ip, self.server_port);
            let live = Live::servers([Server::Plain(address)]);
            let live = live.map_err(|error| Failure::new(address, error))?;
            // It knows its own zones only, so it is not asked for a name that must exist.
            let live = live.with_options(LiveOptions {
                doubt: false,
                ..LiveOptions::default()
            });
            at.push((server, live));
        }
        Ok(Some(compare_servers(check, zone, &at).await))
    }

    fn show(&self, check: &DomainCheck, index: usize, several: bool) -> Result<(), Failure> {
        if self.format == DomainFormat::Records {
            let records = check
                .together
                .as_ref()
                .map(|together| &together.records[..]);
            let sets = RecordSet::after(records.unwrap_or_default(), &check.lookups);
            return self.provider.write(&sets);
        }
        let mut out = output::stdout(match self.format {
            DomainFormat::Json => Escapes::Json,
            DomainFormat::Html => Escapes::Xml,
            _ => Escapes::Text,
        });
        let result = match self.format {
            DomainFormat::Json if several => render::json::write_domain_line(check, &mut out),
            DomainFormat::Json => render::json::write_domain(check, &mut out),
            DomainFormat::Html => render::html::write_domain(check, &mut out),
            _ => {
                let gap = if index > 0 { writeln!(out) } else { Ok(()) };
                gap.and_then(|()| match self.format {
                    DomainFormat::Markdown => {
                        render::domain::write_markdown(check, self.provider.provider(), &mut out)
                    }
                    _ => render::domain::write(check, self.text_options(), &mut out),
                })
            }
        };
        written(result.and_then(|()| out.flush()))
    }

    fn text_options(&self) -> TextOptions<'_> {
        TextOptions {
            verbose: self.verbose,
            color: self.color.is_wanted(&io::stdout()),
            columns: output::columns(),
            provider: self.provider.provider(),
        }
    }

    fn status(&self, check: &DomainCheck) -> Status {
        let hits: Vec<_> = check
            .hits()
            .into_iter()
            .map(|(_, hit)| hit.clone())
            .collect();
        match check.unanswered() {
            (true, _) => Status::TryAgain,
            (_, true) => Status::NotAnalysed,
            _ if self.fail.calls_for_failure(&hits) => Status::Fail,
            _ => Status::Fine,
        }
    }
}

/// Reads a domain; `place` is where it was read.
fn named(text: &str, place: &str) -> Result<Name, Failure> {
    if let Some(hint) = hint::for_message(text) {
        return Err(Failure::new(place, hint));
    }
    let read: Domain = domain(text).map_err(|error| Failure::new(place, error))?;
    read.say();
    Ok(read.name)
}

/// What the saved mail in a folder shows of `domain`.
fn shown(path: &std::path::Path, domain: &Name) -> Result<Shown, Failure> {
    let limits = Limits::default();
    let options = Options {
        advice: false,
        autopsy: sesauth::dkim::Effort::Off,
        ..Options::default()
    };
    let dns = Snapshot::parse("{\"sesauth_dns\":1}", Absent::NotRecorded);
    let dns = dns.map_err(|error| Failure::new(path.display(), error))?;
    let inspector = Inspector::new(&dns, options);
    let mut shown = Shown::default();
    let mut messages = 0;
    let mut buffer = Vec::new();
    for item in Reader::new([path.to_owned()], limits.message_bytes) {
        let Ok(bytes) = item.load.bytes(&mut buffer, limits.message_bytes) else {
            continue;
        };
        let hints = SessionHints::default();
        let Ok(inspection) = inspector.inspect_recorded(bytes, &hints, Timestamp::UNIX_EPOCH)
        else {
            continue;
        };
        let analysis = &inspection.analysis;
        if analysis.dmarc.author_domain.as_ref() != Some(domain) {
            continue;
        }
        messages += 1;
        for verdict in &analysis.dkim {
            let (Some(selector), Some(signing)) = (&verdict.selector, &verdict.domain) else {
                continue;
            };
            let is_own = domain.is_within(signing) || signing.is_within(domain);
            let is_new = !shown
                .selectors
                .iter()
                .any(|known| known.selector == *selector && known.domain == *signing);
            if is_own && is_new {
                shown.selectors.push(WantedSelector {
                    selector: selector.clone(),
                    domain: signing.clone(),
                    origin: SelectorOrigin::Mail,
                });
            }
        }
        let path = analysis.spf.mail_from.domain.as_deref();
        let path = path.and_then(|path| Name::parse(path).ok());
        let is_below = |path: &Name| path.is_within(domain) && path != domain;
        shown.mail_from = shown.mail_from.take().or(path.filter(is_below));
        let region = analysis.ses.as_ref().and_then(|ses| ses.region.clone());
        shown.region = shown.region.take().or(region);
    }
    if messages == 0 {
        output::say(format!(
            "{}: no message there is from {domain}",
            path.display()
        ));
    }
    Ok(shown)
}
