//! Every bound on work and memory, in one place: mail is written by attackers.

/// How much of a message and of DNS is read. What lies beyond a bound is left out, and the output
/// says so.
///
/// A bound that comes from a standard names its section. The others are far above anything seen in
/// real mail, and far below what would do harm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one message. A mail system rarely takes more than 50 MB.
    pub message_bytes: usize,
    /// Bytes that a compressed file may expand to: as many as a message may have.
    pub decompressed_bytes: usize,
    /// Layers of compression that are undone.
    pub packing_depth: usize,
    /// Nesting of MIME parts and attached messages that is followed.
    pub mime_depth: usize,
    /// MIME parts of a message that are searched for attached messages.
    pub mime_parts: usize,
    /// Header fields that are read; the rest of the header is ignored.
    pub header_fields: usize,
    /// Addresses read from one From field.
    pub addresses: usize,
    /// Nesting of comments in a structured header field.
    pub comment_depth: usize,
    /// DKIM signatures that are judged. RFC 6376 §6.1 allows a verifier to limit them.
    pub signatures: usize,
    /// Names taken from one `h=` tag.
    pub signed_fields: usize,
    /// Bytes of a canonical header that are kept to be shown. All of it is hashed.
    pub canonical_header_bytes: usize,
    /// Work to find out what broke the signatures of a message, in steps of about a nanosecond: a
    /// quick search.
    pub autopsy_quick: u64,
    /// The same for a deep search.
    pub autopsy_deep: u64,
    /// Octets of the bodies that are put together in one search.
    pub autopsy_octets: usize,
    /// TXT records tried at one DKIM selector (RFC 6376 §6.1.2 allows several).
    pub key_records: usize,
    /// Bits of the largest RSA key that is tried. RFC 8301 §3.2 requires verifiers to accept 4096.
    pub rsa_bits: usize,
    /// ARC sets in a chain (RFC 8617 §4.2.1).
    pub arc_sets: u32,
    /// Received fields read.
    pub received: usize,
    /// Authentication-Results fields read.
    pub auth_results: usize,
    /// Results read from one Authentication-Results field.
    pub auth_results_methods: usize,
    /// SPF terms that cause DNS lookups (RFC 7208 §4.6.4).
    pub spf_lookups: usize,
    /// SPF lookups that find nothing (RFC 7208 §4.6.4).
    pub spf_void_lookups: usize,
    /// MX hosts or PTR names looked at for one SPF term (RFC 7208 §4.6.4).
    pub spf_names: usize,
    /// Bytes of one SPF record. A DNS message cannot hold a longer one.
    pub spf_record_bytes: usize,
    /// Octets of a HELO name or a reverse-path that SPF evaluates. RFC 5321 §4.5.3.1.4 allows 512
    /// for a whole command line.
    pub spf_identity_octets: usize,
    /// SPF records that include or redirect to one another, whatever `spf_lookups` allows: each
    /// level takes up to 50 kB of stack in a debug build.
    pub spf_depth: usize,
    /// Steps kept in one SPF trace.
    pub spf_steps: usize,
    /// Queries of one DMARC tree walk (RFC 9989 §4.10).
    pub dmarc_queries: usize,
    /// Bytes of one DMARC record.
    pub dmarc_record_bytes: usize,
    /// URIs of one DMARC record whose hosts are checked.
    pub report_uris: usize,
    /// DNS questions asked for advice alone. Those about report addresses are not counted.
    pub advice_questions: usize,
    /// CNAME records followed for one answer.
    pub cname_chain: usize,
    /// Bytes of a recording of DNS. One answer takes some 300, so that this holds those of a million
    /// messages.
    pub recording_bytes: usize,
    /// Bytes of a file of zone text, or of a DNS cache of mailauth: a zone of 100,000 keys. In
    /// memory, zone text may take fourteen times as much.
    pub zone_bytes: usize,
    /// Bytes of one line of a recording or of zone text. A DNS message has at most 64 KiB, and JSON
    /// writes an octet in six bytes at most.
    pub dns_line_bytes: usize,
    /// Bytes of another verifier's output for a message.
    pub opinion_bytes: usize,
    /// Results of another verifier for one message.
    pub opinion_results: usize,
    /// Allowed difference between the signer's clock and ours, in seconds, when `t=` and `x=` are
    /// checked.
    pub clock_skew: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_bytes: 64 << 20,
            decompressed_bytes: 64 << 20,
            packing_depth: 2,
            mime_depth: 20,
            mime_parts: 1_000,
            header_fields: 5_000,
            addresses: 1_000,
            comment_depth: 20,
            signatures: 25,
            signed_fields: 1_000,
            canonical_header_bytes: 64 << 10,
            autopsy_quick: 2_100_000,
            autopsy_deep: 800_000_000,
            autopsy_octets: 256 << 20,
            key_records: 10,
            rsa_bits: 8_192,
            arc_sets: 50,
            received: 100,
            auth_results: 100,
            auth_results_methods: 100,
            spf_lookups: 10,
            spf_void_lookups: 2,
            spf_names: 10,
            spf_record_bytes: 65_535,
            spf_identity_octets: 1_000,
            spf_depth: 20,
            spf_steps: 2_000,
            dmarc_queries: 8,
            dmarc_record_bytes: 16_384,
            report_uris: 20,
            advice_questions: 64,
            cname_chain: 16,
            recording_bytes: 256 << 20,
            zone_bytes: 16 << 20,
            dns_line_bytes: 1 << 20,
            opinion_bytes: 8 << 20,
            opinion_results: 200,
            clock_skew: 300,
        }
    }
}
