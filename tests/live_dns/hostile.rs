//! What is forged, broken, half or huge: ignored, said, or read to the end, but never believed.

use hickory_server::proto::op::{Message, MessageType, OpCode, Query};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};
use tokio::time::sleep;

use super::*;

/// A message that answers `query` with one text.
pub fn answer(query: &Message, text: &str) -> Message {
    let mut message = Message::response(query.metadata.id, OpCode::Query);
    message.queries = query.queries.clone();
    let name = query.queries[0].name().clone();
    let data = RData::TXT(TXT::new(vec![text.into()]));
    message.answers = vec![WireRecord::from_rdata(name, 60, data)];
    message
}

pub fn bytes(message: &Message) -> Vec<u8> {
    message.to_vec().unwrap()
}

/// A server that sends the datagrams that `script` makes of each question. A connection to its TCP
/// port is refused.
pub async fn datagrams(script: impl Fn(&Message) -> Vec<Vec<u8>> + Send + 'static) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut buffer = [0; 4096];
        while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
            let query = Message::from_vec(&buffer[..length]).unwrap();
            for datagram in script(&query) {
                socket.send_to(&datagram, from).await.unwrap();
            }
        }
    });
    address
}

/// A server that cuts each answer short over UDP; and what listens at its TCP port.
async fn cut_short() -> (TcpListener, SocketAddr) {
    let (tcp, udp) = loop {
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        if let Ok(udp) = UdpSocket::bind(tcp.local_addr().unwrap()).await {
            break (tcp, udp);
        }
    };
    let address = tcp.local_addr().unwrap();
    tokio::spawn(async move {
        let mut buffer = [0; 4096];
        while let Ok((length, from)) = udp.recv_from(&mut buffer).await {
            let query = Message::from_vec(&buffer[..length]).unwrap();
            let mut cut = answer(&query, "cut");
            cut.metadata.truncation = true;
            udp.send_to(&bytes(&cut), from).await.unwrap();
        }
    });
    (tcp, address)
}

/// A server that cuts each answer short over UDP, and over TCP writes the bytes that `script` makes
/// of each question; it hangs up after none.
async fn streams(script: impl Fn(&Message) -> Vec<u8> + Send + 'static) -> SocketAddr {
    let (tcp, address) = cut_short().await;
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = tcp.accept().await {
            while let Ok(length) = stream.read_u16().await {
                let mut query = vec![0; usize::from(length)];
                stream.read_exact(&mut query).await.unwrap();
                let written = script(&Message::from_vec(&query).unwrap());
                if written.is_empty() {
                    break;
                }
                stream.write_all(&written).await.unwrap();
            }
        }
    });
    address
}

/// A message with its length before it.
pub fn framed(message: &[u8]) -> Vec<u8> {
    let length = u16::try_from(message.len()).unwrap();
    [&length.to_be_bytes(), message].concat()
}

async fn ask_at(address: SocketAddr) -> Reply {
    let live = live(&[address], PATIENT, 1);
    live.query(&question("a.example", RecordType::Txt)).await
}

pub fn right() -> Reply {
    found(&[], 60, vec![text(&[b"right"])])
}

#[tokio::test]
async fn a_datagram_with_another_number_is_ignored() {
    let address = datagrams(|query| {
        let mut forged = answer(query, "forged");
        forged.metadata.id ^= 1;
        vec![bytes(&forged), bytes(&answer(query, "right"))]
    })
    .await;
    assert_eq!(ask_at(address).await, right());
}

#[tokio::test]
async fn a_datagram_about_another_question_is_ignored() {
    let address = datagrams(|query| {
        let mut other = query.clone();
        other.queries = vec![Query::query(wire("b.example"), WireType::TXT)];
        let mut none = answer(query, "forged");
        none.queries.clear();
        vec![
            bytes(&answer(&other, "forged")),
            bytes(&none),
            bytes(&answer(query, "right")),
        ]
    })
    .await;
    assert_eq!(ask_at(address).await, right());
}

#[tokio::test]
async fn a_datagram_that_is_a_question_is_ignored() {
    let address = datagrams(|query| {
        let mut echo = answer(query, "forged");
        echo.metadata.message_type = MessageType::Query;
        vec![bytes(&echo), bytes(query), bytes(&answer(query, "right"))]
    })
    .await;
    assert_eq!(ask_at(address).await, right());
}

#[tokio::test]
async fn garbage_is_ignored() {
    let address = datagrams(|query| {
        let number = query.metadata.id.to_be_bytes();
        let other = number.map(|byte| !byte);
        vec![
            Vec::new(),
            vec![number[0]],
            [&other[..], b"garbage, garbage, garbage"].concat(),
            bytes(&answer(query, "right")),
        ]
    })
    .await;
    assert_eq!(ask_at(address).await, right());
}

#[tokio::test]
async fn garbage_with_the_number_of_the_question_is_said() {
    let address = datagrams(|query| {
        let number = query.metadata.id.to_be_bytes();
        vec![[&number[..], &[0xff; 40]].concat()]
    })
    .await;
    let expected =
        format!("no DNS server gave an answer: {address} sent no answer that can be read");
    assert_eq!(network(ask_at(address).await), expected);
}

#[tokio::test]
async fn a_datagram_from_another_port_or_address_is_ignored() {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut buffer = [0; 4096];
        let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
        let query = Message::from_vec(&buffer[..length]).unwrap();
        let forged = bytes(&answer(&query, "forged"));
        let there = ("127.0.0.2", socket.local_addr().unwrap().port());
        let elsewhere = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        elsewhere.send_to(&forged, from).await.unwrap();
        // Not every system has 127.0.0.2; and a refusal to send is as good.
        if let Ok(other) = UdpSocket::bind(there).await {
            let _ = other.send_to(&forged, from).await;
        }
        sleep(Duration::from_millis(50)).await;
        let right = bytes(&answer(&query, "right"));
        socket.send_to(&right, from).await.unwrap();
    });
    assert_eq!(ask_at(address).await, right());
}

