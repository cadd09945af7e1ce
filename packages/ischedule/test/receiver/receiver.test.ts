import { atpsName, type Verifier } from '@isched/doseta';
import { parseCalendar, propertyValue } from '@isched/icalendar';
import { freeBusyReply, requestStatus } from '@isched/itip';
import { ContentIncomplete, DnsUnavailable, fieldValue, fieldValues, type HttpField } from '@isched/runtime';
import { epochMs, parseDomainName } from '@isched/values';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SchedulingFault, TemporarilyUnavailable } from '../../src/fault.ts';
import type { Deliver } from '../../src/message.ts';
import { readScheduleAnswer } from '../../src/wire/schedule-response.ts';
import { calendarText, cyrus, invitation, mike, organizer, search, start } from '../support/messages.ts';
import {
  faultOf,
  fieldsOf,
  type Posting,
  receiverWorld,
  textOf,
  trustingVerifier,
  type WorldOptions,
} from '../support/receiver.ts';

const two = { ...invitation, lines: [...invitation.lines, mike] };
const people = ['mailto:cyrus@example.org', 'mailto:mike@example.org'];
const without = (fields: readonly HttpField[], ...names: readonly string[]) =>
  fields.filter(({ name }) => !names.includes(name));

function responsesOf(response: { readonly content: Uint8Array }) {
  const answer = readScheduleAnswer(response.content);
  if (answer.kind !== 'responses') throw new Error('no responses');
  return answer.responses;
}

