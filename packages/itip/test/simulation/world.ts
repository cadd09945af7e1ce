import { type CalAddress, type Component, formatCalendar, parseCalAddress, parseCalendar } from '@isched/icalendar';
import { type EpochMs, epochMs } from '@isched/values';
import {
  type ItipMessage,
  judge,
  merge,
  onAnswer,
  onCancel,
  onCreate,
  onUpdate,
  type Outgoing,
  readItipMessage,
} from '../../src/index.ts';
import { houseMark } from '../support/marks.ts';

/** Somebody with a calendar. */
export interface Person {
  readonly address: CalAddress;
  /** By UID. */
  readonly calendar: Map<string, Component>;
}

/** A message on its way; messages of one system to another have no order. */
export interface Parcel {
  readonly from: CalAddress;
  readonly to: CalAddress;
  readonly text: string;
}

/** Five people on two systems, and what is between them. */
export interface World {
  readonly people: readonly Person[];
  readonly parcels: Parcel[];
  now: EpochMs;
  readonly log: string[];
}

export function createWorld(): World {
  const names = ['a@one.example', 'b@one.example', 'c@two.example', 'd@two.example', 'e@two.example'];
  return {
    people: names.map((name) => ({ address: parseCalAddress(`mailto:${name}`), calendar: new Map() })),
    parcels: [],
    now: epochMs(1_795_392_000_000),
    log: [],
  };
}

/** Whoever keeps a calendar puts, changes or deletes an object; what that sends is on its way. */
export function put(world: World, person: Person, uid: string, after: Component | undefined): void {
  const before = person.calendar.get(uid);
  const context = { user: person.address, now: world.now };
  const done = changed(before, after && reread(after), context);
  if (done.stored) person.calendar.set(uid, reread(done.stored));
  else person.calendar.delete(uid);
  send(world, person, done);
}

function changed(
  before: Component | undefined,
  after: Component | undefined,
  context: Parameters<typeof onCreate>[1],
): Outgoing {
  if (before && after) return onUpdate(before, after, context);
  if (after) return onCreate(after, context);
  if (before) return onCancel(before, context);
  return { stored: undefined, messages: [], forbidden: [] };
}

function send(world: World, person: Person, { messages }: Outgoing): void {
  for (const { to, message } of messages) {
    for (const recipient of to) post(world, { from: person.address, to: recipient }, message);
  }
}

/** Puts a message on its way; what only the house should know does not leave it. */
function post(world: World, route: Pick<Parcel, 'from' | 'to'>, message: ItipMessage): void {
  const text = formatCalendar(message.calendar);
  const leak = houseMark.exec(text.replaceAll(/\r\n[ \t]/g, ''))?.[0];
  if (leak !== undefined) throw new Error(`${leak} leaves the house in a ${message.method}`);
  world.parcels.push({ ...route, text });
}

/** Every object goes through its text, as in life. */
export function reread(of: Component): Component {
  return parseCalendar(formatCalendar(of));
}

/** One message arrives; the organizer's system tells the others what changed. */
export function arrive(world: World, parcel: Parcel): string {
  const person = world.people.find(({ address }) => address === parcel.to) as Person;
  const message: ItipMessage = readItipMessage(parseCalendar(parcel.text));
  const stored = person.calendar.get(message.uid);
  const judgement = judge(message, stored, {
    user: person.address,
    sender: parcel.from,
    now: world.now,
    policy: { unknownCancellation: 'remember' },
  });
  for (const reply of judgement.replies) post(world, { from: person.address, to: parcel.from }, reply);
  if (judgement.status !== 'merge') return `${message.method} ${judgement.status} ${judgement.reason}`;
  const after = merge(judgement, stored);
  if (!after) person.calendar.delete(message.uid);
  else if (stored && message.method === 'REPLY') {
    const told = onAnswer(stored, after, { user: person.address, now: world.now });
    person.calendar.set(message.uid, reread(told.stored ?? after));
    send(world, person, told);
  } else person.calendar.set(message.uid, reread(after));
  return `${message.method} ${judgement.reason}`;
}
