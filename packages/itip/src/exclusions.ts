import {
  type Component,
  mapChildren,
  type Property,
  parameter,
  properties,
  withAddedProperties,
  withParameter,
  withValue,
} from '@isched/icalendar';
import { sequenceNumber } from './revision.ts';
import { type Moment, momentKey, momentOfText, type ZonedCalendar } from './zoned.ts';

/** On an EXDATE or RDATE that a CANCEL or ADD wrote: that message's SEQUENCE, which older messages don't undo. */
const sequenceParameter = 'X-ISCHED-SEQUENCE';

/** Says whether a series leaves an instance out, and by which SEQUENCE: 0 where that isn't known. @throws nothing. */
export function exclusionOf(master: Component, within: ZonedCalendar, instance: Moment): number | undefined {
  const wanted = momentKey(instance);
  for (const line of properties(master, 'EXDATE')) {
    if (keysOf(line, within).includes(wanted)) return sequenceNumber(parameter(line, sequenceParameter));
  }
  return undefined;
}

/** The series with an instance left out. @throws nothing. */
export function withExclusion(master: Component, recurrenceId: Property, sequence?: number): Component {
  const line: Property = { ...recurrenceId, name: 'EXDATE', source: undefined };
  const marked = sequence === undefined ? line : withParameter(line, sequenceParameter, String(sequence));
  return withAddedProperties(master, [marked]);
}

/** The series with an instance that its rule doesn't give. @throws nothing. */
export function withInclusion(master: Component, recurrenceId: Property, sequence: number): Component {
  const line: Property = withParameter({ ...recurrenceId, name: 'RDATE', source: undefined }, 'RANGE', undefined);
  return withAddedProperties(master, [withParameter(line, sequenceParameter, String(sequence))]);
}

/** The series with an instance no longer left out. @throws nothing. */
export function withoutExclusion(master: Component, within: ZonedCalendar, instance: Moment): Component {
  const wanted = momentKey(instance);
  return mapChildren(master, (child) => {
    if (child.kind !== 'property' || child.name !== 'EXDATE') return child;
    const texts = child.value.split(',');
    const keys = keysOf(child, within);
    const kept = texts.filter((_, at) => keys[at] !== wanted);
    if (kept.length === texts.length) return child;
    return kept.length === 0 ? undefined : withValue(child, kept.join(','));
  });
}

/** The dates that were taken out or added by messages newer than `sequence`. @throws nothing. */
export function datesAfter(master: Component, sequence: number): readonly Property[] {
  return [...properties(master, 'EXDATE'), ...properties(master, 'RDATE')].filter((line) => {
    const own = parameter(line, sequenceParameter);
    return own !== undefined && sequenceNumber(own) > sequence;
  });
}

function keysOf(line: Property, within: ZonedCalendar): readonly string[] {
  const tzid = parameter(line, 'TZID');
  return line.value.split(',').map((text) => {
    const moment = momentOfText(text.trim(), tzid, within);
    return moment ? momentKey(moment) : '';
  });
}
