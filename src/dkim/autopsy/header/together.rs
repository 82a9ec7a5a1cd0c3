//! Several changes at once: fields that were each folded in their own way before a program wrote the
//! header anew, and other changes of the same fields or besides.

use foldhash::HashSet;

use super::slot::{Alternative, Slot};
use super::{Search, addresses, forms};
use crate::dkim::autopsy::{Kind, Modification};
use crate::dns::Name;

/// Forms of one text of a field.
const FORMS: usize = 100;

/// Alternatives of a field that are tried in other forms as well, and their forms.
const BASES: usize = 12;
const FORMS_OF_EACH: usize = 24;

/// Octets of all forms.
const MOST_OCTETS: usize = 4 << 20;

/// Fields that lists change at once, how they do it, and how many of the alternatives are tried.
const OF_LISTS: &[(&str, &[Kind], usize)] = &[
    ("from", &[Kind::FromRewritten], 6),
    ("subject", &[Kind::SubjectTag], 3),
    ("reply-to", &[Kind::FieldAdded, Kind::AddressAdded], 2),
    ("cc", &[Kind::FieldAdded, Kind::AddressAdded], 2),
];

/// Fields that change when a message is put into a part, and how.
const OF_STRUCTURE: &[(&str, &[Kind])] = &[
    ("content-type", &[Kind::ContentTypeChanged]),
    (
        "content-transfer-encoding",
        &[Kind::TransferEncodingField, Kind::FieldRemoved],
    ),
];

/// The cost of a rewritten From, and of each field of the structure: more than that of all other
/// changes of a list, so that what has to be among the changes is.
const REWRITTEN: u32 = 10;
const OF_PART: u32 = 100;

/// The highest cost of other changes of a list: one of each field.
const MOST_OF_LISTS: u32 = 3;

