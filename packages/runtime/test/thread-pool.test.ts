import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { fitThreadPool } from '@isched/runtime';
import { describe, expect, it } from 'vitest';

describe('the thread pool', () => {
  it.each([
    [1, '2'],
    [2, '2'],
    [3, '3'],
    [4, '4'],
    [64, '4'],
  ])('on %i cores has %s threads', (cores, threads) => {
    const environment: NodeJS.ProcessEnv = {};
    fitThreadPool(environment, cores);
    expect(environment).toEqual({ UV_THREADPOOL_SIZE: threads });
  });

  it('has as many as there are cores where the operator says nothing in many words', () => {
    const environment = { UV_THREADPOOL_SIZE: '' };
    fitThreadPool(environment, 3);
    expect(environment).toEqual({ UV_THREADPOOL_SIZE: '3' });
  });

  it('has as many as the operator says', () => {
    const environment = { UV_THREADPOOL_SIZE: '16' };
    fitThreadPool(environment, 2);
    expect(environment).toEqual({ UV_THREADPOOL_SIZE: '16' });
  });

  it.runIf(process.platform === 'linux')('heeds what is said once the modules are loaded', () => {
    const module = fileURLToPath(new URL('../src/index.ts', import.meta.url));
    const program = `
      import { fitThreadPool } from ${JSON.stringify(module)};
      import { generateKeyPairSync, sign } from 'node:crypto';
      import { readdirSync, readFileSync } from 'node:fs';
      fitThreadPool(process.env, 3);
      const { privateKey } = generateKeyPairSync('ed25519');
      const data = new Uint8Array(8);
      await Promise.all(Array.from({ length: 20 }, () => new Promise((resolve) => sign(null, data, privateKey, resolve))));
      const names = readdirSync('/proc/self/task').map((id) => readFileSync('/proc/self/task/' + id + '/comm', 'utf8').trim());
      console.log(names.filter((name) => name === 'libuv-worker').length);
    `;
    const environment = { ...process.env };
    delete environment['UV_THREADPOOL_SIZE'];
    const args = ['--conditions=isched-source', '--input-type=module', '--eval', program];
    expect(execFileSync(process.execPath, args, { env: environment, encoding: 'utf8' }).trim()).toBe('3');
  });
});
