import { ChildFailed, freePort, startChild } from '@isched/lab';
import { describe, expect, it } from 'vitest';

const command = process.execPath;
const stays = 'setInterval(() => {}, 1000);';

describe('startChild', () => {
  it('waits for the line that says ready, on either output', async () => {
    const seen: string[] = [];
    await using child = await startChild({
      command,
      args: ['-e', `console.log('starting'); setTimeout(() => console.error('now ready'), 50); ${stays}`],
      readyLine: /ready$/,
      onLine: (line) => seen.push(line),
    });
    expect(child.lines()).toEqual(['starting', 'now ready']);
    expect(seen).toEqual(['starting', 'now ready']);
    expect(child.pid).toBeGreaterThan(0);
  });

  it('waits for the URL that answers 200', async () => {
    const port = await freePort();
    const server = `let asked = 0; require('http').createServer((q, r) => { r.statusCode = ++asked < 3 ? 503 : 200; r.end(); }).listen(${port}, '127.0.0.1')`;
    await using child = await startChild({ command, args: ['-e', server], readyUrl: `http://127.0.0.1:${port}/ready` });
    expect(child.pid).toBeGreaterThan(0);
  });

  it('stops it gently, and says how it ended', async () => {
    const script = `process.on('SIGTERM', () => process.exit(7)); console.log('ready'); ${stays}`;
    const child = await startChild({ command, args: ['-e', script], readyLine: /ready/ });
    expect(await child.stop()).toEqual({ code: 7, signal: null });
  });

  it('kills what does not stop', async () => {
    const script = `process.on('SIGTERM', () => {}); console.log('ready'); ${stays}`;
    const child = await startChild({ command, args: ['-e', script], readyLine: /ready/ });
    expect(await child.stop(50)).toEqual({ code: null, signal: 'SIGKILL' });
    expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('tells what a program wrote that ended before it was ready', async () => {
    const child = startChild({
      command,
      args: ['-e', "console.error('no such file'); process.exit(2)"],
      readyLine: /ready/,
    });
    await expect(child).rejects.toThrow(/no such file/);
    await expect(child).rejects.toMatchObject({ code: 'child-failed', cause: { message: 'it ended with code 2' } });
  });

  it('ends a program that is not ready in time', async () => {
    const child = startChild({ command, args: ['-e', stays], readyLine: /ready/, readyTimeoutMs: 100 });
    await expect(child).rejects.toThrow(ChildFailed);
  });

  it('fails where there is no such program', async () => {
    await expect(startChild({ command: '/no/such/program', args: [], readyLine: /x/ })).rejects.toThrow(ChildFailed);
  });

  it("ends it with the caller's reason when the caller leaves", async () => {
    const caller = new AbortController();
    const child = startChild({ command, args: ['-e', stays], readyLine: /ready/ }, { signal: caller.signal });
    caller.abort(new Error('left'));
    await expect(child).rejects.toThrow('left');
  });
});
