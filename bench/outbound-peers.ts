/**
 * Receivers that answer at once, and the name server that names them, in a process of their own. Arguments: one JSON
 * document, see PeersOptions. Says `listening PORT DNS-PORT`.
 */
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { formatCapabilities, ischeduleNamespace, ownCapabilities } from '@isched/ischedule';
import { createZoneDnsServer } from '@isched/lab';
import { epochMs, latin1FromOctets } from '@isched/values';

export interface PeersOptions {
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly zone: string;
  readonly domains: number;
  readonly hosts: number;
}

const options = JSON.parse(process.argv[2] ?? '{}') as PeersOptions;
const capabilities = latin1FromOctets(
  formatCapabilities(
    ownCapabilities({
      serialNumber: 1,
      administrator: '',
      allowPublish: false,
      maxContentLength: 1_048_576,
      maxRecipients: 250,
      maxInstances: 1000,
      minDateTime: epochMs(0),
      maxDateTime: epochMs(Date.UTC(2101, 0, 1)),
    }),
  ),
);
const stamps =
  'iSchedule-Version: 1.0\r\niSchedule-Capabilities: 1\r\nContent-Type: application/xml; charset=utf-8\r\n';

/** Just enough of HTTP/1.1: what these receivers cost is taken from the sender's two cores. */
const server = createServer({ cert: options.certificatePem, key: options.keyPem }, (socket) => {
  let received = '';
  socket.setNoDelay(true).setEncoding('latin1');
  socket.on('error', () => undefined); // a sender that has gone
  socket.on('data', (text: string) => {
    received += text;
    for (let length = requestLength(received); length <= received.length; length = requestLength(received)) {
      socket.write(answerTo(received.slice(0, length)));
      received = received.slice(length);
    }
  });
});

/** Of the first request, header and content; infinite as long as its header is not there. */
function requestLength(received: string): number {
  const headerLength = received.indexOf('\r\n\r\n') + 4;
  if (headerLength === 3) return Number.POSITIVE_INFINITY;
  return headerLength + Number(/\r\ncontent-length: *(\d+)/i.exec(received.slice(0, headerLength))?.[1] ?? 0);
}

function answerTo(request: string): string {
  if (request.startsWith('GET ')) return answerWith(capabilities);
  const recipients = /\r\nrecipient: *([^\r]*)/i.exec(request)?.[1]?.split(',') ?? [];
  const responses = recipients.map(
    (recipient) =>
      `<response><recipient>${recipient.trim()}</recipient><request-status>2.0;Success</request-status></response>`,
  );
  return answerWith(
    `<?xml version="1.0" encoding="utf-8"?><schedule-response xmlns="${ischeduleNamespace}">${responses.join('')}</schedule-response>`,
  );
}

function answerWith(content: string): string {
  return `HTTP/1.1 200 OK\r\n${stamps}Content-Length: ${Buffer.byteLength(content)}\r\n\r\n${content}`;
}

server.listen(0, '127.0.0.1', () => void serveNames((server.address() as AddressInfo).port));

async function serveNames(port: number): Promise<void> {
  const { zone, domains, hosts } = options;
  const dns = await createZoneDnsServer();
  const names = [
    ...Array.from({ length: hosts }, (_, index) => `r${index} A 127.0.0.1`),
    ...Array.from(
      { length: domains },
      (_, index) => `_ischedules._tcp.d${index} SRV 0 0 ${port} r${index % hosts}.${zone}.`,
    ),
  ];
  // A receiver that nobody reaches: its port is closed.
  names.push(`_ischedules._tcp.dead SRV 0 0 1 r0.${zone}.`);
  dns.setZone(zone, ['$TTL 3600', '@ SOA ns hostmaster 1 1h 10m 1d 60', ...names].join('\n'));
  console.log(`listening ${port} ${dns.port}`);
}
