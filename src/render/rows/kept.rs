//! What a row that was read says of its message.

use std::net::IpAddr;

use super::fault::RowsFault;
use super::table::{Table, known};
use crate::corpus::{DkimInShort, DmarcInShort, SendingSource, SpfInShort, Verdicts};
use crate::dns::{Name, Question, RecordType};
use crate::findings::{RULES, Severity};
use crate::{KeptMessage, KeptSignature};

/// One row of a file.
pub struct KeptRow<'t> {
    pub(super) table: &'t Table,
    pub(super) row: usize,
    /// The folder of all messages, with a separator at its end.
    pub(super) folder: &'t str,
}

impl KeptRow<'_> {
    /// The name of the message, within the folder of all.
    ///
    /// # Errors
    ///
    /// If the file is not as it should be, as for all that is read.
    pub fn name(&self) -> Result<String, RowsFault> {
        let path = self.table.text("path", self.row)?.unwrap_or_default();
        Ok(path.strip_prefix(self.folder).unwrap_or(path).to_owned())
    }

    /// Why it could not be analysed, if it could not.
    ///
    /// # Errors
    ///
    /// As [`name`](Self::name).
    pub fn error(&self) -> Result<Option<String>, RowsFault> {
        let error = self.table.text("error", self.row)?;
        Ok(error.map(str::to_owned))
    }

    /// The verdicts; `None` if it could not be analysed. What second engines said is not in a row.
    ///
    /// # Errors
    ///
    /// As [`name`](Self::name).
    pub fn verdicts(&self) -> Result<Option<Verdicts>, RowsFault> {
        let (table, row) = (self.table, self.row);
        if table.text("error", row)?.is_some() {
            return Ok(None);
        }
        let [mail_from, helo] = spf(&table.records("spf_checks", row)?)?;
        let signatures = table.records("dkim_signatures", row)?;
        let dkim: Vec<DkimInShort> = (0..signatures.len())
            .map(|index| signature(&signatures, index))
            .collect::<Result<_, _>>()?;
        let sending_host = table.text("sending_host", row)?.map(str::to_owned);
        Ok(Some(Verdicts {
            conclusion: table.word("conclusion", row)?,
            outcome: table.word("outcome", row)?,
            proved: table.word("proved", row)?,
            dmarc: self.dmarc(mail_from.1, &dkim)?,
            mail_from: mail_from.0,
            helo: helo.0,
            dkim,
            arc: (table.word("arc", row)?, table.word("arc_cause", row)?),
            findings: findings(&table.records("findings", row)?)?,
            second: Vec::new(),
            received_at: table.time("received_at", row)?,
            source: match (
                table.flag("ses", row)?,
                table.text("ses_region", row)?,
                &sending_host,
            ) {
                (Some(true), Some(region), _) => SendingSource::SesRegion(region.to_owned()),
                (Some(true), None, _) => SendingSource::Ses,
                (_, _, Some(host)) => SendingSource::Host(host.clone()),
                (_, _, None) => SendingSource::Unknown,
            },
            sending_host,
        }))
    }

    /// What is kept of the message, from which SPF and DMARC can be judged again; `None` if it could
    /// not be analysed.
    ///
    /// # Errors
    ///
    /// As [`name`](Self::name).
    pub fn message(&self) -> Result<Option<KeptMessage>, RowsFault> {
        let (table, row) = (self.table, self.row);
        if table.text("error", row)?.is_some() {
            return Ok(None);
        }
        let [(spf, _), _] = spf(&table.records("spf_checks", row)?)?;
        let signatures = table.records("dkim_signatures", row)?;
        let dkim = (0..signatures.len()).map(|index| kept_signature(&signatures, index));
        let cause = table.word("dmarc_cause", row)?;
        let client_ip = table.text("client_ip", row)?;
        let client_ip = client_ip.map(|text| text.parse::<IpAddr>()).transpose();
        let asked = table.texts("names_asked", row)?;
        Ok(Some(KeptMessage {
            author: table.name("from_domain", row)?.ok_or(cause),
            rules: table.word("rules", row)?,
            client_ip: client_ip.map_err(|_| RowsFault::Column("client_ip".into()))?,
            helo: table.text("helo", row)?.map(str::to_owned),
            mail_from: table.text("mail_from_domain", row)?.map(str::to_owned),
            received_at: table.time("received_at", row)?,
            is_told: table.flag("session_told", row)? != Some(false),
            is_doubtful: table.flag("file_doubtful", row)? != Some(false),
            dkim: dkim.collect::<Result<_, _>>()?,
            asked: asked
                .iter()
                .map(|text| question(text))
                .collect::<Result<_, _>>()?,
            conclusion: table.word("conclusion", row)?,
            spf: (spf.domain, spf.result, spf.cause),
            dmarc: (
                table.word("dmarc", row)?,
                cause,
                table.word_if_any("policy_requested", row)?,
                table.word_if_any("policy_applied", row)?,
            ),
        }))
    }

    fn dmarc(
        &self,
        spf_aligned: Option<bool>,
        dkim: &[DkimInShort],
    ) -> Result<DmarcInShort, RowsFault> {
        let (table, row) = (self.table, self.row);
        let mechanisms = table.texts("mechanisms", row)?;
        let mechanisms = mechanisms.iter().map(|word| known("mechanisms", word));
        Ok(DmarcInShort {
            result: table.word("dmarc", row)?,
            cause: table.word("dmarc_cause", row)?,
            author_domain: table.name("from_domain", row)?,
            policy_domain: table.name("policy_domain", row)?,
            requested: table.word_if_any("policy_requested", row)?,
            applied: table.word_if_any("policy_applied", row)?,
            handled: table.word("policy_handled", row)?,
            is_sampled: table.flag("policy_sampled", row)? == Some(true),
            engines: mechanisms.collect::<Result<_, _>>()?,
            spf_aligned,
            dkim_aligned: DmarcInShort::any_aligned(dkim.iter().map(|one| one.aligned)),
            carried_by_spf: table.flag("spf_carries", row)?,
            carried_by_dkim: table.flag("dkim_carries", row)?,
            rules: table.word("rules", row)?,
            other_result: table.word("dmarc_by_other_rules", row)?,
        })
    }
}

