import { parseCalAddress } from '@isched/icalendar';
import type { RecipientOutcome } from '@isched/ischedule';
import { requestStatus } from '@isched/itip';
import { createScriptedRandom } from '@isched/testkit';
import { type DomainName, epochMs } from '@isched/values';
import type { DeliveryId, FallbackOutcome, LeasedDelivery } from 'isched';
import { describe, expect, it } from 'vitest';
import { canFallBack, type FallbackPolicy, settlementOfHandOver } from '../../src/outbound/fallback.ts';
import { defaultRetryPolicy } from '../../src/outbound/retry-policy.ts';
import { scheduleStatusOf, settlementOf } from '../../src/outbound/settle.ts';

const hour = 3_600_000;
const now = epochMs(1_795_000_000_000);
const bob = parseCalAddress('mailto:b@beta.example');
const policy: FallbackPolicy = { reserveMs: 96 * hour, lifetimeMs: 48 * hour, mayFallBack: () => true };
const message = { method: 'REQUEST', originator: 'mailto:alice@alpha.example' };
const delivery: LeasedDelivery = {
  id: '7' as DeliveryId,
  recipient: { address: bob, key: bob, domain: 'beta.example' as DomainName },
  tries: 3,
  dueAt: now,
};

type Told = RecipientOutcome extends infer Each
  ? Each extends unknown
    ? Omit<Each, 'recipient' | 'attempts'>
    : never
  : never;
const settle = (
  told: Told,
  more: { readonly leftMs?: number; readonly method?: string; readonly with?: FallbackPolicy } = {},
) =>
  settlementOf({ recipient: bob, attempts: [], ...told } as RecipientOutcome, {
    delivery,
    expiresAt: epochMs(now + (more.leftMs ?? 120 * hour)),
    now,
    policy: defaultRetryPolicy,
    random: createScriptedRandom({ fractions: [0] }),
    fallback: {
      policy: more.with ?? policy,
      message: { ...message, ...(more.method !== undefined && { method: more.method }) },
    },
  });
const answer = (code: string): Told => ({ status: 'answered', requestStatus: requestStatus(code as '2.0') });
const away: Told = { status: 'retry', tries: 'usual', cause: 'away' };
const few: Told = { status: 'retry', tries: 'few', cause: 'a certificate for another name' };
const reasons = (told: Told, more?: Parameters<typeof settle>[1]) => {
  const { state, reason } = settle(told, more);
  return [state, reason];
};

describe('what goes another way', () => {
  it('is what no service is offered for', () => {
    expect(settle({ status: 'not-offered' })).toEqual({
      delivery: '7',
      state: 'waiting',
      dueAt: now,
      fallBackUntil: now + 48 * hour,
      reason: 'fallback-not-offered',
      requestStatus: undefined,
      detail: undefined,
      attempts: [],
    });
  });

  it.each<[string, Told]>([
    ['a fault of the message', { status: 'failed', by: 'peer', httpStatus: 403, fault: 'max-instances' }],
    [
      'capabilities that leave it out',
      { status: 'failed', by: 'capabilities', fault: 'attachment-type-not-supported' },
    ],
    [
      'a signature that is not believed',
      { status: 'failed', by: 'peer', httpStatus: 403, fault: 'verification-failed' },
    ],
    ['a key of ours that is missing', { status: 'failed', by: 'configuration', description: 'no signing key' }],
    ['no such calendar user', answer('3.7')],
    ['no scheduling support for the user', answer('5.3')],
  ])('is what the receiver can never take: %s', (_, told) => {
    expect(reasons(told)).toEqual(['waiting', 'fallback-refused']);
  });

  it.each<[string, Told, string]>([
    [
      'the originator is not wanted',
      { status: 'failed', by: 'peer', httpStatus: 403, fault: 'originator-denied' },
      'sent-failed',
    ],
    ['the originator may not schedule with this user', answer('3.8'), 'sent-answered'],
    ['the room is booked', answer('4.0'), 'sent-answered'],
  ])('is not what somebody has said no to: %s', (_, told, reason) => {
    expect(reasons(told)).toEqual(['refused', reason]);
  });

  it.each(['2.0', '1.2', '1.1', '1.0', '2.8'])('is not what was taken: %s', (code) => {
    expect(settle(answer(code)).state).toBe('delivered');
  });

  it('is what took too long, and not what is still in time', () => {
    expect(reasons(away, { leftMs: 96 * hour + 1 })).toEqual(['waiting', 'sent-retry']);
    expect(reasons(away, { leftMs: 96 * hour })).toEqual(['waiting', 'fallback-too-long']);
    expect(settle(answer('2.0'), { leftMs: hour }).state).toBe('delivered');
  });

  it('is what would be given up, for few tries or for want of time', () => {
    expect(reasons(few)).toEqual(['waiting', 'sent-retry']);
    expect(
      settlementOf({ recipient: bob, attempts: [], ...few } as RecipientOutcome, {
        delivery: { ...delivery, tries: 4 },
        expiresAt: epochMs(now + 120 * hour),
        now,
        policy: defaultRetryPolicy,
        random: createScriptedRandom({ fractions: [0] }),
        fallback: { policy, message },
      }),
    ).toMatchObject({ state: 'waiting', reason: 'fallback-too-long' });
    const never = { ...policy, reserveMs: 0 };
    expect(reasons(away, { leftMs: 1, with: never })).toEqual(['waiting', 'fallback-too-long']);
  });

  it('is nothing where policy rules it out, or the method means nothing to a person', () => {
    const ruledOut = { ...policy, mayFallBack: () => false };
    expect(reasons({ status: 'not-offered' }, { with: ruledOut })).toEqual(['dead', 'sent-not-offered']);
    expect(reasons({ status: 'not-offered' }, { method: 'REFRESH' })).toEqual(['dead', 'sent-not-offered']);
  });
});

