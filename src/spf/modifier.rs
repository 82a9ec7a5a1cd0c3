//! Modifiers, and evaluating the record that a term refers to (RFC 7208 §5.2, §6).

use super::check_host::{Checked, Place, Stop, Walk};
use super::macros::{DomainSpec, Letters, MacroString};
use super::stop::{ExplanationProblem, LeadsNowhere, SpfStop};
use super::verdict::{SpfOutcome, SpfResult, SpfStep};
use crate::dns::Question;

impl Walk<'_, '_> {
    /// `redirect` (§6.1).
    pub(super) async fn redirect(
        &mut self,
        spec: &DomainSpec,
        place: Place<'_>,
        step: &mut SpfStep,
        checked: &mut Checked,
    ) -> Result<(), Stop> {
        let mut child = self.follow(spec, place, step, true).await?;
        step.outcome = SpfOutcome::Followed;
        checked.result = child.result;
        checked.cause = child.cause;
        checked.explanation = child.explanation.take();
        checked.stop = child.stop;
        checked.via = child.via;
        checked.via.insert(0, place.term.into());
        checked.matched = child.matched.map(|mut matched| {
            matched.via.insert(0, place.term.into());
            matched
        });
        Ok(())
    }

    /// The explanation of a fail (§6.2). A problem with it never changes the result.
    pub(super) async fn explain(
        &mut self,
        spec: &DomainSpec,
        place: Place<'_>,
        step: &mut SpfStep,
    ) -> Result<String, Stop> {
        use ExplanationProblem as Problem;
        let unusable = |why: Problem| Stop::from(SpfStop::ExplanationUnusable(why));
        let name = self
            .target(Some(spec), place, step, false)
            .await?
            .map_err(|problem| unusable(Problem::Target(problem)))?;
        let lookup = self.look_up(&Question::txt(name), place, step).await?;
        let mut texts = lookup.reply.txt();
        let text = match (texts.next(), texts.next()) {
            (Some(text), None) => text.joined(),
            (None, _) => return Err(unusable(Problem::NoText)),
            (Some(_), Some(_)) => return Err(unusable(Problem::SeveralTexts)),
        };
        let text = String::from_utf8(text).map_err(|_| unusable(Problem::NotAscii))?;
        let macros = MacroString::parse(&text, Letters::All)
            .map_err(|error| unusable(Problem::Syntax(error.fault)))?;
        let validated = self.prepare(&macros, place, step, false).await?;
        let values = self.values(place.domain, validated.as_deref());
        let text = macros
            .expand(&values, self.limits.spf_record_bytes)
            .ok_or_else(|| unusable(Problem::WouldBeTooLong))?;
        match text.is_ascii() {
            true => Ok(text),
            false => Err(unusable(Problem::WouldNotBeAscii)),
        }
    }

    /// Evaluates the record that an `include` or a `redirect` names. An error in that record is an
    /// error in this one too.
    pub(super) async fn follow(
        &mut self,
        spec: &DomainSpec,
        place: Place<'_>,
        step: &mut SpfStep,
        redirect: bool,
    ) -> Result<Checked, Stop> {
        self.charge_lookup(place, step)?;
        let missing = |why: LeadsNowhere| {
            Stop::from(SpfStop::LeadsNowhere {
                at: place.at(),
                redirect,
                why: Box::new(why),
            })
        };
        let name = self
            .target(Some(spec), place, step, true)
            .await?
            .map_err(|problem| missing(LeadsNowhere::Target(problem)))?;
        step.record_domain = Some(name.to_string());
        let mut child = self.check_host(name, place.included, place.depth + 1).await;
        if let Some(id) = child.lookup {
            step.asked(id);
        }
        if child.void {
            step.voids = 1;
            self.voids += 1;
        }
        step.record = child.record.take();
        step.records = std::mem::take(&mut child.records);
        step.result = Some(child.result);
        step.steps = std::mem::take(&mut child.steps);
        match child.result {
            SpfResult::None
            | SpfResult::Temperror
            | SpfResult::Permerror
            | SpfResult::NotEvaluated => {
                let Some(why) = child.stop.take() else {
                    return Ok(child);
                };
                if child.result == SpfResult::None {
                    return Err(missing(LeadsNowhere::Domain(why)));
                }
                child.via.insert(0, place.term.into());
                Err(Stop {
                    why,
                    via: child.via,
                })
            }
            _ => Ok(child),
        }
    }
}
