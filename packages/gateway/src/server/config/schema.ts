import { isIP } from 'node:net';
import { parseKeyRecord } from '@isched/doseta';
import { ianaZone, parseCalAddress, parseDateValue } from '@isched/icalendar';
import { createAddressGuard } from '@isched/runtime';
import { parseDomainName } from '@isched/values';
import { z } from 'zod';
import { checked, notA, parsed } from './checks.ts';
import { outbound } from './outbound-schema.ts';

const domainName = parsed('a domain name', parseDomainName);
const calAddress = parsed('a calendar user address, such as mailto:a@example.com', parseCalAddress);
const socketAddress = parsed('HOST:PORT, such as 127.0.0.1:8443 or [::1]:8443', parseSocketAddress);
const file = z.string().min(1).describe('A path; relative to the folder of the configuration file.');
const cidr = checked(
  z.string().regex(/^[0-9a-fA-F.:]+(\/\d{1,3})?$/, {
    error: notA('an address or CIDR range, such as 192.0.2.0/24'),
    abort: true,
  }),
  'an address or CIDR range, such as 192.0.2.0/24',
  (text) => createAddressGuard([text]),
);
const utcDateTime = checked(
  z.string().regex(/^\d{8}T\d{6}Z$/, { error: notA('a UTC DATE-TIME, such as 19700101T000000Z'), abort: true }),
  'a UTC DATE-TIME, such as 19700101T000000Z',
  parseDateValue,
);
const timeZone = checked(z.string(), 'a time zone, such as Europe/Berlin', (name) => {
  if (!ianaZone(name)) throw new TypeError(`no such zone: ${name}`);
});
const keyRecord = checked(z.string().min(1), 'a key record, such as "v=DKIM1; k=rsa; p=…"', parseKeyRecord);
const nameServer = socketAddress.refine(({ host }) => isIP(host) !== 0, {
  error: 'a name server is an IP address with its port, such as 192.0.2.53:53',
});

export interface SocketAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `host:port`; an IPv6 address stands in brackets.
 *
 * @throws TypeError when it is neither.
 */
export function parseSocketAddress(text: string): SocketAddress {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined || port > 65_535) throw new TypeError(`not HOST:PORT: ${text}`);
  return { host, port };
}

const httpsListener = z
  .strictObject({
    address: socketAddress.prefault('0.0.0.0:443').describe('Where the receiver listens.'),
    certificate_file: file.describe('PEM chain, own certificate first. Read anew when it changes.'),
    key_file: file.describe('PEM private key of the certificate. Read anew when it changes.'),
    max_connections: z.int().min(1).max(1_000_000).default(10_000).describe('Connections held open at once.'),
  })
  .describe('The public iSchedule receiver, over TLS.');

const lenientListener = z
  .strictObject({
    address: socketAddress.describe('Where it listens, over TLS with the certificate of [https].'),
    allow: z.array(cidr).min(1).describe('Peers that may connect; everybody else is cut off.'),
  })
  .describe('A second listener that takes folded header fields (Cyrus sends them), for listed addresses only.');

const signingKey = z.strictObject({
  selector: z
    .string()
    .regex(/^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/, 'not a selector'),
  algorithm: z.enum(['rsa-sha256', 'ed25519-sha256']).default('rsa-sha256'),
  file: file.describe('PEM private key, as `isched keygen` writes it.'),
  state: z
    .enum(['published', 'active', 'retired', 'revoked'])
    .default('active')
    .describe(
      'published: served, not yet used; active: signs; retired: served, signs no more; revoked: served as revoked.',
    ),
});

const domain = z.strictObject({
  name: domainName.describe('A domain whose calendar users are served here.'),
  keys: z.array(signingKey).default([]).describe('Its signing keys; the first active one signs.'),
  fallback: z
    .boolean()
    .default(true)
    .describe("Messages of its users that iSchedule can't carry may go by the fallback, where there is one."),
  signing_domain: domainName.optional().describe('Sign with the keys of this domain instead (a hosting provider).'),
});

