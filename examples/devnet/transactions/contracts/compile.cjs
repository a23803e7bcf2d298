// Compiles every contract beside this file to hex: NAME.creation.hex (creation code) and NAME.runtime.hex (what stands in the state).
// Needs the npm package solc 0.8.30. `node compile.cjs [folder]`
const fs = require("fs");
const path = require("path");
const solc = require("solc");

const folder = process.argv[2] || __dirname;
const names = fs.readdirSync(folder).filter((name) => name.endsWith(".sol"));
const sources = Object.fromEntries(
  names.map((name) => [name, { content: fs.readFileSync(path.join(folder, name), "utf8") }]),
);
const output = JSON.parse(
  solc.compile(
    JSON.stringify({
      language: "Solidity",
      sources,
      settings: {
        evmVersion: "cancun",
        optimizer: { enabled: true, runs: 200 },
        metadata: { bytecodeHash: "none", appendCBOR: false },
        outputSelection: { "*": { "*": ["evm.bytecode.object", "evm.deployedBytecode.object"] } },
      },
    }),
  ),
);
for (const error of output.errors || []) {
  console.error(error.formattedMessage);
  if (error.severity === "error") process.exit(1);
}
for (const name of names) {
  for (const [contract, { evm }] of Object.entries(output.contracts[name])) {
    fs.writeFileSync(path.join(folder, `${contract}.creation.hex`), evm.bytecode.object + "\n");
    fs.writeFileSync(path.join(folder, `${contract}.runtime.hex`), evm.deployedBytecode.object + "\n");
  }
}
