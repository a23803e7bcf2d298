// viem v2 as it comes from the registry.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BaseError, ContractFunctionRevertedError, InsufficientFundsError, InvalidParamsRpcError, LimitExceededRpcError,
  MethodNotFoundRpcError, NonceTooLowError, createPublicClient, createWalletClient, defineChain, encodeFunctionData, http, parseEther,
} from "viem";
import { generatePrivateKey, mnemonicToAccount, privateKeyToAccount } from "viem/accounts";
import { CHAIN_ID, MNEMONIC, abi, bytecode, eventually, url } from "./common.mjs";

const chain = defineChain({
  id: CHAIN_ID,
  name: "DecEx devnet",
  nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
  rpcUrls: { default: { http: [url] } },
});
const transport = http(url, { batch: true });
const client = createPublicClient({ chain, transport, pollingInterval: 100, cacheTime: 0 });
const wallet = (index) => createWalletClient({ chain, transport, account: mnemonicToAccount(MNEMONIC, { addressIndex: index }) });
const [author, other] = [wallet(2), wallet(3)];
const receiptOf = (hash) => client.waitForTransactionReceipt({ hash, timeout: 60_000 });
const cause = (kind) => (error) => error instanceof BaseError && error.walk((inner) => inner instanceof kind) !== null;
let address;

test("the network", async () => {
  assert.equal(await client.getChainId(), CHAIN_ID);
  assert.equal(await client.getGasPrice(), 1_000_000_000n);
  const fees = await client.estimateFeesPerGas();
  assert.ok(fees.maxFeePerGas >= 1_000_000_000n);
  const history = await client.getFeeHistory({ blockCount: 4, rewardPercentiles: [25, 75] });
  assert.ok(history.baseFeePerGas.every((fee) => fee === 1_000_000_000n));
  assert.equal(history.baseFeePerGas.length, history.gasUsedRatio.length + 1);
});

test("a contract is deployed and read", async () => {
  const hash = await author.deployContract({ abi, bytecode, args: ["from viem"] });
  const receipt = await receiptOf(hash);
  assert.equal(receipt.status, "success");
  address = receipt.contractAddress;
  const title = await eventually("title", () => client.readContract({ abi, address, functionName: "title" }));
  assert.equal(title, "from viem");
  assert.ok((await client.getCode({ address })).length > 2);
});

test("watched events arrive, and logs are found by topic", async () => {
  const heard = new Promise((resolve, reject) => {
    const stop = client.watchContractEvent({
      abi, address, eventName: "Written",
      onLogs: (logs) => { stop(); resolve(logs[0]); },
      onError: reject,
    });
  });
  await new Promise((done) => setTimeout(done, 500));
  const hash = await author.writeContract({ abi, address, functionName: "write", args: ["seen"], value: 3n });
  const receipt = await receiptOf(hash);
  assert.equal(receipt.logs.length, 1);
  const log = await heard;
  assert.deepEqual(log.args, { author: author.account.address, number: 0n, text: "seen" });
  const found = await eventually("the log", async () => {
    const found = await client.getContractEvents({ abi, address, eventName: "Written", args: { number: 0n }, fromBlock: 0n });
    return found.length === 1 && found;
  });
  assert.equal(found[0].transactionHash, hash);
});

test("reasons of reverts arrive", async () => {
  const simulate = (from, functionName, args) =>
    client.simulateContract({ abi, address, functionName, args, account: from.account });
  await eventually("the note", () => client.readContract({ abi, address, functionName: "read", args: [0n] }));
  await assert.rejects(simulate(other, "erase", [0n]), (error) => {
    return error.walk((inner) => inner instanceof ContractFunctionRevertedError).reason === "not your note";
  });
  await assert.rejects(simulate(author, "write", [""]), (error) => {
    return error.walk((inner) => inner instanceof ContractFunctionRevertedError).data.errorName === "Empty";
  });
  const request = { to: address, data: encodeFunctionData({ abi, functionName: "erase", args: [7n] }), gas: 90_000n };
  const reverted = await receiptOf(await other.sendTransaction(request));
  assert.equal(reverted.status, "reverted");
});

test("transactions of every kind, several at once from one account", async () => {
  const to = privateKeyToAccount(generatePrivateKey()).address;
  const fee = { gasPrice: 2_000_000_000n };
  const nonce = await client.getTransactionCount({ address: other.account.address, blockTag: "pending" });
  const kinds = [
    { type: "legacy", ...fee },
    { type: "eip2930", accessList: [{ address: to, storageKeys: [] }], ...fee },
    { type: "eip1559", maxFeePerGas: 3_000_000_000n, maxPriorityFeePerGas: 1_000_000_000n },
  ];
  const hashes = [];
  for (const [place, kind] of kinds.entries()) {
    hashes.push(await other.sendTransaction({ to, value: 1n, gas: 30_000n, nonce: nonce + place, ...kind }));
  }
  assert.equal(await client.getTransactionCount({ address: other.account.address, blockTag: "pending" }), nonce + 3);
  for (const [place, hash] of hashes.entries()) {
    const receipt = await receiptOf(hash);
    assert.equal(receipt.status, "success");
    assert.equal(receipt.type, kinds[place].type);
    assert.equal(receipt.effectiveGasPrice, 2_000_000_000n);
    const transaction = await eventually("the transaction", () => client.getTransaction({ hash }));
    assert.deepEqual([transaction.type, transaction.nonce], [kinds[place].type, nonce + place]);
  }
  await eventually("three wei", async () => (await client.getBalance({ address: to })) === 3n);
});

test("wrong requests get the errors that viem knows", async () => {
  await assert.rejects(client.request({ method: "eth_getProof", params: [address, [], "latest"] }), cause(MethodNotFoundRpcError));
  await assert.rejects(client.request({ method: "eth_getBalance", params: ["0x12", "latest"] }), cause(InvalidParamsRpcError));
  await assert.rejects(client.request({ method: "eth_getBalance", params: [] }), cause(InvalidParamsRpcError));
  await assert.rejects(
    client.request({ method: "eth_call", params: [{ to: address, data: `0x${"00".repeat(200_000)}` }, "latest"] }),
    cause(LimitExceededRpcError),
  );
  const payment = { to: address, value: parseEther("2000"), gas: 50_000n };
  await assert.rejects(author.sendTransaction(payment), cause(InsufficientFundsError));
  await assert.rejects(author.sendTransaction({ to: author.account.address, nonce: 0, gas: 21_000n }), cause(NonceTooLowError));
  await assert.rejects(client.getBlock({ blockNumber: 1_000_000n }), { name: "BlockNotFoundError" });
});

test("receipts are included, and final in the end", async () => {
  const [log] = await client.getContractEvents({ abi, address, eventName: "Written", fromBlock: 0n });
  const final = await eventually("finality", async () => {
    const receipt = await client.getTransactionReceipt({ hash: log.transactionHash });
    const block = await client.getBlock({ blockTag: "finalized" });
    return block.number >= receipt.blockNumber && receipt;
  }, 180);
  const paid = await client.readContract({ abi, address, functionName: "read", args: [0n], blockTag: "finalized" });
  assert.deepEqual(paid, [author.account.address, 3n, "seen"]);
  const block = await client.getBlock({ blockNumber: final.blockNumber, includeTransactions: true });
  assert.ok(block.transactions.some((transaction) => transaction.hash === final.transactionHash));
});
