//! The presets: policies for services that are known, and for kinds of trade. They are the files in `config/`.

/// A preset that policies go on from (`extends = "preset:NAME"`).
#[derive(Clone, Copy, Debug)]
pub(super) struct Preset {
    /// Behind `preset:`.
    pub(super) name: &'static str,
    /// A whole policy.
    pub(super) text: &'static str,
}

impl Preset {
    /// The preset of a name.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|preset| preset.name == name)
    }

    /// The names of all presets.
    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        ALL.iter().map(|preset| preset.name)
    }

    /// What of a preset is an example, and no policy's but its own: who signs tokens, where relationships are kept, how it is
    /// served.
    pub(super) const ITS_OWN: [&str; 3] = ["identity", "store", "serve"];
}

macro_rules! presets {
    ($($name:literal),* $(,)?) => {
        &[$(Preset { name: $name, text: include_str!(concat!("../../config/", $name, ".toml")) }),*]
    };
}

const ALL: &[Preset] = presets![
    "algolia_recommend",
    "aws_personalize",
    "frequent",
    "google_retail",
    "gorse",
    "metarank",
    "rare",
    "recombee",
    "retail",
    "shop_page",
    "shopify",
];
