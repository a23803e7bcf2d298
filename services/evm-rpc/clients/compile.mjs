// Makes Notebook.json from Notebook.sol: npm install --no-save solc@0.8.37 && node compile.mjs
import { readFileSync, writeFileSync } from "node:fs";
import solc from "solc";

const input = {
  language: "Solidity",
  sources: { "Notebook.sol": { content: readFileSync(new URL("Notebook.sol", import.meta.url), "utf8") } },
  settings: {
    evmVersion: "cancun",
    optimizer: { enabled: true, runs: 200 },
    metadata: { appendCBOR: false, bytecodeHash: "none" },
    outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
  },
};
const output = JSON.parse(solc.compile(JSON.stringify(input)));
if (output.errors) throw new Error(JSON.stringify(output.errors, null, 2));
const { abi, evm } = output.contracts["Notebook.sol"].Notebook;
const made = { compiler: solc.version(), abi, bytecode: `0x${evm.bytecode.object}` };
writeFileSync(new URL("Notebook.json", import.meta.url), `${JSON.stringify(made, null, 1)}\n`);
