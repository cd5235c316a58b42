use proptest::prelude::*;

use super::*;
use crate::consent::{bits::counted, mutations};

fn read(text: &str) -> GppString {
    GppString::read(text.as_bytes())
}

/// What is said beside the TC string: doubtful, opted out, signal repeated, child.
fn told(text: &str) -> (bool, bool, bool, bool) {
    let GppString { is_doubtful, opted_out, gpc, child, .. } = read(text);
    (is_doubtful, opted_out, gpc, child)
}

const NOTHING: (bool, bool, bool, bool) = (false, false, false, false);
/// Where an opt-out may stand that cannot be read.
const DOUBT: (bool, bool, bool, bool) = (true, true, false, false);

#[test]
fn published_strings_are_read_as_their_authors_read_them() {
    // All sections with their defaults, and some alone.
    let all = "DBACOdM~CPSG_8APSG_8AAAAAAENAACAAAAAAAAAAAAAAAAAAAAA.QAAA.IAAA~BPSG_8APSG_8AAAAAAENAACAAAAAAAAAAAAAAAAAAA.YAAAAAAAAAA~1---~BAAAAAAAAABA.QA~BAAAAABA.QA~BAAAABA~BAAAAEA.QA~BAAAAAQA~BAAAAAEA.QA~BAAAAABA~BAAAAABA.QA~BAAAAAABAA.QA~BAAAAAQA.QA~BAAAAAABAA.QA~BAAAAAQA.QA~BAAAAAQA.QA~BAAAAABA.QA~BAAAAAAAQA.QA~BAAAAAQA.QA";
    assert_eq!(told(all), NOTHING);
    for (text, policy_version, has_publisher) in [
        (all, 2, false),
        ("DBABMA~CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA", 2, false),
        ("DBABM~CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA", 2, false),
        ("DBACNYA~CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA~1YNN", 2, false),
        ("DBACNY~CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA~1YNN", 2, false),
        ("DBABMA~CPSG_8APSG_8ANwAAAENAwCAAAAAAAAAAAAAAAAAAAAA.QAAA.IAAA", 2, false),
        ("DBABMA~CPSG_8APSG_8AAAAAAENAACgAAAAAAAAAAAAAAAAAAAA.YAAAAAAAAAAA", 2, true),
    ] {
        assert_eq!(told(text), NOTHING, "{text}");
        let tcf = read(text).tcf.unwrap().unwrap();
        assert_eq!((tcf.policy_version, tcf.publisher.is_some()), (policy_version, has_publisher), "{text}");
    }
    for text in ["DBAA", "DBABTA~1YNN", "DBABjw~CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA~1YNN"] {
        assert_eq!((told(text), read(text).tcf), (NOTHING, None), "{text}");
    }
    for text in ["invalid gpp string", "z", "~", "DBA", "DBAB"] {
        assert_eq!((told(text), read(text).tcf), (DOUBT, None), "{text}");
    }
    assert_eq!((told(""), read("").tcf), ((true, false, false, false), None), "it says nothing");
    // A TC string that is announced and missing is no opt-out.
    assert_eq!(told("DBABMA"), (true, false, false, false));
}

#[test]
fn published_sections_are_read_as_their_authors_read_them() {
    for (header, section, expected) in [
        (header(&[7]), "BAAAAAAAAQA.QA", NOTHING),
        (header(&[7]), "BAAAAAAAAQA", NOTHING),
        (header(&[7]), "BVVVkkkklWA.YA", (false, true, true, true)),
        (header(&[7]), "BbbbGxsbFbA", (false, true, false, true)),
        (header(&[8]), "BAAAAABA.QA", NOTHING),
        (header(&[8]), "BAAAAABA", NOTHING),
        (header(&[8]), "BVWSSSVY.YA", (false, true, true, true)),
        (header(&[8]), "BbYbGwXY.YA", (false, true, true, true)),
        (header(&[8]), "z", DOUBT),
        (header(&[6]), "1YNN", NOTHING),
        (header(&[6]), "1---", NOTHING),
        (header(&[6]), "1YYN", (false, true, false, false)),
        (header(&[6]), "2YNN", DOUBT),
        (header(&[6]), "1YN", DOUBT),
        (header(&[6]), "1YXN", DOUBT),
        (header(&[17]), "BAAAAAABAA.QA", NOTHING),
        (header(&[17]), "BVWSSSSVYA.YA", (false, true, true, true)),
        (header(&[24]), "BQAA.QA", NOTHING),
        (header(&[24]), "BVVU.YA", (false, true, true, false)),
        (header(&[26]), "BQAA.AAA", NOTHING),
        (header(&[26]), "BVVV.kkk", (false, true, false, true)),
        // With a header of their own.
        (header(&[26]), "aBAA.AQAA", NOTHING),
        (header(&[26]), "aBABYA.BVVV.kkk", (false, true, false, true)),
        (header(&[27]), "bBAA.AQAA", NOTHING),
        (header(&[27]), "bBABYA.BVVV.kkk", (false, true, false, true)),
    ] {
        assert_eq!(told(&format!("{header}~{section}")), expected, "{section}");
    }
}

