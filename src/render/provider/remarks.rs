//! What is to be known of record sets before they are published, in sentences without full stops.

use super::{Form, bare, shown};
use crate::dns::{RecordSet, RecordType, SetChange, SetProblem};

/// The remarks on `sets`, in their order.
pub(super) fn of_sets(sets: &[&RecordSet], form: Form) -> Vec<String> {
    let mut remarks: Vec<String> = sets.iter().flat_map(|set| of_set(set, form)).collect();
    let removes = sets.iter().any(|set| !set.removed.is_empty());
    if form == Form::Cloudflare && removes {
        remarks.push(
            "Cloudflare removes a record by its id: put it in place of each \"ID of …\" (GET \
             /zones/ZONE_ID/dns_records shows the ids); until then it refuses the whole batch"
                .into(),
        );
    }
    remarks
}

/// `TXT example.com`.
pub(super) fn label(set: &RecordSet) -> String {
    format!("{} {}", set.kind, bare(&set.name))
}

fn of_set(set: &RecordSet, form: Form) -> Vec<String> {
    let label = label(set);
    let name = bare(&set.name);
    let mut remarks = Vec::new();
    for problem in &set.problems {
        remarks.push(match problem {
            SetProblem::AtAlias(target) => format!(
                "{label} cannot be published: {name} is an alias (CNAME) of {}, and nothing can stand \
                 beside a CNAME (RFC 1034 section 3.6.2)",
                bare(target)
            ),
            SetProblem::AliasBeside(kinds) => {
                let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
                format!(
                    "{label} cannot be published: {} stands there, and nothing can stand beside a \
                     CNAME (RFC 1034 section 3.6.2)",
                    kinds.join(" and ")
                )
            }
            SetProblem::Contradicted(record) => format!(
                "{label}: left out is {}, which another finding proposes: only one can stand; publish \
                 this one, then look again",
                shown(record)
            ),
            SetProblem::NotThere(record) => {
                format!("{label}: {} is to be removed, and is not there", shown(record))
            }
        });
    }
    let removed = || {
        let removed: Vec<String> = set.removed.iter().map(shown).collect();
        removed.join(" and ")
    };
    let kept = set.kept().count();
    let is_whole = !matches!(
        form,
        Form::Cloudflare | Form::CloudflareDashboard | Form::TerraformCloudflare
    );
    match (set.change(), &set.now) {
        (SetChange::Create, None) if set.replaces && is_whole => remarks.push(format!(
            "{label}: what stands there is not known; if there are records, take the one of this kind \
             out and keep the others beside this one"
        )),
        (SetChange::Create, None) if set.replaces => remarks.push(format!(
            "{label}: what stands there is not known; remove the record of this kind, if there is one"
        )),
        (SetChange::Create, None) if set.kind == RecordType::Cname => remarks.push(format!(
            "{label}: what stands there is not known; a CNAME must be the only record of its name"
        )),
        (SetChange::Create, None) if is_whole => remarks.push(format!(
            "{label}: what stands there is not known; add to what is there"
        )),
        (SetChange::Rewrite, _) if is_whole && kept > 0 => remarks.push(match kept {
            1 => format!("{label}: the whole set, with the record that is there and stays"),
            many => format!("{label}: the whole set, with the {many} records that are there and stay"),
        }),
        (SetChange::Delete, Some(now)) if form == Form::Route53 => remarks.push(format!(
            "{label}: Route 53 deletes a set only if its TTL is given as the zone has it; {} is what \
             DNS answered, which may be less",
            now.ttl
        )),
        _ => (),
    }
    let says_removed = !matches!(form, Form::Cloudflare | Form::CloudflareDashboard);
    match set.change() {
        SetChange::Nothing | SetChange::Create if !set.removed.is_empty() && says_removed => {
            remarks.push(format!("{label}: remove {}", removed()));
        }
        SetChange::Rewrite if says_removed && !set.removed.is_empty() => {
            remarks.push(match is_whole {
                true => format!("{label}: no longer in the set: {}", removed()),
                false => format!("{label}: remove {}", removed()),
            });
        }
        SetChange::Delete if says_removed && form != Form::Route53 => {
            remarks.push(format!("{label}: remove {}", removed()));
        }
        _ => (),
    }
    remarks
}
