//! Histories, and what is asked of them: `import`, `simulate`, `explain`, `holdout`; and `init`.

use insta::assert_snapshot;

use super::Desk;

fn with(csv: impl AsRef<[u8]>) -> Desk {
    let desk = Desk::with("\n[[relationship.events]]\nname = \"purchase\"\n");
    desk.put("events.csv", csv);
    desk
}

const IMPORT: &str = "import --config rapport.toml events.csv";

/// What `simulate` says beside its figures, and how it heads the first of them.
fn simulates(desk: &Desk, words: &str) -> String {
    let said = desk.says(&format!("simulate --config rapport.toml events.csv{words}"));
    let said = said.lines().filter(|line| ["error", "note", "stage"].iter().any(|word| line.starts_with(word)));
    said.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_column_is_missing() {
    assert_snapshot!(with("kunde,zeit,ereignis\nanna,2026-01-01,visit\n").says(IMPORT), @r"
error: `events.csv`: the first line names no column `customer`; none of its fields is a name that is known (they are not shown, for they could be a customer's); write `customer,time,event` there, in any order; or, of a list of transactions or a log of events, names such as `customer_id`, `order_date`, `amount` or `user_id`, `event_time`, `event_type`
[1]
");
    assert_snapshot!(with("customer_id,date\nanna,2026-01-01\n").says(IMPORT), @r"
error: `events.csv`: nothing in the first line says what its rows are; found are `customer_id`, `date`; if they are purchases, say `--shape transactions`
[1]
");
}

#[test]
fn the_first_line_is_a_customers() {
    let said = with("anna@example.com,2026-01-01,visit\n").says(IMPORT);
    assert!(!said.contains("anna"), "{said}");
    assert_snapshot!(said, @r"
error: `events.csv`: the first line names no column `customer`; none of its fields is a name that is known (they are not shown, for they could be a customer's); write `customer,time,event` there, in any order; or, of a list of transactions or a log of events, names such as `customer_id`, `order_date`, `amount` or `user_id`, `event_time`, `event_type`
[1]
");
}

#[test]
fn rows_cannot_be_read() {
    let rows = [
        "customer,time,event",
        "anna,01.02.2026,visit",
        "anna,12 Jan 2026,visit",
        "anna,2026-01-01,purchas",
        "2026-01-01,anna,visit",
        ",2026-01-01,visit",
        "anna,2026-01-01",
        "anna,2126-01-01,visit",
        "anna,1970-01-01,visit",
    ];
    let said = with(rows.join("\n")).says(IMPORT);
    assert!(!said.contains("anna"), "{said}");
    assert_snapshot!(said, @r#"
error: `events.csv`: 8 rows cannot be read, so none was taken
  line 2, column `time`, `01.02.2026`: the time is neither RFC 3339 (`2026-11-22T09:30:00Z`) nor a date (`2026-11-22`)
  line 3, column `time`, of the form `99 aaa 9999`: the time is neither RFC 3339 (`2026-11-22T09:30:00Z`) nor a date (`2026-11-22`)
  line 4, column `event`, of the form `aaaaaaa`: the event is none of `visit`, `purchase`; is it `purchase`?
  line 5, column `time`, of the form `aaaa`: the time is neither RFC 3339 (`2026-11-22T09:30:00Z`) nor a date (`2026-11-22`)
  line 6, column `customer`: there is no customer
  line 7: it has 2 fields, and the first line 3; write as many, and close each `"` that is opened
  line 8, column `time`, `2126-01-01`: the time lies in the future
  line 9, column `time`, `1970-01-01`: the time lies before 1990
  (a form has `a` for each letter and `9` for each digit: what stands there could be a name)
[1]
"#);
}

#[test]
fn a_quote_is_not_closed() {
    let said = with("customer,time,event\nanna,\"2026-01-01,visit\nben,2026-01-02,visit\n").says(IMPORT);
    assert_snapshot!(said, @r#"
error: `events.csv`: one row cannot be read, so none was taken
  line 2: it has 2 fields, and the first line 3; write as many, and close each `"` that is opened
[1]
"#);
}

#[test]
fn a_row_is_not_utf_8() {
    assert_snapshot!(with(b"customer,time\nJ\xfcrgen,2026-01-01\n").says(IMPORT), @r"
error: `events.csv`: one row cannot be read, so none was taken
  line 2: it is not UTF-8
[1]
");
    assert_snapshot!(with(b"K\xfcnde,time\nanna,2026-01-01\n").says(IMPORT), @r"
error: `events.csv`: the first line is not UTF-8; save the file as UTF-8
[1]
");
}

#[test]
fn the_history_is_empty_or_has_no_row() {
    assert_snapshot!(with("").says(IMPORT), @r"
error: `events.csv`: the file is empty; its first line names the columns, as `customer,time,event`
[1]
");
    assert_snapshot!(with("customer,time,event\n").says(IMPORT), @r"
imported no events of no customers
note: no row of the file is an event of a customer
[0]
");
}

#[test]
fn a_history_comes_after_a_later_one() {
    let desk = with("customer,time\nanna,2026-02-01\n");
    desk.says(IMPORT);
    desk.put("events.csv", "customer,time\nanna,2026-01-01\nanna,2026-01-09\n");
    assert_snapshot!(desk.says(IMPORT), @r"
imported no events of no customers
error: nothing was imported; 2 events were skipped: 2 of customers who came first, or of whom later events were imported first; import all that has happened at once, and before the first request; if `rapport.redb` holds only a trial, stop `serve`, delete this file and import again
[1]
");
}

#[test]
fn a_history_is_imported_twice() {
    let desk = with("customer,time\nanna,2026-02-01\n");
    desk.says(IMPORT);
    assert_snapshot!(desk.says(IMPORT), @r"
imported no events of no customers
warning: 1 event was skipped: 1 not later than what was known of their customer (imported before, or the customer came first)
[0]
");
}

#[test]
fn the_history_is_not_there_or_breaks_off() {
    assert_snapshot!(Desk::new().says(IMPORT), @r"
error: `events.csv` cannot be read; name a file with events, or `-` for the standard input: No such file or directory (os error 2)
[1]
");
    assert_snapshot!(with(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b").says(IMPORT), @r"
error: `events.csv`: the file cannot be read: it is gzip and breaks off before its end; fetch it once more
[1]
");
}

#[test]
fn which_number_is_the_day_is_open() {
    assert_snapshot!(with("customer_id,order_date,amount\nanna,1/2/2026,9.95\n").says(IMPORT), @r"
error: `events.csv`: line 2, column `order_date`, `1/2/2026`: which number is the day? Say `--dates mdy` or `--dates dmy`
[1]
");
}

#[test]
fn which_number_is_the_day_is_said_where_it_is_known() {
    let said = with("customer,time\nanna,2026-01-02\n").says(&format!("{IMPORT} --dates mdy"));
    assert_snapshot!(said, @r"
error: `events.csv`: the file is of the shape `own`, whose dates begin with the year, as in `2026-11-22`; write them so and leave `--dates` out, or say with `--shape` that it is a list of transactions or a log of events
[1]
");
}

#[test]
fn an_event_is_written_with_capitals_or_its_column_is_called_otherwise() {
    let desk = with("Customer,TIME,Event_Type\nanna,2026-01-01,Purchase\nanna,2026-01-02,View\n");
    assert_snapshot!(desk.says(IMPORT), @r"
imported 2 events of 1 customer
note: read as a log of events (customer: column `Customer`, time: column `TIME`, event: column `Event_Type`): a view is a `visit`
[0]
");
    assert_snapshot!(with("customer,time,event\nanna,2026-01-01,Purchase\n").says(IMPORT), @r"
imported 1 event of 1 customer
[0]
");
}

#[test]
fn groups_are_named_by_a_column_that_is_not_there() {
    let desk = with("customer,time,region,Age Group\nanna,2026-01-01,north,20\n");
    assert_snapshot!(simulates(&desk, " --by regoin"), @"error: `events.csv`: the first line names no column `regoin`, which was to group customers; `--by` can name `region`, `Age Group`");
    assert_snapshot!(simulates(&desk, " --by time"), @"error: `events.csv`: the column `time` is no group of customers, it says what happened; name a further one with `--by`");
    let said = simulates(&desk, " --by age_group");
    assert!(said.starts_with("stage ") && !said.contains("Age Group"), "names are compared plainly: {said}");
}

#[test]
fn the_policy_to_compare_with_is_not_there() {
    let desk = with("customer,time\nanna,2026-01-01\n");
    assert_snapshot!(simulates(&desk, " --against nope.toml"), @"error: `nope.toml` cannot be read; name a policy with `--against`: No such file or directory (os error 2)");
    assert_snapshot!(desk.says("simulate --config nope.toml events.csv"), @r"
error: `nope.toml` cannot be read; name a policy with `--config`: No such file or directory (os error 2)
[1]
");
}

#[test]
fn a_day_lies_before_all_that_happened() {
    let desk = with("customer,time\nanna,2026-01-01\n");
    assert_snapshot!(simulates(&desk, " --at 2025-12-31"), @r"
stage       2025-12-31            reached  days until then (a quarter, half, three quarters)
note: nothing had happened by 2025-12-31: the first event is of 2026-01-01
");
}

#[test]
fn a_day_is_none() {
    let desk = with("customer,time\nanna,2026-01-01\n");
    assert_snapshot!(desk.says("simulate --config rapport.toml events.csv --at yesterday"), @r"
error: invalid value 'yesterday' for '--at <TIME>': neither RFC 3339 (`2026-11-22T09:30:00Z`) nor a date (`2026-11-22`)

For more information, try '--help'.
[2]
");
}

#[test]
fn a_customer_is_called_otherwise_or_nobody_was_imported() {
    let desk = with("customer,time\nanna,2026-01-01\n");
    assert_snapshot!(desk.says("explain --config rapport.toml --customer anna"), @r"
error: the store `rapport.redb` is not there, so nothing is known of anybody; `serve` and `import` make it, and the path is relative to the policy's folder
[1]
");
    desk.says(IMPORT);
    let said = desk.says("explain --config rapport.toml --customer Anna");
    assert_snapshot!(said.lines().skip(2).take(3).collect::<Vec<_>>().join("\n"), @r"
Nothing is kept of such a customer
  nobody was remembered under this id; or tokens write it in another way, in their claim for the customer;
  or `identity.issuer` or `pseudonym_secret` were others when it was kept
");
}

#[test]
fn a_line_is_none_of_a_decision_log() {
    assert_snapshot!(Desk::new().says("explain --config rapport.toml"), @r"
error: the following required arguments were not provided:
  <--customer <ID>|--line <LINE|FILE>>

Usage: rapport explain --config <FILE> <--customer <ID>|--line <LINE|FILE>>

For more information, try '--help'.
[2]
");
    assert_snapshot!(Desk::new().says("explain --config rapport.toml --line decisions.log"), @r"
error: `decisions.log` is no line of a decision log, which begins with `{`, and no file that can be read: No such file or directory (os error 2)
[1]
");
    assert_snapshot!(Desk::new().says("explain --config rapport.toml --line {\"stage\":\"new\"}"), @r"
error: the line cannot be decided again: this is no line of a decision log: missing field `at` at line 1 column 15
[1]
");
}

#[test]
fn nobody_is_held_out() {
    assert_snapshot!(with("").says("holdout --config rapport.toml --since 2026-01-01 events.csv"), @r"
error: the policy holds nobody out; write `[holdout]` with a `share`
[1]
");
}

#[test]
fn nothing_has_happened_since_the_holdout_began() {
    let desk = Desk::with(
        "\n[[relationship.events]]\nname = \"purchase\"\n\n[holdout]\nshare = 0.1\nstage = \"new\"\noutcome = \"purchase\"\n",
    );
    desk.put("events.csv", "customer,time\nanna,2026-01-01\n");
    assert_snapshot!(desk.says("holdout --config rapport.toml --since 2126-01-01 events.csv"), @r"
error: nothing has happened since 2126-01-01: the last event is of 2026-01-01; name with `--since` the day on which the holdout began, and a file that goes on after it
[1]
");
}

#[test]
fn init_lacks_the_key_of_its_algorithm() {
    let init = |words: &str| Desk::new().says(&format!("init --yes --out new.toml {words}"));
    assert_snapshot!(init("--algorithm RS256"), @r"
error: these answers make no policy, and nothing is written
  --public-key: `issuer.pem`: cannot be read (No such file or directory (os error 2)); name the issuer's key in PEM, relative to the folder of the policy
[1]
");
    assert_snapshot!(init("--algorithm RS265 --public-key issuer.pem"), @r"
error: these answers make no policy, and nothing is written
  --algorithm: `RS265`: no such algorithm; did you mean `RS256`?
  --public-key: `issuer.pem`: cannot be read (No such file or directory (os error 2)); name the issuer's key in PEM, relative to the folder of the policy
[1]
");
    assert_snapshot!(init("--algorithm FOO"), @r"
error: these answers make no policy, and nothing is written
  --algorithm: `FOO`: no such algorithm; there are `HS256`, `HS384`, `HS512`, `RS256`, `RS384`, `RS512`, `PS256`, `PS384`, `PS512`, `ES256`, `ES384` and `EdDSA`
[1]
");
    assert_snapshot!(init("--algorithm HS256 --public-key issuer.pem"), @r"
error: --public-key: `HS256` is signed with a secret; name with `--algorithm` what your tokens are signed with, or leave the key out
[1]
");
}

#[test]
fn init_is_to_write_where_something_is_or_nothing_can_be() {
    assert_snapshot!(Desk::new().says("init --yes"), @r"
error: `rapport.toml` is there already and stays as it is; name another file with `--out`, or move this one away
[1]
");
    assert_snapshot!(Desk::new().says("init --yes --out policies/rapport.toml"), @r"
error: `policies/rapport.toml` cannot be written; name with `--out` a file in a folder that is there and that you may write to: No such file or directory (os error 2)
[1]
");
}

#[test]
fn the_example_of_init_is_no_answer() {
    assert_snapshot!(Desk::new().says("init --yes --out new.toml --from rapport.toml"), @r"
error: the example `rapport.toml` is no JSON; save one answer of the service as it comes: expected value at line 2 column 2
[1]
");
    assert_snapshot!(Desk::new().says("init --yes --out new.toml --from answer.json"), @r"
error: the example `answer.json` cannot be read; name with `--from` a file with one answer of the service: No such file or directory (os error 2)
[1]
");
}
