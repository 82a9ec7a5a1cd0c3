//! "Did you mean": the known words that are close to a misspelt one.

/// The words of `known` that are nearest to `word`, at most `distance` mistakes away: an extra
/// letter, a missing one, a wrong one, or two swapped. Words without a common letter are never
/// near.
pub(crate) fn nearest<'k>(word: &str, known: &[&'k str], distance: usize) -> Vec<&'k str> {
    let word = word.to_ascii_lowercase();
    let near = |other: &str| {
        let slips = slips(&word, other);
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

/// How many mistakes lie between two words.
fn slips(one: &str, other: &str) -> usize {
    let one: Vec<char> = one.chars().take(40).collect();
    let other: Vec<char> = other.chars().collect();
    let mut rows: Vec<Vec<usize>> = vec![(0..=other.len()).collect()];
    for (line, from) in one.iter().enumerate() {
        let mut row = vec![line + 1];
        for (column, to) in other.iter().enumerate() {
            let above = &rows[line];
            let mut least = (above[column] + usize::from(from != to))
                .min(above[column + 1] + 1)
                .min(row[column] + 1);
            if line > 0 && column > 0 && other[column - 1] == *from && one[line - 1] == *to {
                least = least.min(rows[line - 1][column - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[one.len()][other.len()]
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
}