/// Bits as the tables of the specification order them, filled up to a character.
#[derive(Default)]
struct Writer(Vec<bool>);

impl Writer {
    fn number(&mut self, number: u64, width: usize) -> &mut Self {
        self.0.extend((0..width).rev().map(|at| number >> at & 1 == 1));
        self
    }

    fn fields(&mut self, fields: &[u64]) -> &mut Self {
        fields.iter().fold(self, |writer, field| writer.number(*field, 2))
    }

    fn fibonacci(&mut self, mut number: u64) -> &mut Self {
        let mut numbers = vec![1_u64, 2];
        while numbers[numbers.len() - 1] <= number {
            numbers.push(numbers[numbers.len() - 1] + numbers[numbers.len() - 2]);
        }
        let mut bits = Vec::new();
        for fibonacci in numbers.into_iter().rev() {
            let is_in = fibonacci <= number;
            number -= if is_in { fibonacci } else { 0 };
            if is_in || !bits.is_empty() {
                bits.push(is_in);
            }
        }
        self.0.extend(bits.iter().rev());
        self.0.push(true);
        self
    }

    fn written(&self) -> String {
        let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let digit =
            |bits: &[bool]| bits.iter().enumerate().fold(0, |all, (at, bit)| all | usize::from(*bit) << (5 - at));
        self.0.chunks(6).map(|bits| char::from(digits[digit(bits)])).collect()
    }
}

/// A header of these ascending sections, each told by itself.
fn header(sections: &[u64]) -> String {
    let mut writer = Writer::default();
    writer.number(3, 6).number(1, 6).number(sections.len() as u64, 12);
    let mut last = 0;
    for section in sections {
        writer.number(0, 1).fibonacci(section - last);
        last = *section;
    }
    writer.written()
}

/// One that tells neighbours as groups, wherever there are any.
fn grouped(sections: &[u64]) -> String {
    let mut groups: Vec<(u64, u64)> = Vec::new();
    for section in sections {
        match groups.last_mut() {
            Some((_, last)) if *last + 1 == *section => *last = *section,
            _ => groups.push((*section, *section)),
        }
    }
    let mut writer = Writer::default();
    writer.number(3, 6).number(1, 6).number(groups.len() as u64, 12);
    let mut before = 0;
    for (first, last) in groups {
        writer.number((first < last).into(), 1).fibonacci(first - before);
        if first < last {
            writer.fibonacci(last - first);
        }
        before = last;
    }
    writer.written()
}

fn us_national_of(version: u64, opt_outs: [u64; 3], children: &[u64]) -> String {
    let sensitive = if children.len() == 2 { 12 } else { 16 };
    let mut writer = Writer::default();
    writer.number(version, 6).fields(&[1; 6]).fields(&opt_outs).fields(&vec![2; sensitive]).fields(children);
    writer.fields(&[1, 1, 2, 1]).written()
}

fn california_of(opt_outs: [u64; 2], children: [u64; 2]) -> String {
    let mut writer = Writer::default();
    writer.number(1, 6).fields(&[1; 3]).fields(&opt_outs).fields(&[1; 9]).fields(&children);
    writer.fields(&[1, 1, 2, 1]).written()
}

