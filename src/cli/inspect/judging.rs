//! How a message is judged: as DNS is, with what is planned, and beside other engines.

use jiff::Timestamp;
use sesauth::corpus::{Plan, PlanNote, Untouched};
use sesauth::dns::{Cache, Dns, Overlay, Question, Reply, Zone};
use sesauth::{Analysis, Error, Inspection, Options, SessionHints};

use super::super::compare::Other;
use super::super::dns::Published;
use super::super::plan::{note_untouched, touches, zone};
use super::super::runner::at_hand;

/// Why there is nothing to show.
pub(super) enum Stop {
    /// The message cannot be analysed.
    Message(Error),
    /// What is planned cannot be published.
    Plan(Error),
    /// The plan changes nothing for the message, which has this analysis.
    Untouched(Vec<Untouched>, Box<Analysis>),
}

/// How the message is judged, by whatever DNS.
pub(super) struct Judging<'j> {
    pub(super) bytes: &'j [u8],
    pub(super) hints: &'j SessionHints,
    pub(super) now: Timestamp,
    pub(super) options: &'j Options,
    pub(super) others: &'j [Other],
    /// Whether a question goes over the network.
    pub(super) is_live: bool,
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

    /// The inspection; if something is planned, both without it and with it, and what is to be known of
    /// the plan.
    pub(super) async fn judge(
        &self,
        published: &Published,
        planned: Option<(Plan, Zone)>,
    ) -> Result<(Inspection, Vec<PlanNote>), Stop> {
        let Some((plan, overlay)) = planned else {
            let inspection = self.inspect(published).await;
            let inspection = inspection.map_err(Stop::Message)?;
            return Ok((self.compared(inspection, published), Vec::new()));
        };
        let published = Cache::new(published);
        let before = self.inspect(&published).await;
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
        let after = self.inspect(&planned).await;
        let after = after.map_err(Stop::Message)?.planned(before);
        Ok((self.compared(after, &planned), plan.notes(untouched)))
    }
}
