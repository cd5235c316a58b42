//! What the property tests draw at random, drawn by the fuzzer's bytes.

use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

/// Other bytes, other things: the bytes are a seed. The fuzzer keeps those seeds that lead further.
pub(crate) fn drawn<S: Strategy>(strategy: S, bytes: &[u8]) -> S::Value {
    let mut seed = *b"of the fuzzer...";
    seed.iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
    let random = TestRng::from_seed(RngAlgorithm::XorShift, &seed);
    let config = Config { failure_persistence: None, ..Config::default() };
    let tree = strategy.new_tree(&mut TestRunner::new_with_rng(config, random));
    tree.unwrap_or_else(|reason| panic!("nothing to draw: {reason}")).current()
}

/// The first bytes, of which things are drawn, in parts of these sizes; and the rest, a body.
pub(crate) fn parts<const N: usize>(input: &[u8], sizes: [usize; N]) -> ([&[u8]; N], &[u8]) {
    let mut rest = input;
    let parts = sizes.map(|size| {
        let (part, left) = rest.split_at(size.min(rest.len()));
        rest = left;
        part
    });
    (parts, rest)
}
