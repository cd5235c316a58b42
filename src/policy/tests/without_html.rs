//! What a build without the feature `html` says of rules for HTML.

use super::*;

#[test]
fn rules_for_html_are_told_of_with_the_feature_that_reads_them() {
    let policy = policy(&format!("{SHORT}html = [{{ select = \".a\", data = \"provided\" }}]\n"));
    let warnings: Vec<_> = policy.warnings().iter().map(ToString::to_string).collect();
    let says = "`endpoints.html`: read and checked, but this build reads no HTML, and a page counts as unreadable; build with \
                the feature `html`";
    assert_eq!(warnings, [says]);
}
