//! A UDP socket for QUIC that takes in only so much from the server.
//!
//! An HTTP/3 header may be of any length for hickory, and is held until it is whole. What one
//! connection may cost is therefore bounded here; when it is spent, the connection ends, and the next
//! question opens another.

use std::fmt::Debug;
use std::io::{self, IoSliceMut};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use quinn::udp::{RecvMeta, Transmit};
use quinn::{AsyncUdpSocket, Runtime, TokioRuntime, UdpPoller};

/// Octets of one connection: those of some thousand answers.
const MOST: usize = 8 << 20;

#[derive(Debug)]
struct Metered {
    socket: Arc<dyn AsyncUdpSocket>,
    server: SocketAddr,
    taken: AtomicUsize,
}

/// A socket to ask `server` from.
pub(super) fn socket(server: SocketAddr) -> io::Result<Arc<dyn AsyncUdpSocket>> {
    let any: SocketAddr = match server {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    Ok(Arc::new(Metered {
        socket: TokioRuntime.wrap_udp_socket(UdpSocket::bind(any)?)?,
        server,
        taken: AtomicUsize::new(0),
    }))
}

impl AsyncUdpSocket for Metered {
    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        bufs: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        let received = self.socket.poll_recv(cx, bufs, meta);
        if let Poll::Ready(Ok(count)) = received {
            // What others send is dropped further on.
            let of_server = meta.iter().take(count);
            let of_server = of_server.filter(|one| one.addr.ip() == self.server.ip());
            let octets = of_server.map(|one| one.len).sum();
            if self.taken.fetch_add(octets, Ordering::Relaxed) > MOST {
                return Poll::Ready(Err(io::ErrorKind::QuotaExceeded.into()));
            }
        }
        received
    }

    fn create_io_poller(self: Arc<Self>) -> Pin<Box<dyn UdpPoller>> {
        Arc::clone(&self.socket).create_io_poller()
    }

    fn try_send(&self, transmit: &Transmit<'_>) -> io::Result<()> {
        self.socket.try_send(transmit)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    fn max_transmit_segments(&self) -> usize {
        self.socket.max_transmit_segments()
    }

    fn max_receive_segments(&self) -> usize {
        self.socket.max_receive_segments()
    }

    fn may_fragment(&self) -> bool {
        self.socket.may_fragment()
    }
}
