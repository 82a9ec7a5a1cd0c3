//! Sessions made up from a receiver's honest fields on top and whatever a sender wrote below them.
//! The sender is evil.example at 203.0.113.66; the author that it wants is bank.example, whose hosts
//! are at 192.0.2.10.

/// A generator of numbers that repeats from its seed (xorshift64*).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % sides
    }

    pub fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

/// What is known of the session that really took place.
pub struct Facts {
    pub name: &'static str,
    pub header: String,
    /// Whether the fields show beyond doubt that DMARC fails: the receiver says so, or the client is
    /// there and could not be a list that passed the message on.
    pub shows_failure: bool,
}

const DATE: &str = "Tue, 30 Jun 2026 10:44:14 +0200";

/// HELO names of the sender's choice.
const HELOS: [&str; 19] = [
    "x (envelope-from <ceo@bank.example>)",
    "x) (envelope-from <ceo@bank.example>",
    "x) (envelope-from ceo@bank.example) (",
    "(envelope-sender:ceo@bank.example)",
    "a (b) (envelope-from x@bank.example)",
    "mail.evil.example",
    "mail.bank.example",
    "[192.0.2.10]",
    "localhost",
    "x (mail.bank.example [192.0.2.10])",
    "x (mail.bank.example. [192.0.2.10]) by mx.example.net",
    "x) (mail.bank.example [192.0.2.10]",
    "\"x\" (192.0.2.10)",
    "x by mx.example.net (Postfix) with ESMTP",
    "x (helo=mail.bank.example) ([192.0.2.10])",
    "mail.bank.example ([192.0.2.10]); Tue, 30 Jun 2020 10:00:00 +0000",
    "192.0.2.10",
    "x (EHLO mail.bank.example) (192.0.2.10)",
    "a\\) (b [192.0.2.10])",
];

/// Names that a receiver may find for the sender's address.
const NAMES: [&str; 4] = [
    "mail.evil.example",
    "unknown",
    "vps1.example.net",
    "mail.bank.example.evil.example",
];

/// Recipients of the sender's choice, at a domain that takes any.
const RECIPIENTS: [&str; 7] = [
    "",
    "",
    " for <r@example.net>",
    " for <\"(envelope-from ceo@bank.example)\"@example.net>",
    " for <r(envelope-from=ceo@bank.example)@example.net>",
    " for <\"x via (envelope-from ceo@bank.example)\"@example.net>",
    " for <\"x by mx.example.net (y [192.0.2.10])\"@example.net>",
];

/// Envelope senders of the sender's choice at evil.example, as a careless receiver writes them.
const WRITTEN: [&str; 9] = [
    "win@evil.example",
    "win@evil.example",
    "evil.example",
    "x(@evil.example",
    "\"a@evil.example",
    "a\"b@evil.example",
    "a\\(b@evil.example",
    "\"a (b\"@evil.example",
    "\"(\";@evil.example",
];