#[tokio::test]
async fn an_error_code_without_the_question_is_an_error_code() {
    let address = datagrams(|query| {
        let code = ResponseCode::Refused;
        let id = query.metadata.id;
        vec![bytes(&Message::error_msg(id, OpCode::Query, code))]
    })
    .await;
    let reply = ask_at(address).await;
    assert_eq!(reply, Reply::TempFail(Failure::Rcode("REFUSED".into())));
}

#[tokio::test]
async fn sixty_kilobytes_in_a_hundred_records_come_over_tcp() {
    let record = |number: u8| txt("a.example", 60, &[&[number], X250, X250, &[b'y'; 90]]);
    let server = NameServer::start(move |_| Act::records((0..100).map(record).collect())).await;
    let reply = ask(&server, "a.example", RecordType::Txt).await;
    let records = (0..100).map(|number| text(&[&[number], X250, X250, &[b'y'; 90]]));
    assert_eq!(reply, found(&[], 60, records.collect()));
    assert_eq!(over(&server), [Protocol::Udp, Protocol::Tcp]);
}

#[tokio::test]
async fn a_message_over_tcp_with_another_number_is_ignored() {
    let address = streams(|query| {
        let mut forged = answer(query, "forged");
        forged.metadata.id ^= 1;
        let right = answer(query, "right");
        [
            framed(&bytes(&forged)),
            framed(b"?"),
            framed(&bytes(&right)),
        ]
        .concat()
    })
    .await;
    assert_eq!(ask_at(address).await, right());
}

#[tokio::test]
async fn what_is_broken_over_tcp_is_no_answer() {
    let scripts: [fn(&Message) -> Vec<u8>; 5] = [
        // Another question.
        |query| {
            let mut other = answer(query, "forged");
            other.queries = vec![Query::query(wire("b.example"), WireType::TXT)];
            framed(&bytes(&other))
        },
        // Garbage.
        |query| framed(&[&query.metadata.id.to_be_bytes()[..], &[0xff; 40]].concat()),
        // A question.
        |query| framed(&bytes(query)),
        // Cut short here too.
        |query| {
            let mut cut = answer(query, "cut");
            cut.metadata.truncation = true;
            framed(&bytes(&cut))
        },
        // Hangs up.
        |_| Vec::new(),
    ];
    for script in scripts {
        // What is no answer is not waited for the longer.
        let live = live(&[streams(script).await], Duration::from_secs(1), 1);
        let text = network(live.query(&question("a.example", RecordType::Txt)).await);
        let said = text.contains("over TCP") || text.contains("another question");
        assert!(said, "{text}");
    }
}

#[tokio::test]
async fn half_a_message_is_no_answer_but_the_next_try_is() {
    let (tcp, address) = cut_short().await;
    tokio::spawn(async move {
        for whole in [false, true] {
            let (mut stream, _) = tcp.accept().await.unwrap();
            let mut query = vec![0; usize::from(stream.read_u16().await.unwrap())];
            stream.read_exact(&mut query).await.unwrap();
            let answer = answer(&Message::from_vec(&query).unwrap(), "right");
            let message = framed(&bytes(&answer));
            let length = match whole {
                true => message.len(),
                false => message.len() / 2,
            };
            stream.write_all(&message[..length]).await.unwrap();
        }
    });
    let live = live(&[address], PATIENT, 2);
    let reply = live.query(&question("a.example", RecordType::Txt)).await;
    assert_eq!(reply, right());
}

#[tokio::test]
async fn a_connection_is_used_again_and_replaced_when_the_server_has_closed_it() {
    let server = NameServer::start(|_| Act::records(vec![txt("a.example", 60, &[X250; 16])])).await;
    let asked = question("a.example", RecordType::Txt);
    let live_here = live(&[server.address], PATIENT, 1);
    for _ in 0..3 {
        live_here.query(&asked).await;
    }
    let asked_over = server.asked();
    let tcp = asked_over.iter().filter(|one| one.over == Protocol::Tcp);
    let ports: Vec<u16> = tcp.map(|one| one.from.port()).collect();
    assert_eq!(ports, [ports[0]; 3]);

    // A server that hangs up after each answer.
    let address = closing().await;
    let live = live(&[address], PATIENT, 1);
    for _ in 0..5 {
        assert_eq!(live.query(&asked).await, right());
    }
}

/// A server that cuts each answer short over UDP, and hangs up after each answer over TCP.
async fn closing() -> SocketAddr {
    let (tcp, address) = cut_short().await;
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = tcp.accept().await {
            let mut query = vec![0; usize::from(stream.read_u16().await.unwrap())];
            stream.read_exact(&mut query).await.unwrap();
            let answer = answer(&Message::from_vec(&query).unwrap(), "right");
            stream.write_all(&framed(&bytes(&answer))).await.unwrap();
        }
    });
    address
}

#[tokio::test]
async fn a_port_that_accepts_and_stays_silent_is_a_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let servers = [
        format!("tls://127.0.0.1:{port}"),
        format!("https://127.0.0.1:{port}/dns-query"),
    ];
    for server in servers {
        let live = Live::servers([Server::parse(&server).unwrap()]).unwrap();
        let live = live.with_options(LiveOptions {
            timeout: Duration::from_millis(300),
            attempts: 2,
            ..LiveOptions::default()
        });
        let reply = live.query(&question("a.example", RecordType::A)).await;
        assert_eq!(reply, Reply::TempFail(Failure::Timeout));
    }
}
