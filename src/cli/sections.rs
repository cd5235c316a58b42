//! What a command says, in sections.

/// Sections with lines in them. One without any is left out but for its title.
pub(super) struct Text(pub(super) String);

impl Text {
    pub(super) fn section(&mut self, title: &str) {
        self.0.push('\n');
        self.0.push_str(title);
        self.0.push('\n');
    }

    pub(super) fn line(&mut self, line: &str) {
        self.0.push_str("  ");
        self.0.push_str(line);
        self.0.push('\n');
    }

    pub(super) fn lines(&mut self, lines: &[String]) {
        lines.iter().for_each(|line| self.line(line));
    }
}
