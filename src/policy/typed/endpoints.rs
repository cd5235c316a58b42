//! `[[endpoints]]`, without its items.

use std::time::Duration;

use http::Method;

use super::{
    Items, Secret, Treatment,
    names::StageName,
    text::{Item, Table},
};
use crate::{
    policy::{Mode, Nested, Unreadable},
    shaping::class::DataClass,
};

tables! {
    /// Answers that are shaped.
    ///
    /// ```
    /// use tower_rapport::{
    ///     policy::typed::{Endpoint, Field, Hide, StageName, Treatment},
    ///     shaping::class::DataClass,
    /// };
    ///
    /// let first_name = Field::new("$.customer.first_name", DataClass::Provided)
    ///     .steps([(StageName::NEW, Treatment::null()), (StageName::FAMILIAR, Treatment::keep())]);
    /// let greeting = Endpoint::new("greeting")
    ///     .path(["/greeting"])
    ///     .hide_in_request([Hide::header("authorization"), Hide::query("user_id")])
    ///     .fields([first_name]);
    /// ```
    Endpoint;
    /// What one answer may take up.
    #[derive(Default)]
    Limits;
    /// The answer for somebody unknown.
    #[derive(Default)]
    Generic;
    /// One place in the answer, and how it is shown from which stage on.
    Field;
}

#[cfg(feature = "html")]
tables! {
    /// A place in an HTML answer.
    Html;
}

/// Something of a request that the wrapped service is not told when nothing personal may be chosen.
///
/// ```
/// use tower_rapport::policy::typed::{Endpoint, Hide};
///
/// let search = Endpoint::new("search").hide_in_request([Hide::query("user_id"), Hide::json("$.customer")]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hide(String);

/// How a shaped answer is encoded.
///
/// ```
/// use tower_rapport::policy::typed::{Encode, Endpoint};
///
/// let search = Endpoint::new("search").encode(Encode::AsReceived);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Encode {
    /// Not at all.
    Identity,
    /// As it came.
    AsReceived,
}

impl Endpoint {
    /// An endpoint of this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self(Table::default().with("name", name.into()))
    }

    /// The path patterns, as in axum 0.8.
    pub fn path(self, patterns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self(self.0.with("path", Item::texts(patterns)))
    }

    /// The mode of this endpoint alone.
    pub fn mode(self, mode: Mode) -> Self {
        Self(self.0.with("mode", super::word(mode)))
    }

    /// Those whose answers are shaped. Default: all.
    pub fn methods(self, methods: impl IntoIterator<Item = Method>) -> Self {
        Self(self.0.with("methods", Item::list(methods.into_iter().map(|method| method.to_string()))))
    }

    /// What takes the place of an answer that cannot be shaped. Default: the generic answer.
    pub fn unreadable(self, unreadable: Unreadable) -> Self {
        let word = match unreadable {
            Unreadable::Generic => "generic",
            Unreadable::Empty => "empty",
            Unreadable::Refuse => "refuse",
        };
        Self(self.0.with("unreadable", word))
    }

    /// The empty answer, as JSON. Default: made from the path of the items, else `{}`.
    pub fn empty(self, json: impl Into<String>) -> Self {
        Self(self.0.with("empty", json.into()))
    }

    /// What one answer may take up.
    pub fn limits(self, limits: Limits) -> Self {
        Self(self.0.with("limits", limits))
    }

    /// Below the highest stage nothing leaves but this and what a field rule keeps.
    pub fn only(self, paths: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self(self.0.with("only", Item::texts(paths)))
    }

    /// Whether what came compressed is compressed again. Default: not at all.
    pub fn encode(self, encode: Encode) -> Self {
        let word = match encode {
            Encode::Identity => "identity",
            Encode::AsReceived => "as-received",
        };
        Self(self.0.with("encode", word))
    }

    /// What the wrapped service is not told when nothing personal may be chosen (`request.hide`). Default: the headers
    /// `authorization` and `cookie`.
    pub fn hide_in_request(self, hide: impl IntoIterator<Item = Hide>) -> Self {
        let hide = Item::texts(hide.into_iter().map(|hide| hide.0));
        Self(self.0.with("request", Table::default().with("hide", hide)))
    }

    /// The headers that an answer loses while its plan hides anything (`response.hide`).
    pub fn hide_in_response(self, headers: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let hide = Item::texts(headers.into_iter().map(|header| format!("header:{}", header.as_ref())));
        Self(self.0.with("response", Table::default().with("hide", hide)))
    }

    /// The answer for somebody unknown, asked without what [`hide_in_request`](Self::hide_in_request) names.
    pub fn generic(self, generic: Generic) -> Self {
        Self(self.0.with("generic", generic))
    }

    /// The recommended items.
    pub fn items(self, items: Items) -> Self {
        Self(self.0.with("items", items))
    }

    /// What may be said aloud.
    pub fn fields(self, fields: impl IntoIterator<Item = Field>) -> Self {
        Self(self.0.with("fields", Item::list(fields)))
    }

    /// Paths of values that are documents themselves, shaped and put back.
    pub fn nested(self, nested: impl IntoIterator<Item = (impl Into<String>, Nested)>) -> Self {
        let nested = nested.into_iter().map(|(path, kind)| {
            let kind = match kind {
                Nested::Json => "json",
                Nested::Html => "html",
            };
            Table::default().with("path", path.into()).with("kind", kind)
        });
        Self(self.0.with("nested", Item::list(nested)))
    }

    /// HTML answers: CSS selectors instead of paths.
    #[cfg(feature = "html")]
    pub fn html(self, html: impl IntoIterator<Item = Html>) -> Self {
        Self(self.0.with("html", Item::list(html)))
    }

    /// The path under which the answer carries its own explanation (`explain.into`).
    pub fn explain(self, into: impl Into<String>) -> Self {
        Self(self.0.with("explain", Table::default().with("into", into.into())))
    }

    /// The same, and each item carries its own under the same name (`explain.per_item`).
    pub fn explain_each_item(self, into: impl Into<String>) -> Self {
        Self(self.0.with("explain", Table::default().with("into", into.into()).with("per_item", true)))
    }
}

