/**
 * The floor of the receiver benchmark: bare node:https that reads the same body, does one SHA-256 and one RSA-2048
 * verification with a cached key, and one durable SQLite insert. Arguments: one JSON document, see FloorOptions.
 */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import Database from 'better-sqlite3';

export interface FloorOptions {
  readonly folder: string;
  readonly certificateFile: string;
  readonly keyFile: string;
  /** What the verification runs on: an RSA-2048 public key, a signed text and its signature. */
  readonly publicKeyPem: string;
  readonly signedText: string;
  readonly signature: string;
}

const options = JSON.parse(process.argv[2] ?? '{}') as FloorOptions;
const key = createPublicKey(options.publicKeyPem);
const signedText = Buffer.from(options.signedText);
const signature = Buffer.from(options.signature, 'base64');
const database = new Database(join(options.folder, 'floor.sqlite'));
database.pragma('journal_mode = WAL');
database.pragma('synchronous = FULL');
database.exec('CREATE TABLE message (id INTEGER PRIMARY KEY, hash BLOB NOT NULL, content BLOB NOT NULL)');
const insert = database.prepare('INSERT INTO message (hash, content) VALUES (?, ?)');

const answer = Buffer.from(
  '<?xml version="1.0" encoding="utf-8"?><schedule-response xmlns="urn:ietf:params:xml:ns:ischedule"/>',
);

const server = createServer(
  { cert: readFileSync(options.certificateFile), key: readFileSync(options.keyFile) },
  (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const content = Buffer.concat(chunks);
      const hash = createHash('sha256').update(content).digest();
      const passed = verify('sha256', signedText, key, signature);
      insert.run(hash, content);
      response.writeHead(passed ? 200 : 403, {
        'Content-Type': 'application/xml; charset=utf-8',
        'Content-Length': answer.length,
      });
      response.end(answer);
    });
  },
);
server.listen(0, '127.0.0.1', () => console.log(`listening ${(server.address() as AddressInfo).port}`));
