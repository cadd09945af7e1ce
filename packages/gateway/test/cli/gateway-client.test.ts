import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type GatewayClient, reachGateway } from '../../src/cli/gateway-client.ts';
import { CouldNotTell, UsageError } from '../../src/cli/output.ts';
import { checkConfig } from '../../src/server/config/load.ts';

describe('a gateway that is asked from the command line', () => {
  let folder: string;
  let server: Server;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  const asked: string[] = [];
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'isched-client-'));
    writeFileSync(join(folder, 'management-token'), 'secret');
    asked.length = 0;
    server = createServer((request, response) => {
      if (request.url === '/healthz/live') response.end('ok\n');
      else {
        asked.push(`${request.method} ${request.url}`);
        answer(request, response);
      }
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
  });
  afterEach(async () => {
    await new Promise((resolve) => {
      server.close(resolve);
    });
    rmSync(folder, { recursive: true });
  });

  const reach = async (): Promise<GatewayClient> => {
    const { port } = server.address() as AddressInfo;
    const config = checkConfig({
      data: folder,
      domains: [{ name: 'a.example' }],
      management: { address: `127.0.0.1:${port}` },
    });
    const client = await reachGateway(config);
    if (!client) throw new Error('nobody answers');
    return client;
  };
  const json = (response: ServerResponse, status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify(body));
  };

  it('says that a node without the role is not the one to ask', async () => {
    answer = (_, response) => void response.writeHead(404, { connection: 'close' }).end('nothing is here\n');
    await expect((await reach()).queue({}, { limit: 1 })).rejects.toThrow(
      new UsageError('that node has not the role admin: ask one that has'),
    );
  });

  it('could not tell where the gateway fails without words', async () => {
    answer = (_, response) => void response.writeHead(500, { connection: 'close' }).end('something went wrong here\n');
    await expect((await reach()).timeline('u')).rejects.toThrow(new CouldNotTell('the gateway answered 500'));
  });

  it('is asked on where it answers before the time that was given to it, and something may still happen', async () => {
    const outcome = { recipient: 'mailto:b@b.example', attempts: [] };
    const answers = [
      { submission: '7', outcomes: [{ ...outcome, status: 'pending', state: 'leased' }] },
      { submission: '7', outcomes: [{ ...outcome, status: 'pending', state: 'waiting', dueAt: 0 }] },
      {
        submission: '7',
        outcomes: [{ ...outcome, status: 'retry', state: 'waiting', dueAt: Number.MAX_SAFE_INTEGER }],
      },
    ];
    answer = (_, response) => json(response, 200, answers.shift());
    const outcomes = await (await reach()).submit({ message: 'BEGIN:VCALENDAR', wait: 600 });
    expect(outcomes).toMatchObject([{ status: 'retry' }]);
    expect(asked.map((target) => target.replace(/\d+(?:\.\d+)?$/, 'S'))).toEqual([
      'POST /api/v1/messages',
      'GET /api/v1/messages/7?wait=S',
      'GET /api/v1/messages/7?wait=S',
    ]);
  });

  it('is asked once by who does not wait', async () => {
    answer = (_, response) => json(response, 202, { submission: '7', outcomes: [{ state: 'leased', attempts: [] }] });
    expect(await (await reach()).submit({ message: 'BEGIN:VCALENDAR' })).toHaveLength(1);
    expect(asked).toEqual(['POST /api/v1/messages']);
  });
});
