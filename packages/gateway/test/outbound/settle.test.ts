import { parseCalAddress } from '@isched/icalendar';
import type { RecipientOutcome } from '@isched/ischedule';
import { parseRequestStatus } from '@isched/itip';
import { createScriptedRandom } from '@isched/testkit';
import { type DomainName, epochMs } from '@isched/values';
import type { DeliveryId, LeasedDelivery } from 'isched';
import { describe, expect, it } from 'vitest';
import { defaultRetryPolicy } from '../../src/outbound/retry-policy.ts';
import { scheduleStatusOf, settlementOf } from '../../src/outbound/settle.ts';

const now = epochMs(1_795_000_000_000);
const minute = 60_000;
const bob = parseCalAddress('mailto:b@beta.example');
const delivery = (tries: number): LeasedDelivery => ({
  id: '7' as DeliveryId,
  recipient: { address: bob, key: bob, domain: 'beta.example' as DomainName },
  tries,
  dueAt: now,
});

type Told = RecipientOutcome extends infer Each
  ? Each extends unknown
    ? Omit<Each, 'recipient' | 'attempts'>
    : never
  : never;
const settle = (told: Told, tries = 0) =>
  settlementOf({ recipient: bob, attempts: [], ...told } as RecipientOutcome, {
    delivery: delivery(tries),
    expiresAt: epochMs(now + 5 * 86_400_000),
    now,
    policy: defaultRetryPolicy,
    random: createScriptedRandom({ fractions: [0] }),
  });
const answered = (text: string): Told => {
  const requestStatus = parseRequestStatus(text);
  if (!requestStatus) throw new TypeError(`no request status: ${text}`);
  return { status: 'answered', requestStatus };
};

describe('what an outcome makes of a delivery', () => {
  it.each([
    ['IS-5.16', '2.0;Success', '2.0'],
    ['IS-5.17', '1.2;Delivered', '1.2'],
    ['IS-5.18', '1.1;Sent', '1.1'],
    ['IS-5.19, Q62', '1.0;Pending', '1.0'],
    ['IS-5.20', '2.8;Success. Repeating event ignored', '2.8'],
  ])('[%s] %s is delivered and never sent again, as the organizer’s object says', (_, text, code) => {
    const settlement = settle(answered(text));
    expect(settlement).toMatchObject({ state: 'delivered', reason: 'sent-answered', requestStatus: text });
    expect(scheduleStatusOf(settlement)).toBe(code);
  });

  it.each([
    ['IS-5.21', '3.1;Invalid property value', '3.1'],
    ['IS-5.23', '3.7;Invalid calendar user', '3.7'],
    ['IS-5.24', '3.8;No authority', '3.8'],
    ['IS-5.25', '4.0;Event conflict', '4.0'],
    ['IS-5.27', '5.3;No scheduling support for user', '5.3'],
  ])('[%s] %s is final', (_, text, code) => {
    const settlement = settle(answered(text));
    expect(settlement).toMatchObject({ state: 'refused', reason: 'sent-answered', requestStatus: text });
    expect(scheduleStatusOf(settlement)).toBe(code);
  });

  it('[IS-5.26] 5.1 is tried again', () => {
    const requestStatus = parseRequestStatus('5.1;Service unavailable');
    const settlement = settle({ status: 'retry', tries: 'usual', requestStatus, cause: requestStatus });
    expect(settlement).toMatchObject({
      state: 'waiting',
      dueAt: now + minute,
      reason: 'sent-retry',
      requestStatus: '5.1;Service unavailable',
    });
    expect(scheduleStatusOf(settlement)).toBeUndefined();
  });

  it('[IS-5.30] is due no sooner than the receiver asked', () => {
    const told: Told = { status: 'retry', tries: 'usual', httpStatus: 429, afterMs: 10 * minute, cause: 'busy' };
    expect(settle(told)).toMatchObject({ state: 'waiting', dueAt: now + 10 * minute, detail: '429, busy' });
  });

  it('[IS-5.28, IS-5.32] is given up after few tries where it will hardly get better', () => {
    const told: Told = { status: 'retry', tries: 'few', httpStatus: 200, cause: new Error('no XML') };
    expect(settle(told, 3)).toMatchObject({ state: 'waiting', dueAt: now + 8 * minute });
    const settlement = settle(told, 4);
    expect(settlement).toMatchObject({ state: 'dead', reason: 'sent-given-up', detail: '200, Error: no XML' });
    expect(scheduleStatusOf(settlement)).toBe('5.1');
  });

  it('is dead where nothing is offered: there is no valid way (RFC 6638 §3.2.9: 5.2)', () => {
    const settlement = settle({ status: 'not-offered' });
    expect(settlement).toMatchObject({ state: 'dead', reason: 'sent-not-offered' });
    expect(scheduleStatusOf(settlement)).toBe('5.2');
  });

  it('[IS-5.34] is refused where the receiver refuses the request, with its fault', () => {
    const settlement = settle({ status: 'failed', by: 'peer', httpStatus: 403, fault: 'verification-failed' });
    expect(settlement).toMatchObject({ state: 'refused', reason: 'sent-failed', detail: 'verification-failed, 403' });
    expect(scheduleStatusOf(settlement)).toBe('5.2');
  });

  it('keeps a peer’s words in one line: they can forge none of the time-line, and steer no terminal', () => {
    const words = 'ok\r\n2026-11-23T12:00:00Z  CANCEL\u2028\u0085\u009b2J\u001b[2J\u202e';
    const requestStatus = { code: '2.0', text: words };
    const attempts = [{ url: 'https://beta.example/', ms: 1, cause: new Error(words) }];
    const control = /[\x00-\x1f\x7f-\x9f\u2028\u2029\u202e]/;
    for (const told of [
      { status: 'answered', requestStatus, description: words },
      { status: 'retry', tries: 'usual', requestStatus, cause: words },
      { status: 'retry', tries: 'usual', cause: { of: words } },
      { status: 'failed', by: 'peer', description: words },
    ] as const) {
      const outcome = { ...told, attempts };
      const { requestStatus: status, detail, attempts: made } = settle(outcome);
      expect(detail).toContain('CANCEL');
      expect([status, detail, ...made.map(({ cause }) => cause)].join('')).not.toMatch(control);
    }
  });

  it('keeps of a peer’s words as many as are good for an operator', () => {
    const { detail } = settle({ status: 'failed', by: 'peer', httpStatus: 400, description: 'x'.repeat(9000) });
    expect(detail).toHaveLength(500);
  });
});
