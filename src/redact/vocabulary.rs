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

/// Whether a word in the name of a field is one of standards, of mail programs or of receivers.
pub(super) fn is_of_field_names(word: &str) -> bool {
    static KNOWN: OnceLock<HashSet<&'static str>> = OnceLock::new();
    let known = KNOWN.get_or_init(|| FIELD_NAMES.split_ascii_whitespace().collect());
    is_known(word) || known.contains(word)
}

/// The words in names of fields that are not in `WORDS`.
const FIELD_NAMES: &str = "
abuse accept accepts account action activity add added adcheck address admin adm age agent alerts alias also alternate
alternative an analysis antiabuse anti antispam antivirus apparently appended archived area arrival assassin asn attach
attached attachment attachments attributed auid authas authority authsource auto automatic autoreply av avg away barracuda
base bayes bayesian bcc bcl beenthere bimi blocked body bogosity bot brightmail build bulkmail caller campaign campaignid
campaigns canit cat category cc channel characteristics charset check checked checker checksum chunkcount clamav class classification classified
clean client clientid clientproxiedby cloudmark cm cms code comment comments complaints compliance confidence config
configuration confirm connecting connection connectionguid contact content context conversation copy correlation correlator count
country courier created creator cross crosstenant csa cse customer data date dcc deferred deferral delay delivered deliver
delivery dest destination details developer device diagnostic diagnostics digest direct direction directionality disclaimer
display disposition distribution domain download drop dsn duplicate elapsed emaillogger email encoding encrypted
encryption end endtoendlatency engine enc enhanced entity envelope environment eopattributedmessage eopdirect
eoptenantattributedmessage epoch error errors esp etag event evolution exchange experimental expiration expirationinterval
expirationintervalreason expirationstarttime expirationstarttimereason expires expiry external extloop1 face failed
fallback family fax fbl feedback feed file filter filtered filtering final fingerprint flag flags followup folder footer for forefront
forward forwarded forwarder forwarding forwardingloop fqdn from fromentityheader full gateway generated generator geo gg
gm gmail google greylist greylisting group groups groupsio guid has hash hashtags header headers hop host hostname href
identification identity idp ids image impersonation importance in inbound incident incomingheadercount
incomingtopheadermarker index info information ingress instance integrity internet ip ironport iron irt issue item
jmrp job journal junkmail junk keywords label labels language last latency ld level lid line lines link list listid lists
listserv local location log loop lookup magic mail mailbox mailchannels mailer mailfrom mailgun mailing mailinglist mailinglists
mailman mailru mailscanner mandrill map marker mask mass match max mbox mc md5 media member mesh meta metadata message
messagedata messagedirectionality messageid messagesentrepresentingtype messaging messenger microsoft mid
mimecast mimeole mimedefang mobile mode moderated modified modifier monitoring ms msfblid msg msgguid msgid msgs msmail
mta mua multi mx name net network newsgroups newsletter next nntp node noreply note notes notice notification notifications
number object office365 offline ole openpgp operation oorg opt option options order ordering organisation organization orig
original originalarrivaltime originating originator originatororg os other out outbound outbreak outlook outgoing override owner page param
parameters parent part partner password path payload pcl penalty peer pgp phishing php phone pid ping pm pmx policy pool pop3 port
post poster posting ppe ppf pra precedence preference preview priority privacy private probability process
processed product profile program project promoted proofpoint property provags protected provider prvs ps public publictraffictype
purgate purpose qmail qtcl4 quarantine query queue queueid random range ran rate rcpt rcptto read real reason receipt received
recipient recipients record redelivery redirect redirected reference references referer referral registered reinject reject relay
relayed release remote removed replied reply replyto repository reputation request requested requests resent resend response restrict
result results retry return returned returnpath reverse review revision rewrite risk rmx rms robot role route router
routing routingpolicychecked rpcampaign rpt rspamd rss rule rules run sa safe safelinks sample sasl scan scanned scanner
schedule schema scl score scoring seal seen segment semaphore send sendgrid sender senderadcheck senderid senderip sending sent
sequence server service ses session set sfdc sfmc sg shard show sid sign signature signed silverpop site size smarthost smtpapi
sms smtp snippet software solicitation source spam spamd spamassassin spamcheck spamdetect spambayes spamfilter spamhaus
spaminfo spamscore spamstatus spamtest sparkpost special spoof spoofing srs stack stamp stamped stars start state stats
status storage store stream stripped strip sub subject subscriber subscription suffer summary supersedes support suspicious
sympa sync system tag tags target task team template tenant test thread threads ticket time timestamp tls tlp tmn tnef to token topic
total trace track tracking traffic traffictypediagnostic transaction transfer transmission transport transporttype
trend trust trusted truedomain type uid uidl unique unit unsent unsubscribe untrusted updated upstream uri url urls user useragent
userid username userlastlogontime userprincipalname uuid validity value verdict verified verify version via view virtual
virus visitor wall warning watermark way web webmail weight whitelist whitelisted window wm workspace work xid xref y yahoo year ymail zimbra
bounce agent apparently author authors autoforward authorized ave conversion control dl discarded encapsulated encoding eesst encrypted
expiry followup incomplete injection jabber latest lines mmhs nntp obsoletes organization prevent nondelivery replyby
resent require recipients returned sensitivity solicitation xclient x400 vbr tracking translation jid vnd pics dispatch posted approved
archive archived cancel cancelled distribution expires lock sender summary supersedes injector trace complaints relay
";

