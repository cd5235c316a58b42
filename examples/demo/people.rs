//! The people of the demo: six with a past, and whoever comes new.

/// Somebody the shop deals with.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) first_name: String,
    /// One line for the page.
    pub(crate) about: &'static str,
    pub(crate) birthdate: Option<&'static str>,
    /// Longitude and latitude, in degrees.
    pub(crate) home: [f64; 2],
    pub(crate) profile: &'static Profile,
    pub(crate) past: Past,
    /// The purposes agreed to at the beginning.
    pub(crate) consent: Vec<String>,
}

/// What the shop has bought about somebody before they ever came.
#[derive(Debug)]
pub(crate) struct Profile {
    pub(crate) segments: &'static [&'static str],
    /// A department and what the seller of the data says about the person.
    pub(crate) claims: &'static [(&'static str, &'static str)],
    pub(crate) moment: Option<Occasion>,
}

/// Something that concerns nobody but the person.
#[derive(Debug)]
pub(crate) struct Occasion {
    pub(crate) department: &'static str,
    pub(crate) event: &'static str,
    pub(crate) line: &'static str,
}

/// What somebody did before the demo begins, in days before its first day.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Past {
    /// The first visit, the last one, and the days between two.
    pub(crate) visits: Option<(u32, u32, u32)>,
    pub(crate) bought: &'static [(u32, &'static str)],
    pub(crate) wished: &'static [(u32, &'static str)],
    /// The stage that the customer set as a limit, on their own page.
    pub(crate) limited: Option<(u32, &'static str)>,
}

impl Past {
    /// The days of visits, longest ago first.
    pub(crate) fn days(&self) -> Vec<u32> {
        let Some((first, last, every)) = self.visits else { return Vec::new() };
        let step = usize::try_from(every.max(1)).unwrap_or(1);
        (last..=first).rev().step_by(step).collect()
    }
}

impl Person {
    /// Somebody who has just signed up, and of whom the shop has bought what there was.
    pub(crate) fn newcomer(number: usize, first_name: &str) -> Self {
        let (home, profile) = if number.is_multiple_of(2) { (GRAZ, &PRESSURE) } else { (UTRECHT, &EXPECTING) };
        Self {
            id: format!("newcomer-{number}"),
            first_name: first_name.to_owned(),
            about: "signed up in this demo",
            birthdate: Some("1991-04-17"),
            home,
            profile,
            past: Past::default(),
            consent: words(&["record", "personalization", "cross_context", "special_category"]),
        }
    }
}