impl Search<'_, '_, '_> {
    /// What lists do at once, in every combination: they are so many changes that others come before
    /// them.
    pub(super) fn of_lists(&mut self) -> Option<Vec<Modification>> {
        let first = |name: &str| self.slots.iter().position(|slot| slot.is(name));
        let mut lists = vec![Vec::new(); self.slots.len()];
        let mut is_rewritten = false;
        for (name, kinds, most) in OF_LISTS {
            let Some(at) = first(name) else {
                continue;
            };
            let list = self.alternatives[at].iter();
            let fits =
                |one: &&Alternative| matches!(one.kinds[..], [kind] if kinds.contains(&kind));
            let mut some: Vec<&Alternative> = list.filter(fits).collect();
            let is_author = *name == "from";
            if is_author {
                // The list's own address is at another domain than that of the author, who signed.
                if self.is_at_signer(self.slots[at].text()) {
                    continue;
                }
                let body = |one: &Alternative| one.body.clone().unwrap_or_default();
                some.sort_by_key(|one| !self.is_at_signer(&body(one)));
                is_rewritten = !some.is_empty();
            }
            let cost = if is_author { REWRITTEN } else { 1 };
            let some = some.into_iter().take(*most);
            lists[at].extend(some.map(|one| one.at_cost(cost)));
        }
        // The whole message as a part: its fields are those of the first part now.
        let mut structure = Vec::new();
        for (name, kinds) in OF_STRUCTURE {
            let Some(at) = first(name) else {
                continue;
            };
            let likeliest = self.alternatives[at].first();
            let fits = |one: &&Alternative| matches!(one.kinds[..], [kind] if one.cost == 1 && kinds.contains(&kind));
            match likeliest.filter(fits) {
                Some(one) => structure.push((at, one.at_cost(OF_PART))),
                None => break,
            }
        }
        let is_slow = self.proof.is_slow();
        if !is_rewritten && (structure.is_empty() || is_slow) {
            return None;
        }
        // Other changes have the rest of the budget, if so much can be tried at all.
        let share = self.budget.share(if is_slow { 1 } else { 2 });
        let whole = std::mem::replace(self.budget, share);
        let all = std::mem::replace(&mut self.alternatives, lists);
        let before = (self.done, self.were_alone);
        (self.done, self.were_alone) = (0, false);
        let found = self.of_list(is_rewritten, structure);
        (self.done, self.were_alone) = before;
        self.alternatives = all;
        self.note_cheapest();
        let share = std::mem::replace(self.budget, whole);
        self.budget.give_back(share);
        found
    }

    /// The same with the message not put into a part, and with each more of the fields of
    /// `structure`.
    fn of_list(
        &mut self,
        is_rewritten: bool,
        structure: Vec<(usize, Alternative)>,
    ) -> Option<Vec<Modification>> {
        let mut least = 0;
        for one in std::iter::once(None).chain(structure.into_iter().map(Some)) {
            if let Some((at, one)) = one {
                self.alternatives[at].push(one);
                least += OF_PART;
            }
            self.note_cheapest();
            if is_rewritten {
                let rewritten = least + REWRITTEN;
                self.done = 0;
                if let Some(found) = self.costs(rewritten..=rewritten + MOST_OF_LISTS) {
                    return Some(found);
                }
            }
            if least > 0 && !self.proof.is_slow() {
                self.done = 0;
                if let Some(found) = self.costs(least..=least + MOST_OF_LISTS) {
                    return Some(found);
                }
            }
        }
        None
    }

    /// Whether a mailbox of this text is at the domain that the signature names.
    fn is_at_signer(&self, text: &[u8]) -> bool {
        let Some(signer) = self.scene.domain else {
            return false;
        };
        addresses::mailboxes(text).iter().any(|one| {
            let at = one.address.iter().rposition(|byte| *byte == b'@');
            let domain = at.and_then(|at| std::str::from_utf8(&one.address[at + 1..]).ok());
            let domain = domain.and_then(|domain| Name::parse(domain).ok());
            domain.is_some_and(|domain| domain.is_within(signer) || signer.is_within(&domain))
        })
    }

    /// Adds the likeliest forms of each field, and of its likeliest alternatives, to the
    /// alternatives.
    pub(super) fn add_forms(&mut self) {
        let mut left = MOST_OCTETS;
        for at in 0..self.alternatives.len() {
            let mut list = std::mem::take(&mut self.alternatives[at]);
            if self.slots[at].field.is_some() {
                let formed = self.formed_alternatives(at, &list, &mut left);
                list.extend(formed);
                list.sort_by_key(|one| one.cost);
            }
            self.alternatives[at] = list;
        }
        self.note_cheapest();
    }

    /// The forms of one field and of the first of `list`, of at most `left` octets.
    fn formed_alternatives(
        &mut self,
        at: usize,
        list: &[Alternative],
        left: &mut usize,
    ) -> Vec<Alternative> {
        let slot = &self.slots[at];
        let there = list.iter().map(|one| &one.canonical);
        let mut seen: HashSet<Vec<u8>> = there.chain([&slot.canonical]).cloned().collect();
        let mut formed = Vec::new();
        let bases = list.iter().take(BASES);
        let bases = bases.filter_map(|one| Some((Some(one), one.body.as_deref()?, FORMS_OF_EACH)));
        for (base, text, most) in [(None, &slot.body[..], FORMS)].into_iter().chain(bases) {
            let mut count = 0_u32;
            for form in forms::likely(self.by) {
                if count as usize >= most || !self.budget.take(200 + 2 * text.len() as u64) {
                    break;
                }
                let Some(body) = form.apply(text, slot.head(), slot.is_signature) else {
                    continue;
                };
                let canonical = match base {
                    Some(base) => base.canonical_of(slot, &body),
                    None => slot.canonical_of(&body),
                };
                if !seen.insert(canonical.clone()) {
                    continue;
                }
                let Some(less) = left.checked_sub(body.len() + 2 * canonical.len()) else {
                    return formed;
                };
                *left = less;
                formed.push(Alternative {
                    kinds: kinds(slot, base, &body),
                    cost: 1 + (count + 1).ilog2() + base.map_or(0, |base| base.cost),
                    canonical,
                    body: Some(body),
                    before: base.and_then(|base| base.before.clone()),
                    is_formed: true,
                });
                count += 1;
            }
        }
        formed
    }
}

