//! Header fields as Yahoo, iCloud, Fastmail and Proton write them.

use super::super::mail::Field;
use super::super::rng::Rng;
use super::super::words;
use super::{Arrival, date};

const LETTERS: &str = "bcdfghjklmnpqrstvwxyzBCDFGHJKLMNPQRSTVWXYZ0123456789";

impl Arrival<'_> {
    pub(super) fn yahoo(&self, rng: &mut Rng) -> Vec<Field> {
        let (ip, helo) = (self.ip, self.helo);
        let host = format!("atlas{:03}.free.mail.bf1.yahoo.com", rng.below(300));
        let mut results = vec![host.clone()];
        for dkim in &self.said.dkim {
            let word = match words::plain(dkim.cause) {
                "permerror" => "perm_fail",
                "neutral" | "policy" => "unknown",
                word => word,
            };
            results.push(format!(
                "dkim={word} header.i={} header.s={}",
                dkim.identity, dkim.selector
            ));
        }
        results.push(format!(
            "spf={} smtp.mailfrom={}",
            self.said.spf,
            self.sender_domain()
        ));
        results.push(match &self.said.dmarc {
            Some(dmarc) => format!(
                "dmarc={}(p={}) header.from={}",
                dmarc.result,
                dmarc.policy.to_uppercase(),
                self.author()
            ),
            None => format!("dmarc=unknown header.from={}", self.author()),
        });
        let designates = match self.said.spf {
            "pass" => "designates",
            _ => "does not designate",
        };
        vec![
            Field(format!(
                "X-Apparently-To: {}; {}",
                self.recipient,
                date(self.at, 0)
            )),
            self.return_path(),
            Field::new("X-Originating-Ip", &format!("[{ip}]")),
            Field(format!(
                "Received-SPF: {} (domain of {} {designates} {ip} as permitted sender)",
                self.said.spf,
                self.sender_domain()
            )),
            Field(format!(
                "Authentication-Results: {};",
                results.join(";\r\n ")
            )),
            Field(format!(
                "Received: from {ip} (EHLO {helo})\r\n by 10.217.{}.{} with SMTPs\r\n \
                 (version=TLS1_3 cipher=TLS_AES_128_GCM_SHA256);\r\n {}",
                rng.below(255),
                rng.below(255),
                date(self.at, 0)
            )),
        ]
    }

    pub(super) fn icloud(&self, rng: &mut Rng) -> Vec<Field> {
        let (ip, helo, recipient) = (self.ip, self.helo, self.recipient);
        let sender = self.sender();
        let host = format!("pv50p00im-smtpin{:03}.me.com", rng.below(100));
        let comment = words::spf_comment("spf.icloud.com", self.said.spf, &sender, ip);
        let mut fields = vec![
            self.return_path(),
            Field::new("Original-Recipient", &format!("rfc822;{recipient}")),
            Field(format!(
                "Received: from {helo} ({} [{ip}])\r\n\tby {host} (Postfix) with ESMTPS id {}\r\n\t\
                 for <{recipient}>; {} (UTC)",
                self.ptr,
                rng.hex(11).to_uppercase(),
                date(self.at, 0)
            )),
        ];
        let results = |id: &str, text: &str| {
            Field(format!(
                "Authentication-Results: {id}.icloud.com;\r\n\t{text}"
            ))
        };
        if let Some(dmarc) = &self.said.dmarc {
            fields.push(Field::new(
                "X-DMARC-Info",
                &format!(
                    "pass={}; dmarc-policy={}; s=r0; d=r0; pdomain={}",
                    dmarc.result,
                    dmarc.policy,
                    self.author()
                ),
            ));
            let text = format!("dmarc={} header.from={}", dmarc.result, self.author());
            fields.push(results("dmarc", &text));
        } else {
            fields.push(results(
                "dmarc",
                &format!("dmarc=none header.from={}", self.author()),
            ));
        }
        for dkim in &self.said.dkim {
            let text = format!(
                "dkim={} ({}-bit key) header.d={}\r\n\theader.i={} header.b={}",
                words::plain(dkim.cause),
                dkim.bits,
                dkim.domain,
                dkim.identity,
                dkim.signature
            );
            fields.push(results("dkim-verifier", &text));
        }
        if self.said.dkim.is_empty() {
            fields.push(results("dkim-verifier", "dkim=none"));
        }
        let text = format!(
            "spf={} {comment}\r\n\tsmtp.mailfrom={sender}",
            self.said.spf
        );
        fields.push(results("spf", &text));
        fields.push(Field(format!(
            "Received-SPF: {} {comment} receiver={host};\r\n\tclient-ip={ip}; helo={helo};\r\n\tenvelope-from={sender}",
            self.said.spf
        )));
        fields
    }

    pub(super) fn fastmail(&self, rng: &mut Rng) -> Vec<Field> {
        let (ip, helo, ptr) = (self.ip, self.helo, self.ptr);
        let host = format!("phl-mx-{:02}.messagingengine.com", rng.below(12) + 1);
        let mut results = vec![
            host.clone(),
            "x-csa=none".to_owned(),
            "arc=none (no signatures found)".to_owned(),
        ];
        for dkim in &self.said.dkim {
            results.push(format!(
                "dkim={} ({}-bit {} key sha256) header.d={}\r\n    header.i={} header.b={} header.a={}\r\n    header.s={} x-bits={}",
                words::plain(dkim.cause), dkim.bits, kind(&dkim.algorithm), dkim.domain, dkim.identity, dkim.signature,
                dkim.algorithm, dkim.selector, dkim.bits
            ));
        }
        results.push(match &self.said.dmarc {
            Some(dmarc) => format!(
                "dmarc={} policy.published-domain-policy={}\r\n    policy.applied-disposition=none policy.evaluated-disposition=none\r\n    \
                 (p={},d=none,d.eval=none) policy.policy-from=p\r\n    header.from={}",
                dmarc.result, dmarc.policy, dmarc.policy, self.author()
            ),
            None => format!("dmarc=none policy.published-domain-policy=none header.from={}", self.author()),
        });
        results.push(format!("iprev=pass smtp.remote-ip={ip} ({ptr})"));
        results.push(format!(
            "spf={}\r\n    smtp.mailfrom={} smtp.helo={helo}",
            self.said.spf,
            self.sender()
        ));
        vec![
            self.return_path(),
            Field(format!(
                "Received: from phl-mx-imap-05.internal (phl-mx-imap-05.internal [10.202.2.204])\r\n\tby sloti22n16 (Cyrus 3.13.0-alpha0) with LMTPA;\r\n\t {}",
                date(self.at, 0)
            )),
            Field::new("X-Delivered-To", self.recipient),
            Field(format!(
                "Authentication-Results: {}",
                results.join(";\r\n    ")
            )),
            Field(format!(
                "Received-SPF: {}\r\n    ({}: Sender is{} authorized to use this address in 'mfrom' identity)\r\n    \
                 receiver={host};\r\n    identity=mailfrom;\r\n    envelope-from=\"{}\";\r\n    helo={helo};\r\n    client-ip={ip}",
                self.said.spf,
                self.sender_domain(),
                if self.said.spf == "pass" { "" } else { " not" },
                self.mail_from
            )),
            Field(format!(
                "Received: from {helo} ({ptr} [{ip}])\r\n\t(using TLSv1.3 with cipher TLS_AES_128_GCM_SHA256 (128/128 bits))\r\n\t\
                 (No client certificate requested)\r\n\tby {host} (Postfix) with ESMTPS id {}\r\n\tfor <{}>; {} (UTC)",
                rng.hex(11).to_uppercase(),
                self.recipient,
                date(self.at, 0)
            )),
        ]
    }

    pub(super) fn proton(&self, rng: &mut Rng) -> Vec<Field> {
        let (ip, helo, ptr) = (self.ip, self.helo, self.ptr);
        let id = "mail.protonmail.ch";
        let host = format!("mailin{:03}.protonmail.ch", rng.below(100));
        let results = |text: String| Field(format!("Authentication-Results: {id}; {text}"));
        let mut fields = vec![
            self.return_path(),
            Field::new("X-Original-To", self.recipient),
            Field::new("Delivered-To", self.recipient),
            Field(format!(
                "Received: from {helo} ({ptr}\r\n [{ip}]) (using TLSv1.3 with cipher TLS_AES_128_GCM_SHA256 (128/128 bits))\r\n \
                 (No client certificate requested) by {host} (Postfix) with ESMTPS id {}\r\n for <{}>; {} (UTC)",
                rng.text(LETTERS, 15),
                self.recipient,
                date(self.at, 0)
            )),
        ];
        fields.push(match &self.said.dmarc {
            Some(dmarc) => results(format!(
                "dmarc={} (p={} dis=none)\r\n header.from={}",
                dmarc.result,
                dmarc.policy,
                self.author()
            )),
            None => results(format!(
                "dmarc=none (p=none dis=none)\r\n header.from={}",
                self.author()
            )),
        });
        fields.push(results(format!(
            "spf={} smtp.mailfrom={}",
            self.said.spf,
            self.sender_domain()
        )));
        fields.push(results(format!("arc=none smtp.remote-ip={ip}")));
        for dkim in &self.said.dkim {
            let comment = match words::plain(dkim.cause) {
                "pass" => format!("pass (Good {} bit {} signature)", dkim.bits, dkim.algorithm),
                word => format!(
                    "{word} (Bad {} bit {} signature.)",
                    dkim.bits, dkim.algorithm
                ),
            };
            fields.push(results(format!(
                "dkim={comment}\r\n header.d={} header.a={}",
                dkim.domain, dkim.algorithm
            )));
        }
        if self.said.dkim.is_empty() {
            fields.push(results("dkim=none".to_owned()));
        }
        fields
    }
}

/// The key type in an algorithm's name.
fn kind(algorithm: &str) -> &str {
    algorithm.split('-').next().unwrap_or(algorithm)
}
