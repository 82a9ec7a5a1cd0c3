//! `sesauth corpus what-if`.

use std::io::Write;
use std::path::PathBuf;

use clap::{ArgGroup, ValueEnum};
use sesauth::corpus::{Effect, Plan, Planned};
use sesauth::dns::{Dns, Overlay, Zone};
use sesauth::render::Markup;
use sesauth::render::workflow::Escapes;
use sesauth::{Analysis, render};

use super::super::plan::{PlanArguments, touches, zone};
use super::super::runner::{Answers, Worker};
use super::super::{Failure, Status, output, written};
use super::input::{Input, Messages};
use super::rows;

/// Say what a planned DMARC or SPF record would change for all messages
#[derive(clap::Args)]
#[command(after_help = ABOUT)]
#[command(
    override_usage = "sesauth corpus what-if [OPTIONS] <--policy|--spf-record|--overlay> <DIR>"
)]
#[command(
    group = ArgGroup::new("plan")
        .args(["policy", "spf_record", "overlay"])
        .required(true)
        .multiple(true)
)]
pub struct WhatIf {
    #[command(flatten)]
    input: Input,

    /// More files of rows
    #[arg(value_name = "FILE", hide = !cfg!(feature = "parquet"))]
    more: Vec<PathBuf>,

    #[command(flatten)]
    plan: PlanArguments,

    /// How many examples to show of each kind of change
    #[arg(
        long,
        value_name = "N",
        default_value = "3",
        value_parser = clap::value_parser!(u16).range(0..=1000),
        help_heading = "Output"
    )]
    examples: u16,

    /// How to show what changes
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        help_heading = "Output"
    )]
    format: WhatIfFormat,
}

const ABOUT: &str = "\
Each message is judged twice, without the plan and with it, by the answers in
DIR/dns.jsonl and as DIR/expected/corpus.json says, where there is one. A
planned DMARC record stands where the one that applies to the message stands;
where there is none, at the registered domain of From. \"Refused\" means that
DMARC fails and the policy is reject, \"the spam folder\" the same with
quarantine. What cannot be judged is said apart and never counted as safe.

Files of rows, as `sesauth batch --format parquet` writes them, may be given in
place of DIR, with --dns: SPF and DMARC are judged again from each row. Where
the plan touches a key of DKIM, or the row does not hold what decides, the
message counts as not judged.

Examples:
  sesauth corpus what-if --policy 'p=reject; adkim=s' mail/
  sesauth corpus what-if --policy p=reject --domain news.example.com mail/
  sesauth corpus what-if --spf-record 'v=spf1 include:amazonses.com -all' mail/
  sesauth corpus what-if --overlay planned.zone --format markdown mail/

Exit codes:
  0   no message would newly fail, be refused or be put into the spam folder
  1   some would
  2   it could not be told: there are no messages or no answers, no message
      could be judged, the plan touches none, or what is planned is no record

Single messages that could not be judged make no difference to 0 and 1.";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum WhatIfFormat {
    /// For people
    Text,
    /// For people, in a comment or a page
    Markdown,
    /// For programs
    Json,
}

impl WhatIf {
    pub(super) fn run(self) -> Result<Status, Failure> {
        let plan = self.plan.plan()?;
        let overlay = self.plan.overlay()?;
        let planned = match rows::given(&self.input, &self.more)? {
            Some(files) => Some(self.of_rows(&files, &plan, overlay)?),
            None => {
                let mut messages = self.input.messages()?;
                // Only verdicts matter here.
                messages.runner.options.advice = false;
                self.count(&messages, &plan, overlay)?
            }
        };
        let Some(planned) = planned else {
            return Ok(Status::TryAgain);
        };
        self.show(&planned, &plan)?;
        if planned.touched == 0 && planned.messages() > planned.errors {
            let what = "the plan touches no message: it changes no answer that one asks for";
            output::say(match self.plan.domain() {
                Some(domain) => format!("error: {what}; is {domain} the domain in From?"),
                None => format!("error: {what}"),
            });
            return Ok(Status::NotAnalysed);
        }
        Ok(match planned.is_harmful() {
            true => Status::Fail,
            false if planned.is_open() => Status::NotAnalysed,
            false => Status::Fine,
        })
    }

    /// What the plan does; `None` if DNS could not be used.
    fn count(
        &self,
        messages: &Messages,
        plan: &Plan,
        overlay: Zone,
    ) -> Result<Option<Planned>, Failure> {
        let answers = Answers::new(&messages.published, &messages.published);
        let with_overlay = Overlay::new(overlay, &answers);
        let mut planned = Planned::new(usize::from(self.examples));
        let is_usable = messages.each(
            &answers,
            |worker, bytes| {
                let before = worker.inspect(bytes, |it| it)?.analysis;
                let records = plan.records(&before);
                let planned = Overlay::new(zone(&records), &with_overlay);
                Ok((effect(worker, bytes, &before, &planned)?, records))
            },
            |name, effect| planned.add(name, effect),
        )?;
        Ok(is_usable.then_some(planned))
    }

    /// What the plan does to the messages of the rows in these files.
    #[cfg(feature = "parquet")]
    fn of_rows(&self, files: &[PathBuf], plan: &Plan, overlay: Zone) -> Result<Planned, Failure> {
        let published = self.input.recording()?;
        let with_overlay = Overlay::new(overlay, &published);
        let mut planned = Planned::new(usize::from(self.examples));
        rows::each(files, |row| {
            let effect = rows::effect(row, plan, &published, &with_overlay)?;
            planned.add(&row.name()?, effect);
            Ok(())
        })?;
        match planned.messages() {
            0 => Err(Failure::new("nothing to analyse", "there is no row in it")),
            _ => Ok(planned),
        }
    }

    #[cfg(not(feature = "parquet"))]
    fn of_rows(&self, files: &[PathBuf], _: &Plan, _: Zone) -> Result<Planned, Failure> {
        Err(rows::refused(files))
    }

    fn show(&self, planned: &Planned, plan: &Plan) -> Result<(), Failure> {
        let mut out = output::stdout(match self.format {
            WhatIfFormat::Json => Escapes::Json,
            WhatIfFormat::Text | WhatIfFormat::Markdown => Escapes::Text,
        });
        let (what, notes) = (self.plan.what(), &plan.notes);
        let result = match self.format {
            WhatIfFormat::Json => render::planned::write_json(planned, &what, notes, &mut out),
            WhatIfFormat::Text => {
                render::planned::write(planned, &what, notes, Markup::Text, &mut out)
            }
            WhatIfFormat::Markdown => {
                render::planned::write(planned, &what, notes, Markup::Markdown, &mut out)
            }
        };
        written(result.and_then(|()| out.flush()))
    }
}

/// What `planned` changes for a message. If all answers are the same, so is the analysis; the
/// message is only judged again if an answer differs.
fn effect<D: Dns, I>(
    worker: &mut Worker<'_, I>,
    bytes: &[u8],
    before: &Analysis,
    planned: &D,
) -> Result<Effect, String> {
    let is_met = worker.wait_for(touches(before, planned));
    match is_met {
        true => Ok(Effect::of(
            before,
            &worker.inspect_alone(bytes, planned)?.analysis,
        )),
        false => Ok(Effect::none(before)),
    }
}
