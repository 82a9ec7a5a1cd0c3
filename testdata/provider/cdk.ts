// CNAME old.example.com: remove old.example.net.
// TXT example.com: the whole set, with the 2 records that are there and stay
// TXT example.com: no longer in the set: "v=spf1 -all"
// TXT s1._domainkey.example.com: what stands there is not known; add to what is there
// MX mail.example.com: what stands there is not known; add to what is there
// CNAME s2._domainkey.example.com: what stands there is not known; a CNAME must be the only record of its name
// TXT *.example.com: what stands there is not known; add to what is there
// TXT odd\032\034one\034.*.example.com: what stands there is not known; add to what is there
// zone is the IHostedZone of example.com

// This set is there: if a construct of yours has it, change that one instead; deleteExisting takes the old set away first.
new route53.RecordSet(this, "txt_example_com", {
  zone,
  recordName: "example.com.",
  recordType: route53.RecordType.TXT,
  target: route53.RecordTarget.fromValues(...[
    "\"say \\\"hello\\\" \\\\ \\044{Token[TOKEN.1]} %{if} ; $1\"",
    "\"caf\\303\\251 \\033[31m\\012\"",
    "\"v=spf1 include:amazonses.com -all\"",
  ]),
  ttl: cdk.Duration.seconds(300),
  deleteExisting: true,
});

new route53.TxtRecord(this, "txt_dmarc_example_com", {
  zone,
  recordName: "_dmarc.example.com.",
  values: ["v=DMARC1; p=none"],
  ttl: cdk.Duration.seconds(300),
});

new route53.TxtRecord(this, "txt_s1_domainkey_example_com", {
  zone,
  recordName: "s1._domainkey.example.com.",
  values: ["v=DKIM1; k=rsa; p=A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/"],
  ttl: cdk.Duration.seconds(300),
});

new route53.MxRecord(this, "mx_mail_example_com", {
  zone,
  recordName: "mail.example.com.",
  values: [
    { priority: 10, hostName: "mx1.example.net." },
    { priority: 20, hostName: "mx2.example.net." },
  ],
  ttl: cdk.Duration.seconds(300),
});

new route53.CnameRecord(this, "cname_s2_domainkey_example_com", {
  zone,
  recordName: "s2._domainkey.example.com.",
  domainName: "s2.dkim.example.net.",
  ttl: cdk.Duration.seconds(300),
});

new route53.TxtRecord(this, "txt_wildcard_example_com", {
  zone,
  recordName: "*.example.com.",
  values: ["v=spf1 -all"],
  ttl: cdk.Duration.seconds(300),
});

new route53.TxtRecord(this, "txt_odd_one_wildcard_example_com", {
  zone,
  recordName: "odd\\040\\042one\\042.\\052.example.com.",
  values: ["x"],
  ttl: cdk.Duration.seconds(300),
});
