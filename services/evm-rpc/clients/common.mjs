// What both clients are tried with.
import { readFileSync } from "node:fs";

export const url = process.env.RPC_URL;
if (!url) throw new Error("RPC_URL is not set: ./run starts a devnet and sets it");

export const { abi, bytecode } = JSON.parse(readFileSync(new URL("Notebook.json", import.meta.url), "utf8"));
export const CHAIN_ID = 717171;
// The accounts of the devnet's genesis. Public: never send value to them on a real chain.
export const MNEMONIC = "test test test test test test test test test test test junk";

/** A raw request, for what clients hide. */
export async function rpc(method, params = []) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  });
  return response.json();
}

/** Asks until it holds: the chain under the domain re-organises now and then, and takes blocks back for some slots. */
export async function eventually(what, check, seconds = 60) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    try {
      const value = await check();
      if (value) return value;
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}