describe('a message that is in order', () => {
  it('[IS-4.30, IS-4.31, IS-5.1, IS-5.16, IS-3.19, Q59, Q60, Q61] is delivered, and answered 200 with a status for each', async () => {
    const world = receiverWorld();
    const response = await world.post(two, { recipients: [people.join(',')] });
    expect(response.status).toBe(200);
    expect(fieldValues(response.fields, 'Content-Type')).toEqual(['application/xml; charset=utf-8']);
    expect(fieldValues(response.fields, 'Cache-Control')).toEqual(['no-cache, no-transform']);
    expect(responsesOf(response).map(({ recipient, requestStatus: status }) => [recipient, status])).toEqual(
      people.map((one) => [one, '2.0;Success']),
    );
    expect(world.delivered).toMatchObject([
      {
        messageId: 'm-1',
        originator: 'mailto:bernard@example.com',
        originatorDomain: 'example.com',
        mediaType: 'text/calendar',
        signedBy: { signingDomain: 'example.com' },
      },
    ]);
    expect(world.delivered[0]?.itip).toMatchObject({
      method: 'REQUEST',
      componentType: 'VEVENT',
      uid: 'one@example.com',
    });
    expect(world.events).toMatchObject([{ type: 'answered', requestStatuses: ['2.0', '2.0'] }]);
  });

  it('[IS-5.1, IS-5.3, IS-3.13, IS-3.40] is answered in the order of the request, recipients verbatim and once', async () => {
    const recipients = ['mike@example.org, MAILTO:Cyrus@Example.org', 'mailto:mike@example.org'];
    const world = receiverWorld({
      deliver: async ({ recipients: list }) =>
        list.map((_one, index) => ({
          requestStatus: requestStatus(index === 0 ? '3.7' : '2.0'),
          reason: 'x',
          replies: [],
        })),
    });
    expect(
      responsesOf(await world.post(two, { recipients })).map(({ recipient, requestStatus: status }) => [
        recipient,
        status?.slice(0, 3),
      ]),
    ).toEqual([
      ['mike@example.org', '3.7'],
      ['MAILTO:Cyrus@Example.org', '2.0'],
    ]);
  });

  it('[IS-3.9, Q15] has an opaque message id, or none', async () => {
    const world = receiverWorld();
    await world.post(invitation, { change: ({ fields, content }) => ({ fields, content }) });
    await world.post(invitation, { more: [] });
    expect(world.delivered[0]?.messageId).toBe('m-1');
    const trusting = receiverWorld({ verifier: trustingVerifier });
    await trusting.ask({ fields: without(fieldsOf(), 'iSchedule-Message-ID'), content: calendarText(invitation) });
    await trusting.ask({
      fields: [...without(fieldsOf(), 'iSchedule-Message-ID'), { name: 'ISCHEDULE-MESSAGE-ID', value: ' <a b@c> ' }],
      content: calendarText(invitation),
    });
    expect(trusting.delivered.map(({ messageId }) => messageId)).toEqual([undefined, '<a b@c>']);
  });

  it.each(['1.0', ' 1.0 ', '2.0, 1.0', '1.0,3.0'])('[IS-3.6] may offer version %j', async (value) => {
    const world = receiverWorld({ verifier: trustingVerifier });
    const fields = [...without(fieldsOf(), 'iSchedule-Version'), { name: 'ischedule-version', value }];
    expect((await world.ask({ fields, content: calendarText(invitation) })).status).toBe(200);
  });

  it.each([
    'text/calendar',
    'TEXT/Calendar; charset=UTF-8; method="REQUEST"; component=VEVENT',
    'text/calendar;charset=us-ascii',
    'text/calendar; component=VTIMEZONE; component=VEVENT',
  ])('[IS-3.16, IS-3.17, Q18, Q19] may have Content-Type %s', async (contentType) => {
    expect((await receiverWorld().post(invitation, { contentType })).status).toBe(200);
  });

  it('[Q4] may be posted to a URI with ?action=capabilities', async () => {
    const response = await receiverWorld().post(invitation, {
      change: (asking) => ({ ...asking, target: '/.well-known/ischedule?action=capabilities' }),
    });
    expect(response.status).toBe(200);
  });

  it('[Q20, Q22, Q24] may have any other fields', async () => {
    const more = [
      { name: 'Cache-Control', value: 'no-cache' },
      { name: 'Cache-Control', value: 'no-transform' },
      { name: 'Host', value: '127.0.0.1:18999/noauth' },
      { name: 'X-CALENDARSERVER-ITIP-REFRESHONLY', value: 'T' },
    ];
    expect((await receiverWorld().post(invitation, { more })).status).toBe(200);
  });

  it('[IS-5.4, IS-5.6, IS-6.9, Q59] of VFREEBUSY is answered with calendar-data in the format of the request', async () => {
    const deliver: Deliver = async ({ itip, recipients }) =>
      recipients.map(({ address }) => ({
        requestStatus: requestStatus('2.0'),
        reason: 'x',
        replies: [freeBusyReply(itip, { user: address, periods: [], now: epochMs(0) })],
      }));
    const world = receiverWorld({ deliver });
    const contentType = 'text/calendar; component=VFREEBUSY; method=REQUEST';
    const [first, second] = responsesOf(await world.post(search, { recipients: people, contentType }));
    expect(first?.calendarData).toMatchObject({ contentType: 'text/calendar', version: '2.0' });
    expect(propertyValue(parseCalendar(second?.calendarData?.text ?? ''), 'METHOD')).toBe('REPLY');
    const jcal = JSON.stringify([
      'vcalendar',
      [
        ['version', {}, 'text', '2.0'],
        ['prodid', {}, 'text', 'x'],
        ['method', {}, 'text', 'REQUEST'],
      ],
      [
        [
          'vfreebusy',
          [
            ['uid', {}, 'text', '1'],
            ['dtstamp', {}, 'date-time', '2026-11-22T12:00:00Z'],
            ['organizer', {}, 'cal-address', 'mailto:bernard@example.com'],
            ['attendee', {}, 'cal-address', people[0]],
            ['dtstart', {}, 'date-time', '2030-01-10T10:00:00Z'],
            ['dtend', {}, 'date-time', '2030-01-10T11:00:00Z'],
          ],
          [],
        ],
      ],
    ]);
    const [inJcal] = responsesOf(
      await world.post(jcal, { contentType: 'application/calendar+json; component=VFREEBUSY; method=REQUEST' }),
    );
    expect(inJcal?.calendarData).toMatchObject({ contentType: 'application/calendar+json', version: '2.0' });
    expect(JSON.parse(inJcal?.calendarData?.text ?? '')).toMatchObject([
      'vcalendar',
      expect.arrayContaining([['method', {}, 'text', 'REPLY']]),
      [['vfreebusy', expect.any(Array), []]],
    ]);
  });

  it('[IS-5.6] of VEVENT is not, whatever the delivery replies', async () => {
    const deliver: Deliver = async ({ itip, recipients }) =>
      recipients.map(() => ({
        requestStatus: requestStatus('2.0'),
        reason: 'x',
        replies: [itip],
        description: 'Put into the calendar',
      }));
    expect(responsesOf(await receiverWorld({ deliver }).post(invitation))).toMatchObject([
      { calendarData: undefined, description: 'Put into the calendar' },
    ]);
  });

  it('[IS-5.22, IS-5.21] with an RSCALE we do not know is wrong for each recipient, and not delivered', async () => {
    const world = receiverWorld();
    const text = { lines: [...two.lines, 'RRULE:RSCALE=HEBREW;FREQ=YEARLY;COUNT=2'] };
    const responses = responsesOf(await world.post(text, { recipients: people }));
    expect(responses.map(({ requestStatus: status }) => status)).toEqual([
      '3.1;Invalid property value;RSCALE=HEBREW',
      '3.1;Invalid property value;RSCALE=HEBREW',
    ]);
    expect(world.delivered).toEqual([]);
  });

  it('[IS-3.31] may be a PUBLISH by policy', async () => {
    const text = { method: 'PUBLISH', lines: [organizer, start] };
    const contentType = 'text/calendar; component=VEVENT; method=PUBLISH';
    expect(faultOf(await receiverWorld().post(text, { contentType }))).toBe('invalid-scheduling-message');
    const world = receiverWorld({ options: { allowPublish: true }, capabilities: { allowPublish: true } });
    expect((await world.post(text, { contentType })).status).toBe(200);
  });

  it('[IS-3.34] may ask for the free-busy time of some of the ATTENDEEs where a switch says so', async () => {
    const posting = { recipients: people.slice(0, 1), contentType: 'text/calendar' };
    expect(faultOf(await receiverWorld().post(search, posting))).toBe('recipient-mismatch');
    expect((await receiverWorld({ options: { freeBusyRecipients: 'some' } }).post(search, posting)).status).toBe(200);
  });
});

