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
import { formatRevision, isSentLater, parseRevision, type Revision } from './revision.ts';
import { type Moment, momentKey, momentOfText, type ZonedCalendar } from './zoned.ts';

/** On an EXDATE or RDATE that a CANCEL or ADD wrote: that message's revision, which older messages don't undo. */
export const revisionParameter = 'X-ISCHED-REVISION';
/** On an EXDATE: the keeper threw the instance out, in the version named; that says nothing of the series. */
export const ownExclusion = 'X-ISCHED-OWN';

/** Says whether a series leaves an instance out, and by which message, as far as that is known. @throws nothing. */
export function exclusionOf(master: Component, within: ZonedCalendar, instance: Moment): Revision | undefined {
  const wanted = momentKey(instance);
  for (const line of properties(master, 'EXDATE')) {
    if (keysOf(line, within).includes(wanted)) return parseRevision(parameter(line, revisionParameter));
  }
  return undefined;
}

/** As `exclusionOf`, for what the organizer left out, whatever the keeper threw out. @throws nothing. */
export function calledOffBy(master: Component, within: ZonedCalendar, instance: Moment): Revision | undefined {
  return exclusionOf(
    mapChildren(master, (child) =>
      child.kind === 'property' && parameter(child, ownExclusion) !== undefined ? undefined : child,
    ),
    within,
    instance,
  );
}

/** The series with an instance left out. @throws nothing. */
export function withExclusion(master: Component, recurrenceId: Property, revision?: Revision): Component {
  const line: Property = { ...recurrenceId, name: 'EXDATE', source: undefined };
  const marked = revision === undefined ? line : withParameter(line, revisionParameter, formatRevision(revision));
  return withAddedProperties(master, [marked]);
}

/** The series with an instance that its rule doesn't give. @throws nothing. */
export function withInclusion(master: Component, recurrenceId: Property, revision: Revision): Component {
  const line: Property = withParameter({ ...recurrenceId, name: 'RDATE', source: undefined }, 'RANGE', undefined);
  return withAddedProperties(master, [withParameter(line, revisionParameter, formatRevision(revision))]);
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

/** The dates that were taken out or added by messages sent after one. @throws nothing. */
export function datesAfter(master: Component, message: Revision): readonly Property[] {
  return [...properties(master, 'EXDATE'), ...properties(master, 'RDATE')].filter((line) => {
    const own = parameter(line, revisionParameter);
    return own !== undefined && isSentLater(parseRevision(own), message);
  });
}

function keysOf(line: Property, within: ZonedCalendar): readonly string[] {
  const tzid = parameter(line, 'TZID');
  return line.value.split(',').map((text) => {
    const moment = momentOfText(text.trim(), tzid, within);
    return moment ? momentKey(moment) : '';
  });
}
