//! Lines into a file, by a thread of its own: no request waits for the disk. What the thread cannot keep up with is dropped and
//! counted.
//!
//! The file is put aside, with the time in its name, when it has grown to `rotate` or has lines of an eighth of `keep`, and deleted
//! when its last line is old: no line is kept for longer than `keep`.

mod open;

use std::{
    ffi::OsString,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread,
    time::{Duration, Instant, SystemTime},
};

use jiff::Timestamp;

use self::open::Open;
use super::{Seldom, unlogged};

/// A file that lines are sent to. Dropping it waits until all that was sent is written.
#[derive(Debug)]
pub(crate) struct LogFile {
    lines: Option<SyncSender<String>>,
    writer: Option<thread::JoinHandle<()>>,
    told: Arc<Seldom>,
}

impl LogFile {
    pub(super) fn open(path: PathBuf, keep: Duration, rotate: u64, told: Arc<Seldom>) -> Self {
        if let Err(error) = looked_for(&path) {
            let (file, remedy) = (path.display(), "make its folder, and let this process write there");
            tracing::warn!(%file, %error, remedy, "decisions cannot be logged in this file");
        }
        let (lines, queue) = sync_channel(QUEUE);
        let writer = Writer { path, keep, rotate, open: None, looked: None, stuck: None, told: Arc::clone(&told) };
        let thread = thread::Builder::new().name("rapport-decisions".into()).spawn(move || writer.run(&queue));
        // Without a thread every line is dropped, and counted.
        Self { lines: Some(lines), writer: thread.ok(), told }
    }

    pub(super) fn write(&self, line: String) {
        if let Some(Err(error)) = self.lines.as_ref().map(|lines| lines.try_send(line)) {
            unlogged(&self.told, &error, 1);
        }
    }
}

