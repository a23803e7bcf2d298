//! Blocks and domains.

use super::*;

#[test]
fn k1_k2_blocks_follow_one_another() {
    let mut net = Net::new(config());
    let info = net.block_info();
    let skipped = BlockInfo {
        number: ConsensusNumber(info.number.0 + 1),
        ..info
    };
    let refusal = refused(&mut net, |net| net.consensus.begin_block(&skipped));
    assert!(matches!(
        refusal,
        RefusedBlock::Number {
            previous: ConsensusNumber(1),
            ..
        }
    ));
    let same_slot = BlockInfo {
        slot: Slot(info.slot.0 - 1),
        ..info
    };
    let refusal = refused(&mut net, |net| net.consensus.begin_block(&same_slot));
    assert!(matches!(refusal, RefusedBlock::Slot { .. }));
    net.consensus.begin_block(&info).unwrap();
}

#[test]
fn k1_the_last_block_that_a_chain_can_have_begins() {
    let mut consensus = Consensus::new(MemoryHost::default(), config());
    let mut info = Net::new(config()).block_info();
    info.number = ConsensusNumber(u64::MAX - 1);
    consensus.begin_block(&info).unwrap();
    (info.number, info.slot) = (ConsensusNumber(u64::MAX), Slot(info.slot.0 + 1));
    consensus.begin_block(&info).unwrap();
    info.slot = Slot(info.slot.0 + 1);
    let after = consensus.begin_block(&info);
    assert!(matches!(
        after,
        Err(CallError::Refused(RefusedBlock::Number { .. }))
    ));
}

#[test]
fn k3_nothing_happens_before_the_first_block() {
    let mut consensus = Consensus::new(MemoryHost::default(), config());
    let created = consensus.create_domain(OWNER, params(), Access::Open, Balance(0));
    assert_eq!(created, Err(CallError::Refused(RefusedDomain::NotBegun)));
    let keypair = Keypair::from_seed(&[1; 32]);
    let signature = possession(DomainId(0), OWNER, &keypair);
    let key = keypair.key().as_bytes();
    let registered = consensus.register_operator(OWNER, DomainId(0), key, &signature, Balance(1_000), TERMS);
    assert_eq!(registered, Err(CallError::Refused(RefusedRegistration::NotBegun)));
    let left = consensus.deregister_operator(OWNER, OperatorId(0));
    assert_eq!(left, Err(CallError::Refused(RefusedDeregistration::NotBegun)));
    assert_eq!(
        consensus.submit_bundle(&[]),
        Err(CallError::Refused(RefusedBundle::NotBegun))
    );
    assert!(consensus.host().store.is_empty());
}

#[test]
fn k4_k5_k6_k7_domains_are_safe_judgeable_and_paid_for() {
    let mut net = Net::new(config());
    let create = |net: &mut Net, params| {
        net.consensus
            .create_domain(OWNER, params, Access::Open, Balance(7))
    };
    let mut wrong = params();
    wrong.challenge_period = 1;
    let refusal = refused(&mut net, |net| create(net, wrong));
    assert!(matches!(
        refusal,
        RefusedDomain::Params(UnsafeParams::Challenge { .. })
    ));
    let mut unknown = params();
    unknown.rules = RuleSet(Digest([1; 32]));
    assert_eq!(
        refused(&mut net, |net| create(net, unknown)),
        RefusedDomain::NoEngine
    );
    let poor = account(200);
    let refusal = refused(&mut net, |net| {
        net.consensus
            .create_domain(poor, params(), Access::Open, Balance(7))
    });
    assert_eq!(
        refusal,
        RefusedDomain::Deposit {
            required: Balance(507)
        }
    );
    // A sum beyond the range of balances.
    let refusal = refused(&mut net, |net| {
        let all = Balance(u128::MAX);
        net.consensus.create_domain(OWNER, params(), Access::Open, all)
    });
    assert_eq!(
        refusal,
        RefusedDomain::Deposit {
            required: Balance(u128::MAX)
        }
    );
    // K7 for domains and operators.
    let domain = net.domain(params());
    let last = model::Counters {
        domain: DomainId(u32::MAX),
        operator: OperatorId(u64::MAX),
        channel: ChannelId(0),
    };
    net.consensus
        .host_mut()
        .store
        .insert(keys::counters(), last.encode());
    assert_eq!(
        refused(&mut net, |net| create(net, params())),
        RefusedDomain::NoId
    );
    let keypair = Keypair::from_seed(&[1; 32]);
    let refusal = refused(&mut net, |net| {
        let signature = possession(domain, account(1), &keypair);
        net.consensus.register_operator(
            account(1),
            domain,
            keypair.key().as_bytes(),
            &signature,
            Balance(125),
            TERMS,
        )
    });
    assert_eq!(refusal, RefusedRegistration::NoId);
}

#[test]
fn k8_k9_only_the_owner_pauses() {
    let (mut net, domain) = Net::with(params(), 1);
    let unknown = DomainId(9);
    let refusal = refused(&mut net, |net| net.consensus.pause(OWNER, unknown));
    assert_eq!(refusal, RefusedOwnerCall::UnknownDomain { found: unknown });
    let refusal = refused(&mut net, |net| net.consensus.resume(account(1), domain));
    assert_eq!(
        refusal,
        RefusedOwnerCall::NotOwner {
            expected: OWNER,
            found: account(1)
        }
    );
    let refusal = refused(&mut net, |net| {
        net.consensus.allow(account(1), domain, account(1))
    });
    assert!(matches!(refusal, RefusedOwnerCall::NotOwner { .. }));

    // Paused: no transactions, but the receipt of what was included, and its confirmation.
    net.send(0, vec![transfer(0, 0, 1)]);
    net.begin();
    assert_eq!(
        net.consensus.pause(OWNER, domain).unwrap(),
        [Event::DomainPaused { domain }]
    );
    assert_eq!(net.consensus.pause(OWNER, domain).unwrap(), []);
    let bundle = net.seal(0, net.head_hash(domain), Vec::new(), vec![transfer(0, 1, 1)]);
    let refusal = refused(&mut net, |net| net.submit(&bundle));
    assert_eq!(refusal, RefusedBundle::Bundle(InvalidBundle::Paused { domain }));
    let right = net.missing(domain);
    net.vouch(0, right);
    net.begin_many(11);
    assert_eq!(net.confirmed(domain), 1);
    assert_eq!(
        net.consensus.resume(OWNER, domain).unwrap(),
        [Event::DomainResumed { domain }]
    );
    net.send(0, vec![transfer(0, 1, 1)]);
}