/// Whether a word in capitals, given in lower case, is one that filters write: part of the name of a
/// test of SpamAssassin or Rspamd, or a tag or a value of other filters.
pub(super) fn is_code(word: &str) -> bool {
    static KNOWN: OnceLock<HashSet<&'static str>> = OnceLock::new();
    let known = KNOWN.get_or_init(|| CODES.split_ascii_whitespace().collect());
    is_known(word) || known.contains(word)
}

const CODES: &str = "
abuse accessdb ac acl adult advance af age alignment alive all allow am amp anti any apple ara arc asn at attach attachment
au auth autolearn automatic av bad base64 bat batch bayes bcc bcl be bimp bit black blacklist blank blk blocked blocklisted body
bogus bot both bounce bounced brand broken bulk but by bypass cal cat cc cert challenge char charset cip city clamav clean
click client closed cmae code codes com comment confirm contact content convert count country cp crm ctry ctt custom cyrillic
dangling date dbl dcc dear def deliver delivered deny department dep desc destination details different digit digits
dimp dir direct discount dkimwl dnsbl dnswl dob domain dot double down dq drugs dsn dul dyn dynamic dynip edu ef em empty
empl encoded end ends ende enc engine env envelope equal equiv excess exe exclusive exploit expired extension fake far fax filter
fin first five font for force forged formed forward forwarded found frag free freemail fresh from from2 fsl full future
fuzzy gap gappy gateway geo gimp gmail good google gpg gtube guarantee has hdr hdrs header headers helo hi hide high hits hk hphish
hphsh hot html host hosted hostkarma hour hours hspm http ham hamname icloud id image images img impotence in inb inbox info inr
inline int intent invisible invalid inv iip ip ipv ipv4 ipv6 is iso items jmq keyword kam kb key know known koi8 lang large last late
length letter likely link links list listed lng local loc long lookup lotto low lvl mail mailer mailfrom mailing mailspike malformed malw
malware many mapi many match max me mdn med message microsoft mid mime mime1 min missing misc mixed ml money mpart
ms msg msgid msgs msoe mta much multi multiple mx name names nano nan net network neutral new newsletter nice nigeria nigerian nli non none no norm
normal nospf not noth nspm nsl nts null nultiple num number numeric numsubject obfu obfuscation odd of old one only open opt or order
org oslk oosp ospm other out outlook over parse part parts pass pbl pcl permerror pharma phish phishing php phone phsh pill pl plain pls
plus policy poor pos present price prio priority private prob probable proxy psbl ptr pts public purchase pyzor quot quote quoted
ra random ratio razor razor2 rbl rcpt rcptx rcvd rd rdns re real received recip recips redir refund rejected relay relaying remote replica
repl reply reputation request reserved returnpath reverse rfc rhs rly rnbl rp rspamd rule sa safe sare sbl sblxbl sc score
scl scripted section self send sender senders seo sfe sfs sfp sfty sfv sh share short shortener shortfwd shorturl signed silver single
single size ska skb ski skn skq sks slash small softfail solution some sorbs spam spamcop spamhaus spammy spf spm spoof spoofed srv srvr
stars starts state stock strange string strong style subj subject suspect suspicious sum surbl symbol tag tagged tb td test text than thread
tiny to token tocc too tracker trusted two txrep txt type typed typo ua uce uimp undisc unique unknown unlisted unparseable unsafe unsub
untrusted up upper upn uppercase uri uribl urg urgent url us used user utf8 valid vbad verified very via viagra virus warn warning wash web weak well wfbl white whitelist
welcomelist wide win with wl wo words wrong www xbl xm xprio years you your yahoo zen zero zip
";

