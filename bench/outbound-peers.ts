/**
 * Receivers that answer at once, and the name server that names them, in a process of their own. Arguments: one JSON
 * document, see PeersOptions. Says `listening PORT DNS-PORT`.
 */
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { formatCapabilities, ischeduleNamespace, ownCapabilities } from '@isched/ischedule';
import { createZoneDnsServer } from '@isched/lab';
import { epochMs } from '@isched/values';

export interface PeersOptions {
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly zone: string;
  readonly domains: number;
  readonly hosts: number;
}

const options = JSON.parse(process.argv[2] ?? '{}') as PeersOptions;
const capabilities = Buffer.from(
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
const stamps = {
  'iSchedule-Version': '1.0',
  'iSchedule-Capabilities': '1',
  'Content-Type': 'application/xml; charset=utf-8',
};

const server = createServer({ cert: options.certificatePem, key: options.keyPem }, (request, response) => {
  if (request.method === 'GET') {
    response.writeHead(200, { ...stamps, 'Content-Length': capabilities.length }).end(capabilities);
    return;
  }
  request.resume().on('end', () => {
    const recipients = String(request.headers['recipient']).split(',');
    const responses = recipients.map(
      (recipient) =>
        `<response><recipient>${recipient.trim()}</recipient><request-status>2.0;Success</request-status></response>`,
    );
    const answer = `<?xml version="1.0" encoding="utf-8"?><schedule-response xmlns="${ischeduleNamespace}">${responses.join('')}</schedule-response>`;
    response.writeHead(200, { ...stamps, 'Content-Length': Buffer.byteLength(answer) }).end(answer);
  });
});
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
