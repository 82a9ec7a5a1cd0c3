# CNAME old.example.com: remove old.example.net.
# TXT example.com: the whole set, with the 2 records that are there and stay
# TXT example.com: no longer in the set: "v=spf1 -all"
# TXT s1._domainkey.example.com: what stands there is not known; add to what is there
# MX mail.example.com: what stands there is not known; add to what is there
# CNAME s2._domainkey.example.com: what stands there is not known; a CNAME must be the only record of its name
# TXT *.example.com: what stands there is not known; add to what is there
# TXT odd\032\034one\034.*.example.com: what stands there is not known; add to what is there
# var.zone_id is the id of the zone example.com

# This set is there: if a resource of yours has it, change that one instead.
resource "aws_route53_record" "txt_example_com" {
  zone_id = var.zone_id
  name    = "example.com"
  type    = "TXT"
  ttl     = 300
  records = [
    "say \\\"hello\\\" \\\\ \u0024{Token[TOKEN.1]} \u0025{if} ; $1",
    "caf\\303\\251 \\033[31m\\012",
    "v=spf1 include:amazonses.com -all",
  ]
  allow_overwrite = true
}

resource "aws_route53_record" "txt_dmarc_example_com" {
  zone_id = var.zone_id
  name    = "_dmarc.example.com"
  type    = "TXT"
  ttl     = 300
  records = [
    "v=DMARC1; p=none",
  ]
}

resource "aws_route53_record" "txt_s1_domainkey_example_com" {
  zone_id = var.zone_id
  name    = "s1._domainkey.example.com"
  type    = "TXT"
  ttl     = 300
  records = [
    "v=DKIM1; k=rsa; p=A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A\"\"1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/",
  ]
}

resource "aws_route53_record" "mx_mail_example_com" {
  zone_id = var.zone_id
  name    = "mail.example.com"
  type    = "MX"
  ttl     = 300
  records = [
    "10 mx1.example.net.",
    "20 mx2.example.net.",
  ]
}

resource "aws_route53_record" "cname_s2_domainkey_example_com" {
  zone_id = var.zone_id
  name    = "s2._domainkey.example.com"
  type    = "CNAME"
  ttl     = 300
  records = [
    "s2.dkim.example.net.",
  ]
}

resource "aws_route53_record" "txt_wildcard_example_com" {
  zone_id = var.zone_id
  name    = "*.example.com"
  type    = "TXT"
  ttl     = 300
  records = [
    "v=spf1 -all",
  ]
}

resource "aws_route53_record" "txt_odd_one_wildcard_example_com" {
  zone_id = var.zone_id
  name    = "odd\\040\\042one\\042.\\052.example.com"
  type    = "TXT"
  ttl     = 300
  records = [
    "x",
  ]
}