/// The receivers' fields for a message of the sender's, as they would be written. `path` is the
/// envelope sender; `tells` whether the receiver records its results.
pub fn honest(dice: &mut Dice, path: &str, tells: bool) -> Facts {
    let helo = dice.pick(&HELOS);
    let name = dice.pick(&NAMES);
    let spf = match path.ends_with("@evil.example") {
        true => "pass",
        false => "fail",
    };
    let author = dice.pick(&["bank.example", "ceo@bank.example", "BANK.example."]);
    let written = match path.ends_with("@evil.example") {
        true => dice.pick(&WRITTEN),
        false => path,
    };
    let stated = match dice.below(6) {
        0 => format!("spf={spf}"),
        1 => format!("spf={spf} (mx: domain of {written} designates) smtp.mailfrom=evil.example"),
        2 => format!("spf=none smtp.helo={written}"),
        3 => "dkim=fail header.d=evil.example; ".repeat(100) + &format!("spf={spf}"),
        _ => format!("spf={spf} smtp.mailfrom={written}"),
    };
    let results = |id: &str| match tells {
        true => {
            format!("Authentication-Results: {id}; {stated}; dmarc=fail header.from={author}\r\n")
        }
        false => String::new(),
    };
    // Not every receiver writes it at the top.
    let has_path = dice.below(3) > 0;
    let return_path = match has_path {
        true => format!("Return-Path: <{path}>\r\n"),
        false => String::new(),
    };
    let recipient = dice.pick(&RECIPIENTS);
    // From a shared host, SPF passes for the bank too, so only the envelope sender tells.
    let is_shared = path.ends_with("@evil.example") && dice.below(3) == 0;
    let own = results("mx.example.net");
    let at = format!("by mx.example.net (Postfix) with ESMTPS id 4{recipient}");
    let postfix = format!("Received: from {helo} ({name} [203.0.113.66])\r\n {at}; {DATE}\r\n");
    let has_no_name = name == "unknown";
    let (name, header, shows_client) = match dice.below(23) {
        0 | 1 => (
            "postfix",
            format!("{return_path}{own}{postfix}"),
            has_no_name,
        ),
        2 => (
            "lmtp",
            format!(
                "{return_path}Received: from mx.example.net by store.example.net with LMTP id 5; \
                 {DATE}\r\n{own}{postfix}"
            ),
            has_no_name,
        ),
        3 => (
            "exim",
            format!(
                "{return_path}{own}Received: from [203.0.113.66] (helo={helo})\r\n by \
                 mx.example.net with esmtps (Exim 4.98) (envelope-from <{path}>) id 1a; {DATE}\r\n"
            ),
            true,
        ),
        4 => (
            "exim-named",
            format!(
                "{return_path}{own}Received: from mail.evil.example ([203.0.113.66] \
                 helo={helo})\r\n by mx.example.net with esmtps (Exim 4.98) (envelope-from \
                 <{path}>) id 1a; {DATE}\r\n"
            ),
            false,
        ),
        5 => (
            "qmail",
            format!(
                "{return_path}{own}Received: from unknown (HELO {helo}) (203.0.113.66)\r\n by \
                 mx.example.net with SMTP; {DATE}\r\n"
            ),
            true,
        ),
        6 | 7 => (
            "gmail",
            format!(
                "Delivered-To: r@gmail.com\r\nReceived: by 2002:a05:6a10:1:b0:1:2:3 with SMTP id \
                 x; {DATE}\r\nX-Received: by 2002:a05:6a10:1:b0:1:2:3 with SMTP id y; \
                 {DATE}\r\n{return_path}Received: from {helo} (mail.evil.example. \
                 [203.0.113.66])\r\n by mx.google.com with ESMTPS id z; {DATE}\r\nReceived-SPF: \
                 {spf} (google.com: domain of {path} designates 203.0.113.66 as permitted sender) \
                 client-ip=203.0.113.66;\r\n{}",
                results("mx.google.com")
            ),
            false,
        ),
        8 | 9 => (
            "exchange",
            format!(
                "Received: from A.eurprd01.prod.outlook.com (::1) by \
                 B.eurprd01.prod.outlook.com with HTTPS; {DATE}\r\nReceived: from \
                 C.eop-eur06.prod.protection.outlook.com (2603:10a6:10:1::1) by \
                 A.eurprd01.prod.outlook.com (2603:10a6:10:1::2) with Microsoft SMTP Server id \
                 15.1; {DATE}\r\nAuthentication-Results: spf={spf} (sender IP is 203.0.113.66) \
                 smtp.mailfrom=evil.example; dkim=none; dmarc=fail action=none \
                 header.from=bank.example\r\nReceived-SPF: {spf} (protection.outlook.com: domain \
                 of evil.example designates 203.0.113.66 as permitted sender) \
                 receiver=protection.outlook.com; client-ip=203.0.113.66; helo=x;\r\nReceived: \
                 from mail.evil.example (203.0.113.66) by C.mail.protection.outlook.com \
                 (10.233.1.1) with Microsoft SMTP Server id 15.1; {DATE}\r\n"
            ),
            true,
        ),
        10 => (
            "ses",
            format!(
                "{return_path}Received: from {helo} (mail.evil.example [203.0.113.66])\r\n by \
                 inbound-smtp.us-east-1.amazonaws.com with SMTP id a; {DATE}\r\n{}",
                results("amazonses.com")
            ),
            false,
        ),
        11 => (
            "translated-address",
            format!(
                "{return_path}{own}Received: from {helo} (gateway.example.net [172.17.0.1])\r\n \
                 {at}; {DATE}\r\n"
            ),
            false,
        ),
        12 => (
            "loopback-proxy",
            format!(
                "{return_path}{own}Received: from {helo} (localhost [127.0.0.1])\r\n {at}; \
                 {DATE}\r\n"
            ),
            false,
        ),
        13 => (
            "loopback-proxy-v6",
            format!(
                "{return_path}{own}Received: from {helo} (localhost [::1])\r\n {at}; {DATE}\r\n"
            ),
            false,
        ),
        14 => (
            "local-user",
            format!(
                "{return_path}{own}Received: by mx.example.net (Postfix, from userid 33) id 5; \
                 {DATE}\r\n"
            ),
            false,
        ),
        15 => (
            "local-user-short-name",
            format!(
                "{return_path}{own}Received: by box (Postfix, from userid 33) id 5; {DATE}\r\n"
            ),
            false,
        ),
        16 => (
            "qmail-local",
            format!(
                "{return_path}{own}Received: (qmail 123 invoked by uid 33); 30 Jun 2026 08:44:14 \
                 -0000\r\n"
            ),
            false,
        ),
        17 => (
            "date-alone",
            format!("{return_path}{own}Received: {DATE}\r\n"),
            false,
        ),
        18 => (
            "api",
            format!(
                "{return_path}{own}Received: from 1234 named unknown by gmailapi.google.com with \
                 HTTPREST; {DATE}\r\n"
            ),
            false,
        ),
        19 => (
            "mapi",
            format!(
                "{return_path}{own}Received: from A.eurprd01.prod.outlook.com ([fe80::1]) by \
                 A.eurprd01.prod.outlook.com ([fe80::1%5]) with mapi id 15.20; {DATE}\r\n"
            ),
            false,
        ),
        20 => (
            "exchange-edge",
            format!(
                "Received: from C.eop-eur06.prod.protection.outlook.com \
                 (2a01:111:f400:7e1f::205) by A.eurprd01.prod.outlook.com (2603:10a6:10:1::2) \
                 with Microsoft SMTP Server id 15.1; {DATE}\r\nAuthentication-Results: spf={spf} \
                 (sender IP is 203.0.113.66) smtp.mailfrom=evil.example; dkim=none; dmarc=fail \
                 action=none header.from=bank.example\r\nReceived: from mail.evil.example \
                 (203.0.113.66) by C.mail.protection.outlook.com (10.233.1.1) with Microsoft SMTP \
                 Server id 15.1; {DATE}\r\n"
            ),
            true,
        ),
        21 => (
            "exchange-customer",
            format!(
                "Received: from D.outbound.protection.outlook.com (2a01:111:f403:c201::2) by \
                 C.mail.protection.outlook.com (10.233.1.1) with Microsoft SMTP Server id 15.1; \
                 {DATE}\r\nAuthentication-Results: spf={spf} (sender IP is \
                 2a01:111:f403:c201::2) smtp.mailfrom=evil.example; dkim=none; dmarc=fail \
                 action=none header.from=bank.example\r\n"
            ),
            true,
        ),
        _ => (
            "filter",
            format!(
                "{return_path}{own}Received: from localhost (localhost [127.0.0.1])\r\n {at}; \
                 {DATE}\r\n{postfix}"
            ),
            false,
        ),
    };
    let header = match is_shared {
        true => header.replace("203.0.113.66", "54.240.8.50"),
        false => header,
    };
    Facts {
        name,
        header,
        shows_failure: tells || shows_client && has_path && !is_shared,
    }
}

