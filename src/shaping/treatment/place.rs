//! Degrees on a grid.

use super::{
    TreatmentError, TreatmentErrorKind,
    number::{Decimal, Snap, Width},
};

/// Snaps degrees to a grid whose cells are about a distance wide.
///
/// A kilometre counts as 0.009° on both axes, as the metre was first defined (10,000 km from the equator to the pole),
/// so that every cell has a short decimal size and a cell of 2 km consists of whole cells of 1 km. Away from the equator
/// cells are narrower from west to east than the distance says.
///
/// A value becomes the corner of its cell that is nearest to 0, written without an exponent: with `1km`, `52.52001`
/// becomes `52.515`. So a latitude stays below 90 and the cells around 0 are of double width. What is beyond ±360 is no
/// number of degrees and is removed.
///
/// See the example of [`treatment`](super).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeoTo(Width);

impl GeoTo {
    /// A distance as a whole or decimal number of `m` or `km`: `500m`, `1km`, `2.5km`.
    ///
    /// # Errors
    /// Another text, or a distance that is not between 1 m and 5,000 km.
    pub fn parse(text: &str) -> Result<Self, TreatmentError> {
        let distance = text.strip_suffix("km").map(|number| (number, 3)).or(text.strip_suffix('m').map(|n| (n, 0)));
        let cell = distance.and_then(|(number, power)| {
            let number = number.trim_end_matches(' ');
            let metres = Decimal::parse(&format!("{number}e{power}"))?;
            let in_range = metres >= Decimal::from(1) && metres <= Decimal::from(5_000_000);
            in_range.then(|| Width::new(&metres)).flatten()?.scaled(9, -6)
        });
        cell.map(Self).ok_or_else(|| TreatmentError::new(TreatmentErrorKind::Distance, text))
    }

    /// The corner for one number of degrees, as JSON.
    pub(crate) fn coarsen(&self, degrees: &str) -> Option<String> {
        let degrees = Decimal::parse(degrees)?;
        let on_earth = degrees >= Decimal::from(-360) && degrees <= Decimal::from(360);
        on_earth.then(|| self.0.snap(&degrees, Snap::TowardsZero)).flatten()
    }

    /// The corner for an array of exactly two numbers, as JSON without white space.
    pub(crate) fn coarsen_pair(&self, array: &str) -> Option<String> {
        let inner = array.strip_prefix('[')?.strip_suffix(']')?;
        let (one, other) = inner.split_once(',')?;
        let coarsen = |number: &str| self.coarsen(number.trim_matches([' ', '\t', '\n', '\r']));
        Some(format!("[{},{}]", coarsen(one)?, coarsen(other)?))
    }

    pub(super) fn is_multiple_of(&self, finer: &Self) -> bool {
        self.0.is_multiple_of(&finer.0)
    }
}