describe('the order of checks', () => {
  it('[IS-4.1] is that of the protocol: whatever is wrong, the first counts', async () => {
    // Everything is wrong with this request; one thing after the other is mended.
    const world = receiverWorld({ capabilities: { maxContentLength: 60, maxRecipients: 1 } });
    let fields: readonly HttpField[] = [
      { name: 'Content-Type', value: 'text/plain' },
      { name: 'Content-Length', value: '61' },
      { name: 'Recipient', value: 'x@y.example, z@y.example' },
    ];
    const next = async (name: string | undefined, value = '') => {
      if (name !== undefined) fields = [...without(fields, name), ...(value === '' ? [] : [{ name, value }])];
      return faultOf(await world.ask({ fields, content: 'x'.repeat(61) }));
    };
    expect(await next(undefined)).toBe('version-not-supported');
    expect(await next('iSchedule-Version', '1.0')).toBe('invalid-calendar-data-type');
    expect(await next('Content-Type', 'text/calendar')).toBe('max-content-length');
    expect(await next('Content-Length', '60')).toBe('originator-missing');
    expect(await next('Originator', 'nobody')).toBe('originator-invalid');
    expect(await next('Originator', 'mailto:bernard@example.com')).toBe('max-recipients');
    expect(await next('Recipient', 'x@y.example,')).toBe('recipient-missing');
    expect(world.contentsRead()).toBe(0);
    expect(await next('Recipient', 'x@y.example')).toBe('max-content-length');
    expect(world.contentsRead()).toBe(1);
    expect(world.delivered).toEqual([]);
  });

  it('[IS-4.1, Q21] asks for the content only once the envelope is in order', async () => {
    const world = receiverWorld();
    await world.ask({ fields: without(fieldsOf(), 'Originator') });
    expect(world.contentsRead()).toBe(0);
    await world.ask({ fields: fieldsOf() });
    expect(world.contentsRead()).toBe(1);
  });

  it('[IS-4.1] judges the signature before the content, and policy before the calendar', async () => {
    const asked: unknown[] = [];
    const world = receiverWorld({ deps: { mayOriginate: (who) => asked.push(who) < 0 } });
    expect(faultOf(await world.ask({ fields: fieldsOf(), content: 'no calendar' }))).toBe('verification-failed');
    expect(asked).toEqual([]);
    expect(faultOf(await world.post('no calendar'))).toBe('originator-denied');
    expect(asked).toMatchObject([
      {
        originator: 'mailto:bernard@example.com',
        originatorDomain: 'example.com',
        signedBy: { signingDomain: 'example.com' },
      },
    ]);
  });

  it('[IS-4.1] asks the rate limits before anything else is read', async () => {
    const visitors: unknown[] = [];
    const world = receiverWorld({
      deps: {
        admit: ({ remoteAddress, claimedDomain }) =>
          visitors.push({ remoteAddress, claimedDomain: claimedDomain() }) > 2
            ? { status: 'busy', retryAfterSeconds: 17 }
            : { status: 'admitted' },
      },
    });
    await world.ask({ remoteAddress: '192.0.2.1' });
    await world.post(invitation);
    const response = await world.ask({ fields: [{ name: 'DKIM-Signature', value: 'v=1; d=x' }] });
    expect(visitors).toEqual([
      { remoteAddress: '192.0.2.1', claimedDomain: undefined },
      { remoteAddress: undefined, claimedDomain: 'example.com' },
      { remoteAddress: undefined, claimedDomain: undefined },
    ]);
    expect([response.status, faultOf(response), fieldValue(response.fields, 'Retry-After')]).toEqual([
      429,
      'none',
      '17',
    ]);
    expect(world.contentsRead()).toBe(1);
  });
});