describe('who can be written to another way', () => {
  const asked: { readonly from: DomainName; readonly to: DomainName }[] = [];
  const asking = { ...policy, mayFallBack: (domains: (typeof asked)[number]) => asked.push(domains) > 0 };

  it('is asked of policy by the domains', () => {
    expect(canFallBack({ ...message, recipient: 'MAILTO:Bob@Beta.Example' }, asking)).toBe(true);
    expect(asked).toEqual([{ from: 'alpha.example', to: 'beta.example' }]);
  });

  it.each(['https://beta.example/bob', 'urn:uuid:1', 'mailto:nobody', ''])(
    'is not an address without a mailbox: %j',
    (recipient) => {
      expect(canFallBack({ ...message, recipient }, policy)).toBe(false);
    },
  );

  it.each(
    [
      ['REQUEST', 'ADD', 'CANCEL', 'PUBLISH', 'REPLY', 'COUNTER', 'DECLINECOUNTER'].map(
        (method) => [method, true] as const,
      ),
      [['REFRESH', false] as const, ['X-OTHER', false] as const, ['toString', false] as const],
    ].flat(),
  )('gets %s: %s', (method, can) => {
    expect(canFallBack({ ...message, method, recipient: bob }, policy)).toBe(can);
  });
});

describe('what was handed over', () => {
  const settleHandOver = (outcome: FallbackOutcome, leftMs = 48 * hour) =>
    settlementOfHandOver(
      { outcome, delivery, ms: 12.6, now, expiresAt: epochMs(now + leftMs) },
      { policy: defaultRetryPolicy, random: createScriptedRandom({ fractions: [0] }) },
    );

  it('is mailed when it was taken, and the organizer sees that nobody knows more (RFC 6638 §3.2.9: 1.1)', () => {
    const settlement = settleHandOver({ status: 'taken', detail: 'queued as 4711' });
    expect(settlement).toMatchObject({ state: 'mailed', reason: 'mailed', detail: 'queued as 4711' });
    expect(settlement.attempts).toEqual([{ at: now, url: bob, ms: 13 }]);
    expect(scheduleStatusOf(settlement)).toBe('1.1');
  });

  it('is dead when it was refused: there is no valid way (5.2)', () => {
    const settlement = settleHandOver({ status: 'refused', detail: 'no such mailbox' });
    expect(settlement).toMatchObject({ state: 'dead', reason: 'mail-refused', detail: 'no such mailbox' });
    expect(settlement.attempts).toEqual([{ at: now, url: bob, ms: 13, cause: 'no such mailbox' }]);
    expect(scheduleStatusOf(settlement)).toBe('5.2');
  });

  it('is tried again as a receiver is, and given up when its time is over (5.1)', () => {
    const settlement = settleHandOver({ status: 'retry', cause: new Error('away') });
    expect(settlement).toMatchObject({ state: 'waiting', reason: 'mail-retry', dueAt: now + 8 * 60_000 });
    expect(settlement).not.toHaveProperty('fallBackUntil');
    expect(settlement.attempts).toEqual([{ at: now, url: bob, ms: 13, cause: 'Error: away' }]);
    expect(scheduleStatusOf(settlement)).toBeUndefined();
    const given = settleHandOver({ status: 'retry', afterMs: 50 * hour, cause: 'later' }, hour);
    expect(given).toMatchObject({ state: 'dead', reason: 'sent-given-up' });
    expect(scheduleStatusOf(given)).toBe('5.1');
  });

  it('is pending as long as it waits for the other way (1.0)', () => {
    expect(scheduleStatusOf(settle({ status: 'not-offered' }))).toBe('1.0');
    expect(scheduleStatusOf(settle(away))).toBeUndefined();
  });
});
