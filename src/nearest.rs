//! The name that somebody meant who wrote another.

/// `did you mean …?` for a word that is nearly one of the known ones, else the known ones.
pub(crate) fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let known: Vec<_> = known.into_iter().collect();
    match (nearest(word, known.iter().copied()), known.as_slice()) {
        (Some(name), _) => Some(format!("did you mean `{name}`?")),
        (None, []) => None,
        (None, [only]) => Some(format!("there is `{only}`")),
        (None, [first @ .., last]) => Some(format!("there are `{}` and `{last}`", first.join("`, `"))),
    }
}

/// The known word that a word is a slip of, if there is one. Capitals make no difference but between words that are equally near.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let slips = |name: &str| strsim::damerau_levenshtein(&word.to_lowercase(), &name.to_lowercase());
    let near = known.map(|name| (slips(name), strsim::damerau_levenshtein(word, name), name)).min();
    near.filter(|(slips, _, name)| *slips <= name.len().max(word.len()) / 3).map(|(.., name)| name)
}