/// Whether a character set has this name: those of the web, and some that it does not use.
pub(super) fn is_charset(label: &str) -> bool {
    let label = label.to_ascii_lowercase();
    encoding_rs::Encoding::for_label(label.as_bytes()).is_some()
        || CHARSETS.split_ascii_whitespace().any(|one| one == label)
}

/// Character sets of mail that are no encoding of the web.
const CHARSETS: &str = "
utf-7 utf7 unicode-1-1-utf-7 utf-32 utf-32be utf-32le ucs-2 ucs-4 iso-10646-ucs-2 iso-10646-ucs-4 ansi_x3.4-1968 cp1252
cp437 cp850 cp858 ibm437 ibm850 ibm852 ibm855 ibm858 cp932 cp936 cp949 cp950 ms932 ms936 ms950 gb18030 hz-gb-2312 hz
iso-2022-cn iso-2022-cn-ext iso-2022-jp-1 iso-2022-jp-2 iso-2022-jp-3 iso-2022-jp-ms iso-2022-kr cp50220 cp50221 cp51932 cp1361 johab
big5-hkscs cns11643 tscii viscii tis-620 armscii-8 x-unknown unknown-8bit binary default
";

/// Whether HTML has a character of this name (HTML 4.01 §24).
pub(super) fn is_entity(name: &str) -> bool {
    ENTITIES.split_ascii_whitespace().any(|known| known == name)
}

const ENTITIES: &str = "
quot amp lt gt apos QUOT AMP LT GT COPY REG nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr
deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest
Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde
Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig
agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde
ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml
OElig oelig Scaron scaron Yuml fnof circ tilde Alpha Beta Gamma Delta Epsilon Zeta Eta Theta Iota Kappa Lambda Mu Nu Xi
Omicron Pi Rho Sigma Tau Upsilon Phi Chi Psi Omega alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi
omicron pi rho sigmaf sigma tau upsilon phi chi psi omega thetasym upsih piv ensp emsp thinsp zwnj zwj lrm rlm
ndash mdash lsquo rsquo sbquo ldquo rdquo bdquo dagger Dagger bull hellip permil prime Prime lsaquo rsaquo oline frasl
euro image weierp real trade alefsym larr uarr rarr darr harr crarr lArr uArr rArr dArr hArr forall part exist empty nabla
isin notin ni prod sum minus lowast radic prop infin ang and or cap cup int there4 sim cong asymp ne equiv le ge sub sup
nsub sube supe oplus otimes perp sdot lceil rceil lfloor rfloor lang rang loz spades clubs hearts diams
newline NewLine Tab excl num dollar percnt lpar rpar ast plus comma period sol colon semi equals quest commat lsqb bsol
rsqb Hat lowbar grave lcub verbar lcub rcub check star phone copysr nbsp ZeroWidthSpace
";