describe('the envelope', () => {
  const faultWith = async (
    fields: readonly HttpField[],
    options: WorldOptions = {},
  ): Promise<readonly [number, string | undefined]> => {
    const world = receiverWorld({ verifier: trustingVerifier, ...options });
    const response = await world.ask({ fields, content: calendarText(invitation) });
    expect(world.delivered).toEqual([]);
    expect(world.contentsRead()).toBe(0);
    return [response.status, faultOf(response)];
  };
  const replaced = (name: string, ...values: readonly string[]) => [
    ...without(fieldsOf(), name),
    ...values.map((value) => ({ name, value })),
  ];

  it.each([[[]], [['2.0']], [['']], [['1']], [['1.00']]])(
    '[IS-3.7, IS-4.3] version %j is not supported',
    async (values) => {
      expect(await faultWith(replaced('iSchedule-Version', ...values))).toEqual([400, 'version-not-supported']);
    },
  );

  it.each([
    [[]],
    [['text/plain']],
    [['']],
    [['application/calendar+xml']],
    [['text/calendar', 'text/calendar']],
    [['text/calendar; charset=iso-8859-1']],
    [['multipart/mixed; boundary=x']],
  ])('[IS-4.4] Content-Type %j is not taken', async (values) => {
    expect(await faultWith(replaced('Content-Type', ...values))).toEqual([415, 'invalid-calendar-data-type']);
  });

  it('[IS-2.25] jCal is not taken where it is not offered', async () => {
    expect(
      await faultWith(replaced('Content-Type', 'application/calendar+json'), { capabilities: { jcal: false } }),
    ).toEqual([415, 'invalid-calendar-data-type']);
  });

  it.each(['gzip', 'identity', 'br, gzip'])('[IS-3.21] Content-Encoding %s is not taken', async (value) => {
    expect(await faultWith([...fieldsOf(), { name: 'content-encoding', value }])).toEqual([
      415,
      'invalid-calendar-data-type',
    ]);
  });

  it('[IS-4.5, IS-2.29] a Content-Length over the limit is refused before anything is read', async () => {
    expect(await faultWith([...fieldsOf(), { name: 'Content-Length', value: '1048577' }])).toEqual([
      413,
      'max-content-length',
    ]);
  });

  it.each([
    ['IS-4.6', [], 'originator-missing'],
    ['IS-4.6', [' '], 'originator-missing'],
    ['IS-4.7', ['mailto:a@example.com', 'mailto:a@example.com'], 'too-many-originators'],
    ['IS-4.7', ['mailto:a@example.com,mailto:b@example.com'], 'too-many-originators'],
    ['IS-4.8', ['not a uri'], 'originator-invalid'],
    ['IS-4.8', ['bernard@example.com'], 'originator-invalid'],
  ])('[%s, IS-3.10] Originator %j is %s', async (_id, values, code) => {
    expect(await faultWith(replaced('Originator', ...values))).toEqual([400, code]);
  });

  it.each([[[]], [['']], [['mailto:a@example.org,']], [['not a uri']]])(
    '[IS-4.9, IS-3.14] Recipient %j is missing',
    async (values) => {
      expect(await faultWith(replaced('Recipient', ...values))).toEqual([400, 'recipient-missing']);
    },
  );

  it('[IS-4.10] 10,000 recipients are too many, in one field or in each its own', async () => {
    const many = Array.from({ length: 10_000 }, (_, index) => `mailto:u${index}@example.org`);
    expect(await faultWith(replaced('Recipient', many.join(',')))).toEqual([403, 'max-recipients']);
    expect(await faultWith(replaced('Recipient', ...many), { options: { maxHeaderOctets: 1_048_576 } })).toEqual([
      403,
      'max-recipients',
    ]);
  });

  it('[IS-4.27] fields that are too large are 431, with an error document', async () => {
    expect(await faultWith([...fieldsOf(), { name: 'X-Padding', value: 'x'.repeat(1_048_576) }])).toEqual([
      431,
      'none',
    ]);
    expect(
      await faultWith([...fieldsOf(), ...Array.from({ length: 60_000 }, () => ({ name: 'X-Many', value: 'x' }))]),
    ).toEqual([431, 'none']);
  });
});

