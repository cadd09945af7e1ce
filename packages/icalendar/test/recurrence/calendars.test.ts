import { describe, expect, it } from 'vitest';
import { corpusCollection } from '../../../../conformance/support/corpus-list.ts';
import { type Component, makeComponent } from '../../src/component.ts';
import { ICalendarError } from '../../src/errors.ts';
import { parseComponents } from '../../src/parse.ts';
import { instancesOf } from '../../src/recurrence/instances-of.ts';
import { ianaZone } from '../../src/zones/iana-zone.ts';
import { zonesOf } from '../../src/zones/zones.ts';
import { instant } from '../support/calendars.ts';
import { corpusJson, corpusText, hasCorpus } from '../support/corpus.ts';

interface Expansion {
  readonly ics: string;
  readonly calendar?: number;
  readonly instances: readonly { readonly start: string; readonly end: string }[];
}

/** The starts it has and we don't, or a code. */
function missing(expansion: Expansion): readonly string[] {
  const starts = expansion.instances.map(({ start }) => instant(start));
  try {
    const roots = parseComponents(corpusText(`rrule/calcard/${expansion.ics}`));
    const calendar = calendarOf(roots, expansion.calendar ?? 0);
    const { instances, complete } = instancesOf(calendar, undefined, {
      zones: zonesOf(calendar, { fallback: ianaZone('Pacific/Auckland') }),
      defaultZone: 'Pacific/Auckland',
      maxInstances: 5_000,
      range: {
        start: instant(new Date(Math.min(...starts)).toISOString()),
        end: instant(new Date(Math.max(...starts) + 1).toISOString()),
      },
    });
    const ours = new Set(instances.map(({ start }) => start));
    const theirs = new Set(starts);
    // It stops at about a hundred of each component.
    const extra = complete && starts.length < 100 ? [...ours].filter((start) => !theirs.has(start)) : [];
    return [...starts.filter((start) => !ours.has(start)), ...extra].map(String);
  } catch (error) {
    if (error instanceof ICalendarError) return [error.code];
    throw error;
  }
}

function calendarOf(roots: readonly Component[], index: number): Component {
  const root = roots[index];
  return root?.name === 'VCALENDAR' ? root : makeComponent('VCALENDAR', roots);
}

describe.skipIf(!hasCorpus)('expansions of whole calendars (skipped: no corpus here)', () => {
  it('agree with another library, but for what is listed', () => {
    const { cases } = corpusJson('rrule/calcard/expansions.json') as {
      readonly cases: Readonly<Record<string, Expansion>>;
    };
    const all = Object.values(cases).filter(({ instances }) => instances.length > 0);
    const { cases: total, notPassed } = corpusCollection('rrule/calcard');
    const different = all.filter((expansion) => missing(expansion).length > 0).map(({ ics }) => ics);
    expect(different.toSorted()).toEqual(notPassed.map((each) => each.case).toSorted());
    expect(all.length).toBe(total);
  });
});
