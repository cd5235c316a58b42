//! Every public item is shown at work: by an example of its own, which is compiled and run, or by that of another item,
//! which it names. What macros declare is not seen here: the types of `policy::typed`, whose module has an example and
//! whose methods are the keys of a policy file. That errors and panics are told of is seen to by two lints
//! (`missing_errors_doc`, `missing_panics_doc`), and that `pub` is what can be reached from outside by a third
//! (`unreachable_pub`).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Files whose items need no example, and why.
const EXCEPT: [(&str, &str); 2] = [
    ("src/shaping/html/none.rs", "stands in for the feature `html`: nobody can have one of these"),
    ("src/shaping/encoding/none.rs", "stands in for the feature `encoding`: nobody can have one of these"),
];

#[test]
fn every_public_item_has_an_example_or_names_one() {
    let items: Vec<Item> = sources(Path::new("src")).iter().flat_map(|file| items(file)).collect();
    let mut lacking = Vec::new();
    for item in &items {
        let named: Vec<_> = item.named_examples().collect();
        let astray = named.iter().filter(|name| !item.names_shown(name, &items));
        lacking.extend(astray.map(|name| format!("{}: `{name}` has no example", item.at)));
        if item.needs_example && !item.is_shown() && named.is_empty() {
            lacking.push(format!("{}: `{}` has no example and names none", item.at, item.name));
        }
    }
    assert!(items.iter().filter(|item| item.needs_example).count() > 100, "the items are not found any more");
    assert!(lacking.is_empty(), "{}", lacking.join("\n"));
}

#[test]
fn an_exception_is_one() {
    for (file, _) in EXCEPT {
        assert!(items(Path::new(file)).iter().all(|item| !item.is_shown()), "{file}");
    }
}

/// A public item, or a module.
struct Item {
    at: String,
    name: String,
    doc: String,
    /// Whether it stands by itself: a method is shown with its type.
    needs_example: bool,
}

impl Item {
    /// Whether Rust stands in its documentation that is compiled.
    fn is_shown(&self) -> bool {
        let fences = self.doc.lines().filter(|line| line.starts_with("```"));
        fences.step_by(2).any(|fence| ["```", "```no_run"].contains(&fence))
    }

    /// Whether an item that it names has an example. Of several of that name it is one that lies on most of the path, and of
    /// those one of the nearest.
    fn names_shown(&self, path: &str, items: &[Self]) -> bool {
        let (modules, name) = path.rsplit_once("::").unwrap_or(("", path));
        let fit = |item: &Self| {
            let on_the_path = modules.split("::").filter(|module| item.way().any(|part| part == *module)).count();
            (on_the_path, self.way().zip(item.way()).take_while(|(one, other)| one == other).count())
        };
        let named = || items.iter().filter(|item| item.name == name);
        let best = named().map(fit).max();
        named().any(|item| Some(fit(item)) == best && item.is_shown())
    }

    /// The folders and the file, from the outside in.
    fn way(&self) -> impl Iterator<Item = &str> {
        let file = self.at.split(':').next().unwrap_or_default();
        file.trim_end_matches(".rs").split('/')
    }

    /// The items whose examples it names: the path where the link has one, else what stands between the brackets.
    fn named_examples(&self) -> impl Iterator<Item = String> {
        let doc = self.doc.replace('\n', " ");
        let path = |rest: &str| {
            let (name, behind) = rest.split_once("`]")?;
            let target = behind.strip_prefix('(').and_then(|target| target.split(')').next());
            Some(target.filter(|target| target.contains("::") && target.ends_with(name)).unwrap_or(name).to_owned())
        };
        doc.split("xample of [`").skip(1).filter_map(path).collect::<Vec<_>>().into_iter()
    }
}

/// The sources of the library.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let library = entries.filter(|path| *path != Path::new("src/cli") && *path != Path::new("src/main.rs"));
    library.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

/// The public items of a file, and the module that it is.
fn items(file: &Path) -> Vec<Item> {
    if file.extension().is_none_or(|extension| extension != "rs") {
        return Vec::new();
    }
    let text = fs::read_to_string(file).unwrap();
    let is_exception = EXCEPT.iter().any(|(path, _)| file == Path::new(path));
    let folder_or_file = if file.ends_with("mod.rs") { file.parent().unwrap() } else { file };
    let name = folder_or_file.file_stem().unwrap().to_str().unwrap().to_owned();
    let doc = text.lines().map_while(|line| line.strip_prefix("//!")).map(undented).collect();
    let mut items = vec![Item { at: file.display().to_string(), name, doc, needs_example: false }];
    let (mut doc, mut in_attribute) = (String::new(), false);
    for (number, line) in (1..).zip(text.lines()) {
        let code = line.trim_start();
        if let Some(more) = code.strip_prefix("///") {
            doc.push_str(&undented(more));
        } else if in_attribute || code.starts_with("#[") {
            in_attribute = !code.ends_with(']');
        } else {
            if let Some((kind, name)) = public(code) {
                let at = format!("{}:{number}", file.display());
                let stands_alone = line == code || ["struct", "enum", "trait"].contains(&kind);
                let needs_example = stands_alone && !is_exception;
                items.push(Item { at, name: name.to_owned(), doc: doc.clone(), needs_example });
            }
            doc.clear();
        }
    }
    items
}

/// A line of documentation without the blank before it.
fn undented(line: &str) -> String {
    format!("{}\n", line.strip_prefix(' ').unwrap_or(line))
}

/// What a line declares for everybody, and its name.
fn public(code: &str) -> Option<(&str, &str)> {
    let mut words = code.strip_prefix("pub ")?.split_ascii_whitespace().peekable();
    while words.next_if(|word| ["async", "const"].contains(word)).is_some() {
        // The name of a constant in capitals, not a `const fn`.
        if let Some(name) = words.peek().and_then(|word| word.strip_suffix(':')) {
            return Some(("const", name));
        }
    }
    let kind = words.next().filter(|kind| ["fn", "struct", "enum", "trait", "type"].contains(kind))?;
    let name = words.next()?.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next()?;
    // In a macro it has its name, and its documentation, elsewhere.
    (!name.is_empty()).then_some((kind, name))
}