describe('the signature', () => {
  const faultAfter = async (change: Posting['change'], posting: Posting = {}): Promise<string | undefined> => {
    const world = receiverWorld();
    const response = await world.post(invitation, { ...posting, ...(change ? { change } : {}) });
    expect(world.delivered).toEqual([]);
    return response.status === 403 ? faultOf(response) : String(response.status);
  };

  it.each<[string, NonNullable<Posting['change']>]>([
    ['missing', ({ fields, content }) => ({ fields: without(fields, 'DKIM-Signature'), content })],
    ['there twice', ({ fields, content }) => ({ fields: [...fields, fields.at(-1)!], content })],
    ['of another content', ({ fields, content }) => ({ fields, content: Buffer.concat([content, Buffer.from('X')]) })],
    [
      'of another Originator',
      ({ fields, content }) => ({
        fields: fields.map((field) =>
          field.name === 'Originator' ? { ...field, value: 'mailto:eve@example.com' } : field,
        ),
        content,
      }),
    ],
    [
      'of fewer Recipients',
      ({ fields, content }) => ({
        fields: [...fields, { name: 'Recipient', value: 'mailto:mike@example.org' }],
        content,
      }),
    ],
    [
      'of a thousand tags',
      ({ fields, content }) => ({
        fields: [
          ...without(fields, 'DKIM-Signature'),
          { name: 'DKIM-Signature', value: Array.from({ length: 1_000 }, (_, index) => `t${index}=x`).join('; ') },
        ],
        content,
      }),
    ],
    [
      'nonsense',
      ({ fields, content }) => ({
        fields: [...without(fields, 'DKIM-Signature'), { name: 'DKIM-Signature', value: '\u0000;;;=' }],
        content,
      }),
    ],
  ])('[IS-4.11, IS-3.20, IS-7.2, DO-1.2] that is %s does not verify', async (_what, change) => {
    expect(await faultAfter(change)).toBe('verification-failed');
  });

  it('[IS-4.11] that has expired does not verify', async () => {
    const world = receiverWorld();
    const asking = { fields: [] as readonly HttpField[], content: new Uint8Array() };
    await world.post(invitation, { change: (signedRequest) => Object.assign(asking, signedRequest) });
    await world.clock.advance(3_601_000);
    const response = await world.ask(asking);
    expect(faultOf(response)).toBe('verification-failed');
    expect(textOf(response)).toContain('expired');
  });

  it('[IS-4.12, DO-6.3] of another domain may not speak for the originator', async () => {
    expect(await faultAfter(undefined, { domain: 'other.example' })).toBe('verification-failed');
  });

  it('[DO-6.1] of a parent domain may', async () => {
    const text = { lines: ['ORGANIZER:mailto:b@sales.example.com', cyrus, start] };
    expect((await receiverWorld().post(text, { originator: 'mailto:b@sales.example.com' })).status).toBe(200);
  });

  it('[Q38, DO-6.2] of a domain that local policy names may', async () => {
    const allow = (signing: string, originator: string): boolean =>
      signing === 'other.example' && originator === 'example.com';
    expect((await receiverWorld({ allow }).post(invitation, { domain: 'other.example' })).status).toBe(200);
  });

  it.each(['urn:uuid:1-2-3', 'mailto:nobody'])(
    '[IS-4.12] speaks for no originator without a domain: %s',
    async (originator) => {
      expect(await faultAfter(undefined, { originator })).toBe('verification-failed');
    },
  );

  it('[IS-4.28, DO-5.33] whose key could not be asked for is 503, with Retry-After, and nothing is delivered', async () => {
    const verifier: Verifier = {
      verify: async () => ({ status: 'tempfail', cause: new DnsUnavailable('SERVFAIL'), signature: {} as never }),
    };
    const world = receiverWorld({ verifier, options: { retryAfterSeconds: 90 } });
    const response = await world.post(invitation);
    expect([response.status, faultOf(response), fieldValue(response.fields, 'Retry-After')]).toEqual([
      503,
      'none',
      '90',
    ]);
    expect(textOf(response)).toMatch(/try again later/);
    expect(textOf(response)).not.toContain('SERVFAIL');
    expect(world.delivered).toEqual([]);
    expect(world.events).toMatchObject([
      { type: 'refused', status: 503, reason: 'unavailable', cause: { message: 'SERVFAIL' } },
    ]);
  });

  it("[IS-7.5, DO-6.2] of a domain that the originator's own names (ATPS) may", async () => {
    const name = atpsName(parseDomainName('other.example'), parseDomainName('example.com'), 'sha256');
    const zones = { '.': `${name}. 300 TXT "v=ATPS1; d=other.example"\n` };
    const posting = { domain: 'other.example', onBehalfOf: 'example.com' };
    expect((await receiverWorld({ zones }).post(invitation, posting)).status).toBe(200);
    expect(faultOf(await receiverWorld().post(invitation, posting))).toBe('verification-failed');
  });

  it('[DO-6.9, IS-4.28] whose authority could not be asked for is 503 too', async () => {
    const world = receiverWorld();
    world.dns.fail(atpsName(parseDomainName('other.example'), parseDomainName('example.com'), 'sha256'));
    const response = await world.post(invitation, { domain: 'other.example', onBehalfOf: 'example.com' });
    expect([response.status, faultOf(response)]).toEqual([503, 'none']);
    expect(world.delivered).toEqual([]);
  });
});