#[test]
fn an_opt_out_of_anything_is_one_and_a_child_is_one_whoever_consented() {
    for (opt_outs, out) in [
        ([0, 0, 0], false),
        ([2, 2, 2], false),
        ([1, 2, 2], true),
        ([2, 1, 2], true),
        ([2, 2, 1], true),
        ([0, 0, 3], true),
    ] {
        for (version, children) in [(1, vec![0; 2]), (1, vec![0; 3]), (2, vec![0; 3])] {
            let text = format!("{}~{}", header(&[7]), us_national_of(version, opt_outs, &children));
            assert_eq!(told(&text), (false, out, false, false), "version {version}, {opt_outs:?}");
        }
    }
    for (version, ages) in [(1, 2), (1, 3), (2, 3)] {
        for age in 0..ages {
            for consent in 1..4 {
                let mut children = vec![0; ages];
                children[age] = consent;
                let text = format!("{}~{}", header(&[7]), us_national_of(version, [2; 3], &children));
                assert_eq!(told(&text), (false, false, false, true), "version {version}, {children:?}");
            }
        }
    }
    for (opt_outs, children, out, child) in [
        ([2, 2], [0, 0], false, false),
        ([1, 2], [0, 0], true, false),
        ([0, 1], [0, 0], true, false),
        ([2, 2], [2, 0], false, true),
        ([2, 2], [0, 1], false, true),
    ] {
        let text = format!("{}~{}", header(&[8]), california_of(opt_outs, children));
        assert_eq!(told(&text), (false, out, false, child), "{opt_outs:?} {children:?}");
    }
}

/// The fields of two bits of each state's section: before the opt-outs, opt-outs, sensitive data, children, after them.
const STATES: [(u64, [usize; 5]); 16] = [
    (8, [3, 2, 9, 2, 4]),
    (9, [3, 2, 8, 1, 3]),
    (10, [3, 2, 7, 1, 3]),
    (11, [4, 2, 8, 1, 3]),
    (12, [3, 2, 8, 3, 3]),
    (13, [3, 2, 8, 3, 4]),
    (14, [3, 2, 8, 3, 4]),
    (15, [3, 2, 11, 3, 4]),
    (16, [3, 2, 8, 1, 4]),
    (17, [3, 2, 9, 5, 4]),
    (18, [4, 2, 8, 1, 3]),
    (19, [3, 2, 8, 1, 4]),
    (20, [3, 2, 8, 3, 4]),
    (21, [3, 2, 10, 5, 4]),
    (22, [3, 2, 8, 1, 4]),
    (23, [3, 2, 8, 1, 4]),
];

fn state_of(version: u64, fields: [usize; 5], opt_outs: &[u64], children: &[u64]) -> String {
    let [before, _, sensitive, _, after] = fields;
    let mut writer = Writer::default();
    writer.number(version, 6).fields(&vec![1; before]).fields(opt_outs).fields(&vec![1; sensitive]);
    writer.fields(children).fields(&vec![1; after]).written()
}

#[test]
fn every_state_has_its_opt_outs_and_children_where_its_specification_has_them() {
    for (id, fields) in STATES {
        let [_, opt_outs, _, children, _] = fields;
        let (header, none) = (header(&[id]), vec![0; children]);
        let says =
            |opt_outs: &[u64], children: &[u64]| told(&format!("{header}~{}", state_of(1, fields, opt_outs, children)));
        assert_eq!(says(&vec![2; opt_outs], &none), NOTHING, "{id}");
        for at in 0..opt_outs {
            let mut out = vec![2; opt_outs];
            out[at] = 1;
            assert_eq!(says(&out, &none), (false, true, false, false), "{id}: {at}");
        }
        for at in 0..children {
            let mut child = none.clone();
            child[at] = 2;
            assert_eq!(says(&vec![2; opt_outs], &child), (false, false, false, true), "{id}: {at}");
        }
        let newer = format!("{header}~{}", state_of(2, fields, &vec![2; opt_outs], &none));
        assert_eq!(told(&newer), DOUBT, "{id}: a version that is not known");
    }
}

