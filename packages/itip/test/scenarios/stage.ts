import {
  type CalAddress,
  type Component,
  epochOf,
  formatCalendar,
  makeProperty,
  parseCalAddress,
  parseCalendar,
  parseDateValue,
  property,
  propertyValue,
  properties,
  subcomponents,
  utcZone,
  withoutProperties,
  zonesOf,
} from '@isched/icalendar';
import { type EpochMs, epochMs } from '@isched/values';
import type { Change, ItipMessage, ItipPolicy, Judgement, Outgoing } from '../../src/index.ts';
import { unfolded } from '../support/calendar.ts';
import { corpusText } from '../support/corpus.ts';
import type { Step } from './script.ts';

/** Somebody in a story, with one entry in a calendar. */
export interface Actor {
  readonly address: CalAddress;
  stored: Component | undefined;
  before: Component | undefined;
}

/** A message that was sent, and to whom. */
export interface Sent {
  readonly message: ItipMessage;
  readonly to: readonly string[];
  readonly significant?: boolean;
  readonly changes?: readonly Change[];
}

/** Everything a story has on stage. */
export interface Stage {
  readonly actors: Map<string, Actor>;
  readonly fixes: [string, string][];
  policy: Partial<ItipPolicy>;
  now: EpochMs;
  judgement?: Judgement | undefined;
  /** What the last change of somebody's own came to. */
  done?: Outgoing | undefined;
  /** What was sent and not spoken of yet. */
  unsaid: Sent[];
  significant?: boolean | undefined;
  /** What the last message changed, or tells of. */
  changes?: readonly Change[] | undefined;
  /** The last message that was read or spoken of. */
  message?: ItipMessage | undefined;
}

export function emptyStage(): Stage {
  return { actors: new Map(), fixes: [], policy: {}, now: epochMs(Date.UTC(1997, 6, 20)), unsaid: [] };
}

export function actor(stage: Stage, name: string): Actor {
  const found = stage.actors.get(name);
  if (!found) throw new Error(`nobody is called ${name}`);
  return found;
}

export function addActor(stage: Stage, name: string, address: string): void {
  stage.actors.set(name, { address: parseCalAddress(address), stored: undefined, before: undefined });
}

/** The calendar a step is about: a file of the corpus, with misprints mended, or the lines below the step. */
export function calendarOf(stage: Stage, step: Step, file: string): Component {
  if (file !== '') return parseCalendar(mended(stage, corpusText(`itip/${file}`)));
  const lines = step.block.map((line) => line.trimEnd());
  const head = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//test//test//EN'];
  const whole = lines[0] === 'BEGIN:VCALENDAR' ? lines : [...head, ...lines, 'END:VCALENDAR'];
  return parseCalendar(`${mended(stage, whole.join('\r\n'))}\r\n`);
}

function mended(stage: Stage, text: string): string {
  return stage.fixes.reduce((result, [printed, meant]) => {
    if (printed.startsWith('+')) return result.replace(/^(END:V(?:EVENT|TODO|FREEBUSY))/m, `${meant}\r\n$1`);
    return result.replaceAll(printed, meant);
  }, text);
}

export function withoutMethod(calendar: Component): Component {
  return withoutProperties(calendar, 'METHOD');
}

export function reread(calendar: Component): Component {
  return parseCalendar(formatCalendar(calendar));
}

/** `b` is all that b has, `b/series` the component without RECURRENCE-ID, `b/19970701T210000Z` the instance of then. */
export function linesOf(stage: Stage, who: string): readonly string[] {
  const [name = '', part] = who.split('/');
  const { stored } = actor(stage, name);
  if (!stored) return [];
  if (part === undefined) return unfolded(stored).split('\n');
  const component = componentOf(stored, part);
  return component ? unfoldedLines(component) : [];
}

export function unfoldedLines(component: Component): readonly string[] {
  return unfolded({ kind: 'component', name: 'X', children: [component] }).split('\n');
}

export function componentOf(stored: Component, part: string): Component | undefined {
  return subcomponents(stored).find((component) => {
    if (component.name === 'VTIMEZONE') return false;
    const id = property(component, 'RECURRENCE-ID');
    if (part === 'series' || part === '') return id === undefined;
    return id !== undefined && epochOfText(stored, id.value, id) === epochOfText(stored, part);
  });
}

/** A point in time of a text in UTC, or as `of` writes it. */
export function epochOfText(within: Component, text: string, of = makeProperty('X', text)): EpochMs {
  const tzid = of.parameters.find(({ name }) => name === 'TZID')?.values[0];
  return epochOf({ value: parseDateValue(text.trim()), tzid }, zonesOf(within), utcZone);
}

/** A person's PARTSTAT in a component. */
export function partstat(component: Component, address: string): string | undefined {
  const key = address.toLowerCase();
  const line = properties(component, 'ATTENDEE').find(({ value }) => value.toLowerCase() === key);
  if (!line) return undefined;
  return line.parameters.find(({ name }) => name === 'PARTSTAT')?.values[0] ?? 'NEEDS-ACTION';
}

export function methodOf(message: ItipMessage): string {
  return propertyValue(message.calendar, 'METHOD') ?? '';
}