impl Hide {
    /// A header.
    pub fn header(name: impl AsRef<str>) -> Self {
        Self(format!("header:{}", name.as_ref()))
    }

    /// A cookie.
    pub fn cookie(name: impl AsRef<str>) -> Self {
        Self(format!("cookie:{}", name.as_ref()))
    }

    /// A query parameter.
    pub fn query(name: impl AsRef<str>) -> Self {
        Self(format!("query:{}", name.as_ref()))
    }

    /// A value in a JSON body.
    pub fn json(path: impl AsRef<str>) -> Self {
        Self(format!("json:{}", path.as_ref()))
    }
}

impl Limits {
    /// The bytes of one item. Default: 1 MiB.
    pub fn item(self, bytes: usize) -> Self {
        Self(self.0.with("item", Item::bytes(bytes)))
    }

    /// How deep values may be nested. Default: 128.
    pub fn depth(self, depth: u64) -> Self {
        Self(self.0.with("depth", depth))
    }

    /// The bytes of an answer that are held back before the first one leaves. Default: 64 KiB.
    pub fn hold(self, bytes: usize) -> Self {
        Self(self.0.with("hold", Item::bytes(bytes)))
    }

    /// The bytes of a request body from which something is hidden. Default: 1 MiB.
    pub fn request(self, bytes: usize) -> Self {
        Self(self.0.with("request", Item::bytes(bytes)))
    }

    /// The bytes of a generic answer that is kept. Default: 8 MiB.
    pub fn generic(self, bytes: usize) -> Self {
        Self(self.0.with("generic", Item::bytes(bytes)))
    }
}

impl Generic {
    /// How long it is shared among all who ask the same. Default: 60 seconds.
    pub fn keep_for(self, time: Duration) -> Self {
        Self(self.0.with("keep_for", time))
    }

    /// Headers for services that answer nobody without a token.
    pub fn send(self, headers: impl IntoIterator<Item = (impl Into<String>, Secret)>) -> Self {
        Self(self.0.with("send", Item::entries(headers)))
    }
}

impl Field {
    /// A JSONPath (RFC 9535) without filters and negative indexes, and the class of data that stands there.
    pub fn new(path: impl Into<String>, data: DataClass) -> Self {
        Self(Table::default().with("path", path.into()).with("data", data.name()))
    }

    /// The treatment from each stage on. Default: kept from the class's `from` on.
    pub fn steps<S: Into<StageName>>(self, steps: impl IntoIterator<Item = (S, Treatment)>) -> Self {
        Self(self.0.with("steps", self::steps(steps)))
    }
}

#[cfg(feature = "html")]
impl Html {
    /// The elements of a CSS selector, and the class of data that stands there.
    pub fn select(selector: impl Into<String>, data: DataClass) -> Self {
        Self(Table::default().with("select", selector.into()).with("data", data.name()))
    }

    /// The script elements of a CSS selector, whose JSON is shaped by the fields.
    pub fn script(selector: impl Into<String>) -> Self {
        Self(Table::default().with("script", selector.into()))
    }

    /// The treatment from each stage on.
    pub fn steps<S: Into<StageName>>(self, steps: impl IntoIterator<Item = (S, Treatment)>) -> Self {
        Self(self.0.with("steps", self::steps(steps)))
    }
}

fn steps<S: Into<StageName>>(steps: impl IntoIterator<Item = (S, Treatment)>) -> Item {
    Item::entries(steps.into_iter().map(|(stage, treatment)| (stage.into(), treatment)))
}
