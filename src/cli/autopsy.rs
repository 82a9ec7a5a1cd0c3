//! How much to try to find out what broke a signature: `--autopsy`.

use clap::ValueEnum;
use sesauth::dkim::Effort;

/// The flag.
#[derive(clap::Args)]
pub struct AutopsyFlag {
    /// How much to try to find out what broke a DKIM signature, and prove it: nothing, what takes some
    /// milliseconds, or up to a second for each message. The default is quick, where the output
    /// shows it
    #[arg(long, value_name = "HOW-MUCH", value_enum, help_heading = "Output")]
    autopsy: Option<HowMuch>,
}

#[derive(Clone, Copy, ValueEnum)]
enum HowMuch {
    Off,
    Quick,
    Deep,
}

impl AutopsyFlag {
    /// `is_shown`: whether the output shows what was found.
    pub fn effort(&self, is_shown: bool) -> Effort {
        match self.autopsy {
            Some(HowMuch::Off) => Effort::Off,
            Some(HowMuch::Quick) => Effort::Quick,
            Some(HowMuch::Deep) => Effort::Deep,
            None if is_shown => Effort::Quick,
            None => Effort::Off,
        }
    }
}
