import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCalendar, propertyValue, subcomponents } from '@isched/icalendar';
import { epochMs, octetsFromText } from '@isched/values';
import { describe, expect, it } from 'vitest';
import { readVerdicts } from '../src/sender/read-verdicts.ts';
import { readCapabilities } from '../src/wire/capabilities-document.ts';
import { address } from './support/messages.ts';
import { faultOf, receiverWorld, trustingVerifier } from './support/receiver.ts';

const corpus = process.env['ISCHED_CORPUS'] ?? join(import.meta.dirname, '../../../../shared/corpus');
const folder = join(corpus, 'itip/ischedule-draft');
const read = (file: string): string => readFileSync(join(folder, file), 'utf8');

/** Appendix A and section 7 of the draft, as they are printed there. */
describe.skipIf(!existsSync(folder))("the draft's own examples (skipped without the corpus)", () => {
  it('[IS-2.17] the capabilities are read', () => {
    expect(readCapabilities(octetsFromText(read('capabilities-1.xml')))).toEqual({
      serialNumber: '123',
      versions: ['1.0'],
      schedulingMessages: [
        { component: 'VEVENT', methods: ['REQUEST', 'ADD', 'REPLY', 'CANCEL'] },
        { component: 'VTODO', methods: ['REQUEST', 'ADD', 'REPLY', 'CANCEL'] },
        { component: 'VFREEBUSY', methods: ['REQUEST'] },
      ],
      calendarDataTypes: [{ contentType: 'text/calendar', version: '2.0' }],
      attachments: { inline: true, external: true },
      rscales: ['GREGORIAN', 'CHINESE'],
      maxContentLength: 102_400,
      minDateTime: epochMs(Date.UTC(1991, 0, 1)),
      maxDateTime: epochMs(Date.UTC(2038, 11, 31)),
      maxInstances: 150,
      maxRecipients: 250,
      administrator: 'mailto:ischedule-admin@example.com',
    });
  });

  const verdicts = (file: string, status: number, recipients: readonly string[]) => {
    const response = { status, fields: [], content: octetsFromText(read(file)) };
    const asked = { status: 'answered', response, attempts: [] } as const;
    return readVerdicts(asked, {
      recipients: recipients.map(address),
      mediaType: 'text/calendar',
      realTime: true,
      now: epochMs(0),
    });
  };

  it('[IS-5.16] a delivery is read', () => {
    expect(verdicts('ex1-response.xml', 200, ['mailto:cyrus@example.org'])).toMatchObject([
      { status: 'answered', requestStatus: { code: '2.0', text: 'Success' }, description: 'Delivered to recipient' },
    ]);
  });

  it('[Q58, IS-5.27] a free-busy answer is read, the calendar in it too', () => {
    const [cyrus, mike] = verdicts('ex2-response.xml', 200, ['mailto:cyrus@example.org', 'mailto:mike@example.org']);
    expect(mike).toMatchObject({ status: 'answered', requestStatus: { code: '5.3' }, calendarData: undefined });
    if (cyrus?.status !== 'answered') throw new Error('no answer');
    const [busy] = subcomponents(parseCalendar(cyrus.calendarData ?? ''));
    expect(busy && propertyValue(busy, 'FREEBUSY')).toBe(
      '20040902T000000Z/20040902T090000Z,20040902T170000Z/20040903T000000Z',
    );
  });

  it('[IS-5.34] a refusal is read', () => {
    expect(verdicts('ex3-response.xml', 403, ['mailto:cyrus@example.org'])).toMatchObject([
      { status: 'failed', by: 'peer', fault: 'verification-failed', description: 'Unable to verify request' },
    ]);
  });

  it.each([
    ['ex1-request.http.txt', undefined],
    ['ex2-request.http.txt', undefined],
    // Its VTODO is closed with END:VEVENT, as printed.
    ['ex3-request.http.txt', 'invalid-calendar-data'],
  ])('[IS-4.30, IS-4.14] %s is answered', async (file, fault) => {
    const [head = '', ...rest] = read(file).split('\r\n\r\n');
    const fields = head
      .split('\r\n')
      .slice(1)
      .map((line) => ({ name: line.slice(0, line.indexOf(':')), value: line.slice(line.indexOf(':') + 1) }));
    const world = receiverWorld({ verifier: trustingVerifier });
    const response = await world.ask({
      fields: fields.filter(({ name }) => name !== 'Content-Length'),
      content: rest.join('\r\n\r\n'),
    });
    expect(response.status).toBe(fault === undefined ? 200 : 400);
    if (fault !== undefined) expect(faultOf(response)).toBe(fault);
  });
});