#[test]
fn what_may_hide_an_opt_out_is_one() {
    let fine = us_national_of(1, [2; 3], &[0, 0]);
    for text in [
        // A section that nobody knows yet, and one that is named and missing.
        format!("{}~{fine}~BAAA", header(&[7, 28])),
        format!("{}~{fine}~BAAA", header(&[7, 4000])),
        format!("{}~{fine}", header(&[7, 9])),
        format!("{}~{fine}", header(&[7, 4000])),
        // One that is not named, and a header that breaks off or is of another type.
        format!("{}~{fine}~{fine}", header(&[7])),
        format!("{}~{fine}", &header(&[7, 9])[..5]),
        format!("{}~{fine}", header(&[7]).replacen('B', "C", 1)),
        format!("{}~bCAA.BQAA", header(&[27])),
        "CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA".into(),
        "z".repeat(5000),
    ] {
        let GppString { is_doubtful, opted_out, child, gpc, .. } = read(&text);
        assert_eq!((is_doubtful, opted_out, gpc, child), DOUBT, "{text}");
    }
    // What says nothing of opt-outs may be broken, or missing.
    assert_eq!(told(&format!("{}~x~{fine}", header(&[5, 7]))), NOTHING);
    for id in 1..=5 {
        assert_eq!(told(&header(&[id])), (true, false, false, false), "{id}");
    }
}

#[test]
fn of_a_doubtful_string_what_can_be_read_takes_away() {
    let header = header(&[7, 8]);
    let out = us_national_of(1, [1, 2, 2], &[0, 0]);
    let fine = california_of([2, 2], [0, 0]);
    for (text, expected) in [
        (format!("{header}~{out}~{fine}"), (false, true, false, false)),
        (format!("{header}~{out}~"), (true, true, false, false)),
        (format!("{header}~{out}~!!!"), (true, true, false, false)),
        (format!("{header}~{out}"), (true, true, false, false)),
        (format!("{header}~{out}~{fine}~{fine}"), (true, true, false, false)),
        // Cut after the opt-outs, and within them.
        (format!("{header}~{}~{fine}", &out[..4]), (true, true, false, false)),
        (format!("{header}~{}~{fine}", &out[..3]), DOUBT),
        // What cannot be read, after the opt-outs, and within them.
        (format!("{header}~{}!{}~{fine}", &out[..4], &out[5..]), (true, true, false, false)),
        (format!("{header}~{}!{}~{fine}", &out[..3], &out[4..]), DOUBT),
        (format!("{}!~{out}~{fine}", header), (true, true, false, false)),
        // More than there may be.
        (format!("{header}~{out}B~{fine}"), (true, true, false, false)),
        (format!("{header}~{out}.YA~{fine}"), (false, true, true, false)),
        (format!("{header}~{out}.QA.YA~{fine}"), (false, true, true, false)),
        (format!("{header}~{out}.oA~{fine}"), (true, true, false, false)),
        (format!("{header}~{out}.Y!~{fine}"), (true, true, true, false)),
        (format!("{header}~{out}.YB~{fine}"), (true, true, true, false)),
        (format!("{header}~{out}.~{fine}"), (true, true, false, false)),
        // A version that is not known has its fields elsewhere.
        (format!("{header}~{}~{fine}", us_national_of(3, [1; 3], &[1; 3])), DOUBT),
        (format!("{header}~{}~{fine}", "z".repeat(4096)), DOUBT),
        // A header that is broken off names nothing but what came before.
        (format!("{}~{out}", &header[..5]), (true, true, false, false)),
        (format!("{}~{out}", header.replacen('D', "E", 1)), DOUBT),
    ] {
        assert_eq!(told(&text), expected, "{text}");
    }
}

