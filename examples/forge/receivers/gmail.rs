//! Header fields as Gmail writes them.

use jiff::tz::Offset;

use super::super::mail::Field;
use super::super::rng::Rng;
use super::super::words;
use super::{Arrival, date};

impl Arrival<'_> {
    pub(super) fn gmail(&self, rng: &mut Rng) -> Vec<Field> {
        let Self {
            ip,
            helo,
            ptr,
            recipient,
            ..
        } = self;
        let now = format!("{} (PDT)", date(self.at, -7));
        let stamp = self.at.to_zoned(Offset::constant(-7).to_time_zone());
        let stamp = stamp.strftime("%Y.%m.%d.%H.%M.%S");
        let inner = [rng.hex(4), rng.hex(3), rng.hex(2), rng.hex(4)].join(":");
        let id = format!(
            "{}-{}si{}.{}",
            rng.hex(13),
            rng.hex(11),
            rng.below(90_000_000),
            rng.below(900)
        );
        let spf = words::spf_comment("google.com", self.said.spf, &self.sender(), ip);
        let mut results = Vec::new();
        for dkim in &self.said.dkim {
            let (word, identity) = (words::gmail(dkim.cause), &dkim.identity);
            let (selector, signature) = (&dkim.selector, &dkim.signature);
            results.push(format!(
                "dkim={word} header.i={identity} header.s={selector} header.b={signature}"
            ));
        }
        results.push(format!(
            "spf={} {spf} smtp.mailfrom={}",
            self.said.spf,
            self.identity_of_spf()
        ));
        if let Some(dmarc) = &self.said.dmarc {
            let (policy, subdomains) = (
                dmarc.policy.to_uppercase(),
                dmarc.subdomain_policy.to_uppercase(),
            );
            let disposition = match (dmarc.result, dmarc.policy.as_str()) {
                ("fail", "quarantine" | "reject") => "QUARANTINE",
                _ => "NONE",
            };
            let result = dmarc.result;
            results.push(format!(
                "dmarc={result} (p={policy} sp={subdomains} dis={disposition}) header.from={}",
                self.author()
            ));
        }
        vec![
            Field::new("Delivered-To", recipient),
            Field(format!(
                "Received: by 2002:a05:{inner} with SMTP id {}csp{};\r\n        {now}",
                rng.hex(5),
                rng.below(9_000_000)
            )),
            Field(format!(
                "X-Received: by 2002:a05:{inner} with SMTP id {id};\r\n        {now}"
            )),
            self.return_path(),
            Field(format!(
                "Received: from {helo} ({ptr}. [{ip}])\r\n        by mx.google.com with ESMTPS id {id}.{stamp}\r\n        \
                 for <{recipient}>\r\n        (version=TLS1_3 cipher=TLS_AES_128_GCM_SHA256 bits=128/128);\r\n        {now}"
            )),
            Field::new(
                "Received-SPF",
                &format!("{} {spf} client-ip={ip};", self.said.spf),
            ),
            Field(format!(
                "Authentication-Results: mx.google.com;\r\n       {}",
                results.join(";\r\n       ")
            )),
        ]
    }

    /// `smtp.mailfrom` as Gmail writes it; without a reverse-path, the HELO name is in smtp.helo.
    fn identity_of_spf(&self) -> String {
        match self.mail_from {
            "" => format!("postmaster@{}", self.helo),
            path if path.contains('@') => path.to_owned(),
            path => format!("@{path}"),
        }
    }
}
