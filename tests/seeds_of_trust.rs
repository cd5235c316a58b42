//! The seeds of trust: stories of people and a shop that knows more than it should say.
//!
//! Each story is told twice through the layer: with the mechanism that spares the person, and with that one mechanism
//! taken out of the policy, where the harm is seen. So each test fails without its mechanism, and none is about
//! something that would not have happened.

mod house;

#[cfg(all(feature = "cli", feature = "embedded"))]
#[expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]
mod binary;

#[path = "seeds_of_trust/a_year_later.rs"]
mod a_year_later;
#[path = "seeds_of_trust/before_saying.rs"]
mod before_saying;
#[path = "seeds_of_trust/complaint.rs"]
mod complaint;
#[path = "seeds_of_trust/florist.rs"]
mod florist;
#[path = "seeds_of_trust/holiday.rs"]
mod holiday;
#[path = "seeds_of_trust/newcomer.rs"]
mod newcomer;
#[path = "seeds_of_trust/page.rs"]
mod page;
#[path = "seeds_of_trust/story.rs"]
mod story;
#[path = "seeds_of_trust/teenager.rs"]
mod teenager;
#[path = "seeds_of_trust/ten_years.rs"]
mod ten_years;
