//! Header fields as mail.ru, Exchange on premises, Mimecast and Proofpoint write them.

use super::super::mail::Field;
use super::super::rng::Rng;
use super::super::words;
use super::{Arrival, date};

const LETTERS: &str = "bcdfghjklmnpqrstvwxyzBCDFGHJKLMNPQRSTVWXYZ0123456789";

impl Arrival<'_> {
    pub(super) fn mail_ru(&self, rng: &mut Rng) -> Vec<Field> {
        let (ip, helo, ptr) = (self.ip, self.helo, self.ptr);
        vec![
            Field::new("Delivered-To", self.recipient),
            self.return_path(),
            Field(format!(
                "Received: from {ptr} ([{ip}]:{} helo={helo})\r\n\tby mx{}.mail.ru with esmtps \
                 (envelope-from <{}>)\r\n\tid 1u{}-0000000{}-1\r\n\tfor {}; {}",
                30_000 + rng.below(9_999),
                100 + rng.below(99),
                self.mail_from,
                rng.text(LETTERS, 4),
                rng.text(LETTERS, 3),
                self.recipient,
                date(self.at, 3)
            )),
        ]
    }

    /// The results are at the end of the header.
    pub(super) fn mail_ru_results(&self) -> Field {
        let mut results = vec![format!(
            "spf={} ({}: domain of {} designates {} as permitted sender) smtp.mailfrom={} smtp.helo={}",
            self.said.spf,
            self.helo,
            self.sender_domain(),
            self.ip,
            self.sender(),
            self.helo
        )];
        let dkim = self.said.dkim.iter();
        results.extend(
            dkim.map(|dkim| format!("dkim={} header.d={}", words::plain(dkim.cause), dkim.domain)),
        );
        if let Some(dmarc) = &self.said.dmarc {
            results.push(format!(
                "dmarc={} header.from=orders@{}",
                dmarc.result,
                self.author()
            ));
        }
        Field(format!(
            "Authentication-Results: mxs.mail.ru; {}",
            results.join(";\r\n\t ")
        ))
    }

    /// No field mentions SPF, DKIM or DMARC: Exchange on premises checks neither DKIM nor DMARC.
    pub(super) fn exchange(&self, rng: &mut Rng) -> Vec<Field> {
        let domain = self.recipient.rsplit('@').next().unwrap_or("example.net");
        let (ip, helo) = (self.ip, self.helo);
        let tls = "(version=TLS1_2,\r\n cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384)";
        vec![
            Field(format!(
                "Received: from EX02.corp.{domain} (10.20.0.12) by EX01.corp.{domain}\r\n (10.20.0.11) with \
                 Microsoft SMTP Server {tls} id 15.1.2507.{} via Mailbox Transport; {}",
                30 + rng.below(9),
                date(self.at, 2)
            )),
            Field(format!(
                "Received: from {helo} ({ip}) by mail.{domain}\r\n (10.20.0.12) with Microsoft SMTP Server \
                 {tls} id\r\n 15.1.2507.39 via Frontend Transport; {}",
                date(self.at, 2)
            )),
            self.return_path(),
            Field::new("X-MS-Exchange-Organization-AuthAs", "Anonymous"),
        ]
    }

    pub(super) fn mimecast(&self, rng: &mut Rng) -> Vec<Field> {
        let (ip, helo, ptr) = (self.ip, self.helo, self.ptr);
        let mut results = vec!["relay.mimecast.com".to_owned()];
        let dkim = self.said.dkim.iter();
        results.extend(dkim.map(|dkim| {
            format!(
                "dkim={} header.d={} header.s={} header.b={}",
                words::plain(dkim.cause),
                dkim.domain,
                dkim.selector,
                dkim.signature
            )
        }));
        if let Some(dmarc) = &self.said.dmarc {
            results.push(format!(
                "dmarc={} (policy={}) header.from={}",
                dmarc.result,
                dmarc.policy,
                self.author()
            ));
        }
        results.push(format!(
            "spf={} (relay.mimecast.com: domain of {} designates {ip} as permitted sender) smtp.mailfrom={}",
            self.said.spf, self.sender(), self.sender()
        ));
        vec![
            Field(format!(
                "Received: from {helo}\r\n ({ptr} [{ip}]) by relay.mimecast.com with ESMTP with STARTTLS\r\n \
                 (version=TLSv1.3, cipher=TLS_AES_256_GCM_SHA384) id\r\n us-mta-{}-{}-1; {}",
                10 + rng.below(89),
                rng.text(LETTERS, 22),
                date(self.at, -4)
            )),
            Field(format!(
                "Authentication-Results: {}",
                results.join(";\r\n\t")
            )),
        ]
    }

    pub(super) fn proofpoint(&self, rng: &mut Rng) -> Vec<Field> {
        let (ip, helo, ptr) = (self.ip, self.helo, self.ptr);
        let host = "mx0a-00123401.pphosted.com";
        let mut results = vec!["ppops.net".to_owned()];
        results.push(format!(
            "spf={} smtp.mailfrom={}",
            self.said.spf,
            self.sender()
        ));
        let dkim = self.said.dkim.iter();
        results.extend(dkim.map(|dkim| {
            format!(
                "dkim={} header.d={} header.s={}",
                words::plain(dkim.cause),
                dkim.domain,
                dkim.selector
            )
        }));
        if let Some(dmarc) = &self.said.dmarc {
            results.push(format!(
                "dmarc={} header.from={}",
                dmarc.result,
                self.author()
            ));
        }
        vec![
            Field(format!(
                "Received: from pps.filterd (m0123456.ppops.net [127.0.0.1])\r\n\tby {host} (8.18.1.11/8.18.1.11) \
                 with ESMTP id 5F{}\r\n\tfor <{}>; {}",
                rng.text(LETTERS, 12),
                self.recipient,
                date(self.at, 0)
            )),
            Field(format!(
                "Authentication-Results: {}",
                results.join(";\r\n\t")
            )),
            Field(format!(
                "Received: from {helo} ({ptr} [{ip}])\r\n\tby {host} (PPS) with ESMTPS id 4{}-1\r\n\t\
                 (version=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 bits=256 verify=NOT)\r\n\tfor <{}>; {} (GMT)",
                rng.text(LETTERS, 9),
                self.recipient,
                date(self.at, 0)
            )),
        ]
    }
}
