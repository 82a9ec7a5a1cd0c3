//! "Did you mean": the known words that are close to a misspelt one.

use strsim::osa_distance;

/// The words of `known` that are nearest to `word`, at most `distance` mistakes away: an extra
/// letter, a missing one, a wrong one, or two swapped. Words without a common letter are never
/// near.
pub(crate) fn nearest<'k>(word: &str, known: &[&'k str], distance: usize) -> Vec<&'k str> {
    let word = word.to_ascii_lowercase();
    let length = word.chars().count();
    let near = |other: &str| {
        // A word may be long and hostile; what is known is short.
        if length.abs_diff(other.chars().count()) > distance {
            return None;
        }
        let slips = osa_distance(&word, other);
        let shares = other.chars().any(|char| word.contains(char));
        (slips > 0 && slips <= distance && shares).then_some(slips)
    };
    let least = known.iter().filter_map(|other| near(other)).min();
    known
        .iter()
        .copied()
        .filter(|other| near(other) == least && least.is_some())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slip_is_near_and_another_word_is_not() {
        let known = ["p", "sp", "np", "adkim", "aspf", "rua", "ruf"];
        assert_eq!(nearest("aspr", &known, 1), ["aspf"]);
        assert_eq!(nearest("adikm", &known, 1), ["adkim"]);
        assert_eq!(nearest("pp", &known, 1), ["p", "sp", "np"]);
        assert_eq!(nearest("x", &known, 1), [""; 0]);
        assert_eq!(nearest("colour", &known, 1), [""; 0]);
    }

    #[test]
    fn a_long_word_is_near_only_to_one_as_long() {
        let known = ["a".repeat(40)];
        let known = [known[0].as_str()];
        assert_eq!(nearest(&"a".repeat(41), &known, 1), known);
        assert_eq!(nearest(&"a".repeat(42), &known, 1), [""; 0]);
        assert_eq!(nearest(&"a".repeat(10_000_000), &known, 3), [""; 0]);
    }
}
