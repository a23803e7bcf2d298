//! The entry points.

use crate::account::account_of;
use crate::error::ContractError;
use crate::host::OnContract;
use crate::money::{books, credit, owe, spend};
use crate::msg::{Beginning, ChainOf, Credit, ExecuteMsg, InstantiateMsg, QueryMsg, SudoMsg, Sums, Value};
use crate::settings::Settings;
use cosmwasm_std::{
    Api, BankMsg, Binary, Coin, Deps, DepsMut, Env, Event as Emitted, MessageInfo, Response, Storage,
    Uint128, to_json_binary,
};
use decex_consensus::{
    AccountCall, BlockInfo, CallError, Consensus, Event, GovernanceCall, OpenCall, Refused, Store,
};
use decex_core::{
    AccountId, Balance, ConsensusHash, ConsensusNumber, Digest, DomainId, Randomness, Slot, Timestamp,
    decode_exact,
};
use parity_scale_codec::{Decode, Encode};

type Answer = Result<Response, ContractError>;

/// Sets the rules.
///
/// # Errors
/// When a setting cannot be, or coins are attached.
pub fn instantiate(deps: DepsMut<'_>, _: Env, info: MessageInfo, msg: InstantiateMsg) -> Answer {
    no_coins(&info)?;
    msg.check(deps.api)?;
    msg.save(deps.storage)?;
    Ok(Response::new())
}

/// Takes a message of anybody.
///
/// # Errors
/// When it is refused. The chain then undoes all of it, and the coins attached are the sender's again.
pub fn execute(deps: DepsMut<'_>, env: Env, info: MessageInfo, msg: ExecuteMsg) -> Answer {
    let settings = Settings::load(deps.storage)?;
    match msg {
        ExecuteMsg::Call { call } => call_by(deps, &settings, &info, &call),
        ExecuteMsg::Open { call } => {
            no_coins(&info)?;
            let call: OpenCall = decode(&settings, &call)?;
            called(deps.storage, deps.api, &settings, |chain| chain.call_open(&call))
        }
        ExecuteMsg::Withdraw {} => {
            no_coins(&info)?;
            withdraw(deps, &settings, &info)
        }
        ExecuteMsg::Begin(beginning) => {
            no_coins(&info)?;
            if !settings.is_beacon(&info.sender) {
                return Err(ContractError::NotBeacon);
            }
            begin(deps, &env, &settings, &beginning)
        }
    }
}

/// Takes a message of the chain itself.
///
/// # Errors
/// When it is refused.
pub fn sudo(deps: DepsMut<'_>, env: Env, msg: SudoMsg) -> Answer {
    let settings = Settings::load(deps.storage)?;
    match msg {
        SudoMsg::Begin(beginning) => begin(deps, &env, &settings, &beginning),
        SudoMsg::Govern { call } => {
            let call: GovernanceCall = decode(&settings, &call)?;
            called(deps.storage, deps.api, &settings, |chain| {
                chain.call_governance(&call)
            })
        }
    }
}

/// Answers a question.
///
/// # Errors
/// When the contract is damaged, or an address is none.
pub fn query(deps: Deps<'_>, _: Env, msg: QueryMsg) -> Result<Binary, ContractError> {
    let settings = Settings::load(deps.storage)?;
    let chain = Consensus::new(OnContract::read(deps.storage), settings.config(deps.api)?);
    let answer = match msg {
        QueryMsg::Value { key } => {
            let value = chain.host().get(&key)?.map(Binary::new);
            to_json_binary(&Value { value })
        }
        QueryMsg::Credit { address } => {
            let account = account_of(deps.api, &address)?;
            let amount = Uint128::new(credit(deps.storage, &account)?.0);
            let account = binary(&account.0);
            to_json_binary(&Credit { account, amount })
        }
        QueryMsg::Books {} => {
            let sums = books(deps.storage)?;
            to_json_binary(&Sums {
                custody: Uint128::new(sums.custody.0),
                owed: Uint128::new(sums.owed.0),
                burned: Uint128::new(sums.burned.0),
            })
        }
        QueryMsg::Chain { domain } => {
            let found = chain.chain(DomainId(domain))?.map(|found| ChainOf {
                confirmed: found.confirmed.0,
                head: found.head.0,
                head_hash: binary(&found.head_hash.0),
            });
            to_json_binary(&found)
        }
        QueryMsg::Finality {} => to_json_binary(&binary(&chain.finality_root()?.0.0)),
    };
    Ok(answer?)
}

fn binary(digest: &Digest) -> Binary {
    Binary::from(digest.as_bytes())
}

/// A call is not much longer than what it carries.
const AROUND: usize = 4_096;

fn decode<T: Decode>(settings: &Settings, bytes: &[u8]) -> Result<T, ContractError> {
    let limit = usize::try_from(settings.message_bytes).unwrap_or(usize::MAX);
    decode_exact(bytes, limit.saturating_add(AROUND)).map_err(ContractError::Call)
}

fn no_coins(info: &MessageInfo) -> Result<(), ContractError> {
    if info.funds.is_empty() {
        Ok(())
    } else {
        Err(ContractError::NotPayable)
    }
}

