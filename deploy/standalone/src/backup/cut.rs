//! A stream of lines cut into entries that can be read by themselves.

use skeleton_durable::backup::lines::Tally;

/// Lines of an entry, before a single one is longer.
const ENTRY_BYTES: usize = 8 << 20;

/// Cuts one service's stream.
#[derive(Default)]
pub(super) struct Cutter {
    /// What went through.
    pub(super) tally: Tally,
    /// How many bytes of it.
    pub(super) bytes: u64,
    entry: Vec<u8>,
    /// The beginning of a line whose end did not come yet.
    line: Vec<u8>,
}

impl Cutter {
    /// Takes bytes, cut anywhere; gives the entries that became full.
    ///
    /// # Errors
    /// When a line is none.
    pub(super) fn feed(&mut self, mut bytes: &[u8]) -> Result<Vec<Vec<u8>>, String> {
        let mut full = Vec::new();
        self.bytes += bytes.len() as u64;
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            self.line.extend_from_slice(&bytes[..end]);
            bytes = &bytes[end + 1..];
            self.take_line()?;
            if self.entry.len() >= ENTRY_BYTES {
                full.push(std::mem::take(&mut self.entry));
            }
        }
        self.line.extend_from_slice(bytes);
        if self.line.len() > ENTRY_BYTES {
            return Err("a row is longer than an entry may be".to_owned());
        }
        Ok(full)
    }

    fn take_line(&mut self) -> Result<(), String> {
        let is_row = self.line.first() == Some(&b'[');
        if is_row
            && self.entry.is_empty()
            && let Some(head) = self.tally.head()
        {
            self.entry.extend_from_slice(head);
            self.entry.push(b'\n');
        }
        self.tally.add(&self.line)?;
        self.entry.extend_from_slice(&self.line);
        self.entry.push(b'\n');
        self.line.clear();
        Ok(())
    }

    /// The rest.
    ///
    /// # Errors
    /// When the stream broke off.
    pub(super) fn finish(&mut self) -> Result<Vec<u8>, String> {
        if !self.line.is_empty() || self.tally.end.is_none() {
            return Err("its lines broke off".to_owned());
        }
        Ok(std::mem::take(&mut self.entry))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wherever_bytes_are_cut_the_entries_hold_the_same() {
        let row = format!("[\"{}\"]\n", "x".repeat(1 << 20));
        let text = format!(
            "{}\n{}\n{}{}\n[1]\n{}\n",
            r#"{"store":"sqlite","migrations":{}}"#,
            r#"{"table":"long","columns":["a"]}"#,
            row.repeat(20),
            r#"{"table":"short","columns":["b"]}"#,
            r#"{"end":21}"#
        );
        let cut = |size: usize| {
            let mut cutter = Cutter::default();
            let mut entries = Vec::new();
            for bytes in text.as_bytes().chunks(size) {
                entries.extend(cutter.feed(bytes).unwrap());
            }
            entries.push(cutter.finish().unwrap());
            (entries, cutter.tally)
        };
        let (entries, tally) = cut(65_536);
        assert_eq!(tally.sums["long"].rows, 20);
        assert_eq!(entries.len(), 3);
        for entry in &entries[1..] {
            assert!(
                entry.starts_with(br#"{"table":"long""#),
                "it says what it is of"
            );
        }
        assert_eq!(cut(1_000_003).0, entries);
        let mut again = Tally::default();
        for line in entries
            .iter()
            .flat_map(|entry| entry.split(|byte| *byte == b'\n'))
        {
            if !line.is_empty() {
                again.add(line).unwrap();
            }
        }
        assert_eq!(again.sums, tally.sums);
    }

    #[test]
    fn what_breaks_off_is_told() {
        let mut cutter = Cutter::default();
        cutter
            .feed(b"{\"store\":\"sqlite\",\"migrations\":{}}\n{\"en")
            .unwrap();
        assert!(cutter.finish().is_err());
        assert!(Cutter::default().feed(b"[1]\n").is_err());
    }
}
