//! What an answer holds comes through as it was published.

use super::*;

#[tokio::test]
async fn txt_strings_come_in_the_split_in_which_they_were_published() {
    let server = NameServer::start(|_| {
        Act::records(vec![
            txt("example.com", 300, &[b"v=spf1 ", b"", b"-all"]),
            txt("example.com", 200, &[b"other"]),
        ])
    })
    .await;
    let reply = ask(&server, "example.com", RecordType::Txt).await;
    let records = vec![text(&[b"v=spf1 ", b"", b"-all"]), text(&[b"other"])];
    assert_eq!(reply, found(&[], 200, records));
    assert_eq!(over(&server), [Protocol::Udp]);
}

#[tokio::test]
async fn bytes_that_are_no_text_come_through() {
    let server =
        NameServer::start(|_| Act::records(vec![txt("b.example", 1, &[b"\x00\xff\xfe", b"\r"])]))
            .await;
    let reply = ask(&server, "b.example", RecordType::Txt).await;
    assert_eq!(reply, found(&[], 1, vec![text(&[b"\x00\xff\xfe", b"\r"])]));
}

#[tokio::test]
async fn addresses_mail_exchangers_and_pointers_are_read() {
    let server = NameServer::start(|asked| {
        let data = match asked.kind {
            WireType::A => vec![
                RData::A(A::new(192, 0, 2, 1)),
                RData::A(A::new(192, 0, 2, 2)),
            ],
            WireType::AAAA => vec![RData::AAAA(AAAA::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1))],
            WireType::MX => vec![
                RData::MX(MX::new(10, wire("MX1.Example.com"))),
                RData::MX(MX::new(0, wire("."))),
            ],
            WireType::PTR => vec![RData::PTR(PTR(wire("a.example.com")))],
            _ => Vec::new(),
        };
        let answers = data.into_iter().map(|data| record(&asked.name, 60, data));
        Act::records(answers.collect())
    })
    .await;
    let (first, second) = (Ipv4Addr::new(192, 0, 2, 1), Ipv4Addr::new(192, 0, 2, 2));
    let reply = ask(&server, "a.example.com", RecordType::A).await;
    assert_eq!(
        reply,
        found(&[], 60, vec![Record::A(first), Record::A(second)])
    );
    let reply = ask(&server, "a.example.com", RecordType::Aaaa).await;
    let ip = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
    assert_eq!(reply, found(&[], 60, vec![Record::Aaaa(ip)]));
    let reply = ask(&server, "a.example.com", RecordType::Mx).await;
    let mx = |preference, exchange| Record::Mx {
        preference,
        exchange,
    };
    let records = vec![mx(10, Some(name("mx1.example.com"))), mx(0, None)];
    assert_eq!(reply, found(&[], 60, records));
    let reply = ask(&server, "1.2.0.192.in-addr.arpa", RecordType::Ptr).await;
    let records = vec![Record::Ptr(name("a.example.com"))];
    assert_eq!(reply, found(&[], 60, records));
}

#[tokio::test]
async fn a_null_mx_is_a_record_without_an_exchange() {
    let server = NameServer::start(|asked| {
        Act::records(vec![record(
            &asked.name,
            60,
            RData::MX(MX::new(0, wire("."))),
        )])
    })
    .await;
    let reply = ask(&server, "example.com", RecordType::Mx).await;
    let null = Record::Mx {
        preference: 0,
        exchange: None,
    };
    assert_eq!(reply, found(&[], 60, vec![null]));
}

#[tokio::test]
async fn what_fits_into_1232_bytes_comes_over_udp() {
    let server = NameServer::start(|_| Act::records(vec![txt("a.example", 60, &[X250; 4])])).await;
    let reply = ask(&server, "a.example", RecordType::Txt).await;
    assert_eq!(reply, found(&[], 60, vec![text(&[X250; 4])]));
    assert_eq!(over(&server), [Protocol::Udp]);
}

#[tokio::test]
async fn what_is_truncated_over_udp_is_asked_again_over_tcp() {
    let server = NameServer::start(|_| Act::records(vec![txt("a.example", 60, &[X250; 16])])).await;
    let reply = ask(&server, "a.example", RecordType::Txt).await;
    assert_eq!(reply, found(&[], 60, vec![text(&[X250; 16])]));
    assert_eq!(over(&server), [Protocol::Udp, Protocol::Tcp]);
}

