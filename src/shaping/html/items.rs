//! Which elements are items, and where each says what it is.

use super::place::{Place, SelectorError};
use crate::shaping::treatment::Attributes;

/// Which elements are items, and where one says what it is.
///
/// ```
/// use std::sync::Arc;
/// use tower_rapport::{consent::PurposeSet, relationship::Stage};
/// use tower_rapport::shaping::{
///     class::{Classes, DataClass, Opening},
///     html::{HtmlItems, HtmlPlan, HtmlShaper, Place, Sign},
///     items::{ItemData, Items},
///     json::{JsonPlan, Limits},
///     path::Path,
/// };
///
/// let cards = HtmlItems::new(Place::parse(".card")?).with_id(Sign::parse("@data-id")?);
/// let plan = Arc::new(HtmlPlan::new([], [], Arc::new(JsonPlan::new([], None))).with_items(cards));
/// // As of items in JSON; here half of the places may be personal, and nothing but the stage is asked for.
/// let items = Items::new(Path::parse("$[*]")?, ItemData::All(DataClass::Observed), vec![500]).with_id(Path::parse("$.id")?);
/// let choice = Arc::new(items).choice(Stage::LOWEST, PurposeSet::EMPTY, &Classes::new([Opening::default(); 5]));
///
/// let generic = b"<i class=card data-id=8>Best</i><i class=card data-id=9>New</i>";
/// let filling = plan.filling(&choice, Limits::default(), generic).map(Arc::new);
/// let mut shaper = HtmlShaper::choosing(plan, Limits::default(), true, Arc::new(choice), filling);
/// let mut out = Vec::new();
/// shaper.write(b"<i class=card data-id=1>For</i><i class=card data-id=2>you</i>", &mut out)?;
/// shaper.end(&mut out)?;
/// assert_eq!(out, b"<i class=card data-id=8>Best</i><i class=card data-id=1>For</i>");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct HtmlItems {
    pub(super) select: Place,
    /// Id, class of data and topic, by the names that they have in the list.
    pub(super) signs: Vec<(&'static str, Sign)>,
}

/// Where an item says something of itself.
///
/// See the example of [`HtmlItems`].
#[derive(Clone, Debug)]
pub enum Sign {
    /// In an attribute of its own.
    Attribute(String),
    /// As the text of an element in it. There must be one only.
    Element(Place),
}

impl HtmlItems {
    /// The elements that a selector names. An item within an item is part of it.
    pub fn new(select: Place) -> Self {
        Self { select, signs: Vec::new() }
    }

    /// Where an item has its id.
    #[must_use]
    pub fn with_id(self, sign: Sign) -> Self {
        self.with("id", sign)
    }

    /// Where an item says which class of data chose it.
    #[must_use]
    pub fn with_data(self, sign: Sign) -> Self {
        self.with("data", sign)
    }

    /// Where an item says what it is about.
    #[must_use]
    pub fn with_topic(self, sign: Sign) -> Self {
        self.with("topic", sign)
    }

    fn with(mut self, name: &'static str, sign: Sign) -> Self {
        self.signs.push((name, sign));
        self
    }

    /// The selectors of items and of what they say: each sign with its number, and items with the next one.
    pub(super) fn numbered(&self) -> impl Iterator<Item = (usize, &Place)> {
        let signs = self.signs.iter().enumerate().filter_map(|(at, (_, sign))| match sign {
            Sign::Element(place) => Some((at, place)),
            Sign::Attribute(_) => None,
        });
        signs.chain([(self.signs.len(), &self.select)])
    }
}

impl Sign {
    /// Reads `@` and the name of an attribute, or a selector.
    ///
    /// # Errors
    ///
    /// What is no name of an attribute, no selector, or cannot be matched in one pass.
    pub fn parse(sign: &str) -> Result<Self, SelectorError> {
        match sign.strip_prefix('@') {
            Some(attribute) if !Attributes::can_be(attribute) => Err(SelectorError::OF_AN_ATTRIBUTE),
            Some(attribute) => Ok(Self::Attribute(attribute.to_ascii_lowercase())),
            None => Place::parse(sign).map(Self::Element),
        }
    }
}
