//! `rapport import`: what becomes history, what does not, and that nobody is half imported.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "a test that fails, fails"
)]

mod binary;

use std::{fs, path::Path, process::Output};

use binary::{
    Rapport, days_ago, policy, rapport, run, said, token,
    upstream::{full, upstream},
};
use http::Response;

fn import(config: &Path, csv: &str) -> Output {
    run(rapport().arg("import").arg("--config").arg(config).arg("-"), csv)
}

/// Visits every eighth day for so many days, and two purchases: after a hundred days, who did that is familiar.
fn familiar(customer: &str) -> String {
    let visits = (1..13).map(|n| format!("{customer},{},visit\n", days_ago(n * 8)));
    let purchases = [66, 34].map(|n| format!("{customer},{},purchase\n", days_ago(n)));
    visits.chain(purchases).collect()
}

/// The stage that a customer has at the endpoint.
async fn stage(config: &Path, customer: &'static str) -> String {
    let service = upstream(|_| async { Response::new(full("{}")) }).await;
    let config = config.to_owned();
    let asked = tokio::task::spawn_blocking(move || {
        let rapport = Rapport::serve(&config, service);
        let token = token(customer, "record personalization");
        let said = rapport.raw(&format!(
            "GET /recommendations HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n"
        ));
        // Ended in order, so that the store is closed when the next one opens it.
        rapport.signal("TERM");
        let mut rapport = rapport;
        assert_eq!(rapport.ended(std::time::Duration::from_secs(12)).code(), Some(0));
        said
    });
    let said = asked.await.unwrap();
    let header = said.lines().find_map(|line| line.strip_prefix("personalization: stage=")).expect(&said).to_owned();
    header.split(';').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_imported_is_no_stranger() {
    let folder = tempfile::tempdir().unwrap();
    let config = policy(folder.path(), "");
    let csv = format!("customer,time,event\n{}", familiar("anna"));
    let output = import(&config, &csv);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output).1);
    assert_eq!(said(&output), ("imported 14 events of 1 customer\n".to_owned(), String::new()));
    assert_eq!(stage(&config, "anna").await, "familiar");
    assert_eq!(stage(&config, "ben").await, "new");
}

#[test]
fn importing_again_changes_nothing_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let config = policy(folder.path(), "");
    let csv = format!("customer,time,event\n{}{}", familiar("anna"), familiar("ben"));
    assert_eq!(import(&config, &csv).status.code(), Some(0));
    let later = format!("{csv}ben,{},purchase\n", days_ago(1));
    let output = import(&config, &later);
    let (out, err) = said(&output);
    assert_eq!(output.status.code(), Some(0), "{err}");
    assert_eq!(out, "imported 1 event of 1 customer\n");
    assert_eq!(
        err,
        "warning: 28 events were skipped: 28 not later than what was known of their customer (imported before, or the customer came first)\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn where_all_customers_came_first_the_import_fails_and_says_how_to_mend_it() {
    let folder = tempfile::tempdir().unwrap();
    let config = policy(folder.path(), "");
    assert_eq!(stage(&config, "anna").await, "new");
    let late = import(&config, &format!("customer,time,event\n{}", familiar("anna")));
    let store = folder.path().join("rapport.redb").display().to_string();
    let skipped = "14 events were skipped: 14 of customers who came first, or of whom later events were imported first";
    let remedy = format!(
        "import all that has happened at once, and before the first request; \
         if `{store}` holds only a trial, stop `serve`, delete this file and import again\n"
    );
    assert_eq!(late.status.code(), Some(1));
    let none = "imported no events of no customers\n";
    assert_eq!(said(&late), (none.to_owned(), format!("error: nothing was imported; {skipped}; {remedy}")));

    // Where somebody's history becomes history, it is a warning.
    let csv = format!("customer,time,event\n{}{}", familiar("anna"), familiar("ben"));
    let output = import(&config, &csv);
    assert_eq!(output.status.code(), Some(0));
    let warned = format!("warning: {skipped}; {remedy}");
    assert_eq!(said(&output), ("imported 14 events of 1 customer\n".to_owned(), warned));
    // And what was imported before is no failure: to do it twice is harmless.
    let output = import(&config, &csv);
    assert_eq!((output.status.code(), said(&output).0.as_str()), (Some(0), none), "{}", said(&output).1);

    // The remedy is one.
    fs::remove_file(&store).unwrap();
    assert_eq!(import(&config, &csv).status.code(), Some(0));
    assert_eq!(stage(&config, "anna").await, "familiar");
}