describe('the content', () => {
  const faultFor = async (
    content: string | Parameters<typeof calendarText>[0],
    options: WorldOptions = {},
    posting: Posting = {},
  ): Promise<readonly [number, string | undefined]> => {
    const world = receiverWorld(options);
    const response = await world.post(content, { contentType: 'text/calendar', ...posting });
    expect(world.delivered).toEqual([]);
    return [response.status, faultOf(response)];
  };

  it.each([
    ['nothing', ''],
    ['garbage', 'this is not iCalendar'],
    ['HTML', '<html></html>'],
    ['half a calendar', calendarText(invitation).slice(0, 200)],
    ['two calendars', calendarText(invitation) + calendarText(invitation)],
    [
      "the draft's third example, where END:VEVENT closes a VTODO",
      calendarText({ ...invitation, component: 'VTODO' }).replace('END:VTODO', 'END:VEVENT'),
    ],
    [
      'what is 1,000 components deep',
      `BEGIN:VCALENDAR\r\n${'BEGIN:VEVENT\r\n'.repeat(1_000)}${'END:VEVENT\r\n'.repeat(1_000)}END:VCALENDAR\r\n`,
    ],
    ['a date that is none', calendarText({ lines: [organizer, cyrus, 'DTSTART:20300230T100000Z'] })],
    ['a rule that is none', calendarText({ lines: [...invitation.lines, 'RRULE:FREQ=SOMETIMES'] })],
    ['jCal', '["vcalendar",[],[]]'],
  ])('[IS-4.14] that is %s is no calendar', async (_what, content) => {
    expect(await faultFor(content)).toEqual([400, 'invalid-calendar-data']);
  });

  it('[IS-4.14] that is not UTF-8 is no calendar', async () => {
    const world = receiverWorld({ verifier: trustingVerifier });
    const response = await world.ask({
      fields: fieldsOf(),
      content: Buffer.from(calendarText({ lines: [...invitation.lines, 'LOCATION:Zürich'] }), 'latin1'),
    });
    expect(faultOf(response)).toBe('invalid-calendar-data');
  });

  it.each(['[]', '{}', 'null', '["vcalendar"]', '["vevent",[],[]]', '[[[[', '['.repeat(100_000), '"x"'])(
    '[IS-4.14] that is jCal like %.20s is no calendar',
    async (content) => {
      expect(await faultFor(content, {}, { contentType: 'application/calendar+json' })).toEqual([
        400,
        'invalid-calendar-data',
      ]);
    },
  );

  it.each([
    ['without METHOD', calendarText({ ...invitation, method: '' })],
    ['with an unknown METHOD', calendarText({ ...invitation, method: 'ASK' })],
    ['that asks a VJOURNAL', calendarText({ component: 'VJOURNAL', lines: [organizer, cyrus, start] })],
    [
      'of two kinds of component',
      calendarText({
        ...invitation,
        more: ['BEGIN:VTODO\r\nUID:one@example.com\r\nDTSTAMP:20261122T120000Z\r\nEND:VTODO'],
      }),
    ],
    ['without component', 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n'],
    ['that is a poll', calendarText({ ...invitation, component: 'VPOLL' })],
    ['without ATTENDEE', calendarText({ lines: [organizer, start] })],
    ['of a REPLY to a search', calendarText({ ...search, method: 'REPLY' })],
  ])('[IS-4.15, Q42, IS-3.37] %s is no scheduling message', async (_what, content) => {
    expect(await faultFor(content)).toEqual([400, 'invalid-scheduling-message']);
  });

  it('[IS-4.15] of a kind that is not advertised is refused', async () => {
    const capabilities = { schedulingMessages: [{ component: 'VTODO', methods: [] }] };
    expect(await faultFor(invitation, { capabilities })).toEqual([400, 'invalid-scheduling-message']);
  });

  it('[IS-3.18] that Content-Type contradicts is refused', async () => {
    expect(await faultFor(invitation, {}, { contentType: 'text/calendar; method=CANCEL' })).toEqual([
      400,
      'invalid-scheduling-message',
    ]);
  });

  it.each([
    ['IS-4.16', 'recipient-mismatch', search, {}],
    [
      'IS-4.17, IS-7.3',
      'attachment-type-not-supported',
      { lines: [...invitation.lines, 'ATTACH;ENCODING=BASE64;VALUE=BINARY:QUJD'] },
      {},
    ],
    ['IS-4.18', 'min-date-time', { lines: [organizer, cyrus, 'DTSTART:19691231T000000Z'] }, {}],
    ['IS-4.19', 'max-date-time', { lines: [organizer, cyrus, 'DTSTART:21010101T000000Z'] }, {}],
    ['IS-4.20', 'max-instances', { lines: [...invitation.lines, 'RRULE:FREQ=DAILY;COUNT=1001'] }, {}],
    ['IS-4.20', 'max-instances', { lines: [...invitation.lines, 'RRULE:FREQ=SECONDLY'] }, {}],
  ] as const)('[%s] is %s', async (_id, code, text, options) => {
    expect(await faultFor(text, options)).toEqual([403, code]);
  });

  it('[IS-4.5] that is longer than advertised is cut off', async () => {
    const world = receiverWorld({ capabilities: { maxContentLength: 100 } });
    const response = await world.post(invitation);
    expect([response.status, faultOf(response)]).toEqual([413, 'max-content-length']);
  });

  it('that breaks off is 400', async () => {
    const response = await receiverWorld().ask({ fields: fieldsOf(), content: new ContentIncomplete('gone') });
    expect([response.status, faultOf(response)]).toEqual([400, 'none']);
  });
});

describe('a delivery that fails', () => {
  const failing = (error: unknown, options: WorldOptions = {}) =>
    receiverWorld({
      ...options,
      deliver: async () => {
        throw error;
      },
    });
  const withCode = (code: string, more: object = {}) =>
    Object.assign(new Error('the store is away: /var/lib/secret'), { code, ...more });

  it.each([
    [withCode('store-unavailable'), 503, '60'],
    [new DnsUnavailable('x'), 503, '60'],
    [new TemporarilyUnavailable('x', { retryAfterSeconds: 5 }), 503, '5'],
    [withCode('store-full'), 507, '60'],
  ])('[IS-4.28, IS-4.29] for a while (%o) is %i with Retry-After, and tells nothing', async (error, status, after) => {
    const world = failing(error);
    const response = await world.post(invitation);
    expect([response.status, faultOf(response), fieldValue(response.fields, 'Retry-After')]).toEqual([
      status,
      'none',
      after,
    ]);
    expect(textOf(response)).not.toContain('secret');
    expect(world.events).toMatchObject([
      { type: 'refused', status, cause: error, signedBy: { signingDomain: 'example.com' } },
    ]);
  });

  it('[IS-4.13] by policy is originator-denied', async () => {
    const response = await failing(new SchedulingFault('originator-denied', 'Not here.')).post(invitation);
    expect([response.status, faultOf(response)]).toEqual([403, 'originator-denied']);
  });

  it("by a defect is the listener's 500", async () => {
    await expect(failing(new RangeError('oops')).post(invitation)).rejects.toThrow('oops');
    await expect(receiverWorld({ deliver: async () => [] }).post(invitation)).rejects.toThrow(TypeError);
  });
});

describe('any request at all', () => {
  it('is answered, with version and serial', async () => {
    const world = receiverWorld({ verifier: trustingVerifier, deps: { publishedKeys: async () => [] } });
    const name = fc.constantFrom(
      'iSchedule-Version',
      'Content-Type',
      'Originator',
      'Recipient',
      'DKIM-Signature',
      'Content-Length',
      'If-None-Match',
      'Content-Encoding',
      '__proto__',
    );
    const value = fc.oneof(
      fc.string({ unit: 'binary-ascii' }),
      fc.constantFrom(
        '1.0',
        'text/calendar',
        'application/calendar+json',
        'mailto:bernard@example.com',
        'mailto:cyrus@example.org',
        '*',
      ),
    );
    const target = fc.oneof(
      fc.string(),
      fc.constantFrom(
        '/.well-known/ischedule',
        '/.well-known/domainkey/a/b',
        '*',
        'https://x/.well-known/ischedule?action=capabilities',
      ),
    );
    const lines = fc.array(
      fc.constantFrom(
        'BEGIN:VCALENDAR',
        'BEGIN:VEVENT',
        'END:VEVENT',
        'END:VCALENDAR',
        'METHOD:REQUEST',
        'UID:1',
        'DTSTAMP:20261122T120000Z',
        'DTSTART:20300110T100000Z',
        organizer,
        cyrus,
        'RRULE:FREQ=DAILY',
        'X',
        '',
      ),
      { maxLength: 14 },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('GET', 'HEAD', 'POST', 'OPTIONS', 'X'),
        target,
        fc.array(fc.record({ name, value }), { maxLength: 9 }),
        lines,
        async (method, where, fields, content) => {
          const response = await world.ask({ method, target: where, fields, content: content.join('\r\n') });
          expect(response.status).toBeGreaterThanOrEqual(200);
          expect(fieldValues(response.fields, 'iSchedule-Version')).toEqual(['1.0']);
          if (method === 'POST' && response.status !== 200) expect(faultOf(response)).toBeDefined();
        },
      ),
      { numRuns: 200 },
    );
  });
});
