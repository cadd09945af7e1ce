import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, type LabPostgres, type RunningChild, startChild, startPostgres } from '@isched/lab';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const program = fileURLToPath(new URL('../../bin/isched.js', import.meta.url));

describe('a gateway whose database is not there yet', () => {
  let postgres: LabPostgres;
  let folder: string;
  let base: string;
  beforeAll(async () => {
    postgres = await startPostgres();
    folder = mkdtempSync(join(tmpdir(), 'isched-waits-'));
    const port = await freePort();
    base = `http://127.0.0.1:${port}`;
    const management = `[management]\naddress = "127.0.0.1:${port}"\n`;
    writeFileSync(join(folder, 'isched.toml'), `data = "."\n${management}[[domains]]\nname = "example.org"\n`);
  }, 60_000);
  afterAll(async () => {
    await postgres?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  const start = (url: string, readyPath: string): Promise<RunningChild> =>
    startChild({
      command: process.execPath,
      args: [program, 'serve', '--config', join(folder, 'isched.toml')],
      readyUrl: `${base}${readyPath}`,
      environment: { ISCHED_STORE__TYPE: 'postgres', ISCHED_STORE__URL: url },
    });
  const statusOf = async (path: string): Promise<number> => (await fetch(`${base}${path}`)).status;
  const said = (child: RunningChild) => child.lines().join('\n');

  it('waits, lives, is not ready, says so, and is ready when the database is there', async () => {
    await postgres.stop();
    await using child = await start(postgres.url, '/healthz/live');
    await expect.poll(() => said(child)).toContain('waits for its database');
    expect(said(child)).toMatch(/nobody listens there|it is not there/);
    expect(await statusOf('/healthz/live')).toBe(200);
    expect(await statusOf('/healthz/ready')).toBe(503);
    expect(await statusOf('/api/v1/queue')).toBe(503);
    await postgres.start();
    await expect.poll(() => statusOf('/healthz/ready'), { timeout: 30_000 }).toBe(200);
    expect(await statusOf('/api/v1/queue')).toBe(401);
    expect(said(child)).toContain('isched is ready');
  });

  it('stops cleanly while it waits', async () => {
    await postgres.stop();
    const child = await start(postgres.url, '/healthz/live');
    await expect.poll(() => said(child)).toContain('waits for its database');
    expect(await child.stop()).toEqual({ code: 0, signal: null });
    expect(said(child)).toContain('isched stops');
    await postgres.start();
  });

  it('does not wait for what waiting does not mend', async () => {
    const url = new URL(postgres.url);
    url.pathname = '/nowhere';
    await expect(start(url.href, '/healthz/ready')).rejects.toThrow(/database "nowhere" does not exist/);
  });
});
