import { formatCalendar, propertyValue, properties, subcomponents } from '@isched/icalendar';
import type { DeliveryResult } from '@isched/ischedule';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDeliver } from '../../src/inbound/deliver.ts';
import type { InboundLimits } from '../../src/policy/inbound-limits.ts';
import { type House, openHouse } from './house.ts';
import { at, calendarText, event, fromWire } from './messages.ts';

let house: House;
beforeEach(async () => {
  house = await openHouse({ b: 'UTC', c: 'Asia/Tokyo' });
});
afterEach(() => house[Symbol.asyncDispose]());

let count = 0;
/** Invites b and c to something; the answers stand in the copies already. */
async function invite(
  lines: readonly string[],
  partstat = 'ACCEPTED',
  limits: Partial<InboundLimits> = {},
): Promise<void> {
  count += 1;
  const text = event('REQUEST', ['b', 'c'], ...lines)
    .replace('UID:u1@', `UID:n${count}@`)
    .replaceAll('PARTSTAT=NEEDS-ACTION', `PARTSTAT=${partstat}`);
  const results = await createDeliver(house, { limits })(fromWire(text), {});
  expect(results.map((result) => result.requestStatus.code)).toEqual(['2.0', '2.0']);
}

const request = (start: string, end: string, ...people: readonly string[]) =>
  calendarText(
    'METHOD:REQUEST',
    'BEGIN:VFREEBUSY',
    'UID:fb1@example.com',
    'DTSTAMP:20261122T110000Z',
    'ORGANIZER;CN=Ann:mailto:a@example.com',
    `DTSTART:${start}`,
    `DTEND:${end}`,
    ...people.map((local) => `ATTENDEE:mailto:${local}@example.org`),
    'END:VFREEBUSY',
  );

const ask = (start: string, end: string, ...people: readonly string[]) =>
  createDeliver(house)(fromWire(request(start, end, ...people)), {});

/** `TYPE start/end` of every period in an answer. */
function periods(result: DeliveryResult | undefined): readonly string[] {
  const [component] = result?.replies[0] ? subcomponents(result.replies[0].calendar, 'VFREEBUSY') : [];
  return (component ? properties(component, 'FREEBUSY') : []).flatMap((line) =>
    line.value.split(',').map((period) => `${line.parameters[0]?.values[0]} ${period}`),
  );
}
const week = ['20261201T000000Z', '20261208T000000Z'] as const;
const event1 = ['DTSTART:20261201T090000Z', 'DTEND:20261201T100000Z'];

