//! Addresses with parameters that follow a person.

use super::{super::words::words, Guess};

/// What is proposed for an address with parameters that follow a person.
pub(super) fn guess(text: &str) -> Option<Guess> {
    let (address, query) = text.split_once('?')?;
    if !(address.starts_with('/') || address.starts_with("http")) || address.contains(' ') {
        return None;
    }
    let query = query.split('#').next().unwrap_or_default();
    let names: Vec<_> = query.split('&').filter_map(|pair| pair.split('=').next()).collect();
    let mut without: Vec<String> = Vec::new();
    for name in names.iter().filter(|name| is_plain(name) && words(name).iter().any(|word| FOLLOWS.contains(&&**word)))
    {
        // Several that begin alike are of one kind, and more of it may come.
        let kind = name.split_once('_').map(|(kind, _)| format!("{kind}_"));
        let kind = kind.filter(|kind| names.iter().filter(|other| other.starts_with(kind.as_str())).count() > 1);
        let pattern = kind.map_or_else(|| (*name).to_owned(), |kind| kind + "*");
        if !without.contains(&pattern) {
            without.push(pattern);
        }
    }
    let without: Vec<_> = without.iter().map(|name| format!("\"{name}\"")).collect();
    (!without.is_empty()).then(|| Guess {
        class: "none",
        steps: format!("{{ new = {{ url_without = [{}] }} }}", without.join(", ")),
        why: "parameters that tell one click from another, and so one customer",
    })
}

/// Whether a name can stand in a string of TOML as it is.
fn is_plain(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

/// Words of parameters that follow a person.
const FOLLOWS: [&str; 16] = [
    "rec", "ref", "uid", "user", "customer", "session", "sid", "cid", "click", "clickid", "token", "track", "tracking",
    "strat", "seq", "visitor",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_link_the_parameters_go_that_follow_a_person() {
        let steps = |url: &str| guess(url).map(|guess| guess.steps);
        assert_eq!(steps("/p/1?color=red&page=2"), None);
        assert_eq!(steps("/p/1?color=red&uid=7"), Some(r#"{ new = { url_without = ["uid"] } }"#.into()));
        let shop = "/products/a?pr_prod_strat=e5&pr_rec_id=77&v=1#top";
        assert_eq!(steps(shop), Some(r#"{ new = { url_without = ["pr_*"] } }"#.into()));
        assert_eq!(steps("Did it fit? user=you"), None);
    }
}
