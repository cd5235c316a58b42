//! What a policy's author calls stages, purposes and events: three kinds of names that do not stand for one another.

use std::borrow::Cow;

use super::text::Item;

macro_rules! names {
    ($($(#[$about:meta])* $kind:ident { $($(#[$says:meta])* $default:ident = $name:literal,)* })*) => {$(
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $kind(Cow<'static, str>);

        impl $kind {
            $($(#[$says])* pub const $default: Self = Self::new($name);)*

            /// A name of one's own, which may be a constant. [`build`](super::PolicyBuilder::build) checks it.
            pub const fn new(name: &'static str) -> Self {
                Self(Cow::Borrowed(name))
            }
        }

        impl From<&str> for $kind {
            fn from(name: &str) -> Self {
                name.to_owned().into()
            }
        }

        impl From<String> for $kind {
            fn from(name: String) -> Self {
                Self(name.into())
            }
        }

        impl From<$kind> for String {
            fn from(name: $kind) -> Self {
                name.0.into_owned()
            }
        }

        impl From<$kind> for Item {
            fn from(name: $kind) -> Self {
                String::from(name).into()
            }
        }
    )*};
}

names! {
    /// The name of a stage. Those of the default ladder are constants; own ones are best made constants, too, so that the
    /// compiler finds a slip:
    ///
    /// ```
    /// use tower_rapport::policy::typed::StageName;
    ///
    /// const REGULAR: StageName = StageName::new("regular");
    /// ```
    StageName {
        /// `new`, the lowest.
        NEW = "new",
        /// `acquainted`
        ACQUAINTED = "acquainted",
        /// `familiar`
        FAMILIAR = "familiar",
        /// `trusted`, the highest.
        TRUSTED = "trusted",
    }

    /// The name of a purpose. Those of the default policy are constants.
    PurposeName {
        /// `record`, without which nothing is stored about a customer.
        RECORD = "record",
        /// `personalization`
        PERSONALIZATION = "personalization",
        /// `cross_context`
        CROSS_CONTEXT = "cross_context",
        /// `special_category`
        SPECIAL_CATEGORY = "special_category",
    }

    /// The name of an event. Those of the default policy are constants.
    EventName {
        /// `visit`, which is built in.
        VISIT = "visit",
        /// `purchase`
        PURCHASE = "purchase",
        /// `complaint`
        COMPLAINT = "complaint",
    }
}
