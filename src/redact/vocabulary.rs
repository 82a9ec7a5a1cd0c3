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
smtp esmtp esmtps esmtpsa esmtpa lmtp lmtps lmtpa lmtpsa utf8smtp utf8smtps utf8smtpa utf8smtpsa
utf8lmtp utf8lmtps utf8lmtpa utf8lmtpsa mms http https httprest mapi local bit imap ehlo helo
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
uuencode uue yenc binhex binhex40
creation modification read date method request reply docx xlsx pptx doc xls ppt eml ics txt htm asc
dns/txt dkim1 dmarc1 spf1 include redirect exp exists ip4 ip6 all mailto email tlsrpt sts
list unsubscribe one click post subscribe archive owner help id list-id bulk junk list auto generated replied
precedence normal urgent high low importance priority
amazonses amazon ses aws us eu ap sa ca af me il mx gov east west north south central northeast southeast northwest southwest
pr c m n y b g j k o w outlook protection google microsoft yahoo zohomail fastmail proton protonmail icloud apple zoho mimecast proofpoint
spam virus verdict spf dkim dmarc gray grey disabled enabled yes true false score required tests autolearn ham
hits default force rspamd spamassassin opendkim opendmarc amavis amavisd filterd spfcheck mimedefang milter pypolicyd policyd
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

/// Whether a word in the name of a field is one of standards, of mail programs or of receivers.
pub(super) fn is_of_field_names(word: &str) -> bool {
    static KNOWN: OnceLock<HashSet<&'static str>> = OnceLock::new();
    let known = KNOWN.get_or_init(|| FIELD_NAMES.split_ascii_whitespace().collect());
    is_known(word) || known.contains(word)
}

/// The words in names of fields that are not in `WORDS`.
const FIELD_NAMES: &str = "
abuse accept accepts account activity adcheck add added adm admin age agent alerts alias also alternate analysis anti
antiabuse antispam antivirus apparently appended approved archived area arrival asn assassin attach attached
attachments attributed auid authas author authority authors authsource autoforward automatic autoreply ave avg away
barracuda base bayes bayesian bcc bccfoldering bcl beenthere blocked bogosity bot bounce bounces brightmail build
bulkmail business caller campaign campaignid campaigns cancel cancelled canit cat category channel characteristics
check checked checker checksum chunkcount clamav class classification classified clean clientid clientproxiedby
cloudmark cms code comment comments complaints compliance confidence config configuration confirm connecting
connection connectionguid contact content context control conversation conversion copy correlation correlator count
country courier created creator cross crosstenant crosstenantheaderspromoted crosstenantheadersstamped
crosstenantheadersstripped cse customer dcc deferral deferred delay deliver description dest destination details
developer device diagnostic diagnostics direct direction directionality disclaimer dispatch display distribution
download drop dsn duplicate eesst elapsed emaillogger enc encapsulated encoding encryption end endtoendlatency engine
enhanced entity environment eopattributedmessage eopdirect eoptenantattributedmessage epoch errors esp etag event
evolution exchange experimental expiration expirationinterval expirationintervalreason expirationstarttime
expirationstarttimereason expires expiry extloop1 face fallback family fax fbl feed file filter filtered filtering
final fingerprint flag flags folder followup footer forefront forward forwarder forwarding forwardingloop fqdn
fromentityheader full gateway generator geo gmail greylist greylisting group groups groupsio guid hashtags hop
hostname how href identification idp ids impersonation inbound incident incomingheadercount incomingtopheadermarker
incomplete index info information ingress injection injector integrity internet iron ironport irt issue item jabber
jid jmrp job journal junkmail keywords label labels language last latency latest length level lid line lines link
listid lists listserv location lock log loop magic mail mailboxtype mailchannels mailer mailgun mailing mailinglist
mailinglists mailman mailru mailscanner mandrill map marker mask mass max mbox media member mesh messagedata
messagedirectionality messageid messagesentrepresentingtype messaging messenger meta metadata mid mimeole misses mmhs
mobile moderated modified modifier monitoring msfblid msg msgguid msgid msgs msmail mta mua much multi net newsgroups
newsletter next nntp node nondelivery noreply note notes notice notifications number object obsoletes office365
offline ole oorg openpgp operation opt option options order ordering organisation organization orig origin original
originalarrivaltime originating originator originatororg outbound outbreak outgoing page param parameters parent part
partner password payload pcl peer penalty persistedconsumerorg pgp phishing phone php pics pid ping pmx pool pop3 port
posted poster posting ppe ppf pra preference prevent preview privacy private probability process processed product
profile program project promoted property protected provags provider prvs publictraffictype purgate purpose qtcl4
queue queueid ran random range rate real receipt received redelivery redirected reference references referer referral
registered reinject relay relayed release removed replyby replyto repository reputation requests require resend resent
response restrict resubmitted result retry returned returnpath reverse review revision rewrite risk rms rmx robot role
route router routing routingpolicychecked rpcampaign rpt rss rule rules run safe safelinks sample sasl scan scanned
scanner schedule schema scl scoring seal security seen segment semaphore send senderadcheck senderid senderip sendgrid
sending sensitivity sent sequence service session set sfdc sfmc shard show sid sign silverpop site smarthost sms
smtpapi snapshot snippet software solicitation source spambayes spamcheck spamd spamdetect spamfilter spamhaus
spaminfo spamscore spamstatus spamtest sparkpost special spoof spoofing srs stack stamp stamped stars state stats
storage store strip stripped sub subject subscriber subscription suffer summary supersedes support suspicious sympa
sync system tag target task team template tenant thread threads ticket time timestamp tlp tmn tnef token topic total
trace track tracking traffic traffictypediagnostic transaction transfer translation transmission transporttype trend
truedomain trust txn uidl unique unit unsent untrusted updated upstream uri url urls user useragent userlastlogontime
username userprincipalname uuid validity value view virtual visitor vnd wall warning watermark way web webmail weight
whitelist whitelisted window work workspace x400 xclient xid xref year ymail zimbra
";