#[tokio::test]
async fn an_absent_name_is_not_a_name_without_such_records() {
    let server = NameServer::start(|asked| match asked.name.as_str() {
        "gone.example" => Act::negative(
            ResponseCode::NXDomain,
            Vec::new(),
            vec![soa("example", 900, 60)],
        ),
        _ => Act::negative(
            ResponseCode::NoError,
            Vec::new(),
            vec![soa("example", 30, 3600)],
        ),
    })
    .await;
    let reply = ask(&server, "gone.example", RecordType::Txt).await;
    assert_eq!(reply, Reply::NxDomain(absent(&[], Some(60))));
    let reply = ask(&server, "empty.example", RecordType::Txt).await;
    assert_eq!(reply, Reply::NoData(absent(&[], Some(30))));
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn absence_without_an_soa_has_no_time_to_live() {
    let server = NameServer::start(|asked| match asked.name.as_str() {
        "gone.example" => Act::code(ResponseCode::NXDomain),
        _ => Act::code(ResponseCode::NoError),
    })
    .await;
    let reply = ask(&server, "gone.example", RecordType::Txt).await;
    assert_eq!(reply, Reply::NxDomain(absent(&[], None)));
    let reply = ask(&server, "empty.example", RecordType::Txt).await;
    assert_eq!(reply, Reply::NoData(absent(&[], None)));
}

#[tokio::test]
async fn underscores_and_odd_characters_are_asked_as_they_stand() {
    let server =
        NameServer::start(|asked| Act::records(vec![txt(&asked.name, 60, &[b"here"])])).await;
    for asked in [
        "_dmarc.example.com",
        "s_1._domainkey.example.com",
        "a b+c=\\d\"._spf.example.com",
        "localhost",
        "x.invalid",
    ] {
        let reply = ask(&server, asked, RecordType::Txt).await;
        assert_eq!(reply, found(&[], 60, vec![text(&[b"here"])]), "{asked}");
        assert_eq!(server.asked().last().unwrap().name, asked);
    }
}

#[tokio::test]
async fn upper_case_is_asked_as_lower_case_and_matched_in_any() {
    let server =
        NameServer::start(|_| Act::records(vec![txt("SEL._DomainKey.EXAMPLE.com", 60, &[b"p="])]))
            .await;
    let reply = ask(&server, "Sel._domainkey.Example.COM", RecordType::Txt).await;
    assert_eq!(reply, found(&[], 60, vec![text(&[b"p="])]));
    let asked = &server.asked()[0];
    assert_eq!(asked.name, "sel._domainkey.example.com");
    assert_eq!(asked.kind, WireType::TXT);
}

#[tokio::test]
async fn a_dot_within_a_label_does_not_make_two_labels() {
    let server = NameServer::start(|asked| {
        let target = WireName::from_labels([&b"a.b\xff"[..], b"example"]).unwrap();
        Act::records(vec![
            record(&asked.name, 60, RData::PTR(PTR(target))),
            record(&asked.name, 60, RData::PTR(PTR(wire(".")))),
        ])
    })
    .await;
    let reply = ask(&server, "1.2.0.192.in-addr.arpa", RecordType::Ptr).await;
    let records = vec![Record::Ptr(name("a\\046b\\255.example"))];
    assert_eq!(reply, found(&[], 60, records));
}

#[tokio::test]
async fn a_time_to_live_beyond_31_bits_is_zero() {
    let server =
        NameServer::start(|asked| Act::records(vec![txt(&asked.name, 1 << 31, &[b"x"])])).await;
    let reply = ask(&server, "a.example", RecordType::Txt).await;
    assert_eq!(reply, found(&[], 0, vec![text(&[b"x"])]));
}

#[tokio::test]
async fn many_questions_at_once_are_answered() {
    let server = NameServer::start(|asked| {
        Act::records(vec![txt(&asked.name, 60, &[asked.name.as_bytes()])])
    })
    .await;
    let live = live(&[server.address], PATIENT, 2);
    let asked: Vec<Question> = (0..40)
        .map(|number| question(&format!("n{number}.example"), RecordType::Txt))
        .collect();
    let replies = join_all(asked.iter().map(|question| live.query(question))).await;
    for (question, reply) in asked.iter().zip(replies) {
        let name = question.name.as_str().as_bytes();
        assert_eq!(reply, found(&[], 60, vec![text(&[name])]));
    }
}

#[tokio::test]
async fn whether_the_server_validated_is_asked_and_kept() {
    let server = NameServer::start(|asked| {
        let act = match asked.name.as_str() {
            "gone.example" => Act::code(ResponseCode::NXDomain),
            "empty.example" => Act::code(ResponseCode::NoError),
            _ => Act::records(vec![txt(&asked.name, 60, &[b"x"])]),
        };
        Act::Validated(Box::new(act))
    })
    .await;
    for name in ["a.example", "gone.example", "empty.example"] {
        let reply = ask(&server, name, RecordType::Txt).await;
        assert!(reply.is_authenticated(), "{reply:?}");
    }
    assert!(server.asked().iter().all(|asked| asked.authentic));
    let plain = NameServer::start(|asked| Act::records(vec![txt(&asked.name, 60, &[b"x"])])).await;
    let reply = ask(&plain, "a.example", RecordType::Txt).await;
    assert!(!reply.is_authenticated());
}

#[tokio::test]
async fn a_way_of_which_one_step_is_not_validated_is_not_validated() {
    let server = NameServer::start(|asked| match asked.name.as_str() {
        "a.example" => Act::records(vec![alias("a.example", 60, "b.example")]),
        _ => Act::Validated(Box::new(Act::records(vec![txt(&asked.name, 60, &[b"x"])]))),
    })
    .await;
    let reply = ask(&server, "a.example", RecordType::Txt).await;
    assert_eq!(reply, found(&["b.example"], 60, vec![text(&[b"x"])]));
}

#[tokio::test]
async fn an_ipv6_server_is_asked() {
    let here = |asked: &Asked| Act::records(vec![txt(&asked.name, 60, &[X250; 16])]);
    let Ok(server) = NameServer::start_at(Ipv6Addr::LOCALHOST.into(), here).await else {
        eprintln!("this machine has no IPv6");
        return;
    };
    let reply = ask(&server, "a.example", RecordType::Txt).await;
    assert_eq!(reply, found(&[], 60, vec![text(&[X250; 16])]));
    assert_eq!(over(&server), [Protocol::Udp, Protocol::Tcp]);
}
