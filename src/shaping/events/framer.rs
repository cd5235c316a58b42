//! Writes documents as lines of `data`.

/// Where in the lines of an event's data the output stands.
#[derive(Debug, Default)]
pub(super) struct Framer {
    /// What each line begins with.
    prefix: &'static [u8],
    /// How the last line of data ended.
    line_end: LineEnd,
    /// Whether the present line of data has ended.
    has_ended: bool,
    /// Whether a line is owed: the data have begun, or a line feed was in them.
    is_owed: bool,
    /// Whether the present line has its prefix.
    is_open: bool,
    /// Whether something else stood between the lines, so that the next line feed is written already.
    is_broken: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum LineEnd {
    #[default]
    None,
    Feed,
    Return,
    Both,
}

impl Framer {
    /// A line of data begins in the input.
    pub(super) fn begin(&mut self, prefix: &'static [u8]) {
        self.prefix = prefix;
        self.is_owed = true;
        self.has_ended = false;
    }

    /// A line of data ends in the input. It is not written before it is known what follows.
    pub(super) fn line_ends(&mut self, byte: u8) {
        self.line_end = if byte == b'\n' { LineEnd::Feed } else { LineEnd::Return };
        self.has_ended = true;
    }

    /// A line feed belongs to the carriage return with which a line of data ended.
    pub(super) fn line_feed(&mut self) {
        self.line_end = LineEnd::Both;
    }

    /// Writes a part of the data.
    pub(super) fn write(&mut self, part: &[u8], out: &mut Vec<u8>) {
        for (at, line) in part.split(|byte| *byte == b'\n').enumerate() {
            if at > 0 && !std::mem::take(&mut self.is_broken) {
                self.open(false, out);
                out.extend_from_slice(self.line_end.bytes());
                self.is_open = false;
            }
            if !line.is_empty() {
                self.is_broken = false;
                self.open(true, out);
                out.extend_from_slice(line);
            }
        }
    }

    /// Something else is written between the lines.
    pub(super) fn give_way(&mut self, out: &mut Vec<u8>) {
        if !self.is_owed || self.is_broken && !self.is_open {
            return;
        }
        self.open(false, out);
        if self.has_ended {
            out.extend_from_slice(self.line_end.bytes());
        }
        self.is_open = false;
        self.is_broken = true;
    }

    /// Ends the data of an event.
    pub(super) fn end(&mut self, out: &mut Vec<u8>) {
        self.give_way(out);
        *self = Self::default();
    }

    /// Begins a line, if that has not happened. Only one that is empty can do without a colon.
    fn open(&mut self, has_content: bool, out: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.is_open, true) {
            out.extend_from_slice(self.prefix);
            out.extend((has_content && !self.prefix.contains(&b':')).then_some(b':'));
        }
    }
}

impl LineEnd {
    fn bytes(self) -> &'static [u8] {
        match self {
            Self::None => b"",
            Self::Feed => b"\n",
            Self::Return => b"\r",
            Self::Both => b"\r\n",
        }
    }
}
