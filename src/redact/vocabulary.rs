//! The words that stay where a field or a record has a form: those of the standards, of mail programs
//! and of receivers. Data alone.

use std::collections::HashSet;
use std::sync::OnceLock;

/// Whether the word, in lower case, belongs to forms and not to people.
pub(super) fn is_known(word: &str) -> bool {
    static KNOWN: OnceLock<HashSet<&'static str>> = OnceLock::new();
    let known = KNOWN.get_or_init(|| WORDS.split_ascii_whitespace().collect());
    known.contains(word)
}

/// Whether a label of a host name is one of those that half the world uses.
pub(super) fn is_usual_label(label: &str) -> bool {
    matches!(
        label,
        "mail"
            | "mx"
            | "mx1"
            | "mx2"
            | "smtp"
            | "www"
            | "ns"
            | "ns1"
            | "ns2"
            | "bounce"
            | "bounces"
            | "list"
            | "lists"
    )
}

/// Whether a label with an underscore is one of a standard (RFC 8552).
pub(super) fn is_standard_label(label: &str) -> bool {
    matches!(
        label,
        "_dmarc"
            | "_domainkey"
            | "_spf"
            | "_report"
            | "_smtp"
            | "_tls"
            | "_mta-sts"
            | "_bimi"
            | "_adsp"
            | "_tcp"
            | "_amazonses"
            | "_acme-challenge"
            | "_psl"
    )
}

const WORDS: &str = "
from by with for via id on of the at in to as is it and or not no none nor non a an be been this that was
has have does do did because use using used only both neither other over per within without
smtp esmtp esmtps esmtpsa esmtpa lmtp lmtps utf8smtp utf8smtps http https httprest mapi local bit imap ehlo helo
tls tls1 tlsv1 tlsv1_2 version cipher bits verify verified verification
ok aes aes128 aes256 gcm sha sha1 sha256 sha384 sha512 ecdhe ecdsa rsa ed25519 md5 dhe cbc chacha20 poly1305 x25519
requested certificate cert client server frontend transport internal mailbox envelope sender recipient recipients receiver
authenticated unauthenticated authorized postfix exim sendmail qmail dovecot qmqp userid invoked uid network
unknown localhost localdomain ipv6 ipv4 helo mfrom mailfrom rcptto rcpt identity mechanism matched
mon tue wed thu fri sat sun jan feb mar apr may jun jul aug sep oct nov dec
utc gmt est edt cst cdt mst mdt pst pdt cet cest bst jst ist ut z
authentication results authserv arc dkim spf dmarc iprev auth sender-id domainkeys dk adsp vbr dnswl bimi compauth
csa rly atps xdkim rrvs smime dkim2 x pass fail softfail hardfail neutral temperror permerror policy permfail tempfail error bestguesspass
discard accepted rejected nxdomain invalid signature signatures signed verifying key keys bad good weak small
too short size missing empty expired revoked future testing test mode hash body header b bh bl d s i h c t v q l e p sp np pct
adkim aspf rua ruf fo ri rf psd dis arcarc reason action permanent temporary timeout query lookup dns dnssec
domain domains designates designate denied deny permitted allowed discourages transitioning hosts host sender senders
best guess record records found published address addresses match matches matching mismatch mismatched signing public processing
pp sp quarantine reject override overridden overriden oreject tags forwarded trusted ignored ignore applied evaluated override
discarded sampled out local_policy mailing_list plain revoke perm temp success failed failure plus letter policy_fail
d iprev ptr a aaaa mx txt cname ns any relaxed simple nofws canonicalization algorithm selector identifier oldest ams cv instance
header-d smtp-mailfrom remote ip auth_results arc_pass none_pass unchecked skipped unsigned not_evaluated
mime multipart alternative mixed related report signed encrypted digest parallel form data appledouble
text html plain calendar enriched css csv xml application octet stream pdf json zip image png jpeg jpg gif svg webp
audio video message rfc822 delivery status feedback partial external disposition notification headers
charset utf utf8 utf-8 us ascii iso 8859 windows koi8 r u big5 gb2312 gb18030 shift jis euc jp kr format flowed delsp
boundary name filename type start attachment inline quoted printable base64 7bit 8bit binary 7 8 bit 
creation modification read date method request reply docx xlsx pptx doc xls ppt eml ics txt htm asc
dns/txt dkim1 dmarc1 spf1 include redirect exp exists ip4 ip6 all mailto email tlsrpt sts
list unsubscribe one click post subscribe archive owner help id list-id bulk junk list auto generated replied
precedence normal urgent high low importance priority
amazonses amazon ses aws us eu ap sa ca af me il mx gov east west north south central northeast southeast northwest southwest
pr c m n y b g j k o w outlook protection google microsoft yahoo zohomail fastmail proton protonmail icloud apple zoho mimecast proofpoint
spam virus verdict spf dkim dmarc gray grey disabled enabled yes true false score required tests autolearn ham
rspamd spamassassin opendkim opendmarc amavis amavisd filterd spfcheck mimedefang milter pypolicyd policyd
mon tue wed return path delivered during processing mailboxresubmission antispamtt
";

/// Whether a word is the name of an HTML element or attribute.
pub(super) fn is_html(word: &str) -> bool {
    HTML.split_ascii_whitespace().any(|known| known == word)
}

const HTML: &str = "
a abbr address area article aside b base bdi bdo big blockquote body br button caption center cite code col colgroup
dd del details dfn div dl doctype dt em embed fieldset figcaption figure font footer form h1 h2 h3 h4 h5 h6 head header hr
html i iframe img input ins kbd label legend li link main map mark meta nav noscript object ol optgroup option p param
picture pre progress q s samp script section select small source span strike strong style sub summary sup svg table tbody
td template textarea tfoot th thead time title tr tt u ul var video xml o v w
align alt bgcolor border cellpadding cellspacing charset class color cols colspan content dir face height href hspace
http-equiv id lang name rel role rows rowspan size src srcset target title type valign value vspace width xmlns
";
