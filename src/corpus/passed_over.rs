//! What is not read, in numbers.

/// How many files were not read, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PassedOver {
    /// Files in folders and archives that do not look like mail.
    pub not_mail: usize,
    /// Links in archives.
    pub links: usize,
    /// Devices, pipes and the like in archives.
    pub special: usize,
    /// Members of archives whose path leads out of them.
    pub outside: usize,
    /// Files of metadata in archives for which no message came after them.
    pub metadata: usize,
    /// Messages that were not wanted.
    pub unwanted: usize,
}

impl PassedOver {
    pub(super) fn add(&mut self, other: &Self) {
        let Self {
            not_mail,
            links,
            special,
            outside,
            metadata,
            unwanted,
        } = other;
        self.not_mail += not_mail;
        self.links += links;
        self.special += special;
        self.outside += outside;
        self.metadata += metadata;
        self.unwanted += unwanted;
    }
}
