//! The customer's own routes: to see how well one is known and why, to limit it, to pause it, to agree and to refuse, to take
//! along all that is kept, and to be forgotten.
//!
//! [`Portal`](crate::Portal) serves them, under `portal.path`; a [`RapportLayer`](crate::RapportLayer) does so by itself.
//!
//! | route | does |
//! |---|---|
//! | `GET /me` | says how well one is known, why, what holds it back, what the next stage needs, what is kept |
//! | `PUT /me/limit` `{"stage": "acquainted"}`, `DELETE /me/limit` | sets or takes away the customer's own cap |
//! | `PUT /me/pause` `{"until": "2027-01-31"}`, `DELETE /me/pause` | nothing personal through that UTC date, or before that instant |
//! | `PUT /me/purposes/{name}` `{"granted": true}` | agrees to a purpose, or refuses it |
//! | `GET /me/export` | all that is kept, as a consent receipt of ISO/IEC TS 27560 in JSON-LD |
//! | `DELETE /me` | forgets |
//! | `GET /policy` | how it all works, for everybody |
//! | `GET /.well-known/gpc.json`, at the site's root | that Global Privacy Control is honoured, where it is |
//!
//! One last `/` of a path below `portal.path` makes no difference.
//!
//! # Answers
//!
//! JSON or a page, as `Accept` prefers; whoever takes both alike gets JSON. Whatever is put or deleted is answered with what
//! `GET /me` says then, and `done`: what was done, in words. Words are in the language that `Accept-Language` prefers: see
//! `portal.texts`. What cannot be done is a problem detail (RFC 9457), which says what to do; `code` tells one problem from
//! another.
//!
//! # Words
//!
//! The pages speak English and German. Other languages and other wording stand in files of a folder that `portal.texts` names:
//! one for each language, named by its tag (RFC 5646) in small letters, `de.toml`, `fr.toml`, `de-at.toml`. A file has
//! whichever texts it wants to say; the others are taken from the same language as it comes with the crate, else from
//! English.
//!
//! ```toml
//! # texts/en.toml
//! [me]
//! title = "Your account of us"
//!
//! [stages.familiar]                 # names of the policy, as in [purposes.…], [endpoints], [because.events] and the like
//! name  = "good friends"
//! is    = "We are good friends."
//!
//! [because]
//! active_days = { one = "You came by once.", other = "You came by on {n} days." }
//! ```
//!
//! A text that counts has one form for one and another for other numbers, or a single form for both. Words in braces are
//! filled in, those that stand in the English text may. Whatever looks like HTML is shown as it is written. The crate's
//! `src/portal/words/en.toml` has every text. What is wrong in a file is an error of the policy that names it, with file, line
//! and remedy.
//!
//! # Forms
//!
//! The pages need no script. Their forms post to the same paths: the field `_method` says `put` or `delete`, the other field
//! is named as in JSON, and the answer leads back to the page (303).
//!
//! # Choices
//!
//! What lowers is in force on this node before its write is tried; what raises, once it is durable. An answer of success
//! says that the choice is durable. Where that is not known after five seconds, the answer is 503: what lowers is in force
//! here all the same, and is tried on (`"in_force": true, "durable": false`); what raises is given up. All routes may be
//! asked again: the second time changes nothing. Two choices at once never undo each other: of two that lower, the lower one
//! holds; one that raises is refused with 409 where another was made since it was read. A choice that lowers is as near as
//! one that raises, and nothing sent here raises a stage: only time and real acts do.
//!
//! A grant where somebody else refuses is kept and answered with what is in force, and who refuses. Refusing the purpose
//! without which nothing is stored takes the relationship away; so does being forgotten. Refusals, limit and pause stay.
//!
//! # Other sites
//!
//! Where a cookie says who asks, only a page of the same origin may change anything (`Sec-Fetch-Site`, else `Origin`, else
//! `Referer`); a form has to come from there whatever says who asks. Put the portal on the origin of the shop's pages. No
//! answer is stored by anybody, framed by anybody, or loaded by another site.

mod account;
mod choosing;
mod done;
mod explanation;
mod export;
mod me;
mod negotiation;
mod page;
mod problem;
mod reasons;
mod response;
mod route;
mod seen;
mod site;
mod statement;
mod terms;
mod wish;
mod words;
mod writing;

pub use self::{
    account::{Account, Answered},
    terms::Controller,
};
pub(crate) use self::{
    account::{account, receipt},
    choosing::{Choosing, stages},
    explanation::{explanation, item_explanation},
    page::Profile,
    problem::{LONGEST_BODY, Problem},
    response::{Manner, Reply, moved_to, options, style},
    route::Route,
    seen::Seen,
    site::{Site, site},
    terms::{GpcStatement, LogOfDecisions, PersonalChoice, Showcase, Terms, VisitorCookie},
    wish::Wish,
    words::{Languages, Named, OwnText},
    writing::{Done, PATIENCE, Whose, write},
};
