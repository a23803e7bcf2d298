//! Another chain reads an account of an EVM domain's final state, with the host's headers and nothing else.
//! Run it with `cargo run --release -p light-client`.

mod host;
mod other;

use decex_core::state::StateTree;
use decex_evm::{Address, StoredAccount, key};
use host::Chain;
use other::{Other, balance, forge};
use parity_scale_codec::Encode;
use std::error::Error;
use std::time::Instant;

type Done = Result<(), Box<dyn Error>>;

const CHAIN_ID: u64 = 717_171;
const GENESIS: &str = include_str!("../../devnet/transactions/genesis.json");
const TRANSACTIONS: &str = include_str!("../../devnet/transactions/demo.txt");

fn bytes(text: &str) -> Result<Vec<u8>, String> {
    hex::decode(text.trim_start_matches("0x")).map_err(|error| error.to_string())
}

/// The accounts of the devnet's genesis.
fn accounts() -> Result<Vec<Address>, Box<dyn Error>> {
    let genesis: serde_json::Value = serde_json::from_str(GENESIS)?;
    let listed = genesis.get("accounts").and_then(|accounts| accounts.as_array());
    let address = |account: &serde_json::Value| {
        let text = account.get("address").and_then(|address| address.as_str());
        Ok(Address::try_from(&bytes(text.ok_or("no address")?)?[..])?)
    };
    listed.ok_or("no accounts")?.iter().map(address).collect()
}

/// Makes blocks and relays their headers, until `enough`.
fn run(
    chain: &mut Chain,
    other: &mut Other,
    mut enough: impl FnMut(&Chain) -> Result<bool, Box<dyn Error>>,
) -> Done {
    for _ in 0..100 {
        if enough(chain)? {
            return Ok(());
        }
        if !other.relay(chain.produce()?) {
            return Err("a header that does not follow".into());
        }
    }
    Err("it takes too long".into())
}

fn main() -> Done {
    let accounts = accounts()?;
    let [alice, ..] = accounts[..] else {
        return Err("no account".into());
    };
    let (account, nobody) = (key::account(&alice), key::account(&Address::repeat_byte(0xee)));
    let keys = [account, nobody].into();
    let mut chain = Chain::new(CHAIN_ID, &accounts)?;
    let mut other = Other::new(chain.header.clone());
    let domain = chain.domain;

    let proof = chain.prove(&keys)?.encode();
    let first = balance(&other.show(&proof, domain, &account)?).ok_or("not an account")?;
    println!("genesis: the account has {first} wei");
    let absent = other.show(&proof, domain, &nobody)?;
    println!(
        "         nobody's account is shown to be absent: {}",
        absent.value.is_none()
    );

    let sent = TRANSACTIONS
        .lines()
        .filter(|line| line.starts_with("0x"))
        .take(40);
    for line in sent {
        chain.operator.add_transaction(&bytes(line)?)??;
    }
    // Executed, in a receipt, and not final yet.
    run(&mut chain, &mut other, |chain| {
        let head = chain.consensus.head(domain)?.ok_or("no domain")?;
        Ok(head.0.0 >= 1 && chain.operator.pool().is_empty())
    })?;
    let honest = chain.prove(&keys)?;
    let shown = other.show(&honest.encode(), domain, &account)?;
    let ahead = honest.finality.head.0.saturating_sub(shown.number.0);
    println!(
        "pending: {ahead} receipts ahead; final is still block {}: {} wei",
        shown.number.0,
        balance(&shown).ok_or("not an account")?
    );

    // A liar passes the pending state for a final one.
    let (number, _) = chain.consensus.head(domain)?.ok_or("no domain")?;
    let pending = chain
        .consensus
        .receipt_at(domain, number)?
        .ok_or("no receipt")?
        .receipt;
    let witness = chain.operator.prove_after(number, &keys)?.ok_or("no state")?;
    let forged = forge(&honest, pending, witness).ok_or("too long")?;
    match other.show(&forged.encode(), domain, &account) {
        Ok(_) => return Err("a lie was believed".into()),
        Err(refused) => println!("a lie:   refused: {refused}"),
    }

    // Nobody refutes it.
    run(&mut chain, &mut other, |chain| {
        let at = chain.consensus.chain(domain)?.ok_or("no domain")?;
        Ok(at.confirmed == at.head && at.confirmed >= number)
    })?;
    let proof = chain.prove(&keys)?;
    let bytes = proof.encode();
    let start = Instant::now();
    let shown = other.show(&bytes, domain, &account)?;
    let took = start.elapsed();
    let last = balance(&shown).ok_or("not an account")?;
    println!("final:   block {}, the account has {last} wei", shown.number.0);
    println!(
        "         {} bytes (header {}, receipt {}, witness {}), verified in {took:?}",
        bytes.len(),
        proof.header.len(),
        proof.receipt.encoded_size(),
        proof.witness.len()
    );
    let own = chain.operator.state()?.get(&account)?.ok_or("no account")?;
    if StoredAccount::from_value(&own)?.balance != last || last == first {
        return Err("the operator's state says something else".into());
    }
    println!("as the operator's own state has it");
    Ok(())
}
