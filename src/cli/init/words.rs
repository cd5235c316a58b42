//! The words of which the names of members are made, and what they say by themselves: whose, and which one.

/// Whether what is below a name is known of a customer.
pub(super) fn is_customer(name: &str) -> bool {
    has(&words(name), CUSTOMER)
}

/// Whether a member of an item tells it from others.
pub(super) fn is_id(name: &str) -> bool {
    let words = words(name);
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["id" | "item" | "sku" | "asin" | "isbn" | "uri" | "gtin"] => true,
        [of, "id"] => ITEMS.contains(&of),
        _ => false,
    }
}

/// Whether a member is often named so that tells an item from others, though it is no id by name.
pub(super) fn is_like_id(name: &str) -> bool {
    has(&words(name), LIKE_IDS) || is_id(name)
}

/// Whether words stand in a name one behind the other, as one of the phrases has them.
pub(super) fn has(name: &[String], phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| {
        let phrase: Vec<_> = phrase.split(' ').collect();
        name.windows(phrase.len()).any(|words| words.iter().zip(&phrase).all(|(word, wanted)| is_word(word, wanted)))
    })
}

/// One word is another one, or several of it.
fn is_word(word: &str, wanted: &str) -> bool {
    word == wanted || word.strip_suffix('s') == Some(wanted)
}

/// The words of a name, small: `abTestVariantID` and `ab_test-variant id` are four.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = '_';
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        let next_is_small = letters.peek().is_some_and(|next| next.is_lowercase());
        let begins = letter.is_uppercase() && (before.is_lowercase() || before.is_uppercase() && next_is_small);
        if begins || !letter.is_alphanumeric() {
            words.push(String::new());
        }
        if let (true, Some(word)) = (letter.is_alphanumeric(), words.last_mut()) {
            word.extend(letter.to_lowercase());
        }
        before = letter;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// What holds what is known of a customer.
const CUSTOMER: &[&str] =
    &["customer", "user", "member", "visitor", "shopper", "profile", "account", "person", "user data"];

/// What has ids that are no customer's.
const ITEMS: [&str; 14] = [
    "item", "product", "object", "article", "content", "offer", "movie", "track", "video", "entity", "book", "song",
    "document", "listing",
];

const LIKE_IDS: &[&str] = &["slug", "key", "code", "handle", "uuid", "guid", "number"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_apart_however_it_is_written() {
        for name in ["abTestVariantID", "ab_test-variant id", "AbTestVariantId", "ab.test.variant.ID"] {
            assert_eq!(words(name), ["ab", "test", "variant", "id"], "{name}");
        }
        assert_eq!(words("HTMLText"), ["html", "text"]);
        assert_eq!(words("über-Größe"), ["über", "größe"]);
    }
}
