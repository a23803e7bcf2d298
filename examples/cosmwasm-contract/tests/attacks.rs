//! What is particular to this host: coins that come with messages, and go with them.
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    missing_debug_implementations,
    dead_code,
    unreachable_pub,
    reason = "tests"
)]

mod harness;

use cosmwasm_contract::{ExecuteMsg, SudoMsg};
use cosmwasm_std::{
    Addr, Binary, Coin, CosmosMsg, Deps, DepsMut, Empty, Env, MessageInfo, Reply, Response, StdError,
    StdResult, SubMsg, Uint256, WasmMsg, coin, coins, to_json_binary,
};
use cw_multi_test::{ContractWrapper, Executor};
use decex_consensus::{AccountCall, BlockInfo, OpenCall};
use decex_core::{Balance, DomainId};
use decex_testkit::chain::{Chain, Money, Request};
use decex_testkit::story::{Story, config};
use harness::{DENOM, Harness, address, code, settings};
use parity_scale_codec::Encode;

/// The chain after the first blocks of the story: a domain with operators.
fn founded() -> (Harness, Story) {
    let story = Story::write().unwrap();
    let mut harness = Harness::new();
    for (account, amount) in &story.endowed {
        harness.endow(*account, *amount).unwrap();
    }
    for step in story.steps.iter().take(4) {
        harness.block(&step.block, &step.calls).unwrap();
    }
    (harness, story)
}

/// Somebody with coins who has nothing to do with the story.
fn somebody(harness: &mut Harness, amount: u128) -> Addr {
    let address = harness.app.api().addr_make("somebody");
    harness.mint(&address, amount, DENOM);
    address
}

fn endow(amount: u128) -> AccountCall {
    AccountCall::EndowDomain {
        domain: DomainId(0),
        amount: Balance(amount),
    }
}

fn text(error: &StdError) -> String {
    error.to_string()
}

#[test]
fn what_is_not_held_comes_back_at_once() {
    let (mut harness, _) = founded();
    let payer = somebody(&mut harness, 1_000);
    let custody = harness.sums().custody;
    harness.call(&payer, &endow(300), &coins(1_000, DENOM)).unwrap();
    assert_eq!(harness.balance(&payer), 700);
    assert_eq!(harness.credit(&payer), 0);
    assert_eq!(harness.sums().custody.u128(), custody.u128() + 300);
    harness.check_books().unwrap();
}

#[test]
fn what_is_attached_to_a_refused_call_comes_back() {
    let (mut harness, _) = founded();
    let payer = somebody(&mut harness, 1_000);
    let sums = harness.sums();
    // Too little is attached, whatever else the payer has.
    let error = harness.call(&payer, &endow(300), &coins(299, DENOM)).unwrap_err();
    assert_eq!(code(&text(&error)), Some(32));
    // Another rule.
    let pause = AccountCall::Pause { domain: DomainId(0) };
    let error = harness.call(&payer, &pause, &coins(500, DENOM)).unwrap_err();
    assert_eq!(code(&text(&error)), Some(9));
    assert_eq!((harness.balance(&payer), harness.credit(&payer)), (1_000, 0));
    assert_eq!(harness.sums(), sums);
    harness.check_books().unwrap();
}

#[test]
fn other_coins_are_refused_and_come_back() {
    let (mut harness, _) = founded();
    let payer = somebody(&mut harness, 1_000);
    harness.mint(&payer, 1_000, "other");
    for funds in [coins(300, "other"), vec![coin(5, "other"), coin(300, DENOM)]] {
        let error = harness.call(&payer, &endow(300), &funds).unwrap_err();
        assert!(
            text(&error).contains("only stake is taken, and other is attached"),
            "{error:?}"
        );
    }
    assert_eq!(harness.balance(&payer), 1_000);
    let other = harness.app.wrap().query_balance(&payer, "other").unwrap();
    assert_eq!(other.amount, Uint256::from(1_000_u32));
    harness.check_books().unwrap();
}