/// Hosts that the sender claims a message of the bank's was accepted by.
const BY: [&str; 13] = [
    "D.mail.protection.outlook.com (10.233.1.1) with Microsoft SMTP Server id 15.1",
    "mx.example.net (Postfix) with ESMTPS id 4",
    "store.example.net (Postfix) with ESMTP id 4",
    "mx.google.com with ESMTPS id 4",
    "C.mail.protection.outlook.com (10.233.1.1) with Microsoft SMTP Server id 15.1",
    "A.eurprd01.prod.outlook.com (2603:10a6:10:1::2) with Microsoft SMTP Server id 15.1",
    "inbound-smtp.us-east-1.amazonaws.com with SMTP id 4",
    "mx.evil.example (Postfix) with ESMTPS id 4",
    "10.0.0.5 with SMTP id 4",
    "2002:a05:6a10:1:b0:1:2:3 with SMTP id 4",
    "localhost (Postfix) with ESMTP id 4",
    "mx.example.net with LMTP id 4",
    "atlas1.free.mail.bf1.yahoo.com with SMTPS",
];

const IDS: [&str; 8] = [
    "mx.example.net",
    "store.example.net",
    "mx.google.com",
    "amazonses.com",
    "mx.evil.example",
    "mx.microsoft.com 1",
    "localhost",
    "atlas1.free.mail.bf1.yahoo.com",
];

