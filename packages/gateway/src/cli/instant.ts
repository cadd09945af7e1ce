import { type Clock, systemClock } from '@isched/runtime';
import { type EpochMs, epochMs } from '@isched/values';
import { UsageError } from './output.ts';

/**
 * A point in time as a person types it: ISO 8601 with its zone, `2026-11-23T10:00:00Z`, or as calendars write it,
 * `20261123T100000Z`.
 *
 * @throws UsageError when it is none, or has no zone.
 */
export function parseInstant(text: string): EpochMs {
  const extended = text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  const at = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d))?$/i.test(extended)
    ? Date.parse(extended)
    : Number.NaN;
  if (Number.isNaN(at)) throw new UsageError(`${JSON.stringify(text)} is not a time such as 2026-11-23T10:00:00Z`);
  return epochMs(at);
}

/** The system's clock, or one that stands at the time of `--now`. @throws UsageError when that is no time. */
export function clockAt(now: string | undefined): Clock {
  if (now === undefined) return systemClock;
  const instant = parseInstant(now);
  return { ...systemClock, now: () => instant };
}

/** A point in time as people read it: `2026-11-23T10:00:00Z`. @throws nothing. */
export function isoTime(instant: EpochMs): string {
  return new Date(instant).toISOString().replace('.000', '');
}
