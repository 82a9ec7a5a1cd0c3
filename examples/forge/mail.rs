//! A message under construction: header fields in order, and a body.

/// Header fields, topmost first, and the body after the empty line.
#[derive(Clone, Debug, Default)]
pub struct Mail {
    pub fields: Vec<Field>,
    pub body: Vec<u8>,
}

/// One header field as written, including folding, without its last line end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field(pub String);

impl Field {
    /// A field with a space after the colon.
    pub fn new(name: &str, body: &str) -> Self {
        Self(format!("{name}: {body}"))
    }

    /// The name, as written.
    pub fn name(&self) -> &str {
        self.0.split(':').next().unwrap_or_default()
    }

    /// The text after the colon.
    pub fn body(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, body)| body)
    }

    /// Whether the field has this name.
    pub fn is(&self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name)
    }
}

impl Mail {
    /// The topmost field with this name.
    pub fn field(&mut self, name: &str) -> &mut Field {
        let field = self.fields.iter_mut().find(|field| field.is(name));
        field.unwrap_or_else(|| panic!("the message has a {name} field"))
    }

    /// Replaces the first occurrence of `old` in the body, which must contain it.
    pub fn edit_body(&mut self, old: &str, new: &str) {
        let at = self
            .body
            .windows(old.len())
            .position(|window| window == old.as_bytes())
            .unwrap_or_else(|| panic!("the body holds {old:?}"));
        self.body
            .splice(at..at + old.len(), new.bytes())
            .for_each(drop);
    }

    /// Adds `fields` above all others, in their order.
    pub fn prepend(&mut self, fields: Vec<Field>) {
        self.fields.splice(0..0, fields).for_each(drop);
    }

    /// The bytes of the message, with CRLF line ends.
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.body.len() + 8192);
        for field in &self.fields {
            out.extend_from_slice(field.0.as_bytes());
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(&self.body);
        out
    }
}