#[test]
fn a_header_names_sections_one_by_one_or_in_groups() {
    let of = |id: u64, opt_out: u64| match id {
        1..=5 => "1YNN".to_owned(),
        6 => format!("1Y{}N", if opt_out == 1 { 'Y' } else { 'N' }),
        7 => us_national_of(1, [opt_out, 2, 2], &[0, 0]),
        id => {
            let (_, fields) = STATES.into_iter().find(|(state, _)| *state == id).unwrap();
            state_of(1, fields, &[2, opt_out], &vec![0; fields[3]])
        }
    };
    for sections in [&[7][..], &[6, 7], &[2, 7], &[5, 6, 7, 8, 9], &[1, 3, 7, 20], &[6, 8, 10, 12, 13, 14, 22]] {
        for header in [header(sections), grouped(sections)] {
            for out in sections.iter().copied().filter(|id| *id > 5).chain([0]) {
                let bodies: Vec<_> = sections.iter().map(|id| of(*id, if *id == out { 1 } else { 2 })).collect();
                let text = format!("{header}~{}", bodies.join("~"));
                assert_eq!(read(&text).opted_out, out != 0, "{out} of {sections:?}: {text}");
            }
        }
    }
    let out = us_national_of(1, [1, 2, 2], &[0, 0]);
    // Groups too large to be true.
    let mut writer = Writer::default();
    writer.number(3, 6).number(1, 6).number(2, 12).number(1, 1).fibonacci(1).fibonacci(u64::MAX / 4).number(1, 1);
    writer.fibonacci(1).fibonacci(u64::MAX / 4);
    assert!(read(&format!("{}~{out}", writer.written())).is_doubtful);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_number_in_fibonacci_coding_comes_back(numbers in prop::collection::vec(1_u64..1 << 50, 1..6)) {
        let mut writer = Writer::default();
        for number in &numbers {
            writer.fibonacci(*number);
        }
        let text = writer.written();
        let mut bits = Bits::new(text.as_bytes());
        for number in numbers {
            prop_assert_eq!(fibonacci(&mut bits), Some(number));
        }
        prop_assert!(bits.is_over());
    }
}

/// As for TC strings. A header is read bit by bit.
#[test]
fn a_mutated_string_costs_time_in_its_length_and_never_panics() {
    let bodies = [us_national_of(1, [1, 2, 2], &[0, 0]), california_of([2, 2], [2, 0])];
    let seeds: Vec<Vec<u8>> = [
        format!("{}~{}.YA~{}.QA", header(&[7, 8]), bodies[0], bodies[1]),
        format!("{}~CPSG_8APSG_8AAAAAAENAACgAAAAAAAAAAAAAAAAAAAA.YAAAAAAAAAAA~{}", header(&[2, 7]), bodies[0]),
        "DBACOdM~CPSG_8APSG_8AAAAAAENAACAAAAAAAAAAAAAAAAAAAAA.QAAA.IAAA~BPSG_8APSG_8AAAAAAENAACAAAAAAAAAAAAAAAAAAA.YAAAAAAAAAA~1---~BAAAAAAAAABA.QA~BAAAAABA.QA~BAAAABA~BAAAAEA.QA".into(),
        header(&(1..100).collect::<Vec<_>>()),
        "~".repeat(100),
    ]
    .map(String::into_bytes)
    .into();
    let (mut fine, mut out) = (0_u64, 0_u64);
    let count = mutations::each(&seeds, |text| {
        let (string, steps) = counted::steps(|| GppString::read(text));
        assert!(steps <= STEPS_A_CHARACTER * text.len() + 16, "{steps} steps for {} characters", text.len());
        fine += u64::from(!string.is_doubtful);
        out += u64::from(string.opted_out);
    });
    assert!(fine > count / 100 && fine < count, "{fine} of {count} are in order: the mutations do nothing");
    println!("{count} mutated strings, {fine} of them in order, {out} of them opting out");
}

#[test]
fn the_dearest_strings_cost_no_more_than_others_of_their_length() {
    let distances = |count: u64| header(&(1..count).map(|section| 2 * section).collect::<Vec<_>>());
    for count in [10, 100, 1_000, 4_000] {
        for text in [
            distances(count),
            "~".repeat(count as usize),
            format!("{}~{}", header(&[7]), "_.".repeat(count as usize / 2)),
        ] {
            let text = &text.as_bytes()[..text.len().min(4_096)];
            let (_, steps) = counted::steps(|| GppString::read(text));
            assert!(steps <= STEPS_A_CHARACTER * text.len() + 16, "{steps} steps for {} characters", text.len());
        }
    }
}

const STEPS_A_CHARACTER: usize = 8;
