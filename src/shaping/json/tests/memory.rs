//! What rules, depth and length cost, and what memory one answer leaves to the next.

use super::*;

/// The automaton's sets, not the rules, are what a key costs.
#[test]
fn ten_thousand_rules_are_one_pass() {
    let names = (0..10_000).map(|at| (path(&format!("$.items[*].n{at}")), Treatment::Remove));
    let below = (0..10_000).map(|at| (path(&format!("$..m{at}")), Treatment::Null));
    let plan = Arc::new(JsonPlan::new(names.chain(below), None));
    let mut shaper = JsonShaper::new(plan.clone(), Limits::default());
    let mut out = Vec::new();
    shaper.write(br#"{"items":[{"n9999":1,"m17":2,"x":"#, &mut out).unwrap();
    let nodes = &shaper.state.as_ref().unwrap().nodes;
    assert!(nodes.len() <= 16, "{nodes:?}");
    shaper.write(b"3}]}", &mut out).unwrap();
    assert_eq!(out, br#"{"items":[{"m17":null,"x":3}]}"#);
}

#[test]
fn depth_and_length_cost_no_stack_and_no_memory_where_nothing_waits() {
    let limits = Limits { depth: 200_000, ..Limits::default() };
    let deep = ["[".repeat(100_000), "]".repeat(100_000)].concat();
    assert_eq!(run(&plan([("$..x", Treatment::Remove)]), limits, deep.as_bytes()), (deep.clone(), Ok(())));
    let mut shaper = JsonShaper::new(plan([("$.v", Treatment::Remove)]), Limits::default());
    let mut out = Vec::new();
    shaper.write(b"{\"v\":\"", &mut out).unwrap();
    for _ in 0..1_000 {
        shaper.write(&[b'x'; 10_000], &mut out).unwrap();
    }
    shaper.write(b"\"}", &mut out).unwrap();
    assert_eq!(out, b"{}");
    assert!(shaper.state.as_ref().unwrap().held.capacity() < 1_000);
}

#[test]
fn an_answer_leaves_its_memory_to_the_next_one_and_nothing_of_itself() {
    let plan = plan([("$.v", round(0.5)), ("$.x", Treatment::Remove)]);
    let broken = |digits: usize| {
        let mut shaper = JsonShaper::new(plan.clone(), Limits::default());
        let body = format!("{{\"x\":1,\"v\":{}", "7".repeat(digits));
        shaper.write(body.as_bytes(), &mut Vec::new()).unwrap();
        assert_eq!(shaper.state.as_ref().unwrap().held.len(), digits + 4);
        shaper
    };
    let many: Vec<_> = [10; 40].map(broken).into();
    drop(many);
    let states: Vec<_> = (0..40).map(|_| plan.alone().reuse.take()).collect();
    assert_eq!(states.iter().filter(|state| state.held.capacity() > 0).count(), 16);
    assert!(states.iter().all(|state| state.held.is_empty() && state.frames.is_empty() && state.token.is_none()));
    drop(broken(100_000));
    let state = plan.alone().reuse.take();
    assert_eq!(state.held.capacity(), 0, "what is large is not kept");
    drop(broken(10));
    let (mut shaper, mut out) = (JsonShaper::new(plan.clone(), Limits::default()), Vec::new());
    assert_eq!(shaper.matched().collect::<Vec<_>>(), [Some(0), Some(0)]);
    shaper.write(br#"{"x":2,"v":1.3}"#, &mut out).unwrap();
    shaper.end(&mut out).unwrap();
    assert_eq!(out, br#"{"v":1.5}"#);
    drop(shaper);
    let state = plan.alone().reuse.take();
    assert!(format!("{:?}", state.noted).contains("[]"), "where something stood is not told: {:?}", state.noted);
}
