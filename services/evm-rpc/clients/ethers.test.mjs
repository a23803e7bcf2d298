// ethers v6 as it comes from the registry.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { ContractFactory, HDNodeWallet, JsonRpcProvider, Mnemonic, Transaction, Wallet, ZeroAddress, isError, parseEther } from "ethers";
import { CHAIN_ID, MNEMONIC, abi, bytecode, eventually, rpc, url } from "./common.mjs";

const provider = new JsonRpcProvider(url, undefined, { pollingInterval: 100, cacheTimeout: -1 });
const account = (index) =>
  HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(MNEMONIC), `m/44'/60'/0'/0/${index}`).connect(provider);
const [author, other] = [account(0), account(1)];
let notebook;

after(() => provider.destroy());

test("the network", async () => {
  const network = await provider.getNetwork();
  assert.equal(network.chainId, BigInt(CHAIN_ID));
  assert.match(await provider.send("web3_clientVersion", []), /^decex-evm-rpc\//);
  assert.equal(await provider.send("eth_syncing", []), false);
  assert.deepEqual(await provider.listAccounts(), []);
  const fees = await provider.getFeeData();
  assert.equal(fees.gasPrice, 1_000_000_000n);
  assert.ok(fees.maxFeePerGas >= 1_000_000_000n);
  assert.equal(await provider.getBalance(author.address, "earliest"), parseEther("1000"));
});

test("a contract is deployed and its code stands there", async () => {
  const factory = new ContractFactory(abi, bytecode, author);
  notebook = await factory.deploy("a notebook");
  await notebook.waitForDeployment();
  const address = await notebook.getAddress();
  const code = await eventually("code", async () => {
    const code = await provider.getCode(address);
    return code !== "0x" && code;
  });
  assert.ok(bytecode.includes(code.slice(2)));
  assert.equal(await eventually("title", () => notebook.title()), "a notebook");
  // "a notebook", left-aligned, and twice its length: a short string in slot 0.
  const slot = await provider.getStorage(address, 0);
  assert.equal(slot, `0x${Buffer.from("a notebook").toString("hex").padEnd(62, "0")}14`);
});

test("a call is paid for, leaves an event that a listener hears, and a receipt", async () => {
  const heard = new Promise((resolve) => {
    notebook.on("Written", (who, number, text, payload) => resolve({ who, number, text, payload }));
  });
  // The listener takes note of where the chain is before anything is sent.
  await new Promise((done) => setTimeout(done, 500));
  const sent = await notebook.write("first", { value: 7n });
  const receipt = await sent.wait();
  assert.equal(receipt.status, 1);
  assert.equal(receipt.from, author.address);
  assert.equal(receipt.logs.length, 1);
  const event = await heard;
  assert.deepEqual([event.who, event.number, event.text], [author.address, 0n, "first"]);
  notebook.off("Written");

  const [who, paid, text] = await eventually("the note", () => notebook.read(0));
  assert.deepEqual([who, paid, text], [author.address, 7n, "first"]);
  const found = await eventually("the log", async () => {
    const found = await notebook.queryFilter(notebook.filters.Written(author.address), 0);
    return found.length > 0 && found;
  });
  assert.equal(found[0].transactionHash, sent.hash);
  assert.equal((await notebook.queryFilter(notebook.filters.Written(other.address), 0)).length, 0);

  // To the wei: value, gas, and blockspace on the consensus chain, also of bundles that carried it, or another, a second time.
  await eventually("the sum", async () => {
    const raw = (await rpc("eth_getTransactionReceipt", [sent.hash])).result;
    const block = (await rpc("eth_getBlockByHash", [raw.blockHash, false])).result;
    const [before, after] = await Promise.all(
      [raw.blockNumber - 1, Number(raw.blockNumber)].map((number) => provider.getBalance(author.address, number)),
    );
    const own = block.refusedTransactions.filter((refused) => refused.from === author.address.toLowerCase());
    const repeated = own.reduce((sum, refused) => sum + BigInt(refused.blockspaceFee), 0n);
    const gas = BigInt(raw.gasUsed) * BigInt(raw.effectiveGasPrice);
    assert.ok(BigInt(raw.blockspaceFee) > 0n);
    assert.equal(before - after, 7n + gas + BigInt(raw.blockspaceFee) + repeated);
    return true;
  });
  const transaction = await provider.getTransaction(sent.hash);
  assert.equal(transaction.type, 2);
  assert.equal(Transaction.from(transaction).hash, sent.hash, "all fields are there, the signature too");
});

test("reasons of reverts arrive", async () => {
  const unauthorised = notebook.connect(other);
  await eventually("the note", () => notebook.read(0));
  await assert.rejects(unauthorised.erase.staticCall(0), (error) => {
    return isError(error, "CALL_EXCEPTION") && error.reason === "not your note";
  });
  await assert.rejects(unauthorised.erase.estimateGas(0), (error) => {
    return isError(error, "CALL_EXCEPTION") && error.reason === "not your note";
  });
  await assert.rejects(notebook.write.staticCall(""), (error) => error.revert?.name === "Empty");
  await assert.rejects(notebook.read(99), (error) => {
    return error.revert?.name === "Missing" && error.revert.args[0] === 99n;
  });
});

test("a transaction that reverts has a receipt that says so", async () => {
  const sent = await notebook.connect(other).erase(0, { gasLimit: 100_000 });
  await assert.rejects(sent.wait(), (error) => {
    return isError(error, "CALL_EXCEPTION") && error.receipt.status === 0 && error.receipt.logs.length === 0;
  });
});

test("what cannot be executed is refused with the errors that ethers knows", async () => {
  const poor = Wallet.createRandom().connect(provider);
  const payment = { to: ZeroAddress, value: 1n, gasLimit: 21_000, maxFeePerGas: 2_000_000_000n, maxPriorityFeePerGas: 0n };
  await assert.rejects(poor.sendTransaction(payment), (error) => isError(error, "INSUFFICIENT_FUNDS"));
  await assert.rejects(other.sendTransaction({ ...payment, nonce: 0 }), (error) => isError(error, "NONCE_EXPIRED"));
  const nonce = (await other.getNonce("pending")) + 5;
  const waiting = await other.sendTransaction({ ...payment, nonce });
  assert.equal((await provider.getTransaction(waiting.hash)).blockNumber, null);
  await assert.rejects(other.sendTransaction({ ...payment, nonce, value: 2n }), (error) => {
    return isError(error, "REPLACEMENT_UNDERPRICED");
  });
});

test("receipts are included, and final in the end", async () => {
  const [latest] = await notebook.queryFilter(notebook.filters.Written(), 0);
  const hash = latest.transactionHash;
  const block = await eventually("finality", async () => {
    const receipt = await provider.getTransactionReceipt(hash);
    const finalized = await provider.getBlock("finalized");
    return receipt && finalized.number >= receipt.blockNumber && provider.getBlock(receipt.blockNumber, true);
  }, 180);
  const [safe, newest] = [await provider.getBlock("safe"), await provider.getBlock("latest")];
  assert.ok(block.number <= safe.number && safe.number <= newest.number);
  assert.ok(block.prefetchedTransactions.some((transaction) => transaction.hash === hash));
  const parent = await provider.getBlock(block.parentHash);
  assert.equal(parent.number, block.number - 1);
  assert.equal((await provider.getBlock(block.hash)).number, block.number);
});