#[test]
fn messages_that_take_no_coins_refuse_them() {
    let (mut harness, story) = founded();
    let payer = somebody(&mut harness, 1_000);
    let call = OpenCall::Claim {
        operator: decex_core::OperatorId(0),
        account: decex_core::AccountId::default(),
    };
    let open = ExecuteMsg::Open {
        call: Binary::new(call.encode()),
    };
    let begin = ExecuteMsg::Begin(harness.beginning(&story.steps[4].block));
    for message in [open, ExecuteMsg::Withdraw {}, begin] {
        let error = harness.send(&payer, &message, &coins(10, DENOM)).unwrap_err();
        assert!(text(&error).contains("takes no coins"), "{error:?}");
    }
    assert_eq!(harness.balance(&payer), 1_000);
}

#[test]
fn more_than_can_be_counted_is_refused() {
    let (mut harness, _) = founded();
    let payer = harness.app.api().addr_make("rich");
    let huge = Coin {
        denom: DENOM.to_owned(),
        amount: Uint256::from(u128::MAX) + Uint256::one(),
    };
    let mint = cw_multi_test::BankSudo::Mint {
        to_address: payer.to_string(),
        amount: vec![huge.clone()],
    };
    harness.app.sudo(cw_multi_test::SudoMsg::Bank(mint)).unwrap();
    let error = harness.call(&payer, &endow(1), &[huge]).unwrap_err();
    assert!(text(&error).contains("more is attached than"), "{error:?}");
}

#[test]
fn coins_without_a_message_are_nobodys() {
    let (mut harness, _) = founded();
    let payer = somebody(&mut harness, 1_000);
    let (sums, contract) = (harness.sums(), harness.contract.clone());
    harness
        .app
        .send_tokens(payer.clone(), contract, &coins(400, DENOM))
        .unwrap();
    assert_eq!(harness.sums(), sums);
    assert_eq!(harness.credit(&payer), 0);
    harness.send(&payer, &ExecuteMsg::Withdraw {}, &[]).unwrap();
    assert_eq!(harness.balance(&payer), 600);
}

/// Plays the story up to its first block with fees, and returns the farmer, whom the contract then owes something.
fn farmed() -> (Harness, Addr, u128) {
    let (mut harness, story) = founded();
    let farmer = address(&harness.app, &story.steps[0].block.farmer);
    for step in story.steps.iter().skip(4) {
        harness.block(&step.block, &step.calls).unwrap();
        let owed = harness.credit(&farmer);
        if owed > 0 {
            return (harness, farmer, owed);
        }
    }
    unreachable!("the story pays farmers")
}

#[test]
fn what_is_owed_is_paid_once() {
    let (mut harness, farmer, owed) = farmed();
    assert_eq!(harness.balance(&farmer), 0, "nobody is paid unasked");
    harness.send(&farmer, &ExecuteMsg::Withdraw {}, &[]).unwrap();
    assert_eq!((harness.balance(&farmer), harness.credit(&farmer)), (owed, 0));
    harness.send(&farmer, &ExecuteMsg::Withdraw {}, &[]).unwrap();
    assert_eq!(harness.balance(&farmer), owed);
    harness.check_books().unwrap();
    // And nobody else's is paid to anybody.
    let stranger = harness.app.api().addr_make("stranger");
    harness.send(&stranger, &ExecuteMsg::Withdraw {}, &[]).unwrap();
    assert_eq!(harness.balance(&stranger), 0);
}

#[test]
fn what_is_owed_pays_for_calls_and_stays_when_more_is_attached() {
    let (mut harness, farmer, owed) = farmed();
    harness.call(&farmer, &endow(owed / 2), &[]).unwrap();
    assert_eq!(harness.credit(&farmer), owed - owed / 2);
    harness.mint(&farmer, 50, DENOM);
    harness.call(&farmer, &endow(20), &coins(50, DENOM)).unwrap();
    let all = harness.credit(&farmer) + harness.balance(&farmer);
    assert_eq!(all, owed - owed / 2 + 30);
    harness.check_books().unwrap();
}

/// A contract that, told how, sends messages to another one, and sends them again when they have been answered.
mod thief {
    use super::*;

