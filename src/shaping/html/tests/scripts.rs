//! JSON in scripts.

use super::*;
use crate::shaping::path::Path;

fn scripts(selector: &str, fields: &[(&str, Treatment)]) -> Arc<HtmlPlan> {
    let fields = fields.iter().map(|(path, treatment)| (Path::parse(path).unwrap(), treatment.clone()));
    Arc::new(HtmlPlan::new([], [Place::parse(selector).unwrap()], Arc::new(JsonPlan::new(fields, None))))
}

#[test]
fn json_in_a_script_is_shaped_by_the_field_rules() {
    let plan = scripts("#data", &[("$.name", replace("\"</script><!--\"")), ("$.secret", Treatment::Remove)]);
    let page = "<script id=data type='application/json'> {\"name\": \"Anna\", \"secret\": {\"a\": [1]}, \"n\": 1.50, \"t\": \"a < b\"} </script><p>";
    let wanted = "<script id=data type='application/json'> {\"name\": \"\\u003c/script>\\u003c!--\", \"n\": 1.50, \"t\": \"a < b\"} </script><p>";
    assert_eq!(shaped(&plan, page), wanted);
    let with = |attributes: &str, json: &str| shape(&plan, &format!("<script id=data {attributes}>{json}</script>"));
    for json in ["", " \n"] {
        assert_eq!(with("type=application/ld+json", json).1, None);
    }
    assert_eq!(with("type=application/ld+json", "{\"name\":\"Anna\"").1, Some(DoubtKind::CutShort));
    assert_eq!(with("type=application/json", "name = 'Anna'").1, Some(DoubtKind::Syntax));
    assert_eq!(with("", "{\"name\":\"Anna\"}").1, Some(DoubtKind::Syntax));
    assert_eq!(shape(&plan, "<p id=data type=application/json>{}</p>").1, Some(DoubtKind::Syntax));
    let (out, doubt) = shape(&plan, "<script id=data type=application/json>{\"secret\":\"Anna\",");
    assert_eq!((out.contains("Anna"), doubt), (false, Some(DoubtKind::CutShort)));
}
