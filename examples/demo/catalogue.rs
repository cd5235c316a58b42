//! What the shop sells: twelve departments, each with eight kinds of things by three makers.

use std::collections::HashMap;

/// One thing in the shop.
#[derive(Clone, Debug)]
pub(crate) struct Product {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) department: &'static Department,
    /// In euros.
    pub(crate) price: f64,
    pub(crate) maker: usize,
}

/// A part of the shop.
#[derive(Debug)]
pub(crate) struct Department {
    pub(crate) name: &'static str,
    /// What the recommender concludes of somebody who buys here.
    pub(crate) conclusion: &'static str,
    /// Whether a recommendation from here can hurt somebody.
    pub(crate) sensitive: bool,
    makers: [&'static str; 3],
    kinds: [(&'static str, u16); 8],
}

/// All products, by place and by id.
pub(crate) struct Catalogue {
    products: Vec<Product>,
    places: HashMap<String, usize>,
}

impl Catalogue {
    pub(crate) fn open() -> Self {
        let products: Vec<_> = DEPARTMENTS.iter().flat_map(Department::products).collect();
        let places = products.iter().enumerate().map(|(place, product)| (product.id.clone(), place)).collect();
        Self { products, places }
    }

    pub(crate) fn len(&self) -> usize {
        self.products.len()
    }

    pub(crate) fn place(&self, id: &str) -> Option<usize> {
        self.places.get(id).copied()
    }

    pub(crate) fn at(&self, place: usize) -> Option<&Product> {
        self.products.get(place)
    }

    /// The places of a department's products.
    pub(crate) fn within<'a>(&'a self, department: &'a str) -> impl Iterator<Item = usize> + 'a {
        let all = self.products.iter().enumerate();
        all.filter(move |(_, product)| product.department.name == department).map(|(place, _)| place)
    }
}

impl Department {
    fn products(&'static self) -> impl Iterator<Item = Product> {
        self.kinds.iter().flat_map(move |(kind, euros)| {
            self.makers.iter().enumerate().map(move |(maker, name)| {
                let title = format!("{name} {kind}");
                let id = title.to_lowercase().replace(['\'', ','], "").replace(' ', "-");
                // Makers differ a little in price, as makers do.
                let price = f64::from(*euros) + [0.0, 4.5, -1.1].get(maker).copied().unwrap_or(0.0);
                Product { id, title, department: self, price, maker }
            })
        })
    }
}

/// Every department of the shop.
pub(crate) static DEPARTMENTS: [Department; 12] = [
    Department {
        name: "hiking",
        conclusion: "We think you spend your weekends on the trail",
        sensitive: false,
        makers: ["Ridgeline", "Fellside", "Three Peaks"],
        kinds: [
            ("hiking boots", 129),
            ("wool socks", 14),
            ("day pack", 79),
            ("trekking poles", 54),
            ("rain jacket", 149),
            ("map case", 19),
            ("gaiters", 34),
            ("sun hat", 24),
        ],
    },
    Department {
        name: "camping",
        conclusion: "We think you sleep outdoors when you can",
        sensitive: false,
        makers: ["Moorland", "Northwind", "Lantern Bay"],
        kinds: [
            ("two-person tent", 249),
            ("sleeping mat", 69),
            ("down sleeping bag", 199),
            ("gas stove", 44),
            ("enamel mug", 12),
            ("head torch", 39),
            ("water filter", 49),
            ("camp chair", 59),
        ],
    },
    Department {
        name: "cycling",
        conclusion: "We think you have no car and ride to work",
        sensitive: false,
        makers: ["Towpath", "Long Mile", "Switchback"],
        kinds: [
            ("pair of panniers", 89),
            ("rain cape", 64),
            ("brass bell", 18),
            ("front light", 46),
            ("multi-tool", 29),
            ("bottle cage", 15),
            ("wool jersey", 94),
            ("repair kit", 22),
        ],
    },
    Department {
        name: "garden",
        conclusion: "We think you have a garden that faces south",
        sensitive: false,
        makers: ["Old Orchard", "Hollyhock", "Greenstead"],
        kinds: [
            ("secateurs", 38),
            ("seed box", 27),
            ("watering can", 33),
            ("planting trowel", 17),
            ("kneeling mat", 21),
            ("herb pots", 29),
            ("compost bin", 84),
            ("bird feeder", 25),
        ],
    },
    Department {
        name: "kitchen",
        conclusion: "We think you cook for four most evenings",
        sensitive: false,
        makers: ["Hearthstone", "Copper Lane", "Saltmarsh"],
        kinds: [
            ("cast-iron pan", 74),
            ("chef's knife", 88),
            ("bread tin", 23),
            ("chopping board", 42),
            ("spice jars", 31),
            ("linen apron", 36),
            ("pepper mill", 39),
            ("stock pot", 96),
        ],
    },
    Department {
        name: "coffee",
        conclusion: "We think you work from home",
        sensitive: false,
        makers: ["Slow Morning", "Corner Roast", "Harbour"],
        kinds: [
            ("hand grinder", 98),
            ("pour-over kettle", 72),
            ("glass dripper", 26),
            ("filter papers", 7),
            ("stoneware cups", 34),
            ("milk jug", 19),
            ("cold brew jar", 28),
            ("storage tin", 16),
        ],
    },
    Department {
        name: "sleep",
        conclusion: "We think you sleep badly",
        sensitive: false,
        makers: ["Quiet Hours", "Featherdown", "Linen House"],
        kinds: [
            ("linen sheets", 139),
            ("wool blanket", 99),
            ("pair of pillows", 64),
            ("blackout curtain", 58),
            ("bedside lamp", 49),
            ("sunrise alarm clock", 89),
            ("hot-water bottle", 24),
            ("mattress topper", 189),
        ],
    },
    Department {
        name: "reading",
        conclusion: "We think you live alone and read at night",
        sensitive: false,
        makers: ["Window Seat", "Lamplight", "Paper Mill"],
        kinds: [
            ("reading lamp", 69),
            ("book stand", 32),
            ("set of notebooks", 18),
            ("fountain pen", 54),
            ("desk tray", 27),
            ("pair of bookends", 39),
            ("chair cushion", 44),
            ("letter paper", 15),
        ],
    },
    Department {
        name: "yoga",
        conclusion: "We think you have just changed your routine",
        sensitive: false,
        makers: ["Even Keel", "Sunday Stretch", "Steady"],
        kinds: [
            ("cork mat", 68),
            ("pair of blocks", 24),
            ("cotton strap", 13),
            ("bolster", 52),
            ("meditation cushion", 47),
            ("massage roller", 31),
            ("balance board", 74),
            ("mat bag", 28),
        ],
    },
    Department {
        name: "pets",
        conclusion: "We think you have a large dog",
        sensitive: false,
        makers: ["Good Dog", "Muddy Paws", "Hedgerow"],
        kinds: [
            ("rope lead", 22),
            ("dog bed", 79),
            ("travel bowl", 14),
            ("drying coat", 48),
            ("treat pouch", 17),
            ("cat tree", 119),
            ("brush", 16),
            ("car blanket", 43),
        ],
    },
    Department {
        name: "pregnancy",
        conclusion: "We think you are expecting a baby",
        sensitive: true,
        makers: ["First Spring", "Little Wren", "Acorn"],
        kinds: [
            ("pregnancy pillow", 59),
            ("maternity leggings", 34),
            ("newborn sleepsuits", 29),
            ("baby monitor", 119),
            ("set of bottles", 38),
            ("changing bag", 84),
            ("cot mobile", 32),
            ("baby carrier", 109),
        ],
    },
    Department {
        name: "health",
        conclusion: "We think your blood pressure is too high",
        sensitive: true,
        makers: ["Well Kept", "Clearwater", "Calm"],
        kinds: [
            ("blood pressure monitor", 54),
            ("pill organiser", 12),
            ("sleep tea", 9),
            ("heating pad", 37),
            ("light therapy lamp", 129),
            ("glucose meter case", 18),
            ("support stockings", 26),
            ("massage cushion", 64),
        ],
    },
];