    pub fn instantiate(_: DepsMut<'_>, _: Env, _: MessageInfo, _: Empty) -> StdResult<Response> {
        Ok(Response::new())
    }

    /// The message: whom to send what, and with which coins.
    pub fn execute(deps: DepsMut<'_>, _: Env, _: MessageInfo, message: WasmMsg) -> StdResult<Response> {
        deps.storage
            .set(b"message", &cosmwasm_std::to_json_vec(&message)?);
        deps.storage.set(b"left", &[3]);
        let message = CosmosMsg::from(message);
        // Twice in a row, and once more in the answer to each.
        let again = SubMsg::reply_always(message.clone(), 0);
        Ok(Response::new()
            .add_submessage(again.clone())
            .add_submessage(again))
    }

    pub fn reply(deps: DepsMut<'_>, _: Env, _: Reply) -> StdResult<Response> {
        let left = deps.storage.get(b"left").unwrap()[0];
        if left == 0 {
            return Ok(Response::new());
        }
        deps.storage.set(b"left", &[left - 1]);
        let message: WasmMsg = cosmwasm_std::from_json(deps.storage.get(b"message").unwrap())?;
        Ok(Response::new().add_submessage(SubMsg::reply_always(message, 0)))
    }

    pub fn query(_: Deps<'_>, _: Env, _: Empty) -> StdResult<Binary> {
        to_json_binary(&())
    }
}

fn thief(harness: &mut Harness) -> Addr {
    let wrapper = ContractWrapper::new_with_empty(thief::execute, thief::instantiate, thief::query);
    let code = harness
        .app
        .store_code(Box::new(wrapper.with_reply_empty(thief::reply)));
    let creator = harness.app.api().addr_make("thief");
    let thief = harness
        .app
        .instantiate_contract(code, creator, &Empty {}, &[], "thief", None);
    thief.unwrap()
}

#[test]
fn a_contract_that_comes_back_is_paid_once() {
    let (mut harness, story) = founded();
    let thief = thief(&mut harness);
    // The thief is a farmer: the contract owes it the blockspace of a block.
    for step in story.steps.iter().skip(4) {
        let account = cosmwasm_contract::account_of(harness.app.api(), thief.as_str()).unwrap();
        let block = BlockInfo {
            farmer: account,
            ..step.block
        };
        harness.block(&block, &step.calls).unwrap();
        if harness.credit(&thief) > 0 {
            break;
        }
    }
    let owed = harness.credit(&thief);
    assert!(owed > 0);
    let contract = harness.contract.to_string();
    let message = WasmMsg::Execute {
        contract_addr: contract,
        msg: to_json_binary(&ExecuteMsg::Withdraw {}).unwrap(),
        funds: Vec::new(),
    };
    let anybody = harness.app.api().addr_make("anybody");
    harness
        .app
        .execute_contract(anybody, thief.clone(), &message, &[])
        .unwrap();
    assert_eq!((harness.balance(&thief), harness.credit(&thief)), (owed, 0));
    harness.check_books().unwrap();
}

#[test]
fn a_contract_that_comes_back_is_given_back_no_more_than_it_attached() {
    let (mut harness, _) = founded();
    let thief = thief(&mut harness);
    harness.mint(&thief, 1_000, DENOM);
    let custody = harness.sums().custody.u128();
    let call = Binary::new(endow(100).encode());
    let message = WasmMsg::Execute {
        contract_addr: harness.contract.to_string(),
        msg: to_json_binary(&ExecuteMsg::Call { call }).unwrap(),
        funds: coins(400, DENOM),
    };
    let anybody = harness.app.api().addr_make("anybody");
    harness
        .app
        .execute_contract(anybody, thief.clone(), &message, &[])
        .unwrap();
    let held = harness.sums().custody.u128() - custody;
    assert!(
        held >= 200 && held.is_multiple_of(100),
        "every call that was made: {held}"
    );
    assert_eq!(harness.balance(&thief) + held, 1_000);
    assert_eq!(harness.credit(&thief), 0);
    harness.check_books().unwrap();
}