/// Whether a word in capitals, given in lower case, is one that filters write: part of the name of a
/// test of SpamAssassin or Rspamd, or a tag or a value of other filters.
pub(super) fn is_code(word: &str) -> bool {
    static KNOWN: OnceLock<HashSet<&'static str>> = OnceLock::new();
    let known = KNOWN.get_or_init(|| CODES.split_ascii_whitespace().collect());
    is_known(word) || known.contains(word)
}

const CODES: &str = "
abuse ac accessdb acl adult advance age alignment alive allow am amp anti ara asn attach au automatic av bat batch
bayes bcc bcl bimp black blacklist blank blk blocked blocklisted bogus bot bounce bounced brand broken but bypass cal
cat cc challenge char cip city clamav clean closed cmae code codes com comment confirm contact content convert count
country cp crm ctry ctt custom cyrillic dangling dbl dcc dear def deliver dep department desc destination details
different digit digits dimp dir direct discount dkimwl dnsbl dob dot double down dq drugs dsn dul dyn dynamic dynip
edu ef em empl enc encoded end ende ends engine env equal equiv excess exclusive exe exploit extension fake far fax
filter fin first five font force forged formed forward frag free freemail fresh from2 fsl full fuzzy gap gappy gateway
geo gimp gmail gpg gtube guarantee hamname hdr hdrs hi hide hits hk hosted hostkarma hot hour hours hphish hphsh hspm
iip images img impotence inb inbox info inr int intent inv invisible ipv items jmq kam kb keyword know known lang
large last late length likely link links listed lng loc long lotto lvl mail mailer mailing mailspike malformed malw
malware many max mdn med mid mime1 min misc ml money mpart ms msg msgid msgs msoe mta much multi multiple names nan
nano net new newsletter nice nigeria nigerian nli norm nospf noth nsl nspm nts null nultiple num number numeric
numsubject obfu obfuscation odd old oosp open opt order org oslk ospm parse part parts pbl pcl pharma phish phishing
phone php phsh pill pl pls poor pos present price prio private prob probable proxy psbl pts purchase pyzor quot quote
ra random ratio razor razor2 rbl rcptx rcvd rd rdns re real received recip recips redir refund relay relaying repl
replica reputation reserved returnpath reverse rfc rhs rnbl rp rule safe sare sbl sblxbl sc scl scripted section self
send seo sfe sfp sfs sfty sfv sh share shortener shortfwd shorturl silver single ska skb ski skn skq sks slash
solution some sorbs spamcop spamhaus spammy spm spoof spoofed srv srvr stars starts state stock strange string strong
style subj subject sum surbl suspect suspicious symbol tag tagged tb td than thread tiny tocc token tracker two txrep
typed typo ua uce uimp undisc unique unlisted unparseable unsafe unsub untrusted up upn upper uppercase urg uri uribl
url user valid vbad very viagra warn warning wash web welcomelist well wfbl white whitelist wide win wl wo words wrong
www xbl xm xprio years you your zen zero
";

