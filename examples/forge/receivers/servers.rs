//! Header fields as Zoho, Postfix with OpenDKIM, and SES inbound write them.

use super::super::mail::Field;
use super::super::rng::Rng;
use super::super::words;
use super::{Arrival, date};

const LOWER: &str = "abcdefghijklmnopqrstuvwxyz0123456789";
const LETTERS: &str = "bcdfghjklmnpqrstvwxyzBCDFGHJKLMNPQRSTVWXYZ0123456789";

impl Arrival<'_> {
    pub(super) fn zoho(&self, rng: &mut Rng) -> Vec<Field> {
        let (ip, helo, ptr) = (self.ip, self.helo, self.ptr);
        let sender = self.sender();
        let comment = words::spf_comment("zohomail.com", self.said.spf, &sender, ip);
        let mut results = vec!["mx.zohomail.com".to_owned()];
        results.extend(
            self.said
                .dkim
                .iter()
                .take(1)
                .map(|dkim| format!("dkim={}", words::plain(dkim.cause))),
        );
        results.push(format!(
            "spf={} {comment}  smtp.mailfrom={sender}",
            self.said.spf
        ));
        if let Some(dmarc) = &self.said.dmarc {
            results.push(format!(
                "dmarc={}(p={} dis=none)  header.from={}",
                dmarc.result,
                dmarc.policy,
                self.author()
            ));
        }
        vec![
            Field::new("Delivered-To", self.recipient),
            Field(format!(
                "Received-SPF: {} {comment} client-ip={ip}; envelope-from={sender}; helo={helo};",
                self.said.spf
            )),
            Field(format!(
                "Authentication-Results: {}",
                results.join(";\r\n\t")
            )),
            self.return_path(),
            Field(format!(
                "Received: from {helo} ({ptr} [{ip}]) by mx.zohomail.com\r\n\twith SMTPS id 178280{}.{}; {} (PDT)",
                rng.below(9_999_999),
                rng.below(999),
                date(self.at, -7)
            )),
        ]
    }

    pub(super) fn postfix(&self, rng: &mut Rng) -> Vec<Field> {
        let (ip, helo, ptr) = (self.ip, self.helo, self.ptr);
        let domain = self.recipient.rsplit('@').next().unwrap_or("example.net");
        let host = format!("mx.{domain}");
        let mut fields = vec![
            self.return_path(),
            Field::new("X-Original-To", self.recipient),
            Field::new("Delivered-To", self.recipient),
        ];
        let results = |text: String| Field(format!("Authentication-Results: {host};\r\n\t{text}"));
        let dmarc = match &self.said.dmarc {
            Some(dmarc) => format!("dmarc={} (p={} dis=none)", dmarc.result, dmarc.policy),
            None => "dmarc=none (p=none dis=none)".to_owned(),
        };
        if self.said.author.is_some() {
            fields.push(results(format!("{dmarc} header.from={}", self.author())));
        }
        let dkim = self.said.dkim.iter().map(|dkim| {
            format!(
                "dkim={} header.d={} header.i={} header.b=\"{}\"",
                words::opendkim(dkim),
                dkim.domain,
                dkim.identity,
                dkim.signature
            )
        });
        let dkim: Vec<_> = dkim.collect();
        fields.push(match dkim.is_empty() {
            true => results("dkim=none".to_owned()),
            false => results(dkim.join(";\r\n\t")),
        });
        fields.push(results(format!(
            "spf={} smtp.mailfrom={}",
            self.said.spf,
            self.sender_domain()
        )));
        let capital = self.said.spf[..1].to_uppercase() + &self.said.spf[1..];
        fields.push(Field(format!(
            "Received-SPF: {capital} (mailfrom) identity=mailfrom; client-ip={ip}; helo={helo};\r\n \
             envelope-from={}; receiver=<UNKNOWN>",
            self.sender()
        )));
        fields.push(Field(format!(
            "Received: from {helo} ({ptr} [{ip}])\r\n\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))\r\n\t\
             (No client certificate requested)\r\n\tby {host} (Postfix) with ESMTPS id {}\r\n\tfor <{}>; {} (CEST)",
            rng.text(LETTERS, 15), self.recipient, date(self.at, 2)
        )));
        fields
    }

    pub(super) fn ses(&self, rng: &mut Rng) -> Vec<Field> {
        let (ip, helo, ptr, sender) = (self.ip, self.helo, self.ptr, self.sender());
        let place = "inbound-smtp.us-east-1.amazonaws.com";
        let spf = match self.said.spf {
            "pass" => format!(
                "pass (spfCheck: domain of {} designates {ip} as permitted sender)",
                self.sender_domain()
            ),
            result => format!(
                "{result} (spfCheck: domain of {} does not designate {ip} as permitted sender)",
                self.sender_domain()
            ),
        };
        let session = format!("client-ip={ip}; envelope-from={sender}; helo={helo};");
        let mut results = format!("amazonses.com;\r\n spf={spf} {session}");
        for dkim in &self.said.dkim {
            results.push_str(&format!(
                "\r\n dkim={} header.i={};",
                words::plain(dkim.cause),
                dkim.identity
            ));
        }
        if self.said.dkim.is_empty() {
            results.push_str("\r\n dkim=none header.i=unknown;");
        }
        let dmarc = self
            .said
            .dmarc
            .as_ref()
            .map_or("none", |dmarc| dmarc.result);
        results.push_str(&format!(
            "\r\n dmarc={dmarc} header.from={};",
            self.author()
        ));
        vec![
            self.return_path(),
            Field(format!(
                "Received: from {helo} ({ptr} [{ip}])\r\n by {place} with SMTP id {}\r\n for {};\r\n {} (UTC)",
                rng.text(LOWER, 40),
                self.recipient,
                date(self.at, 0)
            )),
            Field::new("X-SES-Spam-Verdict", "PASS"),
            Field::new("X-SES-Virus-Verdict", "PASS"),
            Field(format!("Received-SPF: {spf} {session}")),
            Field(format!("Authentication-Results: {results}")),
        ]
    }
}