/// Names of fields that receivers write results into.
const RESULTS: [&str; 5] = [
    "Authentication-Results",
    "Authentication-Results",
    "X-MS-Exchange-Authentication-Results",
    "X-Original-Authentication-Results",
    "Authentication-Results-Original",
];

/// A field of the sender's.
pub fn forged(dice: &mut Dice) -> String {
    let date = dice.pick(&[DATE, "Wed, 1 Jan 2020 01:00:00 +0000", ""]);
    match dice.below(16) {
        0..=3 => format!(
            "Received: from mail.bank.example (mail.bank.example [192.0.2.10])\r\n by {}; {date}\r\n",
            dice.pick(&BY)
        ),
        4 => format!(
            "Received: from mail.bank.example (192.0.2.10) by {}; {date}\r\n",
            dice.pick(&BY)
        ),
        5 => format!(
            "Received: from [192.0.2.10] (helo=mail.bank.example)\r\n by {} (envelope-from \
             <ceo@bank.example>); {date}\r\n",
            dice.pick(&BY)
        ),
        6 => format!(
            "Received: from mx.example.net (mx.example.net [10.0.0.5])\r\n by {}; {date}\r\n",
            dice.pick(&BY)
        ),
        7 | 8 => "Return-Path: <ceo@bank.example>\r\n".to_owned(),
        9..=11 => format!(
            "{}: {}; spf=pass (sender IP is 192.0.2.10) smtp.mailfrom=ceo@bank.example; \
             dmarc=pass header.from=bank.example\r\n",
            dice.pick(&RESULTS),
            dice.pick(&IDS)
        ),
        12 => "Authentication-Results: spf=pass (sender IP is 192.0.2.10) \
               smtp.mailfrom=bank.example; dkim=none; dmarc=pass action=none \
               header.from=bank.example;compauth=pass reason=100\r\n"
            .to_owned(),
        13 => format!(
            "ARC-Authentication-Results: i={}; {}; spf=pass smtp.mailfrom=ceo@bank.example \
             smtp.remote-ip=192.0.2.10; dmarc=pass header.from=bank.example\r\n",
            1 + dice.below(3),
            dice.pick(&IDS)
        ),
        14 => {
            "Received-SPF: pass (google.com: domain of ceo@bank.example designates 192.0.2.10 as \
               permitted sender) client-ip=192.0.2.10; envelope-from=ceo@bank.example; \
               helo=mail.bank.example;\r\n"
                .to_owned()
        }
        _ => dice
            .pick(&[
                "X-Sender-IP: 192.0.2.10\r\n",
                "X-Originating-IP: [192.0.2.10]\r\n",
                "X-Forefront-Antispam-Report: CIP:192.0.2.10;CTRY:US;\r\n",
                "X-SES-Outgoing: 2026.06.30-192.0.2.10\r\n",
                "List-Id: <l.example.net>\r\n",
                "Delivered-To: r@example.net\r\n",
                "X-Received: by 2002:a05:6a10:1:b0:1:2:3 with SMTP id y;\r\n",
                "Received: from mx.example.net by store.example.net with LMTP id 5;\r\n",
                "Received: by 2002:a05:6a10:1:b0:1:2:3 with SMTP id x;\r\n",
            ])
            .to_owned(),
    }
}

/// What a program at the receiver adds at the end of the header.
pub fn appended(facts: &Facts, path: &str) -> String {
    match facts.name {
        "exchange" | "exchange-edge" | "exchange-customer" => format!("Return-Path: {path}\r\n"),
        _ => String::new(),
    }
}