/// Those with a past.
pub(crate) fn prepared() -> Vec<Person> {
    vec![
        Person {
            id: "jonas".into(),
            first_name: "Jonas".into(),
            about: "first came 24 days ago",
            birthdate: Some("1987-11-02"),
            home: GRAZ,
            profile: &MOVED,
            past: Past {
                visits: Some((24, 3, 7)),
                bought: &[(15, "ridgeline-hiking-boots")],
                wished: &[(10, "moorland-two-person-tent")],
                limited: None,
            },
            consent: words(&["record", "personalization", "cross_context"]),
        },
        Person {
            id: "mira".into(),
            first_name: "Mira".into(),
            about: "five months, three orders",
            birthdate: Some("1994-06-23"),
            home: LYON,
            profile: &GARDEN,
            past: Past {
                visits: Some((158, 5, 9)),
                bought: &[
                    (131, "slow-morning-hand-grinder"),
                    (86, "old-orchard-secateurs"),
                    (14, "old-orchard-seed-box"),
                ],
                wished: &[(23, "slow-morning-pour-over-kettle")],
                limited: None,
            },
            consent: words(&["record", "personalization"]),
        },
        Person {
            id: "henrik".into(),
            first_name: "Henrik".into(),
            about: "two years, six orders",
            birthdate: Some("1961-02-09"),
            home: AARHUS,
            profile: &PRESSURE,
            past: Past {
                visits: Some((724, 4, 18)),
                bought: &[
                    (670, "fellside-rain-jacket"),
                    (508, "fellside-trekking-poles"),
                    (400, "window-seat-reading-lamp"),
                    (292, "fellside-wool-socks"),
                    (148, "hearthstone-cast-iron-pan"),
                    (22, "fellside-day-pack"),
                ],
                wished: &[(40, "fellside-map-case")],
                limited: None,
            },
            consent: words(&["record", "personalization", "cross_context", "special_category"]),
        },
        Person {
            id: "ines".into(),
            first_name: "Ines".into(),
            about: "two years, keeps her distance",
            birthdate: Some("1983-03-12"),
            home: GRAZ,
            profile: &GARDEN,
            past: Past {
                visits: Some((702, 6, 16)),
                bought: &[
                    (655, "slow-morning-hand-grinder"),
                    (540, "slow-morning-pour-over-kettle"),
                    (410, "hearthstone-cast-iron-pan"),
                    (301, "window-seat-reading-lamp"),
                    (96, "old-orchard-secateurs"),
                ],
                wished: &[(33, "old-orchard-seed-box")],
                limited: Some((212, "acquainted")),
            },
            consent: words(&["record", "personalization", "cross_context"]),
        },
        Person {
            id: "lena".into(),
            first_name: "Lena".into(),
            about: "not seen for four months",
            birthdate: Some("1979-09-30"),
            home: UTRECHT,
            profile: &EXPECTING,
            past: Past {
                visits: Some((620, 121, 14)),
                bought: &[
                    (578, "even-keel-cork-mat"),
                    (480, "even-keel-bolster"),
                    (368, "quiet-hours-linen-sheets"),
                    (242, "quiet-hours-bedside-lamp"),
                    (144, "even-keel-meditation-cushion"),
                ],
                wished: &[],
                limited: None,
            },
            consent: words(&["record", "personalization", "cross_context", "special_category"]),
        },
        Person {
            id: "tom".into(),
            first_name: "Tom".into(),
            about: "fifteen years old",
            birthdate: Some("2010-08-14"),
            home: LYON,
            profile: &MOVED,
            past: Past {
                visits: Some((120, 2, 8)),
                bought: &[(88, "towpath-front-light"), (40, "towpath-repair-kit")],
                wished: &[(26, "towpath-wool-jersey")],
                limited: None,
            },
            consent: words(&["record", "personalization", "cross_context"]),
        },
    ]
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

const UTRECHT: [f64; 2] = [5.1214, 52.0907];
const GRAZ: [f64; 2] = [15.4395, 47.0707];
const LYON: [f64; 2] = [4.8357, 45.764];
const AARHUS: [f64; 2] = [10.2039, 56.1629];

static EXPECTING: Profile = Profile {
    segments: &["Homeowner with a garden", "Income in the top fifth", "Moved house in March"],
    claims: &[
        ("garden", "A data seller lists you as a homeowner with a garden"),
        ("sleep", "A data seller says you moved house in March"),
        ("coffee", "A data seller says you earn more than most"),
    ],
    moment: Some(Occasion {
        department: "pregnancy",
        event: "expecting a baby in October",
        line: "Congratulations on the baby! This helps until October.",
    }),
};
static PRESSURE: Profile = Profile {
    segments: &["Drives an older car", "Reads a daily paper", "Lives alone"],
    claims: &[
        ("reading", "A data seller says you read a daily paper"),
        ("kitchen", "A data seller says you live alone"),
        ("pets", "A data seller lists you as a dog owner"),
    ],
    moment: Some(Occasion {
        department: "health",
        event: "treated for high blood pressure",
        line: "Good for people with high blood pressure like yours.",
    }),
};
static MOVED: Profile = Profile {
    segments: &["Lives in a shared flat", "Travels by train"],
    claims: &[
        ("cycling", "A data seller says you have no car"),
        ("coffee", "A data seller says you live in a shared flat"),
    ],
    moment: None,
};
static GARDEN: Profile = Profile {
    segments: &["Homeowner with a garden", "Subscribes to a cookery magazine"],
    claims: &[
        ("kitchen", "A data seller says you take a cookery magazine"),
        ("garden", "A data seller lists you as a homeowner with a garden"),
    ],
    moment: None,
};
