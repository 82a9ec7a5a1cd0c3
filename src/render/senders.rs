//! Whose messages they are, in a few words.

/// Whose `count` messages are, by how many are from each domain in From; `others` are from domains
/// that were not counted one by one.
pub(super) fn whose(count: usize, mut domains: Vec<(usize, &str)>, others: usize) -> String {
    domains.sort_by_key(|(count, domain)| (usize::MAX - count, *domain));
    match (domains.as_slice(), others) {
        ([], _) => ", from many domains".into(),
        ([(_, domain)], 0) if count == 1 => format!(", from {domain}"),
        ([(_, domain)], 0) => format!(", all from {domain}"),
        ([(a, first), (b, second)], 0) => format!(", {a} from {first} and {b} from {second}"),
        ([(a, first), (b, second), (c, third)], 0) => {
            format!(", {a} from {first}, {b} from {second} and {c} from {third}")
        }
        ([(most, _), (second, _), ..], 0) if most == second => {
            format!(", from {} domains", domains.len())
        }
        ([(most, domain), rest @ ..], others) => {
            let many = match others {
                0 => format!("{}", rest.len() + 1),
                _ => format!("more than {}", rest.len() + 1),
            };
            format!(", from {many} domains, the most ({most}) from {domain}")
        }
    }
}
