//! Operators: who registers, and who leaves.

use super::*;

#[test]
fn k10_k11_k12_k13_k14_k15_operators_are_listed_staked_and_hold_their_key() {
    let mut net = Net::new(config());
    let (domain, _) = net
        .consensus
        .create_domain(OWNER, params(), Access::Listed, Balance(0))
        .unwrap();
    let keypair = Keypair::from_seed(&[1; 32]);
    let key = *keypair.key().as_bytes();
    let signature = possession(domain, account(1), &keypair);
    let register = |net: &mut Net, domain, key: [u8; 32], signature: Signature, stake| {
        net.consensus
            .register_operator(account(1), domain, &key, &signature, Balance(stake), TERMS)
    };
    let refusal = refused(&mut net, |net| register(net, DomainId(7), key, signature, 1_000));
    assert_eq!(refusal, RefusedRegistration::UnknownDomain { found: DomainId(7) });
    let refusal = refused(&mut net, |net| register(net, domain, key, signature, 1_000));
    assert_eq!(refusal, RefusedRegistration::NotListed);
    net.consensus.allow(OWNER, domain, account(1)).unwrap();
    let refusal = refused(&mut net, |net| register(net, domain, key, signature, 123));
    assert_eq!(
        refusal,
        RefusedRegistration::Deposit(RefusedStaking::OwnStake {
            limit: Balance(100),
            found: Balance(99)
        })
    );
    let refusal = refused(&mut net, |net| register(net, domain, [0; 32], signature, 1_000));
    assert!(matches!(refusal, RefusedRegistration::Key(_)));
    // Another account's, another domain's, nobody's.
    let other = possession(domain, account(2), &keypair);
    let refusal = refused(&mut net, |net| register(net, domain, key, other, 1_000));
    assert!(matches!(refusal, RefusedRegistration::Possession(_)));
    let other = possession(DomainId(1), account(1), &keypair);
    let refusal = refused(&mut net, |net| register(net, domain, key, other, 1_000));
    assert!(matches!(refusal, RefusedRegistration::Possession(_)));
    let refusal = refused(&mut net, |net| register(net, domain, key, signature, PURSE + 1));
    assert_eq!(
        refusal,
        RefusedRegistration::Funds {
            required: Balance(PURSE + 1)
        }
    );
    let (first, _) = register(&mut net, domain, key, signature, 1_000).unwrap();
    let refusal = refused(&mut net, |net| register(net, domain, key, signature, 1_000));
    assert_eq!(refusal, RefusedRegistration::KeyTaken { operator: first });
    // Nobody has so much.
    let keypair = Keypair::from_seed(&[2; 32]);
    let signature = possession(domain, account(1), &keypair);
    let refusal = refused(&mut net, |net| {
        register(net, domain, *keypair.key().as_bytes(), signature, u128::MAX)
    });
    assert_eq!(
        refusal,
        RefusedRegistration::Funds {
            required: Balance(u128::MAX)
        }
    );
    // Off the list again: nobody new.
    net.consensus.disallow(OWNER, domain, account(1)).unwrap();
    let refusal = refused(&mut net, |net| {
        register(net, domain, *keypair.key().as_bytes(), signature, 1_000)
    });
    assert_eq!(refusal, RefusedRegistration::NotListed);
}

#[test]
fn k16_k17_k18_operators_leave_once_and_stay_liable() {
    let (mut net, domain) = Net::with(params(), 2);
    let id = net.members[0].id;
    let refusal = refused(&mut net, |net| {
        net.consensus.deregister_operator(account(0), OperatorId(9))
    });
    assert_eq!(
        refusal,
        RefusedDeregistration::UnknownOperator { found: OperatorId(9) }
    );
    let refusal = refused(&mut net, |net| net.consensus.deregister_operator(account(1), id));
    assert!(matches!(refusal, RefusedDeregistration::NotAccount { .. }));
    net.begin_many(20);
    let bundle = net.seal(0, net.head_hash(domain), Vec::new(), vec![transfer(0, 0, 1)]);
    let window = bundle.header.header.election.window;
    let share = |net: &Net| {
        net.consensus
            .standing(domain, net.members[1].id, window)
            .unwrap()
            .unwrap()
            .share
    };
    let before = share(&net);
    net.consensus.deregister_operator(account(0), id).unwrap();
    let left_at = net.now().0;
    let refusal = refused(&mut net, |net| net.consensus.deregister_operator(account(0), id));
    assert_eq!(refusal, RefusedDeregistration::NotActive);
    // Out at once, and the snapshot of the others stays.
    let refusal = refused(&mut net, |net| net.submit(&bundle));
    assert_eq!(
        refusal,
        RefusedBundle::Bundle(InvalidBundle::Ineligible { operator: id })
    );
    assert_eq!(share(&net), before);
    // The money can be claimed when the unlock period is over, by anybody for the account, and once.
    let claim = |net: &mut Net| net.consensus.claim(id, account(0));
    let not_due = |unlock| RefusedStake::Pool(RefusedStaking::NothingDue { unlock });
    let unlock = ConsensusNumber(left_at + UNLOCK);
    net.begin_many(UNLOCK - 1);
    assert_eq!(refused(&mut net, claim), not_due(Some(unlock)));
    net.begin();
    assert_eq!(net.now(), unlock);
    let before = net.consensus.host().money[&account(0)];
    let events = claim(&mut net).unwrap();
    let claimed = Event::Claimed {
        operator: id,
        account: account(0),
        amount: Balance(DEPOSIT),
    };
    assert_eq!(events, [claimed]);
    assert_eq!(net.consensus.host().money[&account(0)], before + DEPOSIT);
    assert_eq!(refused(&mut net, claim), not_due(None));
    net.check_books();
}

#[test]
fn stakes_count_from_the_epoch_after_and_leave_with_it() {
    let mut net = Net::new(config());
    let domain = net.domain(params());
    let first = net.register(0, domain);
    let window = |net: &Net| Window(net.consensus.clock().unwrap().unwrap().block.slot.0);
    let stake = |net: &Net, window| {
        let share = net
            .consensus
            .standing(domain, first, window)
            .unwrap()
            .unwrap()
            .share;
        (share.stake().0, share.total().0)
    };
    assert_eq!(stake(&net, window(&net)).0, 0);
    net.begin_many(30);
    let first_epoch = window(&net);
    assert_eq!(stake(&net, first_epoch), (STAKE, STAKE));
    // Somebody joins and leaves: seen from each window, its own epoch's snapshot counts.
    let second = net.register(1, domain);
    assert_eq!(stake(&net, first_epoch), (STAKE, STAKE));
    net.begin_many(30);
    assert_eq!(stake(&net, window(&net)), (STAKE, 2 * STAKE));
    assert_eq!(stake(&net, first_epoch), (STAKE, STAKE));
    net.consensus.deregister_operator(account(1), second).unwrap();
    assert_eq!(stake(&net, window(&net)), (STAKE, 2 * STAKE));
    net.begin_many(30);
    assert_eq!(stake(&net, window(&net)), (STAKE, STAKE));
    // Two epochs back no snapshot is kept: nothing wins there.
    assert_eq!(stake(&net, first_epoch).0, 0);
}
