#!/usr/bin/env node
// Plain JavaScript, so that any Node can say what is missing. Runs the sources in a clone, `dist` in a published package.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major > 22 || (major === 22 && minor >= 19)) {
  const { main } = await importCli();
  process.exitCode = await main(process.argv.slice(2));
} else {
  const node = bundledNode();
  if (node === undefined) {
    console.error(`isched needs Node 22.19 or newer; this is ${process.version}.`);
    process.exitCode = 2;
  } else {
    handOver(node);
  }
}

async function importCli() {
  const source = new URL('../src/cli/main.ts', import.meta.url);
  if (!existsSync(source)) return import('../dist/cli/main.js');
  const { registerHooks } = await import('node:module');
  registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, { ...context, conditions: ['isched-source', ...(context.conditions ?? [])] }),
  });
  return import(source.href);
}

/** The Node that npm brought along, in a clone. */
function bundledNode() {
  try {
    return createRequire(import.meta.url).resolve(`node-${process.platform}-${process.arch}/bin/node`);
  } catch {
    return undefined;
  }
}

/** Runs this file again under another Node, passing signals on and its exit code back. */
function handOver(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}
