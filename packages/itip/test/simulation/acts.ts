import {
  type Component,
  formatUtc,
  makeProperty,
  mapChildren,
  type Property,
  properties,
  property,
  propertyValue,
  subcomponents,
  withAddedProperties,
  withChildren,
  withoutProperties,
  withParameter,
  withProperty,
} from '@isched/icalendar';
import { epochMs } from '@isched/values';
import { deriveInstance } from '../../src/derive.ts';
import type { Chance } from './random.ts';
import { type Person, put, type World } from './world.ts';

const day = 86_400_000;
const hour = 3_600_000;
const firstDay = Date.UTC(2027, 2, 1, 9);

/** `20270301T090000` in Europe/Berlin, as text. */
function local(ms: number): string {
  return formatUtc(epochMs(ms)).slice(0, -1);
}

const zoneParameters = { TZID: 'Europe/Berlin' };

export function createMeeting(world: World, organizer: Person, uid: string, dice: Chance): void {
  const start = firstDay + dice.below(20) * day;
  const guests = world.people.filter((person) => person !== organizer && dice.fraction() < 0.8);
  const event: Component = {
    kind: 'component',
    name: 'VEVENT',
    children: [
      makeProperty('UID', uid),
      makeProperty('DTSTAMP', formatUtc(world.now)),
      makeProperty('DTSTART', local(start), zoneParameters),
      makeProperty('DTEND', local(start + hour), zoneParameters),
      ...(dice.fraction() < 0.8 ? [makeProperty('RRULE', `FREQ=DAILY;COUNT=${6 + dice.below(6)}`)] : []),
      makeProperty('SUMMARY', `first ${uid}`),
      makeProperty('ORGANIZER', organizer.address),
      ...guests.map(({ address }) => makeProperty('ATTENDEE', address, { PARTSTAT: 'NEEDS-ACTION', RSVP: 'TRUE' })),
    ],
  };
  const calendar: Component = {
    kind: 'component',
    name: 'VCALENDAR',
    children: [makeProperty('VERSION', '2.0'), makeProperty('PRODID', '-//sim//sim//EN'), event],
  };
  put(world, organizer, uid, calendar);
}

type Act = (calendar: Component, dice: Chance, world: World) => Component | undefined;

const master = (calendar: Component): Component | undefined =>
  subcomponents(calendar, 'VEVENT').find((event) => !property(event, 'RECURRENCE-ID'));

function changeEvent(calendar: Component, event: Component, after: Component | undefined): Component {
  return mapChildren(calendar, (child) => (child === event ? after : child));
}

/** A component to change: the series, or one that stands by itself already. */
function someEvent(calendar: Component, dice: Chance): Component {
  return dice.pick(subcomponents(calendar, 'VEVENT'));
}

/** Moved on the wall clock, but not into the hours in which clocks change. */
function shift(event: Component, ms: number): Component {
  const hours = new Date(wall(propertyValue(event, 'DTSTART') ?? '') + ms).getUTCHours();
  if (hours < 4) return event;
  return ['DTSTART', 'DTEND'].reduce((changed, name) => {
    const line = property(changed, name) as Property;
    return withProperty(changed, { ...line, value: local(wall(line.value) + ms), source: undefined });
  }, event);
}

function wall(text: string): number {
  const [, y, m, d, h, i, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)/.exec(text) as unknown as string[];
  return Date.UTC(Number(y), Number(m) - 1, Number(d), Number(h), Number(i), Number(s));
}

/** The RECURRENCE-IDs of a daily series that it still has by its rule, as local texts. */
function instanceTexts(event: Component): readonly string[] {
  const count = Number(/COUNT=(\d+)/.exec(propertyValue(event, 'RRULE') ?? '')?.[1] ?? 0);
  const interval = Number(/INTERVAL=(\d+)/.exec(propertyValue(event, 'RRULE') ?? '')?.[1] ?? 1);
  const start = wall(propertyValue(event, 'DTSTART') ?? '');
  const out = new Set(properties(event, 'EXDATE').flatMap(({ value }) => value.split(',')));
  return Array.from({ length: count }, (_, at) => local(start + at * interval * day)).filter((text) => !out.has(text));
}

