import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { calAddressKey, formatCalendar, parseCalAddress, parseCalendar } from '@isched/icalendar';
import { busyPeriods, freeBusyRange, freeBusyReply, type ItipMessage, readItipMessage } from '@isched/itip';
import { systemClock } from '@isched/runtime';
import type { Store } from 'isched';
import { createDeliverInbound } from '../packages/gateway/src/inbound/deliver.ts';
import { inboundFromHere } from '../packages/gateway/src/inbound/inbound-message.ts';
import { openCrowdedStore, openOwnersStore, owner } from './free-busy-store.ts';
import { type Benchmark, measure, rateRatio } from './harness.ts';

/** A search for free time as a peer asks for it, from the question read to the answer's text. */
export const freeBusy: Benchmark = {
  name: 'free-busy',
  about: 'two weeks of a user with 10,000 objects, 1,000 recurring: by index, among a million others, by expanding all',
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'isched-bench-'));
    try {
      const { file, store } = await openOwnersStore(folder);
      await using alone = store;
      await using crowded = await openCrowdedStore(folder, file);
      return await compare(alone, crowded);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

async function compare(alone: Store, crowded: Store): ReturnType<Benchmark['run']> {
  const searches = { alone: createSearch(alone), crowded: createSearch(crowded), scan: createScan(alone) };
  const answers = await Promise.all(Object.values(searches).map((search) => search(0)));
  assertSame(answers);
  const fast = await measure(
    [
      { name: 'free-busy', work: searches.crowded },
      { name: 'alone', work: searches.alone },
    ],
    { seconds: 4 },
  );
  const slow = await measure([{ name: 'scan', work: searches.scan }], { seconds: 4, rounds: 3 });
  const rows = [...fast, ...slow];
  return {
    name: 'free-busy',
    rows,
    ratios: {
      'free-busy/scan': rateRatio(rows, 'free-busy', 'scan'),
      'free-busy/alone': rateRatio(rows, 'free-busy', 'alone'),
    },
  };
}

/** @throws TypeError when the answers differ: then there is nothing to compare. */
function assertSame(answers: readonly string[]): void {
  const [first, ...others] = answers.map((answer) => answer.replace(/^DTSTAMP:.*$/m, ''));
  if (!first?.includes('FREEBUSY;')) throw new TypeError('nobody is busy');
  if (others.some((other) => other !== first)) throw new TypeError('the index and the objects do not agree');
}

type Search = (turn: number) => Promise<string>;

function createSearch(store: Store): Search {
  const deliver = createDeliverInbound({ store, clock: systemClock });
  return async (turn) => {
    const [result] = await deliver(inboundFromHere({ itip: question(turn), originator: asker, recipients: [owner] }));
    const reply = result?.replies[0];
    if (!reply) throw new TypeError(`no answer: ${result?.reason}`);
    return formatCalendar(reply.calendar);
  };
}

/** What there is to do without an index: every object is read and expanded. */
function createScan(store: Store): Search {
  return async (turn) => {
    const message = question(turn);
    const range = freeBusyRange(message);
    const objects = await store.read(async (view) => {
      const user = await view.directory.findUser(calAddressKey(owner));
      return user ? view.objects.list(user.id) : [];
    });
    const calendars = objects.map(({ text }) => parseCalendar(text));
    const periods = busyPeriods(calendars, range, { user: owner, defaultZone: 'Europe/Berlin' });
    return formatCalendar(freeBusyReply(message, { user: owner, periods, now: systemClock.now() }).calendar);
  };
}

const asker = parseCalAddress('mailto:alice@sender.example');

/** Two weeks, beginning on another day each time. */
function question(turn: number): ItipMessage {
  const day = 1 + (turn % 14);
  const date = (from: number): string => `202612${String(from).padStart(2, '0')}T000000Z`;
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//isched//bench//EN',
    'METHOD:REQUEST',
    'BEGIN:VFREEBUSY',
    `UID:search-${turn}`,
    'DTSTAMP:20261123T100000Z',
    `DTSTART:${date(day)}`,
    `DTEND:${date(day + 14)}`,
    `ORGANIZER:${asker}`,
    `ATTENDEE:${owner}`,
    'END:VFREEBUSY',
    'END:VCALENDAR',
    '',
  ];
  return readItipMessage(parseCalendar(lines.join('\r\n')));
}
