//! Takes parameters out of a query by their names.

use std::borrow::Cow;

use crate::parameters;

/// What is left of a query without the parameters of these names; none where nothing is left. All else stays as it is written.
///
/// Names are compared as the least strict of readers does, and parameters parted at `;` too: what is hidden in any reading goes.
pub(super) fn without(query: &str, names: &[&str]) -> Option<String> {
    let left: Vec<Cow<'_, str>> = query.split('&').filter_map(|pair| pair_without(pair, names)).collect();
    Some(left.join("&")).filter(|left| !left.is_empty())
}

fn pair_without<'a>(pair: &'a str, names: &[&str]) -> Option<Cow<'a, str>> {
    if is_named(pair, names) {
        return None;
    }
    if !pair.contains(';') {
        return Some(Cow::Borrowed(pair));
    }
    let left: Vec<&str> = pair.split(';').filter(|part| !is_named(part, names)).collect();
    (!left.is_empty()).then(|| Cow::Owned(left.join(";")))
}

fn is_named(pair: &str, names: &[&str]) -> bool {
    let name = pair.split('=').next().unwrap_or_default();
    names.iter().any(|hidden| parameters::is_named(name, hidden))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_goes_and_the_others_stay_as_they_are_written() {
        for (query, left) in [
            ("user_id=7", None),
            ("user_id", None),
            ("user_id=7&user_id=8&user_id=", None),
            ("user_id=7&a=1", Some("a=1")),
            ("a=1&user_id=7", Some("a=1")),
            ("a=1&user_id=7&b=%32", Some("a=1&b=%32")),
            ("%75ser%5Fid=7&a=1", Some("a=1")),
            ("%75%73%65%72%5f%69%64=7", None),
            ("user_id=7=8&a=1", Some("a=1")),
            ("a=1;user_id=7", Some("a=1")),
            ("user_id=7;8&a=1", Some("a=1")),
            ("user_id=7;a=1", None),
            ("a=1;user_id=7;b=2&c=3", Some("a=1;b=2&c=3")),
            ("a=user_id&b=user_id=7", Some("a=user_id&b=user_id=7")),
            (
                "user_id2=8&xuser_id=9&user%2Bid&userid=1&x[user_id]=2",
                Some("user_id2=8&xuser_id=9&user%2Bid&userid=1&x[user_id]=2"),
            ),
            ("User_id=7&USER_ID=8&a=1", Some("a=1")),
            ("user.id=7&user%20id=8&+user_id=9&user_id[]=1&user_id%5Ba%5D=2&user_id%00=3&a=1", Some("a=1")),
            ("a=1&&b=2&=&%zz", Some("a=1&&b=2&=&%zz")),
            ("", None),
        ] {
            assert_eq!(without(query, &["user_id"]).as_deref(), left, "{query}");
        }
        assert_eq!(without("user+id=7&user%20id=8&a=+", &["user id"]).as_deref(), Some("a=+"));
        assert_eq!(without("a=1&b=2", &["b", "a"]), None);
    }
}
