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
const DOUBT: (bool, bool, bool, bool) = (true, false, false, false);

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
    for text in ["invalid gpp string", "z", "", "~", "DBA", "DBAB"] {
        assert_eq!((told(text), read(text).tcf), (DOUBT, None), "{text}");
    }
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
    let out = us_national_of(1, [1, 2, 2], &[0, 0]);
    for sections in [&[7][..], &[6, 7], &[2, 7], &[5, 6, 7, 8, 9], &[1, 3, 7, 30], &[7, 4000]] {
        let place = sections.iter().position(|section| *section == 7).unwrap();
        let bodies: Vec<_> = (0..sections.len()).map(|at| if at == place { &*out } else { "1YNN" }).collect();
        for header in [header(sections), grouped(sections)] {
            let text = format!("{header}~{}", bodies.join("~"));
            assert!(read(&text).opted_out, "{sections:?}: {text}");
        }
    }
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