#[test]
fn a_file_with_an_unreadable_row_is_refused_whole() {
    let folder = tempfile::tempdir().unwrap();
    let config = policy(folder.path(), "");
    let file = folder.path().join("events.csv");
    fs::write(&file, format!("customer,time,event\n{}anna,never,visit\nben,2020-01-01,buys\n", familiar("anna")))
        .unwrap();
    let output = run(rapport().arg("import").arg("--config").arg(&config).arg(&file), "");
    let (out, err) = said(&output);
    assert_eq!((output.status.code(), &*out), (Some(1), ""), "{err}");
    assert!(err.contains("events.csv") && err.contains("2 rows cannot be read, so none was taken"), "{err}");
    assert!(
        err.contains("line 16, column `time`, of the form `aaaaa`: ")
            && err.contains("line 17, column `event`, of the form `aaaa`: the event is none of `visit`"),
        "{err}"
    );
    assert!(!err.contains("anna") && !err.contains("ben"), "{err}");
    let output = import(&config, &format!("customer,time,event\n{}", familiar("anna")));
    assert_eq!(said(&output).0, "imported 14 events of 1 customer\n");
}

#[test]
fn columns_that_say_nothing_are_noted() {
    let folder = tempfile::tempdir().unwrap();
    let config = policy(folder.path(), "");
    let output = import(&config, "time,shop,customer\n2020-01-01,x,anna\n");
    let (out, err) = said(&output);
    assert_eq!(output.status.code(), Some(0), "{err}");
    assert_eq!(out, "imported 1 event of 1 customer\n");
    assert_eq!(err, "note: columns that say nothing here are ignored: `shop`\n");
}

#[test]
fn what_cannot_be_imported_is_said_clearly() {
    let folder = tempfile::tempdir().unwrap();
    let config = policy(folder.path(), "");
    let missing = folder.path().join("missing.csv");
    let output = run(rapport().arg("import").arg("--config").arg(&config).arg(&missing), "");
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).1.contains("missing.csv"), "{}", said(&output).1);

    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, text.replace("embedded = { path = \"rapport.redb\" }", "memory = {}")).unwrap();
    let output = import(&config, "customer,time\nanna,2020-01-01\n");
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).1.contains("keeps relationships in memory"), "{}", said(&output).1);

    assert_eq!(run(rapport().arg("import"), "").status.code(), Some(2));
}

#[test]
fn an_import_that_was_killed_goes_on_where_it_is_run_again() {
    // On a busy machine the import may end before it can be killed: then there must be more of it.
    let in_the_midst = [20_000, 100_000, 400_000].into_iter().any(killed_and_run_again);
    assert!(in_the_midst, "it was never killed in the midst of it");
}

/// Whether the import of so many customers was killed in the midst of it.
fn killed_and_run_again(customers: u64) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let config = policy(folder.path(), "");
    let rows: String = (0..customers)
        .map(|n| format!("c{n},2024-01-01,purchase\nc{n},2024-01-02,purchase\nc{n},2024-01-03,visit\n"))
        .collect();
    let file = folder.path().join("events.csv");
    fs::write(&file, format!("customer,time,event\n{rows}")).unwrap();
    let command = || {
        let mut command = rapport();
        command.arg("import").arg("--config").arg(&config).arg(&file);
        command
    };
    let mut child = command().spawn().unwrap();
    // An empty store takes about 1 MiB: some have been written by the time it has grown.
    let store = folder.path().join("rapport.redb");
    let begun = std::time::Instant::now();
    while fs::metadata(&store).map_or(0, |about| about.len()) < 3 << 19 && child.try_wait().unwrap().is_none() {
        assert!(begun.elapsed().as_secs() < 60, "the store does not grow");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let _ended_already = child.kill();
    child.wait().unwrap();

    let output = run(&mut command(), "");
    let (out, err) = said(&output);
    assert_eq!(output.status.code(), Some(0), "{err}");
    let number = |text: &str, after: &str| -> u64 {
        let rest = text.split_once(after).map_or("0", |(_, rest)| rest);
        rest.split(' ').next().unwrap().parse().unwrap()
    };
    let (imported, skipped) = (number(&out, "imported "), number(&err, "warning: "));
    assert_eq!(imported + skipped, 3 * customers, "{out}{err}");
    assert_eq!((imported % 3, skipped % 3), (0, 0), "nobody is half imported: {out}{err}");
    imported > 0 && skipped > 0
}
