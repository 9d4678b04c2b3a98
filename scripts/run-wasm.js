// SPDX-License-Identifier: Apache-2.0
// run-wasm.js PROGRAM.wasm: runs a WebAssembly program that was built for WASI, with Node.js.
"use strict";
const { readFileSync } = require("fs");
const { WASI } = require("wasi");

const wasi = new WASI({ version: "preview1", returnOnExit: true });
const program = new WebAssembly.Module(readFileSync(process.argv[2]));
const imports = { wasi_snapshot_preview1: wasi.wasiImport };
process.exitCode = wasi.start(new WebAssembly.Instance(program, imports));