#[test]
fn only_the_beacon_and_the_chain_begin_blocks() {
    let story = Story::write().unwrap();
    let mut harness = Harness::with_beacon(|app| Some(app.api().addr_make("beacon")));
    let (beacon, other) = (
        harness.app.api().addr_make("beacon"),
        harness.app.api().addr_make("other"),
    );
    let [first, second] = [0, 1].map(|step: usize| story.steps[step].block);
    harness.go_to(&first);
    let begin = ExecuteMsg::Begin(harness.beginning(&first));
    let error = harness.send(&other, &begin, &[]).unwrap_err();
    assert!(text(&error).contains("only the beacon"), "{error:?}");
    harness.send(&beacon, &begin, &[]).unwrap();
    // One block in a slot (K2), whoever begins it.
    let error = harness.send(&beacon, &begin, &[]).unwrap_err();
    assert_eq!(code(&text(&error)), Some(2));
    let again = SudoMsg::Begin(harness.beginning(&first));
    let contract = harness.contract.clone();
    let error = harness.app.wasm_sudo(contract.clone(), &again).unwrap_err();
    assert_eq!(code(&text(&error)), Some(2));
    harness.go_to(&second);
    let next = SudoMsg::Begin(harness.beginning(&second));
    harness.app.wasm_sudo(contract, &next).unwrap();
}

#[test]
fn nothing_is_called_before_a_block_has_begun() {
    let story = Story::write().unwrap();
    let mut harness = Harness::new();
    let payer = somebody(&mut harness, 1_000_000);
    let creation = story.steps[0].calls.iter().find_map(|call| match call {
        Request::Account(_, call @ AccountCall::CreateDomain { .. }) => Some(call.clone()),
        Request::Account(..) | Request::Open(_) | Request::Governance(_) => None,
    });
    let error = harness
        .call(&payer, &creation.unwrap(), &coins(1_000_000, DENOM))
        .unwrap_err();
    assert_eq!(code(&text(&error)), Some(3));
    assert_eq!(harness.balance(&payer), 1_000_000);
}

#[test]
fn bytes_that_are_no_call_are_told_apart() {
    let (mut harness, _) = founded();
    let payer = somebody(&mut harness, 10);
    let mut trailing = endow(1).encode();
    trailing.push(0);
    let long = vec![0; usize::try_from(config().limits.message_bytes).unwrap() + 5_000];
    for bytes in [Vec::new(), vec![255; 8], trailing, long] {
        for message in [
            ExecuteMsg::Call {
                call: Binary::new(bytes.clone()),
            },
            ExecuteMsg::Open {
                call: Binary::new(bytes.clone()),
            },
        ] {
            let error = harness.send(&payer, &message, &[]).unwrap_err();
            assert!(text(&error).contains("no call"), "{error:?}");
        }
    }
}

#[test]
fn settings_that_cannot_be_are_refused() {
    let harness = Harness::new();
    let mut app = harness.app;
    let wrapper = ContractWrapper::new_with_empty(
        cosmwasm_contract::execute,
        cosmwasm_contract::instantiate,
        cosmwasm_contract::query,
    );
    let code = app.store_code(Box::new(wrapper));
    let creator = app.api().addr_make("creator");
    let good = settings(&app, None);
    let bad = [
        cosmwasm_contract::Settings {
            slot_millis: 0,
            ..good.clone()
        },
        cosmwasm_contract::Settings {
            denom: String::new(),
            ..good.clone()
        },
        cosmwasm_contract::Settings {
            minimum_stake: 0_u128.into(),
            ..good.clone()
        },
        cosmwasm_contract::Settings {
            work_per_block: 0,
            ..good.clone()
        },
        cosmwasm_contract::Settings {
            treasury: "nobody".to_owned(),
            ..good.clone()
        },
        cosmwasm_contract::Settings {
            beacon: Some("nobody".to_owned()),
            ..good.clone()
        },
    ];
    for settings in bad {
        let refused = app.instantiate_contract(code, creator.clone(), &settings, &[], "decex", None);
        assert!(refused.is_err(), "{settings:?}");
    }
    app.instantiate_contract(code, creator, &good, &[], "decex", None)
        .unwrap();
}
