//! Header fields as Exchange Online and Outlook.com write them.

use jiff::ToSpan as _;

use super::super::mail::Field;
use super::super::rng::Rng;
use super::super::words;
use super::{Arrival, date};

impl Arrival<'_> {
    pub(super) fn outlook(&self, rng: &mut Rng) -> Vec<Field> {
        let Self { ip, helo, .. } = self;
        let domain = self.sender_domain();
        let now = date(self.at, 0);
        let later = date(self.at + 1.second(), 0);
        let edge = format!(
            "{}PEPF{:08X}",
            rng.pick(&["CH1", "SJ1", "BN2", "AM4", "DB1"]),
            rng.below(0xffff_ffff)
        );
        let server = format!("DM6PR{:02}MB{:04}", rng.below(99), rng.below(9999));
        let tls = "(version=TLS1_3,\r\n cipher=TLS_AES_256_GCM_SHA384)";
        let result = self.said.spf;
        let shown = |comment: &str| match result {
            "pass" => format!(
                "Pass (protection.outlook.com: domain of {domain}\r\n designates {ip} as permitted sender)\r\n {comment}"
            ),
            "none" => format!(
                "None (protection.outlook.com: {domain} does not\r\n designate permitted sender hosts)"
            ),
            "softfail" => format!(
                "SoftFail (protection.outlook.com: domain of transitioning\r\n {domain} discourages use of {ip} as\r\n permitted sender)"
            ),
            "fail" => format!(
                "Fail (protection.outlook.com: domain of {domain} does not\r\n designate {ip} as permitted sender)\r\n {comment}"
            ),
            "temperror" => format!(
                "TempError (protection.outlook.com: error in processing during\r\n lookup of {domain}: DNS Timeout)"
            ),
            _ => format!(
                "PermError (protection.outlook.com: domain of {domain} used\r\n an invalid SPF mechanism)"
            ),
        };
        let received_spf = shown(&format!(
            "receiver=protection.outlook.com; client-ip={ip};\r\n helo={helo}; pr=C"
        ));
        let mut results = format!("spf={result} (sender IP is {ip})\r\n smtp.mailfrom={domain};");
        match self.said.dkim.is_empty() {
            true => results.push_str(" dkim=none (message not signed)\r\n header.d=none;"),
            false => {
                let dkim = self.said.dkim.iter().map(|dkim| {
                    format!(
                        " dkim={}\r\n header.d={};",
                        words::outlook(dkim.cause),
                        dkim.domain
                    )
                });
                results.extend(dkim);
            }
        }
        let composite = |result| match result {
            "pass" => "compauth=pass reason=100",
            "bestguesspass" => "compauth=pass reason=109",
            "permerror" => "compauth=pass reason=111",
            "temperror" => "",
            _ => "compauth=fail reason=000",
        };
        match &self.said.dmarc {
            None => results.push_str(&format!(
                "dmarc=none action=none\r\n header.from={};",
                self.author()
            )),
            Some(dmarc) => {
                let action = match (dmarc.result, dmarc.policy.as_str()) {
                    ("fail", "reject") => "oreject",
                    ("fail", "quarantine") => "quarantine",
                    _ => "none",
                };
                let verdict = composite(dmarc.result);
                results.push_str(&format!(
                    "dmarc={} action={action}\r\n header.from={};{verdict}",
                    dmarc.result,
                    self.author()
                ));
            }
        }
        vec![
            Field(format!(
                "Received: from {server}.namprd12.prod.outlook.com (::1) by\r\n MN0PR12MB6101.namprd12.prod.outlook.com with HTTPS; {later}"
            )),
            Field(format!(
                "Received: from {edge}.namprd12.prod.outlook.com\r\n (2603:10b6:610:fe:cafe::{:x}) by {server}.outlook.office365.com\r\n \
                 (2603:10b6:610:fe::22) with Microsoft SMTP Server {tls} id 15.20.8857.21 via Frontend\r\n Transport; {later}",
                rng.below(255)
            )),
            Field(format!("Authentication-Results: {results}")),
            Field(format!("Received-SPF: {received_spf}")),
            Field(format!(
                "Received: from {helo} ({ip})\r\n by {edge}.mail.protection.outlook.com (10.167.244.{}) with\r\n \
                 Microsoft SMTP Server {tls} id\r\n 15.20.8857.21 via Frontend Transport; {now}",
                rng.below(255)
            )),
        ]
    }
}