/// The changes that lead from `body`, a form of `base` or of the field as it is, to what is there.
fn kinds(slot: &Slot<'_>, base: Option<&Alternative>, body: &[u8]) -> Vec<Kind> {
    let Some(base) = base else {
        return vec![slot.kind_of_form(body)];
    };
    let mut kinds = base.kinds.clone();
    let folds = |text: &[u8]| memchr::memchr_iter(b'\n', text).count();
    if folds(body) != folds(&slot.body) && !kinds.contains(&Kind::Refolded) {
        kinds.push(Kind::Refolded);
    }
    kinds
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest::{SHA256, digest};

    use crate::Limits;
    use crate::dkim::DkimSignature;
    use crate::dkim::autopsy::header::{Known, Scene, Search, Slot};
    use crate::dkim::autopsy::proof::Proof;
    use crate::dkim::autopsy::{Budget, Effort};
    use crate::dkim::select::FieldIndex;
    use crate::message::Message;

    const NAMES: &str = "from:from:reply-to:reply-to:subject:subject:date:date:message-id:message-id:\
                         to:to:cc:cc:mime-version:mime-version:content-type:content-type:\
                         content-transfer-encoding:content-transfer-encoding";

    const AUTHOR: &str = "From: Ada <ada@example.com>\nSubject: moss\n";
    const LIST: &str = "From: Ada via Garden <garden@lists.example.org>\nSubject: [garden] moss\n";
    const REPLY_TO: &str = "Reply-To: Ada <ada@example.com>\n";
    const REST: &str = "Date: Tue, 30 Jun 2026 06:16:31 +0000\nMessage-ID: <1@example.com>\n\
                        To: garden@lists.example.org\nMIME-Version: 1.0\n";
    const TEXT: &str = "Content-Type: text/plain; charset=\"us-ascii\"\n\
                        Content-Transfer-Encoding: 7bit\n";

    fn with_slots<T>(
        text: &str,
        run: impl FnOnce(&Message<'_>, &DkimSignature, &[Option<usize>]) -> T,
    ) -> T {
        let text = format!(
            "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=a; \
             h={NAMES}; bh=AAAA; b=AAAA\n{text}"
        );
        let bytes = text.replace('\n', "\r\n").into_bytes();
        let limits = Limits::default();
        let message = Message::parse(&bytes, &limits).unwrap();
        let signature = DkimSignature::parse(&message.header.fields[0], 0, &limits);
        let selected = FieldIndex::new(&message).select_each(&signature.signed_fields);
        run(&message, &signature, &selected)
    }

    /// The changes from one message to the other that are found with so much work.
    fn found(before: &str, after: &str, work: u64) -> Vec<String> {
        let signed = with_slots(before, |message, signature, selected| {
            let (by, _) = signature.canonicalization.unwrap();
            let slots = Slot::all(message, selected, signature, by);
            let parts: Vec<_> = slots.into_iter().map(|slot| slot.canonical).collect();
            digest(&SHA256, &parts.concat()).as_ref().to_vec()
        });
        with_slots(after, |message, signature, selected| {
            let (by, _) = signature.canonicalization.unwrap();
            let scene = Scene {
                message,
                copies: Vec::new(),
                signed_at: None,
                domain: signature.domain.as_ref(),
            };
            let proof = Proof::Hash {
                hash: signed,
                by: None,
            };
            let mut budget = Budget::new(Effort::Quick, work);
            let search = Search::new(
                &scene,
                selected,
                signature,
                by,
                &SHA256,
                &proof,
                &mut budget,
            );
            let changes = search.run(&mut Known::default()).unwrap_or_default();
            let changes = changes.iter();
            changes
                .map(|change| format!("{:?} {}", change.kind, change.field.as_deref().unwrap()))
                .collect()
        })
    }

    const QUICK: u64 = 1_200_000;

    #[test]
    fn all_that_a_list_does_at_once_is_found() {
        let before = format!("{AUTHOR}{REST}{TEXT}\nText\n");
        let after = format!("{LIST}{REST}{TEXT}{REPLY_TO}\nText\n");
        let rewritten = [
            "FromRewritten From",
            "FieldAdded Reply-To",
            "SubjectTag Subject",
        ];
        assert_eq!(found(&before, &after, QUICK), rewritten);
        let parts = |text: &str, header: &str| {
            format!(
                "{header}{REST}Content-Type: multipart/mixed; boundary=b\n{REPLY_TO}\n\
                 --b\n{text}\nText\n--b\nContent-Type: text/plain\n\nFooter\n--b--\n"
            )
        };
        let wrapped = [
            &rewritten[..],
            &[
                "ContentTypeChanged Content-Type",
                "FieldRemoved Content-Transfer-Encoding",
            ],
        ];
        assert_eq!(found(&before, &parts(TEXT, LIST), QUICK), wrapped.concat());
        // The text had no encoding of its own.
        let plain = "Content-Type: text/plain\n";
        let before = format!("{AUTHOR}{REST}{plain}\nText\n");
        let wrapped = wrapped.concat();
        assert_eq!(found(&before, &parts(plain, LIST), QUICK), wrapped[..4]);
    }

    #[test]
    fn a_field_that_is_there_twice_is_found_whatever_else_may_be() {
        let before = format!("{AUTHOR}{REST}{TEXT}\nText\n");
        for (second, name) in [
            ("From: Garden <garden@lists.example.org>\n", "From"),
            ("Subject: another\n", "Subject"),
        ] {
            let after = format!("{AUTHOR}{REST}{REPLY_TO}{TEXT}{second}\nText\n");
            let before = before.replacen(TEXT, &format!("{REPLY_TO}{TEXT}"), 1);
            // It was signed that there is none.
            assert_eq!(
                found(&before, &after, QUICK / 10),
                [format!("FieldAdded {name}")]
            );
        }
    }

    #[test]
    fn nothing_is_found_where_nothing_leads_there() {
        let before = format!("{AUTHOR}{REST}{TEXT}\nText\n").replace("moss", "peat");
        let after = format!("{LIST}{REST}{TEXT}{REPLY_TO}\nText\n");
        assert!(found(&before, &after, QUICK).is_empty());
        assert!(found(&before, "Subject: moss\n\nText\n", 0).is_empty());
    }
}
