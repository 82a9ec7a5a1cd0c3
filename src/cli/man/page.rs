//! The manual page of one command.

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::help::{self, Example, Help, Paragraph, TYPED};

/// A variable or a file, and the pages that tell of it.
struct Used {
    name: &'static str,
    by: fn(&Command) -> bool,
    about: &'static str,
}

const ENVIRONMENT: [Used; 3] = [
    Used {
        name: "NO_COLOR",
        by: |command| has(command, "color"),
        about: "If it is set and not empty, --color auto shows no colours.",
    },
    Used {
        name: "CLICOLOR_FORCE",
        by: |command| has(command, "color"),
        about: "If it is set and not 0, --color auto shows colours where no terminal is, too.",
    },
    Used {
        name: "GITHUB_ACTIONS",
        by: |command| !matches!(command.get_name(), "completions" | "man"),
        about: "If it is set and not empty, no text of a message or of DNS can give the runner a \
                command: one character of what it would take for one is escaped.",
    },
];

const FILES: [Used; 3] = [
    Used {
        name: "/etc/resolv.conf",
        by: |command| has(command, "resolver"),
        about: "The servers that are asked unless --resolver, --dns or --offline is given.",
    },
    Used {
        name: "DIR/dns.jsonl",
        by: is_of_corpus,
        about: "What DNS said of all messages of the corpus in DIR, one lookup a line.",
    },
    Used {
        name: "DIR/expected/",
        by: is_of_corpus,
        about: "What each message is expected to give, and how it was judged.",
    },
];

fn has(command: &Command, flag: &str) -> bool {
    let mut arguments = command.get_arguments();
    arguments.any(|argument| argument.get_long() == Some(flag))
        || below(command).any(|one| has(one, flag))
}

fn is_of_corpus(command: &Command) -> bool {
    name(command).starts_with("sesauth-corpus")
}

/// The name of the page of a command, as `sesauth-corpus-check`.
pub fn name(command: &Command) -> &str {
    command.get_display_name().unwrap_or(command.get_name())
}

/// The commands below this one.
pub fn below(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|one| !one.is_hide_set())
}

/// The page of `command`, one of those of `sesauth`.
pub fn page(sesauth: &Command, command: &Command) -> String {
    let help = command.get_after_help().map(ToString::to_string);
    let help = help::read(&help.unwrap_or_default());
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").to_owned();
    let man = Man::new(command.clone().override_usage(usage));
    let mut parts = vec![
        of(|out| man.render_name_section(out)),
        of(|out| man.render_synopsis_section(out)),
        of(|out| man.render_description_section(out)),
        paragraphs(&help.text),
    ];
    if below(command).next().is_some() {
        parts.push(of(|out| man.render_subcommands_section(out)));
    }
    parts.extend([
        flags(command, &man),
        exit_status(&help),
        used("ENVIRONMENT", command, &ENVIRONMENT),
        used("FILES", command, &FILES),
        examples(&help.examples),
        see_also(sesauth, command),
    ]);
    // Each part begins with the macro of the apostrophe; the page needs it once.
    let start = Roff::new().render();
    let title = format!(
        ".TH {} 1 \"\" \"sesauth {}\" \"User Commands\"\n",
        name(command).to_uppercase(),
        env!("CARGO_PKG_VERSION"),
    );
    // Names of flags and hosts are not broken, and lines not stretched.
    let lay_out = ".nh\n.ad l\n";
    format!(
        "{start}{title}{lay_out}{}",
        parts.concat().replace(&start, "")
    )
}

fn of(render: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    // A vector takes all that is written.
    let _ = render(&mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// The flags, with their headings one level below.
fn flags(command: &Command, man: &Man) -> String {
    let mut text = of(|out| man.render_options_section(out));
    for heading in command
        .get_arguments()
        .filter_map(|one| one.get_help_heading())
    {
        let is = |macro_name, title: &str| {
            let mut roff = Roff::new();
            roff.control(macro_name, [title]);
            roff.to_roff()
        };
        text = text.replace(&is("SH", &heading.to_uppercase()), &is("SS", heading));
    }
    // The values of a flag stand where what it does stands.
    text.replace(".br\n\n.br\n", ".br\n")
        .replace("\n.RS 14\n", "\n.RS 7\n")
}

fn paragraphs(paragraphs: &[Paragraph]) -> String {
    let mut roff = Roff::new();
    for paragraph in paragraphs {
        match paragraph.indent {
            0 => roff.control("PP", []),
            _ => roff.control("RS", ["4"]),
        };
        let is_typed = paragraph.indent >= TYPED;
        if is_typed {
            roff.control("EX", []);
        }
        roff.text([roman(&paragraph.text)]);
        if is_typed {
            roff.control("EE", []);
        }
        if paragraph.indent > 0 {
            roff.control("RE", []);
        }
    }
    roff.render()
}

fn exit_status(help: &Help) -> String {
    if help.exit_codes.is_empty() {
        return String::new();
    }
    let mut roff = Roff::new();
    roff.control("SH", ["EXIT STATUS"]);
    for (code, about) in &help.exit_codes {
        roff.control("TP", ["4"]);
        roff.text([bold(code)]);
        roff.text([roman(about)]);
    }
    roff.render() + &paragraphs(&help.about_exit_codes)
}

fn used(title: &str, command: &Command, all: &[Used]) -> String {
    let mut roff = Roff::new();
    let used: Vec<_> = all.iter().filter(|one| (one.by)(command)).collect();
    if !used.is_empty() {
        roff.control("SH", [title]);
    }
    for one in used {
        roff.control("TP", []);
        roff.text([bold(one.name)]);
        roff.text([roman(one.about)]);
    }
    roff.render()
}

fn examples(examples: &[Example]) -> String {
    let mut roff = Roff::new();
    if !examples.is_empty() {
        roff.control("SH", ["EXAMPLES"]);
    }
    for (at, example) in examples.iter().enumerate() {
        if at > 0 {
            roff.control("PP", []);
        }
        roff.control("EX", []);
        for line in &example.command {
            roff.text([bold(line)]);
        }
        roff.control("EE", []);
        if !example.about.is_empty() {
            roff.control("RS", ["4"]);
            roff.text([roman(&example.about)]);
            roff.control("RE", []);
        }
    }
    roff.render()
}

/// The pages above, and those of the commands that the help names.
fn see_also(sesauth: &Command, command: &Command) -> String {
    let own = name(command);
    let help = command.clone().render_long_help().to_string();
    let mut names = Vec::new();
    let mut add = |one: &Command| {
        let typed = name(one).replace('-', " ");
        let is_above = own
            .strip_prefix(name(one))
            .is_some_and(|rest| rest.starts_with('-'));
        let is_named = help.contains(&format!("{typed} ")) || help.contains(&format!("{typed}`"));
        if name(one) != own && (is_above || is_named) {
            names.push(name(one).to_owned());
        }
    };
    add(sesauth);
    for one in below(sesauth) {
        add(one);
        below(one).for_each(&mut add);
    }
    let mut roff = Roff::new();
    roff.control("SH", ["SEE ALSO"]);
    let last = names.len().saturating_sub(1);
    for (at, name) in names.iter().enumerate() {
        let end = if at == last { "" } else { "," };
        roff.text([bold(name), roman(format!("(1){end}"))]);
    }
    roff.render()
}
