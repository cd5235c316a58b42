//! A file line by line, however its fields are kept apart: by commas, semicolons, tabs, bars, or only by spaces.
//!
//! The first line decides. Fields that spaces keep apart are as wide as they like, so that is no CSV.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use csv::{ErrorKind, Position, StringRecord, Trim};

/// The lines of a file that are not blank.
pub(super) struct Lines<R>(Kind<R>);

type Whole<R> = io::Chain<Cursor<Vec<u8>>, BufReader<R>>;

enum Kind<R> {
    Separated(Box<csv::Reader<Whole<R>>>),
    Spaced(Spaced<BufReader<Whole<R>>>),
}

/// Fields that spaces keep apart.
struct Spaced<R> {
    source: R,
    line: u64,
    fields: Option<usize>,
}

/// Why a line is none.
#[derive(Debug)]
pub(super) enum Broken {
    /// It has not as many fields as the first.
    Length { line: u64, found: u64, wanted: u64 },
    /// It is not UTF-8.
    Text(u64),
    /// The file itself cannot be read on.
    File(io::Error),
}

impl<R: Read> Lines<R> {
    /// The lines of a file; what stands before the text of the first, a byte order mark, is none of it.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub(super) fn of(file: R) -> io::Result<Self> {
        let mut rest = BufReader::with_capacity(AT_ONCE, file);
        let mut head = Vec::new();
        rest.by_ref().take(AT_ONCE as u64).read_until(b'\n', &mut head)?;
        if head.starts_with(MARK) {
            head.drain(..MARK.len());
        }
        let separator = separator(&head);
        let whole = Cursor::new(head).chain(rest);
        Ok(Self(match separator {
            Some(separator) => {
                let mut reader = csv::ReaderBuilder::new();
                reader.has_headers(false).delimiter(separator).trim(Trim::All).buffer_capacity(AT_ONCE);
                Kind::Separated(Box::new(reader.from_reader(whole)))
            }
            None => Kind::Spaced(Spaced { source: BufReader::new(whole), line: 0, fields: None }),
        }))
    }

    /// Whether only spaces keep fields apart.
    pub(super) const fn is_spaced(&self) -> bool {
        matches!(self.0, Kind::Spaced(_))
    }

    /// The number of the next line, whose fields are put into `fields`; none after the last.
    pub(super) fn next(&mut self, fields: &mut StringRecord) -> Result<Option<u64>, Broken> {
        match &mut self.0 {
            Kind::Separated(reader) => match reader.read_record(fields) {
                Ok(there) => Ok(there.then(|| fields.position().map_or(0, Position::line))),
                Err(error) => Err(broken(error)),
            },
            Kind::Spaced(spaced) => spaced.next(fields),
        }
    }
}

impl<R: BufRead> Spaced<R> {
    fn next(&mut self, fields: &mut StringRecord) -> Result<Option<u64>, Broken> {
        let mut bytes = Vec::new();
        loop {
            bytes.clear();
            if self.source.read_until(b'\n', &mut bytes).map_err(Broken::File)? == 0 {
                return Ok(None);
            }
            self.line += 1;
            let text = str::from_utf8(&bytes).map_err(|_| Broken::Text(self.line))?;
            fields.clear();
            text.split_whitespace().for_each(|field| fields.push_field(field));
            if !fields.is_empty() {
                break;
            }
        }
        let expected = *self.fields.get_or_insert(fields.len());
        if fields.len() == expected {
            return Ok(Some(self.line));
        }
        Err(Broken::Length { line: self.line, found: fields.len() as u64, wanted: expected as u64 })
    }
}

/// What stands most often between the fields of the first line; nothing where only spaces do.
fn separator(head: &[u8]) -> Option<u8> {
    let times = |separator: u8| {
        let outside = head.split(|byte| *byte == b'"').step_by(2);
        outside.flatten().filter(|byte| **byte == separator).count()
    };
    let best = SEPARATORS.into_iter().rev().max_by_key(|separator| times(*separator));
    let words = head.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).count();
    match best.filter(|separator| times(*separator) > 0) {
        None if words > 1 => None,
        found => Some(found.unwrap_or(b',')),
    }
}

fn broken(error: csv::Error) -> Broken {
    let line = error.position().map_or(0, Position::line);
    match error.kind() {
        ErrorKind::UnequalLengths { expected_len: wanted, len: found, .. } => {
            Broken::Length { line, found: *found, wanted: *wanted }
        }
        ErrorKind::Utf8 { .. } => Broken::Text(line),
        _ => Broken::File(error.into()),
    }
}

/// Of two that stand equally often, the earlier counts.
const SEPARATORS: [u8; 4] = [b'\t', b';', b',', b'|'];

/// The byte order mark that some tools put first.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// So many bytes are read at a time.
const AT_ONCE: usize = 256 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: impl AsRef<[u8]>) -> Vec<(u64, Vec<String>)> {
        let mut lines = Lines::of(text.as_ref()).unwrap();
        let (mut all, mut fields) = (Vec::new(), StringRecord::new());
        while let Some(line) = lines.next(&mut fields).unwrap() {
            all.push((line, fields.iter().map(str::to_owned).collect()));
        }
        all
    }

    #[test]
    fn the_first_line_says_what_keeps_fields_apart() {
        for text in [
            "a,b c\n1,2\n",
            "\u{feff}a;b c\r\n\r\n1;2",
            "a\tb c\n1\t 2\n",
            "a|b c\n 1|\"2\"\n",
            "\"a\";\"b c\"\n\"1\";\"2\"",
        ] {
            let fields: Vec<_> = read(text).into_iter().map(|(_, fields)| fields).collect();
            assert_eq!(fields, [["a", "b c"], ["1", "2"]], "{text}");
        }
        assert_eq!(read("a;\"b,,,\"\n")[0].1, ["a", "b,,,"]);
        assert_eq!(read("alone\n")[0].1, ["alone"]);
        assert!(read("").is_empty() && read("\u{feff}").is_empty());
    }

    #[test]
    fn spaces_may_be_many_and_lines_keep_their_numbers() {
        let lines = read(" 00001 19970101  1   11.77\r\n\r\n00002\t19970112 5 77.00");
        assert_eq!(lines[0], (1, ["00001", "19970101", "1", "11.77"].map(str::to_owned).into()));
        assert_eq!(lines[1], (3, ["00002", "19970112", "5", "77.00"].map(str::to_owned).into()));
        let mut lines = Lines::of(&b"1 2\n3\n\xff 5\n6 7\n"[..]).unwrap();
        let mut fields = StringRecord::new();
        assert!(lines.is_spaced() && matches!(lines.next(&mut fields), Ok(Some(1))));
        assert!(matches!(lines.next(&mut fields), Err(Broken::Length { line: 2, found: 1, wanted: 2 })));
        assert!(matches!(lines.next(&mut fields), Err(Broken::Text(3))));
        assert!(matches!(lines.next(&mut fields), Ok(Some(4))));
    }
}
