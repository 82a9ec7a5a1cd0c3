//! The name under which Authentication-Results fields are written (RFC 8601 §2.5).

/// Octets of a name: as many as a host can have.
const LONGEST: usize = 255;

/// What stands for the name of this machine.
const REDACTED: &str = "mx.redacted.test";

/// Under which name results are written.
#[derive(clap::Args, Clone, Debug)]
pub struct AuthservIdFlag {
    /// The name under which Authentication-Results is written, mostly the host name of the mail
    /// server [default: the name of this machine]
    #[arg(long, value_name = "ID", value_parser = authserv_id, help_heading = "Output")]
    authserv_id: Option<String>,
}

impl AuthservIdFlag {
    /// Whether it is given.
    pub fn is_given(&self) -> bool {
        self.authserv_id.is_some()
    }

    /// The name in what is shown to others: this machine's stays unsaid.
    pub fn redacted(&self) -> String {
        let name = self.authserv_id.clone();
        name.unwrap_or_else(|| REDACTED.into())
    }

    /// The name.
    pub fn name(&self) -> String {
        let of_machine = || gethostname::gethostname().into_string().ok();
        let name = self.authserv_id.clone();
        let name = name.or_else(|| of_machine().filter(|name| authserv_id(name).is_ok()));
        name.unwrap_or_else(|| "localhost".into())
    }
}

fn authserv_id(text: &str) -> Result<String, String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    match (1..=LONGEST).contains(&text.len()) && text.bytes().all(is_plain) {
        true => Ok(text.into()),
        false => Err("not a name such as mx.example.com".into()),
    }
}