describe('free-busy', () => {
  it('[IS-6.3, IS-6.4, IS-6.5] answers with what was asked and the one attendee', async () => {
    await invite(event1);
    const [result] = await ask(...week, 'b');
    expect(result?.requestStatus.code).toBe('2.0');
    const calendar = result?.replies[0]?.calendar;
    const [component, ...others] = calendar ? subcomponents(calendar) : [];
    expect(others).toEqual([]);
    expect(['VERSION', 'METHOD'].map((name) => calendar && propertyValue(calendar, name))).toEqual(['2.0', 'REPLY']);
    expect(calendar && propertyValue(calendar, 'PRODID')).toBeTruthy();
    const text = component ? formatCalendar({ kind: 'component', name: 'VCALENDAR', children: [component] }) : '';
    expect(text).toContain('UID:fb1@example.com\r\n');
    expect(text).toContain('ORGANIZER;CN=Ann:mailto:a@example.com\r\n');
    expect(text).toContain('DTSTART:20261201T000000Z\r\nDTEND:20261208T000000Z\r\n');
    expect(text).toContain('DTSTAMP:20261122T120000Z\r\n');
    expect(text.match(/ATTENDEE/g)).toHaveLength(1);
    expect(text).toContain('ATTENDEE:mailto:b@example.org\r\n');
  });

  it('[IS-5.23] answers for each recipient, in order, and 3.7 for strangers', async () => {
    await invite(event1);
    const results = await ask(...week, 'x', 'b', 'c');
    expect(results.map((result) => result.requestStatus.code)).toEqual(['3.7', '2.0', '2.0']);
    expect(results.map(periods)).toEqual([
      [],
      ['BUSY 20261201T090000Z/20261201T100000Z'],
      ['BUSY 20261201T090000Z/20261201T100000Z'],
    ]);
  });

  it('[IS-6.6, IS-6.7] lists busy time only: sorted, merged, one type in a property, clipped to what was asked', async () => {
    await invite(['DTSTART:20261203T090000Z', 'DTEND:20261203T100000Z']);
    await invite(['DTSTART:20261203T093000Z', 'DTEND:20261203T110000Z']);
    await invite(['DTSTART:20261202T090000Z', 'DTEND:20261202T100000Z', 'STATUS:TENTATIVE']);
    await invite(['DTSTART:20261130T220000Z', 'DTEND:20261201T010000Z']);
    const [result] = await ask(...week, 'b');
    expect(periods(result)).toEqual([
      'BUSY 20261201T000000Z/20261201T010000Z',
      'BUSY-TENTATIVE 20261202T090000Z/20261202T100000Z',
      'BUSY 20261203T090000Z/20261203T110000Z',
    ]);
  });

  it('[IS-6.8] does not count what is transparent, cancelled or declined', async () => {
    await invite([...event1, 'TRANSP:TRANSPARENT']);
    await invite([...event1, 'STATUS:CANCELLED']);
    await invite(event1, 'DECLINED');
    expect(periods((await ask(...week, 'b'))[0])).toEqual([]);
    await invite(event1, 'NEEDS-ACTION');
    expect(periods((await ask(...week, 'b'))[0])).toEqual(['BUSY-TENTATIVE 20261201T090000Z/20261201T100000Z']);
  });

  it('[IS-6.9] is asked anew each time, never remembered', async () => {
    expect(periods((await ask(...week, 'b'))[0])).toEqual([]);
    await invite(event1);
    expect(periods((await ask(...week, 'b'))[0])).toHaveLength(1);
  });

  it("reads floating and all-day times in the user's own zone", async () => {
    await invite(['DTSTART:20261202T090000', 'DTEND:20261202T100000']);
    await invite(['DTSTART;VALUE=DATE:20261204', 'TRANSP:OPAQUE']);
    const [b, c] = await ask(...week, 'b', 'c');
    expect(periods(b)).toEqual(['BUSY 20261202T090000Z/20261202T100000Z', 'BUSY 20261204T000000Z/20261205T000000Z']);
    expect(periods(c)).toEqual(['BUSY 20261202T000000Z/20261202T010000Z', 'BUSY 20261203T150000Z/20261204T150000Z']);
  });

  it('finds the instances of an endless series near and far, before and after what was worked out ahead', async () => {
    await invite([
      'DTSTART:20200106T090000Z',
      'DTEND:20200106T100000Z',
      'RRULE:FREQ=WEEKLY',
      'EXDATE:20261207T090000Z',
    ]);
    expect(periods((await ask('20261130T000000Z', '20261215T000000Z', 'b'))[0])).toEqual([
      'BUSY 20261130T090000Z/20261130T100000Z',
      'BUSY 20261214T090000Z/20261214T100000Z',
    ]);
    expect(periods((await ask('20400102T000000Z', '20400103T000000Z', 'b'))[0])).toEqual([
      'BUSY 20400102T090000Z/20400102T100000Z',
    ]);
    expect(periods((await ask('20210104T000000Z', '20210105T000000Z', 'b'))[0])).toEqual([
      'BUSY 20210104T090000Z/20210104T100000Z',
    ]);
    expect(periods((await ask('20190104T000000Z', '20190105T000000Z', 'b'))[0])).toEqual([]);
  });

  it('finds the instances of a series that are more than are worked out ahead', async () => {
    const hourly = ['DTSTART:20261201T000000Z', 'DTEND:20261201T003000Z', 'RRULE:FREQ=HOURLY;COUNT=100'];
    await invite(hourly, 'ACCEPTED', { maxBusyInstances: 10 });
    expect(periods((await ask('20261201T080000Z', '20261201T120000Z', 'b'))[0])).toEqual([
      'BUSY 20261201T080000Z/20261201T083000Z',
      'BUSY 20261201T090000Z/20261201T093000Z',
      'BUSY 20261201T100000Z/20261201T103000Z',
      'BUSY 20261201T110000Z/20261201T113000Z',
    ]);
  });

  it('refuses what it can not answer at once, for each recipient', async () => {
    const results = await ask('20200101T000000Z', '20300101T000000Z', 'b', 'c');
    expect(results.map((result) => result.requestStatus.code)).toEqual(['3.1', '3.1']);
    expect(results.map((result) => result.replies)).toEqual([[], []]);
  });

  it('leaves no decision and no object', async () => {
    await ask(...week, 'b');
    expect(await house.reasons('fb1@example.com')).toEqual([]);
    expect(await house.stored('b')).toEqual([]);
  });

  it('asks for one of several attendees only (Bedework and DAViCal list all)', async () => {
    await invite(event1);
    const message = fromWire(request(...week, 'b', 'c'), { recipients: [at('c')] });
    const results = await createDeliver(house)(message, {});
    expect(results).toHaveLength(1);
    expect(formatCalendar(results[0]!.replies[0]!.calendar)).toContain('ATTENDEE:mailto:c@example.org');
  });
});
