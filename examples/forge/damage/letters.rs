//! What the messages to be damaged say: texts, and the fields of their senders.

use super::super::body;
use super::super::mail::Field;
use super::super::rng::Rng;
use super::subject::encoded_word;

/// A text with what programs on the way stumble over.
pub fn letter(rng: &mut Rng, size: usize, plain: bool, may_be_long: bool) -> String {
    let mut text = String::new();
    if rng.chance(1, 8) {
        text.push_str("\r\n");
    } else if !plain && rng.chance(1, 12) {
        text.push('\u{feff}');
    }
    let prose = body::prose(rng, size);
    let prose = match plain {
        true => prose.replace(['é', 'è'], "e").replace('ü', "u"),
        false => prose,
    };
    let width = *rng.pick(&[64, 72, 76, 400]);
    let flowed = rng.chance(1, 3);
    for paragraph in prose.split("\r\n\r\n").filter(|it| !it.is_empty()) {
        let long = may_be_long && rng.chance(1, 20);
        match long {
            true => text.push_str(&paragraph.repeat(1 + 2400 / paragraph.len())),
            false => lines(paragraph, width, flowed, &mut text),
        }
        text.push_str("\r\n\r\n");
        if rng.chance(1, 3) {
            text.push_str(special(rng));
        }
    }
    if rng.chance(1, 2) {
        text.push_str("-- \r\nLarkspur Books, 12 Mill Lane, Exampletown\r\n");
    }
    text
}

fn special<'a>(rng: &mut Rng) -> &'a str {
    rng.pick::<&str>(&[
        "From the window one sees the harbour.\r\n\r\n",
        ">From the letter of last week:\r\n> we open at nine\r\n\r\n",
        ".hidden files begin with a dot\r\n..and this line with two\r\n\r\n",
        "1\tpencil\t2.40\r\n2\tnotebooks\t18.40\r\n\r\n",
        "Follow it here: https://www.example.com/parcel/40217?u=7f3a&m=30+1#top\r\n\r\n",
        "More at https://shop.example.com/path/to/page.html.\r\n\r\n",
        "You get this because reader@example.net is on our list.\r\n\r\n",
        "Salt & pepper <both> cost less than 5 > 4.\r\n\r\n",
        "Two  spaces   and more    of them.\r\n\r\n",
        "The quarterly letter follows in July.\r\n\r\n",
    ])
}

fn lines(paragraph: &str, width: usize, flowed: bool, out: &mut String) {
    let mut column = 0;
    for (index, word) in paragraph.split(' ').enumerate() {
        if column + 1 + word.len() > width {
            out.push_str(if flowed { " \r\n" } else { "\r\n" });
            column = 0;
        } else if index > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += word.len();
    }
}

/// The text as HTML.
pub fn page(text: &str) -> String {
    let text = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let text = text
        .trim_matches(['\u{feff}', '\r', '\n'])
        .replace("\r\n\r\n", "</p>\r\n<p>");
    format!(
        "<html>\r\n<head><title>Letter</title></head>\r\n<body style=\"margin:0\">\r\n<p>{text}</p>\r\n\
         <p><a href=\"https://www.example.com/c/1?u=7f3a&amp;m=30\">Read on</a></p>\r\n</body>\r\n</html>\r\n"
    )
}