/// SPF for the envelope sender and for the HELO name, and whether each is aligned.
fn spf(checks: &Table) -> Result<[(SpfInShort, Option<bool>); 2], RowsFault> {
    let one = |index: usize, identity: &str| {
        let is_there = index < checks.len() && checks.text("identity", index)? == Some(identity);
        if !is_there {
            return Err(RowsFault::Column("spf_checks".into()));
        }
        let verdict = SpfInShort {
            result: checks.word("result", index)?,
            cause: checks.word("cause", index)?,
            domain: checks.text("domain", index)?.map(str::to_owned),
        };
        Ok((verdict, checks.flag("aligned", index)?))
    };
    Ok([one(0, "mail-from")?, one(1, "helo")?])
}

fn signature(signatures: &Table, index: usize) -> Result<DkimInShort, RowsFault> {
    Ok(DkimInShort {
        domain: signatures.name("domain", index)?,
        selector: signatures.name("selector", index)?,
        result: signatures.word("result", index)?,
        cause: signatures.word("cause", index)?,
        aligned: signatures.flag("aligned", index)?,
    })
}

fn kept_signature(signatures: &Table, index: usize) -> Result<KeptSignature, RowsFault> {
    let short = signature(signatures, index)?;
    Ok(KeptSignature {
        domain: short.domain,
        selector: short.selector,
        result: short.result,
        cause: short.cause,
        testing: signatures.flag("testing", index)? == Some(true),
        body_unsigned: signatures.flag("body_unsigned", index)? == Some(true),
    })
}

/// A question to DNS: a name and a type.
fn question(text: &str) -> Result<Question, RowsFault> {
    let question = text.rsplit_once(' ').and_then(|(name, kind)| {
        let mut kinds = RecordType::ALL.into_iter();
        let kind = kinds.find(|one| one.as_str() == kind)?;
        Some(Question::new(Name::parse(name).ok()?, kind))
    });
    question.ok_or_else(|| RowsFault::Column("names_asked".into()))
}

fn findings(found: &Table) -> Result<Vec<(Severity, &'static str)>, RowsFault> {
    let finding = |index: usize| {
        let code = found.text("code", index)?.unwrap_or_default();
        let rule = RULES.iter().find(|rule| rule.code == code);
        let rule = rule.ok_or_else(|| RowsFault::Word {
            column: "findings".into(),
            word: code.to_owned(),
        })?;
        Ok((found.word("severity", index)?, rule.code))
    };
    (0..found.len()).map(finding).collect()
}
