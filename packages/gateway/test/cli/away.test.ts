import { createServer } from 'node:http';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@isched/lab';
import { openSqliteStore } from 'isched';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openOwnPostgresHouse, type PostgresHouse } from '../adapters/postgres-house.ts';
import { run } from './fake-terminal.ts';

let folder: string;
let config: string;
let port: number;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'isched-away-'));
  config = join(folder, 'isched.toml');
  port = await freePort();
  const management = `[management]\naddress = "127.0.0.1:${port}"\n`;
  writeFileSync(config, `data = "."\n${management}[[domains]]\nname = "example.org"\n`);
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('commands that ask a gateway', () => {
  const commands = ['queue list', 'queue show 1', 'queue retry 1', 'timeline u@example.org'];

  it.each(commands)('%s: could not tell where none runs: 3', async (command) => {
    const { code, error } = await run([...command.split(' '), '--config', config]);
    expect([code, error]).toEqual([3, expect.stringContaining('no gateway runs with this configuration')]);
  });

  it.each(commands)('%s: could not tell while its store is away: 3', async (command) => {
    const server = createServer((request, response) => {
      const live = request.url === '/healthz/live';
      response.writeHead(live ? 200 : 503).end(live ? 'ok' : '{"detail":"the store can not be used now"}');
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    writeFileSync(join(folder, 'management-token'), 'token');
    const { code, error } = await run([...command.split(' '), '--config', config]);
    server.close();
    expect([code, error]).toEqual([3, expect.stringContaining('the store can not be used now')]);
  });

  it('a gateway that breaks off in mid-answer leaves it open: 3', async () => {
    const server = createServer((request, response) => {
      if (request.url === '/healthz/live') response.end('ok');
      else request.socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    writeFileSync(join(folder, 'management-token'), 'token');
    const { code, error } = await run(['queue', 'list', '--config', config]);
    server.close();
    expect([code, error]).toEqual([3, expect.stringContaining('the gateway did not answer')]);
  });
});

describe('a database that is a file', () => {
  it.each([
    ['no database', () => writeFileSync(join(folder, 'isched.sqlite'), 'no database '.repeat(1000)), /SQLITE_NOTADB/],
    ['a folder', () => mkdirSync(join(folder, 'isched.sqlite')), /EISDIR|SQLITE_CANTOPEN/],
  ])('migrate says what to change where it is %s: 2', async (_, make, words) => {
    make();
    const { code, error } = await run(['migrate', '--config', config]);
    expect([code, error]).toEqual([2, expect.stringMatching(words)]);
  });
});

describe('commands that ask a database', () => {
  let house: PostgresHouse;
  let hba: string;
  beforeAll(async () => {
    hba = mkdtempSync(join(tmpdir(), 'isched-hba-'));
    house = await openOwnPostgresHouse({ hba_file: hbaFile(hba) });
    await house.query("CREATE ROLE locked LOGIN PASSWORD 'right'; CREATE ROLE guest LOGIN");
  }, 60_000);
  afterAll(async () => {
    await house?.[Symbol.asyncDispose]();
    rmSync(hba, { recursive: true });
  });

  const urlWith = (change: (url: URL) => void): string => {
    const url = new URL(house.server?.url ?? '');
    change(url);
    return url.href;
  };
  const migrate = (url: string) =>
    run(['migrate', '--config', config], {
      environment: { ISCHED_STORE__TYPE: 'postgres', ISCHED_STORE__URL: url },
    });

  it('migrate says when it is done: 0', async () => {
    expect(await migrate(house.server?.url ?? '')).toMatchObject({ code: 0, error: '' });
  });

  it('migrate could not tell where nobody listens: 3', async () => {
    const { code, error } = await migrate(`postgresql://isched@127.0.0.1:${await freePort()}/isched`);
    expect([code, error]).toEqual([3, expect.stringContaining('nobody listens there (ECONNREFUSED)')]);
  });

  it.each([
    ['a wrong password', { username: 'locked', password: 'wrong' }, /password authentication failed for user "locked"/],
    ['a user that is not there', { username: 'nobody' }, /role "nobody" does not exist/],
    ['a database that is not there', { pathname: '/nowhere' }, /database "nowhere" does not exist/],
    ['a user that may not', { username: 'guest' }, /permission denied/],
  ])('migrate says what to change about %s: 2', async (_, part, sentence) => {
    const { code, error } = await migrate(urlWith((url) => Object.assign(url, part)));
    expect([code, error]).toEqual([2, expect.stringMatching(sentence)]);
    expect(error).not.toContain('wrong@');
  });

  it('store copy could not tell where nobody listens, and says what to change where the file is none: 3, 2', async () => {
    const file = join(folder, 'some.sqlite');
    await openSqliteStore({ file })[Symbol.asyncDispose]();
    const to = `postgresql://isched@127.0.0.1:${await freePort()}/isched`;
    expect((await run(['store', 'copy', '--from', `sqlite:${file}`, '--to', to])).code).toBe(3);
    expect((await run(['store', 'copy', '--from', `sqlite:${file}-none`, '--to', to])).code).toBe(2);
  });
});

/** Asks one user for a password. */
function hbaFile(place: string): string {
  const file = join(place, 'pg_hba.conf');
  chmodSync(place, 0o755);
  writeFileSync(file, 'local all locked scram-sha-256\nlocal all all trust\n', { mode: 0o644 });
  return file;
}