/// Returns what is attached of the only coins that are taken.
fn attached(settings: &Settings, info: &MessageInfo) -> Result<Balance, ContractError> {
    let mut sum = Balance::ZERO;
    for coin in &info.funds {
        if coin.denom != settings.denom {
            let (expected, found) = (settings.denom.clone(), coin.denom.clone());
            return Err(ContractError::Denom { expected, found });
        }
        let amount = Uint128::try_from(coin.amount).map_err(|_| ContractError::Amount)?;
        sum = sum
            .checked_add(Balance(amount.u128()))
            .ok_or(ContractError::Amount)?;
    }
    Ok(sum)
}

/// Makes a call in the sender's name. What is attached is the sender's until the call holds it; the rest goes back.
fn call_by(deps: DepsMut<'_>, settings: &Settings, info: &MessageInfo, call: &[u8]) -> Answer {
    let call: AccountCall = decode(settings, call)?;
    let attached = attached(settings, info)?;
    let account = account_of(deps.api, info.sender.as_str())?;
    if attached > Balance::ZERO {
        owe(deps.storage, &account, attached)?;
    }
    let response = called(deps.storage, deps.api, settings, |chain| {
        chain.call(account, call)
    })?;
    let rest = credit(deps.storage, &account)?.min(attached);
    pay(deps.storage, settings, info, &account, rest, response)
}

fn withdraw(deps: DepsMut<'_>, settings: &Settings, info: &MessageInfo) -> Answer {
    let account = account_of(deps.api, info.sender.as_str())?;
    let owed = credit(deps.storage, &account)?;
    pay(deps.storage, settings, info, &account, owed, Response::new())
}

/// Pays the sender what it is owed: the books first, then the message that moves the coins. If the bank refuses it, the
/// chain undoes both, and nobody but the sender notices.
fn pay(
    storage: &mut dyn Storage,
    settings: &Settings,
    info: &MessageInfo,
    account: &AccountId,
    amount: Balance,
    response: Response,
) -> Answer {
    if amount == Balance::ZERO {
        return Ok(response);
    }
    if !spend(storage, account, amount)? {
        return Err(crate::Fault::Books.into());
    }
    Ok(response.add_message(BankMsg::Send {
        to_address: info.sender.to_string(),
        amount: coins(settings, amount),
    }))
}

fn coins(settings: &Settings, amount: Balance) -> Vec<Coin> {
    Vec::from([Coin::new(amount.0, settings.denom.clone())])
}

type Chain<'a> = Consensus<OnContract<'a>>;
type Called = Result<Vec<Event>, CallError<Refused, crate::Fault>>;

/// Makes a call on the consensus object and tells the chain what it did.
fn called(
    storage: &mut dyn Storage,
    api: &dyn Api,
    settings: &Settings,
    call: impl FnOnce(&mut Chain<'_>) -> Called,
) -> Answer {
    let mut chain = Consensus::new(OnContract::write(storage), settings.config(api)?);
    let events = call(&mut chain).map_err(|error| match error {
        CallError::Refused(refused) => ContractError::Refused(refused),
        CallError::Host(error) => ContractError::Host(error),
    })?;
    Ok(told(settings, &events, chain.host().burned()))
}

/// Begins a block. Its number follows the last one's, whatever the height of the chain: blocks that nobody begins do not count.
fn begin(deps: DepsMut<'_>, env: &Env, settings: &Settings, beginning: &Beginning) -> Answer {
    let config = settings.config(deps.api)?;
    let mut chain = Consensus::new(OnContract::write(deps.storage), config);
    let previous = chain.clock()?.map(|clock| clock.block);
    let millis = env.block.time.nanos() / 1_000_000;
    let slot = Slot(millis.checked_div(settings.slot_millis).unwrap_or_default());
    let number = previous.map_or(0, |block| block.number.0).saturating_add(1);
    let block = BlockInfo {
        number: ConsensusNumber(number),
        parent_hash: ConsensusHash(digest(&beginning.parent_hash)?),
        slot,
        timestamp: Timestamp(millis),
        randomness: Randomness(digest(&beginning.randomness)?),
        byte_price: Balance(beginning.byte_price.u128()),
        farmer: account_of(deps.api, &beginning.farmer)?,
    };
    let events = chain.begin_block(&block).map_err(|error| match error {
        CallError::Refused(refused) => ContractError::Block(refused),
        CallError::Host(error) => ContractError::Host(error),
    })?;
    let host = chain.host_mut();
    host.set_randomness(slot, &Randomness(digest(&beginning.beacon)?))?;
    Ok(told(settings, &events, chain.host().burned()))
}

fn digest(bytes: &[u8]) -> Result<Digest, ContractError> {
    let bytes = <[u8; 32]>::try_from(bytes).map_err(|_| ContractError::Setting("32 bytes"))?;
    Ok(Digest(bytes))
}

/// Tells the chain what happened: an event for each event, and the coins to burn.
fn told(settings: &Settings, events: &[Event], burned: Balance) -> Response {
    let mut response = Response::new();
    for event in events {
        let emitted = Emitted::new("decex").add_attribute("kind", kind(event));
        response =
            response.add_event(emitted.add_attribute("scale", Binary::new(event.encode()).to_base64()));
    }
    if burned > Balance::ZERO {
        let amount = coins(settings, burned);
        response = response.add_message(BankMsg::Burn { amount });
    }
    response
}

/// The event's name, as in `decex_consensus::Event`.
fn kind(event: &Event) -> String {
    let text = format!("{event:?}");
    text.split(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or_default()
        .to_owned()
}
