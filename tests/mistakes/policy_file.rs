//! The policy file: what it is called, how it is saved, what is written in it.

use std::fs;

use insta::assert_snapshot;
use tower_rapport::policy::Policy;

use super::{
    Desk,
    house::{House, POLICY, SUBJECT, anna},
};

#[test]
fn it_is_not_there() {
    assert_snapshot!(Desk::new().says("check raport.toml"), @r"
raport.toml: 1 error
error: raport.toml: cannot be read (No such file or directory (os error 2)); name a policy that is there, or let `rapport init` write one

[1]
");
    let serving = Desk::new().says("serve --config raport.toml --upstream http://127.0.0.1:1 --listen 127.0.0.1:0");
    assert_snapshot!(serving, @r"
error: `raport.toml` is no policy that can be used
error: raport.toml: cannot be read (No such file or directory (os error 2)); name a policy that is there, or let `rapport init` write one
[1]
");
}

#[test]
fn a_path_is_misspelt_and_hides_nothing() {
    let desk = Desk::changed("$.first_name", "$.user.display_name");
    desk.put(
        "answer.json",
        r#"{"user": {"displayName": "Anna"}, "items": [{"reason": "You bought boots", "score": 0.9}]}"#,
    );
    assert_snapshot!(desk.says("check rapport.toml --answer answer.json"), @r#"
rapport.toml: ok, policy 0b040715f2b9ebfc, no warnings

Rules of `recommendations` that meet nothing in answer.json, so that they hide nothing there
  `$.user.display_name`; did you mean `$.user.displayName`?
  Mend the path; or, if the service says this only now and then, look at an answer in which it does.

What a stranger gets of it
  {"user":{"displayName":"Anna"},"items":[{}]}

What a stranger gets as it came, because no field rule names it: is nothing of it personal?
  $.user.displayName
[1]
"#);
}

#[test]
fn the_answer_that_it_is_tried_on_is_not_there_or_no_json() {
    let desk = Desk::new();
    desk.put("page.html", "<p>Hello, Anna</p>");
    assert_snapshot!(desk.says("check rapport.toml --answer anser.json"), @r"
rapport.toml: ok, policy 1a8b539d499629f0, no warnings
error: the answer `anser.json` cannot be read; name with `--answer` a file with one answer of the service: No such file or directory (os error 2)
[1]
");
    desk.put("answer.txt", "Hello, Anna");
    assert_snapshot!(desk.says("check rapport.toml --answer answer.txt"), @r"
rapport.toml: ok, policy 1a8b539d499629f0, no warnings
error: the answer `answer.txt` is no JSON; save one answer of the service as it comes: expected value at line 1 column 1
[1]
");
    assert_snapshot!(desk.says("check rapport.toml --answer page.html"), @r"
rapport.toml: ok, policy 1a8b539d499629f0, no warnings
error: the answer `page.html` is a page, and only JSON can be looked at here; see what `rapport serve` leaves of it
[1]
");
}

#[test]
fn it_is_not_said_which_endpoint_answers_so() {
    let desk = Desk::with("[[endpoints]]\nname = \"home\"\npath = \"/home\"\n");
    desk.put("answer.json", "{}");
    assert_snapshot!(desk.says("check rapport.toml --answer answer.json"), @r"
rapport.toml: ok, policy 6d241a94e9671426, no warnings
error: the policy has several endpoints; say with `--endpoint` which one answers so: `recommendations`, `home`
[1]
");
}

#[test]
fn it_is_a_folder() {
    assert_snapshot!(Desk::new().says("check ."), @r"
.: 1 error
error: .: cannot be read (Is a directory (os error 21)); this is a folder; name a file

[1]
");
}

#[cfg(unix)]
#[test]
fn nobody_may_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    fs::set_permissions(desk.file("rapport.toml"), fs::Permissions::from_mode(0o000)).unwrap();
    // Who may do everything may read this too.
    if fs::read(desk.file("rapport.toml")).is_err() {
        assert_snapshot!(desk.says("check rapport.toml"), @r"
rapport.toml: 1 error
error: rapport.toml: cannot be read (Permission denied (os error 13)); let the user of this process read it

[1]
");
    }
}

#[test]
fn it_is_saved_in_latin_1() {
    let desk = Desk::with("# Für unsere Kunden\n");
    let text = fs::read_to_string(desk.file("rapport.toml")).unwrap();
    desk.put("rapport.toml", text.chars().map(|letter| letter as u8).collect::<Vec<_>>());
    assert_snapshot!(desk.says("check rapport.toml"), @r"
rapport.toml: 1 error
error: rapport.toml: line 36 is not UTF-8; save the file as UTF-8

[1]
");
}

#[test]
fn it_is_saved_in_utf_16() {
    let desk = Desk::new();
    let text = fs::read_to_string(desk.file("rapport.toml")).unwrap();
    let bytes: Vec<u8> = "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    desk.put("rapport.toml", bytes);
    assert_snapshot!(desk.says("check rapport.toml"), @r"
rapport.toml: 1 error
error: rapport.toml: line 1 is not UTF-8; save the file as UTF-8

[1]
");
}

#[test]
fn a_byte_order_mark_tabs_and_line_ends_of_windows_are_no_mistake() {
    let desk = Desk::new();
    let text = fs::read_to_string(desk.file("rapport.toml")).unwrap();
    desk.put("rapport.toml", format!("\u{feff}{}", text.replace(" = ", "\t=\t").replace('\n', "\r\n")));
    let said = desk.says("check rapport.toml");
    assert!(said.starts_with("rapport.toml: ok, policy ") && said.ends_with(", no warnings\n[0]"), "{said}");
}

#[test]
fn its_quotes_are_typographic() {
    assert_snapshot!(Desk::changed("\"shop\"", "“shop”").says("check rapport.toml"), @r#"
rapport.toml: 1 error
error: not TOML: string values must be quoted, expected literal string; these are typographic quotes; TOML takes `"`
 --> rapport.toml:4:12
  |
4 | audience = “shop”
  |            ^^^^^^

[1]
"#);
}

#[test]
fn a_key_is_misspelt() {
    assert_snapshot!(Desk::changed("audience", "audiance").says("check rapport.toml"), @r#"
rapport.toml: 1 error
error: `audiance`: no such key here; did you mean `audience`?
 --> rapport.toml:4:1
  |
4 | audiance = "shop"
  | ^^^^^^^^ identity.audiance

[1]
"#);
}

#[test]
fn a_key_stands_twice() {
    let desk = Desk::changed("audience = \"shop\"", "audience = \"shop\"\naudience = \"app\"");
    assert_snapshot!(desk.says("check rapport.toml"), @r#"
rapport.toml: 1 error
error: this key stands in line 4 already; leave one of the two
 --> rapport.toml:5:1
  |
5 | audience = "app"
  | ^^^^^^^^

[1]
"#);
}

#[test]
fn a_table_stands_twice() {
    assert_snapshot!(Desk::with("\n[store]\nmemory = {}\ndecide_within = \"1s\"\n").says("check rapport.toml"), @r"
rapport.toml: 1 error
error: this table stands in line 14 already; write all of it in one
  --> rapport.toml:37:2
   |
37 | [store]
   |  ^^^^^

[1]
");
}

#[test]
fn a_table_stands_twice_in_the_second_of_two_endpoints() {
    let items = "[endpoints.items]\npath = \"$.items[*]\"\n";
    let endpoint = |name: &str| format!("\n[[endpoints]]\nname = \"{name}\"\npath = \"/{name}\"\n{items}");
    let desk = Desk::with(&format!("{}{}{items}", endpoint("a"), endpoint("b")));
    let said = desk.says("check rapport.toml");
    let text = fs::read_to_string(desk.file("rapport.toml")).unwrap();
    let lines: Vec<_> = (1..).zip(text.lines()).filter(|(_, line)| *line == "[endpoints.items]").collect();
    let (first, _) = lines[lines.len() - 2];
    assert!(said.contains(&format!("this table stands in line {first} already; write all of it in one")), "{said}");
}

#[test]
fn a_line_of_a_text_is_not_taken_for_a_table() {
    let text = "\"\"\"\n[report]\n\"\"\"";
    let desk = Desk::with(&format!("\n[portal]\ntexts = {text}\n[report]\nheader = true\n[report]\n"));
    let said = desk.says("check rapport.toml");
    assert!(
        said.contains("error: this table is there already, by what stands above; write all of it in one"),
        "{said}"
    );
}

#[test]
fn a_list_of_tables_has_one_bracket() {
    assert_snapshot!(Desk::changed("[[endpoints]]", "[endpoints]").says("check rapport.toml"), @r"
rapport.toml: 1 error
error: `[endpoints]` is a table; write `[[endpoints]]`, for there may be several
  --> rapport.toml:18:1
   |
18 | [endpoints]
   | ^^^^^^^^^^^ endpoints

[1]
");
    assert_snapshot!(Desk::changed("[[identity.keys]]", "[identity.keys]").says("check rapport.toml"), @r"
rapport.toml: 1 error
error: `[identity.keys]` is a table; write `[[identity.keys]]`, for there may be several
  --> rapport.toml:10:1
   |
10 | [identity.keys]
   | ^^^^^^^^^^^^^^^ identity.keys

[1]
");
}

#[test]
fn a_stage_is_unknown() {
    assert_snapshot!(Desk::changed("familiar = \"keep\"", "known = \"keep\"").says("check rapport.toml"), @r#"
rapport.toml: 1 error
error: `known`: no such stage; there are `new`, `acquainted`, `familiar` and `trusted`
  --> rapport.toml:25:25
   |
25 | steps = { new = "null", known = "keep" }
   |                         ^^^^^ endpoints[0].fields[0].steps.known

[1]
"#);
    assert_snapshot!(Desk::with("[caps]\nminor = { under = 18, stage = \"aquainted\" }\n").says("check rapport.toml"), @r#"
rapport.toml: 1 error
error: `aquainted`: no such stage; did you mean `acquainted`?
  --> rapport.toml:37:31
   |
37 | minor = { under = 18, stage = "aquainted" }
   |                               ^^^^^^^^^^^ caps.minor.stage

[1]
"#);
}

#[test]
fn the_ladder_is_ones_own_and_the_classes_begin_elsewhere() {
    let ladder = |names: [&str; 3]| names.map(|name| format!("[[stages]]\nname = \"{name}\"\n")).concat();
    assert_snapshot!(Desk::with(&ladder(["new", "acquainted", "familiar"])).says("check rapport.toml"), @r#"
rapport.toml: 2 errors
error: `trusted`: no such stage; there are `new`, `acquainted` and `familiar`
  --> rapport.toml:35:75
   |
35 | steps = { acquainted = { round_to = 0.5 }, familiar = { round_to = 0.1 }, trusted = "keep" }
   |                                                                           ^^^^^^^ endpoints[0].fields[2].steps.trusted

error: `data.third_party.from` is `trusted`, `data.special_category.from` is `trusted` where it is not written, and there is no such stage; write one of `new`, `acquainted`, `familiar` below `[data]`, as in `third_party.from = "…"`
  --> rapport.toml:36:1
   |
36 | [[stages]]
   | ^^^^^^^^^^ data

[1]
"#);
    assert_snapshot!(Desk::with(&ladder(["new", "acquainted", "acquainted"])).says("check rapport.toml"), @r#"
rapport.toml: 1 error
error: `acquainted`: another stage has this name already; each needs its own
  --> rapport.toml:41:8
   |
41 | name = "acquainted"
   |        ^^^^^^^^^^^^ stages[2].name

[1]
"#);
    let data = "[data]\nthird_party = \"familiar\"\n".to_owned();
    assert_snapshot!(Desk::with(&(data + &ladder(["new", "acquainted", "familiar"]))).says("check rapport.toml"), @r#"
rapport.toml: 3 errors
error: `trusted`: no such stage; there are `new`, `acquainted` and `familiar`
  --> rapport.toml:35:75
   |
35 | steps = { acquainted = { round_to = 0.5 }, familiar = { round_to = 0.1 }, trusted = "keep" }
   |                                                                           ^^^^^^^ endpoints[0].fields[2].steps.trusted

error: `"familiar"` is a text; write a table, `{ purpose = …, from = … }`
  --> rapport.toml:37:15
   |
37 | third_party = "familiar"
   |               ^^^^^^^^^^ data.third_party

error: `data.special_category.from` is `trusted` where it is not written, and there is no such stage; write one of `new`, `acquainted`, `familiar` below `[data]`, as in `special_category.from = "…"`
  --> rapport.toml:38:1
   |
38 | [[stages]]
   | ^^^^^^^^^^ data

[1]
"#);
}

#[test]
fn the_ladder_is_ones_own_and_the_rules_name_the_usual_stages() {
    let rule = |name| {
        format!(
            "[[endpoints.fields]]\npath = \"$.{name}\"\ndata = \"provided\"\nsteps = {{ new = \"null\", friend = \"keep\" }}\n"
        )
    };
    let data = "[data]\nthird_party.from = \"friend\"\nspecial_category.from = \"friend\"\n";
    let ladder = ["stranger", "acquainted", "familiar", "trusted", "friend"];
    let ladder = ladder.map(|name| format!("[[stages]]\nname = \"{name}\"\n")).concat();
    let two = ["email", "phone"].map(rule).concat();
    assert_snapshot!(Desk::with(&format!("{two}{data}{ladder}")).says("check rapport.toml"), @r#"
rapport.toml: 4 errors
error: `new`: no such stage, here and in lines 39 and 43; there are `stranger`, `acquainted`, `familiar`, `trusted` and `friend`
  --> rapport.toml:25:11
   |
25 | steps = { new = "null", familiar = "keep" }
   |           ^^^ endpoints[0].fields[0].steps.new

error: `data.provided.from` is `new` where it is not written, and there is no such stage; write one of `stranger`, `acquainted`, `familiar`, `trusted`, `friend` below `[data]`, as in `provided.from = "…"`
  --> rapport.toml:47:1
   |
47 | [[stages]]
   | ^^^^^^^^^^ data

[1]
"#);
    let many: String = ["email", "phone", "street", "town", "zip", "birthday", "age", "sex"].map(rule).concat();
    assert_snapshot!(Desk::with(&format!("{many}{data}{ladder}")).says("check rapport.toml"), @r#"
rapport.toml: 10 errors
error: `new`: no such stage, here and in lines 39, 43, 47, 51, 55, 59 and 2 more; there are `stranger`, `acquainted`, `familiar`, `trusted` and `friend`
  --> rapport.toml:25:11
   |
25 | steps = { new = "null", familiar = "keep" }
   |           ^^^ endpoints[0].fields[0].steps.new

error: `data.provided.from` is `new` where it is not written, and there is no such stage; write one of `stranger`, `acquainted`, `familiar`, `trusted`, `friend` below `[data]`, as in `provided.from = "…"`
  --> rapport.toml:71:1
   |
71 | [[stages]]
   | ^^^^^^^^^^ data

[1]
"#);
}

#[test]
fn a_class_of_data_is_unknown_and_a_path_begins_anywhere() {
    let desk =
        Desk::changed("path = \"$.first_name\"\ndata = \"provided\"", "path = \"first_name\"\ndata = \"personal\"");
    assert_snapshot!(desk.says("check rapport.toml"), @r#"
rapport.toml: 2 errors
error: `first_name`: a path begins with `$`, the whole document, as in `$.items[*].id`
  --> rapport.toml:23:8
   |
23 | path = "first_name"
   |        ^^^^^^^^^^^^ endpoints[0].fields[0].path

error: `personal`: no such class of data; there are `none`, `provided`, `observed`, `inferred`, `third_party` and `special_category`
  --> rapport.toml:24:8
   |
24 | data = "personal"
   |        ^^^^^^^^^^ endpoints[0].fields[0].data

[1]
"#);
}

#[test]
fn a_step_shows_more_than_its_class_allows() {
    let desk = Desk::changed("steps = { acquainted = { replace", "steps = { new = \"keep\", acquainted = { replace");
    assert_snapshot!(desk.says("check rapport.toml"), @r#"
rapport.toml: 1 error
error: this step shows something below the stage from which its data class may leave; below `acquainted` only "remove", "null" and { replace = … } may stand for `observed` data
  --> rapport.toml:30:17
   |
30 | steps = { new = "keep", acquainted = { replace = "You may like this" }, familiar = "keep" }
   |                 ^^^^^^ endpoints[0].fields[1].steps.new

[1]
"#);
}

#[test]
fn a_duration_has_no_unit() {
    assert_snapshot!(Desk::changed("\"5s\"", "\"5\"").says("check rapport.toml"), @r#"
rapport.toml: 1 error
error: `5`: not a duration; write one such as `25ms`, `30s`, `10m`, `12h` or `7d`
  --> rapport.toml:16:17
   |
16 | decide_within = "5"
   |                 ^^^ store.decide_within

[1]
"#);
}

#[test]
fn a_value_is_of_another_kind() {
    assert_snapshot!(Desk::with("[relationship]\npace = 1\n").says("check rapport.toml"), @r#"
rapport.toml: 1 error
error: `1`: write a text in quotes; as in `"7d"`
  --> rapport.toml:37:8
   |
37 | pace = 1
   |        ^ relationship.pace

[1]
"#);
    assert_snapshot!(Desk::changed("{ path = \"rapport.redb\" }", "\"rapport.redb\"").says("check rapport.toml"), @r#"
rapport.toml: 1 error
error: `"rapport.redb"` is a text; write a table, `{ path = … }`
  --> rapport.toml:15:12
   |
15 | embedded = "rapport.redb"
   |            ^^^^^^^^^^^^^^ store.embedded

[1]
"#);
    assert_snapshot!(Desk::changed("familiar = \"keep\"", "familiar = true").says("check rapport.toml"), @r#"
rapport.toml: 1 error
error: `true` is true or false; write a word in quotes, or a table
  --> rapport.toml:25:36
   |
25 | steps = { new = "null", familiar = true }
   |                                    ^^^^ endpoints[0].fields[0].steps.familiar

[1]
"#);
    assert_snapshot!(Desk::changed("familiar = \"keep\"", "familiar = null").says("check rapport.toml"), @r#"
rapport.toml: 1 error
error: not TOML: invalid float, expected `nan`; a text stands in quotes
  --> rapport.toml:25:36
   |
25 | steps = { new = "null", familiar = null }
   |                                    ^^^^

[1]
"#);
}

#[test]
fn a_preset_is_unknown_or_lacks_its_prefix() {
    let desk = |named: &str| Desk::changed("[identity]", &format!("extends = \"{named}\"\n[identity]"));
    assert_snapshot!(desk("preset:recombe").says("check rapport.toml"), @r#"
rapport.toml: 1 error
error: `recombe`: no such preset; did you mean `recombee`?
 --> rapport.toml:2:11
  |
2 | extends = "preset:recombe"
  |           ^^^^^^^^^^^^^^^^ extends

[1]
"#);
    assert_snapshot!(desk("retail").says("check rapport.toml"), @r#"
rapport.toml: 1 error
error: `retail`: cannot be read (No such file or directory (os error 2)); did you mean `preset:retail`?
 --> rapport.toml:2:11
  |
2 | extends = "retail"
  |           ^^^^^^^^ extends

[1]
"#);
    assert_snapshot!(desk("../base.toml").says("check rapport.toml"), @r#"
rapport.toml: 1 error
error: `../base.toml`: cannot be read (No such file or directory (os error 2)); name a preset (`preset:NAME`) or a file, relative to the folder of this one
 --> rapport.toml:2:11
  |
2 | extends = "../base.toml"
  |           ^^^^^^^^^^^^^^ extends

[1]
"#);
}

#[test]
fn two_endpoints_have_one_name_or_one_path() {
    let desk = Desk::with("\n[[endpoints]]\nname = \"recommendations\"\npath = \"/recommendations\"\n");
    assert_snapshot!(desk.says("check rapport.toml"), @r#"
rapport.toml: 2 errors
error: `recommendations`: another endpoint has this name already; each needs its own
  --> rapport.toml:38:8
   |
38 | name = "recommendations"
   |        ^^^^^^^^^^^^^^^^^ endpoints[1].name

error: `/recommendations`: the same paths as `/recommendations`; they belong to the endpoint `recommendations` already; join the two, or choose other paths
  --> rapport.toml:39:8
   |
39 | path = "/recommendations"
   |        ^^^^^^^^^^^^^^^^^^ endpoints[1].path

[1]
"#);
}

#[test]
fn only_stands_beside_rules_for_pages() {
    let desk = Desk::with("\n[[endpoints.html]]\nselect = \".name\"\ndata = \"provided\"\n");
    let text = fs::read_to_string(desk.file("rapport.toml")).unwrap();
    desk.put("rapport.toml", text.replace("name = \"rec", "only = [\"$.items[*].id\"]\nname = \"rec"));
    let said = desk.says("check rapport.toml");
    let (_, warning) = said.split_once('\n').unwrap();
    assert_snapshot!(warning, @r#"
warning: `only` is about JSON: of a page all leaves that no rule of `html` hides; see that each personal place of the page has a rule of its own
  --> rapport.toml:19:1
   |
19 | only = ["$.items[*].id"]
   | ^^^^ endpoints[0].only

[0]
"#);
}

#[test]
fn a_text_tells_what_only_does_not_let_leave() {
    let desk = Desk::changed("replace = \"You may like this\"", "text = \"Because you like {$.items[0].category}\"");
    let text = fs::read_to_string(desk.file("rapport.toml")).unwrap();
    desk.put("rapport.toml", text.replace("name = \"rec", "only = [\"$.items[*].id\"]\nname = \"rec"));
    let said = desk.says("check rapport.toml");
    let (_, warning) = said.split_once('\n').unwrap();
    assert_snapshot!(warning, @r#"
warning: `$.items[0].category`: this text tells what `only` does not let leave, so the text does not either; list the path in `only`, or leave it out of the text
  --> rapport.toml:31:24
   |
31 | steps = { acquainted = { text = "Because you like {$.items[0].category}" }, familiar = "keep" }
   |                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ endpoints[0].fields[1].steps.acquainted

[0]
"#);
}

#[tokio::test(start_paused = true)]
async fn such_a_text_is_not_shown_indeed() {
    let policy = POLICY.replacen("{ replace = \"You may like this\" }", "{ text = \"As you like {$.category}\" }", 1);
    for (only, said) in [("[\"$.items[*].id\"]", ""), ("[\"$.items[*].id\", \"$.category\"]", "As you like hats")] {
        let policy = policy.replacen("empty  = ", &format!("only = {only}\nempty  = "), 1);
        let house = House::of(&policy, tower_rapport::store::Memory::new());
        house.says(r#"{"category": "hats", "items": [{"id": 1, "reason": "You bought hats"}]}"#);
        house.know(SUBJECT, "acquainted").await;
        let answer = house.ask(anna("/recommendations")).await;
        assert_eq!(
            (answer.stage(), answer.body.contains("reason")),
            ("acquainted", !said.is_empty()),
            "{}",
            answer.body
        );
        assert!(answer.body.contains(said), "{}", answer.body);
    }
}

/// What the standard library prints of a program whose `main` returns it.
#[test]
fn a_program_returns_what_was_found_from_its_main() {
    let found = Policy::from_toml("rapport.toml", "modus = \"observe\"", |_| None).unwrap_err();
    assert_snapshot!(format!("Error: {found:?}"), @r#"
Error: the policy cannot be used
error: `modus`: no such key here; there are `mode`, `extends`, `identity`, `consent`, `relationship`, `stages`, `caps`, `holdout`, `data`, `endpoints`, `store`, `serve`, `portal` and `report`
 --> rapport.toml:1:1
  |
1 | modus = "observe"
  | ^^^^^ modus

error: `[identity]` is missing; write it, with issuer, audience, keys and pseudonym_secret
 --> rapport.toml:1:1
  |
1 | modus = "observe"
  | ^ identity

error: there is no endpoint, so nothing would be shaped; write `[[endpoints]]` with a name, a path and its fields
 --> rapport.toml:1:1
  |
1 | modus = "observe"
  | ^ endpoints
"#);
    assert_eq!(format!("{found:?}"), format!("the policy cannot be used\n{found}"));
}

#[test]
fn what_is_no_hindrance_is_shown_as_it_is() {
    let policy = POLICY.replacen("{ replace = \"You may like this\" }", "{ text = \"As you like {$.category}\" }", 1);
    let policy = policy.replacen("empty  = ", "only = [\"$.items[*].id\"]\nempty  = ", 1);
    let policy = Policy::from_toml("rapport.toml", &policy, |_| Some("a secret of thirty-two bytes and more".into()));
    let policy = policy.unwrap();
    assert!(!policy.warnings().is_empty());
    assert_eq!(format!("{:?}", policy.warnings()), policy.warnings().to_string());
}