const user = z.strictObject({
  address: calAddress.describe('The calendar user address.'),
  aliases: z.array(calAddress).default([]).describe('Other addresses of the same user.'),
  name: z.string().optional().describe('For people to read.'),
  time_zone: timeZone.default('UTC').describe('IANA name; floating and all-day times are in it.'),
  auto_schedule: z
    .enum(['none', 'accept-always', 'decline-always', 'accept-if-free', 'decline-if-busy', 'automatic'])
    .default('none')
    .describe(
      'How a room or other resource answers by itself. none: a person does; automatic: accepts what finds it free and ' +
        'declines the rest; accept-if-free and decline-if-busy do half of that and leave the rest to a person.',
    ),
  booking_days: z.int().min(1).max(731).default(366).describe('How far ahead such a resource can be booked.'),
});

const management = z
  .strictObject({
    address: socketAddress.prefault('127.0.0.1:9080').describe('Health endpoints; keep it on loopback.'),
  })
  .prefault({});

const receiver = z
  .strictObject({
    path: z
      .string()
      .regex(/^\/[^?#\s]*$/, 'not a path')
      .default('/.well-known/ischedule')
      .describe('A further path to answer at, as the TXT record names it.'),
    administrator: z.string().default('').describe('URI of who runs this receiver, shown in its capabilities.'),
    max_content_octets: z.int().min(1024).max(104_857_600).default(1_048_576),
    max_header_octets: z.int().min(8192).max(4_194_304).default(524_288),
    max_recipients: z.int().min(1).max(100_000).default(250),
    max_in_flight: z
      .int()
      .min(8)
      .max(100_000)
      .default(1000)
      .describe('Messages taken on at once; beyond, free-busy is turned away first and CANCEL last.'),
    max_instances: z.int().min(1).max(100_000).default(1000),
    min_date_time: utcDateTime.default('19700101T000000Z'),
    max_date_time: utcDateTime.default('21001231T235959Z'),
    claim_seconds: z
      .int()
      .min(518_400)
      .default(1_209_600)
      .describe(
        'How long a message is remembered, so that a repeat gets the first answer; senders may repeat for five days.',
      ),
  })
  .prefault({});

const compatibility = z
  .strictObject({
    legacy_capabilities: z
      .boolean()
      .default(false)
      .describe("Answer `?query=capabilities` in the first drafts' vocabulary (DAViCal, EGroupware)."),
    free_busy_subset: z
      .boolean()
      .default(false)
      .describe('Take a VFREEBUSY that lists more attendees than recipients (Bedework, DAViCal).'),
    repeated_signed_names: z
      .boolean()
      .default(false)
      .describe('Take a signature that names a field twice, hashed once (EGroupware).'),
    signature_white_space: z
      .boolean()
      .default(false)
      .describe('After a failure try again with the white space around b= kept (Apple).'),
    key_server_guess: z.boolean().default(false).describe('Without an SRV record ask https://DOMAIN:443 for its key.'),
    testing_keys: z.boolean().default(false).describe('Let keys that are marked as testing (t=y) authenticate.'),
    publish: z.boolean().default(false).describe('Take METHOD:PUBLISH.'),
  })
  .describe('Switches for what deployed peers do; all off by default.')
  .prefault({});

const network = z
  .strictObject({
    dns_servers: z.array(nameServer).default([]).describe("Empty: the system's."),
    dns_timeout_ms: z.int().min(100).max(60_000).default(3000),
    ca_file: file.optional().describe('PEM certificates to trust besides the built-in ones.'),
    allow_addresses: z
      .array(cidr)
      .default([])
      .describe('Private ranges that may be connected to: a lab, a partner inside the house.'),
    timeout_ms: z.int().min(100).max(600_000).default(30_000).describe('For one request to a peer, from start to end.'),
    require_source_certificate: z
      .boolean()
      .default(false)
      .describe("A peer's certificate must name the recipient's domain, not only the SRV target."),
  })
  .prefault({});

const days = (most: number) => z.int().min(1).max(most);

const retention = z
  .strictObject({
    decision_days: days(3650).default(90).describe('The time-lines of meetings.'),
    message_days: days(3650).default(7).describe('Messages that were sent, after their last delivery ended.'),
    attempt_days: days(3650).default(30).describe('The requests made for them.'),
    outcome_days: days(3650).default(90).describe('What became of them.'),
  })
  .describe('How long what has ended is kept.')
  .prefault({});

const store = z
  .strictObject({
    type: z
      .enum(['sqlite', 'postgres'])
      .default('sqlite')
      .describe('sqlite: a file in the data folder, for one node; postgres: a database that several nodes share.'),
    url: z
      .string()
      .regex(/^postgres(ql)?:\/\//, 'not postgresql://USER@HOST/DATABASE')
      .optional()
      .describe('Of a PostgreSQL database. A password is better kept in ISCHED_STORE__URL, or in url_file.'),
    url_file: file.optional().describe('A file that holds the URL, for whoever keeps secrets in files.'),
    pool_size: z.int().min(1).max(1000).default(10).describe('Connections of a node for work that changes something.'),
    read_pool_size: z.int().min(1).max(1000).default(5).describe('Connections of a node for looks.'),
    connect_timeout_ms: z.int().min(100).max(60_000).default(5000).describe('How long to wait for a connection.'),
    statement_timeout_ms: z.int().min(100).max(600_000).default(10_000).describe('How long one statement may run.'),
    lock_timeout_ms: z.int().min(10).max(600_000).default(5000).describe('How long to wait for what others hold.'),
    max_clock_difference_ms: z
      .int()
      .min(100)
      .max(2_592_000_000)
      .default(5000)
      .describe('How far the clock may be from that of the PostgreSQL database.'),
  })
  .describe('Where all state is kept.')
  .prefault({});

const scheduling = z
  .strictObject({
    share_answers: z
      .boolean()
      .default(false)
      .describe('Tell attendees of meetings organized here what each of them answered.'),
    share_answers_up_to: z
      .int()
      .min(2)
      .max(1000)
      .default(50)
      .describe('Only in meetings of at most so many attendees: each answer is a message to all the others.'),
  })
  .describe('What is done with messages where iTIP leaves it open.')
  .prefault({});

/** The whole configuration file. Unknown keys are errors. */
export const configSchema = z.strictObject({
  data: file.default('/var/lib/isched').describe('Folder of the database.'),
  store,
  https: httpsListener.optional(),
  lenient: lenientListener.optional(),
  management,
  domains: z.array(domain).min(1).describe('The domains served here.'),
  users: z.array(user).default([]).describe('Users of the embedded calendar.'),
  routes: z
    .array(z.strictObject({ domain: domainName, url: z.url({ protocol: /^https$/, error: notA('an https URL') }) }))
    .default([])
    .describe('Receivers of domains that publish none in DNS.'),
  trust: z
    .array(z.strictObject({ signing_domain: domainName, originator_domains: z.array(domainName).min(1) }))
    .default([])
    .describe('Signing domains that may speak for other domains (a hosting provider).'),
  exchanged_keys: z
    .array(z.strictObject({ domain: domainName, selector: z.string().min(1), record: keyRecord }))
    .default([])
    .describe('Key records that administrators gave each other (private-exchange).'),
  receiver,
  scheduling,
  outbound,
  compatibility,
  network,
  retention,
  log: z
    .strictObject({
      level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
      format: z.enum(['auto', 'json', 'pretty']).default('auto').describe('auto: pretty on a terminal.'),
    })
    .prefault({}),
});

/** The checked configuration, all defaults filled. */
export type Config = z.output<typeof configSchema>;

/**
 * The JSON Schema of the configuration file, draft 2020-12.
 *
 * @throws nothing.
 */
export function configJsonSchema(): object {
  return {
    $id: 'https://isched.example/config.schema.json',
    title: 'isched configuration',
    ...z.toJSONSchema(configSchema, { io: 'input' }),
  };
}
