//! The shaper of a page: what must hold before anything of it is read.

use std::sync::Arc;

use super::{
    charset::{PRESCAN, Said, said},
    chooser::Chooser,
    plan::HtmlPlan,
    rewriter::Rewriter,
};
use crate::shaping::{
    Doubt, DoubtKind,
    items::{Choice, Filling, Withheld},
    json::Limits,
};

/// Takes one page through a plan.
///
/// See the example of [`HtmlPlan`].
#[derive(Debug)]
pub struct HtmlShaper {
    /// Where items are chosen: it reads first. `None` once it ended.
    chooser: Option<Chooser>,
    /// `None` once it ended.
    rewriter: Option<Rewriter>,
    /// The beginning of a page that has not said its charset yet.
    beginning: Option<Vec<u8>>,
    /// The beginning of a character.
    character: Vec<u8>,
    met: (Vec<u64>, Vec<Option<u64>>),
    withheld: Withheld,
    /// Bytes of the page that were read.
    read: u64,
    failed: Option<Doubt>,
}

impl HtmlShaper {
    /// A shaper for one page. With `is_utf8` its head says that it is.
    pub fn new(plan: Arc<HtmlPlan>, limits: Limits, is_utf8: bool) -> Self {
        Self {
            chooser: None,
            rewriter: Some(Rewriter::new(plan, limits)),
            beginning: (!is_utf8).then(Vec::new),
            character: Vec::new(),
            met: Default::default(),
            withheld: Withheld::default(),
            read: 0,
            failed: None,
        }
    }

    /// The same, choosing items.
    pub fn choosing(
        plan: Arc<HtmlPlan>,
        limits: Limits,
        is_utf8: bool,
        choice: Arc<Choice>,
        filling: Option<Arc<Filling>>,
    ) -> Self {
        let items = plan.items.clone();
        let chooser = items.map(|items| Chooser::new(items, limits, choice, filling));
        Self { chooser, ..Self::new(plan, limits, is_utf8) }
    }

    /// Takes the next piece of the page and appends to `out` what can leave.
    ///
    /// # Errors
    ///
    /// What makes the page unreadable.
    pub fn write(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<(), Doubt> {
        self.is_known(|this| {
            let text = this.text(input);
            let Some(beginning) = &mut this.beginning else {
                this.feed(input.get(..text.unwrap_or_else(|sound| sound)).unwrap_or_default(), out)?;
                return text.map(drop).map_err(|_| DoubtKind::Utf8);
            };
            beginning.extend_from_slice(input);
            text.map_err(|_| DoubtKind::Utf8)?;
            match said(beginning.get(..PRESCAN).unwrap_or(beginning)) {
                Said::Utf8 => {
                    let beginning = this.beginning.take().unwrap_or_default();
                    this.feed(&beginning, out)
                }
                Said::Nothing if beginning.len() < PRESCAN => Ok(()),
                Said::Nothing | Said::Another => Err(DoubtKind::Charset),
            }
        })
    }

    /// Ends the page.
    ///
    /// # Errors
    ///
    /// The page was cut short, or has not said what it is.
    pub fn end(&mut self, out: &mut Vec<u8>) -> Result<(), Doubt> {
        self.is_known(|this| {
            if this.beginning.is_some() {
                return Err(DoubtKind::Charset);
            }
            if !this.character.is_empty() {
                return Err(DoubtKind::CutShort);
            }
            let mut rest = Vec::new();
            if let Some(chooser) = this.chooser.take() {
                this.withheld = chooser.end(&mut rest)?;
            }
            let Some(mut rewriter) = this.rewriter.take() else { return Ok(()) };
            rewriter.write(&rest, out)?;
            this.met = rewriter.met();
            rewriter.end(out)
        })
    }

    /// How many elements each rule met, once the page has ended.
    pub fn met(&self) -> &[u64] {
        &self.met.0
    }

    /// What the field rules met in scripts, once the page has ended; nothing where there was none.
    pub(crate) fn matched(&self) -> impl Iterator<Item = Option<u64>> {
        self.met.1.iter().copied()
    }

    /// How many items were not shown, once the page has ended.
    pub fn withheld(&self) -> Withheld {
        self.withheld
    }

    /// Once in doubt, always.
    fn is_known(&mut self, step: impl FnOnce(&mut Self) -> Result<(), DoubtKind>) -> Result<(), Doubt> {
        if let Some(doubt) = self.failed {
            return Err(doubt);
        }
        step(self).map_err(|kind| {
            let doubt = Doubt::new(kind, self.read);
            self.failed = Some(doubt);
            // It may not be asked again.
            (self.chooser, self.rewriter) = (None, None);
            doubt
        })
    }

    fn feed(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), DoubtKind> {
        for piece in bytes.chunks(PIECE) {
            let mut chosen = Vec::new();
            let doubt = match &mut self.chooser {
                Some(chooser) => chooser.write(piece, &mut chosen).err(),
                None => None,
            };
            if let Some(rewriter) = &mut self.rewriter {
                let ready = if self.chooser.is_some() { &chosen } else { piece };
                ready.chunks(PIECE).try_for_each(|ready| rewriter.write(ready, out))?;
            }
            doubt.map_or(Ok(()), Err)?;
            self.read += piece.len() as u64;
        }
        Ok(())
    }

    /// How much of a piece is text; as an error, how much before something that is none.
    fn text(&mut self, input: &[u8]) -> Result<usize, usize> {
        let mut rest = input;
        while !self.character.is_empty() {
            let Some((byte, after)) = rest.split_first() else { return Ok(input.len()) };
            self.character.push(*byte);
            rest = after;
            match std::str::from_utf8(&self.character) {
                Ok(_) => self.character.clear(),
                Err(error) if error.error_len().is_none() => {}
                Err(_) => return Err(0),
            }
        }
        match std::str::from_utf8(rest) {
            Ok(_) => Ok(input.len()),
            Err(error) => {
                let sound = input.len() - rest.len() + error.valid_up_to();
                if error.error_len().is_some() {
                    return Err(sound);
                }
                self.character = input.get(sound..).unwrap_or_default().to_vec();
                Ok(input.len())
            }
        }
    }
}

/// How much is read at once: what the parser keeps of an incomplete tag grows by this.
const PIECE: usize = 8 * 1024;
