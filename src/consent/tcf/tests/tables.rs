//! Whatever the tables of the specification allow is read.

use proptest::prelude::*;

use super::*;

/// The standard purposes of a string's 24 bits.
fn standard(bits: u64) -> TcfPurposes {
    TcfPurposes::of(&(1..=24).filter(|number| bits >> (24 - number) & 1 == 1).collect::<Vec<_>>(), &[])
}

fn own(bits: &[bool]) -> TcfPurposes {
    TcfPurposes::of(&[], &(1..=63).zip(bits).filter(|(_, set)| **set).map(|(number, _)| number).collect::<Vec<_>>())
}

fn any_ranges() -> impl Strategy<Value = Ranges> {
    let range = (any::<u16>(), prop::option::of(any::<u16>()));
    prop::collection::vec(range.prop_map(|(first, last)| (first, last.map(|last| first.max(last)))), 0..12)
}

fn any_vendors() -> impl Strategy<Value = Vendors> {
    prop_oneof![
        prop::collection::vec(any::<bool>(), 0..300).prop_map(Vendors::Bits),
        any_ranges().prop_map(Vendors::Ranges),
    ]
}

fn any_fields() -> impl Strategy<Value = Fields> {
    let times = (0_u64..1 << 36, 0_u64..1 << 36);
    let purposes = (0_u64..1 << 24, 0_u64..1 << 24);
    let own = (0_usize..64).prop_flat_map(|count| {
        (prop::collection::vec(any::<bool>(), count), prop::collection::vec(any::<bool>(), count))
    });
    let publisher = prop::option::of((0_u64..1 << 24, 0_u64..1 << 24, own));
    let restrictions = prop::collection::vec((0_u64..64, 0_u64..4, any_ranges()), 0..4);
    let lists = ([any_vendors(), any_vendors()], prop::option::of(any_vendors()), prop::option::of(any_vendors()));
    (times, 0_u64..64, any::<bool>(), purposes, lists, restrictions, publisher).prop_map(
        |(
            times,
            policy_version,
            is_service_specific,
            purposes,
            (vendors, disclosed, allowed),
            restrictions,
            publisher,
        )| {
            Fields {
                version: 2,
                created: times.0,
                last_updated: times.1,
                policy_version,
                is_service_specific,
                consent: purposes.0,
                interest: purposes.1,
                vendors,
                restrictions,
                publisher: publisher.map(|(consent, interest, (own_consent, own_interest))| {
                    (consent, interest, own_consent, own_interest)
                }),
                disclosed,
                allowed,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    /// Vectors made from the tables of the specification.
    #[test]
    fn whatever_the_tables_allow_is_read(fields in any_fields()) {
        let text = fields.written();
        let read = TcString::read(text.as_bytes());
        if text.len() > LONGEST {
            prop_assert_eq!(read, Err(TcError::TooLong));
            return Ok(());
        }
        let instant = |deciseconds: u64| Timestamp::from_millisecond(deciseconds as i64 * 100).unwrap();
        let publisher = fields.publisher.as_ref().map(|(consent, interest, own_consent, own_interest)| Permissions {
            consent: standard(*consent).union(own(own_consent)),
            legitimate_interest: standard(*interest).union(own(own_interest)),
            custom: own_consent.len() as u8,
        });
        let core = Permissions {
            consent: standard(fields.consent),
            legitimate_interest: standard(fields.interest),
            custom: 0,
        };
        prop_assert_eq!(read, Ok(TcString {
            created: instant(fields.created),
            last_updated: instant(fields.last_updated),
            policy_version: fields.policy_version as u8,
            is_service_specific: fields.is_service_specific,
            core,
            publisher,
        }));
    }
}
