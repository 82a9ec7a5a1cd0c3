# CNAME old.example.com: remove old.example.net.
# TXT example.com: remove "v=spf1 -all"
# CNAME s2._domainkey.example.com: what stands there is not known; a CNAME must be the only record of its name
# var.zone_id is the id of the zone example.com

resource "cloudflare_dns_record" "txt_example_com" {
  zone_id = var.zone_id
  name    = "example.com"
  type    = "TXT"
  content = "\"v=spf1 include:amazonses.com -all\""
  ttl     = 300
  proxied = false
}

resource "cloudflare_dns_record" "txt_dmarc_example_com" {
  zone_id = var.zone_id
  name    = "_dmarc.example.com"
  type    = "TXT"
  content = "\"v=DMARC1; p=none\""
  ttl     = 300
  proxied = false
}

resource "cloudflare_dns_record" "txt_s1_domainkey_example_com" {
  zone_id = var.zone_id
  name    = "s1._domainkey.example.com"
  type    = "TXT"
  content = "\"v=DKIM1; k=rsa; p=A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A\" \"1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/A1b/\""
  ttl     = 300
  proxied = false
}

resource "cloudflare_dns_record" "mx_mail_example_com" {
  zone_id  = var.zone_id
  name     = "mail.example.com"
  type     = "MX"
  content  = "mx1.example.net"
  priority = 10
  ttl      = 300
  proxied  = false
}

resource "cloudflare_dns_record" "mx_mail_example_com_2" {
  zone_id  = var.zone_id
  name     = "mail.example.com"
  type     = "MX"
  content  = "mx2.example.net"
  priority = 20
  ttl      = 300
  proxied  = false
}

resource "cloudflare_dns_record" "cname_s2_domainkey_example_com" {
  zone_id = var.zone_id
  name    = "s2._domainkey.example.com"
  type    = "CNAME"
  content = "s2.dkim.example.net"
  ttl     = 300
  proxied = false
}

resource "cloudflare_dns_record" "txt_wildcard_example_com" {
  zone_id = var.zone_id
  name    = "*.example.com"
  type    = "TXT"
  content = "\"v=spf1 -all\""
  ttl     = 300
  proxied = false
}

resource "cloudflare_dns_record" "txt_odd_one_wildcard_example_com" {
  zone_id = var.zone_id
  name    = "odd\\032\\034one\\034.*.example.com"
  type    = "TXT"
  content = "\"x\""
  ttl     = 300
  proxied = false
}
