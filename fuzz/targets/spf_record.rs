//! An SPF record: read, and evaluated in a small zone.
#![no_main]

use std::net::Ipv4Addr;

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use sesauth::Limits;
use sesauth::dns::{Answer, Dns, Question, Record, RecordType, Recorder, Reply, Txt, Zone};
use sesauth::spf::record::SpfRecord;
use sesauth::spf::{SpfQuery, check_mail_from};
use sesauth_fuzz::block_on;

const ZONE: &str = "
a.example.com A 192.0.2.1
b.example.com MX 1 a.example.com
c.example.com TXT \"v=spf1 include:d.example.com ?all\"
d.example.com TXT \"v=spf1 redirect=example.com\"
1.2.0.192.in-addr.arpa PTR a.example.com
";

/// The zone, with the record at example.com.
struct With<'a>(Zone, &'a [u8]);

impl Dns for With<'_> {
    async fn query(&self, question: &Question) -> Reply {
        if question.kind != RecordType::Txt || question.name.as_str() != "example.com" {
            return self.0.query(question).await;
        }
        Reply::Records(Answer {
            cname: Vec::new(),
            ttl: 60,
            authenticated: false,
            records: vec![Record::Txt(Txt(vec![self.1.to_vec()]))],
        })
    }
}

fuzz_target!(|data: &[u8]| {
    SpfRecord::parse(data);
    let record = [b"v=spf1 ", data].concat();
    let dns = With(Zone::parse(ZONE).expect("the zone is one"), &record);
    let query = SpfQuery {
        client_ip: Some(Ipv4Addr::new(192, 0, 2, 1).into()),
        helo: Some("mail.example.com"),
        mail_from: Some("x.y@example.com"),
        receiver: None,
        now: Timestamp::UNIX_EPOCH,
    };
    let recorder = Recorder::new(&dns);
    block_on(check_mail_from(&recorder, &query, &Limits::default()));
});
