//! The demo and a browser, as processes that end with the test, also when it fails.

#![allow(dead_code, reason = "each test takes what it needs")]
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

#[path = "../built/mod.rs"]
mod built;

use std::{
    env,
    io::{self, BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::LazyLock,
    thread::{sleep, spawn},
    time::Duration,
};

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;

/// A process that says in one line of its output where it listens.
pub(crate) struct Listening {
    child: Child,
    /// What stands in that line after the marker.
    pub(crate) at: String,
}

/// A browser that is driven, in a window of a size.
pub(crate) struct Browser {
    pub(crate) client: Client,
    process: Option<u64>,
    driver: Listening,
    _profile: tempfile::TempDir,
}

/// How a browser looks at a page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) dark: bool,
    pub(crate) language: &'static str,
}

/// Builds the demo, as `cargo run --example demo` does, and starts it on a free port.
pub(crate) fn demo() -> Listening {
    static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| built::example("demo"));
    listening(Command::new(&*PROGRAM).env("PORT", "0"), "http://").unwrap_or_else(|error| panic!("{error}"))
}

/// Starts a browser without a screen.
pub(crate) async fn browser(width: u32, height: u32) -> Browser {
    browser_of(Look { width, height, dark: false, language: "en" }).await
}

/// Starts a browser without a screen that looks like this. A driver or a browser that does not come up says nothing of the page,
/// so it is started anew, twice at most.
pub(crate) async fn browser_of(look: Look) -> Browser {
    installed("chromium", "chromium");
    installed("chromedriver", "chromium-driver");
    for _ in 0..2 {
        match opened(look).await {
            Ok(browser) => return browser,
            Err(error) => eprintln!("started anew: {error}"),
        }
    }
    opened(look).await.unwrap_or_else(|error| panic!("{error}"))
}

async fn opened(look: Look) -> Result<Browser, String> {
    let driver = listening(Command::new("chromedriver").arg("--port=0"), "successfully on port ")?;
    let profile = tempfile::tempdir().unwrap();
    let Look { width, height, dark, language } = look;
    let mut options = json!({
        "args": [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--force-prefers-reduced-motion", "--hide-scrollbars",
            format!("--window-size={width},{height}"),
            format!("--blink-settings=preferredColorScheme={}", if dark { 0 } else { 1 }),
            format!("--user-data-dir={}", profile.path().display()),
        ],
        "prefs": { "intl.accept_languages": language },
    });
    if width < NARROWEST_WINDOW {
        let device = json!({ "width": width, "height": height, "pixelRatio": 2, "touch": true });
        options["mobileEmulation"] = json!({ "deviceMetrics": device });
    }
    let capabilities = [("goog:chromeOptions".to_owned(), options)].into_iter().collect();
    let address = format!("http://127.0.0.1:{}", driver.at.trim_end_matches('.'));
    let session = ClientBuilder::new(HttpConnector::new()).capabilities(capabilities).connect(&address).await;
    let client = session.map_err(|error| format!("no session of a browser: {error}"))?;
    let process = client.capabilities().and_then(|capabilities| capabilities.get("goog:processID")?.as_u64());
    Ok(Browser { client, process, driver, _profile: profile })
}

/// Where the build keeps what tests leave behind.
pub(crate) fn pictures() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
}

impl Listening {
    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.end();
    }
}

impl Drop for Browser {
    // The browser is the driver's child and would outlive it. Its folder goes only when nobody writes there any more.
    fn drop(&mut self) {
        let Some(process) = self.process else { return };
        let signal = |signal: &str| {
            let sent = Command::new("kill").args([signal, &process.to_string()]).stderr(Stdio::null()).status();
            sent.is_ok_and(|status| status.success())
        };
        signal("-TERM");
        self.driver.end();
        for _ in 0..40 {
            if !signal("-0") {
                return;
            }
            sleep(Duration::from_millis(50));
        }
        signal("-KILL");
    }
}

/// What it said on both of its outputs, if it ends before it listens.
fn listening(command: &mut Command, marker: &str) -> Result<Listening, String> {
    let (output, said) = io::pipe().unwrap();
    let said_of_errors = said.try_clone().unwrap();
    let child = command.stdin(Stdio::null()).stdout(said).stderr(said_of_errors).spawn();
    // Else the command holds the writing ends, and the reading end never comes to its end.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let child = child.unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
    let mut process = Listening { child, at: String::new() };
    let mut lines = BufReader::new(output).lines().map_while(Result::ok);
    let mut heard = Vec::new();
    for line in &mut lines {
        if let Some((_, rest)) = line.split_once(marker) {
            rest.trim().clone_into(&mut process.at);
            // Somebody has to read on, or the process stops when the pipe is full.
            spawn(move || lines.for_each(drop));
            return Ok(process);
        }
        heard.push(line);
    }
    Err(format!("{command:?} ended before it listened, and said {heard:?}"))
}

fn installed(program: &str, package: &str) {
    let found = env::split_paths(&env::var_os("PATH").unwrap_or_default()).any(|folder| folder.join(program).is_file());
    assert!(
        found,
        "`{program}` is not installed, and this test drives a page in a real browser: \
         `apt-get install {package}` (`tests/run` does it)"
    );
}

/// Texts whose contrast with what is behind them is less than 4.5 to 1 (WCAG 2.2, 1.4.3), as a script. A canvas knows every way
/// to write a colour.
pub(crate) const HARD_TO_READ: &str = r"
    const canvas = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d', { willReadFrequently: true });
    const parts = (color) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = color;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const light = (color) => {
        const [r, g, b] = parts(color).map((part) => part / 255).map((part) => part <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4);
        return .2126 * r + .7152 * g + .0722 * b;
    };
    const behind = (element) => {
        for (let at = element; at; at = at.parentElement) {
            const color = getComputedStyle(at).backgroundColor;
            if (parts(color)[3] !== 0) return color;
        }
        return 'rgb(255, 255, 255)';
    };
    const wrong = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const element = texts.currentNode.parentElement;
        const text = texts.currentNode.textContent.trim();
        if (!text || element.closest('.skip, .hidden, noscript, option') || !element.checkVisibility()) continue;
        const style = getComputedStyle(element);
        const [a, b] = [light(element.closest('svg') ? style.fill : style.color), light(behind(element))].sort((a, b) => b - a);
        const ratio = (a + .05) / (b + .05);
        if (ratio < 4.5) wrong.push(`${ratio.toFixed(2)}: ${text}`);
    }
    return wrong;";

/// A headless window is never narrower; a telephone can be.
const NARROWEST_WINDOW: u32 = 500;
