//! What Amazon SES adds to the mail that it sends: hosts, message ids, header fields, records.

use serde_json::{Value, json};

use super::dns::Zone;
use super::keys::KeyId;
use super::plan::Client;
use super::rng::Rng;

/// An SES region.
#[derive(Debug, PartialEq, Eq)]
pub struct Region {
    pub name: &'static str,
    /// The first four digits of its message ids.
    pub code: &'static str,
    /// A sending address: letter of the host name, then the octets.
    pub host: (char, [u8; 4]),
}

/// The regions that customers of the forge send from.
pub static REGIONS: [Region; 9] = [
    region("us-east-1", "0100", 'a', [54, 240, 8, 50]),
    region("us-west-2", "0101", 'a', [54, 240, 27, 31]),
    region("eu-west-1", "0102", 'a', [54, 240, 4, 15]),
    region("eu-central-1", "0107", 'b', [69, 169, 224, 123]),
    region("us-east-2", "010f", 'e', [23, 251, 240, 10]),
    region("ap-southeast-2", "0108", 'b', [69, 169, 232, 50]),
    region("ap-northeast-1", "0106", 'e', [23, 251, 234, 7]),
    region("ca-central-1", "010d", 'b', [69, 169, 239, 12]),
    region("eu-north-1", "0110", 'e', [23, 251, 242, 18]),
];

/// The networks behind `include:amazonses.com`.
const SPF: &str = "v=spf1 ip4:199.255.192.0/22 ip4:199.127.232.0/22 ip4:54.240.0.0/18 \
    ip4:69.169.224.0/20 ip4:23.249.208.0/20 ip4:23.251.224.0/19 ip4:76.223.176.0/20 \
    ip4:54.240.64.0/18 ip4:76.223.128.0/19 ip4:216.221.160.0/19 ip4:206.55.144.0/20 \
    ip4:24.110.64.0/18 -all";

const fn region(name: &'static str, code: &'static str, letter: char, octets: [u8; 4]) -> Region {
    Region {
        name,
        code,
        host: (letter, octets),
    }
}

/// The region with this name.
pub fn find(name: &str) -> &'static Region {
    let region = REGIONS.iter().find(|region| region.name == name);
    region.unwrap_or_else(|| panic!("{name} is a region of the forge"))
}

impl Region {
    /// The domain of the default MAIL FROM.
    pub fn mail_from_domain(&self) -> String {
        self.domain("")
    }

    /// The domain of the Message-ID.
    pub fn message_id_domain(&self) -> String {
        self.domain("email.")
    }

    /// A sending host; its name contains the last octets of its address. The first has number 0.
    pub fn client(&self, number: u8) -> Client {
        let (letter, [first, second, third, fourth]) = self.host;
        let fourth = fourth + number;
        let host = format!("{letter}{third}-{fourth}.smtp-out.{}", self.domain(""));
        Client::new(&host, &format!("{first}.{second}.{third}.{fourth}"))
    }

    /// The host that the MX of a custom MAIL FROM domain points to.
    pub fn feedback_host(&self) -> String {
        format!("feedback-smtp.{}.amazonses.com", self.name)
    }

    /// The selector of the signatures by amazonses.com.
    pub fn own_selector(&self) -> String {
        token(&mut Rng::of(self.name))
    }

    fn domain(&self, us_east_1: &str) -> String {
        match self.name {
            "us-east-1" => format!("{us_east_1}amazonses.com"),
            name => format!("{name}.amazonses.com"),
        }
    }

    /// A message id: region, time in milliseconds, a random part.
    pub fn message_id(&self, millisecond: i64, rng: &mut Rng) -> String {
        let time = format!("{millisecond:012x}");
        let parts = [8, 4, 4, 4, 12].map(|count| rng.hex(count)).join("-");
        format!("{}{time}-{parts}-000000", self.code)
    }

    /// The body of the Feedback-ID field.
    pub fn feedback_id(&self, account: &str) -> String {
        const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let account = Rng::of(account).text(BASE64, 43);
        format!("::1.{}.{account}=:AmazonSES", self.name)
    }

    /// Adds Amazon's own records: SPF, hosts and the key of its signatures.
    pub fn publish(&self, zone: &mut Zone) {
        zone.txt("amazonses.com", SPF);
        let mail_from = self.mail_from_domain();
        if mail_from != "amazonses.com" {
            zone.txt(&mail_from, "v=spf1 include:amazonses.com -all");
        }
        zone.mx(&mail_from, &self.feedback_host());
        zone.a(&self.feedback_host(), &self.client(0).ip);
        let key = format!("{}._domainkey.amazonses.com", self.own_selector());
        zone.txt(&key, &format!("p={}", KeyId::Amazon.public()));
    }
}

/// An Easy DKIM token.
pub fn token(rng: &mut Rng) -> String {
    rng.text("abcdefghijklmnopqrstuvwxyz234567", 32)
}

/// What SES says of the identity `domain`, whose state of DKIM and of its MAIL FROM domain are these:
/// the name of its file, and the JSON. The first token is the selector that signs.
pub fn identity(
    domain: &str,
    selector: &str,
    dkim: &str,
    mail_from: Option<(&str, &str)>,
) -> (String, Value) {
    let others = ["second", "third"].map(|which| token(&mut Rng::of(&format!("{domain} {which}"))));
    let mut said = json!({
        "IdentityType": if domain.contains('@') { "EMAIL_ADDRESS" } else { "DOMAIN" },
        "FeedbackForwardingStatus": true,
        "VerifiedForSendingStatus": true,
        "DkimAttributes": {
            "SigningEnabled": true,
            "Status": dkim,
            "Tokens": [selector, others[0], others[1]],
            "SigningHostedZone": "dkim.amazonses.com",
            "SigningAttributesOrigin": "AWS_SES",
            "NextSigningKeyLength": "RSA_2048_BIT",
            "CurrentSigningKeyLength": "RSA_2048_BIT",
            "LastKeyGenerationTimestamp": "2026-03-02T09:12:44.781000+00:00",
        },
        "MailFromAttributes": { "BehaviorOnMxFailure": "USE_DEFAULT_VALUE" },
        "Policies": {},
        "Tags": [],
        "VerificationStatus": "SUCCESS",
    });
    if let Some((name, status)) = mail_from {
        said["MailFromAttributes"]["MailFromDomain"] = name.into();
        said["MailFromAttributes"]["MailFromDomainStatus"] = status.into();
    }
    (domain.to_owned(), said)
}

/// The tokens of an identity.
pub fn tokens(identity: &(String, Value)) -> Vec<String> {
    let tokens = identity.1["DkimAttributes"]["Tokens"].as_array();
    let tokens = tokens.into_iter().flatten().filter_map(Value::as_str);
    tokens.map(str::to_owned).collect()
}

/// The name of the key record of an Easy DKIM token, in the regions above.
pub fn dkim_name(token: &str) -> String {
    format!("{token}.dkim.amazonses.com")
}
