import { epochMs } from '@isched/values';
import { type DeliveryId, domainLane, type QueuedDelivery, type SubmissionId } from 'isched';
import { describe, expect, it } from 'vitest';
import { actedText, deliveryText, pageText } from '../../src/cli/queue-text.ts';

const now = Date.UTC(2026, 10, 23, 12);
const lane = domainLane('beta.example' as never);
const delivery: QueuedDelivery = {
  id: '7' as DeliveryId,
  submission: {
    id: '3' as SubmissionId,
    originator: 'mailto:a@alpha.example',
    method: 'REQUEST',
    uid: 'u',
    instance: '',
    addedAt: epochMs(now - 60_000),
    expiresAt: epochMs(now + 86_400_000),
  },
  recipient: 'mailto:b@beta.example',
  state: 'waiting',
  lane,
  tries: 0,
  dueAt: epochMs(now + 60_000),
  changedAt: epochMs(now - 30_000),
  blocked: false,
};
const backlog = { waiting: 2, leased: 1, held: 0 };
const page = (...deliveries: readonly QueuedDelivery[]) => ({ deliveries, backlog, leftAlone: [] });

describe('the queue in words', () => {
  it('says how many were changed, and how many left out, for each reason', () => {
    const leftOut = (['pointless', 'text-forgotten', 'pointless'] as const).map((reason) => ({
      delivery: delivery.id,
      reason,
    }));
    expect(
      actedText({ deliveries: [delivery], dryRun: false, leftOut }, now)
        .split('\n')
        .slice(1),
    ).toEqual([
      '1 changed',
      '2 left out: a newer message about the same made them pointless',
      '1 left out: what was to be sent is no longer kept; have it submitted anew',
    ]);
    expect(actedText({ deliveries: [], dryRun: true, leftOut: [] }, now)).toBe('nothing\n0 would be changed');
  });

  it('has one line for each delivery and each request, whatever was written by whom', () => {
    const forged = 'ok\r\n9  delivered\u2028\u009b2J';
    const written = { ...delivery, recipient: `mailto:${forged}`, detail: forged };
    expect(pageText(page(written), { now, limit: 100 }).split(/[\r\n\u2028\u009b]/)).toHaveLength(2);
    const attempts = [{ at: epochMs(now), url: `https://beta.example/${forged}`, ms: 1, cause: forged }];
    expect(deliveryText({ ...written, attempts }, now).split(/[\r\n\u2028\u009b]/)).toHaveLength(4);
  });

  it('says when what waits is tried, that it should have been, or for what it waits', () => {
    const all = page(
      delivery,
      { ...delivery, dueAt: epochMs(now - 1000), tries: 1, reason: 'sent-retry', detail: 'away' },
      { ...delivery, blocked: true, tries: 3 },
    );
    expect(pageText(all, { now, limit: 100 }).split('\n')).toEqual([
      '7  waiting until 2026-11-23T12:01:00Z  REQUEST u  mailto:b@beta.example',
      '7  waiting, due since 2026-11-23T11:59:59Z, tried once  REQUEST u  mailto:b@beta.example  (sent-retry, away)',
      '7  waiting for an earlier one, tried 3 times  REQUEST u  mailto:b@beta.example',
      '2 waiting, 1 being sent, 0 held',
    ]);
  });

  it('says whose receiver is left alone, once, and that there may be more', () => {
    const other = { lane: domainLane('other.example' as never), until: now + 1 };
    const paused = { ...page(delivery, delivery), leftAlone: [other, { lane, until: now + 30_000 }] };
    expect(pageText(paused, { now, limit: 2 }).split('\n').slice(2)).toEqual([
      'domain:beta.example does not answer: left alone until 2026-11-23T12:00:30Z',
      'there may be more: --after 7',
      '2 waiting, 1 being sent, 0 held',
    ]);
  });

  it('says where counting ended', () => {
    const many = { ...page(), backlog: { waiting: 10_000, leased: 64, held: 9_999 } };
    expect(pageText(many, { now, limit: 2 })).toBe('nothing\n10000 or more waiting, 64 being sent, 9999 held');
  });

  it('says that there is nothing', () => {
    expect(pageText(page(), { now, limit: 2 })).toBe('nothing\n2 waiting, 1 being sent, 0 held');
  });

  it('tells one delivery with its requests, and until when it is tried or since when it has ended', () => {
    const at = epochMs(now - 30_000);
    const attempts = [
      { at, url: 'https://beta.example/', status: 503, ms: 12 },
      { at, url: 'https://beta.example/', ms: 3, cause: 'timeout' },
      { at, url: 'mailto:b@beta.example', ms: 4, cause: 'away' },
      { at, url: 'mailto:b@beta.example', ms: 5 },
    ];
    expect(
      deliveryText({ ...delivery, attempts }, now)
        .split('\n')
        .slice(1),
    ).toEqual([
      '  submission 3 of mailto:a@alpha.example, 2026-11-23T11:59:00Z',
      '  lane domain:beta.example; tried until 2026-11-24T12:00:00Z',
      '  2026-11-23T11:59:30Z https://beta.example/: 503 in 12 ms',
      '  2026-11-23T11:59:30Z https://beta.example/: no answer in 3 ms, timeout',
      '  2026-11-23T11:59:30Z mailto:b@beta.example: not taken in 4 ms, away',
      '  2026-11-23T11:59:30Z mailto:b@beta.example: handed over in 5 ms',
    ]);
    expect(deliveryText({ ...delivery, state: 'mailed', attempts: [] }, now)).toMatch(
      /lane domain:beta\.example; mailed since 2026-11-23T11:59:30Z$/,
    );
  });
});
