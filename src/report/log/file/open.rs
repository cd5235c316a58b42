//! The file of the moment: where its lines end, and when the first was written.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write},
    path::Path,
    time::SystemTime,
};

use jiff::Timestamp;
use serde::Deserialize;

/// The file of the moment.
pub(super) struct Open {
    pub(super) file: BufWriter<File>,
    pub(super) bytes: u64,
    pub(super) begun: SystemTime,
    /// How many lines the system does not have yet.
    pub(super) unflushed: u64,
}

impl Open {
    /// Opens the file where its lines end, or makes it, for the eyes of its owner only.
    pub(super) fn append(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path)?;
        let bytes = file.metadata()?.len();
        let begun = if bytes == 0 { SystemTime::now() } else { begun(path)? };
        let mut file = BufWriter::new(file);
        if bytes > 0 && !ends_with_a_line(path)? {
            // Its process ended in the midst of a line, which the next one must not be part of.
            file.write_all(b"\n")?;
        }
        Ok(Self { file, bytes, begun, unflushed: 0 })
    }
}

fn ends_with_a_line(path: &Path) -> io::Result<bool> {
    let (mut file, mut last) = (File::open(path)?, [0]);
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

/// When the first line of a file was written; long ago where it does not say.
fn begun(path: &Path) -> io::Result<SystemTime> {
    #[derive(Deserialize)]
    struct First {
        at: Timestamp,
    }
    let mut line = String::new();
    BufReader::new(File::open(path)?).read_line(&mut line)?;
    let first = serde_json::from_str::<First>(&line);
    Ok(first.map_or(SystemTime::UNIX_EPOCH, |first| first.at.into()))
}
