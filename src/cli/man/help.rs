//! What stands below the flags in the help of a command: text, examples, exit codes.

/// The parts of that text.
#[derive(Debug, Default)]
pub struct Help {
    /// What stands before the examples.
    pub text: Vec<Paragraph>,
    pub examples: Vec<Example>,
    /// What is said of them all.
    pub about_exit_codes: Vec<Paragraph>,
    /// Each code with what it means.
    pub exit_codes: Vec<(String, String)>,
}

/// A paragraph, its lines joined; or one line as it is typed, which is indented by [`TYPED`].
#[derive(Debug, PartialEq, Eq)]
pub struct Paragraph {
    pub indent: usize,
    pub text: String,
}

/// The indent of lines of configuration files in a text.
pub const TYPED: usize = 4;

/// A command as it is typed, and what it is for.
#[derive(Debug, PartialEq, Eq)]
pub struct Example {
    pub command: Vec<String>,
    pub about: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Text,
    Examples,
    ExitCodes,
}

/// Reads it. A part begins with its title; below it stand
///
/// - an example, indented by two, whose lines but the last end with `\` or `|`, and what it is for,
///   indented by more;
/// - a code, indented by two, with what it means.
pub fn read(text: &str) -> Help {
    let mut help = Help::default();
    let mut part = Part::Text;
    let mut is_new = true;
    for line in text.lines() {
        let (indent, words) = (line.len() - line.trim_start().len(), line.trim());
        if words.is_empty() {
            is_new = true;
            continue;
        }
        if words == "Examples:" {
            part = Part::Examples;
            continue;
        }
        if words == "Exit codes:" {
            part = Part::ExitCodes;
            continue;
        }
        match part {
            Part::Examples if indent > 0 => put_example(&mut help.examples, indent, words),
            Part::ExitCodes if indent > 0 => put_code(&mut help.exit_codes, indent, words),
            Part::ExitCodes => put(&mut help.about_exit_codes, indent, words, is_new),
            Part::Text | Part::Examples => put(&mut help.text, indent, words, is_new),
        }
        is_new = false;
    }
    help
}

fn put(paragraphs: &mut Vec<Paragraph>, indent: usize, words: &str, is_new: bool) {
    match paragraphs.last_mut() {
        Some(last) if !is_new && last.indent == indent && indent < TYPED => {
            last.text.push(' ');
            last.text.push_str(words);
        }
        _ => paragraphs.push(Paragraph {
            indent,
            text: words.to_owned(),
        }),
    }
}

fn put_example(examples: &mut Vec<Example>, indent: usize, words: &str) {
    if let Some(last) = examples.last_mut() {
        let goes_on = last.command.last();
        if goes_on.is_some_and(|line| line.ends_with(['\\', '|'])) {
            last.command.push(format!("    {words}"));
            return;
        }
        if indent > 2 {
            join(&mut last.about, words);
            return;
        }
    }
    examples.push(Example {
        command: vec![words.to_owned()],
        about: String::new(),
    });
}

fn put_code(codes: &mut Vec<(String, String)>, indent: usize, words: &str) {
    match codes.last_mut() {
        Some((_, about)) if indent > 2 => join(about, words),
        _ => {
            let (code, about) = words.split_once(' ').unwrap_or((words, ""));
            codes.push((code.to_owned(), about.trim_start().to_owned()));
        }
    }
}

fn join(text: &mut String, words: &str) {
    if !text.is_empty() {
        text.push(' ');
    }
    text.push_str(words);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined_to_what_they_belong_to() {
        let help = read(
            "\
Kept:
  names, and
  dates
In a file:
    a = 1
    b = 2

Examples:
  sesauth a b |
    wc -l
      counts
      them
  sesauth c

Exit codes:
  0   done
  75  not done;
      try again

Nothing else.",
        );
        let texts: Vec<_> = help.text.iter().map(|one| one.text.as_str()).collect();
        assert_eq!(
            texts,
            ["Kept:", "names, and dates", "In a file:", "a = 1", "b = 2"]
        );
        assert_eq!(help.examples[0].command, ["sesauth a b |", "    wc -l"]);
        assert_eq!(help.examples[0].about, "counts them");
        assert_eq!(help.examples[1].command, ["sesauth c"]);
        assert_eq!(help.exit_codes[1].1, "not done; try again");
        assert_eq!(help.about_exit_codes[0].text, "Nothing else.");
    }
}