function ownOverride(calendar: Component, dice: Chance): { calendar: Component; event: Component } | undefined {
  const series = master(calendar);
  const texts = series ? instanceTexts(series) : [];
  if (!series || texts.length === 0) return undefined;
  const text = dice.pick(texts);
  const known = subcomponents(calendar, 'VEVENT').find((event) => propertyValue(event, 'RECURRENCE-ID') === text);
  if (known) return { calendar, event: known };
  const event = deriveInstance(series, makeProperty('RECURRENCE-ID', text, zoneParameters));
  return { calendar: withChildren(calendar, [...calendar.children, event]), event };
}

/** What an organizer does. */
const organizerActs: readonly Act[] = [
  (calendar, dice) => {
    const event = someEvent(calendar, dice);
    return changeEvent(calendar, event, withProperty(event, makeProperty('SUMMARY', `words ${dice.below(1000)}`)));
  },
  (calendar, dice) => {
    const event = someEvent(calendar, dice);
    return changeEvent(calendar, event, withProperty(event, makeProperty('LOCATION', `room ${dice.below(9)}`)));
  },
  (calendar, dice) => {
    const event = someEvent(calendar, dice);
    if (!property(event, 'RECURRENCE-ID') && property(event, 'RRULE')) return undefined; // its own act: whole series
    return changeEvent(calendar, event, shift(event, (1 + dice.below(3)) * hour * (dice.fraction() < 0.5 ? 1 : -1)));
  },
  (calendar, dice) => {
    // the whole series moves: instances that stood by themselves go with the old times
    const series = master(calendar);
    if (!series) return undefined;
    const moved = withoutProperties(
      shift(series, (1 + dice.below(3)) * hour * (dice.fraction() < 0.5 ? 1 : -1)),
      'EXDATE',
    );
    return mapChildren(calendar, (child) => {
      if (child === series) return moved;
      return child.kind === 'component' && child.name === 'VEVENT' ? undefined : child;
    });
  },
  (calendar, dice) => {
    const found = ownOverride(calendar, dice);
    return found && changeEvent(found.calendar, found.event, shift(found.event, hour * (1 + dice.below(4))));
  },
  (calendar, dice) => {
    const found = ownOverride(calendar, dice);
    return (
      found &&
      changeEvent(
        found.calendar,
        found.event,
        withProperty(found.event, makeProperty('SUMMARY', `once ${dice.below(1000)}`)),
      )
    );
  },
  (calendar, dice) => {
    const found = ownOverride(calendar, dice);
    return (
      found && changeEvent(found.calendar, found.event, withProperty(found.event, makeProperty('STATUS', 'CANCELLED')))
    );
  },
  (calendar, dice) => {
    // an instance goes by EXDATE
    const series = master(calendar);
    const texts = series ? instanceTexts(series) : [];
    if (!series || texts.length < 2) return undefined;
    const text = dice.pick(texts);
    const rest = mapChildren(calendar, (child) =>
      child.kind === 'component' && propertyValue(child, 'RECURRENCE-ID') === text ? undefined : child,
    );
    return changeEvent(rest, series, withAddedProperties(series, [makeProperty('EXDATE', text, zoneParameters)]));
  },
  (calendar, dice) => {
    // an instance becomes what the series says again
    const overrides = subcomponents(calendar, 'VEVENT').filter((event) => property(event, 'RECURRENCE-ID'));
    return overrides.length === 0 || !master(calendar)
      ? undefined
      : changeEvent(calendar, dice.pick(overrides), undefined);
  },
  (calendar, dice) => {
    const series = master(calendar);
    if (!series || !property(series, 'RRULE')) return undefined;
    const rule =
      dice.fraction() < 0.5
        ? `FREQ=DAILY;COUNT=${5 + dice.below(8)}`
        : `FREQ=DAILY;INTERVAL=2;COUNT=${4 + dice.below(4)}`;
    const changed = withProperty(series, makeProperty('RRULE', rule));
    const left = new Set(instanceTexts(withoutProperties(changed, 'EXDATE')));
    const rest = mapChildren(calendar, (child) => {
      const id = child.kind === 'component' ? propertyValue(child, 'RECURRENCE-ID') : undefined;
      return id !== undefined && !left.has(id) ? undefined : child;
    });
    return changeEvent(rest, series, changed);
  },
  (calendar, dice, world) => {
    // somebody is invited, to one component or to all
    const guest = dice.pick(world.people);
    const to = dice.fraction() < 0.7 ? subcomponents(calendar, 'VEVENT') : [someEvent(calendar, dice)];
    return mapChildren(calendar, (child) => {
      if (child.kind !== 'component' || !to.includes(child)) return child;
      const there = properties(child, 'ATTENDEE').some(({ value }) => value === guest.address);
      if (there || propertyValue(child, 'ORGANIZER') === guest.address) return child;
      return withAddedProperties(child, [makeProperty('ATTENDEE', guest.address, { PARTSTAT: 'NEEDS-ACTION' })]);
    });
  },
  (calendar, dice, world) => {
    // somebody is taken off, from one component or from all
    const guest = dice.pick(world.people);
    const from = dice.fraction() < 0.7 ? subcomponents(calendar, 'VEVENT') : [someEvent(calendar, dice)];
    return mapChildren(calendar, (child) => {
      if (child.kind !== 'component' || !from.includes(child)) return child;
      return mapChildren(child, (line) =>
        line.kind === 'property' && line.name === 'ATTENDEE' && line.value === guest.address ? undefined : line,
      );
    });
  },
  (calendar, dice, world) => {
    // one instance without somebody
    const found = ownOverride(calendar, dice);
    const guest = dice.pick(world.people);
    if (!found) return undefined;
    const alone = mapChildren(found.event, (line) =>
      line.kind === 'property' && line.name === 'ATTENDEE' && line.value === guest.address ? undefined : line,
    );
    return changeEvent(found.calendar, found.event, alone);
  },
];

