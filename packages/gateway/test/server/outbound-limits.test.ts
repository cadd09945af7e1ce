import { type CalAddress, parseCalAddress } from '@isched/icalendar';
import { parseDomainName } from '@isched/values';
import { expect, it } from 'vitest';
import { checkConfig } from '../../src/server/config/load.ts';
import { fallbackPolicyOf, retryPolicyOf, shareAnswersOf, workerOptionsOf } from '../../src/server/outbound-limits.ts';

const configured = checkConfig({
  domains: [{ name: 'a.example' }],
  outbound: {
    max_in_flight: 7,
    max_per_receiver: 2,
    max_recipients: 9,
    deadline_seconds: 11,
    lease_seconds: 13,
    retry: {
      first_seconds: 17,
      max_seconds: 190,
      max_retry_after_seconds: 230,
      few_tries: 3,
      give_up_after_seconds: 2900,
    },
    breaker: { failures: 1, first_pause_seconds: 31, max_pause_seconds: 37 },
  },
}).outbound;

it('works by the limits of the configuration, each in its place', () => {
  expect(workerOptionsOf(configured)).toMatchObject({
    maxInFlight: 7,
    perLane: 2,
    perBatch: 9,
    deadlineMs: 11_000,
    leaseMs: 13_000,
  });
  expect(retryPolicyOf(configured)).toMatchObject({
    firstDelayMs: 17_000,
    maxDelayMs: 190_000,
    maxRetryAfterMs: 230_000,
    fewTries: 3,
    lifetimeMs: 2_900_000,
  });
});

it('leaves a receiver alone as the configuration says', () => {
  expect(workerOptionsOf(configured).breaker).toEqual({ failures: 1, firstPauseMs: 31_000, maxPauseMs: 37_000 });
});

it('goes another way as the configuration says, at the latest when a message would be given up', () => {
  const policyOf = (outbound: object) =>
    fallbackPolicyOf(
      checkConfig({ domains: [{ name: 'a.example' }, { name: 'b.example', fallback: false }], outbound }),
    );
  const [a, b, strict, other] = ['a.example', 'b.example', 'sub.strict.example', 'other.example'].map(parseDomainName);
  const policy = policyOf({ no_fallback_to: ['strict.example'], fallback_for_seconds: 7200 });
  expect(policy).toMatchObject({ reserveMs: 4 * 86_400_000, lifetimeMs: 7_200_000 });
  expect(policy.mayFallBack({ from: a!, to: other! })).toBe(true);
  expect(policy.mayFallBack({ from: b!, to: other! })).toBe(false);
  expect(policy.mayFallBack({ from: a!, to: strict! })).toBe(false);
  expect(policyOf({ fallback_after_seconds: 5_000_000 }).reserveMs).toBe(0);
});

it('tells attendees of each other’s answers where it is asked to, and nobody who might get them by mail', () => {
  const domains = [{ name: 'a.example' }];
  expect(shareAnswersOf(checkConfig({ domains }), undefined)).toBeUndefined();
  const asked = checkConfig({
    domains,
    scheduling: { share_answers: true, share_answers_up_to: 7 },
    outbound: { no_fallback_to: ['b.example'] },
  });
  const from = parseCalAddress('mailto:a@a.example');
  const [b, c] = ['mailto:b@b.example', 'mailto:c@c.example'].map(parseCalAddress) as [CalAddress, CalAddress];
  const share = shareAnswersOf(asked, undefined);
  expect(share?.upTo).toBe(7);
  expect([b, c].map((to) => share?.mayTell({ from, to }))).toEqual([true, true]);
  const withFallback = shareAnswersOf(asked, fallbackPolicyOf(asked));
  expect([b, c].map((to) => withFallback?.mayTell({ from, to }))).toEqual([true, false]);
});
