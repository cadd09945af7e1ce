import { type CalAddress, parseCalAddress, parseCalendar } from '@isched/icalendar';
import { readItipMessage } from '@isched/itip';
import type { Fallback, FallbackMessage, FallbackOutcome } from 'isched';
import { describe, expect, it } from 'vitest';

/** What arrived another way. */
export interface Arrived {
  readonly recipient: CalAddress;
  /** By which whoever gets it twice knows a repeat: the same where the idempotency key was the same. */
  readonly mark: string;
  readonly uid: string;
}

/** A fallback, and the far end of the way it takes. */
export interface FallbackUnderTest {
  readonly fallback: Fallback;
  /** All that arrived, repeats included, in order. */
  readonly arrived: () => Promise<readonly Arrived[]>;
  /** From now on the other way can't be reached, or can be again. */
  readonly reach: (state: 'away' | 'back') => Promise<void>;
  /** Somebody whom the other way will never reach. */
  readonly unreachable: CalAddress;
}

const [b, c] = ['mailto:b@beta.example', 'mailto:c@beta.example'].map((address) => parseCalAddress(address)) as [
  CalAddress,
  CalAddress,
];

function message(recipients: Readonly<Record<CalAddress, string>>): FallbackMessage {
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//isched//test//EN',
    'METHOD:REQUEST',
    'BEGIN:VEVENT',
    'UID:f@alpha.example',
    'DTSTAMP:20261123T000000Z',
    'DTSTART:20300101T100000Z',
    'SUMMARY:Another way',
    'ORGANIZER:mailto:alice@alpha.example',
    ...Object.keys(recipients).map((address) => `ATTENDEE:${address}`),
    'END:VEVENT',
    'END:VCALENDAR',
  ];
  return {
    itip: readItipMessage(parseCalendar(lines.map((line) => `${line}\r\n`).join(''))),
    originator: parseCalAddress('mailto:alice@alpha.example'),
    recipients: Object.entries(recipients).map(([address, idempotencyKey]) => ({
      address: parseCalAddress(address),
      idempotencyKey,
    })),
  };
}

/**
 * What every Fallback must do.
 *
 * @param open - one whose other way can be reached, and at whose end nothing has arrived; called for each test.
 */
export function fallbackContract(open: () => Promise<FallbackUnderTest>): void {
  const statuses = (outcomes: readonly FallbackOutcome[]) => outcomes.map(({ status }) => status);

  describe('keeps the contract of Fallback', () => {
    it('tells one outcome for each recipient, in order', async () => {
      const { fallback, unreachable, arrived } = await open();
      const outcomes = await fallback.handOver(message({ [b]: 'one', [unreachable]: 'two', [c]: 'three' }));
      expect(statuses(outcomes)).toEqual(['taken', 'refused', 'taken']);
      const found = await arrived();
      expect(found.map(({ recipient }) => recipient).toSorted()).toEqual([b, c]);
      expect(new Set(found.map(({ uid }) => uid))).toEqual(new Set(['f@alpha.example']));
    });

    it('marks what is handed over again as what it is, also beside others', async () => {
      const { fallback, arrived } = await open();
      await fallback.handOver(message({ [b]: 'one', [c]: 'two' }));
      await fallback.handOver(message({ [b]: 'one' }));
      await fallback.handOver(message({ [b]: 'another' }));
      const marks = (await arrived()).filter(({ recipient }) => recipient === b).map(({ mark }) => mark);
      expect(new Set(marks.slice(0, -1)).size).toBe(1);
      expect(marks.slice(0, -1)).not.toContain(marks.at(-1));
    });

    it('asks to come again while the other way is away, and does not throw', async () => {
      const { fallback, reach, arrived } = await open();
      await reach('away');
      expect(statuses(await fallback.handOver(message({ [b]: 'one', [c]: 'two' })))).toEqual(['retry', 'retry']);
      expect(await arrived()).toEqual([]);
      await reach('back');
      expect(statuses(await fallback.handOver(message({ [b]: 'one' })))).toEqual(['taken']);
    });

    it('does nothing for who has given up', async () => {
      const { fallback, arrived } = await open();
      const signal = AbortSignal.abort(new Error('given up'));
      await expect(fallback.handOver(message({ [b]: 'one' }), { signal })).rejects.toThrow('given up');
      expect(await arrived()).toEqual([]);
    });
  });
}
