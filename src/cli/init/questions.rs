//! What is asked, and what is taken where nothing is said.

use std::{
    io::{self, BufRead, Write},
    path::{Path, PathBuf},
};

use clap::Args;

use crate::cli::Failure;

/// What can be said beforehand, so that it is not asked.
#[derive(Args, Debug)]
pub(crate) struct Said {
    /// An example answer of the service, as JSON: what looks personal in it is proposed
    #[arg(long, value_name = "FILE")]
    pub(super) from: Option<PathBuf>,
    /// The path of the answers, as in axum
    #[arg(long, value_name = "PATH")]
    path: Option<String>,
    /// Who issues the tokens (their `iss`)
    #[arg(long)]
    issuer: Option<String>,
    /// Whom the tokens are for (their `aud`)
    #[arg(long)]
    audience: Option<String>,
    /// The algorithm of the tokens' signatures
    #[arg(long, value_name = "ALG")]
    algorithm: Option<String>,
    /// Where the issuer's public key is, a PEM file; for algorithms other than HS256, HS384 and HS512
    #[arg(long, value_name = "FILE")]
    pub(super) public_key: Option<String>,
    /// Where relationships are kept: `file`, or `redis` for many nodes
    #[arg(long, value_name = "STORE", value_parser = ["file", "redis"])]
    store: Option<String>,
    /// Asks nothing: what is not said is taken as proposed
    #[arg(long)]
    yes: bool,
}

/// What the policy is to say.
#[derive(Clone, Debug)]
pub(super) struct Answers {
    pub(super) path: String,
    pub(super) issuer: String,
    pub(super) audience: String,
    pub(super) algorithm: String,
    pub(super) public_key: Option<String>,
    pub(super) redis: bool,
}

impl Said {
    /// Asks what was not said; an empty line takes what is proposed. The example comes first, so that nobody answers the rest
    /// in vain where it cannot be read.
    ///
    /// # Errors
    ///
    /// The terminal cannot be read or written, or nobody answers; or what `read` says of the example.
    pub(super) fn ask<T>(
        &self,
        input: &mut impl BufRead,
        output: &mut impl Write,
        read: impl FnOnce(&Path) -> Result<T, Failure>,
    ) -> Result<(Answers, Option<T>), Failure> {
        let mut asking = Asking { input, output, asks: !self.yes };
        let unasked = |cause| Failure::caused("the questions cannot be asked", cause);
        let from = self.from.as_ref().map(|file| file.display().to_string());
        let from = asking.ask(from.as_ref(), "A file with an example answer, as JSON", "").map_err(unasked)?;
        let example = (!from.is_empty()).then(|| read(Path::new(&from))).transpose()?;
        Ok((self.answers(&mut asking).map_err(unasked)?, example))
    }

    fn answers(&self, asking: &mut Asking<'_, impl BufRead, impl Write>) -> io::Result<Answers> {
        let path = asking.ask(self.path.as_ref(), "Path of the answers", "/recommendations")?;
        let issuer =
            asking.ask(self.issuer.as_ref(), "Who issues your tokens (their `iss`)", "https://id.shop.example")?;
        let audience = asking.ask(self.audience.as_ref(), "Whom they are for (their `aud`)", "shop")?;
        let proposed = if self.public_key.is_some() { "ES256" } else { "HS256" };
        let algorithm = asking.ask(self.algorithm.as_ref(), "How they are signed", proposed)?;
        let public_key = match algorithm.starts_with("HS") {
            true => None,
            false => Some(asking.ask(self.public_key.as_ref(), "The issuer's public key, a PEM file", "issuer.pem")?),
        };
        let kept = "Where relationships are kept: file, or redis for many nodes";
        let mut store = asking.ask(self.store.as_ref(), kept, "file")?;
        while !["file", "redis"].contains(&store.as_str()) {
            store = asking.ask(None, kept, "file")?;
        }
        Ok(Answers { path, issuer, audience, algorithm, public_key, redis: store == "redis" })
    }
}

struct Asking<'a, I, O> {
    input: &'a mut I,
    output: &'a mut O,
    asks: bool,
}

impl<I: BufRead, O: Write> Asking<'_, I, O> {
    fn ask(&mut self, said: Option<&String>, question: &str, proposed: &str) -> io::Result<String> {
        if let Some(said) = said {
            return Ok(said.clone());
        }
        if !self.asks {
            return Ok(proposed.to_owned());
        }
        let shown = if proposed.is_empty() { "none" } else { proposed };
        write!(self.output, "{question} [{shown}]: ")?;
        self.output.flush()?;
        let mut line = String::new();
        if self.input.read_line(&mut line)? == 0 {
            writeln!(self.output)?;
            // Nobody has agreed to what is proposed.
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, UNANSWERED));
        }
        let line = line.trim();
        Ok(if line.is_empty() { proposed } else { line }.to_owned())
    }
}

const UNANSWERED: &str =
    "the input ended before all were answered; say `--yes` to take what is proposed, or name the answers as options";