/// The fields of the sender, without those of MIME.
pub fn head(rng: &mut Rng) -> Vec<Field> {
    let from = [
        "Larkspur Books <orders@example.com>".to_owned(),
        "\"Larkspur Books\" <orders@example.com>".to_owned(),
        "\"Books, Larkspur\" <orders@example.com>".to_owned(),
        format!(
            "{} <orders@example.com>",
            encoded_word("Bücher Lärche", "UTF-8", false)
        ),
        format!(
            "{} <orders@example.com>",
            encoded_word("Bücher Lärche", "utf-8", true)
        ),
        "orders@example.com".to_owned(),
    ];
    let to = [
        "reader@example.net",
        "Reader <reader@example.net>",
        "reader@example.net, second@example.net, third@example.net",
        "\"Reader, First\" <reader@example.net>, Second Reader <second@example.net>",
        "reader@example.net, Garden <garden@lists.example.org>",
        "reader@example.net,\r\n\tsecond@example.net,\r\n\tThird Reader <third@example.net>",
    ];
    let subjects = [
        "Your order 40217 is on its way".to_owned(),
        "Re: The reading group meets in July".to_owned(),
        "Re: [garden] Tomatoes and their neighbours".to_owned(),
        "Re: [garden] A new chair".to_owned(),
        "[Larkspur] Invoice 2026-0630".to_owned(),
        "Receipt  for two notebooks".to_owned(),
        "A longer subject that says all there is to say about the new shelves in the back\r\n room of the shop"
            .to_owned(),
        encoded_word("Grüße aus Zürich", "UTF-8", false),
        format!(
            "{}\r\n {}",
            encoded_word("Bücher, Hefte und ", "utf-8", true),
            encoded_word("crème brûlée", "utf-8", true)
        ),
        format!("News from {}", encoded_word("Café Zürich", "UTF-8", true)),
    ];
    let id = |rng: &mut Rng| format!("<{}.{}@mail.example.com>", rng.hex(16), rng.hex(8));
    let mut fields = vec![
        Field::new("From", rng.pick::<String>(&from)),
        Field::new("To", rng.pick::<&str>(&to)),
    ];
    if rng.chance(1, 2) {
        let list = *rng.pick(&[
            "fourth@example.net",
            "Fourth <fourth@example.net>, fifth@example.net",
            "\"Sixth (shop)\" <sixth@example.net>, fourth@example.net, Fifth <fifth@example.org>",
        ]);
        fields.push(Field::new("Cc", list));
    }
    if rng.chance(1, 4) {
        let to = *rng.pick(&[
            "help@example.com",
            "Help <help@example.com>",
            "orders@example.com",
        ]);
        fields.push(Field::new("Reply-To", to));
    }
    fields.push(Field::new("Subject", rng.pick::<String>(&subjects)));
    // What the author leaves out, the server that sends it adds.
    if !rng.chance(1, 12) {
        let date = format!(
            "Tue, 30 Jun 2026 06:{:02}:{:02} +0000",
            rng.below(60),
            rng.below(60)
        );
        fields.push(Field::new("Date", &date));
    }
    if !rng.chance(1, 8) {
        let name = *rng.pick(&["Message-ID", "Message-Id"]);
        fields.push(Field::new(name, &id(rng)));
    }
    if rng.chance(1, 2) {
        let long = rng.chance(1, 4);
        let count = if long {
            24 + rng.below(8)
        } else {
            1 + rng.below(6)
        };
        let ids: Vec<_> = (0..count).map(|_| id(rng)).collect();
        fields.push(Field::new("In-Reply-To", ids.last().expect("at least one")));
        let separator = if long {
            " "
        } else {
            *rng.pick(&[" ", "\r\n ", "\r\n\t"])
        };
        fields.push(Field::new("References", &ids.join(separator)));
    }
    if rng.chance(1, 3) {
        fields.push(Field::new(
            "List-Unsubscribe",
            "<https://www.example.com/u/7f3a>",
        ));
        fields.push(Field::new(
            "List-Unsubscribe-Post",
            "List-Unsubscribe=One-Click",
        ));
    }
    if rng.chance(1, 3) {
        fields.push(Field::new("X-Mailer", "Larkspur 4.1"));
    }
    if rng.chance(1, 3) {
        rotate(rng, &mut fields);
    }
    fields
}

/// Senders do not agree on the order of fields.
fn rotate(rng: &mut Rng, fields: &mut [Field]) {
    let by = rng.below(fields.len());
    fields.rotate_left(by);
}
