import { parseDomainName } from '@isched/values';
import { z } from 'zod';
import { parsed } from './checks.ts';

const seconds = (least: number, most: number) => z.int().min(least).max(most);
const day = 86_400;

const retry = z
  .strictObject({
    first_seconds: seconds(1, 3600)
      .default(60)
      .describe('Before the first retry; each further one waits twice as long.'),
    max_seconds: seconds(60, day)
      .default(4 * 3600)
      .describe('Between two tries at most, unless the peer asks for more.'),
    max_retry_after_seconds: seconds(60, 7 * day)
      .default(day)
      .describe('A peer may ask for so much patience (Retry-After) and no more.'),
    few_tries: z.int().min(1).max(100).default(5).describe('Tries where it will hardly get better by itself.'),
    give_up_after_seconds: seconds(600, 60 * day)
      .default(5 * day)
      .describe('How long a message is tried. A free-busy question is never tried again.'),
  })
  .describe('When a message that could not be sent is tried again.')
  .prefault({});

const breaker = z
  .strictObject({
    failures: z.int().min(1).max(1000).default(3).describe('Requests in a row that reached nobody.'),
    first_pause_seconds: seconds(1, 3600).default(30).describe('The first pause; each further one is twice as long.'),
    max_pause_seconds: seconds(1, day).default(900).describe('The longest one.'),
  })
  .describe('When a receiver that does not answer is left alone, so that what waits for it costs nothing.')
  .prefault({});

/** How the queue is worked on. */
export const outbound = z
  .strictObject({
    max_in_flight: z.int().min(1).max(10_000).default(64).describe('Requests under way at once, of each node.'),
    max_per_receiver: z
      .int()
      .min(1)
      .max(1000)
      .default(4)
      .describe('Requests to one receiver at once, of all nodes together.'),
    max_recipients: z
      .int()
      .min(1)
      .max(10_000)
      .default(250)
      .describe('Recipients in one request; fewer where the receiver says so.'),
    deadline_seconds: seconds(5, 3600)
      .default(90)
      .describe('How long one message may take, finding the receiver and asking for its capabilities included.'),
    lease_seconds: seconds(5, 600)
      .default(30)
      .describe('How long what a node was working on when it died is kept from the others.'),
    fallback_after_seconds: seconds(60, 60 * day)
      .default(day)
      .describe(
        'What iSchedule could not deliver by then goes by the fallback, at the latest when it would be given up.',
      ),
    fallback_for_seconds: seconds(3600, 60 * day)
      .default(2 * day)
      .describe('How long the fallback is tried at least.'),
    no_fallback_to: z
      .array(parsed('a domain name', parseDomainName))
      .default([])
      .describe('Domains, with all below them, whose users get nothing by the fallback.'),
    retry,
    breaker,
  })
  .describe('How messages are sent.')
  .prefault({});