/// Whether a character set has this name: those of the web, and some that it does not use.
pub(super) fn is_charset(label: &str) -> bool {
    let label = label.to_ascii_lowercase();
    encoding_rs::Encoding::for_label(label.as_bytes()).is_some()
        || CHARSETS.split_ascii_whitespace().any(|one| one == label)
}

/// Character sets of mail that are no encoding of the web.
const CHARSETS: &str = "
utf-7 utf7 unicode-1-1-utf-7 utf-32 utf-32be utf-32le ucs-2 ucs-4 iso-10646-ucs-2 iso-10646-ucs-4 ansi_x3.4-1968
cp1252 cp437 cp850 cp858 ibm437 ibm850 ibm852 ibm855 ibm858 cp932 cp936 cp949 cp950 ms932 ms936 ms950 gb18030
hz-gb-2312 hz iso-2022-cn iso-2022-cn-ext iso-2022-jp-1 iso-2022-jp-2 iso-2022-jp-3 iso-2022-jp-ms iso-2022-kr cp50220
cp50221 cp51932 cp1361 johab big5-hkscs cns11643 tscii viscii tis-620 armscii-8 x-unknown unknown-8bit binary default
";

/// Whether HTML has a character of this name (HTML 4.01 §24).
pub(super) fn is_entity(name: &str) -> bool {
    ENTITIES.split_ascii_whitespace().any(|known| known == name)
}

const ENTITIES: &str = "
quot amp lt gt apos QUOT AMP LT GT COPY REG nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy
reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute
Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc
Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig
ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash
ugrave uacute ucirc uuml yacute thorn yuml OElig oelig Scaron scaron Yuml fnof circ tilde Alpha Beta Gamma Delta
Epsilon Zeta Eta Theta Iota Kappa Lambda Mu Nu Xi Omicron Pi Rho Sigma Tau Upsilon Phi Chi Psi Omega alpha beta gamma
delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigmaf sigma tau upsilon phi chi psi omega
thetasym upsih piv ensp emsp thinsp zwnj zwj lrm rlm ndash mdash lsquo rsquo sbquo ldquo rdquo bdquo dagger Dagger
bull hellip permil prime Prime lsaquo rsaquo oline frasl euro image weierp real trade alefsym larr uarr rarr darr harr
crarr lArr uArr rArr dArr hArr forall part exist empty nabla isin notin ni prod sum minus lowast radic prop infin ang
and or cap cup int there4 sim cong asymp ne equiv le ge sub sup nsub sube supe oplus otimes perp sdot lceil rceil
lfloor rfloor lang rang loz spades clubs hearts diams newline NewLine Tab excl num dollar percnt lpar rpar ast plus
comma period sol colon semi equals quest commat lsqb bsol rsqb Hat lowbar grave lcub verbar rcub check star phone
copysr ZeroWidthSpace
";