const answers = ['ACCEPTED', 'DECLINED', 'TENTATIVE'] as const;

function withAnswer(event: Component, person: Person, dice: Chance): Component {
  const answer = dice.pick(answers);
  return mapChildren(event, (line) =>
    line.kind === 'property' && line.name === 'ATTENDEE' && line.value === person.address
      ? withParameter(line, 'PARTSTAT', answer)
      : line,
  );
}

/** What an attendee does with their copy. */
function attendeeActs(person: Person): readonly Act[] {
  return [
    (calendar, dice) => {
      // one answer for everything that is there
      const answer = dice.pick(answers);
      return mapChildren(calendar, (child) =>
        child.kind === 'component' && child.name === 'VEVENT'
          ? mapChildren(child, (line) =>
              line.kind === 'property' && line.name === 'ATTENDEE' && line.value === person.address
                ? withParameter(line, 'PARTSTAT', answer)
                : line,
            )
          : child,
      );
    },
    (calendar, dice) => {
      const event = someEvent(calendar, dice);
      return changeEvent(calendar, event, withAnswer(event, person, dice));
    },
    (calendar, dice) => {
      const found = ownOverride(calendar, dice);
      return found && changeEvent(found.calendar, found.event, withAnswer(found.event, person, dice));
    },
    (calendar, dice) => {
      const event = someEvent(calendar, dice);
      const alarm: Component = {
        kind: 'component',
        name: 'VALARM',
        children: [
          makeProperty('ACTION', 'DISPLAY'),
          makeProperty('TRIGGER', `-PT${1 + dice.below(50)}M`),
          makeProperty('DESCRIPTION', person.address),
        ],
      };
      return changeEvent(calendar, event, withChildren(event, [...event.children, alarm]));
    },
    (calendar, dice) => {
      // an instance is thrown out of one's own copy
      const series = master(calendar);
      const texts = series ? instanceTexts(series) : [];
      if (!series || texts.length < 2) return undefined;
      const text = dice.pick(texts);
      const rest = mapChildren(calendar, (child) =>
        child.kind === 'component' && propertyValue(child, 'RECURRENCE-ID') === text ? undefined : child,
      );
      return changeEvent(rest, series, withAddedProperties(series, [makeProperty('EXDATE', text, zoneParameters)]));
    },
  ];
}

/** Somebody does something with an object. Answers what was done, for the log. */
export function act(world: World, person: Person, uid: string, dice: Chance): string | undefined {
  const calendar = person.calendar.get(uid);
  const event = calendar && subcomponents(calendar, 'VEVENT')[0];
  if (!calendar || !event || propertyValue(event, 'STATUS') === 'CANCELLED') return undefined;
  const organizes = propertyValue(event, 'ORGANIZER') === person.address;
  const acts = organizes ? organizerActs : attendeeActs(person);
  const at = dice.below(acts.length);
  const after = (acts[at] as Act)(calendar, dice, world);
  if (!after || after === calendar) return undefined;
  put(world, person, uid, after);
  return `${organizes ? 'organizer' : 'attendee'} ${person.address} act ${at}`;
}