impl Drop for LogFile {
    fn drop(&mut self) {
        self.lines = None;
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

struct Writer {
    path: PathBuf,
    keep: Duration,
    rotate: u64,
    open: Option<Open>,
    /// When old files were last looked for.
    looked: Option<Instant>,
    /// When it could not be put aside last.
    stuck: Option<Instant>,
    told: Arc<Seldom>,
}

impl Writer {
    fn run(mut self, queue: &Receiver<String>) {
        // What an earlier process left may be old by now, also if nothing is added to it.
        if fs::metadata(&self.path).is_ok_and(|about| about.len() > 0)
            && let Err(error) = self.opened().map(drop)
        {
            self.failed(&error, 0);
        }
        let looks_every = (self.keep / 8).clamp(Duration::from_millis(10), LOOKS_EVERY);
        loop {
            match queue.recv_timeout(looks_every) {
                Ok(line) => {
                    self.write(&line);
                    queue.try_iter().take(TOGETHER).for_each(|line| self.write(&line));
                    self.flush();
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.put_aside_if_full();
            if self.looked.is_none_or(|looked| looked.elapsed() >= looks_every) {
                self.looked = Some(Instant::now());
                self.delete_old();
            }
        }
    }

    fn write(&mut self, line: &str) {
        let written = self.opened().and_then(|open| {
            open.file.write_all(line.as_bytes())?;
            open.file.write_all(b"\n")?;
            open.bytes += line.len() as u64 + 1;
            open.unflushed += 1;
            Ok(())
        });
        if let Err(error) = written {
            self.failed(&error, 1);
        }
        self.put_aside_if_full();
    }

    fn flush(&mut self) {
        match self.open.as_mut().map(|open| open.file.flush()) {
            Some(Err(error)) => self.failed(&error, 0),
            _ => self.open.iter_mut().for_each(|open| open.unflushed = 0),
        }
    }

    /// So many lines are lost, and those that had not reached the system.
    fn failed(&mut self, error: &io::Error, lines: u64) {
        let unflushed = self.open.take().map_or(0, |open| open.unflushed);
        unlogged(&self.told, error, lines + unflushed);
    }

    fn opened(&mut self) -> io::Result<&mut Open> {
        let open = match self.open.take() {
            Some(open) => open,
            None => Open::append(&self.path)?,
        };
        Ok(self.open.insert(open))
    }

    /// A file whose first line is from the future is old, too: nobody knows how old.
    fn is_full(&self) -> bool {
        let is_old = |begun: SystemTime| begun.elapsed().map_or(true, |age| age >= self.keep / 8);
        self.open.as_ref().is_some_and(|open| open.bytes >= self.rotate || is_old(open.begun))
    }

    fn put_aside_if_full(&mut self) {
        if !self.is_full() || self.stuck.is_some_and(|since| since.elapsed() < LOOKS_EVERY) {
            return;
        }
        self.flush();
        let mut aside = OsString::from(&self.path);
        aside.push(format!(".{}", Timestamp::now().strftime("%Y%m%dT%H%M%S%.6fZ")));
        match fs::rename(&self.path, aside) {
            Ok(()) => (self.open, self.stuck) = (None, None),
            Err(error) => {
                self.stuck = Some(Instant::now());
                tracing::warn!(%error, "the decision log cannot be put aside; it grows on, and this is tried again");
            }
        }
    }

    /// Deletes files that were put aside and whose last line is so old that the first may be older than `keep`.
    fn delete_old(&self) {
        let (Some(folder), Some(name)) = (self.path.parent(), self.path.file_name()) else { return };
        let mut ours = name.to_os_string();
        ours.push(".");
        let files = fs::read_dir(if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
        for file in files.into_iter().flatten().flatten() {
            let is_ours =
                file.file_name().as_encoded_bytes().strip_prefix(ours.as_encoded_bytes()).is_some_and(is_a_time);
            let written = file.metadata().and_then(|about| about.modified());
            let is_old = written.is_ok_and(|at| at.elapsed().is_ok_and(|age| age >= self.keep - self.keep / 8));
            if is_ours
                && is_old
                && let Err(error) = fs::remove_file(file.path())
            {
                tracing::warn!(%error, "an old decision log cannot be deleted");
            }
        }
    }
}

/// Whether a file can be there, before the first line is written.
fn looked_for(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::metadata(folder).map(drop)
}

/// Whether the end of a name is that of a file that was put aside, such as `20261129T053000.000000Z`: others may have names
/// that begin alike.
fn is_a_time(end: &[u8]) -> bool {
    let fits = |(byte, place): (&u8, &u8)| if *place == b'0' { byte.is_ascii_digit() } else { byte == place };
    let form = b"00000000T000000.000000Z";
    end.len() == form.len() && end.iter().zip(form).all(fits)
}

/// How many lines may wait.
const QUEUE: usize = 8_192;

/// How many are written before they are given to the system.
const TOGETHER: usize = 1_024;

/// How often files that are old are looked for.
const LOOKS_EVERY: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    fn line(at: &str, number: usize) -> String {
        format!(r#"{{"at":"{at}","number":{number}}}"#)
    }

    fn lines(folder: &Path) -> Vec<(String, usize)> {
        let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
        files.iter().map(|path| (name(path), fs::read_to_string(path).unwrap().lines().count())).collect()
    }

    #[test]
    fn every_line_is_there_when_it_is_dropped_and_files_are_put_aside_by_size() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("decisions.jsonl");
        let now = Timestamp::now().to_string();
        let log = LogFile::open(path.clone(), Duration::from_secs(86_400), 2_000, Arc::default());
        for number in 0..1_000 {
            log.write(line(&now, number));
        }
        drop(log);
        let files = lines(folder.path());
        assert!(files.len() > 10, "{files:?}");
        assert_eq!(files.iter().map(|(_, lines)| lines).sum::<usize>(), 1_000, "{files:?}");
        let about = fs::metadata(&path).or_else(|_| fs::metadata(folder.path().join(&files[0].0))).unwrap();
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&about.permissions()) & 0o077, 0);
        assert!(about.len() <= 2_100);
    }

    #[test]
    fn lines_that_are_old_are_put_aside_and_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("decisions.jsonl");
        fs::write(&path, line("2020-01-01T00:00:00Z", 1) + "\n").unwrap();
        fs::write(folder.path().join("decisions.jsonl.notes"), "another's, though it begins alike").unwrap();
        fs::write(folder.path().join("decisions.txt"), "another's").unwrap();
        let log = LogFile::open(path, Duration::from_millis(400), 1 << 20, Arc::default());
        log.write(line("2020-01-01T00:00:00Z", 2));
        thread::sleep(Duration::from_millis(1_200));
        drop(log);
        let others = ["decisions.jsonl.notes", "decisions.txt"].map(|name| (name.to_owned(), 1));
        assert_eq!(lines(folder.path()), others);
    }

    #[test]
    fn a_line_that_was_cut_off_spoils_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("decisions.jsonl");
        let now = Timestamp::now().to_string();
        fs::write(&path, format!("{}\n{{\"at\":\"20", line(&now, 1))).unwrap();
        let log = LogFile::open(path.clone(), Duration::from_secs(86_400), 1 << 20, Arc::default());
        log.write(line(&now, 2));
        drop(log);
        let text = fs::read_to_string(&path).unwrap();
        let whole: Vec<_> = text.lines().filter(|line| line.ends_with('}')).collect();
        assert_eq!(whole, [line(&now, 1), line(&now, 2)], "{text}");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_cannot_be_put_aside_grows_on() {
        let folder = tempfile::tempdir().unwrap();
        // A name that is as long as names may be has no room for a time behind it.
        let path = folder.path().join("d".repeat(250));
        let now = Timestamp::now().to_string();
        let log = LogFile::open(path.clone(), Duration::from_secs(86_400), 1_000, Arc::default());
        (0..500).for_each(|number| log.write(line(&now, number)));
        drop(log);
        assert_eq!(lines(folder.path()), [("d".repeat(250), 500)]);
    }

    #[test]
    fn what_cannot_be_written_is_dropped_and_the_log_goes_on_when_it_can() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("not there").join("decisions.jsonl");
        let log = LogFile::open(path.clone(), Duration::from_secs(86_400), 1 << 20, Arc::default());
        let now = Timestamp::now().to_string();
        log.write(line(&now, 1));
        thread::sleep(Duration::from_millis(100));
        fs::create_dir(path.parent().unwrap()).unwrap();
        log.write(line(&now, 2));
        drop(log);
        assert_eq!(fs::read_to_string(&path).unwrap(), line(&now, 2) + "\n");
    }
}
