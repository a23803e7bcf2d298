"""Writes demo.txt and genesis.json: real signed Ethereum transactions for the devnet.

Needs the Python package eth-account (made with 0.14.0). Same output on every run: keys come from the well-known public
test mnemonic, signatures are deterministic (RFC 6979), choices come from a fixed seed.

    python generate.py
"""

import json
import random
from pathlib import Path

import rlp
from eth_abi import encode
from eth_account import Account
from eth_utils import keccak, to_checksum_address

HERE = Path(__file__).parent
MNEMONIC = "test test test test test test test test test test test junk"
CHAIN_ID = 717171
GWEI = 10**9
ETHER = 10**18
BASE_FEE = GWEI
ACCOUNTS = 12
ROUNDS = 34

Account.enable_unaudited_hdwallet_features()
accounts = [Account.from_mnemonic(MNEMONIC, account_path=f"m/44'/60'/0'/0/{i}") for i in range(ACCOUNTS)]
choose = random.Random(20261122)
nonces = [0] * ACCOUNTS
lines = []


def contract_address(sender, nonce):
    return to_checksum_address(keccak(rlp.encode([bytes.fromhex(sender[2:]), nonce]))[12:])


def call_data(signature, *arguments):
    types = signature[signature.index("(") + 1 : -1].split(",")
    return keccak(text=signature)[:4] + encode([t for t in types if t], arguments)


def balance_slot(who):
    return keccak(encode(["address", "uint256"], [accounts[who].address, 1]))


def creation(name):
    return bytes.fromhex((HERE / "contracts" / f"{name}.creation.hex").read_text().strip())


def send(who, expect, what, to=None, value=0, data=b"", gas=21_000, access=()):
    """Signs one transaction; the three types take turns."""
    nonce = nonces[who]
    nonces[who] += 1
    kind = len(lines) % 3
    transaction = {"chainId": CHAIN_ID, "nonce": nonce, "value": value, "data": data, "gas": gas}
    if to is not None:
        transaction["to"] = to
    if kind == 0:
        transaction |= {"gasPrice": BASE_FEE + choose.randrange(1, 2 * GWEI)}
    elif kind == 1:
        # Declaring an access costs gas of its own.
        access_list = [{"address": a, "storageKeys": [f"0x{s.hex()}" for s in slots]} for a, slots in access]
        transaction["gas"] += sum(2_400 + 1_900 * len(slots) for _, slots in access)
        transaction |= {"type": 1, "gasPrice": BASE_FEE + choose.randrange(1, 2 * GWEI), "accessList": access_list}
    else:
        tip = choose.randrange(0, 2 * GWEI)
        transaction |= {
            "type": 2,
            "maxFeePerGas": 2 * BASE_FEE + tip,
            "maxPriorityFeePerGas": tip,
            "accessList": [],
        }
    raw = accounts[who].sign_transaction(transaction).raw_transaction
    kind_name = ["legacy", "2930", "1559"][kind]
    lines.append(f"# {len(lines)} {expect}: {what} ({kind_name}, account {who})\n0x{raw.hex().removeprefix('0x')}")


TOKEN = contract_address(accounts[0].address, 0)
GUESTBOOK = contract_address(accounts[0].address, 1)
SUPPLY = 10**24

# Account 0 deploys, tries a creation that fails, and hands out tokens.
send(0, "success", "deploy Token", data=creation("Token") + encode(["uint256"], [SUPPLY]), gas=1_200_000)
send(0, "success", "deploy Guestbook", data=creation("Guestbook"), gas=900_000)
send(0, "halt", "deploy nothing but an invalid opcode", data=b"\xfe", gas=100_000)
for i in range(1, ACCOUNTS):
    data = call_data("transfer(address,uint256)", accounts[i].address, 10**21)
    send(0, "success", f"hand tokens to account {i}", to=TOKEN, data=data, gas=120_000)

texts = ["gm", "order is not execution", "farmers order, operators execute", "ça marche", "hello from a wallet"]
for turn in range(ROUNDS):
    for who in range(1, ACCOUNTS):
        other = choose.choice([i for i in range(ACCOUNTS) if i != who])
        dice = choose.randrange(100)
        if dice < 40:
            send(who, "success", f"pay account {other}", to=accounts[other].address, value=choose.randrange(1, ETHER))
        elif dice < 46:
            fresh = to_checksum_address(keccak(text=f"fresh {turn} {who}")[12:])
            send(who, "success", "pay an address never seen before", to=fresh, value=choose.randrange(1, ETHER))
        elif dice < 68:
            data = call_data("transfer(address,uint256)", accounts[other].address, choose.randrange(1, 10**18))
            send(who, "success", f"token to account {other}", to=TOKEN, data=data, gas=120_000, access=[(TOKEN, [balance_slot(who), balance_slot(other)])])
        elif dice < 74:
            data = call_data("approve(address,uint256)", accounts[other].address, choose.randrange(1, 10**18))
            send(who, "success", f"let account {other} spend tokens", to=TOKEN, data=data, gas=120_000)
        elif dice < 79:
            data = call_data("transfer(address,uint256)", accounts[other].address, 10**23)
            send(who, "revert", "more tokens than there are", to=TOKEN, data=data, gas=120_000)
        elif dice < 83:
            data = call_data("transferFrom(address,address,uint256)", accounts[0].address, accounts[who].address, 1)
            send(who, "revert", "tokens of somebody who did not allow it", to=TOKEN, data=data, gas=120_000)
        elif dice < 92:
            data = call_data("sign(string)", choose.choice(texts))
            tip = choose.choice([0, GWEI])
            send(who, "success", "sign the guestbook", to=GUESTBOOK, data=data, gas=150_000, value=tip)
        elif dice < 96:
            data = call_data("sign(string)", "")
            send(who, "revert", "sign the guestbook with nothing", to=GUESTBOOK, data=data, gas=150_000)
        elif dice < 98:
            send(who, "halt", "run out of gas", to=GUESTBOOK, data=call_data("ponder()"), gas=60_000)
        else:
            send(who, "revert", "value to a function that takes none", to=TOKEN, value=1, data=call_data("totalSupply()"), gas=60_000)

header = f"""# Signed Ethereum transactions for chain {CHAIN_ID}, one a line, as `eth_sendRawTransaction` takes them.
# Lines that begin with # are comments; those before a transaction say what it does when the file is executed in this order.
# Made by generate.py. Genesis balances: genesis.json. Token: {TOKEN}. Guestbook: {GUESTBOOK}.
"""
(HERE / "demo.txt").write_text(header + "\n".join(lines) + "\n")
genesis = {
    "chainId": CHAIN_ID,
    "spec": "prague",
    "blockGasLimit": 30_000_000,
    "baseFee": BASE_FEE,
    "accounts": [{"address": a.address.lower(), "balance": str(1_000 * ETHER)} for a in accounts],
}
(HERE / "genesis.json").write_text(json.dumps(genesis, indent=2) + "\n")
print(f"{len(lines)} transactions")
