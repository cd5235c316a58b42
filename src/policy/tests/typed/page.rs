//! Rules for HTML.

use super::*;

pub(super) fn page() -> PolicyBuilder {
    let attributes =
        Treatment::attributes([("title", Treatment::remove()), ("href", Treatment::url_without(["uid", "rec_*"]))]);
    let or_keep = |stage, treatment| [(stage, treatment), (FAMILIAR, Treatment::keep())];
    let reworded = || or_keep(ACQUAINTED, Treatment::replace("You may like this"));
    let endpoint = Endpoint::new("home")
        .path(["/", "/home"])
        .html([
            Html::select(".greeting .name", DataClass::Provided).steps(or_keep(NEW, Treatment::replace("there"))),
            Html::select(".because", DataClass::Observed).steps(reworded()),
            Html::select("a.product", DataClass::Observed).steps(or_keep(ACQUAINTED, attributes)),
            Html::script("#__NEXT_DATA__"),
        ])
        .fields([
            Field::new("$.props.pageProps.customer.first_name", DataClass::Provided)
                .steps(or_keep(NEW, Treatment::null())),
            Field::new("$.props.pageProps.products[*].reason", DataClass::Observed).steps(reworded()),
        ]);
    let identity = identity().tokens([TokenSource::Cookie("session".into())]);
    Policy::builder().identity(identity.claims(Claims::default().purposes("consent"))).endpoints([endpoint])
}

#[test]
fn a_page_means_what_its_file_means() {
    let text = include_str!("../../../../config/shop_page.toml");
    assert_eq!(in_memory(page()).fingerprint(), file(text).fingerprint(), "{}", page().to_toml());
}
